"""The whole picture, small, with a frame round what the widget shows."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from graph.model import LoopStatus
from gui.canvas.paint import batches
from gui.canvas.paint.camera import Camera, fitted
from gui.canvas.paint.view import View
from gui.canvas.routes.routing import Floats
from gui.canvas.scene import changes
from gui.canvas.scene.scene import Scene, status
from gui.canvas.scene.tables import CHANNEL
from gui.theme import Theme

SIZE = QSizeF(150.0, 84.0)
MARGIN = 14.0
INSET = (3, 3, -3, -3)
MOST_EDGES = 600
PIECE = 400
"""Lines or bars that are drawn without a pause."""


def room(view: QRectF) -> QRectF:
    """Where the minimap stands in a view."""
    corner = QPointF(view.right() - SIZE.width() - MARGIN, view.bottom() - SIZE.height() - MARGIN)
    return QRectF(corner, SIZE)


def camera(scene: Scene, view: QRectF) -> Camera:
    """From the plane to the minimap."""
    return fitted(scene.bounds, room(view).adjusted(*INSET))


class Minimap:
    """The picture of the whole scene, made anew bit by bit; while it is, the one before shows."""

    def __init__(self) -> None:
        self._shown: _Made | None = None
        self._coming: _Made | None = None
        self.behind = False
        """Whether it does not show the newest scene yet, and another frame is wanted."""

    def draw(self, painter: QPainter, view: View, budget_s: float) -> None:
        """Go on for so many seconds, and show what there is, with a frame round what the widget shows."""
        self._follow(view)
        until = time.perf_counter() + budget_s
        while self._coming is not None and self._coming.work(until if self._shown is not None else math.inf):
            self._shown, self._coming = self._coming, None
            self._follow(view)
        self.behind = self._coming is not None
        assert self._shown is not None
        painter.drawPixmap(room(view.room).topLeft(), self._shown.picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _frame(painter, self._shown.scene, view)

    def _follow(self, view: View) -> None:
        """Begin a new picture where the last one that was begun is not of what is looked at."""
        known = self._coming or self._shown
        look = view.theme, view.ratio
        if known is None or known.look != look:
            self._shown, self._coming = None, _Made(view.scene, look)
        elif self._coming is None and known.scene is not view.scene:
            if changes.alike_from_afar(known.scene, view.scene):
                known.scene = view.scene
            else:
                self._coming = _Made(view.scene, look)


class _Made:
    """The picture of one scene, finished or not."""

    def __init__(self, scene: Scene, look: tuple[Theme, float]) -> None:
        self.scene, self.look = scene, look
        theme, ratio = look
        self.picture = QPixmap(SIZE.toSize() * ratio)
        self.picture.setDevicePixelRatio(ratio)
        self.picture.fill(Qt.GlobalColor.transparent)
        self._steps = _steps(scene, theme)

    def work(self, until: float) -> bool:
        """Paint until a time of `time.perf_counter`; whether it is done."""
        painter = QPainter(self.picture)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for step in self._steps:
                step(painter)
                if time.perf_counter() > until:
                    return False
        finally:
            painter.end()
        return True


def _steps(scene: Scene, theme: Theme) -> Iterator[Callable[[QPainter], object]]:
    """Each takes about a millisecond at most."""
    palette, box = theme.palette, QRectF(QPointF(), SIZE)
    small = fitted(scene.bounds, box.adjusted(*INSET))

    def ground(painter: QPainter) -> None:
        painter.setPen(QPen(palette.line2, 1.0))
        painter.setBrush(palette.panel)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    yield ground
    lines = scene.line_table
    plain = np.flatnonzero(lines.rank < 0)
    plain = plain[:: max(1, len(plain) // MOST_EDGES)]
    ends = _small(lines.points[plain][:, [0, -1]], small).reshape(-1, 4)

    def some_lines(painter: QPainter, part: Floats) -> None:
        painter.setPen(QPen(palette.line2, 0.7))
        batches.lines(painter, part)

    for at in range(0, len(ends), PIECE):
        yield partial(some_lines, part=ends[at : at + PIECE])
    worst = np.flatnonzero(lines.rank >= 0)

    def loop(painter: QPainter, row: int) -> None:
        tint = theme.loop(status(int(lines.rank[row])) or LoopStatus.POSSIBLE).line
        painter.setPen(QPen(tint, 1.6))
        painter.drawPolyline([QPointF(x, y) for x, y in _small(lines.points[row], small).tolist()])

    for row in worst[np.argsort(lines.rank[worst], kind="stable")].tolist():
        yield partial(loop, row=row)
    nodes = scene.node_table
    corners = np.concatenate([_small(nodes.rects[:, :2], small), _small(nodes.rects[:, 2:], small)], axis=1)
    sides = np.maximum(corners[:, 2:] - corners[:, :2], (2.0, 1.6))
    rows = np.concatenate([corners[:, :2], sides], axis=1)

    def bars(painter: QPainter, part: Floats, colour: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        batches.rectangles(painter, part)

    channel = nodes.looks & 3 == CHANNEL
    for chosen, colour in ((rows[~channel], palette.ghost), (rows[channel], palette.topicl)):
        for at in range(0, len(chosen), PIECE):
            yield partial(bars, part=chosen[at : at + PIECE], colour=colour)


def _small(points: NDArray[np.floating[Any]], camera: Camera) -> Floats:
    return points.astype(np.float64) * camera.scale + (camera.dx, camera.dy)


def _frame(painter: QPainter, scene: Scene, view: View) -> None:
    """The frame round what the widget shows."""
    small, box = camera(scene, view.room), room(view.room).adjusted(1, 1, -1, -1)
    seen = view.camera.seen(view.room)
    shown = QRectF(small.screen(seen.topLeft()), small.screen(seen.bottomRight())).intersected(box)
    painter.setPen(QPen(view.theme.palette.accent, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(shown, 4, 4)
