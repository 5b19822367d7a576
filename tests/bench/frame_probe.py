"""Measures one window in a process of its own: `python -m tests.bench.frame_probe URL SECONDS`."""

from __future__ import annotations

import json
import os
import sys
import time

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, Qt, QTimer

from gui.app import Program
from gui.main_window import MainWindow
from inspector.connection import parse

WARM_UP_S = 25.0
"""Until all of the shop has been found, its second loop among it, and the picture stands."""
FRAME_MS = 16


class Probe:
    """A precise timer at the pace of a screen; what comes late was held up by something."""

    def __init__(self, window: MainWindow) -> None:
        self._times: list[float] = []
        self._timer = QTimer(window)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(lambda: self._times.append(time.perf_counter()))

    def measure(self, seconds: float) -> dict[str, float]:
        """Run the window and look at the intervals, in milliseconds."""
        self._times.clear()
        self._timer.start()
        _run(seconds)
        self._timer.stop()
        intervals = np.diff(np.array(self._times)) * 1000
        return {
            "p50": float(np.percentile(intervals, 50)),
            "p99": float(np.percentile(intervals, 99)),
            "max": float(intervals.max()),
            "frames": len(intervals),
        }


def _run(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop, loop.quit)
    loop.exec()


def main() -> None:
    """Print the figures of an idle and of a loaded window as JSON."""
    url, seconds = sys.argv[1], float(sys.argv[2])
    program = Program("dark")
    window = program.window()
    window.show()
    probe = Probe(window)
    _run(2.0)
    idle = probe.measure(seconds)
    program.connect(window, parse(url), False)
    _run(WARM_UP_S)
    load = probe.measure(seconds)
    rows = window.session.gauges.rows if window.session.gauges else 0
    sys.stdout.write(json.dumps({"idle": {**idle, "rows": 0}, "load": {**load, "rows": rows}}))
    program.close()


main()
