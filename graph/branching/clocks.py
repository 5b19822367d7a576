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
    bounds contradict it; then the middle between them is taken. From clock to clock it goes along those
    that were neighbours most often.
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
    least, seen = _least_differences(time_ns, place[number], lane, len(known))
    often = np.minimum(seen, seen.T)
    ahead = np.zeros(len(known))
    most, by = np.zeros(len(known)), np.full(len(known), -1)
    waiting = np.ones(len(known), np.bool_)
    for _ in known:
        one = int(np.argmax(np.where(waiting, most, -1.0)))
        if by[one] >= 0:  # else it was next to none of those before: a new reference, which is believed
            ahead[one] = ahead[by[one]] + _between(-least[one, by[one]], least[by[one], one])
        waiting[one] = False
        nearer = waiting & (often[one] > most)
        most[nearer], by[nearer] = often[one][nearer], one
    offset[known] = ahead.astype(np.int64)
    return offset


def _between(low: float, high: float) -> float:
    return 0.0 if low <= 0.0 <= high else (low + high) / 2


def _least_differences(time_ns: Ints, clock: Ints, lane: Ints, clocks: int) -> tuple[Floats, Floats]:
    """At [a, b] by how much at least a stamp of b is above that of a right before it, and of how many."""
    order = np.argsort(lane, kind="stable")
    a, b = clock[order][:-1], clock[order][1:]
    apart = np.diff(time_ns[order])
    told = (np.diff(lane[order]) == 0) & (a != b) & (a >= 0) & (b >= 0)
    code, apart = (a * clocks + b)[told], apart[told]
    least, seen = np.zeros(clocks * clocks), np.zeros(clocks * clocks)
    if len(code):
        by_pair = np.lexsort((apart, code))
        pairs, first, count = np.unique(code[by_pair], return_index=True, return_counts=True)
        late = EARLY * count
        late += late**0.5  # by chance there may be more of them
        least[pairs] = apart[by_pair][first + late.astype(np.int64)]
        seen[pairs] = count
    return least.reshape(clocks, clocks), seen.reshape(clocks, clocks)
