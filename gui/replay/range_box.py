"""Which part of a channel is replayed, by offsets or by times: all of it unless something is written."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from graph.identity import ChannelId
from gui import fonts
from gui.fonts import Role
from gui.parts.text import Text, column, row
from inspector.exchange import times
from inspector.exchange.times import SECOND
from inspector.replay.choice import Choice, Span

EXAMPLE = "offset, or 2026-01-31T10:00"


class RangeBox(QWidget):
    """Two fields that may stay empty; the end is not included."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.first, self.end = QLineEdit(), QLineEdit()
        for field, name in ((self.first, "From"), (self.end, "Up to, not included")):
            field.setFont(fonts.font(Role.CELL))
            field.setAccessibleName(name)
            field.setPlaceholderText(EXAMPLE)
            field.setToolTip(f"{name}: an offset, or a time in UTC. Empty: no limit.")
            field.textEdited.connect(self._told)
        self._wrong = Text(role=Role.SECONDARY, tone="run", wrap=True)
        self._wrong.hide()
        fields = row(Text("From", tone="dim"), self.first, Text("to", tone="dim"), self.end, gap=6)
        self.setLayout(column(fields, self._wrong, gap=3))

    def show_times(self, since_ns: int | None, until_ns: int | None) -> None:
        """Fill in two times, to whole seconds around them; None leaves a field empty."""
        for field, time_ns in ((self.first, since_ns), (self.end, until_ns and until_ns + SECOND - 1)):
            whole = "" if time_ns is None else times.written(time_ns // SECOND * SECOND)
            field.setText(whole.replace(".000Z", "Z"))
            field.setCursorPosition(0)
        self._told()

    @property
    def fault(self) -> str:
        """What is wrong with what is written; empty where nothing is."""
        for field in (self.first, self.end):
            try:
                _read(field.text())
            except ValueError:
                return f"{field.text().strip()} is neither an offset nor a time such as 2026-01-31T10:00."
        return ""

    def choice(self, source: str, channel: ChannelId) -> Choice | None:
        """The events of a channel within the limits; None while something is wrong."""
        if self.fault:
            return None
        first, end = _read(self.first.text()), _read(self.end.text())
        offsets = [limit[0] if limit is not None else None for limit in (first, end)]
        moments = [limit[1] if limit is not None else None for limit in (first, end)]
        spans = (Span(channel, None, *offsets),) if any(each is not None for each in offsets) else ()
        return Choice(
            source=source,
            channels=(channel.name,),
            since_ns=moments[0],
            until_ns=moments[1],
            spans=spans,
        )

    def _told(self, *_text: object) -> None:
        self._wrong.setText(self.fault)
        self._wrong.setVisible(bool(self.fault))
        self.changed.emit()


def _read(text: str) -> tuple[int | None, int | None] | None:
    """An offset or a time in nanoseconds; None for nothing. Raises ValueError for anything else."""
    said = text.strip()
    if not said:
        return None
    return (int(said), None) if said.isdecimal() else (None, times.read(said))
