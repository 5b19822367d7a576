"""What records prove about one loop, from how they came round it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from graph.branching.gain import Gain, Telling, bounded_at, estimate_gain, settled_ns, telling
from graph.branching.growth import doubling_time_s
from graph.branching.lineage import Ints, at_share, quantile
from graph.identity import Action, LoopId, OperationId
from graph.loops.counting import Counting
from graph.loops.cycles import LoopPath
from graph.model import DependencyGraph, EdgeState, FeedbackLoop, LoopNature, LoopStatus
from inspector.causes.figures import in_ms, rounded
from inspector.causes.links import FLOW, GRADES
from inspector.loops.natures import forwards, nature, pair_of
from inspector.loops.rounds import Evidence, Hop, Round, hops_of, joined_hops
from inspector.loops.trails import Trails

FLOWS_NEEDED = 3
"""Chains that must have come round where only shared flow ids say so; a parent pointer proves it at once."""
RATE_NS = 10_000_000_000
"""Over how long the rate of records that came round is taken."""
LAPS_SHOWN = 64
LEAST_READ = 0.01
"""A smaller share of the records is not reckoned with."""
HOP_PARENTS = 20
"""Records from which on a hop is said to have a gain."""


class Moment(NamedTuple):
    """What all loops are measured with."""

    graph: DependencyGraph
    evidence: Evidence
    counting: Counting
    trails: Trails
    running: frozenset[LoopId]
    """Loops that ran away when they were measured before."""
    now_ns: int


def measure(path: LoopPath, moment: Moment) -> FeedbackLoop:
    """The loop with all that records prove about it."""
    graph = moment.graph
    weakest = min(path.edges, key=lambda edge: graph.edge(edge).confidence)
    pair = pair_of(path, moment.counting.pairs)
    loop = FeedbackLoop(
        id=path.id,
        hops=path.hops,
        edges=path.edges,
        status=LoopStatus.POSSIBLE,
        confidence=graph.edge(weakest).confidence,
        weakest=weakest,
        nature=LoopNature.REQUEST_REPLY if pair else LoopNature.FEEDBACK,
    )
    natural = _came_round(path, moment, replays=False)
    if natural is not None and _proves(natural):
        if pair and not (natural.grades < FLOW).any():
            return _shown(loop, natural, moment)
        return _measured(loop, path, natural, moment)
    if natural is not None and natural.again.any() and not len(natural.came):
        loop = msgspec.structs.replace(loop, nature=LoopNature.REDELIVERY)
    if not moment.evidence.window.replayed.any():
        return loop
    replayed = _came_round(path, moment, replays=True)
    if replayed is None or not _proves(replayed):
        return loop
    counted = moment.counting.replays
    loop = _measured(loop, path, replayed, moment) if counted else _shown(loop, replayed, moment)
    return msgspec.structs.replace(loop, nature=LoopNature.REPLAY)


def _came_round(path: LoopPath, moment: Moment, *, replays: bool) -> Round | None:
    """How records came round, to the entry channel or to the first one after it where that proves anything.

    A chain that was fed in elsewhere and ended soon comes back to where it was fed in alone.
    """
    joined, plain = joined_hops(path), hops_of(path)
    found = _round_along(joined, path, moment, replays=replays)
    if (found is not None and _proves(found)) or len(joined) == len(plain):
        return found
    return _round_along(plain, path, moment, replays=replays) or found


def _round_along(hops: tuple[Hop, ...], path: LoopPath, moment: Moment, *, replays: bool) -> Round | None:
    first: Round | None = None
    for at in range(len(hops)):
        turned = hops[at:] + hops[:at]
        found = moment.evidence.once_round(turned, forwards=forwards(path), replays=replays)
        if found is None or _proves(found):
            return found
        first = first or found
    return first


def _proves(found: Round) -> bool:
    if not len(found.came):
        return False
    return bool((found.grades < FLOW).any()) or len(found.lineage.chains) >= FLOWS_NEEDED


def _shown(loop: FeedbackLoop, found: Round, moment: Moment) -> FeedbackLoop:
    """The loop with an example of what came round, and nothing that says how it goes on."""
    return msgspec.structs.replace(
        loop,
        grade=GRADES[int(found.grades.min())],
        trail=moment.trails.trail(loop.id, found, moment.evidence, moment.now_ns),
    )


def _measured(loop: FeedbackLoop, path: LoopPath, found: Round, moment: Moment) -> FeedbackLoop:
    evidence, lineage, horizon_ns = moment.evidence, found.lineage, moment.evidence.horizon_ns
    read = evidence.read(found.hops)
    told = telling(lineage, horizon_ns, read)
    gain = estimate_gain(lineage, horizon_ns, read, told)
    bounded = bounded_at(lineage, horizon_ns) is not None
    period_ms = in_ms(at_share(lineage.ordered_return_ns, 0.5))
    came_round = lineage.born_ns[lineage.children]
    lately = found.came[(came_round > horizon_ns - RATE_NS) & (came_round <= horizon_ns)]
    latencies = {hop: in_ms(quantile(evidence.latencies_ns(hop), 0.5)) for hop in found.hops}
    loop = msgspec.structs.replace(
        _shown(loop, found, moment),
        status=LoopStatus.POSSIBLE
        if _past(moment.graph, path)
        else _status(gain, bounded=bounded, running=loop.id in moment.running),
        nature=nature(path, found, evidence.window, bounded=bounded),
        chains=len(lineage.chains),
        laps_median=int(quantile(lineage.longest, 0.5)),
        laps_max=int(lineage.longest.max()),
        period_ms=period_ms,
        hop_latencies_ms=tuple(_on_edges(path, latencies)),
        hop_gains=tuple(_on_edges(path, _hop_gains(found, evidence, told))),
        rate_per_s=int(evidence.window.weight(lately).sum()) / (RATE_NS / 1e9),
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


def _status(gain: Gain | None, *, bounded: bool, running: bool) -> LoopStatus:
    """What was told to run away is told so until the interval, as shown, is below 1, or nothing comes round.

    Of a loop that just keeps itself going the estimate lies as often below 1 as above.
    """
    if bounded:
        return LoopStatus.BOUNDED
    if gain is None:
        return LoopStatus.ACTIVE
    runs = gain.sustains or (running and not gain.quiet and round(gain.high, 2) >= 1.0)
    return LoopStatus.RUNAWAY if runs else LoopStatus.ACTIVE


def _past(graph: DependencyGraph, path: LoopPath) -> bool:
    """Whether a part of the loop was last seen so long ago that it cannot be active now."""
    return any(
        isinstance(edge, OperationId) and graph.operations[edge].state is EdgeState.HISTORIC
        for edge in path.edges
    )


def _hop_gains(found: Round, evidence: Evidence, told: Telling | None) -> dict[Hop, float]:
    """How many records became of one over each hop, of those that the gain is told by and had the time to
    come all the way round.

    They are followed from the entry on, so that the product is what one of them caused once round.
    """
    lineage, window = found.lineage, evidence.window
    if told is None:
        return {}
    ripe = lineage.born_ns[told.parents] <= evidence.horizon_ns - settled_ns(lineage)
    rows: Ints = found.entry[told.parents[ripe]]
    gains: dict[Hop, float] = {}
    for hop in found.hops:
        if len(rows) < HOP_PARENTS:
            break
        links = evidence.links(hop)
        mine = np.zeros(len(window), np.bool_)
        mine[rows] = True
        children = links.child[mine[links.parent]]
        way = evidence.read([hop])
        read = 1.0 if way is None else float(way.at(window.time[rows]).mean())
        gains[hop] = round(len(children) / len(rows) / max(read, LEAST_READ), 2)
        rows = children
    return gains


def _on_edges(path: LoopPath, of_hops: Mapping[Hop, float]) -> Iterator[float | None]:
    """What is known of a hop stands on the edge that ends it, so that latencies add up to the period."""
    ending = {hop.effect: figure for hop, figure in of_hops.items()}
    for edge in path.edges:
        if isinstance(edge, OperationId):
            yield ending.get(edge.channel) if edge.action is Action.SEND else None
        else:
            yield ending.get(edge.target)
