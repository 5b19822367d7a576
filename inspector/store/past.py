"""Graphs of a capture file as they were at any time; what was read for one moment helps those near it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import msgspec

from graph.delta import GraphDelta
from graph.model import DependencyGraph
from inspector.store.packing import Damaged, unpack

AT_ONCE = 500
"""Items that are freed at once."""
PAUSE_S = 0.0002
KEPT, BACK = 5, 32
"""Moments that are kept as they were made, and how many deltas before one that is asked for another is."""

_decoder = msgspec.msgpack.Decoder(GraphDelta)
_ITEMS = ("servers", "applications", "channels", "operations", "routes", "loops")
_LISTS = ("findings", "unavailable", "suggestions")


class Past:
    """Reads the history of the graph. One thread at a time may ask."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._begin: int | None = None
        self._read_to = 0
        self._base = DependencyGraph()
        self._deltas: list[tuple[int, GraphDelta]] = []
        self._folded: dict[int, DependencyGraph] = {}
        """What so many of the deltas add up to; what was asked for last comes last."""

    def graph(self, at_ns: int | None = None) -> DependencyGraph:
        """The graph as it was known at a time, or last; an empty one before the first.

        Raises Damaged and sqlite3.Error.
        """
        until = "" if at_ns is None else "AND at_ns <= :at_ns"
        query = f"SELECT max(id) FROM graph WHERE whole = 1 {until}"
        begin: int | None = self._connection.execute(query, {"at_ns": at_ns}).fetchone()[0]
        if begin is None:
            return DependencyGraph()
        self._read(begin)
        times = [then for then, _ in self._deltas]
        count = max((n for n, then in enumerate(times, 1) if at_ns is None or then <= at_ns), default=0)
        # Who goes back in time asks for those a little before next.
        for goal in (count - BACK, count) if count - self._nearest(count) > BACK else (count,):
            self._fold(goal)
        return self._folded.get(count, self._base)

    def times(self) -> list[int]:
        """When it changed, ascending; raises sqlite3.Error."""
        found = self._connection.execute("SELECT DISTINCT at_ns FROM graph ORDER BY at_ns").fetchall()
        return [at_ns for (at_ns,) in found]

    def _nearest(self, count: int) -> int:
        """How many of the first deltas were added up already, and no more than so many."""
        return max((known for known in self._folded if known <= count), default=0)

    def _fold(self, count: int) -> None:
        """Know what so many of the deltas add up to."""
        start = self._nearest(count)
        graph = self._folded.pop(start, self._base)
        if start < count:
            if start:
                self._folded[start] = graph
            graph = fold(graph, (delta for _, delta in self._deltas[start:count]))
        self._folded[count] = graph
        for known in [*self._folded][:-KEPT]:
            del self._folded[known]

    def _read(self, begin: int) -> None:
        """Take in a whole graph and the deltas after it, as far as they are not known yet."""
        if begin != self._begin:
            self._begin, self._read_to = None, begin - 1
            last = next(reversed(self._folded.values()), self._base)
            spent = [self._base, last]
            ids = {key: key for name in _ITEMS for key in getattr(last, name)}
            self._base = last = DependencyGraph()
            self._folded = {}
            release(spent)
            while self._deltas:
                self._deltas.pop()
        rows = self._connection.execute(
            "SELECT id, at_ns, data FROM graph WHERE id > :read_to AND id <"
            " coalesce((SELECT min(id) FROM graph WHERE whole = 1 AND id > :begin), 9e18) ORDER BY id",
            {"read_to": self._read_to, "begin": begin},
        ).fetchall()
        try:
            deltas = [(at_ns, _decoded(data)) for _, at_ns, data in rows]
        except msgspec.MsgspecError as error:
            raise Damaged("the history of the graph cannot be read") from error
        if self._begin is None:
            pieces = next((n for n, (at_ns, _) in enumerate(deltas) if at_ns != deltas[0][0]), len(deltas))
            self._base = _with_ids(fold(self._base, (delta for _, delta in deltas[:pieces])), ids)
            deltas = deltas[pieces:]
        self._begin, self._read_to = begin, rows[-1][0] if rows else self._read_to
        self._deltas += deltas


def _decoded(data: bytes) -> GraphDelta:
    _give_way()
    return _decoder.decode(unpack(data))


def fold(graph: DependencyGraph, deltas: Iterable[GraphDelta]) -> DependencyGraph:
    """The graph after some deltas: what `graph.delta.apply` makes of them one by one, at the cost of one."""
    made: dict[str, Any] = {item.name: getattr(graph, item.name) for item in fields(graph)}
    made |= {name: made[name].copy() for name in _ITEMS}
    for delta in deltas:
        for key in delta.gone:
            for name in _ITEMS:
                made[name].pop(key, None)
        for name in _ITEMS:
            made[name].update({item.id: item for item in getattr(delta, name)})
        _give_way()
        made |= {name: new for name in _LISTS if (new := getattr(delta, name)) is not None}
        if delta.feedback is not None:
            made["feedback"] = frozenset(delta.feedback)
        if delta.chains is not None:
            old = made["chains"]
            made["chains"] = tuple(old[path] if isinstance(path, int) else path for path in delta.chains)
        made |= {"from_ns": delta.from_ns, "to_ns": delta.to_ns}
    return DependencyGraph(**made)


def _with_ids(graph: DependencyGraph, ids: dict[Any, Any]) -> DependencyGraph:
    """The same graph by the very ids of an earlier one, so that both are quickly compared."""
    made: dict[str, Any] = {}
    for name in _ITEMS if ids else ():
        items = list(getattr(graph, name).items())
        found = made[name] = {}
        for at in range(0, len(items), AT_ONCE):
            found.update((ids.get(key, key), item) for key, item in items[at : at + AT_ONCE])
            _give_way()
    return replace(graph, **made)


def release(graphs: list[DependencyGraph]) -> None:
    """Empty a list of graphs that nobody needs any more, bit by bit.

    What is freed at once holds the interpreter: for 50,000 edges much longer than a frame.
    """
    items = [item for graph in graphs for name in _ITEMS for item in getattr(graph, name).values()]
    graphs.clear()
    while items:
        del items[-AT_ONCE:]
        _give_way()


def _give_way() -> None:
    """Let other threads run: they wait 5 ms for a busy one, and a window does so several times a frame."""
    time.sleep(PAUSE_S)
