"""Lines of a details panel: facts, and those that lead to what they are about."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.fonts import Role
from gui.look import Look
from gui.parts.around import Around
from gui.parts.blocks import Fact
from gui.parts.cells import Cell, draw
from gui.parts.paint import guarded


class LeadingLine(QWidget):
    """Enter, the space bar or a click goes where the line leads, where it leads anywhere."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self._hover = False
        self._leads = False

    def set_leading(self, on: bool) -> None:
        """Whether it leads anywhere."""
        self._leads = on
        self.setCursor(Qt.CursorShape.PointingHandCursor if on else Qt.CursorShape.ArrowCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if on else Qt.FocusPolicy.NoFocus)

    def go(self) -> None:
        """Go there; a line that leads nowhere does nothing."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if self._leads and event.button() is Qt.MouseButton.LeftButton and inside:
            self.go()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if self._leads and event.key() in keys:
            self.go()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self._hover = event.type() is QEvent.Type.Enter
            self.update()
        return super().event(event)

    def paint_ground(self, painter: QPainter) -> None:
        """The tint under the pointer, and the frame of the keyboard's focus."""
        whole = QRectF(self.rect())
        if self._hover and self._leads:
            painter.fillRect(whole.adjusted(-4, 0, 4, 0), self.look.colour("raised"))
        if self.hasFocus():
            painter.setPen(QPen(self.look.colour("accent"), 1.3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


class FactLine(LeadingLine):
    """One fact, which leads to what it is about."""

    HEIGHT = 22

    def __init__(self, around: Around) -> None:
        super().__init__(around.look)
        self._around = around
        self._fact = Fact("")
        self.setFixedHeight(self.HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, self.HEIGHT)

    def show_fact(self, fact: Fact) -> None:
        """Show another fact."""
        self._fact = fact
        self.setToolTip(fact.tip or fact.name)
        self.setAccessibleName(f"{fact.name} {fact.value} {fact.aside}".strip())
        self.set_leading(fact.subject is not None)
        self.update()

    def go(self) -> None:
        if self._fact.subject is not None:
            self._around.select(self._fact.subject)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fact, look, whole = self._fact, self.look, QRectF(self.rect())
        self.paint_ground(painter)
        wide = self.fontMetrics().horizontalAdvance(fact.value) + 12 if fact.value else 0
        role = Role.NAME if fact.subject else Role.BODY
        cell = Cell(fact.name, role, fact.tone, mark=fact.mark, aside=fact.aside, middle=True)
        draw(painter, whole.adjusted(0, 0, -wide, 0), cell, look)
        draw(painter, whole, Cell(fact.value, Role.SECONDARY, "dim", right=True), look)
        painter.end()
