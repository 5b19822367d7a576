"""500 changes of the graph a second for a minute, on a canvas that is watched: no frame over 33 ms, and never
more than 0.5 s until something new stands in its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

SIZES = ((1_000, 2_000), (10_000, 50_000))
SECONDS = 60


def run() -> Iterator[str]:
    """Each size in a process of its own."""
    for nodes, edges in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.changes_probe", str(nodes), str(edges), str(SECONDS)],
            stdout=subprocess.PIPE,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            check=True,
            timeout=SECONDS + 240,
        )
        figures = json.loads(done.stdout)
        spread = " ".join(f"{each:.1f}" for each in figures["frames"])
        busy = " ".join(f"{each:.1f}" for each in figures["busy"])
        yield f"{nodes:,} nodes, {edges:,} edges, {figures['changes']:,} changes"
        yield f"  between two turns of the window: p50 p99 max {spread} ms; {figures['late']} over 33 ms"
        yield f"  processor time of a turn: p50 p99 max {busy} ms; {figures['heavy']} over 33 ms"
        median, longest = figures["lag"]
        yield f"  until something new stands in its place: p50 {median:.2f} s, max {longest:.2f} s"
