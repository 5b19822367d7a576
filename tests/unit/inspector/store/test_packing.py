from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.pieces import Pieces
from inspector.store.packing import (
    Damaged,
    integers,
    pack,
    read_integers,
    read_texts,
    texts,
    unpack,
)

I64 = st.integers(-(2**63), 2**63 - 1)


@settings(deadline=None)
@given(st.binary(max_size=200), st.data())
def test_a_changed_byte_is_noticed(data: bytes, draw: st.DataObject) -> None:
    blob = bytearray(pack(data))
    assert unpack(bytes(blob)) == data
    blob[draw.draw(st.integers(0, len(blob) - 1))] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(Damaged):
        unpack(bytes(blob))


@settings(deadline=None)
@given(
    st.lists(I64, max_size=9)
    | st.lists(st.integers(0, 70_000), max_size=9)
    | st.lists(st.just(-5), max_size=9),
    st.booleans(),
)
def test_integers_come_back(values: list[int], differences: bool) -> None:
    column = np.array(values, np.int64)
    data = integers(column, differences=differences)
    assert read_integers(data, len(values)).tolist() == values
    with pytest.raises(Damaged):
        read_integers(data[:-1], len(values))


def test_columns_that_hardly_change_are_small() -> None:
    assert len(integers(np.full(8192, 7))) < 20
    assert len(integers(np.arange(10**15, 10**15 + 8192), differences=True)) < 20
    assert len(integers(np.arange(10**15, 10**15 + 8192) % 200)) < 8192 + 20


@settings(deadline=None)
@given(
    st.lists(st.none() | st.binary(max_size=12), max_size=200)
    | st.lists(st.sampled_from([None, b"", b"a", b"bc"]), min_size=64, max_size=300)
)
def test_texts_come_back_null_told_from_empty(values: list[bytes | None]) -> None:
    column = read_texts(texts(Pieces.of(values)), len(values))
    assert [column.piece(at) for at in range(len(values))] == values
    assert column.pieces() == values
    assert len(column) == len(values)
