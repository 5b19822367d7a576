"""What a replay really caused beside what was expected, channel by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QWidget

from graph.identity import ChannelId
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import channel_mark
from gui.parts.cells import ROW, Cell
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Text, column
from gui.replay.reach_graph import about
from gui.session import Session
from inspector.replay.plan import Caused

COLUMNS = (
    Column("Channel", 210),
    Column("Expected", 76, right=True),
    Column("Caused", 76, right=True),
    Column("", 0),
)
MANY, FEW = 1.5, 0.5
"""Times what was expected, from which on and below which it is said to be more or less."""


class Outcome(QWidget):
    """A table that appears once records were caused."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self._session = session
        self._lines = Lines(COLUMNS, self)
        self.table = Table(look, COLUMNS, "What the replay caused")
        self.table.setModel(self._lines)
        self.setLayout(
            column(Text("Caused against expected", Role.SECTION), self.table, gap=6, margins=(0, 0, 0, 8))
        )
        self.hide()

    def show_caused(self, expected: Sequence[Caused], caused: Sequence[Caused]) -> None:
        """Show both; nothing while there is neither."""
        rows = compared(expected, caused)
        self._lines.show([self._line(channel, *both) for channel, both in rows.items()])
        self.table.setFixedHeight(24 + ROW * min(max(1, len(rows)), 8) + 2)
        self.setVisible(bool(rows))

    def _line(self, channel: ChannelId, before: float, after: float, likely: float) -> Line:
        words, tone = verdict(before, after)
        if likely:
            words += f"; {'all' if likely == after else about(likely)} by key or flow, as they name no cause"
        cells = (
            Cell(channel.name, Role.NAME, mark=channel_mark(self._session.graph, channel), middle=True),
            Cell(about(before), right=True, tone="dim"),
            Cell(about(after), Role.HEAD, right=True),
            Cell(words, tone=tone),
        )
        return Line(channel, cells)


def compared(
    expected: Sequence[Caused], caused: Sequence[Caused]
) -> Mapping[ChannelId, tuple[float, float, float]]:
    """Records that were expected and that came, by channel, the most expected first; then those of them that
    do not prove themselves where they came from."""
    before, after = _summed(expected), _summed(caused)
    likely = _summed([each for each in caused if not each.measured])
    order = sorted({**before, **after}, key=lambda each: (-before.get(each, 0.0), each))
    return {each: (before.get(each, 0.0), after.get(each, 0.0), likely.get(each, 0.0)) for each in order}


def verdict(expected: float, caused: float) -> tuple[str, str]:
    """How the two compare, in words and a tone."""
    if not expected and caused:
        return "not expected at all", "run"
    if caused > MANY * expected:
        return "more than expected", "run"
    if caused < FEW * expected:
        return "less than expected, so far", "warn"
    return "as expected", "ok"


def _summed(counts: Sequence[Caused]) -> dict[ChannelId, float]:
    made: dict[ChannelId, float] = {}
    for each in counts:
        made[each.channel] = made.get(each.channel, 0.0) + each.records
    return made
