"""Actions about the list of events: going somewhere, bookmarks, comparing, colours, columns, levels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gui.actions import Action

if TYPE_CHECKING:
    from gui.events.hands import EventHands
    from gui.main_window import MainWindow


class EventActions:
    """Builds these actions of a window and carries them out."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session

    @property
    def _hands(self) -> EventHands:
        self._window.show_tab("Events")
        return self._window.events.hands

    def actions(self) -> list[Action]:
        """All of them."""
        marks, none = self._why_no_marks, self._why_none
        return [
            Action(
                "events.go",
                "Go to an event…",
                lambda: self._hands.jumping.ask(),
                "Ctrl+G",
                why_not=self._why_empty,
            ),
            Action("bookmark", "Bookmark this event", lambda: self._hands.bookmarks.turn(), why_not=none),
            Action(
                "bookmark.note",
                "Write a note on this event…",
                lambda: self._hands.bookmarks.note(),
                why_not=none,
            ),
            Action("bookmark.next", "Next bookmark", partial(self._step, 1), "F2", why_not=marks),
            Action(
                "bookmark.previous", "Bookmark before", partial(self._step, -1), "Shift+F2", why_not=marks
            ),
            Action("events.compare", "Compare selected events…", lambda: self._hands.compare(), why_not=none),
            Action("events.export", "Export events…", lambda: self._hands.export(), why_not=self._why_empty),
            Action("sql.show", "Ask in SQL", self._ask, why_not=self._why_empty),
            Action("events.colours", "Colour rules of events…", lambda: self._hands.show_colours()),
            Action("events.columns", "Columns of events…", self._columns),
            Action(
                "capture.levels", "Levels and losses of the capture…", lambda: self._hands.show_coverage()
            ),
        ]

    def _why_empty(self) -> str:
        return "" if self._session.reader is not None else "There is no capture yet."

    def _why_none(self) -> str:
        return "" if self._session.row is not None else "Select an event in the list first."

    def _why_no_marks(self) -> str:
        return "" if self._session.decisions.project.bookmarks else "No event is bookmarked yet."

    def _step(self, step: int) -> None:
        self._hands.bookmarks.step(step)

    def _ask(self) -> None:
        self._window.show_tab("SQL")
        self._window.sql.editor.setFocus()

    def _columns(self) -> None:
        self._window.show_tab("Events")
        self._window.events.columns.open_under_head()
