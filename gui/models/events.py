"""The captured records as a table: only what is looked at is read from the file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal

from graph.model import Alias, Application
from gui.events import columns as known
from gui.events.cells import Around, cell
from gui.events.columns import EventColumn
from gui.events.details import Detail, Details
from gui.events.finder import Finder
from gui.events.masked import masked_row
from gui.events.names import Names
from gui.events.oddities import Oddity
from gui.events.surroundings import Surroundings
from gui.parts.cells import BAR, CELL, Index
from gui.parts.tables import ROOT, Column, header
from gui.session import Session
from inspector.project.bookmarks import Marked
from inspector.project.model import Bookmark
from inspector.record import Position
from inspector.store.selection import Row

PAGE = 16
"""Rows read at a time."""
PAGES = 256
"""Pages kept."""
NOWHERE = Position(-1, -1)
NOTHING_AROUND = Around()
SIGNS = Qt.ItemDataRole.UserRole + 8
"""The role under which a row gives its `Signs`."""
ABORTED = "Its transaction was aborted: who reads committed records alone never saw it."


@dataclass(frozen=True)
class Signs:
    """What a row shows beside its cells."""

    bookmark: Bookmark | None = None
    oddity: Oddity | None = None
    aborted: bool = False
    colour: str = ""
    """The colour that a rule gives it."""
    rule: str = ""

    @property
    def sentence(self) -> str:
        """For a person."""
        noted = (self.bookmark.note or "Bookmarked.") if self.bookmark is not None else ""
        odd = self.oddity.sentence if self.oddity is not None else ""
        return "\n".join(filter(None, (noted, ABORTED if self.aborted else "", odd)))


class EventsModel(QAbstractTableModel):
    """Rows that the finder found, newest first unless sorted otherwise.

    It holds row numbers, eight bytes each, and a few pages of rows.
    """

    moved = Signal()
    """Rows have come and stand before or among those that were there."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._count = 0
        self._pages: OrderedDict[int, Row] = OrderedDict()
        self._marked = Marked(session.decisions.project)
        self.columns: tuple[EventColumn, ...] = tuple(each for each, _width in known.shown(()))
        self.names = Names()
        self.finder = Finder(self)
        self.finder.changed.connect(self._changed)
        self.details = Details(self)
        self.details.arrived.connect(self.refresh_cells)
        self.surroundings = Surroundings(session, self)
        self.surroundings.arrived.connect(self.refresh_cells)

    # What is shown

    def show_columns(self, columns: Sequence[EventColumn]) -> None:
        """Show other columns."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self.endResetModel()

    def learn_names(self) -> None:
        """Take over names and loops of the graph."""
        if self.names.learn(self._session):
            self.refresh_cells()

    def learn_project(self) -> None:
        """Take over the bookmarks and masks of the project."""
        self._marked = Marked(self._session.decisions.project)
        self._pages.clear()
        self.refresh_cells()

    def refresh_cells(self) -> None:
        """Say that what cells show has changed, such as the zone of times."""
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(self.columns) - 1))

    def close(self) -> None:
        """Wait for what runs in the background."""
        for each in (self.finder, self.details, self.surroundings):
            each.close()

    # Rows

    def row_number(self, place: int) -> int:
        """The row of the capture at a place of the table."""
        return self.finder.row_at(place)

    def place_of(self, number: int) -> int | None:
        """Where a row of the capture stands in the table; None where the filter hides it."""
        return self.finder.place_of(number)

    def times_of(self, first: int, last: int) -> tuple[int, int] | None:
        """Times of the oldest and newest of some places; None where the table is not in order of time."""
        if not self._count or not self.finder.sorting.by_time:
            return None
        ends = [self.row(max(0, min(at, self._count - 1))).timestamp_ns for at in (first, last)]
        return min(ends), max(ends)

    def application(self, alias: Alias) -> Application | None:
        """Who was seen under a name."""
        return self.names.application(alias)

    def row(self, place: int) -> Row:
        """The row at a place of the table."""
        number = self.row_number(place)
        found = self._pages.get(number)
        if found is not None:
            return found
        reader, start = self._session.reader, place // PAGE * PAGE
        if reader is None:
            return Row(number, 0, None, NOWHERE, damage="The capture is closed.")
        sight = self._session.sight
        wanted = [self.row_number(at) for at in range(start, min(start + PAGE, self._count))]
        self._pages.update((each.row, masked_row(reader, each, sight)) for each in reader.rows(wanted))
        while len(self._pages) > PAGE * PAGES:
            self._pages.popitem(last=False)
        return self._pages[number]

    def detail(self, place: int) -> Detail | None:
        """What a whole record tells of a place, as far as it is known."""
        return self.details.of(self.row_number(place))

    def signs(self, place: int) -> Signs:
        """What a place shows beside its cells."""
        row = self.row(place)
        if row.channel is None:
            return Signs()
        told = self.detail(place)
        return Signs(
            self._marked.on(row.channel, row.position),
            self.surroundings.of(row.row),
            row.aborted,
            told.colour if told else "",
            told.rule if told else "",
        )

    def _changed(self, anew: bool) -> None:
        count = len(self.finder.found.view)
        # What is known of a row may have grown too, such as that its transaction was aborted.
        self._pages.clear()
        if anew:
            self.beginResetModel()
            self._count = count
            self.endResetModel()
            return
        if count < self._count:  # the oldest were deleted
            self.beginRemoveRows(ROOT, count, self._count - 1)
            self._count = count
            self.endRemoveRows()
        # New rows belong before those that are there. Where a view has millions, that would take it long:
        # so rows are added at the end, and all are said to be others.
        if count > self._count:
            self.beginInsertRows(ROOT, self._count, count - 1)
            self._count = count
            self.endInsertRows()
        self.moved.emit()
        self.refresh_cells()

    # What Qt asks

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if not 0 <= section < len(self.columns):
            return None
        column, sorting = self.columns[section], self.finder.sorting
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.help
        way = (" ▾" if sorting.down else " ▴") if column.key == sorting.column else ""
        return header((Column(column.title + way, 0, column.right),), 0, orientation, role)

    def data(self, index: Index, role: int = 0) -> Any:
        place = index.row()
        if not index.isValid() or place >= self._count:
            return None
        if role in (CELL, Qt.ItemDataRole.DisplayRole):
            found = self.cell(place, self.columns[index.column()])
            return found if role == CELL else found.text
        if role == SIGNS:
            return self.signs(place)
        if role == BAR:
            return self.names.bar(self.row(place).channel)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(place, self.columns[index.column()])
        return None

    def cell(self, place: int, column: EventColumn) -> Any:
        """What a column shows of a place."""
        around = self._around(place, column.key)
        detail = self.detail(place) if known.needs_record(column.key) else None
        return cell(column, self.row(place), detail, self.names, around)

    def _around(self, place: int, key: str) -> Around:
        """What a cell of a column has to know; asking for all of it would cost every cell."""
        session, sorting = self._session, self.finder.sorting
        if key in ("time", "date"):
            return Around(session.zone)
        if key == "age":
            return Around(now_ns=session.now_ns)
        before = place + 1 if sorting.down else place - 1
        if key == "delta" and sorting.by_time and 0 <= before < self._count:
            return Around(before_ns=self.row(before).timestamp_ns)
        return NOTHING_AROUND

    def _tip(self, place: int, column: EventColumn) -> str | None:
        signs = self.signs(place)
        if column.key == "marks":
            return signs.sentence or "Click to bookmark this event."
        if column.key == "value" and not self.row(place).body_stored:
            return "Its value was not captured: its channel is captured by keys and headers alone."
        return f"Coloured by {signs.rule}" if signs.rule else None

    def index_of(self, place: int) -> QModelIndex:
        """The index of the first cell of a place."""
        return self.index(place, 0)
