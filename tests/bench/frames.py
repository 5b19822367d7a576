"""Milliseconds between frames, idle and under load; the p99 under load may exceed the idle one by 5."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from inspector.demo.handle import DemoOptions, DemoProcess

SECONDS = 20.0


def run() -> Iterator[str]:
    """An idle window, then one on the demo shop at 2,000 records/s with a JSON record of 2 MB a second."""
    demo = DemoProcess(DemoOptions(load=2_000.0, big_json=True))
    try:
        url = demo.wait_ready(180)
        with tempfile.TemporaryDirectory() as home:
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.frame_probe", url, str(SECONDS)],
                env={**os.environ, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home},
                stdout=subprocess.PIPE,
                check=True,
                timeout=300,
            )
    finally:
        demo.stop()
    figures = json.loads(done.stdout)
    for name, each in figures.items():
        yield (
            f"{name:<10} p50 {each['p50']:6.2f}  p99 {each['p99']:6.2f}  max {each['max']:6.2f}"
            f"  frames {each['frames']}  records captured {each['rows']}"
        )
    yield f"p99 under load exceeds idle by {figures['load']['p99'] - figures['idle']['p99']:.2f} ms"
