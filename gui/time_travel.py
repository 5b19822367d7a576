"""Which time a window looks at, which it compares that with, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from graph.view.difference import Difference
from gui.past import Past, Seen, Wish

if TYPE_CHECKING:
    from gui.session import Session

COMPARE_EVERY_S = 1.0
"""How often what is new since a time is worked out while an engine reports."""


class TimeTravel(QObject):
    """Has the session show each time that was asked for when it was read, unless a newer wish came first."""

    wanted_changed = Signal()
    """Another time is asked for, to look at or to compare with; what it was like follows."""
    compared_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.wanted_ns: int | None = None
        """The time that was asked for last: where the playhead is. None is now."""
        self.mark_ns: int | None = None
        """The time that what is shown is compared with; None while nothing is compared."""
        self.compared: Difference | None = None
        """What differs since `mark_ns`; None while nothing is compared, and until that is worked out."""
        self._past = Past(session.turns, self)
        self._past.seen.connect(self._saw)
        self._past.failed.connect(self._saw_nothing)
        self.spend = self._past.spend
        self.grown = session.turns.take(self._grown, every_s=COMPARE_EVERY_S)
        """To be told when there is a newer graph."""

    def look_at(self, moment_ns: int | None) -> None:
        """Show a time as soon as it was read; None is now, at once."""
        moment_ns = moment_ns if self._session.reader is not None else None
        if moment_ns == self.wanted_ns:
            return
        self.wanted_ns = moment_ns
        self.wanted_changed.emit()
        if moment_ns is None:
            self._session.show(None, self._session.newest, self._session.newest)
        self.again()

    def compare_from(self, mark_ns: int | None) -> None:
        """Compare what is shown with a time; None ends that."""
        mark_ns = mark_ns if self._session.reader is not None else None
        if mark_ns == self.mark_ns:
            return
        self.mark_ns = mark_ns
        self.wanted_changed.emit()
        if mark_ns is not None:
            self.again()
        elif self.compared is not None:
            self.compared = None
            self.compared_changed.emit()

    def again(self) -> None:
        """Read what is asked for, once more where it was read before."""
        session = self._session
        if session.reader is None or (self.wanted_ns is None and self.mark_ns is None):
            self._past.forget()
            return
        project = session.decisions.project
        self._past.want(Wish(session.reader, project, self.wanted_ns, self.mark_ns, session.newest))

    def close(self) -> None:
        """Wait for what is being read."""
        self._past.close()

    def _grown(self) -> None:
        if self.mark_ns is not None and self.wanted_ns is None:
            self.again()

    def _saw(self, seen: Seen) -> None:
        moment_ns, before = seen.wish.moment_ns, self.compared
        if (moment_ns is None) is not (self.wanted_ns is None):
            return
        if seen.wish.mark_ns == self.mark_ns:
            self.compared = seen.compared
        if moment_ns is not None:
            self._session.show(moment_ns, seen.graph, seen.captured)
        if self.compared is not before:
            self.compared_changed.emit()

    def _saw_nothing(self, sentence: str) -> None:
        self._session.trouble("history", sentence)
        self.wanted_ns = self._session.moment_ns
        self.wanted_changed.emit()
