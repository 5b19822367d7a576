"""Opening past moments of 10,000 nodes and 50,000 edges, and frames while a playhead is dragged."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from graph.delta import diff
from graph.evidence import Evidence
from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import (
    Alias,
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    MessageType,
    Operation,
    Server,
)
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter

NOW = 1_795_443_128_000_000_000
SECOND = 10**9
SERVER = ServerId("kafka", "127.0.0.1:9092")
NODES, EDGES, STEPS = 10_000, 50_000, 20
CHANGED = 0.1
"""Part of the graph whose figures change from one second to the next."""


def large(rng: random.Random) -> DependencyGraph:
    """A graph in which everybody may talk to everybody."""
    channels = [
        ChannelId(SERVER, ChannelKind.TOPIC, f"area-{n % 20:02}.events-{n:04}") for n in range(NODES // 2)
    ]
    applications = [ApplicationId(f"service-{n:04}") for n in range(NODES // 2)]
    operations: dict[OperationId, Operation] = {}
    while len(operations) < EDGES:
        key = OperationId(rng.choice(applications), rng.choice(list(Action)), rng.choice(channels))
        words = f"Group {key.application.key} has 2 members that read {key.channel.name}."
        reason = Evidence("kafka.groups", "groups", 0.99, NOW - 900 * SECOND, NOW - 2 * SECOND, words)
        operations[key] = Operation(key, 0.98, (reason,), rng.random() * 100, 12.0, 3)
    return DependencyGraph(
        {SERVER: Server(SERVER, "large")},
        {
            key: Application(
                key, key.key, ApplicationKind.SERVICE, (Alias("group", key.key),), 0.97, (), 2, 0
            )
            for key in applications
        },
        {
            key: Channel(key, 1.0, NOW, 12, 1000, types=(MessageType("Made", 3.0, ("a", "b")),))
            for key in channels
        },
        operations,
        to_ns=NOW,
    )


def write(path: Path) -> None:
    """A capture of some seconds."""
    rng = random.Random(3)
    graph, before, writer = large(rng), DependencyGraph(), CaptureWriter.open(path)
    for step in range(STEPS):
        channels, operations = dict(graph.channels), dict(graph.operations)
        for key in rng.sample(list(channels), int(len(channels) * CHANGED)):
            channels[key] = replace(channels[key], rate_per_s=rng.random() * 100)
        for edge in rng.sample(list(operations), int(len(operations) * CHANGED)):
            operations[edge] = replace(operations[edge], rate_per_s=rng.random() * 100)
        to_ns = NOW + step * SECOND
        graph = dataclasses.replace(graph, channels=channels, operations=operations, to_ns=to_ns)
        writer.keep_graph(diff(before, graph))
        before = graph
    writer.close()


def run() -> Iterator[str]:
    """CPU time to open a moment, and frames while a playhead is dragged, without the picture and with it, and
    while it is played.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.evs"
        write(path)
        size = path.stat().st_size / 1e6
        yield f"{size:.1f} MB for {STEPS} graphs in which {CHANGED:.0%} changes each time"
        gc.disable()  # a window collects between frames
        reader = CaptureReader(path)
        for words, steps in (("anywhere", (0, STEPS - 1) * 3), ("nearby", (4, 5, 6, 5, 4, 6))):
            costs = []
            for step in steps:
                began = time.process_time()
                reader.graph(NOW + step * SECOND)
                costs.append((time.process_time() - began) * 1000)
            yield f"a moment {words}: {min(costs):.0f} to {max(costs):.0f} ms of CPU"
        gc.enable()
        reader.close()
        for words in ("session", "window", "playing"):
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.moments_probe", str(path), words],
                env={**os.environ, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder},
                stdout=subprocess.PIPE,
                check=True,
                timeout=300,
            )
            found: dict[str, Any] = json.loads(done.stdout)
            yield (
                f"{words}: {found['moments']:.1f} moments a second, frames p50 {found['p50']:.1f}"
                f" p99 {found['p99']:.1f} max {found['max']:.1f} ms (idle max {found['idle']:.1f})"
            )
            busy = " ".join(f"{each:.1f}" for each in found["busy"])
            yield (
                f"  processor time of a frame: p50 p99 max {busy} ms, {found['heavy']} over 33 ms;"
                f" {found['cpu']:.0f} ms for each moment, reading included"
            )
