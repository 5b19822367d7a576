"""Which nodes are shown: filters, and the surroundings of what is selected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from graph.identity import (
    ApplicationId,
    ChannelId,
    EdgeId,
    LoopId,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
    Subject,
)
from graph.model import DependencyGraph, FeedbackLoop, LoopStatus
from gui.canvas import wording
from gui.canvas.ports import ends

Direction = Literal["both", "up", "down"]


@dataclass(frozen=True)
class GraphFilter:
    """What to leave out. `text`, which may have `*`, keeps only nodes so named and their neighbours."""

    internal: bool = True
    dead_letters: bool = False
    leaf: bool = False
    unused: bool = False
    text: str = ""


@dataclass(frozen=True)
class Hidden:
    """How many nodes each part of a filter leaves out, or would leave out if it were on."""

    internal: int = 0
    dead_letters: int = 0
    leaf: int = 0
    unused: int = 0
    text: int = 0


def _matching(graph: DependencyGraph, nodes: Iterable[NodeId], text: str) -> set[NodeId]:
    wanted = text.strip().casefold()
    pattern = wanted if "*" in wanted else f"*{wanted}*"
    hits = {node for node in nodes if fnmatchcase(wording.node_name(graph, node).casefold(), pattern)}
    beside = {end for edge in graph.edges() for end in ends(edge) if hits & set(ends(edge))}
    return hits | beside


def shown(graph: DependencyGraph, wanted: GraphFilter) -> tuple[set[NodeId], Hidden]:
    """The nodes that a filter leaves, and the counts of the others."""
    edges = list(graph.edges())
    every: set[NodeId] = {*graph.applications, *graph.channels}
    degree: dict[NodeId, int] = dict.fromkeys(every, 0)
    for edge in edges:
        for node in ends(edge):
            degree[node] = degree.get(node, 0) + 1
    sent = {o.channel for o in graph.operations if o.source == o.application}
    received = {o.channel for o in graph.operations if o.target == o.application}
    sent |= {route.target for route in graph.routes}
    received |= {route.source for route in graph.routes}
    groups: dict[str, set[NodeId]] = {
        "internal": {key for key, channel in graph.channels.items() if channel.internal},
        "dead_letters": {r.target for r in graph.routes if r.kind is RouteKind.DEAD_LETTER},
        "leaf": {key for key in graph.channels if degree[key] and not (key in sent and key in received)},
        "unused": {key for key in graph.channels if not degree[key]},
    }
    left = set(every)
    for name, nodes in groups.items():
        if getattr(wanted, name):
            left -= nodes
    gone = every - left
    if gone:
        # A program that only dealt with hidden channels would be left without any edge.
        linked = {node for edge in edges if not gone & set(ends(edge)) for node in ends(edge)}
        left -= {n for n in left if isinstance(n, ApplicationId) and degree[n] and n not in linked}
    missing = 0
    if wanted.text.strip():
        kept = _matching(graph, left, wanted.text) & left
        missing = len(left) - len(kept)
        left = kept
    counts = {name: len(nodes) for name, nodes in groups.items()}
    return left, Hidden(**counts, text=missing)


def members(graph: DependencyGraph, subject: Subject | None) -> set[NodeId]:
    """The nodes that a subject consists of."""
    if isinstance(subject, ChannelId | ApplicationId):
        return {subject}
    if isinstance(subject, LoopId):
        loop = graph.loops.get(subject)
        return set(loop.hops) if loop else set()
    if isinstance(subject, OperationId | RouteId):
        return set(ends(subject))
    return set()


def around(
    edges: Collection[EdgeId], start: Collection[NodeId], hops: int | None, direction: Direction
) -> set[NodeId]:
    """The nodes within so many edges of the start, or all that can be reached; up means against the flow."""
    near: dict[NodeId, set[NodeId]] = {}
    for edge in edges:
        source, target = ends(edge)
        if direction != "up":
            near.setdefault(source, set()).add(target)
        if direction != "down":
            near.setdefault(target, set()).add(source)
    found = set(start)
    rim = set(start)
    left = len(near) + 1 if hops is None else hops
    while rim and left > 0:
        rim = {other for node in rim for other in near.get(node, ())} - found
        found |= rim
        left -= 1
    return found


def lit(
    graph: DependencyGraph, subject: Subject | None, trail: Collection[EdgeId] = ()
) -> tuple[set[NodeId], set[EdgeId]] | None:
    """What stays bright while a subject is selected or a trail is shown; None when all does.

    A node keeps its edges and the loops through it that were seen to go round.
    """
    if isinstance(subject, ChannelId | ApplicationId):
        edges = {edge for edge in graph.edges() if subject in ends(edge)}
        for loop in graph.loops_through(subject):
            if loop.status is not LoopStatus.POSSIBLE:
                edges |= set(loop.edges)
        return {subject} | {node for edge in edges for node in ends(edge)}, edges
    if isinstance(subject, OperationId | RouteId):
        return set(ends(subject)), {subject}
    if isinstance(subject, LoopId) and subject in graph.loops:
        return set(graph.loops[subject].hops), set(graph.loops[subject].edges)
    if trail and subject is None:
        return {node for edge in trail for node in ends(edge)}, set(trail)
    return None


def hovered(subject: Subject | None, edges: Collection[EdgeId]) -> list[EdgeId]:
    """The edges to bring out while the pointer rests on something."""
    if isinstance(subject, ApplicationId | ChannelId):
        return [edge for edge in edges if subject in ends(edge)]
    return [subject] if isinstance(subject, OperationId | RouteId) and subject in edges else []


def looked_at(subjects: Iterable[Subject | None], loops: Mapping[LoopId, FeedbackLoop]) -> frozenset[LoopId]:
    """The loops that are shown although they are only possible: those through what is looked at."""
    found: set[LoopId] = set()
    for subject in subjects:
        if isinstance(subject, LoopId):
            found.add(subject)
        elif isinstance(subject, ApplicationId | ChannelId):
            found |= {loop.id for loop in loops.values() if subject in loop.hops}
    return frozenset(found)
