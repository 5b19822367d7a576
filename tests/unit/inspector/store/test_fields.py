from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.search import paths
from inspector.store.block import FIELD_PARTS
from inspector.store.fields import MOST, Field, Path, fields, read_field, read_index
from inspector.store.packing import Damaged, unpack

NAMES = st.sampled_from(["a", "b", "a b", "é"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 60), 1 << 60)
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-99, 99, places=2).map(float)
    | st.text(max_size=4)
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
VALUES = st.lists(
    DOCUMENTS.map(orjson.dumps) | st.sampled_from([None, b"", b"no json", b'{"a":'])
    , max_size=40,
)  # fmt: skip


def columns(values: list[bytes | None]) -> tuple[dict[Path, Field], list[int]]:
    index, parts = fields(values, FIELD_PARTS)
    read = read_index(unpack(index))
    return {path: read_field(unpack(parts[kind])) for path, kind in read.paths}, read.strange


def entries(field: Field) -> list[tuple[int, Any]]:
    """What a column has, as (record, kind or value)."""
    numbers, texts = iter(field.numbers.tolist()), iter(field.texts.pieces())
    words = [None, False, True, numbers, texts, "parts"]
    return sorted(
        (
            (owner, next(words[kind]) if kind in (3, 4) else words[kind])
            for owner, kind in zip(field.owners.tolist(), field.kinds.tolist(), strict=True)
        ),
        key=repr,
    )


@settings(deadline=None, max_examples=150)
@given(VALUES)
def test_columns_have_what_paths_find(values: list[bytes | None]) -> None:
    found, strange = columns(values)
    for number, value in enumerate(values):
        try:
            document = orjson.loads(value) if value else None
        except orjson.JSONDecodeError:
            assert number in strange
            continue
        assert number not in strange
        for path, field in found.items():
            said = [entry for owner, entry in entries(field) if owner == number]
            expected = [
                "parts" if isinstance(each, dict | list) else each.encode() if isinstance(each, str) else each
                for each in (paths.values(document, path) if value else ())
            ]
            assert sorted(said, key=repr) == sorted(
                (float(each) if type(each) is int else each for each in expected), key=repr
            )


def test_a_comparison_asks_the_column_alone() -> None:
    values = [
        orjson.dumps({"total": n / 100, "name": f"n{n % 3}", "list": [{"x": n}, {"x": n + 1}]})
        for n in range(900)
    ]
    found, strange = columns([*values, b"?"])
    assert strange == [900]
    every = lambda column: np.arange(len(column.lengths))  # noqa: E731
    above = found["total",].fitting(lambda value: False, lambda numbers: numbers >= 8.99, every)
    assert [each.tolist() for each in above] == [[899], []]
    named = found["name",].fitting(lambda value: value == "n2", None, every)
    assert set(named[0].tolist()) == set(range(2, 900, 3))
    within = found["list", "x"].fitting(lambda value: False, lambda numbers: numbers == 5, every)
    assert set(within[0].tolist()) == {4, 5}
    texts = found["list", "x"].fitting(lambda value: False, None, every)
    assert set(texts[1].tolist()) == set(range(900)), (
        "numbers are to be looked at where they are compared as texts"
    )
    parts = found["list",].fitting(lambda value: value == {}, lambda numbers: numbers < 0, every)
    assert set(parts[0].tolist()) == set(range(900))


def test_numbers_that_cannot_be_told_apart_have_no_column() -> None:
    found, _ = columns([b'{"id":9007199254740993,"n":1}', b'{"id":1,"n":2}'] * 50)
    assert set(found) == {("n",)}


def test_names_that_are_values_and_too_many_paths_have_no_columns() -> None:
    found, _ = columns([orjson.dumps({"by": {f"k{n}": n}, "n": n}) for n in range(400)])
    assert set(found) == {("by",), ("n",)}
    wide, _ = columns([orjson.dumps({f"k{n}": 1 for n in range(200)})] * 300)
    assert len(wide) == MOST


def test_damaged_is_told() -> None:
    index, parts = fields([b'{"a":1}'] * 100, FIELD_PARTS)
    for data, read in ((unpack(index), read_index), (unpack(parts[FIELD_PARTS.start]), read_field)):
        for cut in range(len(data)):
            with pytest.raises(Damaged):
                read(data[:cut])
