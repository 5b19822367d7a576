"""Rates of channels and gains of loops over time; the plotting library is loaded at the first look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from graph.identity import ChannelId, LoopId
from graph.model import LoopStatus
from gui import figures, loop_words
from gui.background import Background
from gui.look import Look
from gui.loop_history import LoopHistory
from gui.panels.details_evidence import TONES, loop_name
from gui.parts.text import Text, column, row
from gui.session import Session
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

if TYPE_CHECKING:
    from gui.panels.plot import Plot

BINS = 120
LINES = 8
"""Channels that get a line: those with most records."""
EVERY_MS = 2000

Series = list[tuple[float, float]]


class ChartsPanel(QWidget):
    """Two plots beside each other."""

    def __init__(self, session: Session, look: Look, history: LoopHistory) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session, self._look, self._history = session, look, history
        self._made: tuple[Plot, Plot] | None = None
        self._sentence = Text(
            "Nothing has been captured yet; the charts begin with the first records.", tone="dim", wrap=True
        )
        self._beside = row(gap=24)
        self._box = QWidget()
        self._box.setLayout(self._beside)
        self._box.hide()
        self.setLayout(column(self._sentence, self._box, margins=(16, 10, 16, 8)))
        self.layout().setStretch(1, 1)  # type: ignore[union-attr]
        self._background = Background(self)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(EVERY_MS)
        self._wait.timeout.connect(self.refresh)
        session.gauges_changed.connect(self._soon)
        session.opened.connect(self._soon)
        history.changed.connect(self._soon)
        look.changed.connect(self._repaint)

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._wait.stop()
        self._background.close()

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()

    def _soon(self) -> None:
        if self.isVisible() and not self._wait.isActive():
            self._wait.start()

    def refresh(self) -> None:
        """Count again and draw."""
        reader = self._session.reader
        span = None if reader is None else reader.span_ns()
        self._sentence.setVisible(span is None)
        if reader is None or span is None or not self.isVisible() or self._background.busy:
            return
        end = span[1] + 1
        start = max(span[0], end - 600 * figures.SECOND) if self._session.live else span[0]
        end = max(end, start + figures.SECOND)
        self._background.ask(lambda: (start, end, _rates(reader, start, end)), self._show)

    def _show(self, found: tuple[int, int, dict[ChannelId, Series]]) -> None:
        start, end, rates = found
        self._box.show()
        for plot in self._plots():
            plot.begin(start / 1e9, end / 1e9)
        rate_plot, gain_plot = self._plots()
        coloured = {
            status: self._session.loop_channels(status) for status in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE)
        }
        for number, (channel, series) in enumerate(rates.items()):
            tone = next((TONES[status] for status, channels in coloured.items() if channel in channels), "")
            colour = self._look.colour(tone) if tone else self._look.theme.palette.types[number % 8]
            rate_plot.add(series, colour, channel.name, 2.2 if tone == "run" else 1.3)
        graph = self._session.newest
        courses = ((loop, self._course(loop.id)) for loop in loop_words.by_danger(graph.loops.values()))
        shown = [(loop, course) for loop, course in courses if course][:LINES]
        for loop, course in shown:
            colour = self._look.colour(TONES.get(loop.status, "ack"))
            gain_plot.add(course, colour, loop_name(graph, loop), 2.0)
        gain_plot.add_level(1.0)
        rate_plot.finish(f"the {figures.plural(len(rates), 'channel')} with most records")
        gain_plot.finish("from 1.0 on a loop grows" if shown else "no loop has a measured gain yet")

    def _course(self, loop: LoopId) -> Series:
        return [(each.at_ns / 1e9, each.gain) for each in self._history.of(loop) if each.gain is not None]

    def _plots(self) -> tuple[Plot, Plot]:
        if self._made is None:
            # Its plotting library takes half a second to load, which a start should not wait for.
            from gui.panels.plot import Plot

            self._made = (
                Plot(self._look, "Records a second, by channel", utc=self._session.utc),
                Plot(self._look, "Gain of loops", utc=self._session.utc),
            )
            for plot in self._made:
                self._beside.addWidget(plot, 1)
        return self._made

    def _repaint(self) -> None:
        if self._made is not None:
            for plot in self._made:
                plot.paint_again()
            self.refresh()


def _rates(reader: CaptureReader, start: int, end: int) -> dict[ChannelId, Series]:
    """The busiest channels with their records a second."""
    seconds = (end - start) / 1e9 / BINS
    counts = {
        channel: reader.histogram(start, end, BINS, RowFilter(channels=frozenset({channel})))
        for channel in reader.channels()
    }
    busiest = sorted(counts, key=lambda channel: -int(counts[channel].sum()))[:LINES]
    return {
        channel: [
            (start / 1e9 + (number + 0.5) * seconds, float(count) / seconds)
            for number, count in enumerate(counts[channel])
        ]
        for channel in busiest
    }
