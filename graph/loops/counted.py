"""Which edges of a graph count for loops, and which of them are new or gone since the last look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain, compress
from operator import attrgetter, is_not
from typing import TypeVar

from graph.identity import ChannelId, EdgeId, NodeId, OperationId, RouteId
from graph.loops.counting import Counting
from graph.model import DependencyGraph, Operation, Route

PIECE = 512

Id = TypeVar("Id", OperationId, RouteId)
Item = TypeVar("Item", Operation, Route)


class Counted:
    """Remembers the graph that it saw last, so that looking again costs little more than what has changed."""

    def __init__(self) -> None:
        self._graph = DependencyGraph()
        self._counting = Counting()
        self._internal: set[ChannelId] = set()
        self._edges: set[EdgeId] = set()

    def look(self, graph: DependencyGraph, counting: Counting) -> tuple[list[EdgeId], list[EdgeId]]:
        """The edges that count no more, and those that count now and did not before."""
        before, self._graph = self._graph, graph
        internal = {channel.id for channel in filter(attrgetter("internal"), graph.channels.values())}
        paired = set() if counting.request_reply else {end for pair in counting.pairs for end in pair}
        operations = _changed(before.operations, graph.operations)
        routes = _changed(before.routes, graph.routes)
        if (counting, internal) != (self._counting, self._internal) or (
            paired and not paired.isdisjoint(key.channel for key in operations)
        ):
            operations = before.operations.keys() | graph.operations.keys()
            routes = before.routes.keys() | graph.routes.keys()
        self._counting, self._internal = counting, internal
        hidden = set[NodeId | EdgeId](counting.replies(graph))
        if not counting.internal:
            hidden |= internal
        gone: list[EdgeId] = []
        new: list[EdgeId] = []
        for key in chain[EdgeId](operations, routes):
            edge = graph.operations.get(key) if isinstance(key, OperationId) else graph.routes.get(key)
            counts = edge is not None and counting.counts(edge)
            if counts and hidden:
                counts = hidden.isdisjoint((key, key.source, key.target))
            if counts != (key in self._edges):
                (new if counts else gone).append(key)
        self._edges.difference_update(gone)
        self._edges.update(new)
        return gone, new


def _changed(old: Mapping[Id, Item], new: Mapping[Id, Item]) -> Collection[Id]:
    """The keys of what is in one alone, or may count in one and not in the other."""
    if not old or not new:
        return (old or new).keys()
    before, after = list(old.values()), list(new.values())
    start = _alike(before, after)
    before, after = before[start:], after[start:]
    end = _alike(before[::-1], after[::-1])
    before, after = before[: len(before) - end], after[: len(after) - end]
    if len(before) == len(after):
        pairs = compress(zip(before, after, strict=True), map(is_not, before, after))
        items = [item for pair in pairs if not _as_sure(*pair) for item in pair]
    else:
        items = before + after
    keys: set[Id] = {item.id for item in items}  # type: ignore[misc]
    return [key for key in keys if old.get(key) is not new.get(key)]


def _as_sure(one: Item, other: Item) -> bool:
    """Whether two items are of one edge and nothing changed that decides whether it counts."""
    if isinstance(one, Operation) and isinstance(other, Operation) and one.state is not other.state:
        return False
    return one.evidence is other.evidence and one.id == other.id


def _alike(one: list[Item], other: list[Item]) -> int:
    """How many items are the same from the start on; lists are compared in pieces, as nothing is faster."""
    most, at = min(len(one), len(other)), 0
    while at < most and one[at : at + PIECE] == other[at : at + PIECE]:
        at += PIECE
    while at < most and one[at] is other[at]:
        at += 1
    return min(at, most)
