"""The time line under the graph: what was sent and what loops did, a way back in time, and playing it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QWidget

from graph.identity import ChannelId
from gui import figures, fonts
from gui.actions import Actions
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.loop_history import LoopHistory, Phase
from gui.parts.buttons import Button, Choice, tool
from gui.parts.text import Text, row
from gui.session import Session
from gui.timeline.chart import AXIS, BARS, Chart, Counts
from gui.timeline.lanes import HEIGHT, lanes
from gui.timeline.names import Names
from gui.timeline.player import SPEEDS, Player
from gui.timeline.span import SECOND, Span
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

BINS = 240
EVERY_MS = 1000
SPANS = (("1 min", 60), ("5 min", 300), ("15 min", 900), ("1 h", 3600), ("All", 0))
LEAST_NS = 10 * SECOND
"""A young capture is shown as if it were so long."""
SIDE = 168


class TimeLine(QWidget):
    """The chart between what plays it and what it spans."""

    def __init__(
        self, session: Session, look: Look, history: LoopHistory, player: Player, actions: Actions
    ) -> None:
        super().__init__()
        self.setObjectName("bar")
        self._session, self._history = session, history
        self._own: Span | None = None
        """What a person zoomed or moved to; None while the line follows the newest."""
        self._bounds: Span | None = None
        self.player = player
        player.spans = self._spans
        self.chart = Chart(session, look, actions)
        self.chart.spanned.connect(self._zoomed)
        self.chart.seized.connect(self.player.pause)
        self.chart.loop_picked.connect(session.select)
        self.names = Names(look)
        self.names.picked.connect(session.select)
        self._none = Text("The time line begins with the first record.", Role.SECONDARY, "dim")
        self.now = Button(look, "Back to latest", "ok", run=self.go_now, tip="Show the system as it is now")
        # Its words change; what is beside it must not move away under the pointer.
        self.now.ensurePolished()
        self.now.setFixedWidth(self.now.sizeHint().width())
        self.speed = Choice(look)
        self.speed.setAccessibleName("How fast to play")
        for speed in SPEEDS:
            self.speed.addItem(f"{speed} ×", speed)
        self.speed.currentIndexChanged.connect(lambda _index: self.player.set_speed(self.speed.currentData()))
        self.span = Choice(look)
        self.span.setFont(fonts.font(Role.BODY))
        self.span.setPlaceholderText("Zoomed")
        self.span.setAccessibleName("How far back the time line reaches")
        for words, seconds in SPANS:
            self.span.addItem(words, seconds)
        self.span.setCurrentIndex(1)
        self.span.currentIndexChanged.connect(self._chosen)
        self._lay_out(actions)
        self._background = Background(self)
        self._stale = False
        self._before: tuple[int, Span | None] | None = None
        """How far the line reached, or which part a person had chosen, before a time beyond it was shown."""
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(EVERY_MS)
        self._wait.timeout.connect(self.refresh)
        session.gauges_changed.connect(self._soon)
        session.opened.connect(self.refresh)
        session.travel.wanted_changed.connect(self._moved)
        session.moment_changed.connect(self._moved)
        session.zone_changed.connect(self.chart.update)
        session.graph_changed.connect(session.turns.take(self._show_lanes, every_s=1.0))
        history.changed.connect(self._show_lanes)
        history.changed.connect(self.refresh)
        self.player.changed.connect(self._played)
        self._show_lanes()
        self.refresh()

    def _lay_out(self, actions: Actions) -> None:
        self.play = tool(actions["time.play"])
        self.play.setFixedSize(28, 28)
        left, right = QWidget(), QWidget()
        left.setLayout(row(self.play, self.speed, None, gap=4))
        right.setLayout(row(10, tool(actions["time.compare"]), self.now, self.span))
        self._left, self._right = left, right
        self.names.setFixedWidth(SIDE)
        left.setFixedWidth(SIDE)
        grid = QGridLayout()
        grid.setContentsMargins(12, 0, 12, 0)
        grid.setSpacing(0)
        grid.addWidget(left, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.names, 1, 0)
        grid.addWidget(self.chart, 0, 1, 3, 1)
        grid.addWidget(self._none, 0, 1)
        grid.addWidget(right, 0, 2, Qt.AlignmentFlag.AlignVCenter)
        grid.setRowMinimumHeight(0, BARS)
        grid.setRowMinimumHeight(2, AXIS)
        grid.setColumnStretch(1, 1)
        self.setLayout(grid)

    def close_background(self) -> None:
        """Stop playing, and wait for what runs in the background."""
        self.player.pause()
        self._wait.stop()
        self._background.close()

    def go_now(self) -> None:
        """Show the newest, and follow it."""
        self.player.pause()
        self._session.look_at(None)
        self._own = None
        if self.span.currentIndex() < 0:
            self.span.setCurrentIndex(1)
        self.refresh()

    # What is shown

    def _spans(self) -> tuple[Span, Span] | None:
        shown = self._shown()
        return None if shown is None or self._bounds is None else (shown, self._bounds)

    def _shown(self) -> Span | None:
        """What a person chose, or as much of the newest as is asked for."""
        bounds = self._bounds
        if bounds is None or self._own is not None:
            return self._own
        seconds = self.span.currentData() or 0
        start = bounds.end_ns - seconds * SECOND if seconds else bounds.start_ns
        return Span(min(start, bounds.end_ns - LEAST_NS), bounds.end_ns)

    def _zoomed(self, span: Span) -> None:
        self._before = None
        self._reach(-1, span)

    def _reach(self, index: int, own: Span | None) -> None:
        self._own = own
        self.span.blockSignals(True)
        self.span.setCurrentIndex(index)
        self.span.blockSignals(False)
        self.refresh()

    def _chosen(self, index: int) -> None:
        self._own = self._before = None
        wanted, shown = self._session.travel.wanted_ns, self._shown()
        if index >= 0 and wanted is not None and shown is not None and self._bounds is not None:
            middle = shown.moved(wanted - (shown.start_ns + shown.end_ns) // 2, self._bounds)
            self._own = middle
        self.refresh()

    def _soon(self) -> None:
        if not self._wait.isActive():
            self._wait.start()

    def _moved(self) -> None:
        wanted, shown = self._session.travel.wanted_ns, self._shown()
        words = "Live" if self._session.live else "Latest"
        self.now.setText(words if wanted is None else f"Back to {words.lower()}")
        self.now.set_kind("ok" if wanted is None and self._session.live else "plain")
        if wanted is not None and shown is not None and self._bounds is not None:
            # What is looked at does not slide away while the newest goes on.
            turned = shown.showing(wanted, self._bounds)
            if turned is not shown:
                index = self.span.currentIndex()
                self._before = self._before or (index, shown if index < 0 else None)
                self._reach(-1, turned)
            self._own = turned
        elif wanted is None and self._before is not None:
            before, self._before = self._before, None
            self._reach(*before)
        elif wanted is None and self.span.currentIndex() >= 0:
            self._own = None
        self.chart.show_span(self._shown(), self._bounds)
        at = self.chart.playhead_ns
        self.chart.setAccessibleDescription("" if at is None else figures.clock_short(at, self._session.zone))

    def _played(self) -> None:
        self.speed.setCurrentIndex(self.speed.findData(self.player.speed))

    def _show_lanes(self) -> None:
        shown = lanes(self._history, self._session.newest)
        self.names.show_lanes(shown)
        self.chart.show_lanes(shown, self._history.turns())
        self.setFixedHeight(BARS + AXIS + HEIGHT * len(shown))

    def refresh(self) -> None:
        """Count again."""
        self.chart.show_span(self._shown(), self._bounds)
        reader = self._session.reader
        there = self._bounds is not None
        for widget in (self.chart, self.names, self._left, self._right):
            widget.setVisible(there)
        self._none.setVisible(not there)
        self._stale = self._background.busy
        if reader is None or self._stale:
            return
        newest = self._session.newest.to_ns if self._session.live else 0
        wild = self._history.wild()
        self._background.ask(partial(_look, reader, newest, self._shown(), wild), self._counted)

    def _counted(self, found: tuple[Span, Counts] | None) -> None:
        if found is not None:
            first = self._bounds is None
            self._bounds, counts = found
            self.chart.show_counts(counts)
            self._moved()
            self._stale = self._stale or first
        if self._stale:
            self.refresh()


def _look(
    reader: CaptureReader,
    newest_ns: int,
    shown: Span | None,
    wild: tuple[frozenset[ChannelId], list[Phase]],
) -> tuple[Span, Counts] | None:
    """All that there is, and how much was sent in what is shown: in all, and on loops that ran away then."""
    known = reader.known_ns()
    spans = [span for span in (reader.span_ns(), known) if span is not None]
    if not spans:
        return None
    start = min(span[0] for span in spans)
    bounds = Span(start, max(newest_ns, start + 1, *(span[1] + 1 for span in spans)))
    shown = shown or bounds
    every = reader.histogram(shown.start_ns, shown.end_ns, BINS).tolist()
    loud, (channels, phases) = [0] * BINS, wild
    if channels:
        loud = reader.histogram(shown.start_ns, shown.end_ns, BINS, RowFilter(channels=channels)).tolist()
        for number in range(BINS):
            at_ns = shown.start_ns + int((number + 0.5) * shown.length_ns / BINS)
            if not any(phase.lasts(at_ns) for phase in phases):
                loud[number] = 0
    return bounds, Counts(shown, every, loud, known[0] if known else None)
