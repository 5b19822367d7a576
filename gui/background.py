"""Work that must not hold up a frame: run in a pool, its answer given back in the window's thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from inspector.errors import InspectorError

log = logging.getLogger("eventscope.background")

WAIT_S = 3.0


class _Channel(QObject):
    done = Signal(object, object, object)


class _Work(QRunnable):
    def __init__(self, channel: _Channel, ticket: object, work: Callable[[], Any]) -> None:
        super().__init__()
        self.ended = threading.Event()
        self._channel = channel
        self._ticket = ticket
        self._work = work

    def run(self) -> None:
        try:
            self._answer()
        finally:
            self.ended.set()

    def _answer(self) -> None:
        answer, failure = None, None
        try:
            answer = self._work()
        except InspectorError as error:
            failure = error
        except Exception as error:  # a pool would swallow it without a word
            log.exception("background work ended by a defect")
            failure = InspectorError(f"Eventscope met a defect: {error!r}.")
        try:
            self._channel.done.emit(self._ticket, answer, failure)
        except RuntimeError:  # whoever asked is gone
            return


class Background(QObject):
    """One question at a time for each owner: a newer one makes the answer of an older one void."""

    failed = Signal(str)
    refused = Signal(object)
    """The same as the error that it is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # A pool of its own would wait, while it is destroyed, for a thread that waits for the interpreter.
        self._pool = QThreadPool.globalInstance()
        self._running: list[threading.Event] = []
        self._channel = _Channel(self)
        self._channel.done.connect(self._answered)
        self._ticket: object = None
        self._then: Callable[[Any], None] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._then is not None

    def ask(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run `work` in the pool and give its answer to `then`, unless something newer was asked."""
        self._ticket, self._then = object(), then
        made = _Work(self._channel, self._ticket, work)
        self._running = [*(ended for ended in self._running if not ended.is_set()), made.ended]
        self._pool.start(made)

    def cancel(self) -> None:
        """Let an answer that is still to come go by."""
        self._ticket, self._then = None, None

    def close(self) -> None:
        """Wait for what runs; nothing is answered any more."""
        self.cancel()
        for ended in self._running:
            ended.wait(WAIT_S)

    def _answered(self, ticket: object, answer: Any, failure: InspectorError | None) -> None:
        if ticket is not self._ticket or self._then is None:
            return
        then, self._then = self._then, None
        if failure is None:
            then(answer)
        else:
            self.failed.emit(str(failure))
            self.refused.emit(failure)
