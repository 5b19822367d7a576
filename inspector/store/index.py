"""Which block holds which row: taken in from a capture file that may be growing, and may be damaged."""

from __future__ import annotations

import bisect
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inspector.errors import CaptureError
from inspector.store import schema, terms
from inspector.store.aborted import Aborts
from inspector.store.block import COLUMNS, KINDS
from inspector.store.blocks import Gone, Names, Parts, StoredBlock
from inspector.store.columns import RowColumns
from inspector.store.packing import Damaged, Integers, read_integers
from inspector.store.selection import Damage


class Extent(NamedTuple):
    """The rows of a block."""

    id: int
    first: int
    end: int
    first_ns: int
    last_ns: int


class RowIndex:
    """Rows by number. Any thread may call; what reads several members holds `lock`."""

    def __init__(self, path: Path, connection: sqlite3.Connection, cache_bytes: int) -> None:
        self.lock = threading.RLock()
        self.columns = RowColumns(self._load)
        self.terms: Names = {kind: [] for kind in terms.KINDS}
        """Channels, senders and so on by the numbers that columns hold."""
        self.damaged: tuple[Damage, ...] = ()
        self.parts = Parts(connection, self.lock, cache_bytes)
        self.aborts = Aborts()
        self._path = path
        self._connection = connection
        self._blocks: list[Extent] = []
        self._starts: list[int] = []
        self._lost: list[tuple[int, int]] = []
        self._last_id = 0

    def refresh(self) -> None:
        """Take in what was written since. Raises CaptureError."""
        with self.lock:
            try:
                with self._snapshot():
                    oldest = self._connection.execute("SELECT min(first_row) FROM block").fetchone()[0]
                    if oldest is not None and oldest > self.columns.first_row:
                        self._forget_before(oldest)
                    self._read_terms()
                    self.aborts.read(self._connection, self.terms["channel"])
                    for block in self._new_blocks():
                        self._take(Extent(*block))
            except (sqlite3.Error, Damaged) as error:
                raise schema.damaged(self._path, error) from error

    def extents(self, start: int, stop: int) -> list[Extent]:
        """The blocks that rows from `start` to before `stop` lie in, ascending."""
        with self.lock:
            first = max(bisect.bisect_right(self._starts, start) - 1, 0)
            last = bisect.bisect_left(self._starts, stop)
            return [block for block in self._blocks[first:last] if block.end > start]

    def lost(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Ranges of rows between that cannot be read, as far as that is known; never selected."""
        with self.lock:
            return [(max(a, start), min(b, stop)) for a, b in self._lost if a < stop and b > start]

    def view(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """A column of the rows from `start` to before `stop`, which must exist."""
        with self.lock:
            starts = [block.first for block in self.extents(start, stop)] if stop > start else []
            return self.columns.view(name, start, stop, starts)

    def block(self, row: int) -> tuple[StoredBlock, int]:
        """The block of a row, and its place there; raises Damaged, CaptureError."""
        with self.lock:
            if not self.columns.first_row <= row < self.columns.end_row:
                raise CaptureError(
                    f"Row {row:,} is not in {self._path}.",
                    "Old records may have been deleted to save space.",
                )
            place = bisect.bisect_right(self._starts, row) - 1
            extent = self._blocks[place] if place >= 0 else None
            if extent is None or row >= extent.end:
                raise Damaged("its block is missing")
            return self.stored(extent), row - extent.first

    def stored(self, extent: Extent) -> StoredBlock:
        """A block by its rows."""
        return StoredBlock(self.parts, extent.id, extent.end - extent.first)

    def by_block(self, rows: NDArray[np.int64]) -> list[slice]:
        """Where in ascending rows those of one block lie, the oldest block first."""
        with self.lock:
            edges = np.array([edge for block in self._blocks for edge in (block.first, block.end)], np.int64)
        cuts = np.unique(np.concatenate(([0], np.searchsorted(rows, edges), [len(rows)]))).tolist()
        return [slice(begin, end) for begin, end in pairwise(cuts)]

    def damage_at(self, row: int, error: Exception) -> Damage:
        """The damage that a row is part of, noted if it was not known."""
        with self.lock:
            for damage in self.damaged:
                if damage.first_row <= row < damage.first_row + damage.count:
                    return damage
            place = bisect.bisect_right(self._starts, row) - 1
            extent = self._blocks[max(place, 0)]
            return self._damage(extent.first, extent.end - extent.first, str(error))

    def _load(self, name: str, starts: list[int]) -> Iterator[tuple[int, Integers]]:
        """A column of the blocks that begin at some rows, read together."""
        kind = COLUMNS[name]
        extents = {start: self._blocks[bisect.bisect_right(self._starts, start) - 1] for start in starts}
        numbers = {extent.id * KINDS + kind: start for start, extent in extents.items()}
        left = set(starts)
        with contextlib.suppress(Damaged):
            for number, blob in self.parts.blobs(list(numbers)):
                start = numbers[number]
                with contextlib.suppress(Damaged):
                    extent = extents[start]
                    column = read_integers(self.parts.unpacked(blob), extent.end - extent.first)
                    left.discard(start)
                    yield start, column
        for start in sorted(left):
            yield start, self._column(name, start)

    def _column(self, name: str, start: int) -> Integers:
        """A column from a row to the end of its block; all zero, and its rows lost, where that is damaged.

        The row began a block when it was asked for, which may have been joined to an earlier one since.
        """
        place = bisect.bisect_right(self._starts, start) - 1
        extent = self._blocks[place]
        try:
            return self.stored(extent).column(name)[start - extent.first :]
        except Gone:
            with self.newest():
                now = self._blocks[bisect.bisect_right(self._starts, start) - 1]
                if now.id != extent.id:
                    column = self.stored(now).column(name)[start - now.first :]
                    return column[: extent.end - start]
            error: Damaged = Gone("its block is missing")
        except Damaged as damaged:
            error = damaged
        self._lose(extent.first, extent.end, str(error))
        return np.zeros(extent.end - start, np.int64)

    def _read_terms(self) -> None:
        for kind, known in self.terms.items():
            rows = self._connection.execute(
                "SELECT data FROM term WHERE kind = ? AND number >= ? ORDER BY number", (kind, len(known))
            )
            known.extend(terms.decode(kind, data) for (data,) in rows.fetchall())

    def _new_blocks(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Blocks of greater ids than before; where the file is damaged, the next that can be read."""
        fault = None
        while True:
            try:
                for block in self._connection.execute(
                    "SELECT id, first_row, first_row + count, first_ns, last_ns FROM block WHERE id > ?"
                    " ORDER BY id",
                    (self._last_id,),
                ):
                    self._last_id = block[0]
                    yield block
                break
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError as error:
                fault = str(error)
                self._last_id += 1
                if self._last_id >= self._connection.execute("SELECT seq FROM sqlite_sequence").fetchone()[0]:
                    break
        if (
            fault
            and self._connection.execute("SELECT max(first_row) FROM block").fetchone()[0]
            >= self.columns.end_row
        ):
            self._damage(self.columns.end_row, 0, fault)

    def _take(self, block: Extent) -> None:
        while self._starts and self._starts[-1] >= block.first:
            self._starts.pop()  # joined to this one
            self.columns.changed(self._blocks.pop().first)
        if self.columns.end_row < block.first:
            self._lose(self.columns.end_row, block.first, "their block is missing")
        self._starts.append(block.first)
        self._blocks.append(block)
        self.columns.grow(max(block.end, self.columns.end_row))

    def _forget_before(self, row: int) -> None:
        self.columns.begin(row)
        kept = bisect.bisect_left(self._starts, row)
        del self._starts[:kept], self._blocks[:kept]
        self._lost = [(max(a, row), b) for a, b in self._lost if b > row]
        self.damaged = tuple(damage for damage in self.damaged if damage.first_row >= row)

    def _lose(self, first: int, end: int, reason: str) -> None:
        self._damage(first, end - first, reason)
        if (first, end) not in self._lost:
            self._lost.append((first, end))

    def _damage(self, first_row: int, count: int, reason: str) -> Damage:
        damage = Damage(first_row, count, reason)
        if damage not in self.damaged:
            self.damaged = (*self.damaged, damage)
        return damage

    @contextlib.contextmanager
    def newest(self) -> Iterator[None]:
        """Everything that was written until now is known inside, and stays as it is for who reads."""
        with self.lock, self._snapshot():
            self.refresh()
            yield

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Everything inside is read as of one moment."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")
