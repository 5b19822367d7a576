"""One graph of all that a check looks at: what was seen on servers and in captures, and designs on top."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from graph.identity import ApplicationId, EdgeId, LoopId, OperationId, RouteId
from graph.loops.counting import Counting, RequestReply
from graph.loops.cuts import cuts
from graph.loops.cycles import LoopPath, Structure, in_words
from graph.model import (
    CONFIRMED,
    DANGER,
    DECLARED,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    Operation,
    Severity,
)
from graph.names import plain, shown_names
from inspector.check.closing import closed
from inspector.check.design import Design
from inspector.check.places import Places
from inspector.declaration import UNSEEN
from inspector.loops.verdicts import RULES, cut_advice
from inspector.loops.watch import LoopWatch
from inspector.project.meaning import counting
from inspector.project.model import Project

_K = TypeVar("_K")
_T = TypeVar("_T")

CLOSES = "feedback-loop"
DEPLOYED = "deployed"
"""The family of evidence of what is taken to be there."""


def whole(
    seen: Sequence[DependencyGraph], design: Design | None, project: Project, now_ns: int
) -> DependencyGraph:
    """The graph of everything together.

    Loops that were measured stay as they are. One that passes an edge which only the design brings is a
    feedback loop in waiting, and an error.
    """
    base = seen[0] if len(seen) == 1 else _together(seen)
    if design is None and len(seen) == 1:
        return base
    graph, pairs = (base, frozenset[RequestReply]()) if design is None else design.over(base, project, now_ns)
    counted = replace(counting(project), pairs=pairs)
    looked = _watched(_deployed(graph, counted) if design else graph, counted, now_ns)
    new = [each for each in looked.findings if each.rule in RULES and each.subject not in base.loops]
    loops = looked.loops
    if design is not None:
        closing = _closing(looked, base, counted, now_ns)
        said = _closed(closing, graph, base, design.places)
        # Other loops among what was seen are news only where nobody has looked at all of it together yet.
        loops = loops | closing if len(seen) > 1 else closing
        quiet = closing.keys() | (looked.loops.keys() - loops.keys())
        new = [*said, *(each for each in new if each.subject not in quiet)]
    findings = dict.fromkeys([*new, *graph.findings])
    return dataclasses.replace(
        graph,
        loops=loops | base.loops,
        feedback=looked.feedback | base.feedback,
        findings=tuple(findings),
    )


def _watched(graph: DependencyGraph, counting: Counting, now_ns: int) -> DependencyGraph:
    watch = LoopWatch()
    watch.count(counting)
    return watch.measure(graph, now_ns)


def _closing(
    deployed: DependencyGraph, base: DependencyGraph, counting: Counting, now_ns: int
) -> dict[LoopId, FeedbackLoop]:
    """The loops that are there only with what is declared: those that the watch lists, and one for each
    declared edge of which it lists none.
    """
    apart, before = counting.uncounted(deployed), counting.uncounted(base)
    edges = [
        edge
        for edge in sorted(deployed.edges(), key=str)
        if apart.isdisjoint((edge, edge.source, edge.target))
    ]
    fresh = set(edges) - (set(base.edges()) - before)
    loops = {key: loop for key, loop in deployed.loops.items() if not fresh.isdisjoint(loop.edges)}
    listed = {edge for loop in loops.values() for edge in loop.edges}
    paths: list[LoopPath] = []
    for ring in closed(edges, fresh, listed):
        alone = dataclasses.replace(
            deployed,
            operations={key: deployed.operations[key] for key in ring if isinstance(key, OperationId)},
            routes={key: deployed.routes[key] for key in ring if isinstance(key, RouteId)},
        )
        paths += Structure().update(alone, counting).loops
        loops |= _watched(alone, counting, now_ns).loops
    for key, found in cuts(paths, deployed, counting).items():
        loops[key] = replace(loops[key], cuts=found)
    return {key: loop for key, loop in loops.items() if key not in base.loops}


def _deployed(graph: DependencyGraph, counting: Counting) -> DependencyGraph:
    """The graph as if all that is declared was there, without what does not count."""
    operations = {}
    for key, each in graph.operations.items():
        pieces = (replace(it, family=DEPLOYED) if it.family == DECLARED else it for it in each.evidence)
        operations[key] = replace(each, evidence=tuple(pieces))
    made = dataclasses.replace(graph, operations=operations)
    apart = counting.uncounted(made)
    return dataclasses.replace(made, operations={key: operations[key] for key in operations.keys() - apart})


def _together(seen: Sequence[DependencyGraph]) -> DependencyGraph:
    """All of several graphs; of what several have, the surer and the worse counts, or else the last one."""
    made = DependencyGraph()
    for each in seen:
        made = DependencyGraph(
            made.servers | each.servers,
            made.applications | each.applications,
            made.channels | each.channels,
            _merged(made.operations, each.operations, _surer),
            made.routes | each.routes,
            _merged(made.loops, each.loops, _worse),
            made.feedback | each.feedback,
            tuple(dict.fromkeys((*made.findings, *each.findings))),
            tuple(dict.fromkeys((*made.unavailable, *each.unavailable))),
            min(filter(None, (made.from_ns, each.from_ns)), default=0),
            max(made.to_ns, each.to_ns),
        )
    return made


def _merged(ours: dict[_K, _T], others: dict[_K, _T], both: Callable[[_T, _T], _T]) -> dict[_K, _T]:
    return ours | others | {key: both(ours[key], others[key]) for key in ours.keys() & others.keys()}


def _surer(one: Operation, other: Operation) -> Operation:
    sure = one if one.confidence > other.confidence else other
    return replace(sure, evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))))


def _worse(one: FeedbackLoop, other: FeedbackLoop) -> FeedbackLoop:
    """So that a calm look hides no other one, nor that a limit is broken."""
    return min(
        (other, one), key=lambda loop: (DANGER.index(loop.proven or loop.status), -(loop.gain_low or 0.0))
    )


def _closed(
    loops: dict[LoopId, FeedbackLoop], graph: DependencyGraph, base: DependencyGraph, places: Places
) -> Iterator[Finding]:
    names = shown_names(graph)
    for key, loop in loops.items():
        said = "; ".join(_said(edge, graph, base, places, names) for edge in loop.edges)
        message = (
            f"{in_words(loop.hops, names)} would be a feedback loop: {said}. {cut_advice(loop.cuts, names)}"
        )
        yield Finding(CLOSES, Severity.ERROR, key, message.rstrip())


def _said(
    edge: EdgeId,
    graph: DependencyGraph,
    base: DependencyGraph,
    places: Places,
    names: Mapping[ApplicationId, str],
) -> str:
    if edge in base.routes or (isinstance(edge, OperationId) and _seen(base.operations.get(edge))):
        return f"{plain(edge, names)}, as was seen"
    at = ", ".join(map(str, places.of(graph, edge)))
    return f"{plain(edge, names)} ({at})" if at else plain(edge, names)


def _seen(operation: Operation | None) -> bool:
    """Whether more speaks for an edge than a permission, a declaration or a guess."""
    return operation is not None and any(
        piece.family not in UNSEEN or piece.source == CONFIRMED for piece in operation.evidence
    )
