"""Collects garbage in the window's own thread, between frames.

Left to itself Python collects in whichever thread asks for memory next: a widget that is destroyed outside
the window's thread ends the program, and a full collection in the middle of a frame holds it up.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

YOUNG_MS = 1_000
FULL_EVERY = 60
"""Every how many young collections a full one is made."""


class Collector(QObject):
    """Takes collection over until `stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._timer = QTimer(self)
        self._timer.setInterval(YOUNG_MS)
        self._timer.timeout.connect(self._collect)

    def start(self) -> None:
        """From now on collect here; what exists already is taken for good and not looked through again."""
        if not self._timer.isActive():
            gc.freeze()
            gc.disable()
            self._timer.start()

    def stop(self) -> None:
        """Leave collection to Python again."""
        if self._timer.isActive():
            self._timer.stop()
            gc.enable()
            gc.unfreeze()

    def _collect(self) -> None:
        self._count += 1
        gc.collect(1 if self._count % FULL_EVERY else 2)
