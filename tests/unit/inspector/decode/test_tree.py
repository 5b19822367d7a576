from __future__ import annotations

import time
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.decode import decode
from inspector.decode.tree import LIMIT, TreeRow, children, full_text, root, time_ns, time_text

VALUE = {
    "items": [{"sku": "A-1", "qty": 2}, {"sku": "B"}],
    "odd name": {"a.b": None, 'quo"te': True},
    "blob": b"\x01\x02",
    "total": Decimal("12.10"),
}


def every(row: TreeRow) -> list[TreeRow]:
    return [row, *(below for child in children(row) for below in every(child))]


def test_rows_say_what_and_where_they_are() -> None:
    assert [(row.path, row.name, row.kind, row.text, row.children) for row in every(root(VALUE))] == [
        ("", "", "object", "{4}", 4),
        ("items", "items", "array", "[2]", 2),
        ("items[0]", "[0]", "object", "{2}", 2),
        ("items[0].sku", "sku", "text", "A-1", 0),
        ("items[0].qty", "qty", "number", "2", 0),
        ("items[1]", "[1]", "object", "{1}", 1),
        ("items[1].sku", "sku", "text", "B", 0),
        ('["odd name"]', "odd name", "object", "{2}", 2),
        ('["odd name"]["a.b"]', "a.b", "null", "null", 0),
        ('["odd name"]["quo\\"te"]', 'quo"te', "true or false", "true", 0),
        ("blob", "blob", "bytes", "01 02 (2 bytes)", 0),
        ("total", "total", "number", "12.10", 0),
    ]


def test_a_long_array_is_opened_piece_by_piece() -> None:
    whole = root(list(range(1234)))
    rows = children(whole)
    assert len(rows) == LIMIT + 1
    assert (rows[-1].kind, rows[-1].text, rows[-1].children) == ("more", "1,034 more", 1034)
    rest = children(whole, start=LIMIT, limit=2000)
    assert [row.value for row in rows[:-1] + rest] == list(range(1234))
    assert children(rows[-1].__class__(**{**_fields(rows[-1]), "value": 5})) == []


def _fields(row: TreeRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def test_long_values_are_cut_and_can_be_had_whole() -> None:
    text = root("x" * 5000)
    assert len(text.text) == 300
    assert full_text(text.value) == "x" * 5000
    data = root(b"\xab" * 5000)
    assert data.text.endswith("… (5.0 KB)")
    assert full_text(data.value) == " ".join(["ab"] * 5000)
    assert (full_text(None), full_text(False)) == ("null", "false")


SECONDS = 1_790_000_000


@pytest.mark.parametrize(
    ("name", "value", "at_ns"),
    [
        ("createdAt", SECONDS, SECONDS * 10**9),
        ("created_at", SECONDS * 1000 + 5, SECONDS * 10**9 + 5 * 10**6),
        ("event_time", SECONDS * 10**6, SECONDS * 10**9),
        ("timestamp", SECONDS * 10**9 + 1, SECONDS * 10**9 + 1),
        ("ts", SECONDS + 0.5, SECONDS * 10**9 + 5 * 10**8),
        ("exp", Decimal(SECONDS), SECONDS * 10**9),
        ("expiresAt", str(SECONDS), None),
        ("total", SECONDS, None),
        ("status", SECONDS, None),
        ("items", SECONDS, None),
        ("timestamp", 17, None),
        ("timestamp", True, None),
        ("timestamp", float("nan"), None),
        ("timestamp", float("inf"), None),
        ("timestamp", 10**400, None),
    ],
)
def test_numbers_that_are_times(name: str, value: Any, at_ns: int | None) -> None:
    assert time_ns(name, value) == at_ns


def test_a_time_is_noted_in_the_zone_that_was_picked() -> None:
    zone = timezone(timedelta(hours=2), "CEST")
    (row,) = children(root({"paidAt": SECONDS * 1000 + 123}), zone=zone)
    assert row.text == str(SECONDS * 1000 + 123)
    assert row.note == time_text(SECONDS * 10**9 + 123_000_000, zone)
    assert row.note.endswith(".123 CEST")
    assert time_text(0) == "1970-01-01 00:00:00.000 UTC"


@settings(deadline=None)
@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda i: st.lists(i) | st.dictionaries(st.text(), i))
)
def test_every_leaf_is_reached_by_a_path_of_its_own(value: Any) -> None:
    rows = every(root(value))
    assert len({row.path for row in rows}) == len(rows)


def test_ten_megabytes_open_at_once() -> None:
    lines = [{"sku": f"SKU-{i}", "note": "x" * 60, "createdAt": SECONDS} for i in range(100_000)]
    data = orjson.dumps({"lines": lines})
    assert len(data) > 10_000_000
    whole = root(decode(data).value)
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        (row,) = children(whole)
        shown = children(row)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.03
    assert shown[-1].text == "99,800 more"
