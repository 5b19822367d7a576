"""Bookmarks and notes on events of the list: set, found again, and gone through one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMenu

from gui.background import Background
from gui.dialogs.line import LineDialog
from inspector.project import bookmarks
from inspector.project.model import Bookmark
from inspector.record import Position
from inspector.store.selection import Row

if TYPE_CHECKING:
    from gui.panels.events import EventsPanel

WORDS = 40
"""Characters of a note in a menu."""
Offer = tuple[str, Callable[[], object]]


class Bookmarking(QObject):
    """What is done with bookmarks."""

    def __init__(self, panel: EventsPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._decisions = panel.session.decisions
        self._background = Background(self)

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._background.close()

    def offers(self, row: Row) -> list[Offer]:
        """What can be done with a row, in words."""
        if row.channel is None:
            return []
        known = next(iter(bookmarks.entries(self._decisions.project, row.channel, row.position)), None)
        turn = "Bookmark" if known is None else "Take the bookmark away"
        note = "Write a note…" if known is None or not known.note else "Change the note…"
        return [(f"{turn}\tB", self.turn), (f"{note}\tN", self.note)]

    def turn(self) -> None:
        """Bookmark the current event, or take its bookmark away."""
        row = self._current()
        if row is None or row.channel is None:
            return
        project = self._decisions.project
        known = any(True for _ in bookmarks.entries(project, row.channel, row.position))
        change = bookmarks.forget if known else bookmarks.keep
        self._decisions.decide(change(project, row.channel, row.position))

    def note(self) -> None:
        """Write a note on the current event."""
        row = self._current()
        if row is None or row.channel is None:
            return
        channel, position, project = row.channel, row.position, self._decisions.project
        known = next(iter(bookmarks.entries(project, channel, position)), None)
        dialog = LineDialog(
            self._panel.look,
            f"A note on {channel.name} {position}",
            "It is kept in the project file by channel and position, and the event is bookmarked.",
            "Write",
            _why_no_note,
            self._panel.window(),
            known.note if known is not None else "",
            "The first one with a negative price",
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(
            lambda words: self._decisions.decide(
                bookmarks.keep(self._decisions.project, channel, position, words)
            )
        )
        dialog.open()

    def fill(self, menu: QMenu) -> None:
        """Write all bookmarks into a menu."""
        marks = self._decisions.project.bookmarks
        menu.addAction("Next\tF2", partial(self.step, 1)).setEnabled(bool(marks))
        menu.addAction("Previous\tShift+F2", partial(self.step, -1)).setEnabled(bool(marks))
        menu.addSeparator()
        if not marks:
            menu.addAction("No event is bookmarked yet. B bookmarks the current one.").setEnabled(False)
        for mark in marks:
            place = f"{mark.channel} {Position(mark.partition, mark.offset)}"
            note = mark.note if len(mark.note) <= WORDS else f"{mark.note[: WORDS - 1]}…"
            menu.addAction(f"{place}   {note}".rstrip(), partial(self.go, mark))

    def go(self, mark: Bookmark) -> None:
        """Show the event of a bookmark, where it is in this capture."""
        self._find((mark,), lambda rows: self._show(rows[0] if rows else None))

    def step(self, step: int) -> None:
        """Show the next bookmarked event in the list, or the one before; from the last one, the first."""
        current = self._current()

        def show(rows: list[int]) -> None:
            finder = self._panel.finder
            places = sorted(place for place in map(finder.place_of, rows) if place is not None)
            if not places:
                self._show(None)
                return
            at = -1 if current is None else finder.place_of(current.row)
            at = -1 if at is None else at
            beyond = [place for place in places if (place > at if step > 0 else place < at)]
            chosen = beyond[0 if step > 0 else -1] if beyond else places[0 if step > 0 else -1]
            self._panel.table.go_to(chosen)

        self._find(self._decisions.project.bookmarks, show)

    def _find(self, marks: tuple[Bookmark, ...], then: Callable[[list[int]], None]) -> None:
        reader = self._panel.session.reader
        if reader is None:
            return

        def work() -> list[int]:
            channels, found = reader.channels(), []
            for mark in marks:
                channel = bookmarks.channel_of(mark, channels)
                if channel is not None:
                    row = reader.find(channel, Position(mark.partition, mark.offset))
                    found += [row] if row is not None else []
            return found

        self._background.ask(work, then)

    def _show(self, row: int | None) -> None:
        if row is None or not self._panel.show_row(row):
            self._decisions.said.emit("The event is not in this capture.")

    def _current(self) -> Row | None:
        index = self._panel.table.currentIndex()
        return self._panel.model.row(index.row()) if index.isValid() else None


def _why_no_note(words: str) -> str:
    if len(words) > bookmarks.LONGEST:
        return f"It has {len(words):,} characters. {bookmarks.LONGEST} is the most."
    return ""
