"""Applications and channels: the shape tells the kind."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from graph.identity import ChannelId, ChannelKind
from graph.model import LoopStatus
from gui import icons
from gui.canvas.scene import NodeItem
from gui.fonts import Role
from gui.theme import Theme

CENTRE = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def draw(painter: QPainter, node: NodeItem, theme: Theme, *, lit: bool, chosen: bool, ratio: float) -> None:
    """A node in full; one that is not lit keeps its shape and name in quiet grey."""
    if isinstance(node.id, ChannelId):
        _channel(painter, node, node.id.kind, theme, lit=lit, chosen=chosen)
    else:
        _application(painter, node, theme, lit=lit, chosen=chosen, ratio=ratio)


def draw_plain(painter: QPainter, node: NodeItem, theme: Theme, *, lit: bool, chosen: bool) -> None:
    """A node without text, for seeing the picture from afar."""
    palette, marked = theme.palette, _marked(node)
    channel = isinstance(node.id, ChannelId)
    pen = QPen((palette.topicl if channel else palette.cardline) if lit else palette.line, 1.6)
    fill = palette.topic if channel else palette.card
    if marked and lit:
        pen = QPen(theme.loop(marked).line, 3.0)
        fill = theme.loop(marked).fill if channel else fill
    if chosen:
        pen = QPen(palette.accent, 4.0)
    if isinstance(node.id, ChannelId):
        outlined(painter, node.rect, node.id.kind, fill, pen)
        return
    if node.unattributed:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(fill)
    painter.drawRoundedRect(node.rect, 8, 8)
    middle = QPointF(node.rect.center())
    half = min(len(node.title) * 3.0, node.rect.width() / 2 - 14)
    painter.setPen(QPen(palette.ghost, 5.0))
    painter.drawLine(middle - QPointF(half, 0), middle + QPointF(half, 0))


def _marked(node: NodeItem) -> LoopStatus | None:
    quiet = (LoopStatus.ACKNOWLEDGED, LoopStatus.POSSIBLE, None)
    return None if node.loop in quiet else node.loop


def _application(
    painter: QPainter, node: NodeItem, theme: Theme, *, lit: bool, chosen: bool, ratio: float
) -> None:
    palette, rect, marked = theme.palette, node.rect, _marked(node)
    border = QPen(palette.cardline if lit else palette.line, 1.0)
    if marked and lit:
        border = QPen(theme.loop(marked).line, 1.8)
    if chosen:
        border = QPen(palette.accent, 2.0)
    painter.setBrush(palette.card)
    if node.unattributed:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        border.setColor(palette.accent if chosen else palette.ghost if lit else palette.line)
        border.setDashPattern([4.0, 3.0])
    elif lit and not theme.dark:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.line)
        painter.drawRoundedRect(rect.translated(0, 1.4), 8, 8)
        painter.setBrush(palette.card)
    painter.setPen(border)
    painter.drawRoundedRect(rect, 8, 8)
    middle = rect.center().y()
    upper = QRectF(rect.left(), middle - 16.5, rect.width(), 17)
    lower = QRectF(rect.left(), middle + 1.5, rect.width(), 14)
    title = palette.text if lit else palette.ghost
    if node.unattributed:
        picture = icons.picture("unattributed", palette.dim if lit else palette.ghost, 28, ratio)
        painter.drawPixmap(QRectF(rect.left() + 8, middle - 15, 14, 14), picture, QRectF(picture.rect()))
        upper.setLeft(rect.left() + 26)
        lower.setLeft(rect.left() + 26)
        title = palette.dim if lit else palette.ghost
    where = LEFT if node.unattributed else CENTRE
    painter.setFont(theme.font(Role.NAME, italic=node.unattributed))
    painter.setPen(title)
    painter.drawText(upper, where, node.title)
    if lit:
        _second_line(painter, node, lower, where, theme)


def _second_line(
    painter: QPainter, node: NodeItem, room: QRectF, where: Qt.AlignmentFlag, theme: Theme
) -> None:
    painter.setFont(theme.font(Role.SMALL))
    painter.setPen(theme.palette.dim)
    if not node.loud:
        painter.drawText(room, where, node.quiet)
        return
    quiet = f"{node.quiet} · " if node.quiet else ""
    metrics = painter.fontMetrics()
    painter.setFont(theme.font(Role.BADGE))
    loud = painter.fontMetrics().horizontalAdvance(node.loud)
    wide = metrics.horizontalAdvance(quiet)
    left = room.center().x() - (wide + loud) / 2
    painter.setFont(theme.font(Role.SMALL))
    painter.drawText(QRectF(left, room.top(), wide + 2, room.height()), LEFT, quiet)
    painter.setFont(theme.font(Role.BADGE))
    painter.setPen(theme.palette.warn)
    painter.drawText(QRectF(left + wide, room.top(), loud + 4, room.height()), LEFT, node.loud)


def _channel(
    painter: QPainter, node: NodeItem, kind: ChannelKind, theme: Theme, *, lit: bool, chosen: bool
) -> None:
    palette, marked = theme.palette, _marked(node)
    outline, fill = (palette.topicl, palette.topic) if lit else (palette.line2, palette.canvas)
    width = 1.2
    if marked and lit:
        outline, width = theme.loop(marked).line, 1.8
        fill = theme.loop(marked).fill
    if chosen:
        outline, width = palette.accent, 2.0
    text = outlined(painter, node.rect, kind, fill, QPen(outline, width))
    if lit and node.rate:
        painter.setFont(theme.font(Role.BADGE if marked else Role.RATE))
        painter.setPen(palette.text if marked else palette.dim)
        painter.drawText(text, CENTRE, node.rate)


def outlined(painter: QPainter, rect: QRectF, kind: ChannelKind, fill: QColor, pen: QPen) -> QRectF:
    """The shape of a kind of channel, at any size; the room for a text in it."""
    painter.setPen(pen)
    painter.setBrush(fill)
    unit = rect.height() / 22.0
    if kind is ChannelKind.QUEUE:
        painter.drawRect(rect)
        for slot in (1, 2, 3):
            x = rect.right() - slot * 5.0 * unit
            painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
        return rect.adjusted(0, 0, -15 * unit, 0)
    if kind is ChannelKind.EXCHANGE:
        side = 9.0 * unit
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(rect.left(), rect.center().y()),
                    QPointF(rect.left() + side, rect.top()),
                    QPointF(rect.right() - side, rect.top()),
                    QPointF(rect.right(), rect.center().y()),
                    QPointF(rect.right() - side, rect.bottom()),
                    QPointF(rect.left() + side, rect.bottom()),
                ]
            )
        )
        return rect
    if kind is ChannelKind.SUBJECT:
        painter.drawPath(_pill(rect, 6.0 * unit))
        return rect.adjusted(4 * unit, 0, 0, 0)
    bulge = 4.5 * unit
    body = QPainterPath(QPointF(rect.left() + bulge, rect.top()))
    body.lineTo(rect.right() - bulge, rect.top())
    cap = QRectF(rect.right() - 2 * bulge, rect.top(), 2 * bulge, rect.height())
    body.arcTo(cap, 90, -180)
    body.lineTo(rect.left() + bulge, rect.bottom())
    body.arcTo(QRectF(rect.left(), rect.top(), 2 * bulge, rect.height()), -90, -180)
    painter.drawPath(body)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for ring in range(2 if kind is ChannelKind.STREAM else 1):
        edge = cap.translated(-ring * 4.0 * unit, 0)
        side_path = QPainterPath()
        side_path.arcMoveTo(edge, 90)
        side_path.arcTo(edge, 90, 180)
        painter.drawPath(side_path)
    return rect.adjusted(unit, 0, -2 * bulge + unit, 0)


def _pill(rect: QRectF, notch: float) -> QPainterPath:
    radius = rect.height() / 2
    path = QPainterPath(QPointF(rect.left(), rect.top()))
    path.lineTo(rect.right() - radius, rect.top())
    path.arcTo(QRectF(rect.right() - 2 * radius, rect.top(), 2 * radius, rect.height()), 90, -180)
    path.lineTo(rect.left(), rect.bottom())
    path.lineTo(rect.left() + notch, rect.center().y())
    path.closeSubpath()
    return path
