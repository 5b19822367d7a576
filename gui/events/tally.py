"""How many events are shown and found, how many wait, and the live tail."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui import figures
from gui.events.finder import Finder
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Text, row
from gui.session import Session


class Tally(QWidget):
    """Figures and buttons at the right of the query."""

    let_in = Signal()
    """Events that wait are to come in."""
    turned = Signal()
    """The tail is to be held, or to go on."""

    def __init__(self, session: Session, look: Look, finder: Finder) -> None:
        super().__init__()
        self._session, self._finder = session, finder
        self.words = Text(role=Role.SECONDARY, tone="dim")
        self.stop = Button(look, "Stop", "flat", icon="stop", run=finder.stop, tip="Look no further")
        self.new = Button(look, "", "new", run=self.let_in.emit, tip="Let new events in")
        self.tail = Button(look, "Live tail", "ok", icon="pause", run=self.turned.emit)
        self.setLayout(row(4, self.words, self.stop, self.new, self.tail, gap=4))

    def count(self, *, paused: bool) -> tuple[int, int]:
        """Say what there is now: how many events are shown or wait, and how many there are."""
        finder, reader = self._finder, self._session.reader
        shown = len(finder.found.view) + finder.waiting
        total = 0 if reader is None else reader.end_row - reader.first_row
        words = f"{shown:,} of {total:,}" if shown != total else figures.plural(total, "event")
        if finder.stopped:
            words = f"{shown:,} found, search stopped"
        self.words.setText(f"{shown:,} found, looking…" if finder.searching else words)
        self.stop.setVisible(finder.searching)
        self.new.setVisible(finder.waiting > 0)
        self.new.setText(f"{finder.waiting:,} new")
        self.tail.setVisible(self._session.live)
        self.tail.setText("Paused" if paused else "Live tail")
        self.tail.set_kind("act" if paused else "ok", "play" if paused else "pause")
        hint = "Let new events in" if paused else "Hold the list still"
        self.tail.setToolTip(f"{hint} · Ctrl+Space")
        return shown, total

    def why_empty(self, total: int, doubt: str) -> str:
        """Why no event is shown; `doubt` is what of them may not have been read."""
        if self._finder.stopped:
            return "The search was stopped before it found an event."
        if total:
            hidden = f"No event matches. The filter hides {figures.plural(total, 'event')}."
            return f"{hidden} {doubt}".rstrip()
        if self._session.empty:
            return "No server is connected. Connect to one, try the demo, or open a capture."
        if self._session.live:
            return "No event has been captured yet. Events show up here as soon as something is sent."
        return "This capture holds no event."
