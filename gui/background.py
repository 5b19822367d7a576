"""Work that must not hold up a frame: run in a pool, its answer given back in the window's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from inspector.errors import InspectorError

log = logging.getLogger("eventscope.background")


class _Channel(QObject):
    done = Signal(object, object, object)


class _Work(QRunnable):
    def __init__(self, channel: _Channel, ticket: object, work: Callable[[], Any]) -> None:
        super().__init__()
        self._channel = channel
        self._ticket = ticket
        self._work = work

    def run(self) -> None:
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

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
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
        self._pool.start(_Work(self._channel, self._ticket, work))

    def cancel(self) -> None:
        """Let an answer that is still to come go by."""
        self._ticket, self._then = None, None

    def close(self) -> None:
        """Wait for what runs; nothing is answered any more."""
        self.cancel()
        self._pool.clear()
        self._pool.waitForDone(3000)

    def _answered(self, ticket: object, answer: Any, failure: InspectorError | None) -> None:
        if ticket is not self._ticket or self._then is None:
            return
        then, self._then = self._then, None
        if failure is None:
            then(answer)
        else:
            self.failed.emit(str(failure))
