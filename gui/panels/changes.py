"""The Changes tab: all that differs between two moments, in words; it is there while two are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QWidget

from graph.identity import ApplicationId, ChannelId, LoopId, OperationId, RouteId, ServerId
from graph.model import DependencyGraph
from graph.names import plain
from graph.view.difference import Change, Difference, Mark
from gui import figures
from gui.actions import Actions
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import TONES, application_mark, channel_mark, loop_name
from gui.parts.buttons import Button
from gui.parts.cells import BAR, CELL, SUBJECT, Cell, Index
from gui.parts.marks import DotMark
from gui.parts.marks import Mark as Sign
from gui.parts.tables import ROOT, Column, Table, header
from gui.parts.text import Rule, Text, column, row
from gui.session import Session

COLUMNS = (Column("Change", 100), Column("Of", 100), Column("About", 280), Column("In words", 0))
SIGNS = {
    Mark.ADDED: ("+  Added", "ok"),
    Mark.GONE: ("×  Gone", "dim"),
    Mark.CHANGED: ("~  Changed", "accent"),
}
"""The word for each mark, with a sign that tells it without colour, and its tone."""


class ChangesModel(QAbstractTableModel):
    """Changes as rows; what a cell shows is made when it is looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.changes: Sequence[Change] = ()
        self._compared: Difference | None = None

    def show(self, compared: Difference | None, changes: Sequence[Change]) -> None:
        """Show these rows."""
        if changes == self.changes:
            self._compared = compared
            return
        self.beginResetModel()
        self._compared, self.changes = compared, changes
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.changes)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        return header(COLUMNS, section, orientation, role)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.changes) or self._compared is None:
            return None
        change = self.changes[index.row()]
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return change.sentence
            case Qt.ItemDataRole.DisplayRole:
                return self._cell(self._compared, change, index.column()).text
        if role == CELL:
            return self._cell(self._compared, change, index.column())
        if role == BAR:
            return SIGNS[change.mark][1]
        return change if role == SUBJECT else None

    def _cell(self, compared: Difference, change: Change, column: int) -> Cell:
        words, tone = SIGNS[change.mark]
        match column:
            case 0:
                return Cell(words, Role.NAME, tone)
            case 1:
                return Cell(change.aspect.value.capitalize(), tone="dim")
            case 2:
                graph = compared.before if change.mark is Mark.GONE else compared.after
                return _about(graph, change, compared.names)
            case _:
                return Cell(change.sentence)


def _about(graph: DependencyGraph, change: Change, names: Mapping[ApplicationId, str]) -> Cell:
    subject = change.subject
    sign: Sign | None = None
    match subject:
        case None:
            return Cell("what can be seen", tone="warn", italic=True)
        case LoopId():
            loop = graph.loops[subject]
            return Cell(
                loop_name(graph, loop), Role.NAME, mark=DotMark(TONES.get(loop.status, "ack")), middle=True
            )
        case ChannelId():
            sign = channel_mark(graph, subject)
        case ApplicationId():
            sign = application_mark(graph, subject)
        case OperationId() | RouteId() | ServerId():
            pass
    return Cell(plain(subject, names), Role.NAME, mark=sign, middle=True)


class ChangesPanel(QWidget):
    """Counts that filter, and a row for each change; choosing one selects what it is about."""

    counted = Signal(object)
    """How many changes there are; None where nothing is compared."""
    shown_way = Signal(object)
    """The edges of something that is not in the graph any more, to be lit up."""

    def __init__(self, session: Session, look: Look, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session = session
        self.model = ChangesModel(self)
        self.table = Table(look, COLUMNS, "Changes")
        self.table.setModel(self.model)
        self.table.chosen.connect(self._chosen)
        self._only: Mark | None = None
        self._group = QButtonGroup(self)
        self.only: dict[Mark | None, Button] = {}
        for mark in (None, *Mark):
            button = Button(look, "", "tab")
            button.setCheckable(True)
            button.setChecked(mark is None)
            button.clicked.connect(lambda _on=False, mark=mark: self._choose_only(mark))
            self._group.addButton(button)
            self.only[mark] = button
        self.between = Text(role=Role.SECONDARY, tone="dim")
        bar = QWidget()
        bar.setFixedHeight(34)
        end = Button(look, "End the comparison").follow(actions["time.compare.end"])
        bar.setLayout(row(*self.only.values(), None, self.between, 8, end, gap=4, margins=(8, 2, 10, 2)))
        self._nothing = Text(tone="dim", wrap=True)
        empty = QWidget()
        empty.setLayout(column(self._nothing, None, margins=(16, 14, 16, 14)))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(empty)
        self.setLayout(column(bar, Rule(), self._stack, gap=0))
        self.layout().setStretch(2, 1)  # type: ignore[union-attr]
        session.compared_changed.connect(session.turns.take(self.refresh))
        session.travel.wanted_changed.connect(self._say_between)
        session.zone_changed.connect(self._say_between)
        self.refresh()

    def refresh(self) -> None:
        """Show what differs now."""
        compared = self._session.compared
        changes = compared.changes if compared is not None else ()
        for mark, button in self.only.items():
            count = len(changes) if mark is None or compared is None else compared.counts[mark]
            button.setText(f"{'All' if mark is None else mark.value.capitalize()} {count:,}")
        shown = changes if self._only is None else tuple(each for each in changes if each.mark is self._only)
        self.model.show(compared, shown)
        self._stack.setCurrentIndex(0 if shown else 1)
        self._say_between()
        self.counted.emit(None if self._session.travel.mark_ns is None else len(changes))

    def _say_between(self) -> None:
        travel, zone = self._session.travel, self._session.zone
        if travel.mark_ns is None:
            self.between.setText("")
            return
        ends = [travel.mark_ns, travel.wanted_ns if travel.wanted_ns is not None else self._session.now_ns]
        start, end = (figures.clock_short(each, zone) for each in ends)
        later = end if travel.wanted_ns is not None or not self._session.live else "now"
        self.between.setText(f"From {start} to {later}")
        if self._session.compared is None:
            self._nothing.setText("Working out what differs.")
        elif self._only is not None:
            self._nothing.setText(f"Nothing {self._only.value} between {start} and {later}.")
        else:
            self._nothing.setText(f"Nothing differs between {start} and {later}, figures within noise aside.")

    def _choose_only(self, mark: Mark | None) -> None:
        self._only = mark
        self.refresh()

    def _chosen(self, change: Change) -> None:
        compared, subject = self._session.compared, change.subject
        if subject is None or compared is None:
            return
        self._session.select(subject)
        if isinstance(subject, LoopId) and change.mark is Mark.GONE:
            self.shown_way.emit(compared.before.loops[subject].edges)
