"""The short tables at the bottom: findings and problems."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from graph.identity import ApplicationId, ChannelId, LoopId, OperationId
from graph.model import DependencyGraph, Severity
from gui import figures
from gui.events.scope import describe
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import SEVERITY, TONES, application_mark, channel_mark
from gui.parts.cells import Cell
from gui.parts.marks import DotMark, Mark
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Text, column
from gui.session import ENGINE, Session

FINDINGS = (Column("Severity", 90), Column("About", 240), Column("Rule", 192), Column("What", 0))
PROBLEMS = (
    Column("Severity", 110),
    Column("What happened", 0),
    Column("What to do", 420),
    Column("Since", 100),
)


class ListPanel(QWidget):
    """A table, or a sentence where it has no rows."""

    def __init__(self, session: Session, look: Look, columns: tuple[Column, ...], name: str) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.session = session
        self.lines = Lines(columns, self)
        self.table = Table(look, columns, name)
        self.table.setModel(self.lines)
        self._sentence = Text(tone="dim", wrap=True)
        empty = QWidget()
        empty.setLayout(column(self._sentence, None, margins=(16, 14, 16, 14)))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(empty)
        self.setLayout(column(self._stack))

    def show_lines(self, lines: list[Line], sentence: str) -> None:
        """Show rows, or why there are none."""
        self.lines.show(lines)
        self._sentence.setText(sentence)
        self._stack.setCurrentIndex(0 if lines else 1)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.lines.lines)


class FindingsPanel(ListPanel):
    """What a person should know about the observed system."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__(session, look, FINDINGS, "Findings")
        self.table.chosen.connect(session.select)
        session.graph_changed.connect(session.turns.take(self.refresh))
        session.opened.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the findings of the graph."""
        graph = self.session.graph
        order = list(Severity)
        found = sorted(graph.findings, key=lambda finding: (order.index(finding.severity), finding.rule))
        lines = [
            Line(
                (finding.rule, finding.subject),
                (
                    Cell(
                        finding.severity.value.capitalize(),
                        tone=SEVERITY[finding.severity],
                        mark=DotMark(SEVERITY[finding.severity]),
                    ),
                    Cell(
                        describe(self.session, finding.subject),
                        Role.NAME,
                        mark=_mark(graph, finding.subject),
                        middle=True,
                    ),
                    Cell(finding.rule, Role.CELL, "dim"),
                    Cell(finding.message),
                ),
                finding.subject,
                tip=finding.message,
            )
            for finding in found
        ]
        seen = figures.plural(len(graph.channels), "channel")
        who = figures.plural(len(graph.applications), "application")
        none = f"Nothing to say about {seen} and {who} so far."
        self.show_lines(lines, none if graph.channels else "No finding, because nothing has been seen yet.")


def _mark(graph: DependencyGraph, subject: object) -> Mark | None:
    match subject:
        case ChannelId():
            return channel_mark(graph, subject)
        case ApplicationId():
            return application_mark(graph, subject)
        case OperationId():
            return application_mark(graph, subject.application)
        case LoopId():
            loop = graph.loops.get(subject)
            return DotMark(TONES.get(loop.status, "ack") if loop else "ack")
        case _:
            return None


class ProblemsPanel(ListPanel):
    """What went wrong and what cannot be seen; what is past is greyed."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__(session, look, PROBLEMS, "Problems")
        self.table.activated_row.connect(self._activated)
        session.problems_changed.connect(self.refresh)
        session.graph_changed.connect(session.turns.take(self.refresh))
        session.zone_changed.connect(self.refresh)
        session.opened.connect(self.refresh)
        self.refresh()

    @property
    def open_count(self) -> int:
        """Problems that are not solved, and things that cannot be seen."""
        unsolved = sum(each.solved_ns is None for each in self.session.troubles.values())
        return unsolved + len(self.session.graph.unavailable)

    def _activated(self, number: int) -> None:
        if self.lines.lines[number].key == ENGINE:
            self.session.restart()

    def refresh(self) -> None:
        """Show what went wrong, newest first, then what cannot be seen."""
        session, zone = self.session, self.session.zone
        lines = []
        for each in sorted(session.troubles.values(), key=lambda t: (t.solved_ns is not None, -t.since_ns)):
            past = each.solved_ns is not None
            tone = "ghost" if past else SEVERITY[each.severity]
            words = f"{each.severity.value.capitalize()}{', past' if past else ''}"
            text = "faint" if past else "text"
            remedy = "Enter restarts it." if each.key == ENGINE and not past else each.remedy
            cells = (
                Cell(words, tone=tone, mark=DotMark(tone)),
                Cell(each.message, tone=text),
                Cell(remedy, tone="faint" if past else "dim"),
                Cell(figures.clock_short(each.since_ns, zone), Role.CELL, "dim"),
            )
            lines.append(Line(each.key, cells, tip=f"{each.message} {remedy}"))
        for item in session.graph.unavailable:
            cells = (
                Cell("Not visible", tone="warn", mark=DotMark("warn")),
                Cell(f"{item.what}: {item.why}"),
                Cell(item.remedy, tone="dim"),
                Cell(""),
            )
            lines.append(Line(item, cells, tip=f"{item.what}: {item.why} {item.remedy}"))
        self.show_lines(lines, "Nothing went wrong, and everything that was asked for could be read.")
