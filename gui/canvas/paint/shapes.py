"""Nodes in full and from afar: a channel's shape tells its kind, cards are applications and groups."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from graph.identity import ChannelId, ChannelKind, GroupId
from graph.view.changed import Mark
from gui.canvas.paint import cards, lag, marks, problems
from gui.canvas.paint.cards import CENTRE
from gui.canvas.paint.edges import FRESH
from gui.canvas.scene.remarks import QUIET, NodeRemark
from gui.canvas.scene.scene import NodeItem
from gui.fonts import Role
from gui.theme import Theme, mixed


def draw(
    painter: QPainter,
    node: NodeItem,
    theme: Theme,
    *,
    lit: bool,
    chosen: bool,
    ratio: float,
    remark: NodeRemark = QUIET,
    named_above: bool = False,
) -> None:
    """A node in full; one that is not lit keeps its shape and name in quiet grey.

    `named_above` is whether its name stands over it, so that nothing else may.
    """
    if isinstance(node.id, ChannelId):
        _channel(painter, node, node.id.kind, theme, lit=lit, chosen=chosen, remark=remark)
    elif isinstance(node.id, GroupId):
        cards.draw_group(painter, node, theme, lit=lit, chosen=chosen, ratio=ratio, remark=remark)
    else:
        cards.draw(painter, node, theme, lit=lit, chosen=chosen, ratio=ratio, remark=remark)
    if not lit:
        return
    rect = node.rect
    y = rect.bottom() if named_above else rect.top()
    if remark.mark:
        marks.draw(painter, remark.mark, QPointF(rect.left() + 1, y), theme)
    if remark.problems:
        problems.draw(painter, remark.problems, QPointF(rect.right() - 1, y), theme, ratio)


def draw_plain(
    painter: QPainter,
    node: NodeItem,
    theme: Theme,
    *,
    lit: bool,
    chosen: bool,
    remark: NodeRemark = QUIET,
) -> None:
    """A node without text, for seeing the picture from afar."""
    palette, loop = theme.palette, cards.marked(node)
    channel = node.id.kind if isinstance(node.id, ChannelId) else None
    plain = palette.topicl if channel else palette.cardline
    pen = cards.border(node, theme, plain, 1.6, lit=lit, chosen=chosen, remark=remark)
    pen.setWidthF(4.0 if chosen else 3.0 if lit and (loop or remark.mark) else 1.6)
    if channel:
        fill = theme.loop(loop).fill if loop and lit else palette.topic
        outlined(painter, node.rect, channel, fill, pen)
    else:
        _plain_card(painter, node, pen, theme, lag.notable(remark.lag) if lit else 0)
    if lit and remark.problems:
        problems.draw_plain(painter, remark.problems, node.rect.topRight(), theme)


def _plain_card(painter: QPainter, node: NodeItem, pen: QPen, theme: Theme, waiting: int) -> None:
    """A card with a bar in place of its name."""
    if node.unattributed:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(theme.palette.card)
    painter.drawRoundedRect(node.rect, cards.RADIUS, cards.RADIUS)
    lag.fill(painter, node.rect, cards.RADIUS, waiting, theme)
    middle = QPointF(node.rect.center())
    half = min(len(node.title) * 3.0, node.rect.width() / 2 - 14)
    painter.setPen(QPen(theme.palette.ghost, 5.0))
    painter.drawLine(middle - QPointF(half, 0), middle + QPointF(half, 0))


def _channel(
    painter: QPainter,
    node: NodeItem,
    kind: ChannelKind,
    theme: Theme,
    *,
    lit: bool,
    chosen: bool,
    remark: NodeRemark,
) -> None:
    palette, loop = theme.palette, cards.marked(node)
    outline = cards.border(node, theme, palette.topicl, 1.2, lit=lit, chosen=chosen, remark=remark)
    fill = mixed(palette.topic, palette.canvas, FRESH[remark.age])
    if not lit or remark.mark is Mark.GONE:
        fill = palette.canvas
    elif loop:
        fill = theme.loop(loop).fill
    text = outlined(painter, node.rect, kind, fill, outline)
    if lit and node.rate:
        painter.setFont(theme.font(Role.BADGE if loop else Role.RATE))
        painter.setPen(palette.text if loop else palette.dim)
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
