"""Which block holds which row: taken in from a capture file that may be growing, and may be damaged."""

from __future__ import annotations

import bisect
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspector.errors import CaptureError
from inspector.store import schema
from inspector.store.block import Columns, Damaged, Stream, decode_term, unpack_columns
from inspector.store.blocks import Gone, StoredBlocks
from inspector.store.columns import RowColumns
from inspector.store.selection import Damage


class RowIndex:
    """Rows by number. Any thread may call; what reads several members holds `lock`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.lock = threading.RLock()
        self.columns = RowColumns()
        self.terms: dict[str, list[Any]] = {"channel": [], "sender": [], "type": []}
        """Channels, senders and types by the numbers that columns hold."""
        self.damaged: tuple[Damage, ...] = ()
        self._path = path
        self._connection = connection
        self._starts: list[int] = []
        self._ids: list[int] = []
        self._last_id = 0
        self._blocks = StoredBlocks(connection)

    def refresh(self) -> None:
        """Take in what was written since. Raises CaptureError."""
        with self.lock:
            try:
                with self._snapshot():
                    oldest = self._connection.execute("SELECT min(first_row) FROM block").fetchone()[0]
                    if oldest is not None and oldest > self.columns.first_row:
                        self._forget_before(oldest)
                    self._read_terms()
                    for block in self._new_blocks():
                        self._take(*block)
            except (sqlite3.Error, Damaged) as error:
                raise schema.damaged(self._path, error) from error

    def read(self, row: int, *names: str) -> tuple[int, Columns, list[Stream]]:
        """Index of a row in its block, the block's columns and streams; raises Damaged, CaptureError."""
        with self.lock:
            try:
                return self._read_known(row, names)
            except Gone:  # the writer has joined the block to the next
                with self._snapshot():
                    self.refresh()
                    return self._read_known(row, names)

    def by_block(self, rows: NDArray[np.int64]) -> list[slice]:
        """Where in ascending rows those of one block lie, the oldest block first."""
        with self.lock:
            starts = np.array(self._starts, np.int64)
        cuts = np.unique(np.concatenate(([0], np.searchsorted(rows, starts), [len(rows)]))).tolist()
        return [slice(begin, end) for begin, end in pairwise(cuts)]

    def damage_at(self, row: int, error: Exception) -> Damage:
        """The damage that a row is part of, noted if it was not known."""
        with self.lock:
            for damage in self.damaged:
                if damage.first_row <= row < damage.first_row + damage.count:
                    return damage
            place = bisect.bisect_right(self._starts, row) - 1
            first = self._starts[place]
            last = self._starts[place + 1] if place + 1 < len(self._starts) else self.columns.end_row
            return self._damage(first, last - first, str(error))

    def _read_terms(self) -> None:
        for kind, terms in self.terms.items():
            rows = self._connection.execute(
                "SELECT data FROM term WHERE kind = ? AND number >= ? ORDER BY number", (kind, len(terms))
            )
            terms.extend(decode_term(kind, data) for (data,) in rows.fetchall())

    def _new_blocks(self) -> Iterator[tuple[int, int, int, int, bytes]]:
        """Blocks of greater ids than before; where the file is damaged, the next that can be read."""
        fault = None
        while True:
            try:
                for block in self._connection.execute(
                    "SELECT id, first_row, count, first_ns, columns FROM block WHERE id > ? ORDER BY id",
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

    def _take(self, block_id: int, first_row: int, count: int, first_ns: int, blob: bytes) -> None:
        while self._starts and self._starts[-1] >= first_row:
            self._starts.pop()  # joined to this one
            self._ids.pop()
        if self.columns.end_row < first_row:
            missing = first_row - self.columns.end_row
            self._damage(self.columns.end_row, missing, "their block is missing")
            self.columns.extend_damaged(missing, first_ns)
        self._starts.append(first_row)
        self._ids.append(block_id)
        known = self.columns.end_row - first_row
        try:
            columns = unpack_columns(blob, count)
        except Damaged as error:
            self._damage(first_row, count, str(error))
            self.columns.extend_damaged(count - known, first_ns)
        else:
            self.columns.extend({name: column[known:] for name, column in columns.items()})

    def _forget_before(self, row: int) -> None:
        self.columns.begin(row)
        kept = bisect.bisect_left(self._starts, row)
        del self._starts[:kept], self._ids[:kept]
        self.damaged = tuple(damage for damage in self.damaged if damage.first_row >= row)

    def _damage(self, first_row: int, count: int, reason: str) -> Damage:
        damage = Damage(first_row, count, reason)
        if damage not in self.damaged:
            self.damaged = (*self.damaged, damage)
        return damage

    def _read_known(self, row: int, names: tuple[str, ...]) -> tuple[int, Columns, list[Stream]]:
        if not self.columns.first_row <= row < self.columns.end_row:
            raise CaptureError(
                f"Row {row:,} is not in {self._path}.", "Old records may have been deleted to save space."
            )
        place = bisect.bisect_right(self._starts, row) - 1
        if place < 0:
            raise Damaged("its block is missing")
        block_id, index = self._ids[place], row - self._starts[place]
        columns = self._blocks.columns(block_id)
        if index >= len(columns["channel"]):
            raise Damaged("its block is missing")
        return index, columns, [self._blocks.stream(block_id, name) for name in names]

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
