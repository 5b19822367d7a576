"""The rows that a list shows: found bit by bit in the background, in order of time, and growing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Event

import numpy as np
from PySide6.QtCore import QObject, Signal

from gui.background import Background
from gui.events import order
from gui.events.order import Rows
from gui.events.sorting import Sorting, sorted_rows, why_not
from inspector.search.query import RecordQuery
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

AT_ONCE = 200_000
"""Rows up to which a list without a query is made at once."""
PIECE_S = 0.08
"""How long is searched before what was found is shown."""


@dataclass(frozen=True)
class Found:
    """What was found so far."""

    in_time: Rows
    """In order of time, the newest last."""
    view: Rows
    """As they are shown, read from the last one to the first where the order goes down."""
    fresh: Rows
    """Rows that wait until the list is let go."""
    read_to: int
    """New rows begin here."""
    first_row: int = 0
    """Older ones were deleted."""


EMPTY = Found(order.none(), order.none(), order.none(), 0)


class Finder(QObject):
    """Looks for the rows of one query at a time. While it is `held`, new rows wait."""

    changed = Signal(bool)
    """Other rows are shown; True where they are not those before and more."""
    counted = Signal()
    """Something about the numbers of rows is otherwise."""
    failed = Signal(str)
    said = Signal(str)
    """Why rows are in another order than was asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.failed.connect(self._failed)
        self._reader: CaptureReader | None = None
        self._query: RecordQuery | None = None
        self._stop = Event()
        self._searching = False
        self.stopped = False
        """Whether somebody ended the search before all was looked through."""
        self.base = RowFilter()
        self.sorting = Sorting()
        self.held = False
        self.found = EMPTY

    @property
    def query(self) -> RecordQuery | None:
        """What is looked for; None for all of `base`."""
        return self._query

    @property
    def waiting(self) -> int:
        """Rows that came while it was held."""
        return len(self.found.fresh)

    @property
    def searching(self) -> bool:
        """Whether older rows are still looked for."""
        return self._searching

    @property
    def busy(self) -> bool:
        """Whether more rows may come without anything new being captured."""
        return self._background.busy

    def times(self, rows: Rows) -> Rows:
        """When some rows were."""
        assert self._reader is not None
        return _times(self._reader, rows)

    def show(self, reader: CaptureReader | None, base: RowFilter, query: RecordQuery | None) -> None:
        """Look for other rows, the newest first; the list is empty until the first are found."""
        self.stop()
        self.stopped = False
        self._reader, self.base, self._query = reader, base, query
        if reader is None:
            self._take(EMPTY, anew=True)
            return
        end = reader.end_row
        if query is None and end - reader.first_row <= AT_ONCE and self.sorting.by_time:
            self._take(_all(reader, base, end), anew=True)
            return
        self._searching = True
        self._take(replace(EMPTY, read_to=end, first_row=reader.first_row), anew=True)
        self._stop = Event()
        self._search(_pieces(reader, base, query, end, self._stop), self._stop, self.sorting)

    def stop(self) -> None:
        """Look no further; what was found stays."""
        self._stop.set()
        self._background.cancel()
        if self._searching:
            self._searching, self.stopped = False, True
            self.counted.emit()

    def hold(self, on: bool) -> None:
        """Let new rows wait, or let those that waited in."""
        self.held = on
        fresh = self.found.fresh
        if not on and len(fresh):
            self._grow(replace(self.found, fresh=order.none()), fresh)
        self.counted.emit()

    def take_new(self) -> None:
        """Look for rows that were captured since."""
        reader, found, base, query = self._reader, self.found, self.base, self._query
        if reader is None or self._searching or self._background.busy:
            return
        end, first = reader.end_row, reader.first_row
        if end <= found.read_to and first <= found.first_row:
            return

        def look() -> Rows:
            if query is None:
                return reader.select(base, found.read_to, end)
            return query.select(base, found.read_to, end)

        def came(fresh: Rows) -> None:
            now = replace(self.found, read_to=end)
            if first > now.first_row:
                now = _without(now, first)
                self._take(now, anew=False)
            if not len(fresh):
                self.found = now
            elif self.held or not self.sorting.by_time:
                self.found = replace(now, fresh=np.concatenate((now.fresh, fresh)))
            else:
                self._grow(now, fresh)
            self.counted.emit()

        if query is None and len(found.in_time) <= AT_ONCE:
            came(look())
        else:
            self._background.ask(look, came)

    def sort(self, sorting: Sorting) -> None:
        """Show the rows in another order; those that waited come in."""
        if why := why_not(sorting, len(self.found.in_time) + self.waiting):
            self.said.emit(why)
            return
        self.sorting = sorting
        if self._searching:  # what is found next is put into that order
            self.changed.emit(True)
            return
        self._grow(replace(self.found, fresh=order.none()), self.found.fresh, anew=True)

    def place_of(self, row: int) -> int | None:
        """Where a row stands in the list; None where it is not among those found."""
        view, reader = self.found.view, self._reader
        if reader is None or not reader.first_row <= row < reader.end_row:
            return None
        if self.sorting.by_time:
            at = order.place_in_time(view, row, self.times)
        else:
            places = np.flatnonzero(view == row)
            at = int(places[0]) if len(places) else None
        return None if at is None else self._turned(at)

    def place_of_time(self, time_ns: int) -> int | None:
        """Where the first row at a time or after it stands; None where none is, or another order holds."""
        view = self.found.view
        if not self.sorting.by_time or not len(view):
            return None
        return self._turned(min(order.place_of_time(view, time_ns, self.times), len(view) - 1))

    def row_at(self, place: int) -> int:
        """The row of the capture at a place of the list."""
        return int(self.found.view[self._turned(place)])

    def close(self) -> None:
        """End what runs."""
        self.stop()
        self._background.close()

    def _turned(self, at: int) -> int:
        return len(self.found.view) - 1 - at if self.sorting.down else at

    # Finding

    def _search(self, pieces: Iterator[Rows], stop: Event, shown: Sorting) -> None:
        """Look on for a while, show what is there (until then in the order `shown`), and so on."""
        reader, before, sorting = self._reader, self.found, self.sorting
        assert reader is not None

        def look() -> tuple[Found, bool, Sorting]:
            until, parts, more = time.monotonic() + PIECE_S, [], True
            while time.monotonic() < until and more:
                piece = next(pieces, None)
                more = piece is not None
                if piece is not None:
                    parts.append(piece)
            if not parts:
                return before, more, shown
            found = order.merged(before.in_time, np.concatenate(parts), lambda rows: _times(reader, rows))
            # What has to be read for its order is read once, when all of it is there.
            unsorted = sorting.read is not None and (more or bool(why_not(sorting, len(found))))
            view = found if unsorted else sorted_rows(reader, found, sorting)
            return replace(before, in_time=found, view=view), more, Sorting() if unsorted else sorting

        def came(answer: tuple[Found, bool, Sorting]) -> None:
            found, more, ordered = answer
            if stop.is_set():
                return
            self._searching = more
            if not more:
                self._give_up(len(found.in_time))
            if len(found.in_time) != len(self.found.in_time):
                self._take(found, anew=not sorting.by_time)
            else:
                self.counted.emit()
            if more:
                self._search(pieces, stop, ordered)
            elif ordered != self.sorting:
                self._grow(self.found, order.none(), anew=True)

        self._background.ask(look, came)

    def _grow(self, now: Found, fresh: Rows, anew: bool = False) -> None:
        """Put rows where they belong; in the background where there are many."""
        reader = self._reader
        if reader is None:
            return
        self._give_up(len(now.in_time) + len(fresh))
        sorting = self.sorting

        def work() -> Found:
            grown = order.merged(now.in_time, fresh, lambda rows: _times(reader, rows))
            return replace(now, in_time=grown, view=sorted_rows(reader, grown, sorting))

        if len(now.in_time) <= AT_ONCE and sorting.by_time:
            self._take(work(), anew)
        else:
            self._background.ask(work, lambda found: self._take(found, anew))

    def _give_up(self, count: int) -> None:
        """Go back to the order of time where there are too many rows for another one."""
        if why := why_not(self.sorting, count):
            self.sorting = Sorting()
            self.said.emit(why)

    def _take(self, found: Found, anew: bool) -> None:
        self.found = found
        self.changed.emit(anew)
        self.counted.emit()

    def _failed(self, sentence: str) -> None:
        self._searching = False
        self.failed.emit(sentence)


