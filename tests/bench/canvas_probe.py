"""A process that paints a graph and prints figures as JSON: `... canvas_probe WHAT NODES EDGES RATIO`."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if len(sys.argv) > 4:
    os.environ["QT_SCALE_FACTOR"] = sys.argv[4]

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView, QWidget

from gui import icons, theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.paint.camera import Camera
from gui.canvas.scene.sizes import Sizes
from tests.bench.town import places, town

SIZE = (1600, 1000)
FRAMES, SLOW = 90, 16
"""Of each kind of movement; fewer for those that take long."""
ROUNDS = 3
"""Each movement is made so often, and the least of each figure told: others use the machine as well."""
Figures = dict[str, object]


def _spread(times: list[float]) -> list[float]:
    """Median, p99 and longest of some times, in ms."""
    every = np.array(times) * 1e3
    return [round(float(each), 2) for each in (np.median(every), np.percentile(every, 99), every.max())]


def _frames(
    paint: Callable[[], object],
    pan: Callable[[float], object],
    zoom: Callable[[float], object],
    frames: int = FRAMES,
    begin: Callable[[], object] = lambda: None,
) -> Figures:
    """Wall and processor time of frames while panning and zooming; each round has to `begin`.

    The processor's time is that of all threads: Qt fills large areas in some of its own.
    """
    made: Figures = {}
    for name, move in (("pan", pan), ("zoom", zoom)):
        rounds = []
        for _ in range(ROUNDS):
            begin()
            wall, busy = [], []
            for number in range(frames):
                move(1.0 if number // 15 % 2 == 0 else -1.0)
                began, cpu = time.perf_counter(), time.process_time()
                paint()
                wall.append(time.perf_counter() - began)
                busy.append(time.process_time() - cpu)
            rounds.append((_spread(wall), _spread(busy)))
        least = np.array(rounds).min(axis=0)
        made[name] = {"wall": least[0].tolist(), "cpu": least[1].tolist()}
    return made


def canvas(nodes: int, edges: int) -> Figures:
    """The widget of the program."""
    graph = town(nodes, edges)
    look = theme.light()
    at = places(graph, Sizes(look))
    program = QApplication.instance()
    assert program is not None
    before = _resident()
    shown = GraphCanvas(look)
    shown.failed.connect(lambda sentence: sys.exit(sentence))
    shown.resize(*SIZE)
    shown.show()
    shown.restore_positions(at)
    shown.set_graph(graph)
    while shown.busy:
        program.processEvents()
    shown.fit()
    # The first icon of a program loads Qt's reader of SVG; in a window the tool bar has done so long before.
    icons.picture("loop", look.palette.text, 24, shown.devicePixelRatioF())
    stage = shown._stage
    made: Figures = {}
    middle = QPointF(*SIZE) / 2
    focus = shown.scene.node_table.rects.mean(axis=0)
    for name, share in (("full", 1.0), ("10 %", 0.1), ("1 %", 0.01)):
        shown.fit()
        if share < 1:
            # As much of the plane as holds such a part of the nodes, about the middle of all.
            camera = shown.camera.zoomed(share**-0.5, shown.camera.screen(QPointF(*focus[:2].tolist())))
            shown._set_camera(camera)
        start = shown.camera
        settle: list[list[float]] = []

        def settled(start: Camera = start, settle: list[list[float]] = settle) -> None:
            """The view from nothing, as if just come to."""
            shown._set_camera(start)
            stage.settle()
            stage.stack.forget()
            began, cpu, count = time.perf_counter(), time.process_time(), 0
            while True:
                shown.repaint()
                count += 1
                if not stage.stack.behind:
                    break
            settle.append([(time.perf_counter() - began) * 1e3, (time.process_time() - cpu) * 1e3, count])
            # Some frames more, as there are before a hand is on the mouse.
            for _ in range(3):
                shown.repaint()

        settled()
        seen = len(shown.scene.node_table.touching(shown.camera.seen(QRectF(shown.rect()))))
        figures = _frames(
            shown.repaint,
            lambda sign: shown.pan(13.0 * sign, 5.0 * sign),
            lambda sign: shown.zoom_at(1.04**sign, middle),
            begin=settled,
        )
        stage.settle()
        picks = []
        rng = np.random.default_rng(3)
        for x, y in (rng.random((200, 2)) * SIZE).tolist():
            began = time.thread_time()
            shown.subject_at(QPointF(x, y))
            picks.append(time.thread_time() - began)
        made[name] = {
            **figures,
            "settle": np.array(settle).min(axis=0).round().astype(int).tolist(),
            "nodes": seen,
            "dots": len(stage.traffic),
            "mode": stage.view(1.0).mode.name,  # type: ignore[union-attr]
            "pick": _spread(picks),
        }
    return {
        "views": made,
        "memory": round((_resident() - before) / 1e6),
        "tiles": round(stage.stack.size / 1e6),
    }


def _resident() -> int:
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize()


def scene(nodes: int, edges: int) -> Figures:
    """A plain QGraphicsView: an item for every node and edge."""
    graph = town(nodes, edges)
    at = places(graph, Sizes(theme.light()))
    drawn = QGraphicsScene()
    drawn.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
    pen = QPen(QColor("#8390A1"), 0)
    for edge in graph.edges():
        drawn.addLine(QLineF(QPointF(*at[edge.source]), QPointF(*at[edge.target])), pen)
    for x, y in at.values():
        drawn.addRect(QRectF(x - 50, y - 15, 100, 30), pen)
    view = QGraphicsView(drawn)
    view.resize(*SIZE)
    view.setDragMode(QGraphicsView.DragMode.NoDrag)
    view.show()
    bars = view.horizontalScrollBar()
    return _plain(
        view.viewport(),
        lambda: view.fitInView(drawn.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio),
        lambda factor: view.scale(factor, factor),
        lambda sign: bars.setValue(bars.value() + int(13 * sign)),
    )


def pyqtgraph(nodes: int, edges: int) -> Figures:
    """pyqtgraph's GraphItem."""
    import pyqtgraph as pg

    graph = town(nodes, edges)
    at = places(graph, Sizes(theme.light()))
    number = {node: row for row, node in enumerate(at)}
    view = pg.GraphicsLayoutWidget()
    box = view.addViewBox()
    box.setAspectLocked()
    item = pg.GraphItem()
    box.addItem(item)
    joined = np.array([(number[edge.source], number[edge.target]) for edge in graph.edges()])
    item.setData(pos=np.array(list(at.values())), adj=joined, size=4, pxMode=True, pen=pg.mkPen("#8390A1"))
    view.resize(*SIZE)
    view.show()
    box.autoRange()
    return _plain(
        view.viewport(),
        box.autoRange,
        lambda factor: box.scaleBy((1 / factor, 1 / factor)),
        lambda sign: box.translateBy(x=13 * sign * box.viewPixelSize()[0]),
    )


def _plain(
    seen: QWidget, fit: Callable[[], object], zoom: Callable[[float], object], pan: Callable[[float], object]
) -> Figures:
    made: Figures = {}
    program = QApplication.instance()
    assert program is not None
    program.processEvents()
    for name, share in (("full", 1.0), ("10 %", 0.1), ("1 %", 0.01)):
        fit()
        if share < 1:
            zoom(share**-0.5)
        seen.repaint()
        made[name] = _frames(seen.repaint, pan, lambda sign: zoom(1.04**sign), SLOW)
    return {"views": made}


def main() -> None:
    """Measure, and print."""
    program = QApplication([])
    measured = {"canvas": canvas, "scene": scene, "pyqtgraph": pyqtgraph}[sys.argv[1]]
    sys.stdout.write(json.dumps(measured(int(sys.argv[2]), int(sys.argv[3]))))
    sys.stdout.flush()
    program.closeAllWindows()
    os._exit(0)


main()
