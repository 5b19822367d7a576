"""The capture file with five million events: how quickly it answers, and how large it is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

COUNT = int(os.environ.get("STORE_RECORDS", "5000000"))
"""Records of the large capture."""
TYPICAL = 200_000
"""Records of that whose size alone is asked."""


def run() -> Iterator[str]:
    """Write captures, index them and ask; STORE_FILE names a large one to be kept for the next time."""
    with tempfile.TemporaryDirectory(prefix="eventscope-store-") as folder:
        large = Path(os.environ.get("STORE_FILE", f"{folder}/large.evs"))
        if not large.exists():
            yield from _told("write", large, str(COUNT), "random")
        yield from _told("write", Path(folder) / "typical.evs", str(TYPICAL), "typical")
        yield from _told("ask", large)


def _told(*words: object) -> Iterator[str]:
    """What the probe says, in a process of its own, so that its memory is that of one task."""
    command = [sys.executable, "-m", "tests.bench.store_probe", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as probe:
        assert probe.stdout is not None
        yield from (line.rstrip() for line in probe.stdout)
    if probe.returncode:
        yield f"ended with {probe.returncode}"
