"""What gain and rate loops had over time: noted while an engine reports, looked up where a file is open."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, Signal

from graph.identity import LoopId
from graph.model import FeedbackLoop
from gui import figures
from gui.background import Background
from gui.parts.blocks import Moment
from gui.session import Session
from inspector.store.reader import CaptureReader

KEPT = 900
"""Moments kept for each loop, one a second."""
LOOKED_UP = 60
"""Moments at which the graphs of a file are looked up."""


class LoopHistory(QObject):
    """Moments by loop, in order."""

    changed = Signal()
    """A file was looked up."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._moments: dict[LoopId, deque[Moment]] = {}
        self._noted_ns = 0
        self._background = Background(self)
        session.graph_changed.connect(session.turns.take(self._note))
        session.opened.connect(self._look_up)
        self._look_up()

    def of(self, loop: LoopId) -> tuple[Moment, ...]:
        """All that is known of a loop; while a time is looked at, until then."""
        until = self._session.moment_ns
        found = self._moments.get(loop, ())
        return tuple(each for each in found if until is None or each.at_ns <= until)

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._background.close()

    def _note(self) -> None:
        graph = self._session.newest
        if not self._session.live or graph.to_ns - self._noted_ns < figures.SECOND:
            return
        self._noted_ns = graph.to_ns
        for key in [key for key in self._moments if key not in graph.loops]:
            del self._moments[key]
        for loop in graph.loops.values():
            if (moment := _moment(graph.to_ns, loop)) is not None:
                self._moments.setdefault(loop.id, deque(maxlen=KEPT)).append(moment)

    def _look_up(self) -> None:
        reader = self._session.reader
        if self._session.live or reader is None:
            return
        self._background.ask(lambda: _looked_up(reader), self._show)

    def _show(self, found: dict[LoopId, deque[Moment]]) -> None:
        self._moments = found
        self.changed.emit()


def _moment(at_ns: int, loop: FeedbackLoop) -> Moment | None:
    if loop.gain is None and loop.rate_per_s is None:
        return None
    return Moment(at_ns, loop.gain, loop.gain_low, loop.gain_high, loop.rate_per_s)


def _looked_up(reader: CaptureReader) -> dict[LoopId, deque[Moment]]:
    found: dict[LoopId, deque[Moment]] = {}
    span = reader.span_ns()
    if span is None:
        return found
    last = reader.graph()
    start, end = span[0], max(span[1], last.to_ns)
    seen = 0
    for number in range(LOOKED_UP + 1):
        graph = last if number == LOOKED_UP else reader.graph(start + (end - start) * number // LOOKED_UP)
        if graph.to_ns <= seen:
            continue
        seen = graph.to_ns
        for loop in graph.loops.values():
            if (moment := _moment(graph.to_ns, loop)) is not None:
                found.setdefault(loop.id, deque(maxlen=KEPT)).append(moment)
    return found
