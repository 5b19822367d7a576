"""What a table cell shows, and how it is painted: mark, words, doubt, and hues of a value."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts import marks
from gui.parts.marks import Mark
from gui.parts.paint import guarded
from gui.parts.values import runs

CELL = Qt.ItemDataRole.UserRole + 1
"""The role under which a model gives the Cell."""
BAR = Qt.ItemDataRole.UserRole + 2
"""The role under which the first column gives the tone of the bar at the left edge, or nothing."""
SUBJECT = Qt.ItemDataRole.UserRole + 3
"""The role under which a row gives what it is about."""

ROW = 22
PAD = 8
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Cell:
    """One cell."""

    text: str = ""
    role: Role = Role.BODY
    tone: str = "text"
    right: bool = False
    mark: Mark | None = None
    aside: str = ""
    """Said in amber after the words."""
    italic: bool = False
    value: bool = False
    """A preview of a value, in its hues."""
    middle: bool = False
    """Elided in the middle and not at the end."""


class CellDelegate(QStyledItemDelegate):
    """Paints cells; the view decides about selection and focus."""

    def __init__(self, look: Look, parent: QWidget, *, tinted: bool = True, pad: int = PAD) -> None:
        super().__init__(parent)
        self._look = look
        self._tinted = tinted
        self._pad = pad

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, ROW)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        palette = self._look.theme.palette
        painter.save()
        painter.setClipRect(rect)
        if selected:
            painter.fillRect(rect, palette.sel)
        elif self._tinted and index.row() % 2:
            painter.fillRect(rect, palette.canvas)
        if index.column() == 0 and (bar := index.data(BAR)):
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), self._look.colour(bar))
        cell = index.data(CELL)
        if isinstance(cell, Cell):
            draw(
                painter,
                QRectF(rect.adjusted(self._pad, 0, -self._pad, 0)),
                cell,
                self._look,
                selected=selected,
            )
        if bool(state & QStyle.StateFlag.State_HasFocus):
            painter.setPen(QPen(palette.accent, 1.3))
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.restore()


def draw(painter: QPainter, rect: QRectF, cell: Cell, look: Look, *, selected: bool = False) -> None:
    """Paint a cell into a rectangle."""
    theme = look.theme
    x = rect.left()
    if cell.mark is not None:
        marks.paint(painter, cell.mark, x, rect.center().y() + 0.5, theme)
        x += marks.width(cell.mark) + 6
    font = theme.font(cell.role, italic=cell.italic)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    tone = "dim" if selected and cell.tone == "faint" else cell.tone
    painter.setPen(look.colour(tone))
    room = QRectF(x, rect.top(), max(0.0, rect.right() - x), rect.height())
    if cell.value:
        _value(painter, room, cell, look, metrics, selected=selected)
        return
    aside = QFontMetricsF(fonts.font(Role.LABEL)).horizontalAdvance(cell.aside) + 6 if cell.aside else 0.0
    cut = Qt.TextElideMode.ElideMiddle if cell.middle else Qt.TextElideMode.ElideRight
    text = metrics.elidedText(cell.text, cut, room.width() - aside)
    painter.drawText(room, RIGHT if cell.right else LEFT, text)
    if cell.aside:
        room.setLeft(x + metrics.horizontalAdvance(text) + 6)
        painter.setFont(theme.font(Role.LABEL))
        painter.setPen(theme.palette.warn)
        painter.drawText(room, LEFT, cell.aside)


def _value(
    painter: QPainter, room: QRectF, cell: Cell, look: Look, metrics: QFontMetricsF, *, selected: bool
) -> None:
    for text, tone in runs(cell.text):
        left = room.width()
        if left <= 0:
            return
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, left) if text.strip() else text
        painter.setPen(look.colour("dim" if selected and tone == "faint" else tone))
        painter.drawText(room, LEFT, shown)
        if shown != text:
            return
        room.setLeft(room.left() + metrics.horizontalAdvance(text))
