"""The inbox of suggestions: two names that may be one application, why, and what to decide about them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from graph.model import PRODUCER_ID, Alias, ApplicationKind, DependencyGraph, Suggestion
from gui import figures
from gui.actions import Actions
from gui.fonts import Role
from gui.look import Look
from gui.panels.lists import ListPanel
from gui.parts.buttons import Button
from gui.parts.cells import Cell
from gui.parts.marks import ApplicationMark, LineMark
from gui.parts.tables import Column, Line
from gui.parts.text import Elided, Rule, Text, column, row
from gui.session import Session

COLUMNS = (
    Column("One name", 180),
    Column("Other name", 180),
    Column("Sure", 76),
    Column("Decided", 84),
    Column("Why they may be one application", 0),
)
NONE = (
    "No two names are left that may be one application. "
    "A name that was taken for the wrong application can be split off in its details."
)


class SuggestionsPanel(ListPanel):
    """A row for each two names; the buttons over the list are about the row that is selected."""

    def __init__(self, session: Session, look: Look, actions: Actions) -> None:
        super().__init__(session, look, COLUMNS, "Suggestions")
        self._decisions = session.decisions
        self._found: dict[tuple[Alias, Alias], Suggestion] = {}
        self._place = Elided(role=Role.SECONDARY, tone="dim")
        self._place.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.about = Text(tone="dim", wrap=True)
        """The suggestion that is selected, in full."""
        bar, foot = QWidget(), QWidget()
        bar.setFixedHeight(36)
        buttons = row(
            Button(look, "Merge", "primary").follow(actions["suggestion.merge"]),
            Button(look, "Keep apart").follow(actions["suggestion.apart"]),
            Button(look, "Always for this pattern…").follow(actions["suggestion.always"]),
            8,
            Button(look, "Undo", "flat").follow(actions["undo"]),
            Button(look, "Redo", "flat").follow(actions["redo"]),
            self._place,
            Button(look, "Save as…", "flat").follow(actions["project.save"]),
            gap=6,
            margins=(12, 3, 10, 3),
        )
        buttons.setStretchFactor(self._place, 1)
        bar.setLayout(buttons)
        foot.setLayout(column(self.about, margins=(12, 6, 12, 8)))
        box = self.layout()
        assert isinstance(box, QVBoxLayout)
        box.setSpacing(0)
        for place, widget in enumerate((bar, Rule())):
            box.insertWidget(place, widget)
        box.addWidget(Rule())
        box.addWidget(foot)
        self._decisions.chosen.connect(self._tell)
        self.table.chosen.connect(self._choose)
        session.graph_changed.connect(session.turns.take(self.refresh))
        session.opened.connect(self.refresh)
        self._decisions.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is left to decide, the surest first."""
        session = self.session
        found = sorted(session.graph.suggestions, key=lambda each: (-each.confidence, each))
        chosen = self._decisions.suggestion
        before = None if chosen is None else (chosen.a, chosen.b)
        place = next((at for at, line in enumerate(self.lines.lines) if line.key == before), 0)
        self._found = {(each.a, each.b): each for each in found}
        self.show_lines([self._line(each) for each in found], NONE if session.graph.channels else EMPTY)
        self._place.setText(f"Kept in {self._decisions.place}")
        if chosen is not None and chosen not in found:
            # What was decided goes, and the next one can be decided at once.
            after = found[min(place, len(found) - 1)] if found else None
            chosen = self._found.get((chosen.a, chosen.b), after)
            self._decisions.choose(chosen)
        self.table.choose(None if chosen is None else (chosen.a, chosen.b))
        self._tell()

    def _choose(self, pair: tuple[Alias, Alias]) -> None:
        self._decisions.choose(self._found[pair])

    def _tell(self) -> None:
        chosen = self._decisions.suggestion
        if chosen is None:
            none = "Select a suggestion to decide about it." if self.count else ""
            self.about.setText(none or "What you decide is undone with Ctrl+Z.")
        else:
            self.about.setText(f"Whether {_words(chosen.a)} is {_words(chosen.b)}: {chosen.why}")

    def _line(self, suggestion: Suggestion) -> Line:
        graph, decided = self.session.graph, self._decisions.decided(suggestion)
        tone = "dim" if decided else "text"
        cells = (
            _name(graph, suggestion.a, tone),
            _name(graph, suggestion.b, tone),
            Cell(figures.per_cent(suggestion.confidence), tone="dim", mark=LineMark(suggestion.confidence)),
            Cell(decided, tone="ok" if decided else "dim"),
            Cell(suggestion.why, tone=tone),
        )
        tip = f"{_words(suggestion.a)} and {_words(suggestion.b)}\n{suggestion.why}"
        pair = suggestion.a, suggestion.b
        return Line(pair, cells, pair, tip=tip)


EMPTY = "No suggestion, because nothing has been seen yet."


def _words(alias: Alias) -> str:
    return f"{alias.kind.replace('-', ' ')} {alias.value}"


def _name(graph: DependencyGraph, alias: Alias, tone: str) -> Cell:
    unnamed = any(
        alias in application.aliases and application.kind is ApplicationKind.UNATTRIBUTED
        for application in graph.applications.values()
    )
    mark = ApplicationMark(unattributed=unnamed)
    words = alias.value if alias.kind != PRODUCER_ID else f"producer id {alias.value}"
    return Cell(words, Role.NAME, tone, mark=mark, middle=True)
