from __future__ import annotations

import struct
from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka.batches import CODECS, Unreadable, records, walk
from inspector.observation import BatchSeen
from inspector.record import Position

CHANNEL = ChannelId(ServerId("kafka", "x:9092"), ChannelKind.TOPIC, "t")
BYTES = st.none() | st.binary(max_size=50)
HEADERS = st.lists(
    st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), BYTES), max_size=3
)
CONTENT = st.lists(st.tuples(st.integers(0, 2**40), BYTES, BYTES, HEADERS), min_size=1, max_size=6)


def build(
    content: Any, base: int = 0, codec: int = 0, producer: tuple[int, int, int] = (-1, -1, -1)
) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, 0, *producer, 1 << 20)
    for offset, (timestamp, key, value, headers) in enumerate(content):
        builder.append(offset, timestamp, key, value, headers)
    data = bytearray(builder.build())
    struct.pack_into(">q", data, 0, base)
    return bytes(data)


@given(st.lists(st.tuples(CONTENT, st.sampled_from(range(5))), max_size=4), st.integers(0, 1000), st.data())
def test_batches_are_walked_and_read_in_order(parts: Any, first: int, data: st.DataObject) -> None:
    written, base, expected = b"", first, []
    for content, codec in parts:
        written += build(content, base, codec, (7, 2, 5))
        expected += [
            (base + n, 5 + n, timestamp * 1_000_000, key, value, tuple(headers))
            for n, (timestamp, key, value, headers) in enumerate(content)
        ]
        base += len(content)
    cut = data.draw(st.integers(0, len(written)))
    whole = [one for one in walk(memoryview(written)) if one.data]
    assert [one.codec for one in whole] == [CODECS[codec] for _, codec in parts]
    assert sum(one.records for one in whole) == len(expected)
    found = [one for batch in whole for one in records(batch, CHANNEL, 3, first)]
    assert [
        (one.position.offset, one.sequence, one.timestamp_ns, one.key, one.value, one.headers)
        for one in found
    ] == expected
    assert {(one.producer_id, one.producer_epoch, one.position.partition) for one in found} <= {(7, 2, 3)}
    cut_short = list(walk(memoryview(written)[:cut]))
    assert cut_short == whole[: len(cut_short)]
    assert sum(len(one.data) for one in cut_short) <= cut


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        for batch in walk(memoryview(data)):
            records(batch, CHANNEL, 0, 0)
    except Unreadable:
        pass


@given(CONTENT, st.integers(61, 10_000), st.integers(1, 255))
def test_a_changed_byte_never_passes_for_a_record(content: Any, at: int, change: int) -> None:
    data = bytearray(build(content))
    data[61 + at % (len(data) - 61)] ^= change
    (batch,) = walk(memoryview(data))
    with pytest.raises(Unreadable, match="checksum"):
        records(batch, CHANNEL, 0, 0)


def test_reading_may_begin_inside_a_batch() -> None:
    (batch,) = walk(memoryview(build([(1, None, b"%d" % n, []) for n in range(5)], base=10)))
    assert [one.position for one in records(batch, CHANNEL, 0, 13)] == [Position(0, 13), Position(0, 14)]
    assert (batch.base_offset, batch.next_offset) == (10, 15)


def test_the_brokers_marks_hold_no_records() -> None:
    data = bytearray(build([(1, b"\0\0\0\1", b"\0\0\0\0\0\0", [])]))
    data[22] |= 0x30
    (batch,) = walk(memoryview(data))
    assert (batch.control, batch.transactional) == (True, True)
    assert records(batch, CHANNEL, 0, 0) == []


def test_the_observation_of_a_batch() -> None:
    data = build([(5, None, b"x", []), (9, None, b"y", [])], base=3, producer=(8, 1, 40))
    (batch,) = walk(memoryview(data))
    assert batch.seen(CHANNEL, 2) == BatchSeen(
        CHANNEL, 2, 3, 2, len(data), 9_000_000, 8, 1, 40, False, False, "none"
    )


def test_sequences_go_round_at_their_end() -> None:
    (batch,) = walk(memoryview(build([(1, None, b"", [])] * 3, producer=(8, 1, 0x7FFFFFFE))))
    assert [one.sequence for one in records(batch, CHANNEL, 0, 0)] == [0x7FFFFFFE, 0x7FFFFFFF, 0]


@pytest.mark.parametrize("magic", [0, 1])
def test_the_old_formats_are_read_as_well(magic: int) -> None:
    builder = LegacyRecordBatchBuilder(magic, 0, 1 << 20)
    builder.append(0, 1_000, b"k", b"v")
    data = bytearray(builder.build())
    struct.pack_into(">q", data, 0, 12)
    (batch,) = walk(memoryview(data))
    (record,) = records(batch, CHANNEL, 0, 0)
    assert (record.position.offset, record.key, record.value, record.producer_id) == (12, b"k", b"v", -1)
