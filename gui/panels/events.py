"""The list of events: what is selected in the graph, asked for, live, and one of them in full."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from graph.query.error import QueryError
from gui.events import columns
from gui.events.bars import Bars
from gui.events.column_menu import ColumnMenu
from gui.events.coverage_line import CoverageLine
from gui.events.habit_keeper import HabitKeeper
from gui.events.hands import EventHands
from gui.events.query_bar import QueryBar
from gui.events.scope import describe
from gui.events.sorting import sorting
from gui.events.table import EventTable
from gui.events.tally import Tally
from gui.look import Look
from gui.models.events import EventsModel
from gui.panels.record import RecordPanel
from gui.parts.buttons import Button
from gui.parts.cells import ROW
from gui.parts.text import Text, column, row
from gui.session import Session
from inspector.search.query import RecordQuery
from inspector.store.selection import RowFilter

COVERAGE_EVERY_S = 3.0
RENAMED_S = 1.0
"""How often cells are painted once more for names and doubts of a newer graph."""


class EventsPanel(QWidget):
    """Query, histogram, table and record."""

    def __init__(self, session: Session, look: Look, replay: QAction) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.session, self.look = session, look
        self._paused = False
        self._wanted: int | None = None
        """A row to show that has still to be found."""
        self.keeper = HabitKeeper(session, self)
        self.model = EventsModel(session, self)
        self.finder = self.model.finder
        self.finder.counted.connect(self._count)
        self.finder.failed.connect(self._say)
        self.finder.said.connect(session.decisions.said)
        self.finder.counted.connect(self._go_on)
        self.bar = QueryBar(session, look, self.keeper)
        self.search = self.bar.field
        self._scope = Button(look, "", "chip", icon="x", run=self._drop_scope, tip="Show all events again")
        self.tally = Tally(session, look, self.finder)
        self.tally.let_in.connect(self._let_in)
        self.tally.turned.connect(self.toggle_pause)
        self.bars = Bars(session, look, self.finder)
        self.histogram = self.bars.histogram
        self.bars.go_wanted.connect(self.go_to_time)
        self.bars.counted.connect(self._frame)
        self.coverage = CoverageLine(session, look)
        self.table = EventTable(look, self.model)
        self.record = RecordPanel(session, look, replay)
        self.hands = EventHands(self, replay)
        self.columns = ColumnMenu(self, self.look)
        self._lay_out()
        self._wire()
        self.arrange()
        self.apply()

    def _lay_out(self) -> None:
        look = self.look
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
        arrange = Button(look, "", "flat", icon="columns", run=self.columns.open_under_head, tip="Columns")
        more = Button(look, "", "flat", icon="more", run=self.hands.show_more, tip="More to do with events")
        for button in (arrange, more):
            button.setFixedWidth(28)
            button.setAccessibleName(button.toolTip())
        self.more = more
        query = row(self.bar, self._scope, self.tally, arrange, more, gap=4, margins=(8, 4, 8, 2))
        query.setStretch(0, 1)
        self.setLayout(column(query, self.bars, self.coverage, self.split, gap=0))
        self.layout().setStretch(3, 1)  # type: ignore[union-attr]

    def _wire(self) -> None:
        session = self.session
        self.search.taken.connect(lambda _query: self.apply())
        self.table.selectionModel().currentRowChanged.connect(lambda now, _old: self._chosen(now.row()))
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self.hands.show_menu)
        self.table.sort_wanted.connect(self._sort)
        self.table.columns_wanted.connect(self.columns.open_at)
        self.table.arranged.connect(lambda: self.keeper.show_columns(self.table.shown_columns()))
        self.keeper.columns_changed.connect(self.arrange)
        self.coverage.wanted.connect(self.hands.show_coverage)
        self.record.piece_wanted.connect(self.bar.put)
        session.rows_changed.connect(session.turns.take(self._grown, every_s=0.5))
        session.rows_changed.connect(session.turns.take(self.coverage.refresh, every_s=COVERAGE_EVERY_S))
        session.graph_changed.connect(session.turns.take(self._renamed, every_s=RENAMED_S))
        session.selection_changed.connect(self.apply)
        session.record_changed.connect(self._record)
        session.opened.connect(self.apply)
        session.moment_changed.connect(self.apply)
        session.zone_changed.connect(self.model.refresh_cells)
        session.decisions.changed.connect(self._decided)
        session.sights.changed.connect(self._decided)

    # What is shown

    @property
    def row_filter(self) -> RowFilter:
        """What the list is restricted to, beside the query."""
        return self.session.row_filter(self.session.selection)

    def apply(self) -> None:
        """Show what the selection and the query say now."""
        subject, base = self.session.selection, self.row_filter
        self._scope.setVisible(subject is not None)
        if subject is not None:
            self._scope.setText(describe(self.session, subject))
        self.table.soften()
        self.model.names.learn(self.session)
        self.model.surroundings.show(base.channels)
        self._want_details()
        self.finder.show(self.session.reader, base, self._query())
        self.table.scrollToTop()
        self._hold()
        if self.session.row is None:
            self.record.setVisible(False)
        self.coverage.show_channels(base.channels)
        self.bars.refresh()

    def arrange(self) -> None:
        """Show the columns that the project has."""
        self.table.show_columns(columns.shown(self.keeper.habits.columns))
        self._want_details()

    def clear_filter(self) -> None:
        """Show all events."""
        self.search.clear()
        self.session.select(None)
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
        reader = self.session.reader
        if reader is None or not reader.first_row <= number < reader.end_row:
            return False
        self.finder.take_new()
        if self.model.place_of(number) is None and number not in self.finder.found.fresh:
            self.clear_filter()
        self.finder.hold(on=False)
        self._wanted = number
        return self._go_on()

    def _go_on(self) -> bool:
        """Show the row that is wanted, as soon as it is found; whether it is, or may still be."""
        place = None if self._wanted is None else self.model.place_of(self._wanted)
        if place is not None or not self.finder.busy:
            self._wanted = None
        self.table.go_to(place)
        return place is not None or self._wanted is not None

    def go_to_time(self, time_ns: int) -> None:
        """Scroll to what was at a time."""
        place = self.finder.place_of_time(time_ns)
        if place is not None:
            self.table.scrollTo(self.model.index_of(place), EventTable.ScrollHint.PositionAtTop)
            self._hold()

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self.keeper.write()
        self.search.close_background()
        self.bars.close_background()
        self.coverage.close_background()
        self.hands.close_background()
        self.model.close()
        self.record.close_background()

    def _query(self) -> RecordQuery | None:
        text = self.bar.query
        try:
            return self.search.made(text) if text else None
        except QueryError as wrong:  # what was right in one project may not be in another
            self._say(wrong.message)
            return None

    def _want_details(self) -> None:
        keys = (each.key for each in self.model.columns)
        wanted = self.search.wanted(tuple(filter(columns.needs_record, keys)))
        self.model.details.want(self.session.reader, wanted)

    # News

    def _decided(self) -> None:
        self.model.learn_project()
        self._want_details()

    def _grown(self) -> None:
        self._hold()
        if not self.finder.held:
            self.table.soften()
        self.finder.take_new()
        self.bars.grown()

    def _renamed(self) -> None:
        self.model.learn_names()
        self._count()

    def _hold(self) -> None:
        wanted = self._paused or self.table.verticalScrollBar().value() > ROW
        if wanted != self.finder.held:
            self.finder.hold(wanted)
        self._count()

    def _let_in(self) -> None:
        self._paused = False
        self.table.scrollToTop()
        if not self.finder.sorting.by_time:
            self.finder.sort(self.finder.sorting)
        self._hold()

    def _scrolled(self) -> None:
        if self.finder.held and not self._paused and self.table.verticalScrollBar().value() <= ROW:
            self._hold()
        self._frame()

    def _frame(self) -> None:
        first = self.table.rowAt(0)
        last = self.table.rowAt(self.table.viewport().height() - 1)
        last = last if last >= 0 else self.model.rowCount() - 1
        self.histogram.show_frame(None if first < 0 else self.model.times_of(first, last))

    def _count(self) -> None:
        shown, total = self.tally.count(paused=self._paused)
        if shown or self.finder.searching:
            self._stack.setCurrentIndex(0)
        else:
            self._say(self.tally.why_empty(total, self.coverage.doubt))
            self._clear.setVisible(total > 0)

    def _say(self, sentence: str) -> None:
        self._nothing.setText(sentence)
        self._stack.setCurrentIndex(1)

    # What a person does

    def _chosen(self, place: int) -> None:
        if place >= 0:
            self.record.setVisible(True)
            self.session.select_row(self.model.row_number(place))

    def _record(self) -> None:
        self.record.setVisible(self.session.row is not None)

    def _drop_scope(self) -> None:
        self.session.select(None)

    def _sort(self, number: int) -> None:
        key = self.model.columns[number].key
        self.finder.sort(sorting(key, self.finder.sorting, self.session.sight))
        self.model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.model.columns) - 1)
