"""Milliseconds between frames of a window: idle, capturing 50,000 records/s, with a JSON of 2 MB a second.

p99 may exceed that of an idle window beside the same traffic by 1.5 and by 5 ms, and none is over 50."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from inspector.demo.handle import DemoOptions, DemoProcess

SECONDS = float(os.environ.get("FRAMES_SECONDS", "20"))
RATE = 50_000
CASES = {
    f"{RATE:,} records/s": (DemoOptions(), RATE),
    "JSON of 2 MB": (DemoOptions(load=2_000.0, big_json=True), 0),
}
"""By what the broker has to do: the shop, and records a second beside it that are captured whole."""


def run() -> Iterator[str]:
    """For each case a window of its own, first beside the traffic and then looking at it."""
    for name, (options, rate) in CASES.items():
        demo = DemoProcess(options)
        try:
            figures = _measured(demo.wait_ready(180), rate)
        finally:
            demo.stop()
        for moment, each in figures.items():
            yield (
                f"{name:<16} {moment} p50 {each['p50']:5.2f}  p99 {each['p99']:5.2f}  max {each['max']:5.2f};"
                f" processor of a frame p50 {each['own_p50']:5.2f}  p99 {each['own_p99']:5.2f}"
                f"  max {each['own_max']:5.2f};  captured {each['records_per_s']:,.0f}/s"
            )
        more = figures["load"]["p99"] - figures["idle"]["p99"]
        yield f"{name:<16} p99 exceeds idle by {more:.2f} ms"


def _measured(url: str, rate: int) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.frame_probe", url, str(SECONDS), str(rate)],
            env={**os.environ, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home},
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        )
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return found
