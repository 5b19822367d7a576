"""Collects garbage in the window's own thread, between frames.

Left to itself Python collects in whichever thread asks for memory next: a widget that is destroyed outside
the window's thread ends the program, and a full collection in the middle of a frame holds it up.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject

from gui.frame_timer import FrameTimer

MANY = 1_000
"""From so many new objects on the youngest are looked through: few each time, so that it never takes long."""
OLDER_EVERY, FULL_EVERY = 150, 1_800
"""Every how many rounds the older ones are, and all."""


class Collector(QObject):
    """Takes collection over until `stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._timer = FrameTimer(self, every=2, at=1)
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
        if self._count % FULL_EVERY == 0:
            gc.collect(2)
        elif self._count % OLDER_EVERY == 0:
            gc.collect(1)
        elif gc.get_count()[0] >= MANY:
            gc.collect(0)
