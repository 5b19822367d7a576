"""The whole picture, small, with a frame round what the widget shows."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from graph.identity import ApplicationId
from gui.canvas import batches
from gui.canvas import edges as drawing
from gui.canvas.camera import Camera, fitted
from gui.canvas.scene import Scene
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
    ids, table = scene.edge_table
    table = table * small.scale + (small.dx, small.dy)
    plain = [number for number, edge in enumerate(ids) if not scene.edges[edge].loop][:MOST_EDGES]
    painter.setPen(QPen(palette.line2, 0.7))
    batches.lines(painter, table[plain][:, [0, -1]].reshape(-1, 4))
    marked = [
        (scene.edges[edge], points) for edge, points in zip(ids, table, strict=True) if scene.edges[edge].loop
    ]
    for item, points in sorted(marked, key=lambda pair: drawing.rank(pair[0])):
        painter.setPen(QPen(drawing.colour(item, theme, lit=True), 1.6))
        painter.drawPolyline([QPointF(x, y) for x, y in points])
    for node in scene.nodes.values():
        corner = small.screen(node.rect.topLeft())
        size = QSizeF(max(2.0, node.rect.width() * small.scale), max(1.6, node.rect.height() * small.scale))
        tint = palette.ghost if isinstance(node.id, ApplicationId) else palette.topicl
        painter.fillRect(QRectF(corner, size), tint)


def frame(painter: QPainter, scene: Scene, theme: Theme, view: QRectF, seen: QRectF) -> None:
    """The frame round what the widget shows."""
    small, box = camera(scene, view), room(view).adjusted(1, 1, -1, -1)
    shown = QRectF(small.screen(seen.topLeft()), small.screen(seen.bottomRight())).intersected(box)
    painter.setPen(QPen(theme.palette.accent, 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(shown, 4, 4)
