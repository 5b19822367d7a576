"""The whole picture, small, with a frame round what the widget shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from graph.model import LoopStatus
from gui.canvas.paint import batches
from gui.canvas.paint.camera import Camera, fitted
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.scene import Scene, status
from gui.canvas.scene.tables import CHANNEL
from gui.theme import Theme

SIZE = QSizeF(150.0, 84.0)
MARGIN = 14.0
INSET = (3, 3, -3, -3)
MOST_EDGES = 600


def room(view: QRectF) -> QRectF:
    """Where the minimap stands in a view."""
    corner = QPointF(view.right() - SIZE.width() - MARGIN, view.bottom() - SIZE.height() - MARGIN)
    return QRectF(corner, SIZE)


def camera(scene: Scene, view: QRectF) -> Camera:
    """From the plane to the minimap."""
    return fitted(scene.bounds, room(view).adjusted(*INSET))


def picture(scene: Scene, theme: Theme, ratio: float) -> QPixmap:
    """The whole scene at the size of the minimap; changes only with the scene."""
    pixmap = QPixmap(SIZE.toSize() * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw(painter, scene, theme)
    finally:
        painter.end()
    return pixmap


def _draw(painter: QPainter, scene: Scene, theme: Theme) -> None:
    palette, box = theme.palette, QRectF(QPointF(), SIZE)
    small = fitted(scene.bounds, box.adjusted(*INSET))
    painter.setPen(QPen(palette.line2, 1.0))
    painter.setBrush(palette.panel)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
    lines = scene.line_table
    plain = np.flatnonzero(lines.rank < 0)
    plain = plain[:: max(1, len(plain) // MOST_EDGES)]
    painter.setPen(QPen(palette.line2, 0.7))
    batches.lines(painter, _small(lines.points[plain][:, [0, -1]], small).reshape(-1, 4))
    worst = np.flatnonzero(lines.rank >= 0)
    for row in worst[np.argsort(lines.rank[worst], kind="stable")].tolist():
        tint = theme.loop(status(int(lines.rank[row])) or LoopStatus.POSSIBLE).line
        painter.setPen(QPen(tint, 1.6))
        painter.drawPolyline([QPointF(x, y) for x, y in _small(lines.points[row], small).tolist()])
    nodes = scene.node_table
    corners = np.concatenate([_small(nodes.rects[:, :2], small), _small(nodes.rects[:, 2:], small)], axis=1)
    sides = np.maximum(corners[:, 2:] - corners[:, :2], (2.0, 1.6))
    rows = np.concatenate([corners[:, :2], sides], axis=1)
    painter.setPen(Qt.PenStyle.NoPen)
    channel = nodes.looks & 3 == CHANNEL
    for chosen, colour in ((~channel, palette.ghost), (channel, palette.topicl)):
        painter.setBrush(colour)
        batches.rectangles(painter, rows[chosen])


def _small(points: NDArray[np.floating[Any]], camera: Camera) -> Floats:
    return points.astype(np.float64) * camera.scale + (camera.dx, camera.dy)


def frame(painter: QPainter, scene: Scene, theme: Theme, view: QRectF, seen: QRectF) -> None:
    """The frame round what the widget shows."""
    small, box = camera(scene, view), room(view).adjusted(1, 1, -1, -1)
    shown = QRectF(small.screen(seen.topLeft()), small.screen(seen.bottomRight())).intersected(box)
    painter.setPen(QPen(theme.palette.accent, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(shown, 4, 4)
