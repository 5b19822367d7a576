"""The captured records as a table: only what is looked at is read from the file."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal

from graph.evidence import CERTAIN
from graph.identity import Action, ChannelId, OperationId
from graph.model import DANGER, Alias, Application, DependencyGraph, LoopStatus, Operation
from gui import figures
from gui.background import Background
from gui.fonts import Role
from gui.parts.cells import BAR, CELL, Cell, Index
from gui.parts.marks import ChannelMark, TypeMark
from gui.parts.tables import ROOT, Column, header
from gui.session import Session
from inspector.store.selection import Row, RowFilter

Rows = NDArray[np.int64]

COLUMNS = (
    Column("Time", 104),
    Column("Channel", 142),
    Column("Type", 156),
    Column("Key", 92),
    Column("From", 146),
    Column("Position", 118),
    Column("Size", 60, right=True),
    Column("Value", 0),
)
PAGE = 16
"""Rows read at a time."""
PAGES = 256
"""Pages kept."""
BARS = {LoopStatus.RUNAWAY: "run", LoopStatus.ACTIVE: "act"}


class EventsModel(QAbstractTableModel):
    """Rows of the capture that a filter lets through, newest first.

    It holds row numbers, eight bytes each, and a few pages of rows. While it is `held` new records are
    counted in `waiting` and come in when it is let go.
    """

    counted = Signal()
    failed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._filter = RowFilter()
        self._numbers: Rows = np.empty(0, np.int64)
        self._fresh: Rows = np.empty(0, np.int64)
        self._read_to = 0
        self._held = False
        self._pages: OrderedDict[int, dict[int, Row]] = OrderedDict()
        self._senders: dict[Alias, Application] = {}
        self._bars: dict[ChannelId, LoopStatus] = {}
        self._lone: dict[ChannelId, Operation] = {}
        self._named = DependencyGraph()
        self._background = Background(self)
        self._background.failed.connect(self.failed)

    # What is shown

    @property
    def row_filter(self) -> RowFilter:
        """What is let through."""
        return self._filter

    @property
    def waiting(self) -> int:
        """Records that came while it was held."""
        return len(self._fresh)

    @property
    def held(self) -> bool:
        """Whether new records wait."""
        return self._held

    @property
    def searching(self) -> bool:
        """Whether rows are still looked for."""
        return self._background.busy

    def show(self, row_filter: RowFilter) -> None:
        """Show other rows; a search for text runs in the background."""
        self._filter = row_filter
        reader = self._session.reader
        if reader is None:
            self._replace((np.empty(0, np.int64), 0))
            return

        def look() -> tuple[Rows, int]:
            end = reader.end_row
            return reader.select(row_filter, 0, end), end

        if row_filter.text or reader.end_row - reader.first_row > 500_000:
            self._background.ask(look, self._replace)
            self.counted.emit()
        else:
            self._background.cancel()
            self._replace(look())

    def hold(self, on: bool) -> None:
        """Let new records wait, or let those that waited in."""
        self._held = on
        if not on and len(self._fresh):
            fresh, self._fresh = self._fresh, np.empty(0, np.int64)
            self._put(fresh)
        self.counted.emit()

    def take_new(self) -> None:
        """Look for records that were captured since."""
        reader = self._session.reader
        if reader is None or self._background.busy:
            return
        end = reader.end_row
        if end <= self._read_to:
            return
        fresh = reader.select(self._filter, self._read_to, end)
        self._read_to = end
        if len(fresh):
            if self._held:
                self._fresh = np.concatenate((self._fresh, fresh))
            else:
                self._put(fresh)
        self.counted.emit()

    def learn_names(self) -> None:
        """Take over names and loops of the graph."""
        graph = self._session.graph
        senders = {alias: app for app in graph.applications.values() for alias in app.aliases}
        bars: dict[ChannelId, LoopStatus] = {}
        for status in reversed(DANGER):
            bars.update(dict.fromkeys(self._session.loop_channels(status), status))
        lone = _lone_senders(graph)
        changed = bars != self._bars or _names(graph) != _names(self._named)
        self._bars, self._senders, self._lone, self._named = bars, senders, lone, graph
        if changed and len(self._numbers):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._numbers) - 1, len(COLUMNS) - 1))

    def refresh_cells(self) -> None:
        """Say that what cells show has changed, such as the zone of times."""
        if len(self._numbers):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._numbers) - 1, len(COLUMNS) - 1))

    def close(self) -> None:
        """Wait for what runs in the background."""
        self._background.close()

    def row_number(self, place: int) -> int:
        """The row of the capture at a place of the table."""
        return int(self._numbers[len(self._numbers) - 1 - place])

    def place_of(self, number: int) -> int | None:
        """Where a row of the capture stands in the table; None where the filter hides it."""
        at = int(np.searchsorted(self._numbers, number))
        if at >= len(self._numbers) or self._numbers[at] != number:
            return None
        return len(self._numbers) - 1 - at

    def times_of(self, first: int, last: int) -> tuple[int, int] | None:
        """Times of the oldest and newest of some places of the table."""
        if not len(self._numbers):
            return None
        last = min(last, len(self._numbers) - 1)
        return self.row(last).timestamp_ns, self.row(max(0, min(first, last))).timestamp_ns

    def application(self, alias: Alias) -> Application | None:
        """Who was seen under a name."""
        return self._senders.get(alias)

    # Rows

    def row(self, place: int) -> Row:
        """The row at a place of the table."""
        number = self.row_number(place)
        page, start = place // PAGE, place // PAGE * PAGE
        held = self._pages.get(page)
        if held is None or number not in held:
            reader = self._session.reader
            wanted = [self.row_number(at) for at in range(start, min(start + PAGE, len(self._numbers)))]
            read = reader.rows(wanted) if reader is not None else []
            held = self._pages[page] = {each.row: each for each in read}
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(page)
        return held[number]

    def _replace(self, found: tuple[Rows, int]) -> None:
        self.beginResetModel()
        self._numbers, self._read_to = found
        self._fresh = np.empty(0, np.int64)
        self._pages.clear()
        self.endResetModel()
        self.counted.emit()

    def _put(self, fresh: Rows) -> None:
        self.beginInsertRows(ROOT, 0, len(fresh) - 1)
        self._numbers = np.concatenate((self._numbers, fresh))
        self._pages.clear()
        self.endInsertRows()

    # What Qt asks

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        return header(COLUMNS, section, orientation, role)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self._numbers):
            return None
        if role == CELL:
            return self._cell(self.row(index.row()), index.column())
        if role == BAR:
            channel = self.row(index.row()).channel
            return "" if channel is None else BARS.get(self._bars.get(channel, LoopStatus.POSSIBLE), "")
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(self.row(index.row()), index.column()).text
        return None

    def index_of(self, place: int) -> QModelIndex:
        """The index of the first cell of a place."""
        return self.index(place, 0)

    def _cell(self, row: Row, column: int) -> Cell:
        if row.damage:
            if column == 0:
                return Cell(
                    figures.clock(row.timestamp_ns, self._session.zone) if row.timestamp_ns else "",
                    Role.CELL,
                    "dim",
                )
            return Cell(row.damage if column == len(COLUMNS) - 1 else "", tone="warn")
        match column:
            case 0:
                return Cell(figures.clock(row.timestamp_ns, self._session.zone), Role.CELL, "dim")
            case 1:
                assert row.channel is not None
                mark = ChannelMark(row.channel.kind, self._bars.get(row.channel))
                return Cell(row.channel.name, mark=mark, middle=True)
            case 2:
                if row.type is None:
                    return Cell("not named", tone="faint", italic=True)
                return Cell(row.type, Role.NAME, mark=TypeMark(row.type))
            case 3:
                return Cell(
                    "null" if row.is_null_key else row.key, Role.CELL, "faint" if row.is_null_key else "text"
                )
            case 4:
                return self._sender(row)
            case 5:
                return Cell(f"p{row.position.partition} · {row.position.offset:,}", Role.SECONDARY)
            case 6:
                return Cell(figures.size(row.size), Role.SECONDARY, right=True)
            case _:
                return Cell("null" if row.is_null_value else row.preview, Role.CELL, value=True)

    def _sender(self, row: Row) -> Cell:
        if row.sender is None:
            return self._only_sender(row)
        application = self._senders.get(row.sender)
        if application is None or application.name is None:
            return Cell(row.sender.value, tone="dim", middle=True)
        assert row.channel is not None
        operation = self._named.operations.get(OperationId(application.id, Action.SEND, row.channel))
        sure = application.confidence if operation is None else operation.confidence
        return Cell(application.name, aside="" if sure >= CERTAIN else figures.per_cent(sure))

    def _only_sender(self, row: Row) -> Cell:
        """For a record that names nobody: the only one known to send to its channel, with the doubt."""
        found = self._lone.get(row.channel) if row.channel is not None else None
        application = self._named.applications.get(found.id.application) if found is not None else None
        if found is None or application is None or application.name is None:
            return Cell("unattributed", tone="dim", italic=True)
        return Cell(application.name, tone="dim", aside=figures.per_cent(found.confidence), middle=True)


def _names(graph: DependencyGraph) -> object:
    """All of a graph that cells show: who is behind a name, and how sure that is."""
    applications = {app.id: (app.name, app.aliases) for app in graph.applications.values()}
    sends = {
        key: round(each.confidence, 2) for key, each in graph.operations.items() if key.action is Action.SEND
    }
    return applications, sends


def _lone_senders(graph: DependencyGraph) -> dict[ChannelId, Operation]:
    """The operation of each channel that has one sender."""
    found: dict[ChannelId, list[Operation]] = {}
    for operation in graph.operations.values():
        if operation.id.action is Action.SEND:
            found.setdefault(operation.id.channel, []).append(operation)
    return {channel: senders[0] for channel, senders in found.items() if len(senders) == 1}
