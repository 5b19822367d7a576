"""MQTT: the first graph of 1,000 topics, and listening beside paho alone, both with MQTT 5."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from inspector.brokers import open_adapter
from inspector.brokers.base import Budget
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.plan import Plan
from inspector.connection import parse
from inspector.demo.servers.mqtt import MqttServer
from inspector.discovery.discovery import Discovery
from inspector.observation import BatchRead

TOPICS, RECORDS, SIZE, LAST = 1_000, 60_000, 400, b"last"
CONFIGURATION = "allow_anonymous true\nmax_queued_messages 0"
"""No limit: a broker that is faster than its listeners drops nothing."""
PUBLISH = """
import sys
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
client = Client(CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_start()
retain, topics, count = bool(int(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4])
for number in range(count):
    client.publish(f"shop/{number // 40 % topics}/{number % 40}", b"v" * 400, 0, retain)
client.publish("shop/0/0", b"last", 1).wait_for_publish(60)
client.disconnect()
client.loop_stop()
"""


def _publish(server: MqttServer, *, retain: bool, topics: int, count: int) -> subprocess.Popen[bytes]:
    numbers = (str(each) for each in (server.port, int(retain), topics, count))
    return subprocess.Popen([sys.executable, "-c", PUBLISH, *numbers])


def _bare(server: MqttServer) -> tuple[int, float, float]:
    """Messages, seconds and processor seconds of paho alone, which looks at topic and payload."""
    times: list[float] = []
    size, done = 0, threading.Event()

    def take(_client: Client, _data: object, message: MQTTMessage) -> None:
        nonlocal size
        times.append(time.monotonic())
        size += len(message.topic) + len(message.payload)
        if message.payload == LAST:
            done.set()

    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.on_message = take
    client.connect("127.0.0.1", server.port)
    client.subscribe("#")
    client.loop_start()
    cpu = time.process_time()
    with _publish(server, retain=False, topics=1, count=RECORDS):
        done.wait(60)
    cpu = time.process_time() - cpu
    client.disconnect()
    client.loop_stop()
    client.on_message = None
    return len(times), times[-1] - times[0], cpu


async def _ours(server: MqttServer) -> tuple[int, float, float]:
    """The same of the adapter, everything read whole."""
    plan = Plan()
    plan.choose([ChannelLevel("*", Level.EVERYTHING)])
    adapter = open_adapter(parse(server.url), Budget(), plan)
    await adapter.open()
    batches = adapter.observe()
    await anext(batches)
    count, began, ended = 0, 0.0, False
    cpu = time.process_time()
    with _publish(server, retain=False, topics=1, count=RECORDS):
        async for batch in batches:
            for one in batch:
                if isinstance(one, BatchRead):
                    began = began or time.monotonic()
                    count += len(one.batch)
                    ended = ended or LAST in (one.batch.values or ())
            if ended:
                break
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    await adapter.close()
    return count, took, cpu


async def _first_graph(server: MqttServer) -> str:
    with _publish(server, retain=True, topics=TOPICS // 40, count=TOPICS):
        pass
    adapter = open_adapter(parse(server.url), Budget())
    await adapter.open()
    began, cpu = time.monotonic(), time.process_time()
    discovery = Discovery()
    async for batch in adapter.observe():
        discovery.fold(batch, time.time_ns())
        graph = discovery.graph(time.time_ns())
        if len(graph.channels) >= TOPICS:
            break
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    await adapter.close()
    return f"first graph of {TOPICS:,} topics: {took:.2f} s, {cpu:.2f} CPU s (asked: 3 s)"


def run() -> Iterator[str]:
    """One line each."""
    with MqttServer(configuration=CONFIGURATION) as server:
        rates = []
        for name, (count, took, cpu) in (("paho", _bare(server)), ("here", asyncio.run(_ours(server)))):
            rates.append(count / took)
            yield f"{name}: {count:,} of {RECORDS + 1:,} in {took:.2f} s, {rates[-1]:,.0f}/s, {cpu:.2f} CPU s"
        yield f"{rates[1] / rates[0]:.2f} x (asked: 0.8)"
        yield asyncio.run(_first_graph(server))
