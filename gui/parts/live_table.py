"""A table whose rows are all replaced several times a second, painted some rows a frame."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent

from gui.look import Look
from gui.parts.bands import Bands
from gui.parts.tables import Column, Table


class LiveTable(Table):
    """After `soften` the next painting goes on over the frames that follow, from top to bottom."""

    def __init__(self, look: Look, columns: Sequence[Column], name: str) -> None:
        super().__init__(look, columns, name)
        self._look = look
        self._soft = False
        self._bands = Bands(self.viewport())
        # What is not painted anew stays as it was.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def soften(self) -> None:
        """Only the rows have changed, and nobody minds to see that a blink later."""
        self._soft = True

    def settle(self) -> None:
        """Paint all of it the next time."""
        self._soft = False

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._soft and event.rect() == self.viewport().rect():
            self._soft = False
            self._bands.paint()
            return
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._look.theme.palette.panel)
        painter.end()
        super().paintEvent(event)
