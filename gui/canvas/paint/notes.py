"""What people wrote on nodes: a slip over the corner of the card, readable from near."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from graph.identity import NodeId, Place
from gui.canvas.paint.camera import Camera
from gui.fonts import Role
from gui.theme import Theme

READABLE = 0.6
"""The scale below which a slip has no words."""
LEAST, WIDEST = 72.0, 210.0
"""Room for the words: as wide as the card, within these bounds; the tooltip has all of them."""
HEIGHT = 17.0
FOLD = 5.0
"""Px of the corner that is turned down."""


def draw(
    painter: QPainter,
    notes: Mapping[NodeId, str],
    rects: Mapping[Place, QRectF],
    camera: Camera,
    theme: Theme,
) -> None:
    """Draw the slips of all nodes that are shown."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = theme.font(Role.SMALL)
    painter.setFont(font)
    room = QFontMetricsF(font)
    for node, words in notes.items():
        if node in rects:
            card = camera.transform.mapRect(rects[node])
            said = ""
            if camera.scale >= READABLE:
                wide = min(WIDEST, max(LEAST, card.width()))
                said = room.elidedText(words, Qt.TextElideMode.ElideRight, wide)
            _slip(painter, card.topLeft(), said, room.horizontalAdvance(said), theme)
    painter.restore()


def _slip(painter: QPainter, corner: QPointF, words: str, width: float, theme: Theme) -> None:
    palette = theme.palette
    wide = width + 14.0 if words else 11.0
    high = HEIGHT if words else 11.0
    slip = QRectF(corner.x() - 3.0, corner.y() - high + 1.0, wide, high)
    edge = slip.topRight()
    outline = QPolygonF(
        [
            slip.topLeft(),
            edge - QPointF(FOLD, 0),
            edge + QPointF(0, FOLD),
            slip.bottomRight(),
            slip.bottomLeft(),
        ]
    )
    painter.setPen(QPen(palette.accent, 1.0))
    painter.setBrush(palette.accentbg)
    painter.drawPolygon(outline)
    painter.drawPolyline([edge - QPointF(FOLD, 0), edge + QPointF(-FOLD, FOLD), edge + QPointF(0, FOLD)])
    if words:
        painter.setPen(palette.text)
        inside = slip.adjusted(5, 0, -5, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
