"""What is odd about events: gaps before them, doubles, and times that go backwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gui import figures
from gui.events.order import Rows
from inspector.capture.level import Level
from inspector.store.coverage import Coverage, Covered, Missed

KEPT_LEVELS = (Level.KEYS_AND_HEADERS, Level.EVERYTHING)
"""Levels on which every record that there is is in the capture."""


@dataclass(frozen=True)
class Oddity:
    """What is odd about one row."""

    gap: int = 0
    """How many offsets between it and the one before it on its partition are not in the capture."""
    why: str = ""
    """Why they are not."""
    double: bool = False
    """The same position is in the capture twice."""
    repeated: bool = False
    """Another record near it has the same event id."""
    backwards_ns: int = 0
    """How much earlier it is than the record before it on its partition."""
    resent: bool = False
    """Another record of its partition has the same sequence of the same producer."""

    @property
    def sentence(self) -> str:
        """For a person."""
        made = []
        if self.gap:
            made.append(
                f"{figures.plural(self.gap, 'offset')} before it {_is(self.gap)} not here: {self.why}."
            )
        if self.double:
            made.append("The same position was captured twice.")
        if self.repeated:
            made.append("Another event near it has the same event id: it was sent, or delivered, again.")
        if self.resent:
            made.append("Another record near it has the same producer and sequence: it was written again.")
        if self.backwards_ns:
            late = self.backwards_ns / 1e6
            made.append(
                f"Its time is {late:,.0f} ms before that of the record in front of it on its partition."
            )
        return " ".join(made)


def oddities(
    rows: Rows,
    channel: NDArray[np.int64],
    partition: NDArray[np.int64],
    offset: NDArray[np.int64],
    timestamp_ns: NDArray[np.int64],
    event: NDArray[np.int64],
    producer: NDArray[np.int64] | None = None,
    *,
    since: int = 0,
    gaps: bool,
) -> dict[int, Oddity]:
    """What is odd about those of some rows that are not before `since`, held against all of them.

    The rows are all those of their partitions between the first and the last. `event` is a mark of the event
    id, 0 where there is none; `producer` one of producer, epoch and sequence. Why there are gaps is open.
    """
    if not len(rows):
        return {}
    found: dict[int, Oddity] = {}
    by = np.lexsort((rows, offset, partition, channel))
    same = (np.diff(channel[by]) == 0) & (np.diff(partition[by]) == 0)
    step = np.diff(offset[by])
    back = timestamp_ns[by][:-1] - timestamp_ns[by][1:]
    odd = same & (rows[by][1:] >= since) & ((step == 0) | (back > 0) | ((step > 1) & gaps))
    for at in np.flatnonzero(odd).tolist():
        apart = int(step[at])
        found[int(rows[by[at + 1]])] = Oddity(
            gap=apart - 1 if gaps and apart > 1 else 0, double=apart == 0, backwards_ns=max(0, int(back[at]))
        )
    repeated = set(_repeated(rows, channel, event))
    resent = set() if producer is None else set(_repeated(rows, np.stack((channel, partition)), producer))
    for row in (each for each in repeated | resent if each >= since):
        before = found.get(row, Oddity())
        if not before.double:
            found[row] = replace(before, repeated=row in repeated, resent=row in resent)
    return found


def _repeated(rows: Rows, where: NDArray[np.int64], mark: NDArray[np.int64]) -> list[int]:
    """Rows whose mark came before in the same place; one that is 0 is none."""
    named = np.flatnonzero(mark != 0)
    places = np.atleast_2d(where)[:, named]
    by = np.lexsort((rows[named], mark[named], *places))
    again = (np.diff(mark[named][by]) == 0) & np.all(np.diff(places[:, by]) == 0, axis=0)
    by = named[by]
    return [int(row) for row in rows[by[1:][again]]]


def why(coverage: Coverage, partition: int, first: int, end: int) -> str:
    """Why offsets from `first` to before `end` are not in a capture; `coverage` is that of their channel."""
    ranges = [each for each in coverage.covered if each.partition == partition]
    kept = _within(ranges, first, end, KEPT_LEVELS)
    matching = _within(ranges, first, end, (Level.MATCHING,))
    batches = _within(ranges, first, end, (Level.HEADERS_OF_BATCHES,))
    missed = [each for each in coverage.missed if each.partition == partition]
    size = end - first
    parts = []
    if kept:
        parts.append(
            (kept, "were read, and the broker has no record there (compacted, or a mark of a transaction)")
        )
    if matching:
        parts.append((matching, "did not match what is captured of this channel"))
    if batches:
        parts.append((batches, "were captured as headers of batches alone"))
    if rest := size - kept - matching - batches:
        parts.append((rest, _lost(missed) or "were not read"))
    return ", ".join(words if count == size else f"{count:,} {words}" for count, words in parts)


def _within(ranges: list[Covered], first: int, end: int, levels: tuple[Level, ...]) -> int:
    chosen = (each for each in ranges if each.level in levels)
    return sum(max(0, min(end, each.end) - max(first, each.first)) for each in chosen)


def _lost(missed: list[Missed]) -> str:
    reasons = sorted({each.reason for each in missed if each.count})
    return f"were not captured ({'; '.join(reasons)})" if reasons else ""


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
