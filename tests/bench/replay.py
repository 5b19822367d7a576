"""Replay from a capture to a real Kafka (asked: 0.8 x a bare aiokafka producer, 1,000,000 records in 200 MB,
rates within 2 %, a plan within 2 s), and 200 kills, after which nothing is missing or there twice."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
from aiokafka import AIOKafkaProducer

from graph.identity import ChannelId
from graph.model import Channel, DependencyGraph
from inspector.demo.broker import KafkaBroker
from inspector.replay import planning
from inspector.replay.choice import Choice
from inspector.replay.frozen import Frozen
from inspector.replay.gathering import frozen
from inspector.replay.journal import Journals
from inspector.replay.marks import Marks
from inspector.replay.planning import Circumstances
from inspector.replay.request import Order, Pace, Request, Target
from inspector.replay.run import Run, RunState
from inspector.replay.standing import standing
from inspector.store.reader import CaptureReader
from tests import replays
from tests.bench.ingest import UNBOUNDED

RECORDS, ROUNDS, KILLED = 1_000_000, 3, 60_000
SMALL = 200_000
KILLS = int(os.environ.get("KILLS", "200"))
RATES = {10.0: 50, 1_000.0: 5_000, 20_000.0: 60_000}


def run() -> Iterator[str]:
    """All of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = KafkaBroker(folder, properties=UNBOUNDED).start()
        try:
            yield from _speed(folder, broker.bootstrap)
            yield from _rates(folder, broker.bootstrap)
            yield from _plan_and_memory(folder, broker.bootstrap)
            yield from _kills(folder, broker.bootstrap)
        finally:
            broker.stop()


def _speed(folder: Path, bootstrap: str) -> Iterator[str]:
    path = folder / "small.evs"
    replays.capture(path, SMALL, size=400)
    ours, bare = [], []
    for _ in range(ROUNDS):
        journals, target = Journals(folder / "runs"), replays.topic(bootstrap)
        begun = replays.begun(journals, path, target)
        started = time.perf_counter()
        ended = asyncio.run(replays.gone_on(journals, begun, f"kafka://{bootstrap}"))
        ours.append(SMALL / (time.perf_counter() - started))
        assert ended.state is RunState.DONE
        bare.append(asyncio.run(_bare(path, begun, replays.topic(bootstrap))))
    yield f"replay {_told(ours)} records/s, bare aiokafka {_told(bare)}: {max(ours) / max(bare):.2f} x"


async def _bare(path: Path, run: str, target: ChannelId) -> float:
    """The same records by aiokafka alone, idempotent and acknowledged by all; read before it is timed."""
    marks = Marks(run, 3)
    with closing(CaptureReader(path)) as reader:
        chosen = Frozen.of(reader, np.arange(reader.first_row, reader.end_row), Order.TIME)
    records = [
        (each.key, each.value, [*marks.on(each.headers, each.channel, each.position)])
        for _, each in chosen.records(np.arange(len(chosen)))
    ]
    producer = AIOKafkaProducer(
        bootstrap_servers=target.server.address, enable_idempotence=True, max_batch_size=900_000, linger_ms=5
    )
    await producer.start()
    try:
        started = time.perf_counter()
        for key, value, headers in records:
            await producer.send(target.name, value, key, headers=headers)
        await producer.flush()
        return len(records) / (time.perf_counter() - started)
    finally:
        await producer.stop()


def _rates(folder: Path, bootstrap: str) -> Iterator[str]:
    for rate, count in RATES.items():
        path = folder / f"{count}.evs"
        replays.capture(path, count)
        journals = Journals(folder / "runs")
        begun = replays.begun(journals, path, replays.topic(bootstrap), Pace(per_s=rate))
        times: list[tuple[float, int]] = []

        def told(now: Run, to: list[tuple[float, int]] = times) -> None:
            to.append((time.perf_counter(), now.sent))

        asyncio.run(replays.gone_on(journals, begun, f"kafka://{bootstrap}", told))
        sending = [each for each in times if each[1] > 0]
        (first, before), (last, after) = sending[0], sending[-2 if sending[-1][1] == sending[-2][1] else -1]
        got = (after - before) / (last - first)
        yield f"asked {rate:,.0f} a second, got {got:,.1f} ({100 * (got / rate - 1):+.2f} %)"


def _plan_and_memory(folder: Path, bootstrap: str) -> Iterator[str]:
    path = folder / "large.evs"
    channel = replays.capture(path, RECORDS)
    target = replays.topic(bootstrap)
    request = Request(Choice(source=str(path), channels=("orders",)), Target(target.server, target))
    graph = DependencyGraph(channels={each: Channel(each) for each in (channel, target)})
    took, processor = [], []
    for _ in range(ROUNDS):
        started, began = time.perf_counter(), time.process_time()
        chosen = frozen(request.choice, request.order, folder / "beside.evs")
        with closing(CaptureReader(path)) as reader:
            doubles, overtaken = standing(reader, chosen, request.target)
        known = Circumstances(graph, {}, doubles=doubles, overtaken=overtaken)
        assert planning.plan(request, "bench", chosen, known).records == RECORDS
        took.append(time.perf_counter() - started)
        processor.append(time.process_time() - began)
    said = f"{min(took):.2f} s, {min(processor):.2f} s of processor time"
    yield f"plan over {RECORDS:,} records in {said}"
    journals = Journals(folder / "runs")
    begun = replays.begun(journals, path, target)
    code = (
        "import sys, asyncio; from pathlib import Path; from tests import replays;"
        "r = asyncio.run(replays.gone_on(replays.Journals(Path(sys.argv[1])), sys.argv[2], sys.argv[3]));"
        # Not ru_maxrss, which begins with the size of the process that this one was forked from.
        "print(r.sent, *(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    command = [sys.executable, "-c", code, str(journals.folder), begun, f"kafka://{bootstrap}"]
    started = time.perf_counter()
    sent, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    took_s = time.perf_counter() - started
    yield f"{int(sent):,} records sent in {took_s:.1f} s with at most {int(peak) // 1024} MB of memory"


def _kills(folder: Path, bootstrap: str) -> Iterator[str]:
    path = folder / "killed.evs"
    replays.capture(path, KILLED)
    kills, runs, wrong, fates = 0, 0, 0, Counter[str]()
    while kills < KILLS:
        found = replays.killed(folder / "runs", path, KILLED, bootstrap, min(25, KILLS - kills), runs)
        kills, runs = kills + max(found.kills, 1), runs + 1
        fates += found.fates
        wrong += found.counted.missing + found.counted.twice + found.counted.disordered
    yield f"{kills} kills, {runs} runs: {wrong} records missing, there twice or out of order; {dict(fates)}"


def _told(rates: list[float]) -> str:
    return f"{max(rates):,.0f} (median {sorted(rates)[len(rates) // 2]:,.0f})"
