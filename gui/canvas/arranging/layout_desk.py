"""Where layouts are worked out that must not hold up a frame: prepared bit by bit, then done elsewhere."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Generator
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from graph.identity import Place
from graph.layout.coordinates import Floats, Ints
from graph.layout.layout import Layout, Prepared, Task, laid_out
from gui.background import Background
from gui.canvas.arranging.layout_host import LayoutHost

SMALL = 60
"""Up to this many nodes a thread of the pool is quicker than a process."""
SLICE_S = 0.006
"""How long a task is prepared before others have their turn."""

Work = Generator[None, None, Prepared]


def _undisturbed(task: Task) -> tuple[Floats, Ints]:
    """Lay out in a thread of the pool without collecting garbage there.

    A collection runs in whichever thread asks for memory, and a widget that it destroys outside the window's
    own thread ends the program.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return task.run()
    finally:
        if collects:
            gc.enable()


def at_once(work: Work) -> Layout:
    """The layout that a piece of work asks for, worked out here and now."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            ids, task = done.value
            return laid_out(ids, *task.run())


class LayoutDesk(QObject):
    """One layout at a time: a newer one makes an older one void."""

    advanced = Signal()
    """`progress` says something else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.progress: float | None = None
        """How much of a layout is done, 0 to 1; None while none is worked out."""
        self._ids: list[Place] = []
        self._task: Task | None = None
        self._then: Callable[[Layout], None] | None = None
        self._work: Work | None = None
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._prepare)
        self._background = Background(self)
        self._background.failed.connect(self.cancel)
        self._host = LayoutHost(self)
        self._host.found.connect(self._found)
        self._host.advanced.connect(self._tell)
        self._host.failed.connect(self._aside)

    @property
    def process(self) -> int | None:
        """The id of the process; None where none runs."""
        return self._host.pid

    def ask(self, work: Work, then: Callable[[Layout], None]) -> None:
        """Give the layout that a piece of work asks for to `then`."""
        self.cancel()
        self._work, self._then = work, then
        self._turn.start()
        self._tell(0.0)

    def cancel(self) -> None:
        """Let what is being worked out go."""
        self._work, self._task, self._then, self.progress = None, None, None, None
        self._turn.stop()
        self._background.cancel()
        self._host.cancel()

    def close(self) -> None:
        """End what runs."""
        self.cancel()
        self._background.close()
        self._host.close()

    def _prepare(self) -> None:
        until = time.perf_counter() + SLICE_S
        while self._work is not None and time.perf_counter() < until:
            try:
                next(self._work)
            except StopIteration as done:
                self._work = None
                self._ids, self._task = done.value
                if len(self._ids) <= SMALL:
                    self._in_a_thread(self._task)
                else:
                    self._host.ask(self._task)
        if self._work is None:
            self._turn.stop()

    def _in_a_thread(self, task: Task) -> None:
        self._background.ask(partial(_undisturbed, task), lambda answer: self._found(*answer))

    def _aside(self, _why: str) -> None:
        """The process cannot: a thread of this one does it, with less consideration for the window."""
        if self._task is not None:
            self._in_a_thread(self._task)

    def _tell(self, done: float) -> None:
        self.progress = done
        self.advanced.emit()

    def _found(self, points: Floats, depth: Ints) -> None:
        then, ids = self._then, self._ids
        self._task, self._then, self.progress = None, None, None
        if then is not None:
            then(laid_out(ids, points, depth))
            self.advanced.emit()
