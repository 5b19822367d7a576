"""The list of events: what is selected in the graph, filtered, live, and one of them in full."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QMenu, QSplitter, QStackedWidget, QWidget

from graph.identity import ApplicationId, ChannelId, LoopId, OperationId, ServerId, Subject
from graph.names import plain
from gui import figures, fonts
from gui.background import Background
from gui.canvas import wording
from gui.fonts import Role
from gui.look import Look
from gui.models.events import COLUMNS, EventsModel
from gui.panels.record import RecordPanel
from gui.parts.buttons import Button
from gui.parts.cells import ROW
from gui.parts.histogram import Histogram
from gui.parts.live_table import LiveTable
from gui.parts.tables import Table
from gui.parts.text import Pill, Text, column, row
from gui.session import Session
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

BINS = 180
TYPING_MS = 250
COUNT_EVERY_MS = 1000


class EventsPanel(QWidget):
    """Query, histogram, table and record."""

    def __init__(self, session: Session, look: Look, replay: QAction) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session, self._look = session, look
        self._type: str | None = None
        self._paused = False
        self.model = EventsModel(session, self)
        self.model.counted.connect(self._count)
        self.model.failed.connect(self._say)
        self._background = Background(self)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find text in key, value and headers")
        self.search.setFont(fonts.font(Role.CELL))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find in events")
        self._scope = Button(look, "", "chip", icon="x", run=self._drop_scope, tip="Show all events again")
        self._of_type = Button(
            look, "", "chip", icon="x", run=lambda: self.set_type(None), tip="Show all types again"
        )
        self._counts = Text(role=Role.SECONDARY, tone="dim")
        self.new = Pill("", "accent")
        self.tail = Button(look, "Live tail", "ok", icon="pause", run=self.toggle_pause)
        self.histogram = Histogram(look, 30, "line2", "accent")
        self.histogram.setAccessibleName("Events over time")
        self.histogram.clicked_at.connect(self._go_to)
        self.table = LiveTable(look, COLUMNS, "Events")
        self.table.setModel(self.model)
        self.table.selectionModel().currentRowChanged.connect(lambda now, _old: self._chosen(now.row()))
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        self._replay = replay
        self.record = RecordPanel(session, look, replay)
        self._nothing = Text(tone="dim", wrap=True)
        self._clear = Button(look, "Clear filter", run=self.clear_filter)
        empty = QWidget()
        empty.setLayout(column(self._nothing, 4, row(self._clear, None), None, margins=(16, 14, 16, 14)))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(empty)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self._stack)
        self.split.addWidget(self.record)
        self.record.setMinimumWidth(300)
        self.split.setStretchFactor(0, 1)
        self.split.setSizes([900, 400])
        self.record.hide()
        query = row(
            self.search,
            self._scope,
            self._of_type,
            4,
            self._counts,
            self.new,
            self.tail,
            margins=(8, 4, 8, 2),
        )
        query.setStretch(0, 1)
        bars = row(self.histogram, margins=(8, 2, 8, 2))
        self.setLayout(column(query, bars, self.split, gap=0))
        self.layout().setStretch(2, 1)  # type: ignore[union-attr]
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.apply)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(COUNT_EVERY_MS)
        self._counting.timeout.connect(self._draw_bars)
        session.rows_changed.connect(session.turns.take(self._grown, every_s=0.5))
        session.graph_changed.connect(session.turns.take(self._renamed))
        session.selection_changed.connect(self.apply)
        session.record_changed.connect(self._record)
        session.opened.connect(self.apply)
        session.moment_changed.connect(self.apply)
        session.zone_changed.connect(self.model.refresh_cells)
        self.apply()

    # What is shown

    @property
    def row_filter(self) -> RowFilter:
        """What the list is restricted to."""
        changes = {"text": self.search.text().strip(), "type": self._type}
        return msgspec.structs.replace(self._session.row_filter(self._session.selection), **changes)

    def apply(self) -> None:
        """Show what the selection and the filter say now."""
        self._typing.stop()
        subject = self._session.selection
        self._scope.setVisible(subject is not None)
        if subject is not None:
            self._scope.setText(describe(self._session, subject))
        self._of_type.setVisible(self._type is not None)
        self._of_type.setText(self._type or "")
        self.table.soften()
        self.model.learn_names()
        self.model.show(self.row_filter)
        self.table.scrollToTop()
        self._hold()
        if self._session.row is None:
            self.record.setVisible(False)
        self._draw_bars()

    def set_type(self, name: str | None) -> None:
        """Show one type of event alone."""
        self._type = name
        self.apply()

    def clear_filter(self) -> None:
        """Show all events."""
        self.search.clear()
        self._type = None
        self._session.select(None)
        self.apply()

    def go_find(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def toggle_pause(self) -> None:
        """Hold the list still, or let it run; nothing is lost either way."""
        self._paused = not self._paused
        if not self._paused:
            self.table.scrollToTop()
        self._hold()

    def show_row(self, number: int) -> bool:
        """Make a row of the capture current; False where it is not captured yet."""
        self.model.take_new()
        place = self.model.place_of(number)
        if place is None:
            self.clear_filter()
            self.model.hold(on=False)
            place = self.model.place_of(number)
        if place is None:
            return False
        self.table.setCurrentIndex(self.model.index_of(place))
        self.table.scrollTo(self.model.index_of(place))
        return True

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._typing.stop()
        self._counting.stop()
        self._background.close()
        self.model.close()
        self.record.close_background()

    # News

    def _grown(self) -> None:
        self._hold()
        if not self.model.held:
            self.table.soften()
        self.model.take_new()
        if not self._counting.isActive():
            self._counting.start()

    def _renamed(self) -> None:
        self.model.learn_names()
        self._count()

    def _hold(self) -> None:
        wanted = self._paused or self.table.verticalScrollBar().value() > ROW
        if wanted != self.model.held:
            self.model.hold(wanted)
        self._count()

    def _scrolled(self) -> None:
        if self.model.held and not self._paused and self.table.verticalScrollBar().value() <= ROW:
            self._hold()
        self._frame()

    def _count(self) -> None:
        shown, session = self.model.rowCount() + self.model.waiting, self._session
        total = 0 if session.reader is None else session.reader.end_row - session.reader.first_row
        if self.model.searching:
            self._counts.setText("searching…")
        else:
            self._counts.setText(
                f"{shown:,} of {total:,}" if shown != total else figures.plural(total, "event")
            )
        self.new.setVisible(self.model.waiting > 0)
        self.new.setText(f"{self.model.waiting:,} new")
        self.tail.setVisible(session.live)
        self.tail.setText("Paused" if self._paused else "Live tail")
        self.tail.set_kind("act" if self._paused else "ok", "play" if self._paused else "pause")
        self.tail.setToolTip(
            "Let new events in · Ctrl+Space" if self._paused else "Hold the list still · Ctrl+Space"
        )
        if shown or self.model.searching:
            self._stack.setCurrentIndex(0)
            return
        filtered = total > 0
        self._say(self._why_empty(total))
        self._clear.setVisible(filtered)

    def _say(self, sentence: str) -> None:
        self._nothing.setText(sentence)
        self._stack.setCurrentIndex(1)

    def _why_empty(self, total: int) -> str:
        if total:
            return f"No event matches. The filter hides {figures.plural(total, 'event')}."
        if self._session.empty:
            return "No server is connected. Connect to one, try the demo, or open a capture."
        if self._session.live:
            return "No event has been captured yet. Events show up here as soon as something is sent."
        return "This capture holds no event."

    def _draw_bars(self) -> None:
        reader = self._session.reader
        span = None if reader is None else reader.span_ns()
        if reader is None or span is None or self._background.busy:
            return
        start, end, wanted = span[0], span[1] + 1, self.model.row_filter

        def count() -> tuple[int, int, list[int], list[int]]:
            return start, end, *_counts(reader, start, end, wanted)

        self._background.ask(count, self._counted)

    def _counted(self, found: tuple[int, int, list[int], list[int]]) -> None:
        self.histogram.show_counts(*found)
        self._frame()

    def _frame(self) -> None:
        first = self.table.rowAt(0)
        last = self.table.rowAt(self.table.viewport().height() - 1)
        if first < 0:
            self.histogram.show_frame(None)
            return
        last = last if last >= 0 else self.model.rowCount() - 1
        self.histogram.show_frame(self.model.times_of(first, last))

    # What a person does

    def _chosen(self, place: int) -> None:
        if place >= 0:
            self.record.setVisible(True)
            self._session.select_row(self.model.row_number(place))

    def _record(self) -> None:
        self.record.setVisible(self._session.row is not None)

    def _drop_scope(self) -> None:
        self._session.select(None)

    def _go_to(self, time_ns: int) -> None:
        rows = self.model.rowCount()
        low, high = 0, rows
        # Rows are in the order of writing, which is that of time within a fraction of a second.
        while low < high:
            middle = (low + high) // 2
            if self.model.row(middle).timestamp_ns > time_ns:
                low = middle + 1
            else:
                high = middle
        if rows:
            self.table.scrollTo(self.model.index_of(min(low, rows - 1)), Table.ScrollHint.PositionAtTop)
            self._hold()

    def _menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if not index.isValid():
            return
        self.table.setCurrentIndex(index)
        found = self.model.row(index.row())
        menu = QMenu(self)

        def add(words: str, run: Callable[[], object]) -> None:
            menu.addAction(words).triggered.connect(lambda: run())

        menu.addAction(self._replay)
        menu.addSeparator()
        if found.channel is not None:
            add(f"Only {found.channel.name}", partial(self._session.select, found.channel))
        if found.type is not None:
            add(f"Only type {found.type}", lambda: self.set_type(found.type))
        if found.sender is not None and (who := self.model.application(found.sender)) is not None:
            add(f"Only from {wording.name(who)}", lambda: self._session.select(who.id))
        if found.key:
            add(f"Find {found.key}", lambda: self.search.setText(found.key))
            menu.addSeparator()
            add("Copy key", lambda: QGuiApplication.clipboard().setText(found.key))
        menu.exec(self.table.viewport().mapToGlobal(place))
        menu.deleteLater()


def _counts(reader: CaptureReader, start: int, end: int, wanted: RowFilter) -> tuple[list[int], list[int]]:
    every = reader.histogram(start, end, BINS).tolist()
    if wanted == RowFilter():
        return every, every
    return every, reader.histogram(start, end, BINS, wanted).tolist()


def describe(session: Session, subject: Subject) -> str:
    """What to call what is selected, in few words."""
    graph = session.graph
    match subject:
        case ServerId():
            server = graph.servers.get(subject)
            return server.name if server else subject.address
        case ChannelId() | ApplicationId():
            return wording.node_name(graph, subject)
        case OperationId():
            return f"{wording.node_name(graph, subject.source)} → {wording.node_name(graph, subject.target)}"
        case LoopId():
            loop = graph.loops.get(subject)
            names = [wording.node_name(graph, hop) for hop in (loop.hops if loop else ())]
            return f"loop of {names[0]}" if names else "loop"
        case _:
            return plain(subject)
