"""RabbitMQ: the first graph of 1,000 queues, what looking costs, and reading beside bare aiormq."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import aiormq
from aiormq.abc import AbstractChannel, DeliveredMessage

from inspector.brokers import open_adapter
from inspector.brokers.base import Adapter, Budget
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.plan import Plan
from inspector.connection import parse
from inspector.demo.handle import System
from inspector.demo.servers.base import Server
from inspector.demo.servers.choice import SERVERS
from inspector.observation import BatchRead
from tests.bench.looking import first_graph

EXCHANGES, QUEUES = 200, 1_000
RECORDS, SIZE = 30_000, 400
HEADERS = dict.fromkeys(("ce-id", "ce-source", "ce-type", "traceparent"), "12345678")
AT_ONCE = 500
WINDOW = 5_000
"""Messages on their way to a consumer, ours or the bare one."""


async def _adapter(server: Server, plan: Plan | None = None) -> Adapter:
    adapter = open_adapter(parse(server.url), Budget(), plan)
    await adapter.open()
    return adapter


async def _town(shop: AbstractChannel) -> None:
    for number in range(EXCHANGES):
        await shop.exchange_declare(f"e{number}", exchange_type="topic")
    for number in range(QUEUES):
        await shop.queue_declare(f"q{number}")
        await shop.queue_bind(f"q{number}", f"e{number % EXCHANGES}", f"k{number}.#")


async def _write(shop: AbstractChannel, exchange: str, key: str) -> None:
    properties = aiormq.spec.Basic.Properties(headers=dict(HEADERS))
    for _ in range(0, RECORDS, AT_ONCE):
        sent = (
            shop.basic_publish(b"v" * SIZE, exchange=exchange, routing_key=key, properties=properties)
            for _ in range(AT_ONCE)
        )
        await asyncio.gather(*sent)


class _Bare:
    """A consumer that counts."""

    def __init__(self) -> None:
        self.count, self.began, self.done = 0, 0.0, asyncio.Event()

    async def take(self, message: DeliveredMessage) -> None:
        """One message; what came is acknowledged now and then, as streams want it."""
        self.began = self.began or time.monotonic()
        self.count += 1
        if self.count % 100 == 0:
            await message.channel.basic_ack(message.delivery_tag or 0, multiple=True, wait=False)
        if self.count == RECORDS:
            self.done.set()

    async def rate(self) -> float:
        """Messages a second, when all came."""
        async with asyncio.timeout(60):
            await self.done.wait()
        return self.count / (time.monotonic() - self.began)


async def _ours(server: Server, name: str) -> tuple[Adapter, asyncio.Task[float]]:
    plan = Plan()
    plan.choose([ChannelLevel(name, Level.EVERYTHING)])
    plan.since_ns = 0
    adapter = await _adapter(server, plan)

    async def read() -> float:
        count, began = 0, 0.0
        async for batch in adapter.observe():
            for one in batch:
                if isinstance(one, BatchRead) and one.batch.channel.name == name:
                    began = began or time.monotonic()
                    count += len(one.batch)
            if count >= RECORDS:
                break
        return count / (time.monotonic() - began)

    return adapter, asyncio.get_running_loop().create_task(read())


async def _stream(server: Server, shop: AbstractChannel) -> str:
    await shop.queue_declare("big", durable=True, arguments={"x-queue-type": "stream"})
    await _write(shop, "", "big")
    bare = _Bare()
    await shop.basic_qos(prefetch_count=WINDOW)
    told = await shop.basic_consume("big", bare.take, arguments={"x-stream-offset": "first"})
    bare_rate = await bare.rate()
    await shop.basic_cancel(told.consumer_tag or "")
    adapter, reading = await _ours(server, "big")
    async with asyncio.timeout(60):
        rate = await reading
    await adapter.close()
    return (
        f"reading a stream: {rate:,.0f} records/s, aiormq bare {bare_rate:,.0f}, {rate / bare_rate:.2f} x "
        "(asked: 0.8)"
    )


async def _measure() -> list[str]:
    with SERVERS[System.RABBITMQ]() as server:
        connection = await aiormq.connect(f"amqp://guest:guest@127.0.0.1:{server.port}/?name=shop")
        try:
            shop = await connection.channel()
            lines = [await _stream(server, shop)]
            await _town(shop)
            wanted = QUEUES + EXCHANGES
            adapter = await _adapter(server)
            what = f"{QUEUES:,} queues bound to {EXCHANGES} exchanges"
            graph = first_graph(adapter, what, lambda known: known.listed and len(known.channels) >= wanted)
            return lines + [line async for line in graph]
        finally:
            await connection.close()


def run() -> Iterator[str]:
    """One line each."""
    yield from asyncio.run(_measure())
