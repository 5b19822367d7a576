"""The history of the graph in a capture file: deltas, and now and then the whole graph to begin at."""

from __future__ import annotations

import sqlite3

import msgspec

from graph.delta import GraphDelta, apply, diff
from graph.model import DependencyGraph
from inspector.store.block import Damaged, pack, unpack

WHOLE_EVERY = 64
"""Deltas after which the whole graph is written: opening applies at most this many."""

_decoder = msgspec.msgpack.Decoder(GraphDelta)


Entry = tuple[int, bool, GraphDelta]
"""Time, whether it is a whole graph (a delta from nothing), and the delta."""


class History:
    """What is to be written, and the graph that all of it adds up to."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._graph = graph
        self._waiting: list[Entry] = []
        self._since_whole = WHOLE_EVERY

    def add(self, delta: GraphDelta) -> None:
        """Keep a delta to be taken."""
        self._graph = apply(self._graph, delta)
        self._since_whole += 1
        if self._since_whole > WHOLE_EVERY:
            self._waiting.append(self._whole())
        else:
            self._waiting.append((delta.to_ns, False, delta))

    def take(self) -> list[Entry]:
        """What waits to be written."""
        taken, self._waiting = self._waiting, []
        return taken

    def give_back(self, entries: list[Entry]) -> None:
        """What was taken could not be written."""
        self._waiting = entries + self._waiting
        if len(self._waiting) > WHOLE_EVERY:
            self._waiting = [self._whole()]  # it stands for all that could not be written

    def _whole(self) -> Entry:
        self._since_whole = 0
        return self._graph.to_ns, True, diff(DependencyGraph(), self._graph)


def save(connection: sqlite3.Connection, entries: list[Entry]) -> None:
    """Write what was taken; raises sqlite3.Error."""
    connection.executemany(
        "INSERT INTO graph (at_ns, whole, data) VALUES (?, ?, ?)",
        [(at_ns, whole, pack(msgspec.msgpack.encode(delta))) for at_ns, whole, delta in entries],
    )


def graph_at(connection: sqlite3.Connection, at_ns: int | None = None) -> DependencyGraph:
    """The graph as it was known at a time, or last; an empty one before the first.

    Raises Damaged and sqlite3.Error.
    """
    until = "" if at_ns is None else "AND at_ns <= :at_ns"
    rows = connection.execute(
        f"SELECT data FROM graph WHERE id >= (SELECT max(id) FROM graph WHERE whole = 1 {until}) {until}"
        " ORDER BY id",
        {"at_ns": at_ns},
    ).fetchall()
    graph = DependencyGraph()
    for (data,) in rows:
        try:
            graph = apply(graph, _decoder.decode(unpack(data)))
        except msgspec.MsgspecError as error:
            raise Damaged("the history of the graph cannot be read") from error
    return graph


def forget_before(connection: sqlite3.Connection, at_ns: int) -> None:
    """Delete what is not needed to tell the graph from `at_ns` on."""
    connection.execute(
        "DELETE FROM graph WHERE id < (SELECT max(id) FROM graph WHERE whole = 1 AND at_ns <= ?)", (at_ns,)
    )
