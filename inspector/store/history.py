"""The history of the graph in a capture file: deltas, and now and then the whole graph to begin at."""

from __future__ import annotations

import math
import sqlite3

import msgspec
from msgspec.structs import replace

from graph.delta import GraphDelta, apply, diff
from graph.model import DependencyGraph
from inspector.store.courses import Courses
from inspector.store.packing import pack

PIECE = 1_000
"""Items of a delta that one row holds: more of them would keep the interpreter too long to read at once."""
ROW = 32
"""What reading a row costs beside its items, in items."""
WHOLE_EVERY = 64
"""Deltas of a small graph after which it is written whole."""

_ITEMS = ("servers", "applications", "channels", "operations", "routes", "loops")
_PIECES = (*_ITEMS, "gone")


Entry = tuple[int, bool, GraphDelta]
"""Time, whether a whole graph (a delta from nothing) begins here, and the delta."""


class History:
    """What is to be written, and the graph that all of it adds up to."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph
        self._waiting: list[Entry] = []
        self._since_whole = math.inf
        self.courses = Courses()
        """What loops did meanwhile."""

    def add(self, delta: GraphDelta) -> None:
        """Keep a delta to be taken."""
        self._graph = apply(self._graph, delta)
        self.courses.add(self._graph)
        self._since_whole += ROW + _items(delta)
        # Opening reads about as much beside the whole graph at most, and a file is at most twice as large.
        if self._since_whole > max(WHOLE_EVERY * ROW, _items(self._graph)):
            self._waiting += self._whole()
        else:
            self._waiting += [(delta.to_ns, False, piece) for piece in _pieces(delta)]

    def take(self) -> list[Entry]:
        """What waits to be written."""
        taken, self._waiting = self._waiting, []
        return taken

    def give_back(self, entries: list[Entry]) -> None:
        """What was taken could not be written."""
        self._waiting = entries + self._waiting
        if len(self._waiting) > WHOLE_EVERY:
            self._waiting = self._whole()  # it stands for all that could not be written

    def _whole(self) -> list[Entry]:
        self._since_whole = 0
        pieces = _pieces(diff(DependencyGraph(), self._graph))
        return [(self._graph.to_ns, number == 0, piece) for number, piece in enumerate(pieces)]


def _items(given: GraphDelta | DependencyGraph) -> int:
    return sum(len(getattr(given, name)) for name in _ITEMS)


def _pieces(delta: GraphDelta) -> list[GraphDelta]:
    """A delta as short ones, which are the same one after the other."""
    if _items(delta) + len(delta.gone) <= PIECE:
        return [delta]
    made = [replace(delta, **dict.fromkeys(_PIECES, ()))]
    for name in _PIECES:
        items = getattr(delta, name)
        made += [
            GraphDelta(delta.to_ns, delta.from_ns, **{name: items[start : start + PIECE]})
            for start in range(0, len(items), PIECE)
        ]
    return made


def save(connection: sqlite3.Connection, entries: list[Entry]) -> None:
    """Write what was taken; raises sqlite3.Error."""
    connection.executemany(
        "INSERT INTO graph (at_ns, whole, data) VALUES (?, ?, ?)",
        [(at_ns, whole, pack(msgspec.msgpack.encode(delta))) for at_ns, whole, delta in entries],
    )


def forget_before(connection: sqlite3.Connection, at_ns: int) -> None:
    """Delete what is not needed to tell the graph from `at_ns` on."""
    connection.execute(
        "DELETE FROM graph WHERE id < (SELECT max(id) FROM graph WHERE whole = 1 AND at_ns <= ?)", (at_ns,)
    )
