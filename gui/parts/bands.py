"""A view whose rows all change several times a second, painted some rows a frame, from top to bottom."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QRect
from PySide6.QtWidgets import QWidget

from gui.frame_timer import FrameTimer
from gui.parts.cells import ROW

ENOUGH_S = 0.003
"""Rows are painted in one frame that took about so long the last time; one at least."""


class Bands(QObject):
    """Paints in the frames between those in which traffic moves in the picture."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._viewport = viewport
        self._from = 0
        self._more = False
        self._row_s = ENOUGH_S
        self._next = FrameTimer(self, every=2, at=1, once=True)
        self._next.timeout.connect(self._go_on)

    def paint(self) -> None:
        """Paint all of it once more, soon; what is under way goes on first."""
        if self._next.isActive():
            self._more = True
        else:
            self._from = 0
            self._next.start()

    def _go_on(self) -> None:
        rows = max(1, int(ENOUGH_S / self._row_s))
        band = QRect(0, self._from, self._viewport.width(), rows * ROW)
        began = time.thread_time()
        self._viewport.repaint(band)
        self._row_s = max((time.thread_time() - began) / rows, 1e-5)
        self._from += band.height()
        if self._from >= self._viewport.height():
            self._from = 0
            if not self._more:
                return
            self._more = False
        self._next.start()
