"""Reads a capture file while it is being written, or long after."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from graph.identity import ChannelId
from graph.model import Alias, DependencyGraph
from inspector.decode.preview import preview
from inspector.errors import CaptureError
from inspector.marks import mark
from inspector.record import Position, Record
from inspector.store import courses, coverage, schema
from inspector.store.aborted import Abort
from inspector.store.blocks import CACHE_BYTES, Gone, Names, StoredBlock
from inspector.store.columns import KINDS
from inspector.store.courses import LoopsThen
from inspector.store.coverage import Coverage
from inspector.store.grams import sought
from inspector.store.handed import NO_BODY, TRANSACTIONAL
from inspector.store.index import Extent, RowIndex
from inspector.store.packing import NULL, Damaged
from inspector.store.past import Past
from inspector.store.selection import Damage, Row, RowFilter
from inspector.store.sieve import Holdings, Sieve
from inspector.store.text import Occurs
from inspector.store.warming import Warming
from inspector.traits import Traits

T = TypeVar("T")

Rows = NDArray[np.int64]
KEY_LIMIT = 64
VALUE_LIMIT = 160
"""Characters of a preview."""
SHOWN = ("timestamp_ns", "channel", "partition", "offset", "sender", "type", "size", "flags")
"""Columns that a table shows."""


class CaptureReader:
    """What is in a capture file; `refresh` takes in what was written since. Any thread may call it.

    A row is the number of a record in the order of writing; it never changes. Damaged blocks are listed in
    `damaged`, their rows are never selected, and the others are read as if nothing was.
    """

    def __init__(self, path: Path | str, *, cache_bytes: int = CACHE_BYTES) -> None:
        """Open a capture; raises CaptureError. Parts of blocks are kept unpacked up to so many bytes."""
        self.path = Path(path)
        self._connection = schema.open_readonly(self.path)
        self._index = RowIndex(self.path, self._connection, cache_bytes)
        self._lock = self._index.lock
        self._columns = self._index.columns
        self._terms = self._index.terms
        self._sieve = Sieve(self._index.parts)
        # A connection of its own: a graph of ten thousand nodes takes long to read, and rows do not wait.
        self._reading_past = threading.Lock()
        self._past_connection = schema.open_readonly(self.path)
        self._past = Past(self._past_connection)
        self.warming = Warming(self._index, self._sieve)
        """Loads what searches ask first, once it is started."""
        try:
            self.refresh()
        except CaptureError:
            self.close()
            raise

    # What there is

    def refresh(self) -> int:
        """Take in what was written since; the number of rows that can be read now. Raises CaptureError."""
        self._index.refresh()
        return self.end_row - self.first_row

    @property
    def damaged(self) -> tuple[Damage, ...]:
        """What was found to be damaged until now."""
        return self._index.damaged

    @property
    def first_row(self) -> int:
        """The oldest row; above 0 where old blocks were deleted."""
        return self._columns.first_row

    @property
    def end_row(self) -> int:
        """The row after the newest one: where the next `select` of new rows begins."""
        return self._columns.end_row

    def channels(self) -> tuple[ChannelId, ...]:
        """All channels that records were stored from."""
        return tuple(self._terms["channel"])

    def senders(self) -> tuple[Alias, ...]:
        """All names of senders that occur."""
        return tuple(self._terms["sender"])

    def types(self) -> tuple[str, ...]:
        """All names of types that occur."""
        return tuple(self._terms["type"])

    def graph(self, at_ns: int | None = None) -> DependencyGraph:
        """The graph as it was known at a time, or last. Raises CaptureError."""
        with self._reading_past, self._history():
            return self._past.graph(at_ns)

    def graph_times_ns(self) -> list[int]:
        """When the graph changed, ascending. Raises CaptureError."""
        with self._reading_past, self._history():
            return self._past.times()

    def loops_then(self, after: int = -1, most: int = 1000) -> list[LoopsThen]:
        """What loops did, from the entry after one by its id on; see `courses.read`. Raises CaptureError."""
        with self._reading_past, self._history():
            return courses.read(self._past_connection, after, most)

    def known_ns(self) -> tuple[int, int] | None:
        """Time of the first and of the last graph; None where there is none. Raises CaptureError."""
        first = "SELECT min(at_ns) FROM graph WHERE whole = 1"
        last = "SELECT at_ns FROM graph ORDER BY id DESC LIMIT 1"
        with self._lock, self._history():
            found = [self._connection.execute(query).fetchone() for query in (first, last)]
        return None if found[1] is None or found[0][0] is None else (found[0][0], found[1][0])

    def span_ns(self) -> tuple[int, int] | None:
        """Time of the earliest and of the latest record; None where there is none."""
        blocks = self._index.extents(self.first_row, self.end_row)
        return (min(b.first_ns for b in blocks), max(b.last_ns for b in blocks)) if blocks else None

    # Which rows

    def select(self, row_filter: RowFilter, from_row: int = 0, until_row: int | None = None) -> Rows:
        """Rows that a filter lets through, ascending, from `from_row` to before `until_row`."""
        with self._lock:
            start = max(from_row, self.first_row)
            stop = self.end_row if until_row is None else min(until_row, self.end_row)
        if start >= stop:
            return np.empty(0, np.int64)
        rows = self._in_time(row_filter, start, stop)
        for name, wanted in (
            ("channel", row_filter.channels),
            ("sender", row_filter.senders),
            ("type", None if row_filter.type is None else (row_filter.type,)),
        ):
            if wanted is not None:
                numbers = self._numbers(name, wanted)
                rows = rows[np.isin(self._values(name, rows), numbers)] if numbers else rows[:0]
        rows = self.kept(rows)
        return self._with_text(rows, row_filter.text) if row_filter.text else rows

    def among(self, row_filter: RowFilter, from_row: int = 0, until_row: int | None = None) -> Rows | range:
        """The same; as a range where it is all of one."""
        if row_filter == RowFilter():
            with self._lock:
                stop = self.end_row if until_row is None else min(until_row, self.end_row)
                rows = range(max(from_row, self.first_row), stop)
            if rows and self.whole(rows):
                return rows
        return self.select(row_filter, from_row, until_row)

    def holdings(
        self, start: int, stop: int, wanted: bytes, area: str = "", *, beyond: bool = False, odd: bool = False
    ) -> Holdings:
        """Where in the blocks of some rows bytes in lower case may occur; see `Sieve.holdings`."""
        runs = sought(wanted)
        if runs is None:
            return {}
        blocks = [block.id for block in self._index.extents(start, stop)]
        try:
            return self._sieve.holdings(blocks, runs, area, beyond=beyond, odd=odd)
        except Damaged:
            return {}

    def whole(self, rows: range) -> bool:
        """Whether none of some rows was deleted or found to be damaged until now."""
        return rows.start >= self.first_row and not self._index.lost(rows.start, rows.stop)

    def kept(self, rows: Rows) -> Rows:
        """Those of ascending rows that were neither deleted nor found to be damaged until now."""
        rows = rows[np.searchsorted(rows, self.first_row) :]
        for first, end in self._index.lost(self.first_row, self.end_row):
            rows = rows[(rows < first) | (rows >= end)]
        return rows

    def extents(self, start: int, stop: int) -> list[Extent]:
        """The blocks that rows from `start` to before `stop` lie in, ascending."""
        return self._index.extents(start, stop)

    def view(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """A column of the rows from `start` to before `stop`, which must exist; see `block.COLUMNS`."""
        return self._index.view(name, start, stop)

    def find(self, channel: ChannelId, position: Position) -> int | None:
        """The row of the record at a position; the first one where it was stored twice."""
        for number in self._numbers("channel", (channel,)):
            rows = self._equal("offset", position.offset)
            rows = rows[self._values("partition", rows) == position.partition]
            rows = rows[self._values("channel", rows) == number]
            if len(rows):
                return int(rows[0])
        return None

    def same_event(self, event_id: str, channel: ChannelId) -> int:
        """How many records on a channel have this event id."""
        rows = self.with_event_id(event_id)
        return int(np.isin(self._values("channel", rows), self._numbers("channel", (channel,))).sum())

    def with_key(self, key: bytes) -> Rows:
        """Rows whose key is just this."""
        return self._exactly("key", key, lambda block, index: block.keys().piece(index) == key)

    def with_event_id(self, event_id: str) -> Rows:
        """Rows of the events that have this id."""
        return self._with_id(0, "event", event_id)

    def with_parent_id(self, parent_id: str) -> Rows:
        """Rows of the events that name this one as their cause."""
        return self._with_id(1, "parent", parent_id)

    def with_flow_id(self, flow_id: str) -> Rows:
        """Rows of the events of one flow."""
        return self._with_id(2, "flow", flow_id)

    def marked(self, name: str, text: bytes) -> Rows:
        """Rows whose `key`, `event`, `parent` or `flow` may be a text, upper and lower case alike."""
        return self._equal(name, mark(text))

    def columns(self, rows: Rows, *names: str) -> dict[str, NDArray[Any]]:
        """Columns of some rows by name, each as long as `rows`; see `block.COLUMNS`."""
        return {name: self._values(name, rows) for name in names}

    def aborts(self) -> list[Abort]:
        """Which transactional records were aborted, as far as the capture knows."""
        return self._index.aborts.all()

    def coverage(self) -> Coverage:
        """What was looked at and what was not, as far as it is written. Raises CaptureError."""
        with self._lock:
            try:
                self._index.refresh()
                return coverage.read(self._connection, self._terms["channel"])
            except sqlite3.Error as error:
                raise schema.damaged(self.path, error) from error

    def histogram(self, start_ns: int, end_ns: int, bins: int, row_filter: RowFilter | None = None) -> Rows:
        """Number of rows in each of `bins` equal spans from `start_ns` to before `end_ns`."""
        counts = np.zeros(max(bins, 0), np.int64)
        if end_ns <= start_ns or bins < 1:
            return counts
        if row_filter not in (None, RowFilter()):
            rows = self.select(row_filter or RowFilter())
            return _binned(self._values("timestamp_ns", rows), start_ns, end_ns, bins)
        first, end = self.first_row, self.end_row
        for block in self._index.extents(first, end):
            if block.last_ns < start_ns or block.first_ns >= end_ns:
                continue
            edges = _bins(np.array([block.first_ns, block.last_ns]), start_ns, end_ns, bins)
            if block.first_ns >= start_ns and block.last_ns < end_ns and edges[0] == edges[1]:
                counts[edges[0]] += block.end - block.first
            else:
                counts += _binned(
                    self._index.view("timestamp_ns", block.first, block.end), start_ns, end_ns, bins
                )
        for lost, until in self._index.lost(first, end):
            counts -= _binned(self._index.view("timestamp_ns", lost, until), start_ns, end_ns, bins)
        return counts

    # What is in them

    def rows(self, numbers: Iterable[int]) -> list[Row]:
        """Rows as a table shows them; a damaged one says so in `damage`."""
        return [self._row(int(number)) for number in numbers]

    def record(self, row: int) -> Record:
        """The record of a row, byte for byte. Raises CaptureError."""
        return self._read(row, self._record)

    def traits(self, row: int) -> Traits:
        """What the record of a row says of itself. Raises CaptureError."""
        return self._read(row, lambda block, index: block.traits(index, self._terms))

    @property
    def names(self) -> Names:
        """Channels, senders and so on by the numbers that stand for them in columns."""
        return self._terms

    def by_block(self, rows: Rows) -> list[slice]:
        """Where in ascending rows those of one block lie, the oldest block first."""
        return self._index.by_block(rows)

    def of_block(self, rows: Rows, look: Callable[[StoredBlock, Rows], T]) -> T:
        """What `look` makes of a block and of where in it some rows are, all of that block.

        It may be asked twice. Raises CaptureError.
        """
        row = int(rows[0])
        return self._read(row, lambda block, index: look(block, rows - row + index))

    def close(self) -> None:
        """Close the file."""
        self.warming.end()
        with self._lock:
            self._connection.close()
        with self._reading_past:
            self._past_connection.close()

    @contextlib.contextmanager
    def _history(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, Damaged) as error:
            raise CaptureError(
                f"The history of the graph in {self.path} is damaged ({error}).",
                "Its records can still be read.",
            ) from error

    def _read(self, row: int, read: Callable[[StoredBlock, int], T]) -> T:
        try:
            try:
                return read(*self._index.block(row))
            except Gone:  # the writer has joined the block to the next, and may do so again at any time
                with self._index.newest():
                    return read(*self._index.block(row))
        except Damaged as error:
            raise CaptureError(
                self._index.damage_at(row, error).sentence, "The other rows can still be read."
            ) from error

    def _record(self, block: StoredBlock, index: int) -> Record:
        record = block.record(index, self._terms)
        if record.transactional and self._aborted(record.channel, record.position, record.producer_id):
            return replace(record, aborted=True)
        return record

    def _aborted(self, channel: ChannelId, position: Position, producer_id: int) -> bool:
        return self._index.aborts.within(channel, position.partition, producer_id, position.offset)

    def _row(self, row: int) -> Row:
        try:
            return self._read(row, lambda block, index: self._shown(row, block, index))
        except CaptureError as error:
            return Row(row, self._time_of(row), None, Position(-1, -1), damage=str(error.message))

    def _time_of(self, row: int) -> int:
        found = self._index.extents(row, row + 1)
        return found[0].first_ns if found else 0

    def _shown(self, row: int, block: StoredBlock, index: int) -> Row:
        key, value = block.keys().piece(index), block.value(index)
        # Columns of all rows are in memory mostly, and a block keeps its own for no other row of a page.
        at = {name: int(self._index.view(name, row, row + 1)[0]) for name in SHOWN}
        if self._index.lost(row, row + 1):
            raise Damaged("a part of it is damaged")
        sender, kind, flags = at["sender"], at["type"], at["flags"]
        channel = self._terms["channel"][at["channel"]]
        position = Position(at["partition"], at["offset"])
        return Row(
            row=row,
            timestamp_ns=at["timestamp_ns"],
            channel=channel,
            position=position,
            type=None if kind == NULL else self._terms["type"][kind],
            sender=None if sender == NULL else self._terms["sender"][sender],
            size=at["size"],
            key=preview(key, KEY_LIMIT),
            preview="" if flags & NO_BODY else preview(value, VALUE_LIMIT),
            is_null_key=key is None,
            is_null_value=value is None and not flags & NO_BODY,
            event_id=block.ids_of(np.array([index]), "event")[0],
            body_stored=not flags & NO_BODY,
            aborted=bool(flags & TRANSACTIONAL)
            and self._aborted(channel, position, int(self._index.view("producer_id", row, row + 1)[0])),
        )

    # Selecting

    def _numbers(self, kind: str, wanted: Iterable[object]) -> list[int]:
        terms = set(wanted)
        return [number for number, term in enumerate(self._terms[kind]) if term in terms]

    def _values(self, name: str, rows: Rows) -> NDArray[Any]:
        """A column of some rows."""
        if not len(rows):
            return np.empty(0, np.int64)
        start, stop = int(rows.min()), int(rows.max()) + 1
        if 20 * len(rows) > stop - start:
            return self._index.view(name, start, stop)[rows - start]
        found = np.zeros(len(rows), KINDS[name])
        extents = self._index.extents(start, stop)
        place = np.searchsorted([block.first for block in extents], rows, "right") - 1
        for number in np.unique(place[place >= 0]).tolist():
            block = extents[number]
            mine = (place == number) & (rows < block.end)
            found[mine] = self._index.view(name, block.first, block.end)[rows[mine] - block.first]
        return found

    def _in_time(self, row_filter: RowFilter, start: int, stop: int) -> Rows:
        since, until = row_filter.since_ns, row_filter.until_ns
        if since is None and until is None:
            return np.arange(start, stop)
        pieces = [np.empty(0, np.int64)]
        for block in self._index.extents(start, stop):
            first, end = max(block.first, start), min(block.end, stop)
            if (since is not None and block.last_ns < since) or (
                until is not None and block.first_ns >= until
            ):
                continue
            rows = np.arange(first, end)
            if (since is not None and block.first_ns < since) or (
                until is not None and block.last_ns >= until
            ):
                times = self._index.view("timestamp_ns", first, end)
                keep = np.ones(len(times), np.bool_) if since is None else times >= since
                rows = rows[keep if until is None else keep & (times < until)]
            pieces.append(rows)
        return np.concatenate(pieces)

    def _equal(self, name: str, value: int) -> Rows:
        """Rows whose column has a value, looked for block by block."""
        with self._lock:
            start, stop = self.first_row, self.end_row
            column = self._index.view(name, start, stop)
        return self.kept(np.flatnonzero(column == value) + start)

    def _exactly(self, name: str, text: bytes, fits: Callable[[StoredBlock, int], bool]) -> Rows:
        found = []
        for row in self.marked(name, text).tolist():
            with contextlib.suppress(CaptureError):
                if self._read(row, fits):
                    found.append(row)
        return np.array(found, np.int64)

    def _with_id(self, place: int, name: str, text: str) -> Rows:
        return self._exactly(
            name, text.encode("utf-8", "surrogatepass"), lambda block, index: block.ids(index)[place] == text
        )

    def _with_text(self, rows: Rows, text: str) -> Rows:
        """Those of `rows` in which a text occurs; the lock is free between blocks."""
        occurs = Occurs(text)
        kept = [rows[:0]]
        held = self.holdings(int(rows[0]), int(rows[-1]) + 1, occurs.ascii or b"") if len(rows) else {}
        for places in self.by_block(rows):
            with contextlib.suppress(CaptureError):
                some = rows[places]
                kept.append(
                    some[
                        self.of_block(some, lambda b, at: occurs.in_block(b, self._terms, at, held.get(b.id)))
                    ]
                )
        return np.concatenate(kept)


def _bins(times: NDArray[Any], start_ns: int, end_ns: int, bins: int) -> Rows:
    places = ((times - start_ns) * (bins / (end_ns - start_ns))).astype(np.int64)
    return np.minimum(places, bins - 1)


def _binned(times: NDArray[Any], start_ns: int, end_ns: int, bins: int) -> Rows:
    inside = times[(times >= start_ns) & (times < end_ns)]
    return np.bincount(_bins(inside, start_ns, end_ns, bins), minlength=bins)
