"""Producer ids whose records lie too far back to be read are looked up once, by when they last wrote."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from confluent_kafka import TopicPartition

from graph.identity import Action, ChannelId
from inspector.brokers.kafka.tail import BACKFILL_RECORDS
from inspector.discovery.discovery import Discovery
from inspector.observation import ProducerSeen, RecordsSeen
from inspector.record import Headers

pytestmark = pytest.mark.kafka

FEW = 3


def says(name: str) -> Headers:
    return (("ce_source", f"/{name}".encode()), ("ce_type", b"made"), ("ce_id", name.encode()))


def write(world: Any, channel: Any, name: str, count: int, **config: Any) -> None:
    producer = world.producer(**{"enable.idempotence": True, **config})
    for _ in range(count):
        producer.produce(channel.name, b"{}", headers=list(says(name)), partition=0)
    assert producer.flush(20) == 0


async def written_over(world: Any) -> ChannelId:
    """A channel whose first sender's records lie too far back to be read."""
    channel: ChannelId = world.create("ledger")
    write(world, channel, "night-batch", FEW)
    await asyncio.sleep(0.02)
    write(world, channel, "till-desk", 2 * BACKFILL_RECORDS)
    return channel


async def test_who_wrote_long_ago_is_named_by_its_last_record(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    channel = await written_over(kafka_world)
    seen = await observe(await connect(kafka_world.connection))

    def found() -> list[RecordsSeen]:
        return [one for one in seen.of(RecordsSeen) if one.apart and one.channel == channel]

    await seen.until(found)
    (signature,) = found()
    assert [dict(record.headers)["ce_source"] for record in signature.records] == [b"/night-batch"] * FEW
    assert len(seen.records(channel)) == BACKFILL_RECORDS
    night = signature.records[0].producer_id
    assert night in {one.producer_id for one in seen.of(ProducerSeen) if one.channel == channel}
    assert night not in {record.producer_id for record in seen.records(channel)}
    discovery = Discovery()
    discovery.fold(seen.observations, time.time_ns())
    graph = discovery.graph(time.time_ns())
    senders = {
        graph.applications[key.application].name
        for key in graph.operations
        if key.channel == channel and key.action is Action.SEND
    }
    assert senders == {"night-batch", "till-desk"}


async def test_each_is_looked_up_once_and_costs_nothing_after(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    channel = await written_over(kafka_world)
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(lambda: any(one.apart and one.channel == channel for one in seen.of(RecordsSeen)))
    count = len([one for one in seen.of(RecordsSeen) if one.apart])
    write(kafka_world, channel, "till-desk", 1)
    await seen.until(lambda: len(seen.records(channel)) > BACKFILL_RECORDS)
    assert len([one for one in seen.of(RecordsSeen) if one.apart]) == count


async def test_records_that_are_gone_are_given_up(kafka_world: Any, connect: Any, observe: Any) -> None:
    channel = kafka_world.create("short", **{"cleanup.policy": "delete"})
    write(kafka_world, channel, "night-batch", FEW)
    write(kafka_world, channel, "till-desk", 2 * BACKFILL_RECORDS)
    gone = kafka_world.admin.delete_records([TopicPartition(channel.name, 0, FEW + 1)])
    for future in gone.values():
        future.result(20)
    adapter = await connect(kafka_world.connection)
    seen = await observe(adapter)
    await seen.until(lambda: seen.of(ProducerSeen) and len(seen.records(channel)) >= BACKFILL_RECORDS)
    (watch,) = adapter._watches
    await seen.until(lambda: not watch._signatures._wrote)


async def test_who_wrote_in_transactions_is_found_before_their_end(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    channel = kafka_world.create("ledger")
    producer = kafka_world.producer(**{"transactional.id": f"{kafka_world.prefix}night"})
    producer.init_transactions(20)
    producer.begin_transaction()
    for _ in range(FEW):
        producer.produce(channel.name, b"{}", headers=list(says("night-batch")), partition=0)
    producer.flush(20)
    await asyncio.sleep(0.05)
    producer.commit_transaction(20)
    await asyncio.sleep(0.05)
    write(kafka_world, channel, "till-desk", 2 * BACKFILL_RECORDS)
    seen = await observe(await connect(kafka_world.connection))

    def named() -> list[bytes | None]:
        found = [one for one in seen.of(RecordsSeen) if one.apart and one.channel == channel]
        return [dict(record.headers)["ce_source"] for one in found for record in one.records]

    await seen.until(named)
    assert named() == [b"/night-batch"] * FEW
