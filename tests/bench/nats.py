"""NATS: the first graph of 1,000 streams, what looking costs, and reading beside a bare ordered consumer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import nats
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, StreamConfig

from inspector.brokers import open_adapter
from inspector.brokers.base import Adapter, Budget
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.plan import Plan
from inspector.connection import parse
from inspector.discovery.discovery import Discovery
from inspector.observation import BatchRead, ChannelSeen, GroupSeen, UsesSeen
from tests.nats_server import NatsServer

STREAMS, SUBJECTS, LISTENED = 1_000, 2, 500
RECORDS, SIZE = 30_000, 400
WATCHED_S = 10.0


async def _adapter(server: NatsServer, plan: Plan | None = None) -> Adapter:
    adapter = open_adapter(parse(f"nats://{server.address}"), Budget(), plan)
    await adapter.open()
    return adapter


async def _town(shop: Client) -> None:
    stream = shop.jetstream()

    async def make(number: int) -> None:
        await stream.add_stream(name=f"S{number}", subjects=[f"s{number}.*"])
        for subject in range(SUBJECTS):
            await stream.publish(f"s{number}.t{subject}", b"x")
        await stream.add_consumer(f"S{number}", ConsumerConfig(durable_name=f"c{number}"))

    for at in range(0, STREAMS, 50):
        await asyncio.gather(*(make(number) for number in range(at, at + 50)))
    for number in range(LISTENED):
        await shop.subscribe(f"core.{number}")
    await shop.flush()


async def _first_graph(server: NatsServer) -> AsyncIterator[str]:
    adapter = await _adapter(server)
    began, cpu = time.monotonic(), time.process_time()
    discovery = Discovery()
    channels: set[object] = set()
    groups, listed = 0, False
    batches = adapter.observe()
    async for batch in batches:
        discovery.fold(batch, time.time_ns())
        channels.update(one.channel for one in batch if isinstance(one, ChannelSeen))
        groups += sum(1 for one in batch if isinstance(one, GroupSeen))
        listed = listed or any(isinstance(one, UsesSeen) for one in batch)
        if listed and groups >= STREAMS:
            break
    graph = discovery.graph(time.time_ns())
    yield (
        f"first graph of {STREAMS:,} streams: {time.monotonic() - began:.2f} s, "
        f"{time.process_time() - cpu:.2f} CPU s (asked: 3 s); {len(channels):,} channels, "
        f"{len(graph.operations):,} operations, {len(graph.routes):,} routes"
    )
    cpu = time.process_time()
    with suppress(TimeoutError):
        async with asyncio.timeout(WATCHED_S):
            async for _ in batches:
                pass
    yield f"watched further: {100 * (time.process_time() - cpu) / WATCHED_S:.0f} % of a core"
    await adapter.close()


async def _tail(server: NatsServer, shop: Client, direct: bool) -> str:
    stream, subject = shop.jetstream(), f"big.{'direct' if direct else 'plain'}"
    await stream.add_stream(
        StreamConfig(name=subject.replace(".", "-"), subjects=[subject], allow_direct=direct)
    )
    headers = dict.fromkeys(("ce-id", "ce-source", "ce-type", "traceparent"), "12345678")
    for _ in range(0, RECORDS, 1_000):
        await asyncio.gather(*(stream.publish(subject, b"v" * SIZE, headers=headers) for _ in range(1_000)))
    bare = await stream.subscribe(subject, ordered_consumer=True)
    began = time.monotonic()
    for _ in range(RECORDS):
        await bare.next_msg(5)
    bare_rate = RECORDS / (time.monotonic() - began)
    await bare.unsubscribe()
    plan = Plan()
    plan.choose([ChannelLevel(subject, Level.EVERYTHING)])
    plan.since_ns = 0
    adapter = await _adapter(server, plan)
    read, began = 0, 0.0
    async for batch in adapter.observe():
        for one in batch:
            if isinstance(one, BatchRead) and one.batch.channel.name == subject:
                began = began or time.monotonic()
                read += len(one.batch)
        if read >= RECORDS:
            break
    rate = read / (time.monotonic() - began)
    await adapter.close()
    how = "many at once" if direct else "one by one"
    return (
        f"reading a stream, {how}: {rate:,.0f} records/s, nats-py's ordered consumer {bare_rate:,.0f}, "
        f"{rate / bare_rate:.2f} x (asked: 0.8)"
    )


async def _measure() -> list[str]:
    server = NatsServer().start()
    shop = await nats.connect(f"nats://{server.address}", name="shop")
    try:
        lines = [await _tail(server, shop, direct) for direct in (True, False)]
        await _town(shop)
        return lines + [line async for line in _first_graph(server)]
    finally:
        await shop.close()
        server.stop()


def run() -> Iterator[str]:
    """One line each."""
    yield from asyncio.run(_measure())
