"""Small signs for findings, with their number: an octagon, triangle or disc by how grave they are."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from graph.model import Severity
from gui import icons
from gui.canvas.scene.remarks import Problems
from gui.fonts import Role
from gui.theme import Theme

HEIGHT = 16.0
ICON = 14.0
FAR = 12.0
"""Half the size of a sign from afar, in px of the plane."""
MOST = 99
"""The highest number that is written."""


def room(problems: Problems, middle: QPointF) -> QRectF:
    """Where the sign stands whose icon has its middle at a place."""
    number = len(str(min(problems.count, MOST)))
    wide = HEIGHT if problems.count == 1 else HEIGHT + 5 + 6.0 * number
    return QRectF(middle.x() - HEIGHT / 2, middle.y() - HEIGHT / 2, wide, HEIGHT)


def draw(painter: QPainter, problems: Problems, middle: QPointF, theme: Theme, ratio: float) -> None:
    """The sign, on a plate so that nothing behind it disturbs."""
    palette, severity = theme.palette, problems.severity
    ink = _ink(severity, theme)
    rect = room(problems, middle)
    painter.setBrush(palette.panel)
    painter.setPen(QPen(ink, 1.0) if problems.count > 1 else Qt.PenStyle.NoPen)
    painter.drawRoundedRect(rect, HEIGHT / 2, HEIGHT / 2)
    picture = icons.picture(severity.value, ink, round(ICON * 2), ratio)
    place = QRectF(middle.x() - ICON / 2, middle.y() - ICON / 2, ICON, ICON)
    painter.drawPixmap(place, picture, QRectF(picture.rect()))
    if problems.count > 1:
        painter.setFont(theme.font(Role.BADGE))
        painter.setPen(palette.text)
        left = QRectF(place.right(), rect.top(), rect.right() - place.right() - 3, HEIGHT)
        painter.drawText(left, Qt.AlignmentFlag.AlignCenter, str(min(problems.count, MOST)))


def draw_plain(painter: QPainter, problems: Problems, middle: QPointF, theme: Theme) -> None:
    """A triangle or a disc, for seeing the picture from afar: larger, and without its number."""
    painter.setPen(QPen(theme.palette.canvas, 4.0))
    painter.setBrush(_ink(problems.severity, theme))
    if problems.severity is Severity.NOTE:
        painter.drawEllipse(middle, FAR * 0.7, FAR * 0.7)
        return
    corners = [QPointF(0, -FAR), QPointF(FAR, 0.8 * FAR), QPointF(-FAR, 0.8 * FAR)]
    painter.drawPolygon(QPolygonF([middle + corner for corner in corners]))


def _ink(severity: Severity, theme: Theme) -> QColor:
    palette = theme.palette
    return {Severity.ERROR: palette.warn, Severity.WARNING: palette.act}.get(severity, palette.ack)
