"""What was read of each channel, what was lost and why, and how much of it is captured from now on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QDialog, QWidget

from graph.identity import ChannelId
from gui import figures
from gui.events.coverage import Read
from gui.events.coverage_line import CoverageLine
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice
from gui.parts.cells import SUBJECT, Cell
from gui.parts.marks import ChannelMark
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Rule, Text, column, row
from gui.session import Session
from inspector.capture.level import Level
from inspector.project import levels

COLUMNS = (Column("Channel", 210), Column("Captured", 170), Column("Offsets read", 100, right=True),
           Column("Lost", 80, right=True), Column("What was read", 0))  # fmt: skip
LEVELS: dict[Level | None, str] = {
    None: "Sampled, as usual",
    Level.EVERYTHING: "Everything",
    Level.MATCHING: "What matches the query of the list",
    Level.KEYS_AND_HEADERS: "Keys and headers, no values",
    Level.HEADERS_OF_BATCHES: "Headers of batches alone",
}
INTRO = (
    "A channel is read whole as soon as a level is chosen for it; the others are sampled by whole flows, "
    "within the budget. What was chosen is kept in the project file."
)


class CoverageDialog(QDialog):
    """A line a channel; the level is chosen for all that are selected."""

    def __init__(self, session: Session, look: Look, line: CoverageLine, query: str, parent: QWidget) -> None:
        """`query` is that of the list."""
        super().__init__(parent)
        self.setWindowTitle("Levels and losses")
        self._session, self._line, self._query = session, line, query
        self.model = Lines(COLUMNS, self)
        self.table = Table(look, COLUMNS, "What was read of each channel")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setModel(self.model)
        self.level = Choice(look)
        self.level.setAccessibleName("How much is captured")
        self.level.setMinimumWidth(240)
        for level, words in LEVELS.items():
            self.level.addItem(words, level)
        self.set = Button(look, "Capture so from now on", "primary", run=self._choose)
        self.note = Text(role=Role.SECONDARY, tone="dim")
        choose = row(
            Text("The selected channels", Role.NAME), self.level, self.set, 6, self.note, None, gap=8
        )
        close = row(None, Button(look, "Close", run=self.accept))
        made = column(
            Text("Levels and losses", Role.TITLE), Text(INTRO, tone="dim", wrap=True), 4, self.table, choose,
            Rule(), close, gap=8, margins=(24, 20, 24, 18),
        )  # fmt: skip
        made.setStretch(3, 1)
        self.setLayout(made)
        self.resize(min(900, int(parent.width() * 0.9)), min(560, int(parent.height() * 0.85)))
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        self.level.activated.connect(lambda _at: self._selected())
        session.decisions.changed.connect(self._show)
        line.news.connect(self._show)
        self._show()
        self.table.choose(session.selection if isinstance(session.selection, ChannelId) else None)
        self._selected()

    @property
    def chosen(self) -> list[ChannelId]:
        """The channels that are selected."""
        return [index.data(SUBJECT) for index in self.table.selectionModel().selectedRows()]

    def _show(self) -> None:
        reads, session = self._line.reads, self._session
        channels = sorted({*session.graph.channels, *reads}, key=lambda each: (each.name, str(each)))
        self.model.show([self._cells(each, reads.get(each, Read())) for each in channels])

    def _cells(self, channel: ChannelId, read: Read) -> Line:
        rule = levels.chosen(self._session.decisions.project, channel.name)
        words = LEVELS[None if rule is None else rule.level].partition(",")[0]
        if rule is not None and rule.query:
            words = f"where {rule.query}"
        return Line(
            channel,
            (
                Cell(channel.name, mark=ChannelMark(channel.kind), middle=True),
                Cell(words, tone="text" if rule else "dim"),
                Cell(f"{read.total:,}" if read.total else "not known", Role.SECONDARY, right=True),
                Cell(f"{read.lost:,}", Role.SECONDARY, "warn" if read.lost else "dim", right=True),
                Cell(read.sentence, tone="warn" if read.lost or read.holes else "dim"),
            ),
            subject=channel,
            tip=read.sentence,
        )

    def _selected(self) -> None:
        reason = self._why_not()
        self.set.setEnabled(not reason)
        self.set.setToolTip(reason)
        self.note.setText(reason or figures.plural(len(self.chosen), "channel"))

    def _why_not(self) -> str:
        if not self._session.live:
            return "This is a capture file: nothing is captured any more."
        if not self.chosen:
            return "Select channels first."
        if self._level is Level.MATCHING and not self._query:
            return "Write a query in the list first."
        return ""

    @property
    def _level(self) -> Level | None:
        found = self.level.currentData(Qt.ItemDataRole.UserRole)
        return None if found is None else Level(found)

    def _choose(self) -> None:
        level, decisions = self._level, self._session.decisions
        query = self._query if level is Level.MATCHING else ""
        for channel in self.chosen:
            if not decisions.decide(levels.choose(decisions.project, channel.name, level, query)):
                return
