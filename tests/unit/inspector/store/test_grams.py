from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.store.block import GRAM_PARTS
from inspector.store.grams import CLASSES, GROUPS_MOST, SHORT, grams, read_grams, sought
from inspector.store.packing import Damaged, unpack

LETTERS = st.binary(max_size=300) | st.text("abAB01 _-é", max_size=300).map(str.encode)


def holding(frames: list[bytes], columns: list[bytes], wanted: bytes, kinds: range = GRAM_PARTS) -> set[int]:
    """The kinds of the parts that may have some bytes."""
    index, slices = grams(
        [(64 + number, data) for number, data in enumerate(frames)],
        [(2000 + number, data) for number, data in enumerate(columns)],
        [False] * len(frames),
        kinds,
    )
    made = read_grams(unpack(index))
    runs = sought(wanted)
    assert runs is not None
    assert set(slices) <= set(kinds)
    mask = made.having(runs)
    for table in made.tables:
        for hashed in runs.long:
            mask &= ~table.groups | table.bit(hashed, unpack(slices[table.slice(hashed)]))
    return {kind for kind, number in made.groups.items() if mask >> number & 1}


@settings(deadline=None, max_examples=60)
@given(st.lists(LETTERS, max_size=18), st.lists(LETTERS, max_size=70), st.data())
def test_what_occurs_is_never_missed(frames: list[bytes], columns: list[bytes], data: st.DataObject) -> None:
    parts = dict(enumerate(frames, 64)) | dict(enumerate(columns, 2000))
    kind = data.draw(st.sampled_from([0, *parts]))
    text = parts.get(kind, b"abc")
    start = data.draw(st.integers(0, max(len(text) - SHORT, 0)))
    wanted = text[start : start + data.draw(st.integers(SHORT, 12))].lower()
    if len(wanted) >= SHORT:
        assert {each for each, has in parts.items() if wanted in has.lower()} <= holding(
            frames, columns, wanted
        )


def test_what_does_not_occur_is_told_apart() -> None:
    random = np.random.default_rng(1)
    columns = [random.bytes(20_000).hex().encode() for _ in range(8)]
    frames = [random.bytes(9_000).hex().encode() for _ in range(16)]
    assert holding(frames, columns, b"qzx") == set()
    absent = [random.bytes(8).hex().encode() for _ in range(20)]
    assert sum(len(holding(frames, columns, wanted)) for wanted in absent) < 10
    assert holding(frames, columns, columns[3][500:520]) == {2003}
    assert holding(frames, columns, frames[9][500:520].upper().lower()) == {73}


def test_without_room_for_tables_runs_of_three_still_tell() -> None:
    random = np.random.default_rng(2)
    columns = [random.bytes(20_000).hex().encode() for _ in range(8)]
    assert len(holding([], columns, columns[3][500:520], range(256, 258))) == 8
    assert holding([], columns, b"qzx", range(256, 258)) == set()


def test_columns_beyond_the_most_share_a_group() -> None:
    columns = [b"column %d" % number for number in range(GROUPS_MOST + 20)]
    assert 2000 + 70 in holding([b"frame"], columns, b"column 70")


def test_upper_case_is_lower_case_and_other_letters_are_not() -> None:
    assert CLASSES[ord("A")] == CLASSES[ord("a")]
    assert len({CLASSES[letter] for letter in b"abcxyz019 -_.:/"}) == 15
    assert max(CLASSES) < 64


def test_damaged_is_told() -> None:
    with pytest.raises(Damaged):
        read_grams(b"\x00")
    index, _ = grams([(64, b"abcdef")], [], [False], GRAM_PARTS)
    with pytest.raises(Damaged):
        read_grams(unpack(index)[:-3])
    short = sought(b"ab")
    assert short is None
