"""Applications and groups as cards: name, figures, and lag as fill."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from graph.model import LoopStatus
from graph.view.changed import Mark
from gui import icons
from gui.canvas.paint import lag, marks
from gui.canvas.paint.edges import FRESH
from gui.canvas.scene.remarks import QUIET, NodeRemark
from gui.canvas.scene.scene import NodeItem
from gui.fonts import Role
from gui.theme import Theme, mixed

RADIUS = 8.0
BEHIND = 4.0
"""How far each card of a group lies beside the one before it."""
ICON = 12.0
CENTRE = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def marked(node: NodeItem) -> LoopStatus | None:
    """The loop through a node that its outline tells: quiet ones are told by their edges alone."""
    quiet = (LoopStatus.ACKNOWLEDGED, LoopStatus.POSSIBLE, None)
    return None if node.loop in quiet else node.loop


def border(
    node: NodeItem, theme: Theme, plain: QColor, wide: float, *, lit: bool, chosen: bool, remark: NodeRemark
) -> QPen:
    """The outline of a node: chosen, otherwise than before, in a loop, gone for some time, or plain."""
    palette, loop = theme.palette, marked(node)
    if chosen:
        return QPen(palette.accent, 2.0)
    if not lit:
        return QPen(palette.line, wide)
    if remark.mark is Mark.ADDED:
        return QPen(marks.tint(remark.mark, theme), 2.0)
    if remark.mark is Mark.GONE:
        return marks.dashed(marks.tint(remark.mark, theme), 1.2)
    if loop:
        return QPen(theme.loop(loop).line, 1.8)
    return QPen(mixed(plain, palette.canvas, FRESH[remark.age]), wide)


def draw(
    painter: QPainter,
    node: NodeItem,
    theme: Theme,
    *,
    lit: bool,
    chosen: bool,
    ratio: float,
    remark: NodeRemark = QUIET,
) -> None:
    """An application; one that nothing names has no fill and a dashed outline."""
    palette, rect = theme.palette, node.rect
    outline = border(node, theme, palette.cardline, 1.0, lit=lit, chosen=chosen, remark=remark)
    hollow = node.unattributed or remark.mark is Mark.GONE
    if node.unattributed:
        if lit and not (chosen or marked(node) or remark.mark):
            outline.setColor(palette.ghost)
        outline.setDashPattern([4.0, 3.0])
    if lit and not hollow and not theme.dark:
        _shadow(painter, rect, theme)
    _ground(painter, rect, theme, hollow=hollow)
    if lit and not hollow:
        lag.fill(painter, rect, RADIUS, remark.lag, theme)
    painter.setPen(outline)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, RADIUS, RADIUS)
    _words(painter, node, rect, theme, lit=lit, ratio=ratio, remark=remark)


def draw_group(
    painter: QPainter,
    node: NodeItem,
    theme: Theme,
    *,
    lit: bool,
    chosen: bool,
    ratio: float,
    remark: NodeRemark = QUIET,
) -> None:
    """Nodes that are drawn as one: a stack of cards."""
    palette = theme.palette
    outline = border(node, theme, palette.cardline, 1.0, lit=lit, chosen=chosen, remark=remark)
    front = node.rect.adjusted(0, 0, -2 * BEHIND, -2 * BEHIND)
    for step in (2, 1, 0):
        rect = front.translated(step * BEHIND, step * BEHIND)
        painter.setPen(outline)
        painter.setBrush(palette.card if step == 0 else palette.topic)
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
    if lit:
        lag.fill(painter, front.adjusted(1, 1, -1, -1), RADIUS - 1, remark.lag, theme)
    _words(painter, node, front, theme, lit=lit, ratio=ratio, remark=remark)


def _shadow(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.palette.line)
    painter.drawRoundedRect(rect.translated(0, 1.4), RADIUS, RADIUS)


def _ground(painter: QPainter, rect: QRectF, theme: Theme, *, hollow: bool) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.palette.canvas if hollow else theme.palette.card)
    painter.drawRoundedRect(rect, RADIUS, RADIUS)


def _words(
    painter: QPainter,
    node: NodeItem,
    rect: QRectF,
    theme: Theme,
    *,
    lit: bool,
    ratio: float,
    remark: NodeRemark,
) -> None:
    palette, middle = theme.palette, rect.center().y()
    upper = QRectF(rect.left(), middle - 16.5, rect.width(), 17)
    lower = QRectF(rect.left(), middle + 1.5, rect.width(), 14)
    past = remark.mark is Mark.GONE or FRESH[remark.age] < 1
    title = palette.ghost if not lit else palette.faint if past else palette.text
    where = CENTRE
    if node.unattributed:
        title, where = palette.dim if lit else palette.ghost, LEFT
        _icon(painter, "unattributed", QPointF(rect.left() + 8, middle - 15), 14, title, ratio)
        upper.setLeft(rect.left() + 26)
        lower.setLeft(rect.left() + 26)
    painter.setFont(theme.font(Role.NAME, italic=node.unattributed))
    painter.setPen(title)
    painter.drawText(upper, where, node.title)
    if remark.mark is Mark.GONE:
        wide = painter.fontMetrics().horizontalAdvance(node.title)
        marks.strike(painter, QRectF(rect.center().x() - wide / 2, upper.top(), wide, 17), theme)
    if lit:
        _second_line(painter, node, lower, where, theme, remark.icon, ratio)


def _icon(painter: QPainter, name: str, at: QPointF, size: float, colour: QColor, ratio: float) -> None:
    picture = icons.picture(name, colour, round(size * 2), ratio)
    painter.drawPixmap(QRectF(at.x(), at.y(), size, size), picture, QRectF(picture.rect()))


def _second_line(
    painter: QPainter,
    node: NodeItem,
    room: QRectF,
    where: Qt.AlignmentFlag,
    theme: Theme,
    icon: str,
    ratio: float,
) -> None:
    """The quiet words and then the loud ones, with the icon of the kind before them, all in the middle."""
    small, badge = theme.font(Role.SMALL), theme.font(Role.BADGE)
    quiet = f"{node.quiet} · " if node.quiet and node.loud else node.quiet
    painter.setFont(badge)
    loud = painter.fontMetrics().horizontalAdvance(node.loud)
    painter.setFont(small)
    wide = painter.fontMetrics().horizontalAdvance(quiet)
    left = room.left()
    if where == CENTRE:
        left = room.center().x() - (wide + loud + (ICON + 3 if icon else 0)) / 2
    if icon:
        _icon(painter, icon, QPointF(left, room.center().y() - ICON / 2), ICON, theme.palette.dim, ratio)
        left += ICON + 3
    painter.setPen(theme.palette.dim)
    painter.drawText(QRectF(left, room.top(), wide + 2, room.height()), LEFT, quiet)
    if node.loud:
        painter.setFont(badge)
        painter.setPen(theme.palette.warn)
        painter.drawText(QRectF(left + wide, room.top(), loud + 4, room.height()), LEFT, node.loud)
