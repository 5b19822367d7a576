"""Writes a capture file: records are handed over at any time and written by `flush`, in blocks."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.delta import GraphDelta
from graph.identity import ChannelId
from inspector.capture.level import Level
from inspector.errors import CaptureError
from inspector.pieces import Pieces
from inspector.record import Record, RecordBatch, sorted_out
from inspector.store import aborted, courses, history, schema
from inspector.store.aborted import Abort
from inspector.store.block import KINDS
from inspector.store.coverage import Watching
from inspector.store.draft import Draft, drafts, packed
from inspector.store.handed import handed
from inspector.store.indexing import Indexer
from inspector.store.packing import Damaged
from inspector.store.past import Past
from inspector.store.terms import Terms
from inspector.trait_columns import TraitColumns
from inspector.traits import Traits

BUFFER_BYTES = 128 << 20
"""Bound of what is kept in memory while nothing can be written."""
RECORD_COST = 600
"""About what a record and its traits take in memory besides key and value, in bytes."""
ENOUGH_RECORDS, ENOUGH_BYTES = 2_048, 1 << 20
"""From which on a block is not joined to later ones: at full speed nothing is to be written twice."""
NOT_WRITTEN = "The file could not be written."
"""Why records were dropped."""

Pair = tuple[RecordBatch, TraitColumns]


class _Tail(Struct):
    """One of the newest blocks, kept until it is full: later records are joined to it."""

    id: int
    first_row: int
    draft: Draft


class CaptureWriter:
    """The only writer of a capture file; `flush` may run in a thread, what hands over never blocks.

    While the file cannot be written, `flush` raises CaptureError each time and records wait in memory, at
    most `buffer_bytes` of them; what is beyond is dropped, oldest first, and counted in `dropped`.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        max_bytes: int | None,
        max_age_ns: int | None,
        buffer_bytes: int,
    ) -> None:
        self._path = path
        self._connection = connection
        self._max_bytes = max_bytes
        self._max_age_ns = max_age_ns
        self._buffer_bytes = buffer_bytes
        self._terms = Terms()
        self._terms.load(connection.execute("SELECT kind, data FROM term ORDER BY kind, number"))
        self._history = history.History(Past(connection).graph())
        self._watching = Watching()
        self._aborts: list[Abort] = []
        self._tail: list[_Tail] = []
        self._indexer: Indexer | None = None
        self._waiting: deque[Pair] = deque()
        self.waiting_bytes = 0
        """About what is handed over and not written yet takes in memory."""
        self._handing_over = threading.Lock()
        self._writing = threading.Lock()
        self._indexing = threading.Lock()
        self._first_row = self._number("SELECT min(first_row) FROM block")
        self._end_row = self._number("SELECT max(first_row + count) FROM block")
        self._newest_ns = self._number("SELECT max(last_ns) FROM block")
        self.dropped = 0
        """Records that were never written, because the file could not be and the buffer was full."""
        self.written = 0
        """Records that were written since it was opened."""
        self.size_bytes = 0
        """What the file takes on the disk, its log included."""
        self._measure()

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        max_bytes: int | None = None,
        max_age_ns: int | None = None,
        buffer_bytes: int = BUFFER_BYTES,
    ) -> CaptureWriter:
        """Make a capture at `path`, or go on with the one there; raises CaptureError.

        With `max_bytes` and `max_age_ns` the oldest blocks are deleted to stay about within them; age is
        that of the newest record before the newest of all.
        """
        path = Path(path)
        connection = None
        try:
            connection = schema.create(path)
            return cls(path, connection, max_bytes, max_age_ns, buffer_bytes)
        except (sqlite3.Error, Damaged) as error:
            if connection is not None:
                connection.close()
            raise schema.damaged(path, error) from error

    @property
    def rows(self) -> int:
        """Records that can be read now."""
        return self._end_row - self._first_row

    def add(self, records: Sequence[Record], traits: Sequence[Traits]) -> None:
        """Hand over records with their traits, to be written by the next `flush`."""
        for batch, places in sorted_out(records):
            self.add_batch(batch, [traits[place] for place in places])
        for record in records:
            if record.aborted:
                offset = record.position.offset
                self.aborted(
                    record.channel, record.position.partition, record.producer_id, offset, offset + 1
                )

    def add_batch(self, batch: RecordBatch, traits: Sequence[Traits]) -> None:
        """Hand over the records of a batch with their traits, likewise."""
        if len(batch) != len(traits):
            raise ValueError("a batch needs the traits of each of its records")
        if not len(batch):
            return
        size = _size(batch)
        with self._handing_over:
            self._waiting.append((batch, TraitColumns.of(traits)))
            self.waiting_bytes += size
            self._drop_oldest()

    def cover(
        self, channel: ChannelId, partition: int, first_offset: int, end_offset: int, level: Level
    ) -> None:
        """Hand over that offsets from the first to before the end were looked at on a level."""
        with self._handing_over:
            self._watching.cover(channel, partition, first_offset, end_offset, level)

    def miss(self, channel: ChannelId, partition: int, count: int, reason: str, at_ns: int) -> None:
        """Hand over that records were not captured, and why."""
        with self._handing_over:
            self._watching.miss(channel, partition, count, reason, at_ns)

    def aborted(
        self, channel: ChannelId, partition: int, producer_id: int, first_offset: int, end_offset: int
    ) -> None:
        """Hand over that a producer's transactional records from the first to before the end were aborted."""
        with self._handing_over:
            self._aborts.append(Abort(channel, partition, producer_id, first_offset, end_offset))

    def keep_graph(self, delta: GraphDelta) -> None:
        """Hand over how the graph changed, to be written by the next `flush`."""
        with self._handing_over:
            self._history.add(delta)

    def flush(self) -> int:
        """Write what was handed over; the number of records written. Raises CaptureError.

        What was looked at is written after the records found there, so that nothing is said to be covered
        that a killed process has lost.
        """
        with self._writing:
            with self._handing_over:
                batch = list(self._waiting)
                self._waiting.clear()
                self.waiting_bytes = 0
                watched, aborts = self._watching.take(), self._aborts
                self._aborts = []
            done, whole = np.zeros(sum(len(records) for records, _ in batch), np.bool_), False
            try:
                self._save_graph()
                for draft, places in drafts(handed(batch, self._terms)) if batch else ():
                    self._save(draft)
                    done[places] = True
                self._save_beside(watched, aborts)
                whole = True
                if batch:
                    self._retain()
            except sqlite3.Error as error:
                raise schema.cannot_write(self._path, error) from error
            finally:
                if not whole:
                    self._give_back(_left(batch, done), watched, aborts)
                self.written += int(np.count_nonzero(done))
                self._measure()
            return len(done)

    def index(self) -> bool:
        """Make one more block quick to search; False where none is left. Raises CaptureError.

        It may run beside `flush`, which waits for no more than what a block gets to be put into the file.
        """
        with self._indexing:
            if self._indexer is None:
                self._indexer = Indexer(self._path, ENOUGH_RECORDS)
            return self._indexer.step()

    def close(self, spare_s: float = 0.0) -> None:
        """Write what waits and close the file, so that it is one file again; raises CaptureError.

        For so many seconds what is not yet is made quick to search.
        """
        try:
            self.flush()
            if spare_s:
                with contextlib.suppress(CaptureError):  # it may be made at any other time
                    self._index_for(spare_s)
        finally:
            with self._indexing, self._writing:
                if self._indexer is not None:
                    self._indexer.close()
                schema.close(self._connection)

    def _index_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with contextlib.closing(Indexer(self._path)) as indexer:
            while time.monotonic() < until and indexer.step():
                pass

    def _save_graph(self) -> None:
        with self._handing_over:
            entries, loops = self._history.take(), self._history.courses.take()
        if not entries:
            return
        try:
            with schema.transaction(self._connection):
                history.save(self._connection, entries)
                courses.save(self._connection, loops)
        except sqlite3.Error:
            with self._handing_over:
                self._history.give_back(entries)
                self._history.courses.give_back(loops)
            raise

    def _save_beside(self, watched: Watching, aborts: list[Abort]) -> None:
        """What was looked at, and which transactions were aborted."""
        if not (watched or aborts):
            return
        channels = [*watched.channels, *(each.channel for each in aborts)]
        numbers = {channel: self._terms.number("channel", channel) for channel in channels}
        with schema.transaction(self._connection):
            self._save_terms()
            watched.save(self._connection, numbers)
            aborted.save(self._connection, aborts, numbers)
        self._terms.unsaved.clear()

    def _save_terms(self) -> None:
        self._connection.executemany("INSERT INTO term VALUES (?, ?, ?)", self._terms.unsaved)

    def _save(self, draft: Draft) -> None:
        """One block in one transaction, joined to the newest ones while those are not much larger than it.

        So a quiet week does not leave a million small blocks, and a record is written again a few times at
        most, because each time its block becomes half as large again or more.
        """
        first_row = self._end_row
        tail = self._tail.copy()
        replaced = []
        while tail and tail[-1].draft.count <= 2 * draft.count:
            last = tail.pop()
            if not last.draft.fits(draft):
                tail.clear()
                break
            replaced.append(last.id)
            draft, first_row = last.draft.joined(draft), last.first_row
        times = draft.column("timestamp_ns")
        first_ns, last_ns = int(times.min()), int(times.max())
        parts = packed(draft)
        with schema.transaction(self._connection):
            self._save_terms()
            for block_id in replaced:
                self._delete(block_id)
            made = self._connection.execute(
                "INSERT INTO block (first_row, count, first_ns, last_ns) VALUES (?, ?, ?, ?)",
                (first_row, draft.count, first_ns, last_ns),
            ).lastrowid
            assert made is not None
            self._connection.executemany(
                "INSERT INTO part VALUES (?, ?)",
                ((made * KINDS + kind, blob) for kind, blob in sorted(parts.items())),
            )
        self._terms.unsaved.clear()
        enough = draft.count >= ENOUGH_RECORDS or draft.size >= ENOUGH_BYTES
        self._tail = [] if enough else [*tail, _Tail(made, first_row, draft)]
        self._end_row = first_row + draft.count
        self._newest_ns = max(self._newest_ns, last_ns)

    def _delete(self, block_id: int) -> None:
        self._connection.execute("DELETE FROM block WHERE id = ?", (block_id,))
        self._connection.execute(
            "DELETE FROM part WHERE id >= ? AND id < ?", (block_id * KINDS, (block_id + 1) * KINDS)
        )

    def _retain(self) -> None:
        """Delete the oldest blocks, but none that may still be joined to."""
        kept = self._tail[0].id if self._tail else self._number("SELECT max(id) FROM block")
        while self._too_much():
            oldest = self._connection.execute(
                "SELECT id FROM block WHERE id < ? ORDER BY id LIMIT 1", (kept,)
            ).fetchone()
            if oldest is None:
                return
            with schema.transaction(self._connection):
                self._delete(oldest[0])
                oldest_ns = self._number("SELECT first_ns FROM block ORDER BY first_row LIMIT 1")
                history.forget_before(self._connection, oldest_ns)
                courses.forget_before(self._connection, oldest_ns)
            self._first_row = self._number("SELECT min(first_row) FROM block")

    def _too_much(self) -> bool:
        if self._max_age_ns is not None:
            oldest_ns = self._number("SELECT last_ns FROM block ORDER BY id LIMIT 1")
            if oldest_ns < self._newest_ns - self._max_age_ns:
                return True
        return self._max_bytes is not None and self._used() > self._max_bytes

    def _give_back(self, pairs: list[Pair], watched: Watching, aborts: list[Abort]) -> None:
        with self._handing_over:
            self._watching.give_back(watched)
            self._aborts[:0] = aborts
            self._waiting.extendleft(reversed(pairs))
            self.waiting_bytes += sum(_size(batch) for batch, _ in pairs)
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self.waiting_bytes > self._buffer_bytes:
            batch, _ = self._waiting.popleft()
            self.waiting_bytes -= _size(batch)
            self.dropped += len(batch)
            self._watching.miss(batch.channel, batch.partition, len(batch), NOT_WRITTEN, time.time_ns())

    def _measure(self) -> None:
        self.size_bytes = sum(
            file.stat().st_size for file in (self._path, Path(f"{self._path}-wal")) if file.exists()
        )

    def _used(self) -> int:
        pages = self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")
        return pages * self._number("PRAGMA page_size")

    def _number(self, query: str) -> int:
        number: int | None = self._connection.execute(query).fetchone()[0]
        return number or 0


def _size(batch: RecordBatch) -> int:
    """About what a batch takes in memory."""
    bodies = 0 if batch.values is None else Pieces.of(batch.values).total
    return RECORD_COST * len(batch) + bodies


def _left(pairs: list[Pair], written: NDArray[np.bool_]) -> list[Pair]:
    """What was not written."""
    found = []
    start = 0
    for batch, said in pairs:
        indices = np.flatnonzero(~written[start : start + len(batch)]).tolist()
        if indices:
            found.append((batch.part(indices), TraitColumns.of([said[index] for index in indices])))
        start += len(batch)
    return found
