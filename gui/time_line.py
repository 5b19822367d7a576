"""The last minutes under the graph: records a second, where a loop began, and a way back in time."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from graph.model import LoopStatus
from gui import figures, fonts
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice
from gui.parts.histogram import Histogram, mark
from gui.parts.paint import guarded
from gui.parts.text import Text, row
from gui.session import Session
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

BINS = 240
EVERY_MS = 1000
SPANS = (("1 min", 60), ("5 min", 300), ("15 min", 900), ("1 h", 3600), ("All", 0))
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400)


class Bars(Histogram):
    """The bars with times below and marks above."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__(look, 44, "line2", "run")
        self._session = session
        self.setAccessibleName("Records a second; a click shows the system as it was then")

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_bars(painter, 30.0)
        colour = self._look.colour
        painter.setFont(fonts.font(Role.SMALL))
        if self.end_ns > self.start_ns:
            self._axis(painter)
            began = [loop for loop in self._session.loops(LoopStatus.RUNAWAY) if loop.began_ns]
            for loop in began:
                at = loop.began_ns or 0
                if self.start_ns <= at <= self.end_ns:
                    words = f"loop began {figures.clock_short(at, self._session.zone)}"
                    mark(painter, self._look, self.x_of(at), words, 30.0, float(self.width()))
            at_ns = self._session.moment_ns or self.end_ns
            x = min(max(self.x_of(at_ns), 3.0), self.width() - 3.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour("accent"), 1.5))
            painter.drawLine(QPointF(x, 3), QPointF(x, 30))
            painter.setBrush(colour("accent"))
            painter.drawEllipse(QPointF(x, 4), 3, 3)
        painter.end()

    def _axis(self, painter: QPainter) -> None:
        painter.setPen(self._look.colour("dim"))
        span_s = (self.end_ns - self.start_ns) / figures.SECOND
        room = max(1, self.width() // 110)
        step = next((tick for tick in TICKS if span_s / tick <= room), 86_400) * figures.SECOND
        at = (self.start_ns // step + 1) * step
        while at < self.end_ns:
            x = self.x_of(at)
            words = figures.clock_short(at, self._session.zone)
            words = words if step < 60 * figures.SECOND else words[:5]
            if 24 < x < self.width() - 24:
                painter.drawText(QRectF(x - 30, 31, 60, 12), Qt.AlignmentFlag.AlignCenter, words)
            at += step


class TimeLine(QWidget):
    """Bars, the way back to now, and how far back they reach."""

    def __init__(self, session: Session, look: Look) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setFixedHeight(44)
        self._session = session
        self.bars = Bars(session, look)
        self.bars.clicked_at.connect(self._go)
        self._none = Text("The time line begins with the first record.", Role.SECONDARY, "dim")
        self.now = Button(
            look, "Live", "ok", run=lambda: session.look_at(None), tip="Show the system as it is now"
        )
        self.span = Choice(look)
        self.span.setFont(fonts.font(Role.BODY))
        self.span.setAccessibleName("How far back the time line reaches")
        for words, seconds in SPANS:
            self.span.addItem(words, seconds)
        self.span.setCurrentIndex(1)
        self.span.currentIndexChanged.connect(lambda _index: self.refresh())
        made = row(self.bars, self._none, 10, self.now, self.span, margins=(12, 0, 12, 0))
        made.setStretch(0, 1)
        made.setStretch(1, 1)
        self.setLayout(made)
        self._background = Background(self)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(EVERY_MS)
        self._wait.timeout.connect(self.refresh)
        session.gauges_changed.connect(self._soon)
        session.opened.connect(self.refresh)
        session.moment_changed.connect(self._moved)
        session.zone_changed.connect(self.bars.update)
        self._moved()
        self.refresh()

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._wait.stop()
        self._background.close()

    def _soon(self) -> None:
        if not self._wait.isActive():
            self._wait.start()

    def _go(self, time_ns: int) -> None:
        self._session.look_at(time_ns)

    def _moved(self) -> None:
        past = self._session.moment_ns
        words = "Live" if self._session.live else "Latest"
        self.now.setText(words if past is None else f"Back to {words.lower()}")
        self.now.set_kind("ok" if past is None and self._session.live else "plain")
        self.now.setVisible(not self._session.empty)
        self.bars.update()

    def refresh(self) -> None:
        """Count again."""
        reader = self._session.reader
        span = None if reader is None else reader.span_ns()
        self.bars.setVisible(span is not None)
        self._none.setVisible(span is None)
        self._moved()
        if reader is None or span is None or self._background.busy:
            return
        end = max(span[1] + 1, self._session.newest.to_ns if self._session.live else 0)
        seconds = self.span.currentData()
        start = span[0] if not seconds else end - seconds * figures.SECOND
        if end - start < 10 * figures.SECOND:
            start = end - 10 * figures.SECOND
        bad = self._session.loop_channels(LoopStatus.RUNAWAY)
        self._background.ask(
            lambda: (start, end, *_counts(reader, start, end, RowFilter(channels=bad))), self._show
        )

    def _show(self, found: tuple[int, int, list[int], list[int]]) -> None:
        self.bars.show_counts(*found)


def _counts(reader: CaptureReader, start: int, end: int, bad: RowFilter) -> tuple[list[int], list[int]]:
    every = reader.histogram(start, end, BINS).tolist()
    return every, reader.histogram(start, end, BINS, bad).tolist() if bad.channels else [0] * BINS
