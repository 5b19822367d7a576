"""What is otherwise than at another moment: a green plus, a crossed-out ghost, a dot for what changed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from graph.view.changed import Mark
from gui.theme import Theme

RADIUS = 6.5
GONE_DASHES = (4.0, 3.0)
"""On and off, in px."""


def tint(mark: Mark, theme: Theme) -> QColor:
    """The colour of what bears a mark."""
    palette = theme.palette
    return {Mark.ADDED: palette.ok, Mark.GONE: palette.ghost}.get(mark, palette.accent)


def dashed(colour: QColor, wide: float) -> QPen:
    """The pen for the outline or the line of what is gone."""
    made = QPen(colour, wide)
    made.setDashPattern([part / wide for part in GONE_DASHES])
    return made


def draw(painter: QPainter, mark: Mark, at: QPointF, theme: Theme) -> None:
    """The sign of a mark, with its middle at a place."""
    palette, size = theme.palette, RADIUS if mark is not Mark.CHANGED else 4.5
    painter.setPen(QPen(palette.canvas, 1.5))
    painter.setBrush(tint(mark, theme))
    painter.drawEllipse(at, size, size)
    if mark is Mark.CHANGED:
        return
    stroke = QPen(palette.canvas, 1.8)
    stroke.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(stroke)
    arm = 3.4 if mark is Mark.ADDED else 2.4
    ways = (
        (QPointF(arm, 0), QPointF(0, arm)) if mark is Mark.ADDED else (QPointF(arm, arm), QPointF(arm, -arm))
    )
    for way in ways:
        painter.drawLine(at - way, at + way)


def strike(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """Cross out the words in a rectangle."""
    painter.setPen(QPen(theme.palette.faint, 1.2))
    middle = rect.center().y() + 0.5
    painter.drawLine(QPointF(rect.left(), middle), QPointF(rect.right(), middle))
