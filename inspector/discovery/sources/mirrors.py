"""MirrorMaker 2: which channel of one server is the copy of which one of another.

The default policy puts the alias of the source before a copy's name and copies no copy back, so that
nothing goes round. The identity policy keeps the name, and two servers that are mirrored into each other
by it are a loop of routes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graph.evidence import STALE_NS, Evidence
from graph.identity import Action, ChannelId, ChannelKind, RouteId, RouteKind, ServerId
from graph.model import Alias, ApplicationKind, Severity
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Anonymous, Bond, Claim, Report, Trouble, evidence
from inspector.observation import ChannelGone, ChannelSeen, Heartbeat, MirrorsSeen, Observation

SOURCE = "kafka.mirrors"
FAMILY = "mirrors"
LOOP = "mirror-loop"
SYNCED = 0.97
"""MirrorMaker itself notes the offsets of what it copies."""
NAMED = 0.9
"""Only the name of the copy says what it is a copy of."""
HEARTBEAT = 0.98
NAMELESS = 0.85
"""MirrorMaker's producers have no producer id by default; others may have none either."""
HEARTBEATS = "heartbeats"

_Flow = tuple[ServerId, str, str]
"""The server that copies arrive at, the alias of where they come from, and its own."""


@dataclass(slots=True)
class _Told:
    first_ns: int
    flows: tuple[Heartbeat, ...]
    mirrored: dict[str, set[str]]
    """Names of channels that are copied away, by the alias of the target."""
    before: dict[str, set[str]]
    """The same at the look before: what was made for them is known by now."""


