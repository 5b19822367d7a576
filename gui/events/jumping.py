"""Goes to a position, a time or a row of the list that somebody writes down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from graph.query.moments import Clock
from gui import figures
from gui.background import Background
from gui.dialogs.line import LineDialog
from gui.events.jump import EXAMPLE, ToPosition, ToRow, ToTime, target
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

if TYPE_CHECKING:
    from gui.panels.events import EventsPanel


class Jumping(QObject):
    """Asks where to go, and goes there."""

    def __init__(self, panel: EventsPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._background = Background(self)

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._background.close()

    def ask(self) -> None:
        """Ask where to go."""
        dialog = LineDialog(
            self._panel.look,
            "Go to",
            "A partition and offset, with the channel before it where several are shown; a time; or a row "
            "of the capture.",
            "Go",
            self._why_not,
            self._panel.window(),
            example=EXAMPLE,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(self.go)
        dialog.open()

    def go(self, text: str) -> None:
        """Go where a text says; what keeps from it is told."""
        panel = self._panel
        reader, said = panel.session.reader, panel.session.decisions.said
        if reader is None:
            return
        match target(text, self._clock()):
            case ToTime(time_ns):
                place = panel.finder.place_of_time(time_ns)
                panel.table.go_to(place)
                if place is None:
                    said.emit("The list is sorted by something else than time. Click Time first.")
            case ToRow(row):
                if not (reader.first_row <= row < reader.end_row and panel.show_row(row)):
                    said.emit(f"The capture holds rows {reader.first_row:,} to {reader.end_row - 1:,}.")
            case ToPosition() as wanted:
                shown = panel.row_filter.channels
                names = {each.name for each in shown} if shown is not None and not wanted.channel else None
                self._background.ask(lambda: _find(reader, wanted, names), self._found)

    def _found(self, rows: list[int]) -> None:
        said = self._panel.session.decisions.said
        if not rows or not self._panel.show_row(rows[0]):
            said.emit("No event at that position is in this capture.")
        elif len(rows) > 1:
            count = figures.plural(len(rows), "event")
            said.emit(f"{count} lie there, and this is the first. Write the channel before it.")

    def _why_not(self, text: str) -> str:
        if not text:
            return "Write where to go."
        try:
            target(text, self._clock())
        except ValueError as wrong:
            return str(wrong)
        return ""

    def _clock(self) -> Clock:
        session = self._panel.session
        return Clock(session.now_ns, session.zone)


def _find(reader: CaptureReader, wanted: ToPosition, names: set[str] | None) -> list[int]:
    """Rows at a position on the channels of some names, those that are meant first."""
    rows: list[int] = []
    for channel in reader.channels():
        if wanted.channel not in ("", channel.name) or (names is not None and channel.name not in names):
            continue
        on = reader.select(RowFilter(channels=frozenset({channel})))
        columns = reader.columns(on, "partition", "offset")
        there = columns["offset"] == wanted.offset
        if wanted.partition is not None:
            there &= columns["partition"] == wanted.partition
        rows += on[there].tolist()
    return rows
