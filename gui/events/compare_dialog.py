"""Events side by side: what differs between them, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from gui import figures
from gui.events.difference import Kind, Line, compare, facts
from gui.fonts import Role
from gui.look import Look
from gui.parts import tables
from gui.parts.buttons import Button, Tick
from gui.parts.cells import ROW, Cell, CellDelegate, Index
from gui.parts.tables import Column, Lines, Table
from gui.parts.text import Rule, Text, column, row
from inspector.decode.sight import Sight
from inspector.errors import CaptureError
from inspector.record import Record
from inspector.store.reader import CaptureReader

PATH_WIDTH, LEAST = 210, 150
SIGNS = {Kind.SAME: "", Kind.CHANGED: "changed", Kind.ADDED: "added", Kind.GONE: "gone"}
TONES = {Kind.SAME: "dim", Kind.CHANGED: "accent", Kind.ADDED: "ok", Kind.GONE: "warn"}
TINT = Qt.ItemDataRole.UserRole + 9


@dataclass(frozen=True)
class Event:
    """One event with all it says, by field."""

    record: Record
    facts: Mapping[str, str]


def read_events(reader: CaptureReader, rows: Sequence[int], sight: Sight) -> list[Event]:
    """Read and decode events; those that cannot be read are left out."""
    made = []
    for number in rows:
        try:
            record = sight.record(reader.record(number))
        except CaptureError:
            continue
        made.append(Event(record, facts(record, sight.value(record).value)))
    return made


class _Delegate(CellDelegate):
    """Tints the cells in which an event differs from the first one."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)

    def ground(self, index: Index) -> QColor | None:
        tint = index.data(TINT)
        return self._look.colour(tint) if tint else None


class _Differences(Lines):
    def data(self, index: Index, role: int = 0) -> object:
        if role == TINT and index.isValid():
            line = self.lines[index.row()].subject
            at = index.column() - 2
            if not isinstance(line, Line) or at < 1 or line.texts[at] == line.texts[0]:
                return None
            return "warnbg" if line.texts[at] is None else "okbg" if line.texts[0] is None else "accentbg"
        return super().data(index, role)


class CompareDialog(QDialog):
    """Fields from top to bottom, events from left to right, held against the first of them."""

    def __init__(self, look: Look, zone: tzinfo, events: Sequence[Event], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare events")
        self._events = tuple(events)
        self._lines = compare([each.facts for each in events])
        titles = _titles([each.record for each in events], zone)
        columns = (Column("Field", PATH_WIDTH), Column("", 74), *(Column(each, LEAST) for each in titles))
        self.model = _Differences(columns, self)
        self.table = Table(look, columns, "Fields of the events")
        self.table.setItemDelegate(_Delegate(look, self.table))
        self.table.setModel(self.model)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.only = Tick(look, "Only what differs")
        self.only.setChecked(True)
        self.only.toggled.connect(self._show)
        self.wanted = QLineEdit()
        self.wanted.setPlaceholderText("Find a field or a value")
        self.wanted.setClearButtonEnabled(True)
        self.wanted.setFixedWidth(220)
        self.wanted.textChanged.connect(self._show)
        self._count = Text(role=Role.SECONDARY, tone="dim")
        head = row(Text("Compare events", Role.TITLE), 12, self._count, None, self.wanted, 8, self.only)
        copy = Button(look, "Copy", run=self._copy, tip="Copy what is shown, tabs between the columns")
        foot = row(None, copy, Button(look, "Close", "primary", run=self.accept), gap=8)
        made = column(head, 4, self.table, Rule(), foot, gap=8, margins=(20, 16, 20, 14))
        made.setStretch(2, 1)
        self.setLayout(made)
        width = PATH_WIDTH + 74 + max(2, len(titles)) * max(LEAST, 230) + 60
        room = parent.size()
        high = 190 + ROW * max(8, sum(line.kind is not Kind.SAME for line in self._lines))
        self.resize(min(max(760, width), int(room.width() * 0.92)), min(high, int(room.height() * 0.85)))
        across = (self.width() - PATH_WIDTH - 74 - 60) // max(1, len(titles))
        for number in range(len(titles)):
            self.table.setColumnWidth(number + 2, max(LEAST, across))
        self._show()

    def _show(self) -> None:
        wanted = self.wanted.text().strip().casefold()
        lines = [
            line
            for line in self._lines
            if not (self.only.isChecked() and line.kind is Kind.SAME)
            and (
                not wanted
                or wanted in line.path.casefold()
                or any(wanted in (t or "").casefold() for t in line.texts)
            )
        ]
        self.model.show([_cells(line) for line in lines])
        differ = sum(line.kind is not Kind.SAME for line in self._lines)
        self._count.setText(f"{differ:,} of {figures.plural(len(self._lines), 'field')} differ")

    def _copy(self) -> None:
        titles = [each.title for each in self.model.columns]
        lines = [titles] + [[cell.text for cell in line.cells] for line in self.model.lines]
        QGuiApplication.clipboard().setText("\n".join("\t".join(cells) for cells in lines))


def _titles(records: Sequence[Record], zone: tzinfo) -> list[str]:
    """What to call each event, without the channel where it is the same of all."""
    one = len({record.channel for record in records}) == 1
    return [
        ("" if one else f"{record.channel.name} ")
        + f"{record.position} · {figures.clock(record.timestamp_ns, zone)}"
        for record in records
    ]


def _cells(line: Line) -> tables.Line:
    cells = [Cell(line.path, Role.CELL, "dim", middle=True), Cell(SIGNS[line.kind], tone=TONES[line.kind])]
    gone = Cell("not there", tone="faint", italic=True)
    cells += [gone if text is None else Cell(text, Role.CELL) for text in line.texts]
    return tables.Line(
        line.path, tuple(cells), subject=line, tip="\n".join(text or "not there" for text in line.texts)
    )
