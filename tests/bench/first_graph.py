"""Seconds from the command to connect to the first graph with channels and applications; at most 3."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator

from inspector.demo.handle import DemoProcess
from inspector.engine import Engine
from inspector.link import Connect, GraphChanged, Report, Stop

RUNS = 5


def run() -> Iterator[str]:
    """Connect anew to the demo shop some times."""
    demo = DemoProcess()
    try:
        url = demo.wait_ready(180)
        taken = [asyncio.run(_first_graph(url)) for _ in range(RUNS)]
    finally:
        demo.stop()
    yield f"min {min(taken):.2f} s, median {statistics.median(taken):.2f} s, max {max(taken):.2f} s of {RUNS}"


async def _first_graph(url: str) -> float:
    seen = asyncio.Event()

    async def deliver(reports: list[Report]) -> None:
        for report in reports:
            if isinstance(report, GraphChanged) and report.delta.operations and report.delta.channels:
                seen.set()

    engine = Engine(None, deliver)
    running = asyncio.get_running_loop().create_task(engine.run())
    started = time.perf_counter()
    engine.commands.put_nowait(Connect(url))
    await asyncio.wait_for(seen.wait(), 30)
    taken = time.perf_counter() - started
    engine.commands.put_nowait(Stop())
    await running
    return taken
