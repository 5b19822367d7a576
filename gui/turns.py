"""Spreads work over frames: what a piece of news sets off is done one piece a frame, not all at once."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject, QTimer

FRAME_MS = 16


class Turns(QObject):
    """Pieces of work wait in line, each once however often it is asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[Callable[[], object], None] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._next)

    def take(self, work: Callable[[], object]) -> Callable[..., None]:
        """A slot that puts `work`, a method, at the end of the line."""

        def ask(*_news: object) -> None:
            self._waiting.setdefault(work)
            if not self._timer.isActive():
                self._timer.start()

        return ask

    def finish(self) -> None:
        """Do all that waits now."""
        while self._waiting:
            self._next()

    def _next(self) -> None:
        work = next(iter(self._waiting), None)
        if work is None:
            self._timer.stop()
            return
        del self._waiting[work]
        owner = getattr(work, "__self__", None)
        if not isinstance(owner, QObject) or shiboken6.isValid(owner):
            work()
