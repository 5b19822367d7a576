"""Reads a capture file while it is being written, or long after."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from graph.identity import ChannelId
from graph.model import Alias, DependencyGraph
from inspector.errors import CaptureError
from inspector.record import Position, Record
from inspector.store import courses, coverage, schema
from inspector.store.block import (
    BETWEEN,
    BODY_LEFT_OUT,
    COLUMNS,
    NULL,
    Columns,
    Damaged,
    Stream,
    decode_record,
    decode_traits,
    event_mark,
)
from inspector.store.columns import DAMAGED, RESIDENT
from inspector.store.courses import LoopsThen
from inspector.store.coverage import Coverage
from inspector.store.index import RowIndex
from inspector.store.past import Past
from inspector.store.selection import Damage, Row, RowFilter, pieces_with, rows_with_text
from inspector.traits import Traits

Rows = NDArray[np.int64]


class CaptureReader:
    """What is in a capture file; `refresh` takes in what was written since. Any thread may call it.

    A row is the number of a record in the order of writing; it never changes. Damaged blocks are listed in
    `damaged`, their rows are never selected, and the others are read as if nothing was.
    """

    def __init__(self, path: Path | str) -> None:
        """Open a capture; raises CaptureError."""
        self.path = Path(path)
        self._connection = schema.open_readonly(self.path)
        self._index = RowIndex(self.path, self._connection)
        self._lock = self._index.lock
        self._columns = self._index.columns
        self._terms = self._index.terms
        # A connection of its own: a graph of ten thousand nodes takes long to read, and rows do not wait.
        self._reading_past = threading.Lock()
        self._past_connection = schema.open_readonly(self.path)
        self._past = Past(self._past_connection)
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
        with self._lock:
            start, stop = self.first_row, self.end_row
            times = self._columns.view("timestamp_ns", start, stop)
        return (int(times.min()), int(times.max())) if len(times) else None

    # Which rows

    def select(self, row_filter: RowFilter, from_row: int = 0, until_row: int | None = None) -> Rows:
        """Rows that a filter lets through, ascending, from `from_row` to before `until_row`."""
        with self._lock:
            start = max(from_row, self.first_row)
            stop = self.end_row if until_row is None else min(until_row, self.end_row)
            if start >= stop:
                return np.empty(0, np.int64)
            view = {
                name: self._columns.view(name, start, stop)
                for name in ("channel", "sender", "type", "timestamp_ns")
            }
        keep = view["channel"] != DAMAGED
        if row_filter.channels is not None:
            keep &= np.isin(view["channel"], self._numbers("channel", row_filter.channels))
        if row_filter.senders is not None:
            keep &= np.isin(view["sender"], self._numbers("sender", row_filter.senders))
        if row_filter.type is not None:
            keep &= np.isin(view["type"], self._numbers("type", (row_filter.type,)))
        if row_filter.since_ns is not None:
            keep &= view["timestamp_ns"] >= row_filter.since_ns
        if row_filter.until_ns is not None:
            keep &= view["timestamp_ns"] < row_filter.until_ns
        rows: Rows = np.flatnonzero(keep) + start
        return self._with_text(rows, row_filter.text) if row_filter.text else rows

    def find(self, channel: ChannelId, position: Position) -> int | None:
        """The row of the record at a position; the first one where it was stored twice."""
        rows = self._matching(
            channel=self._numbers("channel", (channel,)),
            partition=[position.partition],
            offset=[position.offset],
        )
        return int(rows[0]) if len(rows) else None

    def same_event(self, event_id: str, channel: ChannelId) -> int:
        """How many records on a channel have this event id."""
        rows = self._matching(channel=self._numbers("channel", (channel,)), event=[event_mark(event_id)])
        count = 0
        for row in rows.tolist():
            with contextlib.suppress(CaptureError):
                count += self.traits(row).event_id == event_id
        return count

    def with_key(self, key: bytes) -> Rows:
        """Rows whose key is just this."""
        rows = self.select(RowFilter())
        return self._holding(rows, "keys", key, lambda row, piece: piece == key)

    def with_event_id(self, event_id: str) -> Rows:
        """Rows of the events that have this id."""
        rows = self._matching(event=[event_mark(event_id)])
        return self._saying(rows, event_id, lambda traits: traits.event_id)

    def with_parent_id(self, parent_id: str) -> Rows:
        """Rows of the events that name this one as their cause."""
        return self._saying(self.select(RowFilter()), parent_id, lambda traits: traits.parent_id)

    def with_flow_id(self, flow_id: str) -> Rows:
        """Rows of the events of one flow."""
        return self._saying(self.select(RowFilter()), flow_id, lambda traits: traits.flow_id)

    def columns(self, rows: Rows, *names: str) -> dict[str, NDArray[Any]]:
        """Columns of some rows by name, each as long as `rows`; see `block.COLUMNS`. Raises CaptureError."""
        if set(names) <= set(RESIDENT):
            with self._lock:
                first, stop = self.first_row, self.end_row
                if len(rows) and rows.min() < first:
                    raise CaptureError(
                        f"Rows of {self.path} were deleted to save space.", "The newer ones can be read."
                    )
                return {name: self._columns.view(name, first, stop)[rows - first] for name in names}
        found = {name: np.empty(len(rows), COLUMNS[name]) for name in names}
        order = np.argsort(rows, kind="stable")
        for places in self.by_block(rows[order]):
            at = order[places]
            row = int(rows[at[0]])
            with self._readable(row):
                index, columns, _ = self._index.read(row)
            for name, values in found.items():
                values[at] = columns[name][rows[at] - row + index]
        return found

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
        if end_ns <= start_ns or bins < 1:
            return np.zeros(max(bins, 0), np.int64)
        rows = self.select(row_filter or RowFilter())
        with self._lock:
            first = self.first_row
            times = self._columns.view("timestamp_ns", first, self.end_row)[rows[rows >= first] - first]
        times = times[(times >= start_ns) & (times < end_ns)]
        places = ((times - start_ns) * (bins / (end_ns - start_ns))).astype(np.int64)
        return np.bincount(np.minimum(places, bins - 1), minlength=bins)

    # What is in them

    def rows(self, numbers: Iterable[int]) -> list[Row]:
        """Rows as a table shows them; a damaged one says so in `damage`."""
        return [self._row(int(number)) for number in numbers]

    def record(self, row: int) -> Record:
        """The record of a row, byte for byte. Raises CaptureError."""
        with self._readable(row):
            index, columns, streams = self._index.read(row, "keys", "headers", "bodies")
            return decode_record(
                columns, index, self._channel(columns, index), [s.piece(index) for s in streams]
            )

    def traits(self, row: int) -> Traits:
        """What the record of a row says of itself. Raises CaptureError."""
        with self._readable(row):
            index, columns, (traits,) = self._index.read(row, "traits")
            return self._traits(columns, index, traits)

    def by_block(self, rows: Rows) -> list[slice]:
        """Where in ascending rows those of one block lie, the oldest block first."""
        return self._index.by_block(rows)

    def stream(self, row: int, name: str) -> tuple[int, Stream]:
        """The first row of the block that holds a row, and one stream of it. Raises CaptureError."""
        with self._readable(row):
            index, _, (stream,) = self._index.read(row, name)
            return row - index, stream

    def close(self) -> None:
        """Close the file."""
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

    @contextlib.contextmanager
    def _readable(self, row: int) -> Iterator[None]:
        try:
            yield
        except (Damaged, msgspec.MsgspecError) as error:
            raise CaptureError(
                self._index.damage_at(row, error).sentence, "The other rows can still be read."
            ) from error

    def _row(self, row: int) -> Row:
        try:
            index, columns, (previews, traits_stream) = self._index.read(row, "previews", "traits")
            key, _, value = (previews.piece(index) or b"").decode().partition(BETWEEN)
            traits = self._traits(columns, index, traits_stream)
            return Row(
                row=row,
                timestamp_ns=int(columns["timestamp_ns"][index]),
                channel=self._channel(columns, index),
                position=Position(int(columns["partition"][index]), int(columns["offset"][index])),
                type=traits.type,
                sender=traits.sender,
                size=int(columns["size"][index]),
                key=key,
                preview=value,
                is_null_key=bool(columns["keys"][index] == NULL),
                is_null_value=bool(columns["bodies"][index] == NULL),
                event_id=traits.event_id,
                body_stored=not int(columns["flags"][index]) & BODY_LEFT_OUT,
            )
        except CaptureError as error:
            return Row(row, 0, None, Position(-1, -1), damage=str(error))
        except (Damaged, msgspec.MsgspecError, UnicodeDecodeError) as error:
            with self._lock:
                time_ns = int(self._columns.view("timestamp_ns", row, row + 1)[0])
            return Row(
                row, time_ns, None, Position(-1, -1), damage=self._index.damage_at(row, error).sentence
            )

    def _traits(self, columns: Columns, index: int, stream: Stream) -> Traits:
        sender, kind = int(columns["sender"][index]), int(columns["type"][index])
        return decode_traits(
            stream.piece(index),
            None if sender == NULL else self._terms["sender"][sender],
            None if kind == NULL else self._terms["type"][kind],
        )

    def _channel(self, columns: Columns, index: int) -> ChannelId:
        channel: ChannelId = self._terms["channel"][int(columns["channel"][index])]
        return channel

    # Selecting

    def _numbers(self, kind: str, wanted: Iterable[object]) -> list[int]:
        terms = set(wanted)
        return [number for number, term in enumerate(self._terms[kind]) if term in terms]

    def _matching(self, **wanted: list[int]) -> Rows:
        with self._lock:
            first, stop = self.first_row, self.end_row
            view = {name: self._columns.view(name, first, stop) for name in wanted}
        found: Rows = np.arange(stop - first, dtype=np.int64)
        for name, values in wanted.items():
            found = found[np.isin(view[name][found], values)]
        return found + first

    def _saying(self, rows: Rows, wanted: str, said: Callable[[Traits], str | None]) -> Rows:
        needed = wanted.encode("utf-8", "replace")
        return self._holding(rows, "traits", needed, lambda row, _: said(self.traits(row)) == wanted)

    def _holding(
        self, rows: Rows, name: str, needed: bytes, fits: Callable[[int, bytes | None], bool]
    ) -> Rows:
        """Those of ascending rows that fit by their piece of a stream, which takes some bytes in it."""
        found: list[int] = []
        for places in self.by_block(rows):
            some = rows[places]
            try:
                first, stream = self.stream(int(some[0]), name)
            except CaptureError:
                continue
            if needed:
                some = np.intersect1d(some, pieces_with(stream.data, stream.ends, needed) + first)
            for row in some.tolist():
                with contextlib.suppress(CaptureError):
                    if fits(row, stream.piece(row - first)):
                        found.append(row)
        return np.array(found, np.int64)

    def _with_text(self, rows: Rows, text: str) -> Rows:
        """Those of `rows` in which a text occurs; the lock is free between blocks."""
        kept = []
        at = 0
        while at < len(rows):
            row = int(rows[at])
            try:
                index, columns, streams = self._index.read(row, "previews", "headers")
            except CaptureError:  # deleted meanwhile
                at += 1
                continue
            except Damaged as error:
                damage = self._index.damage_at(row, error)
                at = int(np.searchsorted(rows, damage.first_row + damage.count))
                continue
            first = row - index
            until = int(np.searchsorted(rows, first + len(columns["channel"])))
            hits = np.concatenate([rows_with_text(stream, text) for stream in streams]) + first
            kept.append(np.intersect1d(rows[at:until], hits))
            at = until
        return np.concatenate(kept) if kept else np.empty(0, np.int64)
