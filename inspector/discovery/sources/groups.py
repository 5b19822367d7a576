"""Groups of receivers: what their members are subscribed to, and which clients are in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from graph.evidence import STALE_NS
from graph.identity import Action, ChannelId, ServerId
from graph.model import Alias, ApplicationKind
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Claim, Report, evidence, own
from inspector.discovery.names import stem
from inspector.discovery.window import SECOND_NS
from inspector.observation import ChannelGone, GroupSeen, Member, MemberSeen, Observation

SUBSCRIBED = 0.98
MEMBERSHIP = 0.97
LEFT_NS = 60 * SECOND_NS
"""A group without members for longer than a restart takes has nobody who receives."""
GONE_NS = 300 * SECOND_NS
"""A group that the broker has not told for so long, while it told others, is no more."""
CLIENTS_KEPT = 32
"""Client ids remembered per group, the newest."""

_Span = tuple[int, int]
"""First and last seen."""


@dataclass(slots=True)
class _Group:
    kind: str = ""
    members: int = 0
    hosts: int = 0
    seen_ns: int = 0
    channels: dict[ChannelId, _Span] = field(default_factory=dict)
    patterns: dict[ChannelId, str] = field(default_factory=dict)
    """Of those that only a regular expression brought."""
    clients: dict[str, _Span] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    """Made when asked for after something changed; empty until then."""
    bonds: dict[str, Bond] = field(default_factory=dict)

    def see(self, seen: GroupSeen, now_ns: int) -> None:
        members = [member for member in seen.members if not own(member.client_id)]
        self.kind, self.seen_ns = seen.kind, now_ns
        self.claims = []
        self.members = len(members)
        self.hosts = len({member.host for member in members if member.host})
        for member in members:
            self.join(member, now_ns)
        if members:
            named = {
                each for member in members for each in (member.named if member.pattern else member.channels)
            }
            self.patterns = {
                channel: member.pattern for member in members for channel in member.channels
                if channel not in named
            }  # fmt: skip

    def join(self, member: Member, at_ns: int) -> None:
        """A member was there at some time."""
        self.claims, self.bonds = [], {}
        for channel in member.channels:
            self.channels[channel] = _wider(self.channels.get(channel), at_ns)
        self.clients[member.client_id] = _wider(self.clients.pop(member.client_id, None), at_ns)
        while len(self.clients) > max(CLIENTS_KEPT, self.members):
            del self.clients[next(iter(self.clients))]


@dataclass
class Groups:
    """`kafka.group`: descriptions of consumer, share, streams and connect groups."""

    _groups: dict[tuple[ServerId, str], _Group] = field(default_factory=dict)
    _looked: dict[ServerId, int] = field(default_factory=dict)
    """When groups of each server were last told."""

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in a group's description."""
        match observation:
            case GroupSeen(server=server, group=name) if not own(name):
                self._groups.setdefault((server, name), _Group()).see(observation, now_ns)
                self._looked[server] = now_ns
            case MemberSeen(server=server, group=name, member=member, at_ns=at_ns) if not own(name):
                if not own(member.client_id):
                    group = self._groups.setdefault((server, name), _Group(observation.kind))
                    group.join(member, min(at_ns, now_ns))
            case ChannelGone(channel=channel):
                for group in self._groups.values():
                    if group.channels.pop(channel, None) is not None:
                        group.claims = []

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about groups."""

    def report(self, report: Report, now_ns: int) -> None:
        """What each group receives, and the client ids that are surely its own."""
        uses = Counter(client for group in self._groups.values() for client in group.clients)
        here = {
            name
            for (at, name), group in self._groups.items()
            if group.members or self._looked.get(at, 0) - group.seen_ns <= GONE_NS
        }
        for (server, name), group in self._groups.items():
            alias = Alias("group", name)
            if group.channels:
                report.instances[alias] = report.instances.get(alias, 0) + group.members
            if name not in here:
                report.ended.add(alias)  # the others of its servers are still told, and it is not
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
            hosts = " on 1 host" if group.hosts == 1 else f" on {group.hosts} hosts" if group.hosts else ""
            by = f" by the pattern {group.patterns[channel]}" if channel in group.patterns else ""
            detail = f"Group {alias.value} is subscribed to {channel.name}{by}, with {members}{hosts}."
        piece = evidence(f"{server.system}.group", "group", SUBSCRIBED, first, last, detail)
        claims.append(Claim(alias, Action.RECEIVE, channel, piece, STALE_NS if group.members else LEFT_NS))
    return claims


def _wider(span: _Span | None, at_ns: int) -> _Span:
    return (at_ns, at_ns) if span is None else (min(span[0], at_ns), max(span[1], at_ns))


def _bond(server: ServerId, group: Alias, client: Alias, span: _Span) -> Bond:
    detail = f"Client {client.value} is a member of group {group.value}."
    return Bond(group, client, evidence(f"{server.system}.group", "group", MEMBERSHIP, *span, detail))
