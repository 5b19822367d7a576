"""Writes a capture file: records are handed over at any time and written by `flush`, in blocks."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from graph.delta import GraphDelta
from graph.identity import ChannelId
from inspector.capture.level import Level
from inspector.record import Record, RecordBatch
from inspector.store import courses, history, schema
from inspector.store.block import BLOCK_BYTES, BLOCK_RECORDS, Block, Damaged, Terms, encode
from inspector.store.coverage import Watching
from inspector.store.past import Past
from inspector.traits import Traits

BUFFER_BYTES = 128 << 20
"""Bound of what is kept in memory while nothing can be written."""
RECORD_COST = 600
"""About what a record and its traits take in memory besides key and value, in bytes."""

Pair = tuple[Record, Traits]


class _Tail(Struct):
    """One of the newest blocks, kept until it is full: later records are joined to it."""

    id: int
    first_row: int
    block: Block


class CaptureWriter:
    """The only writer of a capture file; `add` and `keep_graph` never block, `flush` may run in a thread.

    While the file cannot be written, `flush` raises CaptureError each time and records wait in memory, at
    most `buffer_bytes` of them; what is beyond is dropped, oldest first, and counted in `dropped`.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, max_bytes: int | None, buffer_bytes: int
    ) -> None:
        self._path = path
        self._connection = connection
        self._max_bytes = max_bytes
        self._buffer_bytes = buffer_bytes
        self._terms = Terms()
        self._terms.load(connection.execute("SELECT kind, data FROM term ORDER BY kind, number"))
        self._history = history.History(Past(connection).graph())
        self._watching = Watching()
        self._tail: list[_Tail] = []
        self._waiting: deque[Pair] = deque()
        self._waiting_bytes = 0
        self._handing_over = threading.Lock()
        self._writing = threading.Lock()
        self._first_row = self._number("SELECT min(first_row) FROM block")
        self._end_row = self._number("SELECT max(first_row + count) FROM block")
        self.dropped = 0
        """Records that were never written, because the file could not be and the buffer was full."""
        self.size_bytes = 0
        """What the file takes on the disk, its log included."""
        self._measure()

    @classmethod
    def open(
        cls, path: Path | str, *, max_bytes: int | None = None, buffer_bytes: int = BUFFER_BYTES
    ) -> CaptureWriter:
        """Make a capture at `path`, or go on with the one there; raises CaptureError.

        With `max_bytes` the oldest blocks are deleted to stay about within it.
        """
        path = Path(path)
        connection = None
        try:
            connection = schema.create(path)
            return cls(path, connection, max_bytes, buffer_bytes)
        except (sqlite3.Error, Damaged) as error:
            if connection is not None:
                connection.close()
            raise schema.damaged(path, error) from error

    @property
    def waiting_bytes(self) -> int:
        """What was handed over and is not written yet."""
        return self._waiting_bytes

    def aborted(
        self, channel: ChannelId, partition: int, producer_id: int, first_offset: int, end_offset: int
    ) -> None:
        """Hand over that a transaction was aborted: what its producer wrote there counts for nobody."""

    @property
    def rows(self) -> int:
        """Records that can be read now."""
        return self._end_row - self._first_row

    def add(self, records: Sequence[Record], traits: Sequence[Traits]) -> None:
        """Hand over records with their traits, to be written by the next `flush`."""
        with self._handing_over:
            for pair in zip(records, traits, strict=True):
                self._waiting.append(pair)
                self._waiting_bytes += RECORD_COST + _size(pair)
            self._drop_oldest()

    def add_batch(self, batch: RecordBatch, traits: Sequence[Traits]) -> None:
        """Hand over the records of a batch with their traits, likewise."""
        self.add([batch.record(index) for index in range(len(batch))], traits)

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

    def keep_graph(self, delta: GraphDelta) -> None:
        """Hand over how the graph changed, to be written by the next `flush`."""
        with self._handing_over:
            self._history.add(delta)

    def flush(self) -> int:
        """Write what was handed over; the number of records written. Raises CaptureError."""
        with self._writing:
            with self._handing_over:
                batch = sorted(self._waiting, key=lambda pair: pair[0].timestamp_ns)
                self._waiting.clear()
                self._waiting_bytes = 0
                watched = self._watching.take()
            written, covered = 0, False
            try:
                self._save_graph()
                for chunk in _chunks(batch):
                    self._save(chunk)
                    written += len(chunk)
                # After their records: what is said to be covered is there, whenever this process is killed.
                self._save_coverage(watched)
                covered = True
                if written and self._max_bytes is not None:
                    self._retain(self._max_bytes)
            except sqlite3.Error as error:
                raise schema.cannot_write(self._path, error) from error
            finally:
                self._give_back(batch[written:])
                if not covered:
                    with self._handing_over:
                        self._watching.give_back(watched)
                self._measure()
            return written

    def close(self) -> None:
        """Write what waits and close the file, so that it is one file again; raises CaptureError."""
        try:
            self.flush()
        finally:
            with self._writing:
                # A reader may keep the log in use; it is read all the same.
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    self._connection.execute("PRAGMA journal_mode = DELETE")
                self._connection.close()

    def _save_graph(self) -> None:
        with self._handing_over:
            entries, loops = self._history.take(), self._history.courses.take()
        if not entries:
            return
        try:
            with self._transaction():
                history.save(self._connection, entries)
                courses.save(self._connection, loops)
        except sqlite3.Error:
            with self._handing_over:
                self._history.give_back(entries)
                self._history.courses.give_back(loops)
            raise

    def _save_coverage(self, watched: Watching) -> None:
        if not watched:
            return
        numbers = {channel: self._terms.number("channel", channel) for channel in watched.channels}
        with self._transaction():
            self._connection.executemany("INSERT INTO term VALUES (?, ?, ?)", self._terms.unsaved)
            watched.save(self._connection, numbers)
        self._terms.unsaved.clear()

    def _save(self, chunk: list[Pair]) -> None:
        """One block in one transaction, joined to the newest ones while those are not much larger than it.

        So a quiet week does not leave a million small blocks, and a record is written again a few times at
        most, because each time its block becomes half as large again or more.
        """
        block, first_row = encode(chunk, self._terms), self._end_row
        tail = self._tail.copy()
        replaced = []
        while tail and tail[-1].block.count <= 2 * block.count:
            last = tail.pop()
            if not _fits(last.block, block):
                tail.clear()
                break
            replaced.append((last.id,))
            block, first_row = last.block.joined(block), last.first_row
        with self._transaction():
            self._connection.executemany("INSERT INTO term VALUES (?, ?, ?)", self._terms.unsaved)
            self._connection.executemany("DELETE FROM block WHERE id = ?", replaced)
            block_id = self._connection.execute(
                "INSERT INTO block"
                " (first_row, count, first_ns, columns, previews, traits, keys, headers, bodies)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (first_row, block.count, int(block.columns["timestamp_ns"].min()), *block.pack()),
            ).lastrowid
        assert block_id is not None
        self._terms.unsaved.clear()
        self._tail = [*tail, _Tail(block_id, first_row, block)]
        self._end_row = first_row + block.count

    def _retain(self, max_bytes: int) -> None:
        """Delete the oldest blocks, but none that may still be joined to."""
        kept = self._tail[0].id
        while self._used() > max_bytes:
            with self._transaction():
                deleted = self._connection.execute(
                    "DELETE FROM block WHERE id = (SELECT min(id) FROM block) AND id < ?", (kept,)
                ).rowcount
                oldest_ns = self._number("SELECT first_ns FROM block ORDER BY first_row LIMIT 1")
                history.forget_before(self._connection, oldest_ns)
                courses.forget_before(self._connection, oldest_ns)
            self._first_row = self._number("SELECT min(first_row) FROM block")
            if not deleted:
                return

    def _give_back(self, pairs: list[Pair]) -> None:
        with self._handing_over:
            self._waiting.extendleft(reversed(pairs))
            self._waiting_bytes += sum(RECORD_COST + _size(pair) for pair in pairs)
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self._waiting_bytes > self._buffer_bytes:
            self._waiting_bytes -= RECORD_COST + _size(self._waiting.popleft())
            self.dropped += 1

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

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # SQLite itself rolls back when the disk is full
                self._connection.execute("ROLLBACK")
            raise


def _size(pair: Pair) -> int:
    record = pair[0]
    return len(record.value or b"") + len(record.key or b"")


def _fits(first: Block, second: Block) -> bool:
    return first.count + second.count <= BLOCK_RECORDS and first.size + second.size <= BLOCK_BYTES


def _chunks(batch: list[Pair]) -> Iterator[list[Pair]]:
    """Cut into pieces of at most BLOCK_RECORDS records and, but for a single record, about BLOCK_BYTES."""
    chunk: list[Pair] = []
    chunk_size = 0
    for pair in batch:
        size = _size(pair)
        if len(chunk) == BLOCK_RECORDS or (chunk and chunk_size + size > BLOCK_BYTES):
            yield chunk
            chunk, chunk_size = [], 0
        chunk.append(pair)
        chunk_size += size
    if chunk:
        yield chunk
