"""Channels that are read whole: all of each, in order, once, however little may be looked at. No trace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, TIMESTAMP_LOG_APPEND_TIME, Consumer, TopicPartition

from inspector.brokers.base import Budget
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.plan import Plan
from inspector.observation import (
    BatchRead,
    BatchSeen,
    RangeRead,
    ReadingBegun,
    TransactionAborted,
)
from inspector.record import Record
from tests.contract.conftest import KafkaWorld

LITTLE = Budget(bytes_per_s=20_000)
"""So little may be looked at that most of what these tests write would be skipped."""


def numbered(count: int, size: int = 300) -> list[tuple[bytes | None, bytes | None, Any]]:
    return [(b"k%d" % n, b"%d " % n + b"x" * size, (("n", b"%d" % n),)) for n in range(count)]


def whole(*names: str, level: Level = Level.EVERYTHING, since_ns: int | None = 0) -> Plan:
    plan = Plan()
    plan.choose([ChannelLevel(name, level) for name in names])
    plan.since_ns = since_ns
    return plan


def offsets(records: list[Record], partition: int) -> list[int]:
    return [one.position.offset for one in records if one.position.partition == partition]


async def test_all_is_read_whatever_the_budget_of_looking(world: Any, connect: Any, observe: Any) -> None:
    channel, other = world.create("whole", 2), world.create("other")
    first, places = world.first, (0, 1) if world.partitions else (0,)
    for partition in places:
        world.write(channel, numbered(1_500), partition)
    seen = await observe(await connect(world.connection, LITTLE, whole(channel.name)))
    await seen.until(lambda: len(seen.records(channel)) >= 1_500 * len(places))
    world.write(channel, numbered(500), places[-1])
    await seen.until(lambda: len(seen.records(channel)) >= 1_500 * len(places) + 500)
    ends = dict.fromkeys(places, first + 1_500) | {places[-1]: first + 2_000}
    for partition, end in ends.items():
        assert offsets(seen.records(channel), partition) == list(range(first, end))
    assert seen.skipped(channel) == 0
    begun = [one for one in seen.of(ReadingBegun) if one.channel == channel]
    assert {number: end for one in begun for number, end in one.end.items()} == dict.fromkeys(
        places, first + 1_500
    )
    assert not [one for one in seen.of(ReadingBegun) if one.channel == other]
    for partition, end in ends.items():
        ranges = [
            (one.first_offset, one.end_offset)
            for one in seen.of(RangeRead)
            if (one.channel, one.partition) == (channel, partition)
        ]
        assert ranges[0][0] == first
        assert ranges[-1][1] == end
        assert all(one[1] == next_one[0] for one, next_one in pairwise(ranges))


async def test_headers_of_batches_alone(world: Any, connect: Any, observe: Any) -> None:
    channel = world.create("headers")
    world.write(channel, numbered(400))
    plan = whole(channel.name, level=Level.HEADERS_OF_BATCHES)
    seen = await observe(await connect(world.connection, LITTLE, plan))
    await seen.until(
        lambda: any(
            one.channel == channel and one.end_offset == world.first + 400 for one in seen.of(RangeRead)
        )
    )
    assert all(one.headers_only for one in seen.of(RangeRead) if one.channel == channel)
    assert seen.records(channel) == []
    assert sum(one.count for one in seen.of(BatchSeen) if one.channel == channel) == (
        400 if world.partitions else 0
    )


async def test_a_level_chosen_live_loses_nothing_and_reads_nothing_twice(
    world: Any, connect: Any, observe: Any
) -> None:
    channel = world.create("live")
    plan = Plan()
    seen = await observe(await connect(world.connection, None, plan))
    for turn in range(6):
        world.write(channel, numbered(100))
        await asyncio.sleep(0.15)
        plan.choose([ChannelLevel(channel.name, Level.EVERYTHING)] if turn % 2 == 0 else [])
    await seen.until(lambda: len(seen.records(channel)) >= 600)
    assert offsets(seen.records(channel), 0) == list(range(world.first, world.first + 600))


@pytest.mark.kafka
async def test_only_what_came_since_a_time(kafka_world: KafkaWorld, connect: Any, observe: Any) -> None:
    channel = kafka_world.create("since")
    kafka_world.write(channel, numbered(50))
    await asyncio.sleep(0.05)
    since_ns = time.time_ns()
    await asyncio.sleep(0.05)
    kafka_world.write(channel, numbered(7))
    plan = whole(channel.name, since_ns=since_ns)
    seen = await observe(await connect(kafka_world.connection, None, plan))
    await seen.until(lambda: len(seen.records(channel)) >= 7)
    assert offsets(seen.records(channel), 0) == list(range(50, 57))


@pytest.mark.kafka
async def test_a_capture_is_gone_on_with_where_it_ended(
    kafka_world: KafkaWorld, connect: Any, observe: Any
) -> None:
    channel = kafka_world.create("resumed", 2)
    for partition in (0, 1):
        kafka_world.write(channel, numbered(20), partition)
    plan = whole(channel.name)
    plan.resumed[channel, 1] = 15
    seen = await observe(await connect(kafka_world.connection, None, plan))
    await seen.until(lambda: len(seen.records(channel)) >= 25)
    assert offsets(seen.records(channel), 0) == list(range(20))
    assert offsets(seen.records(channel), 1) == list(range(15, 20))


@pytest.mark.kafka
async def test_aborted_records_are_kept_and_told(kafka_world: KafkaWorld, connect: Any, observe: Any) -> None:
    channel = kafka_world.create("aborted")
    kafka_world.write_in_transaction(channel, "a", [b"1", b"2"])
    kafka_world.write(channel, numbered(3))
    await asyncio.to_thread(kafka_world.write_in_transaction, channel, "b", [b"3"] * 4, False)
    kafka_world.write_in_transaction(channel, "b", [b"5"])
    seen = await observe(await connect(kafka_world.connection, None, whole(channel.name)))
    await seen.until(lambda: any(one.value == b"5" for one in seen.records(channel)))
    (told,) = [one for one in seen.of(TransactionAborted) if one.channel == channel]
    taken_back = [
        one.value
        for one in seen.records(channel)
        if one.producer_id == told.producer_id
        and told.first_offset <= one.position.offset < told.end_offset
        and one.transactional
    ]
    assert taken_back == [b"3"] * 4
    assert [one.value for one in seen.records(channel) if one.transactional] == [
        b"1", b"2", b"3", b"3", b"3", b"3", b"5",
    ]  # fmt: skip


def _by_another_client(world: KafkaWorld, name: str, count: int) -> Iterator[tuple[Any, ...]]:
    consumer = Consumer({"bootstrap.servers": world.broker.bootstrap, "group.id": "other"})
    consumer.assign([TopicPartition(name, 0, OFFSET_BEGINNING)])
    try:
        while count:
            for message in consumer.consume(100, 5.0):
                assert message.error() is None
                kind, timestamp_ms = message.timestamp()
                headers = tuple(message.headers() or ())
                append = kind == TIMESTAMP_LOG_APPEND_TIME
                yield (
                    message.offset(),
                    timestamp_ms * 1_000_000,
                    append,
                    message.key(),
                    message.value(),
                    headers,
                )
                count -= 1
    finally:
        consumer.close()


@pytest.mark.kafka
@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
async def test_batches_hold_what_another_client_reads(
    kafka_world: KafkaWorld, connect: Any, observe: Any, codec: str
) -> None:
    """The seam to aiokafka's parser, whose names are private: pinned by this."""
    timestamps = "LogAppendTime" if codec == "lz4" else "CreateTime"
    channel = kafka_world.create(codec, 1, **{"message.timestamp.type": timestamps})
    producer = kafka_world.producer(**{"compression.type": codec, "enable.idempotence": True})
    odd: list[tuple[bytes | None, bytes | None, Any]] = [
        (None, None, []),
        (b"", b"", [("", b""), ("twice", b"1"), ("twice", None)]),
        (b"\xff\x00", b"\x00" * 5_000, [("é", b"\xc3\x28")]),
    ]
    for key, value, headers in [*odd, *numbered(300)]:
        producer.produce(channel.name, value, key, headers=list(headers))
    assert producer.flush(20) == 0
    seen = await observe(await connect(kafka_world.connection, None, whole(channel.name)))
    await seen.until(lambda: len(seen.records(channel)) >= 303)
    records = seen.records(channel)
    other = list(await asyncio.to_thread(lambda: list(_by_another_client(kafka_world, channel.name, 303))))
    assert [
        (one.position.offset, one.timestamp_ns, one.log_append_time, one.key, one.value, one.headers)
        for one in records
    ] == other
    assert [one.sequence for one in records] == list(range(303))
    assert {one.codec for one in records} == {codec}
    assert len({one.producer_id for one in records}) == 1
    assert all(one.batch.size > 0 for one in seen.of(BatchRead) if one.batch.channel == channel)


@pytest.mark.kafka
async def test_reading_all_leaves_no_trace(kafka_world: KafkaWorld, connect: Any, observe: Any) -> None:
    channel = kafka_world.create("traceless", 3)
    for partition in range(3):
        kafka_world.write(channel, numbered(200), partition)
    kafka_world.receive("group-of-others", "others-1", channel)
    places = [TopicPartition(channel.name, number) for number in range(3)]
    consumer = Consumer({"bootstrap.servers": kafka_world.broker.bootstrap, "group.id": "group-of-others"})

    def state() -> Any:
        return (
            kafka_world.groups(),
            sorted(kafka_world.admin.list_topics(timeout=10).topics),
            [(one.partition, one.offset) for one in consumer.committed(places, timeout=10)],
            [consumer.get_watermark_offsets(place, timeout=10) for place in places],
        )

    before = await asyncio.to_thread(state)
    seen = await observe(await connect(kafka_world.connection, None, whole("*")))
    await seen.until(lambda: len(seen.records(channel)) >= 600)
    assert await asyncio.to_thread(state) == before
    consumer.close()
