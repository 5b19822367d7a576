"""Pieces of one buffer are the bytes that they were made of, whatever is done with them at once."""

from __future__ import annotations

from itertools import chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inspector.pieces import Pieces, picked

TEXTS = st.none() | st.binary(max_size=9)
FEW = st.sampled_from([None, b"", b"a", b"a\0", b"\0", b"\0\0", b"bc"])
COLUMNS = st.lists(TEXTS, max_size=30) | st.lists(FEW, max_size=30)


@given(COLUMNS, st.data())
def test_a_column_comes_back_and_so_does_any_part_of_it(
    column: list[bytes | None], data: st.DataObject
) -> None:
    pieces = Pieces.of(column)
    assert list(pieces) == column == [pieces[at] for at in range(len(column))]
    places = data.draw(st.lists(st.integers(0, max(0, len(column) - 1)), max_size=40 if column else 0))
    part = pieces.part(np.array(places, np.int64))
    wanted = [column[place] for place in places]
    assert list(part) == wanted == list(picked(pieces, places)) == picked(column, places)
    assert part.joined() == b"".join(one for one in wanted if one)
    assert part.total == len(part.joined())
    assert part.complete == all(wanted)
    assert list(pieces[2:5]) == column[2:5]
    rows = {
        int(place): row.tobytes()
        for alike, grid in part.by_length()
        for place, row in zip(alike, grid, strict=True)
    }
    assert rows == {place: one for place, one in enumerate(wanted) if one}


@given(st.lists(COLUMNS, min_size=1, max_size=3), st.lists(COLUMNS, min_size=1, max_size=3))
def test_columns_one_after_the_other(
    first: list[list[bytes | None]], second: list[list[bytes | None]]
) -> None:
    parts = [[Pieces.of(column) for column in each] for each in (first, second)]
    parts[1].append(parts[0][0])  # in the same bytes
    whole = Pieces.chained(parts)
    assert list(whole[0]) == [*chain(*first)]
    assert list(whole[1]) == [*chain(*second), *first[0]]
    assert whole[0].data is whole[1].data


@given(COLUMNS, st.integers(0, 5))
def test_the_different_ones_are_numbered_unless_there_are_many(column: list[bytes | None], most: int) -> None:
    found = Pieces.of(column).numbered(most)
    if len(set(column)) > most:
        assert found is None
    else:
        assert found is not None
        assert [found[0][number] for number in found[1].tolist()] == column
        assert len(found[0]) == len(set(column))


@given(st.lists(st.binary(min_size=5, max_size=9), max_size=20))
def test_some_bytes_of_each(column: list[bytes]) -> None:
    assert list(Pieces.of(column).cut(1, 3)) == [one[1:4] for one in column]
    assert list(Pieces.of(column).cut(0, -1)) == column
