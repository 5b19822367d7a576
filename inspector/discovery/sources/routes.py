"""Routes that the broker itself tells of: bindings, mirrors, bridges, replication."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import RouteId
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Report, evidence
from inspector.observation import ChannelGone, Observation, RouteSeen


@dataclass
class Routes:
    """The technique's own name: whatever the adapter gave."""

    _routes: dict[tuple[RouteId, str], tuple[RouteSeen, int, int]] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in a route."""
        match observation:
            case RouteSeen(source=source, target=target, kind=kind, technique=technique):
                key = (RouteId(source, target, kind), technique)
                first = self._routes[key][1] if key in self._routes else now_ns
                self._routes[key] = (observation, first, now_ns)
            case ChannelGone(channel=channel):
                for key in [key for key in self._routes if channel in (key[0].source, key[0].target)]:
                    del self._routes[key]

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about routes of the broker."""

    def report(self, report: Report, now_ns: int) -> None:
        """One piece of evidence for each technique."""
        for (route, technique), (seen, first, last) in self._routes.items():
            piece = evidence(technique, technique, seen.confidence, first, last, seen.detail)
            report.routes.setdefault(route, []).append(piece)
