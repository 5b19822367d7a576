"""Records read by column are those that aiokafka's parser reads one by one."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from inspector.brokers.kafka.fields import Malformed, read_fields

BYTES = (
    st.none() | st.binary(max_size=20) | st.sampled_from([b"x" * 63, b"x" * 64, b"y" * 9000, b"z" * 20_000])
)
HEADERS = st.lists(
    st.tuples(st.sampled_from(["id", "type", "né", ""]), st.none() | st.binary(max_size=90)), max_size=4
)
CONTENT = st.lists(st.tuples(st.integers(0, 2**50), BYTES, BYTES, HEADERS), min_size=1, max_size=9)
BEGIN = 61


def built(content: Any) -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1 << 30)
    for offset, (timestamp, key, value, headers) in enumerate(content):
        builder.append(offset, timestamp, key, value, headers)
    return bytes(builder.build())


@given(st.lists(CONTENT, min_size=1, max_size=3))
def test_by_column_is_as_record_by_record(batches: Any) -> None:
    sections = [built(content) for content in batches]
    found = read_fields(sections, [len(content) for content in batches], BEGIN)
    wanted = [one for section in sections for one in MemoryRecords(section).next_batch()]
    firsts = [content[0][0] for content in batches for _ in content]
    assert found.offsets.tolist() == [one.offset for one in wanted]
    assert [first + more for first, more in zip(firsts, found.timestamps.tolist(), strict=True)] == [
        one.timestamp for one in wanted
    ]
    assert list(found.keys) == [one.key for one in wanted]
    assert list(found.values) == [one.value for one in wanted]
    assert list(found.headers) == [tuple(one.headers) for one in wanted]


@given(CONTENT, st.data())
def test_what_is_changed_is_read_or_refused(content: Any, draw: st.DataObject) -> None:
    section = bytearray(built(content))
    for _ in range(draw.draw(st.integers(1, 3))):
        section[draw.draw(st.integers(BEGIN, len(section) - 1))] = draw.draw(st.integers(0, 255))
    try:
        found = read_fields([bytes(section)], [len(content)], BEGIN)
    except Malformed:
        return
    assert len(list(found.headers)) == len(list(found.keys)) == len(list(found.values)) == len(content)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_wrong_number_of_records_is_refused(count: int) -> None:
    with pytest.raises(Malformed):
        read_fields([built([(1, b"k", b"v", [])] * 2)], [count], BEGIN)
