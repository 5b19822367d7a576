"""The runs of the journal, the newest first, and what became of the records of one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import tzinfo
from itertools import islice

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui import figures
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.parts.cells import ROW, Cell
from gui.parts.marks import DotMark
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Text, column, row
from gui.replay.progress import TITLES, told
from gui.session import Session
from inspector.replay.journal import Journals
from inspector.replay.run import Fate, Fortune, Run, RunState

COLUMNS = (Column("Run", 0), Column("Begun", 120), Column("Became", 200))
FATES = (Column("Event", 190), Column("Became", 76), Column("Where it lies, or why not", 0))
MOST_RUNS, MOST_FATES = 200, 1000
TONES = {Fortune.SENT: "ok", Fortune.REFUSED: "run", Fortune.DOUBTFUL: "warn"}


class History(QWidget):
    """Past runs and the present ones."""

    chosen = Signal(object)
    """A run, to be shown in full."""
    cut_off = Signal(object)
    """A run that was going, and that nothing runs any more."""

    def __init__(self, session: Session, look: Look, journals: Callable[[], Journals]) -> None:
        super().__init__()
        self._session, self._journals = session, journals
        self._reading, self._background = Background(self), Background(self)
        for background in (self._reading, self._background):
            background.refused.connect(lambda failure: self._say(str(failure)))
        self._runs: dict[str, Run] = {}
        self._shown = ""
        self._lines = Lines(COLUMNS, self)
        self.table = Table(look, COLUMNS, "Runs")
        self.table.setModel(self._lines)
        self.table.chosen.connect(self._choose)
        self._none = Text("Nothing was sent yet.", tone="dim", wrap=True)
        self._fate_lines = Lines(FATES, self)
        self.fates = Table(look, FATES, "What became of the events of a run")
        self.fates.setModel(self._fate_lines)
        self._summary = Text(tone="dim", wrap=True)
        for hidden in (self.table, self.fates, self._summary):
            hidden.hide()
        self.setLayout(
            column(
                row(Text("Journal", Role.SECTION), None),
                self._none,
                self.table,
                self._summary,
                self.fates,
                gap=6,
            )
        )

    def read(self) -> None:
        """Read the journals anew."""
        journals = self._journals()
        self._reading.ask(journals.runs, self._read)

    def put(self, run: Run) -> None:
        """A newer word on a run."""
        self._runs[run.id] = run
        self._show()

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._reading.close()
        self._background.close()

    def _read(self, runs: list[Run]) -> None:
        for run in runs[-MOST_RUNS:]:
            known = self._runs.get(run.id)
            if known is not None and run.state is RunState.CUT_OFF is not known.state:
                self.cut_off.emit(run)
            elif known is not None and known.at_ns > run.at_ns:
                continue
            self._runs[run.id] = run
        self._show()

    def _show(self) -> None:
        newest = sorted(self._runs.values(), key=lambda run: run.begun_ns, reverse=True)
        self._lines.show([self._line(run) for run in newest])
        self._none.setVisible(not newest)
        self.table.setVisible(bool(newest))
        self.table.setFixedHeight(24 + ROW * min(max(1, len(newest)), 6) + 2)

    def _line(self, run: Run) -> Line:
        tone = TITLES[run.state][1]
        became = f"{run.sent:,} of {run.total:,}"
        rest = told(run)
        return Line(
            run.id,
            (
                Cell(named(run), Role.NAME, mark=DotMark(tone), middle=True),
                Cell(_begun(run, self._session.zone), Role.CELL, "dim"),
                Cell(f"{run.state.value}, {became}", tone="dim", aside=rest, aside_tone=tone),
            ),
            subject=run.id,
            tip=f"Begun {figures.date_and_clock(run.begun_ns, self._session.zone)}. {run.message}".strip(),
        )

    def _choose(self, key: object) -> None:
        run = self._runs.get(str(key))
        if run is None:
            return
        self._shown = run.id
        self.chosen.emit(run)
        journals = self._journals()

        def work() -> list[Fate]:
            fates = list(islice(journals.fates(run.id), 100_000))
            return sorted(fates, key=lambda fate: (fate.fortune is Fortune.SENT, fate.index))

        self._background.ask(work, lambda fates: self._show_fates(run, fates))

    def _show_fates(self, run: Run, fates: list[Fate]) -> None:
        counts = Counter(fate.fortune for fate in fates)
        said = ", ".join(f"{counts[each]:,} {each.value}" for each in Fortune if counts[each])
        self._say(f"Of {named(run)}: {said or 'nothing is known yet'}.")
        self._fate_lines.show([_fate(fate) for fate in fates[:MOST_FATES]])
        self.fates.setVisible(bool(fates))
        self.fates.setFixedHeight(24 + ROW * min(max(1, len(fates)), 6) + 2)

    def _say(self, sentence: str) -> None:
        self._summary.setText(sentence)
        self._summary.setVisible(bool(sentence))


def named(run: Run) -> str:
    """A run by what was sent where: `orders to orders.shadow`."""
    choice, target = run.request.choice, run.request.target
    what = ", ".join(choice.channels) or choice.query or figures.plural(run.total, "event")
    if target.channel is not None:
        return f"{what} to {target.channel.name}"
    one = choice.channels[0] if len(choice.channels) == 1 else "…"
    return f"{what} to {one}{target.ending}" if target.ending else f"{what} to {target.server.address}"


def _begun(run: Run, zone: tzinfo) -> str:
    return f"{figures.moment(run.begun_ns, zone):%d %b} {figures.clock_short(run.begun_ns, zone)}"


def _fate(fate: Fate) -> Line:
    place = f"{fate.origin_channel.name} {fate.origin}"
    now = f"{fate.target.name} {fate.position}" if fate.position is not None else fate.why
    cells = (
        Cell(place, Role.CELL, middle=True),
        Cell(fate.fortune.value, tone=TONES[fate.fortune]),
        Cell(now, tone="dim"),
    )
    return Line(fate.index, cells, tip=fate.why)
