"""The list of events over 300,000: open, scroll, filter, and a record of 100 MB beside one of 1 KB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator

RECORDS = 300_000
LARGE = 100_000_000
"""Bytes of the large record."""


def run() -> Iterator[str]:
    """Make a capture and use a window on it in a process of its own."""
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.events_probe", home, str(RECORDS), str(LARGE)],
            env={
                **os.environ,
                "XDG_DATA_HOME": home,
                "XDG_CONFIG_HOME": home,
                "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            },
            stdout=subprocess.PIPE,
            check=True,
            timeout=600,
        )
    for name, times in json.loads(done.stdout).items():
        ordered = sorted(times)
        yield (
            f"{name:<34} min {ordered[0]:8.1f}  median {ordered[len(ordered) // 2]:8.1f}"
            f"  max {ordered[-1]:8.1f} ms"
        )
