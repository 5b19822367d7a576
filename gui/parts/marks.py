"""The small signs before names: the shape of a channel, the square of a type, a dot, a line of confidence."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from graph.evidence import CERTAIN, LIKELY
from graph.identity import ChannelKind
from graph.model import LoopStatus
from gui.theme import Theme


@dataclass(frozen=True)
class ChannelMark:
    """The shape of a kind of channel, 15x9, in the colour of the worst loop through it."""

    kind: ChannelKind
    loop: LoopStatus | None = None


@dataclass(frozen=True)
class ApplicationMark:
    """A small card."""

    loop: LoopStatus | None = None
    unattributed: bool = False


@dataclass(frozen=True)
class TypeMark:
    """The square of an event type."""

    name: str


@dataclass(frozen=True)
class DotMark:
    """A dot of a tone."""

    tone: str


@dataclass(frozen=True)
class LineMark:
    """A line in the style of a confidence."""

    confidence: float
    tone: str = "edge"


Mark = ChannelMark | ApplicationMark | TypeMark | DotMark | LineMark

WIDTHS = {ChannelMark: 15, ApplicationMark: 15, TypeMark: 8, DotMark: 7, LineMark: 20}


def width(mark: Mark) -> int:
    """How wide a mark is, in px."""
    return WIDTHS[type(mark)]


def paint(painter: QPainter, mark: Mark, x: float, middle: float, theme: Theme) -> None:
    """Draw a mark with its left edge at `x`, about the height `middle`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colours = theme.palette
    match mark:
        case ChannelMark():
            line, fill = _loop_colours(mark.loop, theme, colours.topicl, colours.topic)
            painter.setPen(QPen(line, 1.1))
            painter.setBrush(fill)
            _channel(painter, mark.kind, QRectF(x + 0.5, middle - 4.5, 14, 9))
        case ApplicationMark():
            line, fill = _loop_colours(mark.loop, theme, colours.dim, colours.card)
            pen = QPen(line, 1.2)
            if mark.unattributed:
                pen.setDashPattern([2.0, 2.0])
            painter.setPen(pen)
            painter.setBrush(fill)
            painter.drawRoundedRect(QRectF(x + 1, middle - 4.5, 13, 9), 2.5, 2.5)
        case TypeMark():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.type_colour(mark.name))
            painter.drawRect(QRectF(x, middle - 4, 8, 8))
        case DotMark():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(getattr(colours, mark.tone))
            painter.drawEllipse(QPointF(x + 3.5, middle), 3.5, 3.5)
        case LineMark():
            pen = QPen(getattr(colours, mark.tone), 2.0)
            if mark.confidence < LIKELY:
                pen.setDashPattern([1.0, 1.5])
            elif mark.confidence < CERTAIN:
                pen.setDashPattern([2.6, 1.6])
            painter.setPen(pen)
            painter.drawLine(QPointF(x, middle), QPointF(x + 18, middle))
    painter.restore()


def _loop_colours(loop: LoopStatus | None, theme: Theme, line: QColor, fill: QColor) -> tuple[QColor, QColor]:
    if loop in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE):
        colours = theme.loop(loop)
        return colours.line, colours.fill
    return line, fill


def _channel(painter: QPainter, kind: ChannelKind, box: QRectF) -> None:
    match kind:
        case ChannelKind.TOPIC | ChannelKind.STREAM:
            ends = 2 if kind is ChannelKind.STREAM else 1
            painter.drawRoundedRect(box, 3.2, 4.5)
            for number in range(ends):
                path = QPainterPath(QPointF(box.right() - 3.4 - 2.4 * number, box.top()))
                path.arcTo(QRectF(box.right() - 5.2 - 2.4 * number, box.top(), 3.6, box.height()), 90, -180)
                painter.strokePath(path, painter.pen())
        case ChannelKind.QUEUE:
            painter.drawRect(box)
            for number in range(1, 4):
                x = box.right() - 2.6 * number
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        case ChannelKind.EXCHANGE:
            left, right, middle = box.left(), box.right(), box.center().y()
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(left, middle),
                        QPointF(left + 4, box.top()),
                        QPointF(right - 4, box.top()),
                        QPointF(right, middle),
                        QPointF(right - 4, box.bottom()),
                        QPointF(left + 4, box.bottom()),
                    ]
                )
            )
        case ChannelKind.SUBJECT:
            painter.drawRoundedRect(box, 4.5, 4.5)
            painter.drawLine(QPointF(box.left() + 4, box.top()), QPointF(box.left() + 4, box.bottom()))
