"""What the changes make of the first event that is sent: before and after, while they are written."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from gui.background import Background
from gui.events.difference import Kind, compare, facts
from gui.events.difference import Line as Field
from gui.fonts import Role
from gui.look import Look
from gui.parts.cells import ROW, Cell
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Text, column, row
from gui.session import Session
from inspector.decode.decoding import Decoding
from inspector.decode.sight import Sight
from inspector.errors import InspectorError
from inspector.exchange import times
from inspector.record import Record
from inspector.replay.choice import Choice
from inspector.replay.edit import Edits
from inspector.replay.gathering import first
from inspector.replay.outgoing import fetching

COLUMNS = (Column("Field", 170), Column("Before", 190), Column("After", 0))
MOST_LINES = 8
SOON_MS = 150
TONES = {Kind.ADDED: "ok", Kind.GONE: "run", Kind.CHANGED: "text"}


@dataclass(frozen=True)
class Previewed:
    """The first event and what becomes of it."""

    words: str
    """Which event it is, or why there is none."""
    fields: tuple[Field, ...] = ()
    """Those that differ."""
    fault: str = ""
    """Why it cannot be changed as asked, with the place."""


class Preview(QWidget):
    """Shown as soon as anything is to be changed."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self._session = session
        self._background = Background(self)
        self._background.failed.connect(lambda sentence: self._show(Previewed("", fault=sentence)))
        self._asked: tuple[Choice | None, Edits, str] = (None, Edits(), "")
        self._known: tuple[Choice, Record | None] | None = None
        """The first event of the choice that was asked for last."""
        self._which = Text(role=Role.SECONDARY, tone="dim")
        self._fault = Text(role=Role.NAME, tone="run", wrap=True)
        self._lines = Lines(COLUMNS, self)
        self.table = Table(look, COLUMNS, "What changes in the first event")
        self.table.setModel(self._lines)
        head = row(Text("Changes", Role.SECTION), None, self._which)
        self.setLayout(column(head, self._fault, self.table, gap=6, margins=(0, 0, 0, 8)))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._ask)
        self.hide()

    def show_edits(self, choice: Choice | None, edits: Edits, wrong: str = "") -> None:
        """Show what they do; `wrong` is what does not let the change that is being written be understood."""
        asked = (choice, edits, wrong)
        if asked != self._asked:
            self._asked = asked
            self._soon.start()

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._soon.stop()
        self._background.close()

    def _ask(self) -> None:
        choice, edits, wrong = self._asked
        if choice is None or not (edits.steps or wrong):
            self._background.cancel()
            self.hide()
            return
        known, sight = self._known, self._session.sight.fetching()

        def work() -> tuple[Record | None, Previewed]:
            there = known is not None and known[0] == choice
            record = known[1] if there and known is not None else None if choice.live else first(choice)
            return record, _previewed(record, edits, wrong, sight, live=choice.live)

        def answered(answer: tuple[Record | None, Previewed]) -> None:
            self._known = choice, answer[0]
            self._show(answer[1])

        self._background.ask(work, answered)

    def _show(self, found: Previewed) -> None:
        self._which.setText(found.words)
        self._fault.setText(found.fault)
        self._fault.setVisible(bool(found.fault))
        self._lines.show([_line(each) for each in found.fields])
        self.table.setFixedHeight(24 + ROW * min(len(found.fields), MOST_LINES) + 2)
        self.table.setVisible(bool(found.fields))
        self.show()


def _previewed(record: Record | None, edits: Edits, wrong: str, sight: Sight, *, live: bool) -> Previewed:
    """What a person may see of it: masks hold for what is sent as for what was captured."""
    if record is None:
        why = "read from the server with the plan, so not shown here" if live else "there is no such event"
        return Previewed(why, fault=wrong)
    words = f"{record.channel.name} {record.position}"
    try:
        after = fetching(edits, sight.decoding or Decoding())(record)
    except InspectorError as refusal:
        return Previewed(words, fault=f"It would not be sent. {refusal}")
    seen = [_facts(sight.record(each), sight) for each in (record, after)]
    fields = tuple(each for each in compare(seen) if each.kind is not Kind.SAME)
    if not fields and not wrong:
        words += " · only its bytes differ" if after != record else " · nothing changes"
    return Previewed(words, fields, wrong)


def _facts(record: Record, sight: Sight) -> dict[str, str]:
    return {**facts(record, sight.value(record).value), "time": times.written(record.timestamp_ns)}


def _line(field: Field) -> Line:
    before, after = field.texts
    cells = (
        Cell(field.path, Role.NAME, middle=True),
        Cell(before or ("" if before is None else "empty"), Role.CELL, "dim"),
        Cell(
            "taken away" if after is None else after or "empty",
            Role.CELL if after else Role.BODY,
            TONES.get(field.kind, "text"),
        ),
    )
    return Line(field.path, cells, tip=f"{field.path}: {before} → {after}")
