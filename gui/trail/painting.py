"""Lines, arrows and words of the diagrams of a trail."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from graph.evidence import CERTAIN, LIKELY
from gui.fonts import Role
from gui.theme import Theme
from inspector.trails.ground import CONFIDENCE, Ground

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
CENTRE = Qt.AlignmentFlag.AlignCenter
HEAD = 6.0
"""Length of an arrow's head."""


def pen(ground: Ground | None, tint: QColor, width: float = 1.6) -> QPen:
    """A line in the style of what is known of a link: solid for proof, dashed, and dotted for a guess."""
    made = QPen(tint, width)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    sure = 1.0 if ground is None else CONFIDENCE[ground]
    if sure < LIKELY:
        made.setDashPattern([1.2, 2.2])
    elif sure < CERTAIN:
        made.setDashPattern([4.2, 2.4])
    return made


def arrow(painter: QPainter, begin: QPointF, end: QPointF, style: QPen) -> None:
    """A line with its head at the end, to the left or to the right."""
    way = 1.0 if end.x() >= begin.x() else -1.0
    painter.setPen(style)
    painter.drawLine(begin, end - QPointF(way * HEAD * 0.8, 0))
    head(painter, end, way, style.color())


def head(painter: QPainter, end: QPointF, way: float, tint: QColor) -> None:
    """The head of an arrow."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    back = end.x() - way * HEAD
    painter.drawPolygon(
        QPolygonF([end, QPointF(back, end.y() - HEAD * 0.55), QPointF(back, end.y() + HEAD * 0.55)])
    )


def words(
    painter: QPainter,
    theme: Theme,
    room: QRectF,
    text: str,
    role: Role = Role.SECONDARY,
    tone: str = "text",
    align: Qt.AlignmentFlag = LEFT,
    *,
    italic: bool = False,
) -> float:
    """Write into a room, cut in the middle where it is too narrow; the width that was taken."""
    font = theme.font(role, italic=italic)
    metrics = QFontMetricsF(font)
    cut = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
    painter.setFont(font)
    painter.setPen(getattr(theme.palette, tone))
    painter.drawText(room, align, cut)
    return metrics.horizontalAdvance(cut)


def wide(theme: Theme, text: str, role: Role) -> float:
    """The width of a text in px."""
    return QFontMetricsF(theme.font(role)).horizontalAdvance(text)
