from __future__ import annotations

from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.exchange.jsonl import line, record_of
from inspector.exchange.selection import Event
from inspector.record import Position, Record
from inspector.traits import read
from tests.unit.inspector.exchange.conftest import record

BYTES = st.none() | st.binary(max_size=12) | st.text(max_size=12).map(str.encode)
LONG = st.integers(-(2**63), 2**63 - 1)
RECORDS = st.builds(
    lambda stored, value, **more: Record(value=value if stored else None, body_stored=stored, **more),
    stored=st.booleans(),
    channel=st.builds(
        ChannelId,
        st.builds(ServerId, st.sampled_from(("kafka", "nats")), st.text("ab.:1,[]", min_size=1)),
        st.sampled_from(ChannelKind),
        st.text(),
    ),
    position=st.builds(Position, st.integers(-(2**31), 2**31 - 1), LONG),
    timestamp_ns=LONG,
    key=BYTES,
    value=BYTES,
    headers=st.lists(st.tuples(st.text(max_size=6), BYTES), max_size=4).map(tuple),
    log_append_time=st.booleans(),
    producer_id=LONG,
    producer_epoch=st.integers(-1, 32767),
    sequence=st.integers(-1, 2**31 - 1),
    transactional=st.booleans(),
    codec=st.sampled_from(("none", "gzip", "zstd")),
    aborted=st.booleans(),
)


@given(RECORDS, st.booleans())
def test_every_record_comes_back_byte_for_byte(one: Record, decoded: bool) -> None:
    made = line(Event(one, read(one)), decoded=decoded)
    assert made.endswith(b"\n")
    assert made.count(b"\n") == 1
    assert record_of(made) == one


def test_null_empty_bytes_and_not_captured_are_told_apart() -> None:
    def said(**changes: object) -> Any:
        one = record(1, **changes)
        return orjson.loads(line(Event(one, read(one))))

    assert said(value=None)["value"] is None
    assert said(value=b"")["value"] == ""
    assert said(value=b"\xff\x00")["value"] == {"base64": "/wA="}
    assert "value" not in said(value=None, body_stored=False)
    headers = (("b", b"1"), ("a", None), ("b", b""))
    assert said(headers=headers)["headers"] == [["b", "1"], ["a", None], ["b", ""]]


def test_decoded_is_added_and_hides_nothing() -> None:
    one = record(3, value=b'{"b": NaN}')
    assert "decoded" in orjson.loads(line(Event(one, read(one)), decoded=True))
    packed = record(3, value=b"\x82\xa1a\x01\xa1b\x02")
    made = orjson.loads(line(Event(packed, read(packed)), decoded=True))
    assert made["decoded"] == {"a": 1, "b": 2}
    assert made["value"] == {"base64": "gqFhAaFiAg=="}


@pytest.mark.parametrize(
    "wrong", [b"{}", b"[]", b'{"server":"kafka","kind":"topic","channel":"a","partition":0,"offset":0}']
)
def test_what_is_no_record_is_refused(wrong: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, ValueError)):
        record_of(wrong)
