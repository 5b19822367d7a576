"""Replays that are killed at full speed and resumed, and what the broker then holds."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import numpy as np
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers import open_adapter
from inspector.brokers.base import Budget
from inspector.connection import parse
from inspector.record import RecordBatch
from inspector.replay.choice import Choice
from inspector.replay.frozen import Frozen
from inspector.replay.journal import Journals
from inspector.replay.marks import origin_of
from inspector.replay.outgoing import making
from inspector.replay.request import Order, Pace, Request, Target
from inspector.replay.run import Run, RunState
from inspector.replay.running import Running
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

SOURCE = ServerId("kafka", "shop.example:9092")
KEYS = 199
ANY_PACE = Pace()
LONGEST_S = 0.3
"""Until a process is killed, from when it goes on with the run."""
BEGUN_NS = 1_790_000_000_000_000_000


def capture(path: Path, count: int, partitions: int = 4, size: int = 100) -> ChannelId:
    """Make a capture of one channel; record n has its key by n, and a value that begins with n."""
    channel = ChannelId(SOURCE, ChannelKind.TOPIC, "orders")
    filling = b"x" * size
    with closing(CaptureWriter.open(path)) as writer:
        for start in range(0, count, 1000 * partitions):
            for partition in range(partitions):
                numbers = range(start + partition, min(start + 1000 * partitions, count), partitions)
                batch = RecordBatch(
                    channel,
                    partition,
                    [number // partitions for number in numbers],
                    [BEGUN_NS + number * 1_000_000 for number in numbers],
                    [b"k%d" % (number % (KEYS * partitions)) for number in numbers],
                    [b"%d %s" % (number, filling) for number in numbers],
                    [(("ce_id", b"%d" % number), ("ce_type", b"Made")) for number in numbers],
                )
                if len(batch):
                    writer.add_batch(batch, [Traits(event_id=str(number), type="Made") for number in numbers])
            writer.flush()
    return channel


def begun(journals: Journals, path: Path, target: ChannelId, pace: Pace = ANY_PACE) -> str:
    """Begin a run of a whole capture without sending anything; its id."""
    request = Request(Choice(source=str(path)), Target(target.server, target), pace)
    with closing(CaptureReader(path)) as reader:
        frozen = Frozen.of(reader, np.arange(reader.first_row, reader.end_row), Order.TIME)
    run = str(uuid4())
    journals.begin(run, request, frozen).close()
    return run


async def gone_on(
    journals: Journals, run: str, url: str, tell: Callable[[Run], None] = lambda _run: None
) -> Run:
    """Go on with a run until it ends."""
    adapter = open_adapter(parse(url), Budget())
    await adapter.open()
    try:
        journal, frozen = journals.resume(run)
        make = making(journal.account.opened.request, run)
        return await Running(journal, frozen, adapter.sender(), make, tell).run()
    finally:
        await adapter.close()


def topic(bootstrap: str, partitions: int = 3) -> ChannelId:
    """Make a topic to send to."""
    name = f"shadow-{uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(name, partitions, 1)]).values():
        future.result(20)
    return ChannelId(ServerId("kafka", bootstrap), ChannelKind.TOPIC, name)


def held(channel: ChannelId) -> Iterator[tuple[int, int, bytes | None, bytes | None, bytes]]:
    """Partition, offset, key, value and origin of all records of a topic."""
    consumer = Consumer(
        {"bootstrap.servers": channel.server.address, "group.id": "none", "enable.auto.commit": False}
    )
    try:
        partitions = consumer.list_topics(channel.name, 20).topics[channel.name].partitions
        left = {}
        for partition in partitions:
            first, end = consumer.get_watermark_offsets(TopicPartition(channel.name, partition), 20)
            if end > first:
                left[partition] = end
        consumer.assign([TopicPartition(channel.name, partition, 0) for partition in left])
        while left:
            for message in consumer.consume(10_000, 5.0):
                assert message.error() is None, message.error()
                marks = origin_of(tuple(message.headers() or ()))
                yield (
                    message.partition(),
                    message.offset(),
                    message.key(),
                    message.value(),
                    (marks or ("", b""))[1],
                )
                if message.offset() + 1 >= left.get(message.partition(), 0):
                    left.pop(message.partition(), None)
    finally:
        consumer.close()


@dataclass(frozen=True)
class Counted:
    """What a target holds of a run."""

    missing: int
    twice: int
    disordered: int
    """Records that stand before an earlier one of their key."""


def counted(channel: ChannelId, count: int) -> Counted:
    """Count on the broker, not in the journal."""
    found: Counter[int] = Counter()
    newest: dict[bytes | None, int] = {}
    disordered = 0
    for _, _, key, value, _ in held(channel):
        number = int((value or b"").partition(b" ")[0])
        found[number] += 1
        disordered += newest.get(key, -1) > number and found[number] == 1
        newest[key] = max(newest.get(key, -1), number)
    return Counted(count - len(found), sum(many - 1 for many in found.values()), disordered)


@dataclass(frozen=True)
class Killed:
    """How a run ended that was killed again and again."""

    kills: int
    run: Run
    fates: Counter[str]
    counted: Counted


def killed(folder: Path, path: Path, count: int, bootstrap: str, kills: int, seed: int) -> Killed:
    """Run a replay in processes that are killed at random moments, then to its end."""
    journals, target = Journals(folder), topic(bootstrap)
    run, moments = begun(journals, path, target), random.Random(seed)
    command = [sys.executable, "-m", "tests.replays", str(folder), run, f"kafka://{bootstrap}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nest:
        assert nest.stdin is not None
        assert nest.stdout is not None
        done = 0
        while done < kills and journals.run(run).state is not RunState.DONE:
            nest.stdin.write(f"{moments.uniform(0.0, LONGEST_S)}\n")
            nest.stdin.flush()
            done += nest.stdout.readline() == "killed\n"
        nest.stdin.write("60\n")
        nest.stdin.flush()
        nest.stdout.readline()
        nest.stdin.close()
    fates = Counter(fate.fortune.value for fate in journals.fates(run))
    return Killed(done, journals.run(run), fates, counted(target, count))


def _write(pipe: int, _run: Run) -> None:
    os.write(pipe, b".")


def _nest(folder: str, run: str, url: str) -> None:
    """For each number of seconds on standard input a process that goes on with the run for so long."""
    journals = Journals(Path(folder))
    for line in sys.stdin:
        begun, begins = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(begun)
            if journals.run(run).state is not RunState.DONE:
                asyncio.run(gone_on(journals, run, url, partial(_write, begins)))
            os._exit(0)
        os.close(begins)
        os.read(begun, 1)
        until, ended = time.monotonic() + float(line), 0
        while time.monotonic() < until and not ended:
            ended, _ = os.waitpid(child, os.WNOHANG)
            time.sleep(0.001)
        if not ended:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        os.close(begun)
        sys.stdout.write("ended\n" if ended else "killed\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _nest(*sys.argv[1:])
