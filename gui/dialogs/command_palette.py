"""Ctrl+K: every action and every name, found by a few letters; before any, what one most likely wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from graph.hubs import find_hubs
from graph.model import DependencyGraph
from gui import fonts, loop_words
from gui.actions import Actions
from gui.canvas.scene import wording
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
ROWS = 25
"""Rows that are seen at once; fewer finds make it lower."""
USEFUL = (
    "loops.show", "graph.find", "graph.fit", "graph.tidy", "view.loops", "view.menu", "view.all",
    "record.find", "graph.save", "connect", "open", "help",
)  # fmt: skip
"""Actions that are offered before anything is typed, besides those that were done last."""
FIRST = {"Done lately": 5, "Actions": 6, "Loops": 4, "Applications": 5, "Channels": 5}
"""What is offered before anything is typed, and how many of each."""


@dataclass(frozen=True)
class Choice:
    """Something that can be found."""

    words: str
    cell: Cell
    note: Cell
    run: Callable[[], object]
    why_not: str = ""
    sort: str = "Actions"
    action: str = ""
    """The id of the action that it is."""


def choices(actions: Actions, session: Session) -> list[Choice]:
    """All actions, then all names of the graph."""
    made = []
    for spec in actions:
        reason = spec.why_not()
        shortcut = QKeySequence(spec.shortcut.partition(" | ")[0]).toString(
            QKeySequence.SequenceFormat.NativeText
        )
        cell = Cell(spec.title, Role.NAME, "ghost" if reason else "text")
        made.append(
            Choice(
                spec.title,
                cell,
                Cell(reason or shortcut, Role.SECONDARY, "dim", right=True),
                actions[spec.id].trigger,
                reason,
                action=spec.id,
            )
        )
    graph: DependencyGraph = session.graph
    for loop in loop_words.by_danger(graph.loops.values()):
        name = loop_name(graph, loop)
        mark = DotMark(TONES.get(loop.status, "ack"))
        words = f"{loop.status.value} loop{', paused' if loop.paused else ''}"
        note = Cell(words, Role.SECONDARY, "dim", right=True)
        made.append(Choice(name, Cell(name, mark=mark), note, partial(session.select, loop.id), sort="Loops"))
    hubs = find_hubs(graph)
    busy = {hub.node: hub.between for hub in hubs}
    for application in sorted(graph.applications.values(), key=lambda each: -busy.get(each.id, 0)):
        name = wording.name(application)
        cell = Cell(
            application.name or application.detail or name, mark=application_mark(graph, application.id)
        )
        note = Cell(application.kind.value, Role.SECONDARY, "dim", right=True)
        go = partial(session.select, application.id)
        made.append(Choice(f"{cell.text} {name}", cell, note, go, sort="Applications"))
    channels = sorted(graph.channels.values(), key=lambda each: (each.internal, -(each.rate_per_s or 0.0)))
    for channel in (each.id for each in channels):
        note = Cell(channel.kind.value, Role.SECONDARY, "dim", right=True)
        cell = Cell(channel.name, mark=channel_mark(graph, channel))
        made.append(Choice(channel.name, cell, note, partial(session.select, channel), sort="Channels"))
    return made


def found(offered: list[Choice], typed: str) -> list[Choice]:
    """Those in which all typed words occur; what begins with them first."""
    words = typed.casefold().split()
    hits = [each for each in offered if all(word in each.words.casefold() for word in words)]
    if words:
        hits.sort(key=lambda each: not each.words.casefold().startswith(words[0]))
    return hits[:MOST]


def at_first(offered: Iterable[Choice], done: Iterable[str]) -> list[tuple[str, list[Choice]]]:
    """What one most likely wants, under heads: what was `done` lately, other actions, and names."""
    every = list(offered)
    actions = {each.action: each for each in every if each.action and not each.why_not}
    lately = [actions[key] for key in done if key in actions]
    sorts = {"Done lately": lately, "Actions": [actions[key] for key in USEFUL if key in actions]}
    for sort in ("Loops", "Applications", "Channels"):
        sorts[sort] = [each for each in every if each.sort == sort]
    sorts["Actions"] = [each for each in sorts["Actions"] if each not in lately[: FIRST["Done lately"]]]
    return [(sort, sorts[sort][:most]) for sort, most in FIRST.items() if sorts[sort]]


class CommandPalette(QDialog):
    """A field and what it finds."""

    def __init__(self, actions: Actions, session: Session, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find an action or a name")
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setObjectName("floating")
        self.setFixedWidth(600)
        self._done = actions.done
        self._offered = choices(actions, session)
        self._hits: list[Choice | None] = []
        """By row; None for a head."""
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
        self.setLayout(column(field, Rule(), self.table, Rule(), note, gap=0, margins=(1, 1, 1, 1)))
        self._search("")

    def _search(self, typed: str) -> None:
        self._hits, lines = [], []
        parts = [("", found(self._offered, typed))] if typed.strip() else at_first(self._offered, self._done)
        for title, hits in parts:
            if title:
                lines.append(Line(title, (Cell(title, Role.COLUMN, "dim"), Cell(""))))
                self._hits.append(None)
            for hit in hits:
                number = len(self._hits)
                lines.append(Line((number, hit.words), (hit.cell, hit.note), number))
                self._hits.append(hit)
        self._lines.show(lines)
        self.table.choose(next((at for at, hit in enumerate(self._hits) if hit is not None), None))
        self.table.scrollToTop()
        rows = min(max(len(lines), 1), ROWS)
        self.table.setFixedHeight(rows * self.table.verticalHeader().defaultSectionSize() + 2)
        self.adjustSize()
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
                ahead = range(at, len(self._hits)) if step > 0 else range(at, -1, -1)
                behind = range(len(self._hits)) if step < 0 else ()
                self.table.choose(next(row for row in (*ahead, *behind) if self._hits[row] is not None))
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
        if hit is None:
            return
        if hit.why_not:
            self._note.setText(hit.why_not)
            return
        self.accept()
        hit.run()