def _times(reader: CaptureReader, rows: Rows) -> Rows:
    """When rows were; those that were deleted meanwhile were before all others."""
    there = rows >= reader.first_row
    if there.all():
        return reader.columns(rows, "timestamp_ns")["timestamp_ns"]
    found = np.zeros(len(rows), np.int64)
    found[there] = reader.columns(rows[there], "timestamp_ns")["timestamp_ns"]
    return found


def _all(reader: CaptureReader, base: RowFilter, end: int) -> Found:
    rows = reader.select(base, 0, end)
    ordered = order.in_time(rows, _times(reader, rows))
    return Found(ordered, ordered, order.none(), end, reader.first_row)


def _without(found: Found, first: int) -> Found:
    """What is left after rows before `first` were deleted."""
    in_time, view, fresh = (rows[rows >= first] for rows in (found.in_time, found.view, found.fresh))
    return Found(in_time, view, fresh, found.read_to, first)


def _pieces(
    reader: CaptureReader, base: RowFilter, query: RecordQuery | None, end: int, stop: Event
) -> Iterator[Rows]:
    """Rows, the newest first."""
    return _parts(reader.select(base, 0, end)) if query is None else query.backwards(base, end, stop)


def _parts(rows: Rows) -> Iterator[Rows]:
    """Rows in parts, the first of them small, so that there is something to look at."""
    at, size = len(rows), AT_ONCE // 4
    while at > 0:
        yield rows[max(0, at - size) : at]
        at, size = at - size, size * 4
