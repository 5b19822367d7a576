"""Reads the moments that people look at in the background: one at a time, the newest wish next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from graph.model import DependencyGraph
from graph.view.difference import Difference, difference
from gui.background import Background
from gui.turns import Turns
from inspector.loops.acknowledged import acknowledged
from inspector.project.model import Project
from inspector.store.past import release
from inspector.store.reader import CaptureReader


@dataclass(frozen=True)
class Wish:
    """What is to be shown."""

    reader: CaptureReader
    project: Project
    """What is known of acknowledged loops now."""
    moment_ns: int | None
    """The time to look at; None for `newest`."""
    mark_ns: int | None
    """The time to compare with; None compares nothing."""
    newest: DependencyGraph


@dataclass(frozen=True)
class Seen:
    """What a wish came to."""

    wish: Wish
    captured: DependencyGraph
    """The graph of the moment as it was captured."""
    graph: DependencyGraph
    """The same, with the loops that are acknowledged now."""
    before: DependencyGraph | None
    """The graph to compare with, as it was captured."""
    compared: Difference | None


class Past(QObject):
    """Answers wishes. Between two answers everything else that waits for a frame has its turn; meanwhile the
    next one is read.
    """

    seen = Signal(object)
    failed = Signal(str)

    def __init__(self, turns: Turns, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wish: Wish | None = None
        self._last: Seen | None = None
        self._next: Seen | None = None
        """An answer that waits until all others have shown the one before."""
        self._spent: list[DependencyGraph] = []
        self._free: list[DependencyGraph] = []
        """Those of the spent ones that nothing shows any more."""
        self._resting = False
        self._background = Background(self)
        self._background.failed.connect(self._failed)
        self._rest = turns.take(self._rested)

    def want(self, wish: Wish) -> None:
        """Ask for something; what was asked before and is not begun yet is not wanted any more."""
        self._wish = wish
        self._begin()

    def forget(self) -> None:
        """Nothing is wanted any more; an answer that is on its way goes by."""
        self._wish = self._next = None

    def spend(self, graph: DependencyGraph) -> None:
        """Take a graph that is shown no more; it is freed in the background, after all panels let it go."""
        self._spent.append(graph)
        self._resting = True
        self._rest()

    def close(self) -> None:
        """Wait for what runs."""
        self._wish = self._next = None
        self._background.close()

    def _begin(self) -> None:
        busy = self._background.busy or self._next is not None
        if busy or (self._wish is None and not self._free):
            return
        wish, self._wish = self._wish, None
        free, self._free = self._free, []
        self._background.ask(partial(_look, wish, self._last, free), self._answered)

    def _answered(self, seen: Seen | None) -> None:
        if seen is not None and self._resting:
            self._next = seen
        elif seen is not None:
            self._tell(seen)
        self._begin()

    def _tell(self, seen: Seen) -> None:
        self._last, self._next = seen, None
        self._resting = True
        self.seen.emit(seen)
        self._rest()

    def _rested(self) -> None:
        self._resting = False
        self._free, self._spent = self._free + self._spent, []
        if self._next is not None:
            self._tell(self._next)
        self._begin()

    def _failed(self, sentence: str) -> None:
        self.failed.emit(sentence)
        self._begin()


def _look(wish: Wish | None, last: Seen | None, spent: list[DependencyGraph]) -> Seen | None:
    release(spent)
    if wish is None:
        return None
    same = last is not None and last.wish.reader is wish.reader
    captured, before = wish.newest, None
    if wish.moment_ns is not None:
        kept = last.captured if last is not None and same and last.wish.moment_ns == wish.moment_ns else None
        captured = kept or wish.reader.graph(wish.moment_ns)
    graph = wish.newest if wish.moment_ns is None else acknowledged(captured, wish.project)
    if wish.mark_ns is None:
        return Seen(wish, captured, graph, None, None)
    if last is not None and same and last.wish.mark_ns == wish.mark_ns:
        before = last.before
    before = before or wish.reader.graph(wish.mark_ns)
    return Seen(wish, captured, graph, before, difference(acknowledged(before, wish.project), graph))
