"""One window's graph that changes all the time: `python -m tests.bench.changes_probe NODES EDGES SECONDS`."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from dataclasses import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from graph.identity import Action, ApplicationId, OperationId
from graph.model import Application, ApplicationKind, DependencyGraph, Operation
from gui import theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.scene.sizes import Sizes
from gui.collector import Collector
from tests.bench.town import places, town

RATE = 500
TELL_S = 0.033
"""How often the engine tells a window of changes at most."""
MIX = (0.72, 0.12, 0.08, 0.08)
"""Figures, edges that come while others go, new applications with two edges, and applications that go."""


class Changing:
    """A graph, and what happens to it."""

    def __init__(self, graph: DependencyGraph) -> None:
        self.graph = graph
        self._rng = np.random.default_rng(5)
        self._channels = list(graph.channels)
        self._operations = list(graph.operations)
        self._applications = list(graph.applications)
        self._added: list[tuple[ApplicationId, OperationId, OperationId]] = []
        self._joined: list[OperationId] = []
        self.newest: ApplicationId | None = None
        self.count = 0

    def change(self, times: int) -> None:
        """Make the next graph, with so many changes."""
        operations = dict(self.graph.operations)
        applications = dict(self.graph.applications)
        for kind in self._rng.choice(len(MIX), size=times, p=MIX).tolist():
            self.count += 1
            if kind == 0:
                key = self._operations[int(self._rng.integers(len(self._operations)))]
                if key in operations:
                    rate = float(self._rng.pareto(1.2)) * 3
                    operations[key] = msgspec.structs.replace(operations[key], rate_per_s=rate)
            elif kind == 1:
                one = self._applications[int(self._rng.integers(len(self._applications)))]
                self._joined.append(self._join(operations, one))
                if len(self._joined) > 20:
                    operations.pop(self._joined.pop(0), None)
            elif kind == 2:
                new = ApplicationId(f"new-{self.count}")
                applications[new] = Application(new, new.key, ApplicationKind.SERVICE)
                self._added.append((new, self._join(operations, new), self._join(operations, new)))
                self.newest = new
            elif len(self._added) > 20:
                gone, *edges = self._added.pop(0)
                applications.pop(gone)
                for key in edges:
                    operations.pop(key, None)
        self.graph = replace(
            self.graph, applications=applications, operations=operations, to_ns=self.graph.to_ns + 1
        )

    def _join(self, operations: dict[OperationId, Operation], application: ApplicationId) -> OperationId:
        channel = self._channels[int(self._rng.integers(len(self._channels)))]
        key = OperationId(application, Action.RECEIVE, channel)
        operations[key] = Operation(key, 0.97, (), 4.0)
        return key


def main() -> None:
    """Change, watch, and print."""
    nodes, edges, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    program = QApplication([])
    collector = Collector(program)
    collector.start()
    look = theme.light()
    made = Changing(town(nodes, edges))
    canvas = GraphCanvas(look)
    canvas.failed.connect(lambda sentence: sys.exit(sentence))
    canvas.resize(1600, 1000)
    canvas.show()
    canvas.restore_positions(places(made.graph, Sizes(look)))
    canvas.set_graph(made.graph)
    while canvas.busy:
        program.processEvents()
    canvas.fit()
    canvas.grab()
    turns: list[tuple[float, float]] = []
    mine, spent = [0.0], [0.0]
    asked: dict[ApplicationId, float] = {}
    lags: list[float] = []
    began = told = time.perf_counter()

    def turn() -> None:
        nonlocal told
        now = time.perf_counter()
        turns.append((now - spent[0], time.thread_time() - mine[0]))
        # What went before it was drawn has waited for as long as it was there.
        known = made.graph.applications
        there = [each for each in asked if each in canvas.scene.nodes or each not in known]
        lags.extend(now - asked.pop(each) for each in there)
        if now - told >= TELL_S:
            cpu = time.thread_time()
            made.change(int((now - began) * RATE) - made.count)
            if made.newest is not None and made.newest not in asked:
                asked[made.newest] = now
            # To make up the changes is the engine's work, not the window's.
            mine[0] += time.thread_time() - cpu
            spent[0] += time.perf_counter() - now
            canvas.set_graph(made.graph)
            told = now

    clock = QTimer()
    clock.setTimerType(Qt.TimerType.PreciseTimer)
    clock.setInterval(16)
    clock.timeout.connect(turn)
    clock.start()
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop, loop.quit)
    loop.exec()
    clock.stop()
    every = np.array(turns)
    frames, busy = np.diff(every[:, 0]) * 1e3, np.diff(every[:, 1]) * 1e3
    left = [time.perf_counter() - since for since in asked.values()]
    waits = np.array([*lags, *(each for each in left if each > 0.5)] or [0.0])
    sys.stdout.write(
        json.dumps(
            {
                "changes": made.count,
                "frames": [float(each) for each in (*np.percentile(frames, (50, 99)), frames.max())],
                "busy": [float(each) for each in (*np.percentile(busy, (50, 99)), busy.max())],
                "late": int((frames > 33).sum()),
                "heavy": int((busy > 33).sum()),
                "lag": [float(np.median(waits)), float(waits.max())],
            }
        )
    )
    sys.stdout.flush()
    canvas.close_background()
    collector.stop()
    gc.collect()
    os._exit(0)


main()
