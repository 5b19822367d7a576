"""Order of rows against sorting by brute force."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.events import order
from gui.events.order import Rows

_times = st.lists(st.integers(0, 30), min_size=1, max_size=80)


def _by(times: list[int], rows: Rows) -> Rows:
    return np.array([times[row] for row in rows.tolist()], np.int64)


@settings(max_examples=120, deadline=None)
@given(_times, st.data())
def test_pieces_in_any_order_come_to_the_order_of_time(times: list[int], data: st.DataObject) -> None:
    rows = data.draw(st.permutations(range(len(times))))
    cut = data.draw(st.lists(st.integers(0, len(rows)), max_size=4).map(sorted))
    found = order.none()
    for start, end in zip([0, *cut], [*cut, len(rows)], strict=True):
        piece = np.array(sorted(rows[start:end]), np.int64)
        found = order.merged(found, piece, lambda asked: _by(times, asked))
    assert found.tolist() == sorted(range(len(times)), key=lambda row: (times[row], row))


@settings(max_examples=60, deadline=None)
@given(_times, st.integers(-1, 31))
def test_places_are_found(times: list[int], wanted: int) -> None:
    rows = np.array(sorted(range(len(times)), key=lambda row: (times[row], row)), np.int64)

    def when(asked: Rows) -> Rows:
        return _by(times, asked)

    assert order.place_of_time(rows, wanted, when) == sum(each < wanted for each in times)
    kept = rows[::2]
    for row in range(len(times)):
        place = order.place_in_time(kept, row, when)
        assert place == (kept.tolist().index(row) if row in kept else None)


def test_many_of_one_time_are_told_apart() -> None:
    rows = np.arange(10_000, dtype=np.int64)
    same = np.zeros(10_000, np.int64)
    assert order.place_in_time(rows, 9_123, lambda asked: same[asked]) == 9_123
    assert order.place_in_time(rows[:9_000], 9_123, lambda asked: same[asked]) is None


def test_rows_by_keys_keep_their_order_of_time_where_keys_are_alike() -> None:
    rows = np.array([5, 2, 9, 4], np.int64)
    assert order.by_keys(rows, np.array([1, 0, 1, 0]), np.array([2, 1, 0, 1])).tolist() == [2, 4, 9, 5]
