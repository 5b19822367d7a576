from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.store.block import COLUMNS
from inspector.store.columns import KINDS, RowColumns
from inspector.store.packing import Integers

STEPS = st.lists(
    st.tuples(st.sampled_from(["grow", "join", "begin", "look"]), st.integers(1, 9000)), max_size=14
)


def test_every_column_of_a_block_is_kept() -> None:
    assert KINDS.keys() == COLUMNS.keys()


class Rows:
    """Blocks of which every row holds its own number."""

    def __init__(self) -> None:
        self.blocks: list[tuple[int, int]] = []
        self.loads = 0

    def load(self, name: str, starts: list[int]) -> Iterator[tuple[int, Integers]]:
        for first in starts:
            self.loads += 1
            yield first, next(np.arange(start, end) for start, end in self.blocks if start == first)

    def starts(self, start: int, stop: int) -> list[int]:
        return [first for first, end in self.blocks if first < stop and end > start]


@settings(deadline=None)
@given(STEPS)
def test_rows_keep_their_numbers_while_it_grows_and_is_cut(steps: list[tuple[str, int]]) -> None:
    rows, first, end = Rows(), 0, 0
    columns = RowColumns(rows.load)
    for step, size in steps:
        if step == "grow" or (step == "join" and not rows.blocks):
            rows.blocks.append((end, end + size))
            end += size
            columns.grow(end)
        elif step == "join":
            start, _ = rows.blocks.pop()
            columns.changed(start)
            end += size
            rows.blocks.append((start, end))
            columns.grow(end)
        elif step == "begin":
            rows.blocks = rows.blocks[len(rows.blocks) // 2 :]
            first = rows.blocks[0][0] if rows.blocks else first
            columns.begin(first)
        view = columns.view("offset", first, end, rows.starts(first, end)) if first < end else np.empty(0)
        assert (columns.first_row, columns.end_row) == (first, end)
        assert view.tolist() == list(range(first, end))


def test_a_block_is_loaded_once_and_when_it_is_asked_for() -> None:
    rows = Rows()
    rows.blocks = [(0, 10), (10, 30)]
    columns = RowColumns(rows.load)
    columns.grow(30)
    for _ in range(2):
        assert columns.view("size", 12, 15, rows.starts(12, 15)).tolist() == [12, 13, 14]
    assert rows.loads == 1
    columns.view("size", 0, 30, rows.starts(0, 30))
    assert rows.loads == 2


def test_a_view_stays_as_it_was() -> None:
    rows = Rows()
    rows.blocks = [(0, 5000)]
    columns = RowColumns(rows.load)
    columns.grow(5000)
    view = columns.view("timestamp_ns", 0, 5000, [0])
    rows.blocks.append((5000, 60_000))
    columns.grow(60_000)
    columns.begin(4999)
    columns.view("timestamp_ns", 5000, 60_000, [5000])
    assert view.tolist() == list(range(5000))