@dataclass
class Mirrors:
    """`kafka.mirrors`: heartbeats on the target, offset syncs on the source, and the names of copies."""

    _told: dict[ServerId, _Told] = field(default_factory=dict)
    _channels: dict[ServerId, set[str]] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in what MirrorMaker tells, and which channels there are."""
        match observation:
            case MirrorsSeen(server=server):
                mirrored: dict[str, set[str]] = {}
                for target, name in observation.mirrored:
                    mirrored.setdefault(target, set()).add(name)
                known = self._told.get(server) or _Told(now_ns, (), {}, {})
                self._told[server] = _Told(known.first_ns, observation.flows, mirrored, known.mirrored)
            case ChannelSeen(channel=channel, internal=False):
                self._channels.setdefault(channel.server, set()).add(channel.name)
            case ChannelGone(channel=channel):
                self._channels.get(channel.server, set()).discard(channel.name)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """The channels that tell about mirrors are read apart."""

    def report(self, report: Report, now_ns: int) -> None:
        """A route for each pair of original and copy, MirrorMaker as the sender of copies, and its loops."""
        for target, told in self._told.items():
            for beat in told.flows:
                flow, last_ns = (target, beat.source, beat.target), min(beat.at_ns, now_ns)
                flows = now_ns - last_ns < STALE_NS
                self._report(report, flow, (min(told.first_ns, last_ns), last_ns), flows=flows)
                if flows:
                    report.troubles += self._unseen_loops(flow)
        report.troubles += _loops(report.routes)

    def _unseen_loops(self, flow: _Flow) -> Iterator[Trouble]:
        """Channels that are copied away to where copies come from, none of which has a name of a copy.

        That is how the identity policy looks from one of its two servers.
        """
        target, origin, own = flow
        names = self._told[target].mirrored.get(origin, set()) - {HEARTBEATS}
        copies = _originals(self._channels.get(target, set()), origin)
        if self._source(flow) is None and copies == {HEARTBEATS}:
            for name in sorted(names):
                yield Trouble(
                    LOOP,
                    Severity.WARNING,
                    _topic(target, name),
                    f"{name} is mirrored from {own} to {origin}, and {origin} is mirrored to {own} without "
                    f"names of copies: records may go round without end. Connect {origin} to see it.",
                )

    def _report(self, report: Report, flow: _Flow, span: tuple[int, int], *, flows: bool) -> None:
        target, origin, own = flow
        mirror = Alias("connector", f"MirrorMaker {origin}→{own}")
        report.kinds[mirror] = ApplicationKind.CONNECTOR

        def sends(name: str, confidence: float, detail: str) -> None:
            channel = _topic(target, name)
            piece = evidence(SOURCE, FAMILY, confidence, *span, detail)
            report.claims.append(Claim(mirror, Action.SEND, channel, piece))
            words = f"MirrorMaker's producers have no producer id by default. {detail}"
            nameless = evidence(SOURCE, FAMILY, NAMELESS, *span, words)
            report.bonds.append(Bond(Anonymous(channel), mirror, nameless))

        heartbeats = {HEARTBEATS, f"{origin}.{HEARTBEATS}"}
        report.internal.update(_topic(target, name) for name in heartbeats)
        sends(HEARTBEATS, HEARTBEAT, f"Heartbeats on {HEARTBEATS} tell of a mirror from {origin} to {own}.")
        source = self._source(flow)
        for original, copy, confidence, detail in self._copies(flow, source):
            sends(copy, confidence, detail)
            if source is not None and flows:
                route = RouteId(_topic(source, original), _topic(target, copy), RouteKind.MIRROR)
                piece = evidence(SOURCE, FAMILY, confidence, *span, detail)
                report.routes.setdefault(route, []).append(piece)

    def _copies(self, flow: _Flow, source: ServerId | None) -> Iterator[tuple[str, str, float, str]]:
        """Original, copy, how sure that is, and why."""
        target, origin, own = flow
        here = self._channels.get(target, set())
        synced = self._told[source].mirrored.get(own, set()) if source is not None else set()
        for name in sorted(synced):
            copy = f"{origin}.{name}" if f"{origin}.{name}" in here else name
            kept = source is not None and name in self._told[source].before.get(own, ())
            if copy in here and (copy != name or (kept and name != HEARTBEATS)):
                yield name, copy, SYNCED, f"MirrorMaker notes offsets of {name} on {origin} for {own}."
        there = self._channels.get(source, set()) if source is not None else None
        for copy in sorted(here):
            name = copy.removeprefix(f"{origin}.")
            if name != copy and name not in synced and (there is None or name in there):
                detail = (
                    f"{copy} is named as a copy of {name} on {origin}, and heartbeats tell of that mirror."
                )
                yield name, copy, NAMED, detail

    def _source(self, flow: _Flow) -> ServerId | None:
        """The server behind the alias of a flow's source, if it is connected and no other can be meant."""
        target, origin, own = flow
        able = [
            server
            for server, told in self._told.items()
            if server != target
            and self._aliases(server) <= {origin}
            and own in told.mirrored
            and self._agree(flow, server)
        ]
        named = [server for server in able if self._aliases(server)] or able
        if len(named) > 1:
            copies = _originals(self._channels.get(target, set()), origin)
            named = [server for server in named if copies <= self._channels.get(server, set())]
        return named[0] if len(named) == 1 else None

    def _agree(self, flow: _Flow, source: ServerId) -> bool:
        """Whether most copies have their original there, and most that is copied arrives here.

        Other systems may use the same aliases, and an original may be deleted before its copy.
        """
        target, origin, own = flow
        here, there = self._channels.get(target, set()), self._channels.get(source, set())
        copies, synced = _originals(here, origin), self._told[source].mirrored[own]
        arrived = {name for name in synced if name in copies or name in here}
        return 2 * len(copies & there) >= len(copies) and 2 * len(arrived) >= len(synced)

    def _aliases(self, server: ServerId) -> set[str]:
        """What MirrorMaker calls a server that something is copied to."""
        return {beat.target for beat in self._told[server].flows}


def _loops(routes: Mapping[RouteId, list[Evidence]]) -> Iterator[Trouble]:
    """Pairs of channels each of which is the copy of the other: nothing that is copied ever ends there."""
    for route in sorted(routes):
        back = RouteId(route.target, route.source, route.kind)
        if route.kind is RouteKind.MIRROR and route.source < route.target and back in routes:
            yield Trouble(
                LOOP,
                Severity.ERROR,
                route.source,
                f"{route.source.name} is mirrored between {route.source.server.address} and "
                f"{route.target.server.address} both ways: each record goes round without end. Mirror it one "
                "way, or use DefaultReplicationPolicy.",
            )


def _originals(names: Iterable[str], origin: str) -> set[str]:
    return {name.removeprefix(f"{origin}.") for name in names if name.startswith(f"{origin}.")}


def _topic(server: ServerId, name: str) -> ChannelId:
    return ChannelId(server, ChannelKind.TOPIC, name)
