"""What records prove about one loop: its path walked backwards through the remembered links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor, log10, prod

import msgspec
import numpy as np

from graph.cycles import LoopPath
from graph.gain import RECENT_NS, bounded_at, doubling_time_s, estimate_gain
from graph.identity import Action, ApplicationId, ChannelId, EdgeId, OperationId
from graph.lineage import Flags, Lineage, quantile
from graph.model import Alias, DependencyGraph, FeedbackLoop, LoopStatus
from inspector.causality import Links, Window

FLOWS_NEEDED = 3
"""Chains that must have come round where only shared flow ids say so; a parent pointer proves it at once."""
RATE_NS = 10_000_000_000
"""Over how long the rate of records that came round is taken."""
LAPS_SHOWN = 64


class Evidence:
    """Links between records with the applications that made them: one moment, shared by all loops."""

    def __init__(self, window: Window, owner: Mapping[Alias, ApplicationId]) -> None:
        self.window = window
        applications, self._by = window.sent_by(owner)
        self._number = {application: at for at, application in enumerate(applications)}
        self._links: dict[Hop, Links] = {}

    def links(self, hop: Hop) -> Links:
        """The links over a hop: records that another application is known to have sent are left out."""
        found = self._links.get(hop)
        if found is None:
            found = self.window.links(hop.cause, hop.effect)
            if hop.application is not None:
                by = self._by[found.child]
                mine = (by == self._number.get(hop.application, -1)) | (by < 0)
                found = Links(found.child[mine], found.parent[mine], found.proven[mine])
            self._links[hop] = found
        return found

    def latency_ms(self, hop: Hop) -> float:
        """Median time between cause and effect over a hop that records went over."""
        links = self.links(hop)
        return in_ms(quantile(self.window.time[links.child] - self.window.time[links.parent], 0.5))

    def lineage(self, hops: tuple[Hop, ...]) -> tuple[Lineage, Flags] | None:
        """Who came from whom once round, and which records came round by proven links alone.

        None where no record came round.
        """
        window = self.window
        entry = window.rows(hops[0].cause)
        row = entry
        proven = np.ones(len(entry), np.bool_)
        for hop in reversed(hops):
            links = self.links(hop)
            if not len(links.child):
                return None
            back = np.full(len(window) + 1, -1, np.int64)  # the last place answers for -1, no row
            back[links.child] = links.parent
            sure = np.zeros(len(window) + 1, np.bool_)
            sure[links.child] = links.proven
            proven &= sure[row]
            row = back[row]
        if not (row >= 0).any():
            return None
        parent = np.where(row >= 0, np.searchsorted(entry, row), -1)
        lineage = Lineage(window.time[entry], parent)
        return (lineage, proven) if len(lineage.children) else None


@dataclass(frozen=True)
class Hop:
    """From one channel of a loop to the next, through an application or by a route."""

    cause: ChannelId
    effect: ChannelId
    application: ApplicationId | None


def hops_of(path: LoopPath) -> tuple[Hop, ...]:
    """The hops of a path, the first one from its entry channel, the last one back to it."""
    hops: list[Hop] = []
    cause, application = path.hops[0], None
    for node in (*path.hops[1:], path.hops[0]):
        if isinstance(node, ApplicationId):
            application = node
        else:
            assert isinstance(cause, ChannelId)
            hops.append(Hop(cause, node, application))
            cause, application = node, None
    return tuple(hops)


def measure(path: LoopPath, graph: DependencyGraph, evidence: Evidence, horizon_ns: int) -> FeedbackLoop:
    """The loop with all that records prove about it; every record before the horizon has been seen."""
    weakest = min(path.edges, key=lambda edge: _confidence(graph, edge))
    loop = FeedbackLoop(
        id=path.id,
        hops=path.hops,
        edges=path.edges,
        status=LoopStatus.POSSIBLE,
        confidence=_confidence(graph, weakest),
        weakest=weakest,
    )
    hops = hops_of(path)
    found = evidence.lineage(hops)
    if found is None:
        return loop
    lineage, proven = found
    if not proven[lineage.children].any() and len(lineage.chains) < FLOWS_NEEDED:
        return loop
    gain = estimate_gain(lineage, horizon_ns)
    if gain is not None:
        gain = gain.with_unseen(_seen_share(hops, evidence.window, horizon_ns - RECENT_NS))
    bound = bounded_at(lineage, horizon_ns)
    if bound is not None:
        status = LoopStatus.BOUNDED
    elif gain is not None and gain.sustains:
        status = LoopStatus.RUNAWAY
    else:
        status = LoopStatus.ACTIVE
    period_ms = in_ms(quantile(lineage.return_ns, 0.5))
    came_round = lineage.born_ns[lineage.children]
    lately = int(((came_round > horizon_ns - RATE_NS) & (came_round <= horizon_ns)).sum())
    latencies = [evidence.latency_ms(hop) for hop in hops]
    loop = msgspec.structs.replace(
        loop,
        status=status,
        chains=len(lineage.chains),
        laps_median=int(quantile(lineage.longest, 0.5)),
        laps_max=int(lineage.longest.max()),
        period_ms=period_ms,
        hop_latencies_ms=tuple(_on_edges(path, latencies)),
        rate_per_s=lately / (RATE_NS / 1e9),
        began_ns=int(came_round.min()),
        lap_counts=lineage.lap_counts()[:LAPS_SHOWN],
    )
    if gain is None:
        return loop
    doubling = doubling_time_s(gain.value, period_ms)
    return msgspec.structs.replace(
        loop,
        gain=round(gain.value, 2),
        gain_low=round(gain.low, 2),
        gain_high=round(gain.high, 2),
        doubling_time_s=rounded(doubling) if doubling is not None else None,
    )


def _seen_share(hops: tuple[Hop, ...], window: Window, since_ns: int) -> float:
    """How many of the ways round were seen whole, at least 1 in 100."""
    return max(0.01, prod(window.seen_share(hop.effect, since_ns) for hop in hops))


def _on_edges(path: LoopPath, latencies: list[float]) -> Iterator[float | None]:
    """A hop's latency stands on the edge that ends it, so that those of a loop add up to its period."""
    waiting = iter(latencies)
    for edge in path.edges:
        receives = isinstance(edge, OperationId) and edge.action is Action.RECEIVE
        yield None if receives else next(waiting)


def _confidence(graph: DependencyGraph, edge: EdgeId) -> float:
    return (
        graph.operations[edge].confidence if isinstance(edge, OperationId) else graph.routes[edge].confidence
    )


def in_ms(time_ns: float) -> float:
    """A time in milliseconds, two figures; never below 0, which clocks that disagree can make of it."""
    return rounded(max(0.0, time_ns / 1e6))


def rounded(value: float) -> float:
    """Two figures, so that a median which hardly moves makes no news."""
    return round(value, 1 - floor(log10(abs(value)))) if value else 0.0
