"""A table whose rows are all replaced several times a second, painted some rows a frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent

from gui.look import Look
from gui.parts.cells import ROW
from gui.parts.tables import Column, Table
from gui.turns import FRAME_MS

BAND = 2 * ROW
"""Height that is painted in one frame: more would hold it up."""


class LiveTable(Table):
    """After `soften` the next painting goes on over the frames that follow, from top to bottom."""

    def __init__(self, look: Look, columns: Sequence[Column], name: str) -> None:
        super().__init__(look, columns, name)
        self._look = look
        self._soft = False
        self._rest = QRect()
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(FRAME_MS)
        self._next.timeout.connect(self._go_on)
        # What is not painted anew stays as it was.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def soften(self) -> None:
        """Only the rows have changed, and nobody minds to see that a blink later."""
        self._soft = True

    def settle(self) -> None:
        """Paint all of it the next time."""
        self._soft = False

    def _go_on(self) -> None:
        band = QRect(self._rest.topLeft(), self._rest.bottomRight())
        band.setHeight(min(BAND, band.height()))
        self._rest.setTop(band.bottom() + 1)
        self.viewport().update(band)
        if self._rest.height() > 0:
            self._next.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        whole = event.rect()
        if not self._soft or whole.height() <= BAND:
            self._paint(whole)
            return
        self._soft = False
        self._rest = QRect(whole.left(), whole.top() + BAND, whole.width(), whole.height() - BAND)
        self._next.start()
        self._paint(QRect(whole.left(), whole.top(), whole.width(), BAND))

    def _paint(self, rect: QRect) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(rect, self._look.theme.palette.panel)
        painter.end()
        super().paintEvent(QPaintEvent(rect))
