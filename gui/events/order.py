"""The order of the rows in a list: true order of time, merged as rows are found, or that of a column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Times = Callable[[Rows], Rows]
"""The times of some rows."""


def none() -> Rows:
    """No row."""
    return np.empty(0, np.int64)


def in_time(rows: Rows, times: Rows) -> Rows:
    """Rows by time, those of one time in the order of writing. Quick where they nearly are already."""
    if not len(rows) or (bool((np.diff(times) >= 0).all()) and bool((np.diff(rows) > 0).all())):
        return rows
    if not (np.diff(rows) > 0).all():
        by_row = np.argsort(rows, kind="stable")
        rows, times = rows[by_row], times[by_row]
    found: Rows = rows[np.argsort(times, kind="stable")]
    return found


def merged(order: Rows, fresh: Rows, times: Times) -> Rows:
    """Rows that are in order of time, with others; only those whose times overlap are sorted anew."""
    if not len(fresh):
        return order
    when = times(fresh)
    fresh = in_time(fresh, when)
    low = place_of_time(order, int(when.min()), times)
    high = place_of_time(order, int(when.max()) + 1, times)
    middle = np.concatenate((order[low:high], fresh))
    if high > low:
        middle = in_time(middle, times(middle))
    return np.concatenate((order[:low], middle, order[high:]))


def place_of_time(order: Rows, time_ns: int, times: Times) -> int:
    """How many rows, which are in order of time, are earlier."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        if int(times(order[middle : middle + 1])[0]) < time_ns:
            low = middle + 1
        else:
            high = middle
    return low


def place_in_time(order: Rows, row: int, times: Times) -> int | None:
    """Where a row stands among rows in order of time; None where it does not."""
    when = int(times(np.array([row], np.int64))[0])
    low = place_of_time(order, when, times)
    while low < len(order):
        high = min(len(order), low + 4096)
        found = np.flatnonzero(order[low:high] == row)
        if len(found):
            return low + int(found[0])
        if int(times(order[high - 1 : high])[0]) > when:
            return None
        low = high
    return None


def by_keys(rows: Rows, *keys: NDArray[np.generic]) -> Rows:
    """Rows, which are in order of time, by keys, the first one before the others; equal ones by time."""
    found: Rows = rows[np.lexsort(tuple(reversed(keys)))]
    return found
