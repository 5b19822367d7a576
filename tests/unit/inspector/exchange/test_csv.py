from __future__ import annotations

import csv as reference
from io import BytesIO, StringIO

from hypothesis import given
from hypothesis import strategies as st

from inspector.exchange.cells import columns
from inspector.exchange.csv import FORMULAS, line, quoted, write
from inspector.exchange.selection import Event
from inspector.traits import read
from tests.unit.inspector.exchange.conftest import record


@given(st.lists(st.text(), min_size=1))
def test_the_reference_reads_what_was_written(cells: list[str]) -> None:
    (found,) = reference.reader(StringIO(line(cells).decode(), newline=""))
    assert [a == b or a == f"'{b}" for a, b in zip(found, cells, strict=True)] == [True] * len(cells)


def test_null_is_not_empty_and_formulas_are_text() -> None:
    assert quoted(None) == ""
    assert quoted("") == '""'
    assert quoted("-12.5") == "-12.5"
    for start in FORMULAS:
        assert quoted(f"{start}cmd|' /C calc'!A0").strip('"').startswith("'")
    assert quoted("-inf").startswith("'")


def test_columns_of_headers_and_fields() -> None:
    one = record(7, value=b'{"items":[{"sku":"A"},{"sku":"B"}],"gone":null,"deep":{"x":[1]}}', key=None)
    out = BytesIO()
    names = ("key", "header.CE_Type", "header.no", "value.items.sku", "value.gone", "value.deep")
    write([Event(one, read(one))], out, columns(names))
    head, row = reference.reader(StringIO(out.getvalue().decode(), newline=""))
    assert head == list(names)
    assert row == ["", "Paid", "", "A, B", "", '{"x":[1]}']
