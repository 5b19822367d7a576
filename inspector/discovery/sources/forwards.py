"""What brokers of a network forward to each other: store-and-forward, from a channel to its namesake.

A broker knows the others by their names alone, so that a route is told once both are connected to.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import ChannelId, RouteId, RouteKind, ServerId
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Report, evidence
from inspector.observation import ChannelGone, Forward, ForwardsSeen, Observation, ServerSeen

TOLD = 0.98


@dataclass
class Forwards:
    """`SYSTEM.forward`, such as `activemq.forward`."""

    _names: dict[ServerId, str] = field(default_factory=dict)
    _seen: dict[Forward, tuple[int, int]] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in how brokers are called, and what they forward."""
        match observation:
            case ServerSeen(server=server, name=name):
                self._names[server] = name
            case ForwardsSeen(forwards=forwards):
                for each in forwards:
                    first, _ = self._seen.get(each, (now_ns, now_ns))
                    self._seen[each] = (first, now_ns)
            case ChannelGone(channel=channel):
                self._seen = {each: span for each, span in self._seen.items() if each.source != channel}

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about brokers."""

    def report(self, report: Report, now_ns: int) -> None:
        """A route to the namesake on the broker that alone has this name."""
        for forward, (first, last) in self._seen.items():
            here = forward.source.server
            targets = [
                server
                for server, name in self._names.items()
                if name == forward.remote and server != here and server.system == here.system
            ]
            if len(targets) != 1:
                continue
            target = ChannelId(targets[0], forward.source.kind, forward.source.name)
            technique = f"{here.system}.forward"
            piece = evidence(technique, technique, TOLD, first, last, forward.detail)
            report.routes.setdefault(RouteId(forward.source, target, RouteKind.BRIDGE), []).append(piece)
