"""Ctrl+K: every action and every name, found by a few letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from graph.model import DependencyGraph
from gui import fonts
from gui.actions import Actions
from gui.canvas import wording
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import TONES, application_mark, channel_mark, loop_name
from gui.parts.cells import Cell
from gui.parts.marks import DotMark
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Rule, Text, column
from gui.session import Session

COLUMNS = (Column("Name", 0), Column("What", 210, right=True))
MOST = 60


@dataclass(frozen=True)
class Choice:
    """Something that can be found."""

    words: str
    cell: Cell
    note: Cell
    run: Callable[[], object]
    why_not: str = ""


def choices(actions: Actions, session: Session) -> list[Choice]:
    """All actions, then all names of the graph."""
    made = []
    for spec in actions:
        reason = spec.why_not()
        shortcut = QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        cell = Cell(spec.title, Role.NAME, "ghost" if reason else "text")
        made.append(
            Choice(
                spec.title,
                cell,
                Cell(reason or shortcut, Role.SECONDARY, "dim", right=True),
                actions[spec.id].trigger,
                reason,
            )
        )
    graph: DependencyGraph = session.graph
    for loop in graph.loops.values():
        name = loop_name(graph, loop)
        mark = DotMark(TONES.get(loop.status, "ack"))
        note = Cell(f"{loop.status.value} loop", Role.SECONDARY, "dim", right=True)
        made.append(Choice(name, Cell(name, mark=mark), note, partial(session.select, loop.id)))
    for application in graph.applications.values():
        name = wording.name(application)
        cell = Cell(
            application.name or application.detail or name, mark=application_mark(graph, application.id)
        )
        note = Cell(application.kind.value, Role.SECONDARY, "dim", right=True)
        made.append(Choice(f"{cell.text} {name}", cell, note, partial(session.select, application.id)))
    for channel in graph.channels:
        note = Cell(channel.kind.value, Role.SECONDARY, "dim", right=True)
        cell = Cell(channel.name, mark=channel_mark(graph, channel))
        made.append(Choice(channel.name, cell, note, partial(session.select, channel)))
    return made


def found(offered: list[Choice], typed: str) -> list[Choice]:
    """Those in which all typed words occur; what begins with them first."""
    words = typed.casefold().split()
    hits = [each for each in offered if all(word in each.words.casefold() for word in words)]
    if words:
        hits.sort(key=lambda each: not each.words.casefold().startswith(words[0]))
    return hits[:MOST]


class CommandPalette(QDialog):
    """A field and what it finds."""

    def __init__(self, actions: Actions, session: Session, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find an action or a name")
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.resize(560, 420)
        self._offered = choices(actions, session)
        self._hits: list[Choice] = []
        self.field = QLineEdit()
        self.field.setFont(fonts.font(Role.NAME))
        self.field.setMinimumHeight(30)
        self.field.setPlaceholderText("Find an action, application or channel")
        self.field.setAccessibleName("Find an action or a name")
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self._lines = Lines(COLUMNS, self)
        self.table = Table(look, COLUMNS, "Found")
        self.table.horizontalHeader().hide()
        self.table.setModel(self._lines)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.clicked.connect(lambda index: self._run(index.row()))
        self._note = Text(role=Role.SECONDARY, tone="dim")
        field = column(self.field, margins=(10, 10, 10, 10))
        note = column(self._note, margins=(12, 6, 12, 8))
        self.setLayout(column(field, Rule(), self.table, Rule(), note, gap=0))
        self._search("")

    def _search(self, typed: str) -> None:
        self._hits = found(self._offered, typed)
        self._lines.show(
            [Line(number, (hit.cell, hit.note), number) for number, hit in enumerate(self._hits)]
        )
        self.table.choose(0 if self._hits else None)
        self._note.setText("Enter runs it, Escape closes." if self._hits else "Nothing is called that.")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: 10,
                Qt.Key.Key_PageUp: -10,
            }.get(Qt.Key(event.key()))
            if step and self._hits:
                at = min(max(self.table.currentIndex().row() + step, 0), len(self._hits) - 1)
                self.table.choose(at)
                self.table.scrollTo(self.table.currentIndex())
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.table.currentIndex().row())
                return True
        return super().eventFilter(watched, event)

    def _run(self, number: int) -> None:
        if not 0 <= number < len(self._hits):
            return
        hit = self._hits[number]
        if hit.why_not:
            self._note.setText(hit.why_not)
            return
        self.accept()
        hit.run()
