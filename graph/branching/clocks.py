"""Clocks of senders that disagree, set right by the order in which records lie on the log."""

from __future__ import annotations

import numpy as np

from graph.branching.lineage import Ints
from graph.branching.reading import Floats

MOST_CLOCKS = 256
"""Clocks that are compared with each other; any further ones, those with the fewest records, are believed."""
EARLY = 0.25
"""The quantile of a difference that stands for its least value: some records are stamped or written late."""
BEFORE, AFTER = 16, 3
"""Records that tell up to what time a lane had been written, a power of two, and those that tell whether to
believe them."""


def log_times(time_ns: Ints, clock: Ints, lane: Ints) -> Ints:
    """When each record lay on the log, by one clock for all.

    Records are in the order of arrival. `clock` numbers whose clock stamped each of them, from 0, such as
    its producer id or sender; -1 where that is not known, all of which count as one clock. `lane` numbers
    what keeps an order: a partition of a channel. To be asked once for all records of all channels, as any
    two senders that share a lane tell how their clocks stand to each other. What is compared with the
    result, such as a horizon, must be made from it too.

    A record that lies behind younger ones was late: what it causes begins then, and it could not be seen
    before.
    """
    sent = time_ns - offsets_ns(time_ns, clock, lane)[clock]
    order = np.argsort(lane, kind="stable")
    result = np.empty_like(sent)
    result[order] = _written(sent[order], lane[order])
    return result


def _written(sent: Ints, lane: Ints) -> Ints:
    """Each time, or that up to which its lane had been written before it, if that is later.

    Records of one lane are neighbours. All lanes at once, as there may be thousands of a few records each.
    """
    at = np.arange(len(sent))
    ends = np.flatnonzero(np.diff(lane, append=lane[-1:] + 1))
    length = np.diff(ends, prepend=-1)
    last = np.repeat(ends, length)
    first = last - np.repeat(length, length) + 1
    following = sent[np.minimum(at + 1, last)]
    for ahead in range(2, AFTER + 1):
        following = np.maximum(following, sent[np.minimum(at + ahead, last)])
    believed = np.minimum(sent, following)  # a stamp from the future has nothing as young behind it
    before = believed[np.maximum(at - 1, first)]
    reach = 1
    while reach < BEFORE:
        before = np.maximum(before, before[np.maximum(at - reach, first)])
        reach *= 2
    written: Ints = np.maximum(sent, before)
    return written


def offsets_ns(time_ns: Ints, clock: Ints, lane: Ints) -> Ints:
    """By how much each clock is ahead of the one with the most records; the last one is that of -1.

    Of two neighbours on a lane the first was written first, so that the difference of their stamps is at
    least that of their clocks. Differences in both orders bound it from both sides (as in Duda, Harrus,
    Haddad and Bernard 1987, Estimating Global Time in Distributed Systems). A clock is believed unless the
    bounds contradict it; then the middle between them is taken. Each is held against all that are set right
    already, which are one clock then, and next comes the one that was their neighbour most often.
    """
    clocks = int(clock.max(initial=-1)) + 2
    offset = np.zeros(clocks, np.int64)
    number = np.where(clock < 0, clocks - 1, clock)
    counts = np.bincount(number, minlength=clocks)
    known = np.argsort(-counts, kind="stable")[: min(MOST_CLOCKS, int((counts > 0).sum()))]
    if len(known) < 2:
        return offset
    place = np.full(clocks, -1)
    place[known] = np.arange(len(known))
    offset[known] = _ahead(*_neighbours(time_ns, place[number], lane), len(known))
    return offset


def _neighbours(time_ns: Ints, clock: Ints, lane: Ints) -> tuple[Ints, Ints, Ints]:
    """The clocks of each two neighbours, and how much later the second is stamped than the first."""
    order = np.argsort(lane, kind="stable")
    first, second = clock[order][:-1], clock[order][1:]
    told = (np.diff(lane[order]) == 0) & (first != second) & (first >= 0) & (second >= 0)
    return first[told], second[told], np.diff(time_ns[order])[told]


def _ahead(first: Ints, second: Ints, apart: Ints, clocks: int) -> Floats:
    """By how much each clock is ahead of the first, from pairs of neighbours."""
    seen = np.bincount(first * clocks + second, minlength=clocks * clocks).reshape(clocks, clocks)
    by_first, by_second = np.argsort(first, kind="stable"), np.argsort(second, kind="stable")
    first_ends, second_ends = seen.sum(axis=1).cumsum().tolist(), seen.sum(axis=0).cumsum().tolist()
    ahead = np.full(clocks, np.nan)
    before, after, waiting = np.zeros(clocks), np.zeros(clocks), np.zeros(clocks)
    for _ in range(clocks):
        one = int(np.argmax(np.minimum(before, after) + waiting))
        mine = by_second[second_ends[one - 1] if one else 0 : second_ends[one]]
        above = apart[mine] + ahead[first[mine]]
        mine = by_first[first_ends[one - 1] if one else 0 : first_ends[one]]
        below = apart[mine] - ahead[second[mine]]
        above, below = above[~np.isnan(above)], below[~np.isnan(below)]
        low, high = -_least(below), _least(above)
        contradicted = len(above) and len(below) and not low <= 0.0 <= high
        ahead[one] = (low + high) / 2 if contradicted else 0.0
        waiting[one] = -np.inf
        before += seen[:, one]
        after += seen[one]
    return ahead


def _least(apart: Floats) -> float:
    """The least of some differences, but for those that are too low as a record was late."""
    late = EARLY * len(apart)
    late += late**0.5  # by chance there may be more of them
    return float(np.partition(apart, int(late))[int(late)]) if len(apart) else np.inf
