"""One reader of `tests.bench.ingest`: reads a topic from its beginning and prints what that took as JSON."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inspector.capture.level import ChannelLevel, Level
from inspector.engine import Engine
from inspector.engine_process import collect_seldom
from inspector.link import Connect, Report, SetCapture, Stop
from inspector.store.reader import CaptureReader


def _measured(began: tuple[float, float], **more: float) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    return {"wall_s": wall - began[0], "cpu_s": cpu - began[1], **more}


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


async def _capture(bootstrap: str, topic: str, file: Path, level: Level) -> dict[str, float]:
    async def deliver(_reports: list[Report]) -> None:
        return

    collect_seldom()
    engine = Engine(file, deliver)
    running = asyncio.get_running_loop().create_task(engine.run())
    engine.commands.put_nowait(SetCapture(True, (ChannelLevel(topic, level),), None, since_ns=0))
    engine.commands.put_nowait(Connect(f"kafka://{bootstrap}"))
    while not engine.reading.partitions:
        await asyncio.sleep(0.001)
    began = _now()
    while engine.reading.left:
        await asyncio.sleep(0.005)
    engine.commands.put_nowait(Stop())
    await running
    found = _measured(began)
    reader = CaptureReader(file)
    found["rows"] = reader.end_row - reader.first_row
    reader.close()
    return found


def capture(bootstrap: str, topic: str, _count: int, file: Path) -> dict[str, float]:
    """All of it into a file."""
    return asyncio.run(_capture(bootstrap, topic, file, Level.EVERYTHING))


def headers(bootstrap: str, topic: str, _count: int, file: Path) -> dict[str, float]:
    """Headers of batches alone."""
    return asyncio.run(_capture(bootstrap, topic, file, Level.HEADERS_OF_BATCHES))


def confluent(bootstrap: str, topic: str, count: int, _file: Path) -> dict[str, float]:
    """confluent-kafka with the fields of each message read."""
    from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "probe", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
    began = _now()
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    left, size = count, 0
    while left > 0:
        for message in consumer.consume(10_000, 1.0):
            if message.error() is None:
                size += len(message.key() or b"") + len(message.value() or b"")
                size += len(message.headers() or ()) + message.timestamp()[0]
                left -= 1
    found = _measured(began)
    consumer.close()
    return found


async def _aiokafka(bootstrap: str, topic: str, count: int) -> dict[str, float]:
    from aiokafka import AIOKafkaConsumer, TopicPartition

    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=1 << 20)
    await consumer.start()
    places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or range(8)]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    began, left, size = _now(), count, 0
    while left > 0:
        for records in (await consumer.getmany(timeout_ms=1_000)).values():
            for one in records:
                size += len(one.key or b"") + len(one.value or b"") + len(one.headers) + one.timestamp
            left -= len(records)
    found = _measured(began)
    await consumer.stop()
    return found


def aiokafka(bootstrap: str, topic: str, count: int, _file: Path) -> dict[str, float]:
    """aiokafka's `getmany` with the fields read."""
    return asyncio.run(_aiokafka(bootstrap, topic, count))


def kcat(bootstrap: str, topic: str, count: int, _file: Path) -> dict[str, float]:
    """kcat, which formats nothing."""
    began = time.perf_counter()
    command = ["kcat", "-b", bootstrap, "-t", topic, "-C", "-o", "beginning", "-e", "-q", "-f", ""]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"wall_s": time.perf_counter() - began, "cpu_s": spent.ru_utime + spent.ru_stime}


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    each.__name__: each for each in (capture, headers, confluent, aiokafka, kcat)
}

if __name__ == "__main__":
    kind, bootstrap, topic, count, file = sys.argv[1:]
    sys.stdout.write(json.dumps(KINDS[kind](bootstrap, topic, int(count), Path(file))))
