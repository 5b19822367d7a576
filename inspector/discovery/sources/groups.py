"""Groups of receivers: what their members are subscribed to, and which clients are in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from graph.identity import Action, ChannelId, ServerId
from graph.model import Alias, ApplicationKind
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Claim, Report, evidence, own
from inspector.discovery.names import stem
from inspector.observation import ChannelGone, GroupSeen, Observation

SUBSCRIBED = 0.98
MEMBERSHIP = 0.97
CLIENTS_KEPT = 32
"""Client ids remembered per group, the newest."""

_Span = tuple[int, int]
"""First and last seen."""


@dataclass(slots=True)
class _Group:
    kind: str = ""
    members: int = 0
    hosts: int = 0
    channels: dict[ChannelId, _Span] = field(default_factory=dict)
    clients: dict[str, _Span] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    """Made when asked for after something changed; empty until then."""
    bonds: dict[str, Bond] = field(default_factory=dict)

    def see(self, seen: GroupSeen, now_ns: int) -> None:
        members = [member for member in seen.members if not own(member.client_id)]
        self.kind = seen.kind
        self.claims, self.bonds = [], {}
        self.members = len(members)
        self.hosts = len({member.host for member in members})
        for member in members:
            for channel in member.channels:
                self.channels[channel] = (self.channels.get(channel, (now_ns, 0))[0], now_ns)
            self.clients[member.client_id] = (self.clients.pop(member.client_id, (now_ns, 0))[0], now_ns)
        while len(self.clients) > max(CLIENTS_KEPT, self.members):
            del self.clients[next(iter(self.clients))]


@dataclass
class Groups:
    """`kafka.group`: descriptions of consumer, share, streams and connect groups."""

    _groups: dict[tuple[ServerId, str], _Group] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in a group's description."""
        match observation:
            case GroupSeen(server=server, group=name) if not own(name):
                self._groups.setdefault((server, name), _Group()).see(observation, now_ns)
            case ChannelGone(channel=channel):
                for group in self._groups.values():
                    if group.channels.pop(channel, None) is not None:
                        group.claims = []

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about groups."""

    def report(self, report: Report, now_ns: int) -> None:
        """What each group receives, and the client ids that are surely its own."""
        uses = Counter(client for group in self._groups.values() for client in group.clients)
        for (server, name), group in self._groups.items():
            alias = Alias("group", name)
            if group.channels:
                report.instances[alias] = report.instances.get(alias, 0) + group.members
            if group.kind == "streams":
                report.kinds[alias] = ApplicationKind.STREAM_PROCESSOR
            group.claims = group.claims or _claims(server, alias, group)
            report.claims += group.claims
            for client in group.clients:
                inside = Alias("client-id", client)
                # A client id that several groups use, or a library's default, belongs to nobody.
                if stem(inside) is not None and (uses[client] == 1 or stem(inside) == stem(alias)):
                    bond = group.bonds.get(client)
                    if bond is None:
                        bond = group.bonds[client] = _bond(server, alias, inside, group.clients[client])
                    report.bonds.append(bond)


def _claims(server: ServerId, alias: Alias, group: _Group) -> list[Claim]:
    claims = []
    for channel, (first, last) in group.channels.items():
        detail = f"Group {alias.value} had members that were subscribed to {channel.name}."
        if group.members:
            members = "1 member" if group.members == 1 else f"{group.members} members"
            hosts = "1 host" if group.hosts == 1 else f"{group.hosts} hosts"
            detail = f"Group {alias.value} is subscribed to {channel.name}, with {members} on {hosts}."
        piece = evidence(f"{server.system}.group", "group", SUBSCRIBED, first, last, detail)
        claims.append(Claim(alias, Action.RECEIVE, channel, piece))
    return claims


def _bond(server: ServerId, group: Alias, client: Alias, span: _Span) -> Bond:
    detail = f"Client {client.value} is a member of group {group.value}."
    return Bond(group, client, evidence(f"{server.system}.group", "group", MEMBERSHIP, *span, detail))
