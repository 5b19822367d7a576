"""Seconds from starting the program to the first frame of its window; at most 1.5."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

RUNS = 5
CODE = """
import os, sys
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from gui.command import app
from gui.app import Program
from PySide6.QtCore import QEvent, QObject, QTimer

class FirstFrame(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            sys.stdout.write("painted\\n"); sys.stdout.flush()
            program.qt.removeEventFilter(self)
            QTimer.singleShot(0, program.close)
        return False

program = Program("light")
first = FirstFrame()
program.qt.installEventFilter(first)
program.window().show()
program.run()
"""


def run() -> Iterator[str]:
    """Start it some times in processes of its own."""
    with tempfile.TemporaryDirectory() as home:
        taken = [_once(home) for _ in range(RUNS)]
    yield f"min {min(taken):.2f} s, median {statistics.median(taken):.2f} s, max {max(taken):.2f} s of {RUNS}"


def _once(home: str) -> float:
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", CODE],
        env={**os.environ, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    line = child.stdout.readline()
    taken = time.perf_counter() - started
    child.stdout.close()
    if child.wait(30) != 0 or line != "painted\n":
        raise RuntimeError("the window did not paint")
    return taken
