"""How loops are drawn: strokes by status, arrows along them, and the numbers of their hops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from graph.model import LoopStatus
from gui.canvas.routes.ways import Way
from gui.fonts import Role
from gui.theme import Theme

STEP = 3.0
"""Distance of the points between which the direction of an arrow is taken."""
NUMBER = 7.5
"""Radius of the discs with the numbers of hops."""


@dataclass(frozen=True)
class Stroke:
    """Width of the line and its halo, length of the arrow, distance of dots and of arrows; all in px."""

    width: float
    halo: float
    head: float
    dots: float
    arrows: float = 0.0


PLAIN = Stroke(1.1, 0.0, 7.0, 0.0)
STROKES = {
    LoopStatus.RUNAWAY: Stroke(5.0, 19.0, 14.0, 15.0, 38.0),
    LoopStatus.ACTIVE: Stroke(2.8, 11.0, 11.0, 20.0, 56.0),
    LoopStatus.BOUNDED: Stroke(2.0, 0.0, 8.0, 40.0, 56.0),
    LoopStatus.ACKNOWLEDGED: Stroke(1.6, 0.0, 7.0, 40.0),
    LoopStatus.POSSIBLE: Stroke(1.3, 0.0, 7.0, 0.0),
}
POSSIBLE = (3.0, 3.0)
"""On and off in px of a loop that nothing was seen to go round."""


def stroke(status: LoopStatus | None) -> Stroke:
    """The stroke of an edge by the worst loop through it."""
    return STROKES[status] if status else PLAIN


def arrows(painter: QPainter, way: Way, status: LoopStatus, tint: QColor) -> None:
    """Arrow heads along a way."""
    shape = stroke(status)
    if not shape.arrows:
        return
    table, length = way.even(STEP)
    room = length - shape.head - 12.0
    count = int(room / shape.arrows)
    for number in range(count):
        at = int((number + 0.75) * room / count / length * (len(table) - 1))
        ahead = table[at] - table[max(0, at - 1)]
        size = float(np.hypot(*ahead))
        if size > 1e-6:
            head(painter, table[at].tolist(), (ahead / size).tolist(), status, tint)


def head(
    painter: QPainter,
    tip: Sequence[float],
    ahead: Sequence[float],
    status: LoopStatus,
    tint: QColor,
) -> None:
    """Barbs that stand out of a runaway line, a plain head on an active one, a bar across one that ends.

    `ahead` is the unit vector in which it points.
    """
    dx, dy = ahead
    if status is LoopStatus.BOUNDED:
        painter.setPen(QPen(tint, 2.0))
        middle, aside = QPointF(tip[0], tip[1]), QPointF(-dy, dx) * 5.0
        painter.drawLine(middle + aside, middle - aside)
        return
    barbed = status is LoopStatus.RUNAWAY
    if barbed:
        pen = QPen(tint, 2.2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
    long, half = (6.5, 7.5) if barbed else (8.0, 4.6)
    for back in (0.0, 6.0) if barbed else (0.0,):
        point = QPointF(tip[0] - dx * back, tip[1] - dy * back)
        base, aside = point - QPointF(dx, dy) * long, QPointF(-dy, dx) * half
        (painter.drawPolyline if barbed else painter.drawPolygon)(
            QPolygonF([base + aside, point, base - aside])
        )


def draw_number(painter: QPainter, number: int, at: tuple[float, float], theme: Theme) -> None:
    """The number of a hop of the selected loop."""
    room = QRectF(at[0] - NUMBER, at[1] - NUMBER, 2 * NUMBER, 2 * NUMBER)
    painter.setPen(QPen(theme.palette.text, 1.2))
    painter.setBrush(theme.palette.panel)
    painter.drawEllipse(room)
    painter.setFont(theme.font(Role.BADGE))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, str(number))
