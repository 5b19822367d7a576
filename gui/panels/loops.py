"""The Loops tab: every loop, the most dangerous first, and on what else loops are looked for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from graph.identity import LoopId
from graph.model import DependencyGraph, EdgeState, FeedbackLoop, LoopNature, LoopStatus
from gui import figures, loop_words
from gui.actions import Actions
from gui.canvas.scene import wording
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import TONES, loop_name
from gui.panels.lists import ListPanel
from gui.parts.buttons import Button, Tick
from gui.parts.cells import Cell, Interval
from gui.parts.tables import Column, Line
from gui.parts.text import Elided, Rule, Text, row
from gui.session import Session

COLUMNS = (
    Column("Loop", 202),
    Column("Status", 108),
    Column("Kind", 84),
    Column("Gain, 95 % between", 142),
    Column("Growth", 0),
    Column("Once round", 82, right=True),
    Column("Laps", 64, right=True),
    Column("Sure", 50, right=True),
    Column("Began", 74),
)
SWITCHES = {
    "internal": "Internal topics",
    "request_reply": "Request-reply",
    "replays": "Own replays",
    "historic": "Past edges",
}
"""On what loops are looked for only when a person says so."""
MENU = (
    "loop.focus",
    "events.show",
    "loop.play",
    "",
    "loop.cuts",
    "loop.acknowledge",
    "loop.take-back",
    "",
    "loop.copy",
)


class Switch(Tick):
    """A check box that follows an action, with a count after its words."""

    def __init__(self, look: Look, action: QAction, words: str) -> None:
        super().__init__(look, words)
        self._action, self._words = action, words
        self.clicked.connect(lambda _on=False: action.trigger())
        action.changed.connect(self._take)
        self._take()

    def count(self, number: int | None) -> None:
        """Say how many there are; None where that is not known."""
        self.setText(self._words if number is None else f"{self._words} {number:,}")
        self.updateGeometry()

    def _take(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setChecked(self._action.isChecked())
        self.setToolTip(self._action.toolTip())


class LoopsPanel(ListPanel):
    """A row for each loop; Enter or a double click brings it to the middle of the picture."""

    def __init__(self, session: Session, look: Look, actions: Actions) -> None:
        super().__init__(session, look, COLUMNS, "Loops")
        self._actions = actions
        self.switches = {
            key: Switch(look, actions[f"counting.{key}"], words) for key, words in SWITCHES.items()
        }
        self._quiet = Elided(role=Role.SECONDARY, tone="dim")
        bar = QWidget()
        bar.setFixedHeight(34)
        bar.setLayout(
            row(
                Text("Also loops on", Role.BODY, "dim"),
                4,
                *self.switches.values(),
                None,
                self._quiet,
                8,
                Button(look, "Acknowledge…").follow(actions["loop.acknowledge"]),
                gap=12,
                margins=(12, 2, 10, 2),
            )
        )
        box = self.layout()
        assert isinstance(box, QVBoxLayout)
        box.setSpacing(0)
        box.insertWidget(0, bar)
        box.insertWidget(1, Rule())
        self.table.chosen.connect(session.select)
        self.table.activated_row.connect(self._focus)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        session.graph_changed.connect(session.turns.take(self.refresh))
        session.selection_changed.connect(self._choose)
        session.zone_changed.connect(self.refresh)
        session.opened.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the loops of the graph."""
        graph = self.session.graph
        loops = loop_words.by_danger(graph.loops.values())
        now_ns = self.session.now_ns
        self.show_lines([self._line(graph, loop, now_ns) for loop in loops], self._why_none(graph))
        known = sum(loop.status is LoopStatus.ACKNOWLEDGED for loop in loops)
        self._quiet.setText(f"{known:,} acknowledged" if known else "")
        self.switches["internal"].count(sum(channel.internal for channel in graph.channels.values()))
        self.switches["historic"].count(
            [each.state for each in graph.operations.values()].count(EdgeState.HISTORIC)
        )
        self._choose()

    def _why_none(self, graph: DependencyGraph) -> str:
        if not graph.operations:
            return "No loop is known, because nothing has been seen to be sent or received yet."
        chains = sum(loop.chains for loop in graph.loops.values())
        none = (
            f"No loop in {figures.plural(len(graph.operations), 'operation')} and {chains:,} chains so far."
        )
        if graph.unavailable:
            blind = figures.plural(len(graph.unavailable), "thing")
            none += f" {blind} could not be seen; the Problems tab names them."
        return none

    def _choose(self) -> None:
        self.table.choose(self.session.selection if isinstance(self.session.selection, LoopId) else None)

    def _focus(self, number: int) -> None:
        self.session.select(self.lines.lines[number].subject)  # type: ignore[arg-type]
        self._actions["loop.focus"].trigger()

    def menu(self) -> QMenu:
        """What can be done with the loop that is selected."""
        menu = QMenu(self)
        for key in MENU:
            if key:
                menu.addAction(self._actions[key])
            else:
                menu.addSeparator()
        return menu

    def _menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if index.isValid():
            self.table.setCurrentIndex(index)
        elif self.table.currentIndex().isValid():
            # The key for menus asks for one without pointing at a row.
            place = self.table.visualRect(self.table.currentIndex()).bottomLeft()
        else:
            return
        menu = self.menu()
        menu.exec(self.table.viewport().mapToGlobal(place))
        menu.deleteLater()

    def _line(self, graph: DependencyGraph, loop: FeedbackLoop, now_ns: int) -> Line:
        quiet = loop.status is LoopStatus.ACKNOWLEDGED
        tone = TONES.get(loop.status, "")
        words, ground = loop_words.pill(loop)
        if loop.broken_limit and loop.status is not LoopStatus.RUNAWAY:
            words = "Limit broken"
        text, dim = ("faint", "faint") if quiet else ("text", "dim")
        kind = loop_words.KINDS[loop.nature].short
        zone = self.session.zone
        growth = loop_words.growth(loop, zone, now_ns)
        began = "not seen" if loop.began_ns is None else figures.clock_short(loop.began_ns, zone)
        cells = (
            Cell(loop_name(graph, loop), Role.NAME, text, middle=True),
            Cell(words, Role.BADGE, pill="hollow" if loop.status is LoopStatus.POSSIBLE or quiet else ground),
            Cell(kind, tone=dim if loop.nature is LoopNature.FEEDBACK else text),
            _gain(loop, quiet=quiet),
            Cell(growth, tone="warn" if loop.broken_limit else text),
            Cell("" if loop.period_ms is None else wording.duration(loop.period_ms), tone=text, right=True),
            Cell(loop_words.laps(loop), Role.SECONDARY, dim, right=True),
            Cell(figures.per_cent(loop.confidence), Role.SECONDARY, dim, right=True),
            Cell(began, Role.CELL, dim),
        )
        return Line(loop.id, cells, loop.id, tone, wording.describe_loop(graph, loop))


def _gain(loop: FeedbackLoop, *, quiet: bool) -> Cell:
    if loop.gain is None:
        return Cell("not measured", tone="faint")
    tone = "ghost" if quiet else TONES.get(loop.status, "ack")
    ends = loop.gain if loop.gain_low is None else loop.gain_low, loop.gain_high or loop.gain
    return Cell(
        f"×{loop.gain:.2f}",
        Role.BODY if quiet else Role.HEAD,
        "faint" if quiet else "text",
        right=True,
        interval=Interval(loop.gain, *ends, tone),
    )
