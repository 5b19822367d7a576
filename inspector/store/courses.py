"""What loops did over time, beside the history of the graph, so that a long capture tells it at once."""

from __future__ import annotations

import sqlite3

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from graph.identity import LoopId, NodeId
from graph.model import DependencyGraph, FeedbackLoop, LoopStatus
from inspector.store.packing import Damaged, pack, unpack

MOST_WAITING = 10_000
"""Entries kept while nothing can be written; older ones are dropped."""


class LoopMoment(Struct, frozen=True, array_like=True, gc=False):
    """What was known of a loop at one time; see FeedbackLoop."""

    loop: LoopId
    status: LoopStatus
    """What records proved, whether or not somebody has acknowledged it."""
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    rate_per_s: float | None
    hops: tuple[NodeId, ...] = ()
    """Its way round; given where its status changed, and not in between."""

    @property
    def paused(self) -> bool:
        """Whether it was told to run away, and nothing came round just then."""
        return self.status is LoopStatus.RUNAWAY and self.rate_per_s == 0.0


class LoopsThen(Struct, frozen=True, gc=False):
    """All loops that were more than possible, from a time until the next entry."""

    id: int
    at_ns: int
    loops: tuple[LoopMoment, ...]


Entry = tuple[int, bool, tuple[LoopMoment, ...]]
"""Time, whether a loop has begun, ended or changed its status, and the loops."""

_decoder = msgspec.msgpack.Decoder(tuple[LoopMoment, ...])


class Courses:
    """What is to be written."""

    def __init__(self) -> None:
        self._last: tuple[LoopMoment, ...] | None = None
        self._waiting: list[Entry] = []

    def add(self, graph: DependencyGraph) -> None:
        """Keep what loops of a graph do, where that changed."""
        found = (_moment(loop) for loop in graph.loops.values())
        loops = tuple(moment for moment in found if moment.status is not LoopStatus.POSSIBLE)
        if loops != self._last:
            turned, self._last = _phases(loops) != _phases(self._last or ()), loops
            if turned:
                loops = tuple(replace(each, hops=graph.loops[each.loop].hops) for each in loops)
            self._waiting.append((graph.to_ns, turned, loops))
            del self._waiting[:-MOST_WAITING]

    def take(self) -> list[Entry]:
        """What waits to be written."""
        taken, self._waiting = self._waiting, []
        return taken

    def give_back(self, entries: list[Entry]) -> None:
        """What was taken could not be written."""
        self._waiting = (entries + self._waiting)[-MOST_WAITING:]


def _moment(loop: FeedbackLoop) -> LoopMoment:
    status = loop.proven or loop.status
    return LoopMoment(loop.id, status, loop.gain, loop.gain_low, loop.gain_high, loop.rate_per_s)


def _phases(loops: tuple[LoopMoment, ...]) -> set[object]:
    return {(each.loop, each.status, each.paused) for each in loops}


def save(connection: sqlite3.Connection, entries: list[Entry]) -> None:
    """Write what was taken; raises sqlite3.Error."""
    connection.executemany(
        "INSERT INTO loop (at_ns, turn, data) VALUES (?, ?, ?)",
        [(at_ns, turn, pack(msgspec.msgpack.encode(loops))) for at_ns, turn, loops in entries],
    )


def read(connection: sqlite3.Connection, after: int, most: int) -> list[LoopsThen]:
    """The entries after one by its id; of more than about `most` every change of status and some of the rest.

    Raises Damaged and sqlite3.Error.
    """
    first, last = connection.execute("SELECT min(id), max(id) FROM loop WHERE id > ?", (after,)).fetchone()
    step = 1 if first is None else max(1, (last - first) // most)
    rows = connection.execute(
        "SELECT id, at_ns, data FROM loop"
        " WHERE id > ? AND (turn = 1 OR id % ? = 0 OR id IN (?, ?)) ORDER BY id",
        (after, step, first, last),
    ).fetchall()
    try:
        return [LoopsThen(number, at_ns, _decoder.decode(unpack(data))) for number, at_ns, data in rows]
    except msgspec.MsgspecError as error:
        raise Damaged("what loops did cannot be read") from error


def forget_before(connection: sqlite3.Connection, at_ns: int) -> None:
    """Delete what is not needed to tell what loops did from `at_ns` on."""
    connection.execute("DELETE FROM loop WHERE id < (SELECT max(id) FROM loop WHERE at_ns <= ?)", (at_ns,))
