"""Which edges of a graph count for loops, and which of them are new or gone since the last look."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain, compress
from operator import attrgetter, is_not
from typing import Generic, TypeVar

from graph.identity import ChannelId, EdgeId, NodeId, OperationId, RouteId
from graph.loops.counting import Counting
from graph.loops.numbered import Edges
from graph.model import DependencyGraph, Operation, Route

PIECE = 1_024
"""Items compared at once."""

Id = TypeVar("Id", OperationId, RouteId)
Item = TypeVar("Item", Operation, Route)


class Counted:
    """Remembers the graph that it saw last, so that looking again costs little more than what has changed."""

    def __init__(self, piece: int = PIECE) -> None:
        self._operations = _Kind[OperationId, Operation](piece)
        self._routes = _Kind[RouteId, Route](piece)
        self._counting = Counting()
        self._internal: set[ChannelId] = set()
        self._replies: frozenset[OperationId] = frozenset()

    def __contains__(self, edge: EdgeId) -> bool:
        return edge in self._operations.counted or edge in self._routes.counted

    def look(self, graph: DependencyGraph, counting: Counting) -> tuple[Edges, Edges]:
        """The edges that count no more, and those that count now and did not before."""
        internal = {channel.id for channel in filter(attrgetter("internal"), graph.channels.values())}
        paired = set() if counting.request_reply else {end for pair in counting.pairs for end in pair}
        operations = self._operations.changed(graph.operations)
        routes = self._routes.changed(graph.routes)
        if (counting, internal) != (self._counting, self._internal) or (
            paired and not paired.isdisjoint(key.channel for key in operations)
        ):
            self._counting, self._internal = counting, internal
            self._replies = counting.replies(graph)
            operations, routes = self._operations.all(), self._routes.all()
        hidden: set[NodeId | EdgeId] = set(self._replies)
        if not counting.internal:
            hidden |= internal
        sent = self._operations.look(operations, counting, hidden)
        # A route from a channel to itself is no way round.
        led = self._routes.look([key for key in routes if key.source != key.target], counting, hidden)
        return Edges(sent[0], led[0]), Edges(sent[1], led[1])


class _Kind(Generic[Id, Item]):
    """The edges of one kind."""

    def __init__(self, piece: int) -> None:
        self._piece = piece
        self._items: dict[Id, Item] = {}
        self._list: list[Item] = []
        self.counted: set[Id] = set()

    def all(self) -> Collection[Id]:
        """All that there are, and those that counted before."""
        return self.counted | self._items.keys()

    def look(
        self, keys: Iterable[Id], counting: Counting, hidden: set[NodeId | EdgeId]
    ) -> tuple[list[Id], list[Id]]:
        """Of some keys those that count no more, and those that count now and did not before."""
        gone: list[Id] = []
        new: list[Id] = []
        known, counted, counts_alone = self._items.get, self.counted, counting.counts
        for key in keys:
            edge = known(key)
            counts = edge is not None and counts_alone(edge)
            if counts and hidden:
                counts = hidden.isdisjoint((key, key.source, key.target))
            if counts != (key in counted):
                (new if counts else gone).append(key)
        counted.difference_update(gone)
        counted.update(new)
        return gone, new

    def changed(self, items: dict[Id, Item]) -> Collection[Id]:
        """The keys of what may count now and did not before, or the other way round."""
        old, self._items = self._items, items
        if old is items:
            return ()
        before, self._list = self._list, list(items.values())
        if not before:
            return items.keys()
        after = self._list
        begin, end = _alike(before, after, self._piece)
        gone: list[Item] = before[begin : len(before) - end]
        new: list[Item] = after[begin : len(after) - end]
        if len(gone) == len(new):
            pairs = list(compress(zip(gone, new, strict=True), map(is_not, gone, new)))
            if all(one.id == other.id for one, other in pairs):
                gone, new = [], [other for one, other in pairs if not _as_sure(one, other)]
        keys: list[Id] = [item.id for item in chain(new, gone)]  # type: ignore[misc]
        return {key for key in keys if not _as_sure(old.get(key), items.get(key))}


def _alike(one: list[Item], other: list[Item], piece: int) -> tuple[int, int]:
    """How many items are the same from the start on, and from the end; whole pieces are the fastest."""
    most, begin = min(len(one), len(other)), 0
    while begin < most and one[begin : begin + piece] == other[begin : begin + piece]:
        begin += piece
    while begin < most and one[begin] is other[begin]:
        begin += 1
    begin, end = min(begin, most), 0
    most -= begin
    mine, theirs = len(one), len(other)
    while (
        end + piece <= most
        and one[mine - end - piece : mine - end] == other[theirs - end - piece : theirs - end]
    ):
        end += piece
    while end < most and one[mine - end - 1] is other[theirs - end - 1]:
        end += 1
    return begin, end


def _as_sure(one: Operation | Route | None, other: Operation | Route | None) -> bool:
    """Whether nothing changed that decides whether an edge counts."""
    if one is None or other is None or one.evidence is not other.evidence:
        return one is other
    return not isinstance(one, Operation) or not isinstance(other, Operation) or one.state is other.state
