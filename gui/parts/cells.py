"""What a table cell shows, and how it is painted: mark, words, doubt, and hues of a value."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts import marks
from gui.parts.marks import Mark
from gui.parts.paint import guarded
from gui.parts.values import runs
from gui.theme import faded

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

SCALE = 76.0
"""Width of an interval in a cell."""
GROUNDS = {
    "run": ("run", "onrun"),
    "paused": ("runbg", "run"),
    "act": ("actbg", "warn"),
    "plain": ("raised", "dim"),
    "hollow": ("panel", "dim"),
}
"""Ground and ink of the pills in cells."""

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Interval:
    """A gain with its 95 % interval on a scale from 0 to 2 whose middle, 1, is marked."""

    gain: float
    low: float
    high: float
    tone: str


@dataclass(frozen=True)
class Cell:
    """One cell."""

    text: str = ""
    role: Role = Role.BODY
    tone: str = "text"
    right: bool = False
    mark: Mark | None = None
    aside: str = ""
    """Said after the words, in amber unless `aside_tone` says otherwise."""
    aside_tone: str = "warn"
    italic: bool = False
    value: bool = False
    """A preview of a value, in its hues."""
    middle: bool = False
    """Elided in the middle and not at the end."""
    pill: str = ""
    """The ground that the words stand on, as pills have it."""
    interval: Interval | None = None
    """A gain and its interval, drawn small beside the words."""
    indent: int = 0
    """Px by which it begins further right."""


class CellDelegate(QStyledItemDelegate):
    """Paints cells; the view decides about selection and focus."""

    def __init__(self, look: Look, parent: QWidget, *, tinted: bool = True, pad: int = PAD) -> None:
        super().__init__(parent)
        self._look = look
        self._tinted = tinted
        self._pad = pad

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, ROW)

    def ground(self, index: Index) -> QColor | None:
        """The colour behind a cell that is not selected; None for the usual one."""
        return None

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
        elif (ground := self.ground(index)) is not None:
            painter.fillRect(rect, ground)
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
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(palette.accent, 1.3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(1.0, 1.0, -1.0, -1.0), 4, 4)
        painter.restore()


def draw(painter: QPainter, rect: QRectF, cell: Cell, look: Look, *, selected: bool = False) -> None:
    """Paint a cell into a rectangle."""
    theme = look.theme
    x = rect.left() + cell.indent
    if cell.mark is not None:
        marks.paint(painter, cell.mark, x, rect.center().y() + 0.5, theme)
        x += marks.width(cell.mark) + 6
    font = theme.font(cell.role, italic=cell.italic)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    tone = "dim" if selected and cell.tone == "faint" else cell.tone
    painter.setPen(look.colour(tone))
    room = QRectF(x, rect.top(), max(0.0, rect.right() - x), rect.height())
    if cell.interval is not None:
        _interval(
            painter, QRectF(room.right() - SCALE, room.top(), SCALE, room.height()), cell.interval, look
        )
        room.setRight(room.right() - SCALE - 8)
    if cell.pill:
        ground, ink = GROUNDS[cell.pill]
        wide = min(metrics.horizontalAdvance(cell.text) + 14, room.width())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.colour("line2"), 1.0) if cell.pill == "hollow" else Qt.PenStyle.NoPen)
        painter.setBrush(look.colour(ground))
        pill = QRectF(x, room.center().y() - 8.0, wide, 16)
        painter.drawRoundedRect(pill, 8, 8)
        painter.setPen(look.colour(ink))
        words = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, pill.width() - 12)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)
        return
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
        painter.setPen(look.colour(cell.aside_tone))
        painter.drawText(room, LEFT, cell.aside)


def _interval(painter: QPainter, room: QRectF, shown: Interval, look: Look) -> None:
    """A bar from the lower to the upper end, a dot at the gain, and a line at 1."""
    middle = round(room.center().y()) + 0.5

    def x_of(value: float) -> float:
        return room.left() + min(max(value, 0.0), 2.0) / 2.0 * room.width()

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.colour("line2"))
    painter.drawRect(QRectF(room.left(), middle - 0.5, room.width(), 1))
    painter.setBrush(faded(look.colour(shown.tone), 0.5))
    left, right = x_of(shown.low), x_of(shown.high)
    painter.drawRoundedRect(QRectF(left, middle - 3, max(3.0, right - left), 6), 2, 2)
    painter.setPen(QPen(look.colour("text"), 1.2))
    painter.drawLine(QPointF(x_of(1.0), middle - 7), QPointF(x_of(1.0), middle + 7))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.colour(shown.tone))
    painter.drawEllipse(QPointF(x_of(shown.gain), middle), 3.5, 3.5)
    painter.restore()


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
