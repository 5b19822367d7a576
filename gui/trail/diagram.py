"""What the sequence diagram and the waterfall have in common: rows, choosing, zooming, tooltips, pictures."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip

from gui.look import Look
from gui.parts.paint import guarded
from gui.trail import rows
from gui.trail.rows import HEAD, ROW, Row, Shown

LEAST, MOST = 0.4, 12.0
"""Zoom."""
NOTCH = 1.25
TALLEST = 16_000
"""Px of a picture; the rows after that are left out."""
KEYS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
    Qt.Key.Key_Home: -1_000_000,
    Qt.Key.Key_End: 1_000_000,
}


class Diagram(QAbstractScrollArea):
    """Rows of 28 px under a head of 24, painted as far as they are seen."""

    picked = Signal(int)
    """A row, by its number."""
    activated = Signal(int)
    stepped = Signal(int)
    """To the cause, -1, or to the first effect, 1, of the row that is chosen."""

    def __init__(self, look: Look, name: str, before: float = 0.0, after: float = 0.0) -> None:
        """`before` and `after` are the widths of columns at the left and the right that stay in sight."""
        super().__init__()
        self.look = look
        self.before, self.after = before, after
        self.shown: Shown | None = None
        self.current: int | None = None
        self.zoom = 1.0
        self._hover: int | None = None
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(ROW)
        self.horizontalScrollBar().setSingleStep(24)
        look.changed.connect(self.viewport().update)

    # What is shown

    def show_trail(self, shown: Shown | None) -> None:
        """Show other rows."""
        self.shown = shown
        self._hover = None
        self.arrange()
        self._reach()
        self.viewport().update()

    def choose(self, number: int | None) -> None:
        """Another row is chosen; it comes into sight."""
        self.current = number
        if number is not None:
            bar, top = self.verticalScrollBar(), number * ROW
            room = self.viewport().height() - HEAD
            if top < bar.value():
                bar.setValue(top)
            elif top + ROW > bar.value() + room:
                bar.setValue(top + ROW - room)
        self.viewport().update()

    def set_zoom(self, zoom: float) -> None:
        """Show it wider or narrower; 1 fits the width."""
        bar, before = self.horizontalScrollBar(), self.zoom
        middle = (bar.value() + self.room / 2) / before
        self.zoom = min(max(zoom, LEAST), MOST)
        self.arrange()
        self._reach()
        bar.setValue(round(middle * self.zoom - self.room / 2))
        self.viewport().update()

    def row(self, number: int | None) -> Row | None:
        """The row of a number."""
        if self.shown is None or number is None or not 0 <= number < len(self.shown.rows):
            return None
        return self.shown.rows[number]

    def row_at(self, y: float) -> int | None:
        """The row at a height of the viewport."""
        number = int((y - HEAD + self.verticalScrollBar().value()) // ROW)
        return number if y >= HEAD and self.row(number) is not None else None

    def picture(self, scale: float = 2.0) -> QImage:
        """All of it, with `scale` pixels for a px; of very many rows the first."""
        count = len(self.shown.rows) if self.shown is not None else 0
        wide = self.before + self.wide() + self.after
        high = min(HEAD + 8 + count * ROW, TALLEST)
        image = QImage(round(wide * scale), round(high * scale), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(self.look.colour("panel"))
        image.setDevicePixelRatio(scale)
        painter = QPainter(image)
        self._paint(painter, QRectF(0, 0, wide, high), 0.0, 0.0, chosen=False)
        painter.end()
        return image

    # What a diagram says itself

    def arrange(self) -> None:
        """Work out where things stand, after other rows, another width or another zoom."""

    def wide(self) -> float:
        """The width of all between the columns that stay in sight."""
        raise NotImplementedError

    def paint_head(self, painter: QPainter, room: QRectF) -> None:
        """Paint the part of the head that is seen."""
        raise NotImplementedError

    def paint_sides(self, painter: QPainter, row: Row | None, left: QRectF, right: QRectF) -> None:
        """Paint what a row has in the columns at the sides; None for the head."""

    def paint_ground(self, painter: QPainter, first: int, last: int) -> None:
        """Paint what goes through several rows, `first` to `last`."""

    def paint_row(self, painter: QPainter, number: int, row: Row, y: float) -> None:
        """Paint one row, whose upper edge is at `y`."""
        raise NotImplementedError

    # Qt

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        room = QRectF(self.viewport().rect())
        painter.fillRect(room, self.look.colour("panel"))
        left, top = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._paint(painter, room, float(left), float(top), chosen=True)
        painter.end()

    def _paint(self, painter: QPainter, room: QRectF, left: float, top: float, *, chosen: bool) -> None:
        if self.shown is None:
            return
        palette, every = self.look.theme.palette, self.shown.rows
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first = max(0, int(top // ROW))
        last = min(len(every) - 1, int((top + room.height() - HEAD) // ROW))
        head = QRectF(0, 0, room.width(), HEAD)
        plane = room.adjusted(self.before, 0, -self.after, 0)
        painter.fillRect(head, palette.raised)
        painter.save()
        painter.setClipRect(room.adjusted(0, HEAD, 0, 0))
        painter.translate(0, HEAD - top)
        for number in range(first, last + 1):
            ground = QRectF(0, number * ROW, room.width(), ROW)
            painter.fillRect(ground, self.ground(number, chosen=chosen))
        for number in range(first, last + 1):
            self._paint_sides(painter, every[number], QRectF(0, number * ROW, room.width(), ROW))
        painter.setClipRect(plane.adjusted(0, top, 0, top - HEAD))
        painter.translate(self.before - left, 0)
        self.paint_ground(painter, first, last)
        for number in range(first, last + 1):
            self.paint_row(painter, number, every[number], float(number * ROW))
        painter.restore()
        self._paint_sides(painter, None, head)
        painter.save()
        painter.setClipRect(QRectF(plane.left(), 0, plane.width(), HEAD))
        painter.translate(self.before - left, 0)
        self.paint_head(painter, QRectF(left, 0, plane.width(), HEAD))
        painter.restore()
        painter.fillRect(QRectF(0, HEAD - 1, room.width(), 1), palette.line)
        if chosen and self.hasFocus():
            painter.setPen(palette.accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room.adjusted(0.5, 0.5, -1, -1))

    def _paint_sides(self, painter: QPainter, row: Row | None, whole: QRectF) -> None:
        left, right = QRectF(whole), QRectF(whole)
        left.setWidth(self.before)
        right.setLeft(whole.right() - self.after)
        self.paint_sides(painter, row, left, right)

    def ground(self, number: int, *, chosen: bool = True) -> QColor:
        """The colour behind a row."""
        palette = self.look.theme.palette
        if chosen and number == self.current:
            return palette.sel
        if chosen and number == self._hover:
            return palette.raised
        return palette.canvas if number % 2 else palette.panel

    @property
    def room(self) -> float:
        """The width that is seen between the columns at the sides."""
        return max(1.0, self.viewport().width() - self.before - self.after)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()
        self._reach()

    def _reach(self) -> None:
        room, bar = self.viewport().size(), self.verticalScrollBar()
        count = len(self.shown.rows) if self.shown is not None else 0
        bar.setRange(0, max(0, count * ROW - (room.height() - HEAD)))
        bar.setPageStep(max(ROW, room.height() - HEAD))
        across = self.horizontalScrollBar()
        across.setRange(0, max(0, round(self.wide() - self.room)) if self.shown is not None else 0)
        across.setPageStep(round(self.room))

    def sizeHint(self) -> QSize:
        return QSize(480, 240)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.row_at(event.position().y())
        if event.button() is Qt.MouseButton.LeftButton and number is not None:
            self.picked.emit(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self.row_at(event.position().y())
        if number is not None:
            self.activated.emit(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.row_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(None)

    def _point(self, number: int | None) -> None:
        if number != self._hover:
            self._hover = number
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def tip_at(self, place: QPointF) -> str:
        """The tooltip at a place of the viewport."""
        row = self.row(self.row_at(place.y()))
        return rows.tip(row, self.shown) if row is not None and self.shown is not None else ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_zoom(self.zoom * NOTCH ** (event.angleDelta().y() / 120))
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in KEYS and self.shown is not None and self.shown.rows:
            at = (-1 if KEYS[key] > 0 else 0) if self.current is None else self.current
            self.picked.emit(min(max(at + KEYS[key], 0), len(self.shown.rows) - 1))
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(-1 if key is Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.activated.emit(self.current)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_zoom(self.zoom * NOTCH)
        elif key is Qt.Key.Key_Minus:
            self.set_zoom(self.zoom / NOTCH)
        elif key is Qt.Key.Key_0:
            self.set_zoom(1.0)
        else:
            super().keyPressEvent(event)
