"""Which part of the records was read, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.branching.lineage import Ints

Floats = NDArray[np.float64]
CELLS = 4_096
FINEST_NS = 100_000_000
"""Records out of order by less than this do no harm."""
LAGS = 32
MOST = 0.5
"""Part of the causes of a time that must not lie in the dark: else the few whose lag is unusual decide."""
BEGINNING = 4
"""Steps between records that tell how far apart the first ones lie."""
DARK = 0.1
"""A time of which a smaller share than this was read tells nothing."""


class Lane(NamedTuple):
    """What keeps an order, such as a partition: its records that were read, as parallel arrays."""

    time_ns: Ints
    """When each lay on the log; those before and after it may be out of order by a little."""
    missed: Ints
    """Records between the one before and this one that were not read; for the first, 0."""
    behind: int = 0
    """Records after the last one that have not been read yet."""


@dataclass(frozen=True)
class Reading:
    """The share that was read in each of the equal cells of a time."""

    from_ns: int
    cell_ns: int
    share: Floats

    def then(self, other: Reading, later_ns: Ints) -> Reading:
        """The share of records here that were read and whose cause was read there.

        `later_ns` is a sample of how much later than their causes they are written, on the same clock.
        """
        ordered = np.sort(later_ns)
        typical = ordered[np.arange(LAGS) * len(ordered) // LAGS]
        middle = self.from_ns + self.cell_ns // 2 + self.cell_ns * np.arange(len(self.share))
        there = other.at(middle - typical[:, None])
        there = there.mean(axis=0) * ((there >= DARK).mean(axis=0) >= MOST)
        return Reading(self.from_ns, self.cell_ns, self.share * there)

    def lit(self) -> Reading:
        """The same with nothing at all where next to nothing was read."""
        return Reading(self.from_ns, self.cell_ns, np.where(self.share < DARK, 0.0, self.share))

    def at(self, time_ns: Ints | Floats) -> Floats:
        """The share at some times; before and after, that of the ends."""
        cell = ((time_ns - self.from_ns) / self.cell_ns).astype(np.int64)
        return self.share.take(cell, mode="clip")


def reading(lanes: Sequence[Lane], from_ns: int, to_ns: int) -> Reading | None:
    """The share of a channel's records that was read between two times; None where all were.

    Of the records after one that was read, up to the next one, one was read. As both it and the missed
    ones are taken to lie evenly between the two, the share over time averages to that of all records,
    whether they were missed one by one or for a time. Before its first record a lane is held to be unread.
    """
    if to_ns <= from_ns or not any(lane.behind or lane.missed.any() for lane in lanes):
        return None
    to_ns = max(to_ns, *(int(lane.time_ns.max(initial=to_ns)) for lane in lanes))
    cell = max(FINEST_NS, (to_ns - from_ns) // CELLS + 1)
    edges = np.arange(from_ns, to_ns + cell, cell)
    read, missed = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    for lane in lanes:
        if len(lane.time_ns):
            times = _on_the_log(lane, to_ns)
            first = np.arange(len(times))
            first[-1] -= 1  # nothing was read at the end
            read += np.diff(np.interp(edges, times, first))
            missed += np.diff(np.interp(edges, times, np.cumsum(np.append(lane.missed, lane.behind))))
    there = read + missed
    share = np.divide(read, there, out=np.ones(len(there)), where=there > 0)
    share[edges[1:] <= min(map(_begun_ns, lanes))] = 0.0
    return Reading(from_ns, cell, share)


def _on_the_log(lane: Lane, to_ns: int) -> Ints:
    """When each record was written, and the end, in order.

    One no younger than the one before was late; after a gap it would seem to have ended it at its beginning,
    so that its place on the log tells when it was written.
    """
    place = np.cumsum(np.append(lane.missed, lane.behind) + 1)
    times = np.append(lane.time_ns, to_ns)
    late = np.diff(times, prepend=times[0] - 1) <= 0
    late[-1] = False
    times[late] = np.interp(place[late], place[~late], times[~late])
    return np.sort(times)


def _begun_ns(lane: Lane) -> float:
    """Since when a lane has been read for all that is known: one typical step before its first record."""
    first = np.sort(lane.time_ns)[: BEGINNING + 1]
    return first[0] - (first[-1] - first[0]) / (len(first) - 1) if len(first) > 1 else -np.inf
