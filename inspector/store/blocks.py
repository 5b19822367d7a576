"""Blocks of a capture file by id, the recently used ones unpacked in memory."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict

from inspector.store.block import Columns, Damaged, Stream, unpack_columns, unpack_stream

CACHE_BYTES = 64 << 20


class Gone(Damaged):
    """There is no block of that id (any more)."""


class StoredBlocks:
    """Columns and streams of blocks; everything here raises Damaged. One thread at a time."""

    def __init__(self, connection: sqlite3.Connection, cache_bytes: int = CACHE_BYTES) -> None:
        self._connection = connection
        self._columns: OrderedDict[int, Columns] = OrderedDict()
        self._streams: OrderedDict[tuple[int, str], Stream] = OrderedDict()
        self._bytes = 0
        self._cache_bytes = cache_bytes

    def columns(self, block_id: int) -> Columns:
        """All columns of a block."""
        columns = self._columns.get(block_id)
        if columns is None:
            blob, count = self._fetch(block_id, "columns, count")
            columns = self._columns[block_id] = unpack_columns(blob, count)
            if len(self._columns) > 128:
                self._columns.popitem(last=False)
        self._columns.move_to_end(block_id)
        return columns

    def stream(self, block_id: int, name: str) -> Stream:
        """One stream of a block."""
        stream = self._streams.get((block_id, name))
        if stream is None:
            lengths = self.columns(block_id)[name]
            stream = unpack_stream(self._fetch(block_id, name)[0], lengths)
            self._streams[block_id, name] = stream
            self._bytes += stream.size
            while self._bytes > self._cache_bytes and len(self._streams) > 1:
                self._bytes -= self._streams.popitem(last=False)[1].size
        self._streams.move_to_end((block_id, name))
        return stream

    def _fetch(self, block_id: int, names: str) -> tuple[bytes, int]:
        try:
            found: tuple[bytes, int] | None = self._connection.execute(
                f"SELECT {names} FROM block WHERE id = ?", (block_id,)
            ).fetchone()
        except sqlite3.DatabaseError as error:
            raise Damaged(str(error)) from error
        if found is None:
            raise Gone("its block is missing")
        return found
