"""ActiveMQ: the first graph of 1,000 queues, what looking costs, and reading beside a bare client."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from typing import Any

import stomp

from inspector.brokers import open_adapter
from inspector.brokers.activemq.stomp import Frame, Line
from inspector.brokers.base import Adapter, Budget
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.plan import Plan
from inspector.connection import parse
from inspector.demo.servers.activemq import ActiveMQServer
from inspector.observation import BatchRead, RecordsMissed, UsesSeen
from tests.bench.looking import first_graph

QUEUES, MANY, LISTENED = 1_000, 10_000, 500
RECORDS, SIZE = 30_000, 400
SENDING = f"""
import stomp, sys
client = stomp.Connection12([("127.0.0.1", int(sys.argv[1]))], auto_content_length=False)
client.connect(wait=True)
headers = dict.fromkeys(("ce-id", "ce-source", "ce-type", "traceparent"), "12345678")
for number in range({RECORDS}):
    client.send(sys.argv[2], "v" * {SIZE}, headers=headers)
client.disconnect()
"""
"""Another program that sends."""


async def _adapter(server: ActiveMQServer, plan: Plan | None = None) -> Adapter:
    adapter = open_adapter(parse(server.url), Budget(), plan)
    await adapter.open()
    return adapter


def _town(server: ActiveMQServer, first: int, end: int) -> None:
    bean = f"org.apache.activemq:type=Broker,brokerName={server.name}"
    for at in range(first, end, 500):
        asked = [
            {"type": "exec", "mbean": bean, "operation": "addQueue", "arguments": [f"q{number}"]}
            for number in range(at, min(end, at + 500))
        ]
        body = json.dumps(asked).encode()
        urllib.request.urlopen(f"{server.jolokia}/", body, timeout=60).read()


class _Counting(stomp.ConnectionListener):  # type: ignore[misc] # it has no types
    def __init__(self) -> None:
        self.count = 0
        self.began = 0.0
        self.done = threading.Event()

    def on_message(self, frame: Any) -> None:
        self.began = self.began or time.monotonic()
        self.count += 1
        if self.count == RECORDS:
            self.done.set()


async def _send(server: ActiveMQServer, path: str) -> subprocess.Popen[bytes]:
    return await asyncio.to_thread(subprocess.Popen, [sys.executable, "-c", SENDING, str(server.port), path])


async def _by_stomp_py(server: ActiveMQServer, path: str, headers: dict[str, str]) -> float:
    client, listener = stomp.Connection12([("127.0.0.1", server.port)]), _Counting()
    client.set_listener("", listener)
    client.connect(wait=True)
    client.subscribe(path, id="1", ack="auto", headers=headers)
    sending = None if headers else await _send(server, path)
    await asyncio.to_thread(listener.done.wait, 60)
    rate = listener.count / (time.monotonic() - listener.began)
    client.disconnect()
    if sending is not None:
        await asyncio.to_thread(sending.wait)
    return rate


async def _bare(server: ActiveMQServer, path: str, headers: dict[str, str]) -> float:
    line = await Line.open("127.0.0.1", server.port, None, (("host", "bench"),))
    began, count, done = 0.0, 0, asyncio.Event()

    def take(frame: Frame) -> None:
        nonlocal began, count
        began = began or time.monotonic()
        count += 1
        if count == RECORDS:
            done.set()

    await line.subscribe(path, headers.items(), take)
    sending = None if headers else await _send(server, path)
    async with asyncio.timeout(60):
        await done.wait()
    rate = count / (time.monotonic() - began)
    await line.close()
    if sending is not None:
        await asyncio.to_thread(sending.wait)
    return rate


async def _ours(server: ActiveMQServer, path: str) -> tuple[float, int]:
    name = path.rpartition("/")[2]
    plan = Plan()
    plan.choose([ChannelLevel(name, Level.EVERYTHING)])
    plan.since_ns = 0
    adapter = await _adapter(server, plan)
    read, missed, began = 0, 0, 0.0
    sending, listed = None, False
    async for batch in adapter.observe():
        for one in batch:
            if isinstance(one, BatchRead) and one.batch.channel.name == name:
                began = began or time.monotonic()
                read += len(one.batch)
            elif isinstance(one, RecordsMissed) and one.channel.name == name:
                missed += one.count
            elif isinstance(one, UsesSeen) and not listed:
                listed = True
                if path.startswith("/topic"):
                    sending = await _send(server, path)
                else:  # what was listed is looked into now
                    began = time.monotonic()
        if read + missed >= RECORDS:
            break
    rate = read / (time.monotonic() - began)
    await adapter.close()
    if sending is not None:
        await asyncio.to_thread(sending.wait)
    return rate, missed


async def _tail(server: ActiveMQServer, path: str) -> str:
    headers = {"browser": "true"} if path.startswith("/queue") else {}
    if headers:
        sending = await _send(server, path)
        await asyncio.to_thread(sending.wait)
    other = await _by_stomp_py(server, path, headers)
    bare = await _bare(server, path, headers)
    rate, missed = await _ours(server, path)
    what = "a queue that is looked into" if headers else "a topic that is heard along"
    return (
        f"{what}: {rate:,.0f} records/s, missed {missed}; the same client bare {bare:,.0f}, "
        f"{rate / bare:.2f} x (asked: 0.8); stomp.py bare {other:,.0f}, {rate / other:.2f} x"
    )


async def _listed(server: ActiveMQServer, count: int) -> AsyncIterator[str]:
    known = first_graph(
        await _adapter(server),
        f"{count:,} queues",
        lambda known: known.listed and len(known.channels) >= count,
    )
    async for line in known:
        yield line


async def _measure() -> list[str]:
    server = ActiveMQServer().start()
    lines = []
    try:
        lines += [await _tail(server, path) for path in ("/topic/big", "/queue/big")]
        shop = stomp.Connection12([("127.0.0.1", server.port)])
        shop.connect(wait=True, headers={"client-id": "shop"})
        _town(server, 0, QUEUES)
        for number in range(LISTENED):
            shop.subscribe(f"/queue/q{number}", id=str(number), ack="auto")
        lines += [line async for line in _listed(server, QUEUES)]
        _town(server, QUEUES, MANY)
        lines += [line async for line in _listed(server, MANY)]
        shop.disconnect()
        return lines
    finally:
        server.stop()


def run() -> Iterator[str]:
    """One line each."""
    yield from asyncio.run(_measure())
