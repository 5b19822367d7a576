"""What a replay would cause: the graph of what it reaches, what comes where, and why it must not run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from graph.identity import ApplicationId, ChannelId
from graph.model import DependencyGraph, LoopStatus
from gui import figures
from gui.canvas.canvas import GraphCanvas
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import application_mark, channel_mark, loop_name
from gui.parts.cells import ROW, Cell
from gui.parts.marks import DotMark, Mark
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Text, column, emptied, row
from gui.replay.reach_graph import about, counts, expected, reached
from gui.session import Session
from inspector.replay.plan import Caused, Known, Plan, Reason, Side

COLUMNS = (Column("What", 210), Column("Records", 76, right=True), Column("Why", 0))
MOST_LINES = 12
PICTURE = 190
"""Height of the graph, in px."""
TONES = {Known.IDEMPOTENT: "ok", Known.HARMLESS: "ok", Known.REPEATS: "run", Known.UNKNOWN: "warn"}


class PlanPanel(QWidget):
    """The right half of the room."""

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
        self.canvas = GraphCanvas(look.theme)
        self.canvas.setFixedHeight(PICTURE)
        self.canvas.set_motion(False)
        self.canvas.set_overlays(legend=False, minimap=False)
        self.canvas.setAccessibleName("What the replay reaches")
        self.canvas.hide()
        look.changed.connect(lambda: self.canvas.set_theme(look.theme))
        self._lines = Lines(COLUMNS, self)
        self.table = Table(look, COLUMNS, "What the replay would cause")
        self.table.setModel(self._lines)
        self.table.hide()
        self._reasons = column(gap=6)
        self._warnings = Text(tone="warn", wrap=True)
        self.before = column(gap=8)
        """What stands above the plan: how a run goes, what it caused, and what changes."""
        self.after = column(gap=8)
        """What follows the plan: earlier runs."""
        inside = QWidget()
        inside.setObjectName("panel")
        inside.setLayout(
            column(
                self.before,
                row(Text("Reach", Role.SECTION), None,
                    Text("by measured branching where it is known", Role.SECONDARY, "dim")),
                self._alert, self._way, self.canvas, self.table, self._reasons, self._warnings, 4, self.after,
                None, gap=8, margins=(22, 14, 24, 16),
            )
        )  # fmt: skip
        self._area = area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.setLayout(column(area))

    def show_top(self) -> None:
        """Scroll up."""
        self._area.verticalScrollBar().setValue(0)

    def show_plan(self, plan: Plan) -> None:
        """Show what a plan says."""
        graph = self._session.graph
        self._alarm(graph, plan)
        self._way.setText(_way(plan))
        part = reached(graph, plan)
        self.canvas.setVisible(bool(part.operations))
        self.canvas.set_graph(part)
        self.canvas.set_trail((), counts(plan))
        lines = list(_lines(graph, plan))
        self._lines.show(lines)
        self.table.setVisible(bool(lines))
        self.table.setFixedHeight(24 + ROW * min(len(lines), MOST_LINES) + 2)
        emptied(self._reasons)
        for reason in plan.reasons:
            self._reasons.addWidget(_reason(reason, "run"))
        for reason in plan.overridden:
            self._reasons.addWidget(_reason(reason, "warn"))
        self._warnings.setText("\n".join(plan.warnings))
        self._warnings.setVisible(bool(plan.warnings))

    def show_caused(self, plan: Plan, caused: Sequence[Caused]) -> None:
        """Put what came beside what was expected, in the graph of a plan that is shown."""
        self.canvas.set_trail((), counts(plan, caused))

    def _alarm(self, graph: DependencyGraph, plan: Plan) -> None:
        worst = next((each for each in plan.loops if each.status is LoopStatus.RUNAWAY), None)
        self._alert.setVisible(worst is not None)
        if worst is None:
            return
        loop = graph.loops.get(worst.loop)
        gain = worst.gain or 1.0
        self._alert_title.setText(f"This enters a runaway loop, gain {gain:.2f}")
        later = (
            f"{plan.records:,} records would be about {about(plan.records * gain**12)} after 12 laps,"
            " and would not end."
            if gain >= 1.0
            else ""
        )
        name = loop_name(graph, loop) + "." if loop is not None else worst.sentence
        self._alert_text.setText(f"{name} {later}".strip())


def _way(plan: Plan) -> str:
    applications = {step.application for step in plan.steps}
    said = [
        f"It reaches {figures.plural(len(applications), 'application')}."
        if applications
        else "Nobody known receives it there."
    ]
    said += [each.sentence for each in plan.loops if each.status is not LoopStatus.RUNAWAY]
    if plan.duration_s is not None:
        seconds = plan.duration_s
        lasts = f"{seconds:.0f} s" if seconds < 100 else figures.elapsed(seconds)
        said.append(f"Sending takes about {lasts}." if seconds >= 1 else "Sending takes less than a second.")
    return " ".join(said)


def _lines(graph: DependencyGraph, plan: Plan) -> Iterator[Line]:
    for way in plan.ways:
        ends = f", up to {_ends(way.ends)}" if way.ends else ""
        made = ", made for it" if way.made else ""
        told = f"sent by this replay{made}, from {way.origin.name}{ends}"
        yield _line(
            ("way", way.origin, way.target),
            way.target.name,
            channel_mark(graph, way.target),
            way.records,
            told,
        )
    for each in plan.caused:
        why = "caused by it, by measured branching" if each.measured else "caused by it, by rates"
        yield _line(
            ("caused", each.channel), each.channel.name, channel_mark(graph, each.channel), each.records, why
        )
    for side in _summed(plan.sides):
        yield _side(graph, side)
    if plan.leaves:
        hoped = expected(plan)
        unread = sum(hoped.get(channel, 0.0) for channel in plan.leaves)
        yield _line("leaves", "Ends unread", DotMark("faint"), unread, _names(plan.leaves))
    for double in plan.doubles:
        told = f"{double.by_id:,} with the same id on {double.channel.name}"
        told += f", {double.by_content:,} with the same key and value"
        count = max(double.by_id, double.by_content)
        yield _line(("there", double.channel), "Already there", DotMark("warn"), count, told)
    for taken in plan.overtaken:
        told = taken.sentence or f"keys on {taken.channel.name} have something newer than what would be sent"
        yield _line(("over", taken.channel), "Out of order", DotMark("warn"), taken.keys, told)
    for why, count in plan.left_out:
        yield _line(("left", why), "Left out", DotMark("warn"), count, why)


def _line(key: object, name: str, mark: Mark, records: float, why: str, tone: str = "dim") -> Line:
    cells = (
        Cell(name, Role.NAME, mark=mark, middle=True),
        Cell(about(records), Role.HEAD, right=True),
        Cell(why, tone=tone),
    )
    return Line(key, cells, tip=why)


def _side(graph: DependencyGraph, side: Side) -> Line:
    application = graph.applications.get(side.application)
    name = application.name if application is not None and application.name else side.application.key
    word = "leaves the system" if side.sink else side.known.value
    tone = "warn" if side.sink else TONES[side.known]
    mark = application_mark(graph, side.application)
    plain = side.known is Known.UNKNOWN and not side.sink
    told = side.sentence if plain else f"{word[:1].upper()}{word[1:]}: {side.sentence}"
    return _line(("side", side.application, side.channel), name, mark, side.records, told, tone)


def _summed(sides: Sequence[Side]) -> Iterable[Side]:
    """Each application and channel once, whichever of the sent channels leads there."""
    found: dict[tuple[ApplicationId, ChannelId], Side] = {}
    for side in sides:
        key = side.application, side.channel
        before = found[key].records if key in found else 0.0
        found[key] = replace(found.get(key, side), records=before + side.records)
    return found.values()


def _reason(reason: Reason, tone: str) -> QWidget:
    made = QWidget()
    remedy = reason.remedy if tone == "run" else "Overridden by your reason."
    made.setLayout(
        column(
            Text(reason.sentence, Role.NAME, tone, wrap=True),
            Text(remedy, tone="dim", wrap=True),
            gap=1,
        )
    )
    return made


def _names(channels: tuple[ChannelId, ...]) -> str:
    return ", ".join(channel.name for channel in channels)


def _ends(ends: tuple[tuple[int, int], ...]) -> str:
    if len(ends) > 3:
        return f"fixed ends of {len(ends)} partitions"
    return ", ".join(f"p{partition} · {offset:,}" for partition, offset in ends)
