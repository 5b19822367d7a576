from __future__ import annotations

import pytest

from inspector.errors import InspectorError
from inspector.exchange.cells import NOT_CAPTURED, cell
from inspector.exchange.selection import Event
from inspector.traits import read
from tests.unit.inspector.exchange.conftest import record


def of(name: str, **changes: object) -> str | None:
    one = record(1, **changes)
    return cell(name)(Event(one, read(one)))


def test_values_are_decoded_and_hex_where_nothing_reads_them() -> None:
    assert of("value", value=b"\x82\xa1a\x01\xa1b\x02") == '{"a":1,"b":2}'
    assert of("value", value=b"\xff\xfe\x00") == "0xfffe00"
    assert of("value", value=None) is None
    assert of("value", value=b"") == ""
    assert of("value", value=None, body_stored=False) == NOT_CAPTURED
    assert of("key", key=b"\x00\xff") == "0x00ff"


@pytest.mark.parametrize("wrong", ["nothing", "header.", "value.", "value.[", "Header.x", ""])
def test_a_column_that_is_none_is_named(wrong: str) -> None:
    with pytest.raises(InspectorError):
        cell(wrong)
