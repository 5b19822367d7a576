"""Drags a playhead through a capture, or plays it: `python -m tests.bench.moments_probe FILE WHAT`.

WHAT is `session` for the reading alone, `window` for all that a person sees, `playing` for that from the
beginning to the end of the capture.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from gui.app import Program
from gui.collector import Collector
from gui.session import Session

FRAME_MS = 16
SECONDS = 8.0


def main() -> None:
    """Look at one moment after the other, and print."""
    path, what = Path(sys.argv[1]), sys.argv[2]
    program = None
    if what != "session":
        program = Program("light")
        window = program.window()
        program.open_file(window, path)
        window.show()
        session = window.session
        _run(10.0)
    else:
        application = QApplication([])
        session = Session(application)
        session.open_file(path)
        collector = Collector(application)
        collector.start()
    reader = session.reader
    assert reader is not None
    known = reader.known_ns()
    assert known is not None
    idle, _, _ = _frames(None, 2.0)
    shown: list[int] = []
    session.moment_changed.connect(lambda: shown.append(session.moment_ns or 0))
    began = time.monotonic()

    def drag() -> None:
        seconds = time.monotonic() - began
        part = min(seconds / SECONDS, 1.0) if what == "playing" else seconds / 3.0 % 2.0
        session.look_at(known[0] + int((known[1] - known[0]) * (part if part < 1 else 2 - part)))

    spent = time.process_time()
    intervals, busy, seconds = _frames(drag, SECONDS)
    spent = time.process_time() - spent
    sys.stdout.write(
        json.dumps(
            {
                "moments": len(shown) / seconds,
                "p50": float(np.percentile(intervals, 50)),
                "p99": float(np.percentile(intervals, 99)),
                "max": float(intervals.max()),
                "idle": float(idle.max()),
                "busy": [float(each) for each in (*np.percentile(busy, (50, 99)), busy.max())],
                "heavy": int((busy > 33).sum()),
                "cpu": 1e3 * spent / max(len(shown), 1),
            }
        )
    )
    sys.stdout.flush()
    session.close()
    os._exit(0)


def _frames(each: object, seconds: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Milliseconds between two turns of the window, those that its thread worked, and seconds in all."""
    times: list[tuple[float, float]] = []
    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(FRAME_MS)
    timer.timeout.connect(lambda: times.append((time.perf_counter(), time.thread_time())))
    if callable(each):
        timer.timeout.connect(each)
    timer.start()
    began = time.perf_counter()
    _run(seconds)
    timer.stop()
    wall, own = np.diff(np.array(times), axis=0).T * 1000
    return wall, own, time.perf_counter() - began


def _run(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop, loop.quit)
    loop.exec()


main()
