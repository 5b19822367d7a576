"""Spreads work over frames: what a piece of news sets off is done some pieces a frame, not all at once."""

from __future__ import annotations

import time
from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject

from gui.frame_timer import FrameTimer

ENOUGH_S = 0.004
"""A frame does pieces until they took so long, and none besides another that took longer the last time."""


class Turns(QObject):
    """Pieces of work wait in line, each once however often it is asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[Callable[[], object], float] = {}
        """Pieces with the earliest moment each may be done."""
        self._took: dict[Callable[[], object], float] = {}
        """How many seconds each piece took the last time."""
        self._timer = FrameTimer(self)
        self._timer.timeout.connect(self._next)

    def take(self, work: Callable[[], object], *, every_s: float = 0.0) -> Callable[..., None]:
        """A slot that puts `work`, a method, at the end of the line; done once in `every_s` at most.

        Work that answers True has not finished and gets another turn.
        """
        due = 0.0

        def ask(*_news: object) -> None:
            nonlocal due
            if work not in self._waiting:
                now = time.monotonic()
                self._waiting[work] = due = max(now, due + every_s)
            if not self._timer.isActive():
                self._timer.start()

        return ask

    def finish(self) -> None:
        """Do all that waits now."""
        while self._waiting:
            self._do(next(iter(self._waiting)))

    def _next(self) -> None:
        if not self._waiting:
            self._timer.stop()
            return
        now, spent = time.monotonic(), 0.0
        for work in [work for work, due in self._waiting.items() if due <= now]:
            if spent and spent + self._took.get(work, ENOUGH_S) > ENOUGH_S:
                break
            # One piece may make another needless.
            if work in self._waiting:
                spent += self._do(work)

    def _do(self, work: Callable[[], object]) -> float:
        """Do a piece; how many seconds it took."""
        del self._waiting[work]
        began = time.perf_counter()
        owner = getattr(work, "__self__", None)
        if (not isinstance(owner, QObject) or shiboken6.isValid(owner)) and work() is True:
            self._waiting[work] = time.monotonic()
        self._took[work] = took = time.perf_counter() - began
        return took
