"""What a replay would cause: whom it reaches, what they send on, which loops it enters."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from graph.identity import ChannelId
from graph.model import LoopStatus
from gui import figures
from gui.canvas.scene import wording
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import application_mark, channel_mark, loop_name
from gui.parts.cells import Cell
from gui.parts.marks import DotMark
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Text, column, row
from gui.session import Session
from inspector.link import ReplayRan
from inspector.replay.plan import ReplayPlan

COLUMNS = (Column("Goes on to", 200), Column("Records", 80, right=True), Column("Why", 0))
ROW = 22


class ReachPanel(QWidget):
    """The right half of the dialog."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session = session
        self._alert = QWidget()
        self._alert.setObjectName("alert")
        self._alert.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._alert_title = Text(role=Role.SECTION, tone="run", wrap=True)
        self._alert_text = Text(wrap=True)
        self._alert.setLayout(column(self._alert_title, self._alert_text, gap=4, margins=(14, 10, 14, 10)))
        self._alert.hide()
        self._way = Text("Working out where it would go.", tone="dim", wrap=True)
        self._lines = Lines(COLUMNS, self)
        self.table = Table(look, COLUMNS, "What the replay would cause")
        self.table.setModel(self._lines)
        self._warnings = Text(tone="warn", wrap=True)
        self._headers = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self._results = column(gap=4)
        self._none = Text(
            "Nothing has been run yet. A dry run checks everything and sends nothing.", tone="dim", wrap=True
        )
        inside = QWidget()
        inside.setObjectName("panel")
        inside.setLayout(
            column(
                row(
                    Text("Reach", Role.SECTION),
                    None,
                    Text("by measured branching where it is known", Role.SECONDARY, "dim"),
                ),
                self._alert,
                self._way,
                self.table,
                self._warnings,
                self._headers,
                8,
                Text("Runs of this plan", Role.SECTION),
                self._none,
                self._results,
                None,
                gap=8,
                margins=(22, 14, 24, 16),
            )
        )
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.setLayout(column(area))

    def show_plan(self, plan: ReplayPlan) -> None:
        """Show what a plan says."""
        graph = self._session.graph
        loops = [graph.loops[each] for each in plan.loops if each in graph.loops]
        worst = next((loop for loop in loops if loop.status is LoopStatus.RUNAWAY), None)
        self._alert.setVisible(worst is not None)
        if worst is not None:
            self._alert_title.setText(f"This enters a runaway loop, {wording.badge(worst)}")
            gain = worst.gain or 1.0
            later = (
                f"1 record would be about {_about(gain**12)} after 12 laps, and would not end."
                if gain >= 1.0
                else ""
            )
            self._alert_text.setText(f"{loop_name(graph, worst)}. {later}".strip())
        reached = len({step.application for step in plan.steps})
        others = [loop for loop in loops if loop is not worst]
        said = [
            f"It reaches {figures.plural(reached, 'application')}."
            if reached
            else "Nobody known receives it there."
        ]
        said += [
            f"It enters a loop that is {loop.status.value}: {loop_name(graph, loop)}." for loop in others
        ]
        self._way.setText(" ".join(said))
        lines = [
            Line(
                "target",
                (
                    Cell(
                        plan.request.target.name,
                        Role.NAME,
                        mark=channel_mark(graph, plan.request.target),
                        middle=True,
                    ),
                    Cell("1", Role.HEAD, right=True),
                    Cell("sent by this replay", tone="dim"),
                ),
            )
        ]
        expected: dict[ChannelId, float] = {}
        for step in plan.steps:
            name = wording.node_name(graph, step.application)
            sure = "" if step.confidence >= 0.9 else figures.per_cent(step.confidence)
            words = f"receives {step.received_from.name}, {_distance(step.hops)}"
            cells = (
                Cell(
                    name, Role.NAME, mark=application_mark(graph, step.application), middle=True, aside=sure
                ),
                Cell("", right=True),
                Cell(words, tone="dim"),
            )
            lines.append(Line(("step", step.application, step.received_from), cells))
            for channel, count in step.sends:
                expected[channel] = expected.get(channel, 0.0) + count
                cells = (
                    Cell(channel.name, mark=channel_mark(graph, channel), middle=True),
                    Cell(f"{count:.3g}", Role.HEAD, right=True),
                    Cell(f"expected from {name}", tone="dim"),
                )
                lines.append(Line(("send", step.application, step.received_from, channel), cells))
        leaves = ", ".join(channel.name for channel in plan.leaves)
        lines.append(
            Line(
                "leaves",
                (
                    Cell("Ends unread", mark=DotMark("faint")),
                    Cell(f"{len(plan.leaves)}", Role.HEAD, right=True),
                    Cell(leaves or "every channel on the way has a receiver", tone="dim"),
                ),
            )
        )
        there = "same event id on the target, among those captured"
        lines.append(
            Line(
                "there",
                (
                    Cell("Already there", mark=DotMark("faint")),
                    Cell(f"{plan.already_there:,}", Role.HEAD, right=True),
                    Cell(there, tone="dim"),
                ),
            )
        )
        self._lines.show(lines)
        self.table.setFixedHeight(24 + ROW * min(len(lines), 11) + 2)
        self._warnings.setText("\n".join(plan.warnings))
        self._warnings.setVisible(bool(plan.warnings))
        added = [
            name
            for name, _value in plan.outgoing_headers
            if name not in {each for each, _ in plan.request.headers}
        ]
        self._headers.setText(f"Each record carries {', '.join(added)}." if added else "")

    def add_result(self, report: ReplayRan) -> None:
        """Put a run on top of the others."""
        self._none.hide()
        words = "Refused" if report.refused else "Dry run" if report.dry_run else "Sent 1"
        tone = "run" if report.refused else "ok"
        when = figures.clock_short(time.time_ns(), self._session.zone)
        line = QWidget()
        line.setLayout(
            row(
                Text(words, Role.NAME, tone),
                6,
                Text(report.message, wrap=True),
                Text(when, Role.CELL, "dim"),
                gap=6,
            )
        )
        line.layout().setStretch(2, 1)  # type: ignore[union-attr]
        self._results.insertWidget(0, line)


def _distance(hops: int) -> str:
    return "at once" if not hops else f"after {figures.plural(hops, 'application')}"


def _about(number: float) -> str:
    return f"{number:,.0f}" if number >= 3 else f"{number:.2g}"
