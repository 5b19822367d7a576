"""NATS: the first graph of 1,000 streams, what looking costs, and reading beside a bare ordered consumer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import nats
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, StreamConfig

from inspector.brokers import open_adapter
from inspector.brokers.base import Adapter, Budget
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.plan import Plan
from inspector.connection import parse
from inspector.demo.servers.nats import NatsServer
from inspector.observation import BatchRead
from tests.bench.looking import first_graph

STREAMS, SUBJECTS, LISTENED = 1_000, 2, 500
RECORDS, SIZE = 30_000, 400


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
        return lines + [
            line
            async for line in first_graph(
                await _adapter(server),
                f"{STREAMS:,} streams",
                lambda known: known.listed and known.groups >= STREAMS,
            )
        ]
    finally:
        await shop.close()
        server.stop()


def run() -> Iterator[str]:
    """One line each."""
    yield from asyncio.run(_measure())
