from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.store.block import COLUMNS
from inspector.store.columns import DAMAGED, RESIDENT, RowColumns

STEPS = st.lists(
    st.tuples(st.sampled_from(["extend", "damaged", "begin"]), st.integers(0, 9000)), max_size=12
)


@settings(deadline=None)
@given(STEPS)
def test_rows_keep_their_numbers_while_it_grows_and_is_cut(steps: list[tuple[str, int]]) -> None:
    columns, expected, first = RowColumns(), list[int](), 0
    for step, size in steps:
        if step == "extend":
            values = np.arange(len(expected), len(expected) + size)
            columns.extend({name: values.astype(COLUMNS[name]) for name in RESIDENT})
            expected += values.tolist()
        elif step == "damaged":
            columns.extend_damaged(size, 7)
            expected += [DAMAGED] * size
        else:
            first = min(max(first, size), len(expected))
            columns.begin(first)
        assert (columns.first_row, columns.end_row) == (first, len(expected))
        assert columns.view("channel", first, len(expected)).tolist() == expected[first:]


def test_a_capture_may_begin_at_any_row() -> None:
    columns = RowColumns()
    columns.begin(10**12)
    columns.extend({name: np.ones(3, COLUMNS[name]) for name in RESIDENT})
    assert (columns.first_row, columns.end_row) == (10**12, 10**12 + 3)


def test_a_view_stays_as_it_was() -> None:
    columns = RowColumns()
    columns.extend_damaged(5000, 7)
    view = columns.view("timestamp_ns", 0, 5000)
    columns.begin(4999)
    columns.extend_damaged(50_000, 8)
    assert view.tolist() == [7] * 5000
