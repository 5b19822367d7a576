"""Traits read by column are those that are read record by record, whatever the headers are."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.conventions.headers import FIELDS
from inspector.conventions.rules import HeaderRule, Rules
from inspector.record import Headers, RecordBatch
from inspector.trait_columns import TraitColumns, read_columns
from inspector.traits import Traits, read

CHANNEL = ChannelId(ServerId("kafka", "x:1"), ChannelKind.TOPIC, "t")
TRACE = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

_values = st.sampled_from(
    [
        *(None, b"", b" ", b"a", b"a b", b'"quoted"', b"/billing", b"x" * 600, b"\xff\xfe", "né".encode()),
        *(b"a\nb", b"\x1c", "\xa0x".encode(), b"com.shop.Paid, Shop; x", b"7", TRACE, TRACE.upper()),
        *(b"00-0-0-0", b"4bf92f3577b34da6-0123456789abcdef-1", TRACE.replace(b"4736", b"0" * 4)),
        b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01",
    ]
)
_usual = ["ce_id", "CE_Type", "ce_source", "traceparent", "ce_causationid", "content-type", "unknown", "b3"]
_names = st.sampled_from(_usual) | st.sampled_from(sorted(FIELDS)) | st.text(max_size=3)
_shapes = st.lists(_names, max_size=5).map(tuple)
_bodies = st.sampled_from([None, b"", b"{}", b'{"specversion":"1.0","id":"1","source":"/a","type":"t"}'])


@st.composite
def _batches(draw: Any) -> RecordBatch:
    shapes = draw(st.lists(_shapes, min_size=1, max_size=3))
    count = draw(st.integers(0, 12))
    headers: list[Headers] = [
        tuple((name, draw(_values)) for name in draw(st.sampled_from(shapes))) for _ in range(count)
    ]
    bodies = [draw(_bodies) for _ in range(count)]
    return RecordBatch(CHANNEL, 0, list(range(count)), [0] * count, [None] * count, bodies, headers)


def singly(batch: RecordBatch, *rules: HeaderRule) -> list[Traits]:
    return [read(batch.record(index), Rules.of(rules)) for index in range(len(batch))]


@settings(max_examples=120, deadline=None)
@given(_batches())
def test_by_column_is_as_record_by_record(batch: RecordBatch) -> None:
    columns = read_columns(batch)
    assert list(columns) == singly(batch)
    indices = [index for index in range(len(batch)) if index % 2]
    assert list(columns.part(indices)) == [columns[index] for index in indices]
    assert list(TraitColumns.of(singly(batch))) == singly(batch)


@settings(max_examples=50, deadline=None)
@given(st.lists(_values, min_size=1, max_size=6), st.lists(_values, min_size=6, max_size=6))
def test_each_known_header_alike_in_all_records(
    sources: list[bytes | None], flows: list[bytes | None]
) -> None:
    headers: list[Headers] = [
        (("ce_id", b"e%d" % index), ("ce_source", source), ("traceparent", flow))
        for index, (source, flow) in enumerate(zip(sources, flows, strict=False))
    ]
    count = len(headers)
    batch = RecordBatch(CHANNEL, 0, list(range(count)), [0] * count, [None] * count, [b"{}"] * count, headers)
    assert list(read_columns(batch)) == singly(batch)


def test_rules_of_people_win() -> None:
    rule = HeaderRule("sender", header="x-app")
    headers: list[Headers] = [(("ce_source", b"/a"), ("ce_id", b"1"), ("x-app", b"mine"))] * 3
    batch = RecordBatch(CHANNEL, 0, [0, 1, 2], [0] * 3, [None] * 3, [None] * 3, headers)
    assert list(read_columns(batch, Rules.of([rule]))) == singly(batch, rule)


def test_what_is_rare_is_kept_whole() -> None:
    headers: list[Headers] = [(("ce_source", b"/a"), ("x-retry-count", b"3")), (("ce_source", b"/a"),)]
    batch = RecordBatch(CHANNEL, 0, [0, 1], [0, 0], [None, None], [None, None], headers)
    columns = read_columns(batch)
    assert list(columns.rare) == [0]
    assert (columns[0].attempt, columns[1].attempt) == (3, None)
    assert columns[0:2] == [columns[0], columns[1]]
