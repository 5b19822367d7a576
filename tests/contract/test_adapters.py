"""What every adapter promises, over a broker in memory, a real Kafka and a real NATS alike."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from graph.identity import ChannelId
from inspector.brokers import open_adapter
from inspector.brokers.base import Budget, Outgoing
from inspector.connection import parse
from inspector.errors import ConnectionFailed, InspectorError
from inspector.observation import (
    Back,
    BatchRead,
    BatchSeen,
    ChannelGone,
    ChannelSeen,
    GroupSeen,
    Lost,
    OffsetsCommitted,
    OffsetsSeen,
    ProducerSeen,
    ServerSeen,
    TransactionSeen,
    UsesSeen,
)
from inspector.record import Position

ODD = [
    (b"k", b"v", (("h", b"1"), ("h", b"2"), ("empty", b""), ("null", None))),
    (None, b"v", ()),
    (b"", b"", ()),
    (b"k", None, ()),
    (None, None, ()),
    (b"\x00\xff", b"\xfe" * 3000, ()),
]
BINARY = (b"\x00\xff", b"\xfe", (("ü", b"\x00"),))
"""What only brokers with headers of any bytes take."""


def odd(world: Any) -> list[Any]:
    """Records that are easily kept a little differently."""
    return [*ODD, BINARY] if world.partitions else ODD


def numbered(count: int, size: int = 0) -> list[tuple[bytes | None, bytes | None, Any]]:
    return [(None, b"%d" % number + b"x" * size, ()) for number in range(count)]


async def test_the_first_batches_hold_server_channels_and_groups(
    world: Any, connect: Any, observe: Any
) -> None:
    channel = world.create("orders", 3)
    world.write(channel, numbered(5))
    world.receive("billing", "billing-1", channel)
    began = time.monotonic()
    adapter = await connect(world.connection)
    seen = await observe(adapter)
    if world.group:
        await seen.until(lambda: any(group.group == "billing" for group in seen.of(GroupSeen)), 5)
    else:
        await seen.until(lambda: any(listed.uses for listed in seen.of(UsesSeen)), 5)
    assert time.monotonic() - began < 3.0
    assert isinstance(seen.observations[0], ServerSeen)
    assert seen.of(ServerSeen)[0].server == adapter.server == world.connection.server
    width = 3 if world.partitions else 1
    assert ChannelSeen(channel, width, internal=False) in seen.observations
    await seen.until(lambda: any(one.channel == channel for one in seen.of(OffsetsSeen)))
    offsets = next(one for one in seen.of(OffsetsSeen) if one.channel == channel)
    assert offsets.beginning == dict.fromkeys(range(width), world.first)
    assert offsets.end == dict.fromkeys(range(width), world.first) | {0: world.first + 5}
    if not world.group:
        listed = {(use.client, use.channel) for told in seen.of(UsesSeen) for use in told.uses}
        assert ("billing-1", channel) in listed
        return
    group = next(group for group in seen.of(GroupSeen) if group.group == "billing")
    assert (group.kind, group.state) == world.group
    client = "billing-1" if world.partitions else "billing"  # who fetches from a stream is not told
    assert [(member.client_id, member.channels) for member in group.members] == [(client, (channel,))]
    await seen.until(lambda: any(one.group == "billing" for one in seen.of(OffsetsCommitted)))
    commits = next(one for one in seen.of(OffsetsCommitted) if one.group == "billing")
    assert commits.offsets == ((channel, {0: world.first + 1}),)


async def test_records_are_exactly_as_they_were_written(world: Any, connect: Any, observe: Any) -> None:
    channel = world.create("odd")
    written = odd(world)
    world.write(channel, written)
    adapter = await connect(world.connection)
    seen = await observe(adapter)
    await seen.until(lambda: len(seen.records(channel)) >= len(written))
    records = seen.records(channel)
    assert [(one.key, one.value, one.headers) for one in records] == [
        world.kept(*one, channel) for one in written
    ]
    assert [one.position.offset - world.first for one in records] == list(range(len(written)))
    assert {one.position.partition for one in records} == {0}
    assert all(abs(one.timestamp_ns - time.time_ns()) < 60e9 for one in records)
    batches = [one for one in seen.of(BatchSeen) if one.channel == channel]
    assert sum(batch.count for batch in batches) == (len(written) if world.partitions else 0)
    assert [await adapter.fetch(channel, one.position) for one in records] == records


async def test_what_is_not_there_cannot_be_fetched(world: Any, connect: Any) -> None:
    channel = world.create("short")
    world.write(channel, numbered(1))
    adapter = await connect(world.connection)
    missing = ChannelId(adapter.server, channel.kind, "nowhere")
    assert await adapter.fetch(channel, Position(0, world.first + 1)) is None
    assert await adapter.fetch(channel, Position(7, 0)) is None
    assert await adapter.fetch(missing, Position(0, 0)) is None


async def test_records_go_on_in_order_while_they_are_written(world: Any, connect: Any, observe: Any) -> None:
    channel = world.create("live", 2)
    partitions = (0, 1) if world.partitions else (0,)
    seen = await observe(await connect(world.connection))
    await seen.until(lambda: ChannelSeen(channel, len(partitions)) in seen.observations)
    for start in range(0, 300, 100):
        for partition in partitions:
            world.write(channel, numbered(300)[start : start + 100], partition)
        await asyncio.sleep(0.05)
    await seen.until(lambda: len(seen.records(channel)) >= 300 * len(partitions))
    for partition in partitions:
        mine = [one for one in seen.records(channel) if one.position.partition == partition]
        assert [one.value for one in mine] == [b"%d" % number for number in range(300)]
        assert [one.position.offset - world.first for one in mine] == list(range(300))
    for one in seen.of(BatchRead):
        assert one.batch.offsets == sorted(set(one.batch.offsets))
    assert seen.skipped(channel) == 0


async def test_what_is_sent_is_seen_and_nothing_is_rounded(world: Any, connect: Any, observe: Any) -> None:
    channel = world.create("sent", 3)
    adapter = await connect(world.connection)
    seen = await observe(adapter)
    sent, place = odd(world), 1 if world.partitions else 0
    positions = [
        await adapter.send(Outgoing(channel, key, value, headers, place)) for key, value, headers in sent
    ]
    assert positions == [Position(place, world.first + number) for number in range(len(sent))]
    await seen.until(lambda: len(seen.records(channel)) >= len(sent))
    assert [(one.key, one.value, one.headers) for one in seen.records(channel)] == [
        world.kept(*one, channel) for one in sent
    ]
    by_key = {(await adapter.send(Outgoing(channel, b"customer-7", b"%d" % n))).partition for n in range(5)}
    assert len(by_key) == 1


async def test_many_can_send_at_once(world: Any, connect: Any) -> None:
    channel = world.create("crowd", 2)
    adapter = await connect(world.connection)
    width = 2 if world.partitions else 1
    sent = await asyncio.gather(
        *(adapter.send(Outgoing(channel, None, b"%d" % n, partition=n % width)) for n in range(60))
    )
    assert sorted(sent) == [
        Position(partition, world.first + offset)
        for partition in range(width)
        for offset in range(60 // width)
    ]
    for number, position in enumerate(sent):
        assert (await adapter.fetch(channel, position)).value == b"%d" % number


async def test_sending_to_nowhere_says_so_and_creates_nothing(world: Any, connect: Any, observe: Any) -> None:
    channel = world.create("here")
    adapter = await connect(world.connection)
    nowhere = ChannelId(adapter.server, channel.kind, f"{channel.name}-not")
    with pytest.raises(InspectorError, match=world.missing):
        await adapter.send(Outgoing(nowhere, None, b"x"))
    with pytest.raises(InspectorError, match="has no partition 4"):
        await adapter.send(Outgoing(channel, None, b"x", partition=4))
    seen = await observe(await connect(world.connection))
    await seen.until(lambda: seen.of(OffsetsSeen))
    assert nowhere not in {one.channel for one in seen.of(ChannelSeen)}


async def test_transactional_senders_are_named(world: Any, connect: Any, observe: Any) -> None:
    if not world.partitions:
        pytest.skip("has no transactions")
    channel = world.create("payments")
    world.write_in_transaction(channel, f"{channel.name}-tx", [b"1", b"2"])
    seen = await observe(await connect(world.connection))
    await seen.until(lambda: any(one.channel == channel for one in seen.of(ProducerSeen)), 5)
    await seen.until(lambda: seen.records(channel))
    producer = next(one for one in seen.of(ProducerSeen) if one.channel == channel)
    await seen.until(
        lambda: any(one.transactional_id == f"{channel.name}-tx" for one in seen.of(TransactionSeen)), 5
    )
    named = next(one for one in seen.of(TransactionSeen) if one.transactional_id == f"{channel.name}-tx")
    records = seen.records(channel)
    assert producer.producer_id == named.producer_id
    assert [(one.producer_id, one.sequence, one.transactional) for one in records] == [
        (named.producer_id, 0, True),
        (named.producer_id, 1, True),
    ]
    assert (producer.last_sequence, producer.transaction_open) == (1, False)


async def test_own_sending_is_no_sender_of_the_system(world: Any, connect: Any, observe: Any) -> None:
    channel = world.create("mine")
    adapter = await connect(world.connection)
    await adapter.send(Outgoing(channel, None, b"x"))
    seen = await observe(adapter)
    await seen.until(lambda: seen.records(channel))
    await asyncio.sleep(1.0)
    assert [one for one in seen.of(ProducerSeen) if one.channel == channel] == []


async def test_channels_come_and_go(world: Any, connect: Any, observe: Any) -> None:
    seen = await observe(await connect(world.connection))
    await seen.until(lambda: seen.of(ServerSeen))
    channel = world.create("late")
    world.write(channel, numbered(300))
    await seen.until(lambda: len(seen.records(channel)) >= 300)
    assert [one.position.offset - world.first for one in seen.records(channel)] == list(range(300))
    world.delete(channel)
    await seen.until(lambda: ChannelGone(channel) in seen.observations)
    if world.connection.system == "kafka":
        await asyncio.sleep(1.0)
    world.create(channel.name)
    world.write(channel, [(None, b"again", ())])
    await seen.until(lambda: seen.records(channel)[-1].value == b"again")
    assert seen.records(channel)[-1].position == Position(0, world.first)
    assert seen.observations.count(ChannelSeen(channel, 1)) == 2


async def test_what_exceeds_the_budget_is_skipped_and_counted(world: Any, connect: Any, observe: Any) -> None:
    channel = world.create("flood")
    budget = Budget(bytes_per_s=40_000)
    seen = await observe(await connect(world.connection, budget))
    await seen.until(lambda: seen.of(OffsetsSeen))
    began = time.monotonic()
    for _ in range(20):
        world.write(channel, numbered(50, 1_000))
        await asyncio.sleep(0.1)
    await seen.until(lambda: len(seen.records(channel)) + seen.skipped(channel) >= 1000, 20)
    took = time.monotonic() - began
    records = seen.records(channel)
    size = sum(one.size for one in records)
    assert len(records) + seen.skipped(channel) == 1000
    assert seen.skipped(channel) > 300
    assert 0 < size <= budget.bytes_per_s * (took + 2) + 300_000
    offsets = [one.position.offset for one in records]
    assert offsets == sorted(set(offsets))


async def test_a_slow_reader_gets_everything_in_order(world: Any, connect: Any) -> None:
    channel = world.create("slow")
    world.write(channel, numbered(200))
    adapter = await connect(world.connection)
    read: list[int] = []
    async for batch in adapter.observe():
        for one in batch:
            if isinstance(one, BatchRead) and one.batch.channel == channel:
                read += one.batch.offsets
                if len(read) < 2_000:
                    world.write(channel, numbered(200))
        await asyncio.sleep(0.05)
        if len(read) >= 2_000:
            break
    assert read == list(range(world.first, world.first + len(read)))


async def test_reading_leaves_no_trace(world: Any, connect: Any, observe: Any) -> None:
    channel = world.create("watched")
    world.write(channel, numbered(20))
    world.receive("shop", "shop-1", channel)
    before = world.groups()
    adapter = await connect(world.connection)
    seen = await observe(adapter)
    await seen.until(lambda: len(seen.records(channel)) == 20)
    await adapter.fetch(channel, Position(0, world.first + 3))
    await asyncio.sleep(0.5)
    assert world.groups() == before


async def test_closing_ends_the_iterator_and_every_task(world: Any) -> None:
    tasks = asyncio.all_tasks()
    channel = world.create("end")
    world.write(channel, numbered(5))
    adapter = open_adapter(world.connection, Budget())
    await adapter.open()
    started = asyncio.Event()

    async def read() -> None:
        async for _ in adapter.observe():
            started.set()

    reading = asyncio.get_running_loop().create_task(read())
    await started.wait()
    await adapter.send(Outgoing(channel, None, b"x"))
    await adapter.close()
    await asyncio.wait_for(reading, 2)
    await adapter.close()
    assert asyncio.all_tasks() == tasks
    with pytest.raises(ConnectionFailed):
        await adapter.fetch(channel, Position(0, 0))


@pytest.mark.parametrize(
    "url",
    [
        "kafka://127.0.0.1:1",
        "nats://127.0.0.1:1",
        "rabbitmq://127.0.0.1:1",
        "activemq://127.0.0.1:1",
        "memory://nobody",
    ],
)
async def test_where_nothing_listens_open_says_so(url: str) -> None:
    adapter = open_adapter(parse(url), Budget())
    with pytest.raises(ConnectionFailed, match="Nothing listens"):
        await adapter.open()
    await adapter.close()


async def test_an_outage_is_told_and_nothing_is_read_twice_or_lost(
    mortal_world: Any, connect: Any, observe: Any
) -> None:
    channel = mortal_world.create("outage")
    mortal_world.write(channel, numbered(50))
    adapter = await connect(mortal_world.connection)
    seen = await observe(adapter)
    await seen.until(lambda: len(seen.records(channel)) >= 50)
    mortal_world.stop()
    await seen.until(lambda: seen.of(Lost), 20)
    assert adapter.server.address in seen.of(Lost)[0].message
    with pytest.raises(ConnectionFailed):
        await adapter.fetch(channel, Position(0, 0))
    await asyncio.to_thread(mortal_world.start)
    await seen.until(lambda: seen.of(Back), 30)
    mortal_world.write(channel, numbered(50))
    await seen.until(lambda: len(seen.records(channel)) >= 100, 30)
    assert [one.position.offset - mortal_world.first for one in seen.records(channel)] == list(range(100))
    assert (len(seen.of(Lost)), len(seen.of(Back)), seen.skipped(channel)) == (1, 1, 0)
