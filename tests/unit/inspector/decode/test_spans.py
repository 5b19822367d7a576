from __future__ import annotations

from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.decode import decode
from inspector.decode.spans import Step, span

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=6), inner, max_size=20),
    max_leaves=30,
)


def _walk(value: Any, steps: tuple[Step, ...] = ()) -> list[tuple[tuple[Step, ...], Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(steps, value)] + [found for name, inner in pairs for found in _walk(inner, (*steps, name))]


@settings(max_examples=40, deadline=None)
@given(VALUES, st.booleans())
def test_every_field_of_json_is_found(value: Any, indent: bool) -> None:
    data = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else 0)
    for steps, inner in _walk(value):
        found = span(data, "JSON", steps)
        assert found is not None
        assert orjson.loads(data[found[0] : found[1]]) == inner


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_every_field_of_message_pack_is_found(value: Any) -> None:
    data = msgspec.msgpack.encode(value)
    for steps, inner in _walk(value):
        found = span(data, "MessagePack", steps)
        assert found is not None
        assert msgspec.msgpack.decode(data[found[0] : found[1]]) == inner


def test_the_value_behind_a_schema_id_is_found() -> None:
    assert span(b'\0\0\0\0\x0c{"a": 17}', "JSON with schema 12", ["a"]) == (11, 13)


def test_fields_of_a_guess_are_found() -> None:
    data = b"\x08\x96\x01\x12\x04\x08\x07\x10\x09\x1a\x01x\x1a\x02yz"
    decoded = decode(data)
    assert decoded.value == {"1": 150, "2": {"1": 7, "2": 9}, "3": ["x", "yz"]}
    where = {("1",): (0, 3), ("2",): (3, 9), ("2", "2"): (7, 9), ("3",): (9, 16), ("3", 1): (12, 16)}
    for steps, expected in where.items():
        assert span(data, decoded.encoding, steps) == expected


@pytest.mark.parametrize("encoding", ["JSON", "MessagePack", "Protobuf (a guess)", "CBOR", "gzip, then JSON"])
def test_what_is_not_there_is_not_found(encoding: str) -> None:
    assert span(b'{"a": 1}', encoding, ["b", "c"]) is None
    assert span(b"", encoding, ["b"]) is None
