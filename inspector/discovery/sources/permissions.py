"""Permissions: who may send to a channel or receive from it, which is less than doing it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from graph.identity import Action, ChannelId, ServerId
from graph.model import PERMISSION, Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Claim, Report, evidence, own
from inspector.observation import (
    MOST_PERMITTED,
    ChannelGone,
    ChannelSeen,
    Observation,
    Permission,
    PermissionsSeen,
)

PERMITTED = 0.3
ONLY_ONE = 0.5
"""Of a principal that is named for this very channel, when nobody else may do the same."""
EVERYBODY = "User:*"

_Key = tuple[str, Action, ChannelId]
"""Principal, action and channel."""


def login(principal: str) -> str:
    """The name in a principal: without its type, and of a certificate's subject the common name."""
    name = principal.partition(":")[2] or principal
    for part in name.split(","):
        key, equals, value = part.strip().partition("=")
        if equals and key.upper() == "CN":
            return value
    return name


@dataclass
class _Granted:
    """The permissions of one server, and what follows from them for its channels."""

    permissions: tuple[Permission, ...] = ()
    since: dict[_Key, int] = field(default_factory=dict)
    seen_ns: int = 0
    claims: list[Claim] | None = None
    """Made when asked for after something changed; None until then."""


@dataclass
class Permissions:
    """`<system>.acl`: edges that are permitted. What covers very many channels tells of none."""

    _granted: dict[ServerId, _Granted] = field(default_factory=dict)
    _channels: dict[ServerId, set[ChannelId]] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in permissions, and the channels that they may be about."""
        match observation:
            case PermissionsSeen(server=server, permissions=permissions):
                granted = self._granted.setdefault(server, _Granted())
                granted.permissions, granted.seen_ns, granted.claims = permissions, now_ns, None
            case ChannelSeen(channel=channel, internal=False):
                self._channels.setdefault(channel.server, set()).add(channel)
                self._anew(channel.server)
            case ChannelGone(channel=channel):
                self._channels.get(channel.server, set()).discard(channel)
                self._anew(channel.server)

    def _anew(self, server: ServerId) -> None:
        if server in self._granted:
            self._granted[server].claims = None

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about permissions."""

    def report(self, report: Report, now_ns: int) -> None:
        """A claim for each principal, action and channel."""
        for server, granted in self._granted.items():
            if granted.claims is None:
                granted.claims = _claims(server, granted, self._channels.get(server, ()))
            report.claims += granted.claims


def _claims(server: ServerId, granted: _Granted, channels: Collection[ChannelId]) -> list[Claim]:
    denying = [one for one in granted.permissions if not one.allowed]
    found: dict[_Key, bool] = {}
    """Whether it names the channel itself."""
    able: dict[tuple[Action, ChannelId], set[str]] = {}
    by_name: dict[str, list[ChannelId]] = {}
    for channel in channels:
        by_name.setdefault(channel.name, []).append(channel)
    for permission in granted.permissions:
        if not permission.allowed:
            continue
        covered = by_name.get(permission.name, ())
        if permission.prefix or permission.name == "*":
            covered = [channel for channel in channels if permission.covers(channel.name)]
        few = permission.name != "*" and len(covered) <= MOST_PERMITTED
        for channel in covered:
            if _denied(permission, channel, denying):
                continue
            able.setdefault((permission.action, channel), set()).add(permission.principal)
            if few and permission.principal != EVERYBODY and not own(login(permission.principal)):
                key = (permission.principal, permission.action, channel)
                found[key] = found.get(key, False) or not permission.prefix
    granted.since = {key: granted.since.get(key, granted.seen_ns) for key in found}
    claims = []
    for (principal, action, channel), named in found.items():
        alone = named and able[action, channel] == {principal}
        who = f"Only the principal {principal}" if alone else f"The principal {principal}"
        verb = "send to" if action is Action.SEND else "receive from"
        detail = f"{who} is allowed to {verb} {channel.name}; nothing here says that it does."
        first = granted.since[principal, action, channel]
        confidence = ONLY_ONE if alone else PERMITTED
        piece = evidence(f"{server.system}.acl", PERMISSION, confidence, first, granted.seen_ns, detail)
        claims.append(Claim(Alias("principal", login(principal)), action, channel, piece))
    return claims


def _denied(permission: Permission, channel: ChannelId, denying: Iterable[Permission]) -> bool:
    return any(
        denial.action is permission.action
        and denial.principal in (permission.principal, EVERYBODY)
        and denial.covers(channel.name)
        for denial in denying
    )
