"""Timers that all tick at the beginning of a frame, so that nothing holds up the next one from its middle."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

FRAME_MS = 16


class FrameTimer(QObject):
    """Ticks at one frame in so many until it is stopped, or `once`.

    Frames begin at the same moments for all timers of the program.
    """

    timeout = Signal()

    def __init__(
        self, parent: QObject | None = None, *, every: int = 1, at: int = 0, once: bool = False
    ) -> None:
        """`at`: of `every` frames, which one; timers that differ in it never tick in the same frame."""
        super().__init__(parent)
        self._step = every * FRAME_MS
        self._at = at * FRAME_MS
        self._once = once
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setTimerType(Qt.TimerType.PreciseTimer)
        self._next.timeout.connect(self._tick)

    def isActive(self) -> bool:
        """Whether it will tick."""
        return self._next.isActive()

    def start(self) -> None:
        """Tick from the next frame on."""
        late = (time.monotonic() * 1000 - self._at) % self._step
        self._next.start(math.ceil(self._step - late))

    def stop(self) -> None:
        """Tick no more."""
        self._next.stop()

    def _tick(self) -> None:
        if not self._once:
            self.start()
        self.timeout.emit()
