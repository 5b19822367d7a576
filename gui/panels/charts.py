"""Rates of channels and gains of loops over time; the plotting library is loaded at the first look."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from graph.identity import ChannelId, LoopId
from graph.model import DANGER, LoopStatus
from gui import figures
from gui.background import Background
from gui.look import Look
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
SAMPLES = 600
"""Gains kept for each loop, one a second."""
MOMENTS = 40
"""Moments at which the gains of a file are looked up."""
EVERY_MS = 2000

Series = list[tuple[float, float]]


class ChartsPanel(QWidget):
    """Two plots beside each other."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session, self._look = session, look
        self._gains: dict[LoopId, deque[tuple[float, float]]] = {}
        self._made: tuple[Plot, Plot] | None = None
        self._sampled_ns = 0
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
        session.graph_changed.connect(session.turns.take(self._sample))
        session.gauges_changed.connect(self._soon)
        session.opened.connect(self._soon)
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

    def _sample(self) -> None:
        graph = self._session.newest
        if not self._session.live or graph.to_ns - self._sampled_ns < figures.SECOND:
            return
        self._sampled_ns = graph.to_ns
        for key in [key for key in self._gains if key not in graph.loops]:
            del self._gains[key]
        for loop in graph.loops.values():
            if loop.gain is not None:
                self._gains.setdefault(loop.id, deque(maxlen=SAMPLES)).append((graph.to_ns / 1e9, loop.gain))

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
        from_file = not self._session.live and not self._gains
        self._background.ask(
            lambda: (start, end, _rates(reader, start, end), _gains(reader, start, end) if from_file else {}),
            self._show,
        )

    def _show(self, found: tuple[int, int, dict[ChannelId, Series], dict[LoopId, Series]]) -> None:
        start, end, rates, gains = found
        for loop_id, series in gains.items():
            self._gains[loop_id] = deque(series, maxlen=SAMPLES)
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
        loops = sorted(graph.loops.values(), key=lambda loop: (DANGER.index(loop.status), loop.id))
        shown = [loop for loop in loops if loop.id in self._gains][:LINES]
        for loop in shown:
            colour = self._look.colour(TONES.get(loop.status, "ack"))
            gain_plot.add(list(self._gains[loop.id]), colour, loop_name(graph, loop), 2.0)
        gain_plot.add_level(1.0)
        rate_plot.finish(f"the {figures.plural(len(rates), 'channel')} with most records")
        gain_plot.finish("from 1.0 on a loop grows" if shown else "no loop has a measured gain yet")

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


def _gains(reader: CaptureReader, start: int, end: int) -> dict[LoopId, Series]:
    """The gains that a file remembers."""
    found: dict[LoopId, Series] = {}
    for number in range(MOMENTS + 1):
        at_ns = start + (end - start) * number // MOMENTS
        graph = reader.graph(at_ns if number < MOMENTS else None)
        for loop in graph.loops.values():
            if loop.gain is not None:
                found.setdefault(loop.id, []).append((at_ns / 1e9, loop.gain))
    return found
