"""Measures one window in a process of its own: `python -m tests.bench.frame_probe URL SECONDS RATE`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from urllib.parse import urlsplit

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer

from gui.app import Program
from gui.frame_timer import FrameTimer
from gui.main_window import MainWindow
from inspector.capture.level import ChannelLevel, Level
from inspector.connection import parse
from inspector.link import SetCapture

WARM_UP_S = 25.0
"""Until all of the shop has been found, its second loop among it, and the picture stands."""
TOPIC = "bulk"


class Probe:
    """When frames begin; one that comes late was held up by what was done in the one before."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._times: list[tuple[float, float]] = []
        self._timer = FrameTimer(window)
        self._timer.timeout.connect(lambda: self._times.append((time.perf_counter(), time.thread_time())))

    def measure(self, seconds: float) -> dict[str, float]:
        """Milliseconds between frames while the window runs, and those that its thread worked in each."""
        self._times.clear()
        rows = self._rows()
        self._timer.start()
        _run(seconds)
        self._timer.stop()
        wall, own = np.diff(np.array(self._times), axis=0).T * 1000
        return {
            **{f"p{of}": float(np.percentile(wall, of)) for of in (50, 99)},
            "max": float(wall.max()),
            **{f"own_p{of}": float(np.percentile(own, of)) for of in (50, 99)},
            "own_max": float(own.max()),
            "records_per_s": (self._rows() - rows) / seconds,
        }

    def _rows(self) -> int:
        gauges = self._window.session.gauges
        return gauges.rows if gauges else 0


def _run(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop, loop.quit)
    loop.exec()


def main() -> None:
    """Print the figures of an idle and of a loaded window as JSON."""
    url, seconds, rate = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    load = None
    if rate:
        command = [sys.executable, "-m", "tests.bench.frame_load", urlsplit(url).netloc, TOPIC, str(rate)]
        load = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert load.stdout is not None
        if not load.stdout.readline():
            raise RuntimeError("the load does not begin")
    program = Program("dark")
    window = program.window()
    window.show()
    probe = Probe(window)
    _run(5.0)
    found = {"idle": probe.measure(seconds)}
    program.connect(window, parse(url), False)
    if rate:
        window.session.send(SetCapture(True, (ChannelLevel(TOPIC, Level.EVERYTHING),)))
    _run(WARM_UP_S)
    found["load"] = probe.measure(seconds)
    sys.stdout.write(json.dumps(found))
    program.close()
    if load is not None:
        assert load.stdin is not None
        load.stdin.close()
        load.wait(20)


main()
