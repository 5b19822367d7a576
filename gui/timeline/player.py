"""Plays what was captured: the moment that is looked at moves on by itself, up to 100 times as fast."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from gui.session import Session
from gui.timeline.span import Span

SPEEDS = (1, 2, 5, 10, 30, 100)
FRAME_MS = 33
MOST_S = 0.25
"""What a window missed while it was held up is not made up for."""


class Player(QObject):
    """Moves the moment on until it is paused, or there is nothing more."""

    changed = Signal()
    """It plays, it stands, or another speed was chosen."""
    said = Signal(str)

    def __init__(
        self, session: Session, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds."""
        super().__init__(parent)
        self._session, self._clock = session, clock
        self.spans: Callable[[], tuple[Span, Span] | None] = lambda: None
        """Tells what the line shows and what there is."""
        self.speed = SPEEDS[0]
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.step)

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Play, or hold the moment that is shown."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Go on from the moment that is looked at; from the newest one, begin at the start of the line."""
        travel, spans = self._session.travel, self.spans()
        if travel.wanted_ns is None and spans is not None:
            travel.look_at(max(spans[0].start_ns, spans[1].start_ns))
        if travel.wanted_ns is not None:
            self._last = self._clock()
            self._timer.start()
            self.changed.emit()

    def pause(self) -> None:
        """Hold the moment."""
        if self.playing:
            self._timer.stop()
            self.changed.emit()

    def set_speed(self, speed: int) -> None:
        """How many seconds pass in one."""
        self.speed = speed
        self.changed.emit()

    def step(self) -> None:
        """Move on by the time that has passed."""
        travel, now = self._session.travel, self._clock()
        passed, self._last = min(now - self._last, MOST_S), now
        spans = self.spans()
        if travel.wanted_ns is None or spans is None:
            self.pause()
            return
        at_ns = travel.wanted_ns + int(passed * self.speed * 1e9)
        if at_ns < spans[1].end_ns:
            travel.look_at(at_ns)
            return
        self.pause()
        travel.look_at(None)
        reached = "caught up with now" if self._session.live else "reached the end of the capture"
        self.said.emit(f"Playing has {reached}.")
