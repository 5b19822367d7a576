"""What can still be read of a capture that SQLite no longer opens: its pages, taken one by one.

Layout of pages, cells and records: https://www.sqlite.org/fileformat.html, sections 1.5, 1.6, 2.1 and 4.1.
The rows of a capture's tables are told apart by the types of their columns, and its blobs have checksums, so
neither the first page nor any inner page is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from inspector.store import schema
from inspector.store.block import KINDS
from inspector.store.packing import Damaged, unpack

_INDEX, _TABLE_LEAF, _INDEX_LEAF = 0x02, 0x0D, 0x0A
_WAL_HEADER, _FRAME_HEADER = 32, 24
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)
"""Bytes of a value by its serial type, below 12."""

_TABLES = ("term", "block", "part", "covered", "missed", "aborted", "graph", "loop")
Row = tuple[Any, ...]


class Salvaged(Struct):
    """What was found."""

    blocks: int = 0
    records: int = 0
    broken_parts: int = 0
    """Parts of blocks whose checksum does not fit."""


def salvage(file: Path, output: Path) -> Salvaged:
    """Put what is left of `file` into a new capture; raises CaptureError where that cannot be written."""
    pages = _pages(file)
    found: dict[str, dict[Any, Row]] = {name: {} for name in _TABLES}
    told = Salvaged()
    for page in pages:
        for row_id, row in _rows(page, pages):
            match row_id, row:
                case int(), [None, bytes(data)]:
                    if _whole(data):
                        found["part"].setdefault(row_id, (row_id, data))
                    else:
                        told.broken_parts += 1
                case int(), [None, int(), int(), int(), int()]:
                    found["block"][row_id] = (row_id, *row[1:])
                case int(), [None, int(), int(), int(), int(), int()]:
                    found["aborted"][row_id] = (row_id, *row[1:])
                case int(), [None, int(), int(), bytes(data)] if _whole(data):
                    found[_history(data)][row_id] = (row_id, *row[1:])
                case None, [str(), int(), bytes()]:
                    found["term"][row[:2]] = row
                case None, [int(), int(), int(), int(), str()]:
                    found["covered"][row[:3]] = row
                case None, [int(), int(), str(), int(), int(), int()]:
                    found["missed"][row[:3]] = row
    found["block"] = _newest(found["block"])
    found["part"] = {
        number: row for number, row in found["part"].items() if number // KINDS in found["block"]
    }
    connection = schema.create(output)
    try:
        with connection:
            for table, rows in found.items():
                if rows:
                    places = ", ".join("?" * len(next(iter(rows.values()))))
                    order = [rows[key] for key in sorted(rows)]
                    connection.executemany(f"INSERT INTO {table} VALUES ({places})", order)
    finally:
        connection.close()
    told.blocks, told.records = len(found["block"]), sum(row[2] for row in found["block"].values())
    return told


def _newest(blocks: dict[int, Row]) -> dict[int, Row]:
    """Those that no later one has replaced: what was deleted may still lie in free pages."""
    taken: list[tuple[int, int]] = []
    kept: dict[int, Row] = {}
    for number in sorted(blocks, reverse=True):
        first, end = blocks[number][1], blocks[number][1] + blocks[number][2]
        if first < end and all(end <= begin or stop <= first for begin, stop in taken):
            taken.append((first, end))
            kept[number] = blocks[number]
    return kept


def _history(data: bytes) -> str:
    """Which of two tables with the same columns a row is of."""
    return "graph" if isinstance(msgspec.msgpack.decode(unpack(data)), dict) else "loop"


def _whole(data: bytes) -> bool:
    try:
        unpack(data)
    except Damaged:
        return False
    return True


class _Pages:
    """Pages by number, those of the log first; a page that is missing is empty."""

    def __init__(self, data: bytes, size: int, newer: dict[int, bytes]) -> None:
        self._data = data
        self._newer = newer
        self.size = size

    def get(self, number: int) -> bytes:
        """One page; numbers begin at 1."""
        return self._newer.get(number) or self._data[(number - 1) * self.size : number * self.size]

    def __iter__(self) -> Iterator[bytes]:
        """All but the first, which only lists the tables."""
        for number in range(2, max(len(self._data) // self.size, *self._newer, 0) + 1):
            yield self.get(number)


def _pages(file: Path) -> _Pages:
    data = file.read_bytes()
    size = int.from_bytes(data[16:18], "big")
    size = size if size >= 512 and size & (size - 1) == 0 else schema.PAGE_SIZE
    newer: dict[int, bytes] = {}
    log = Path(f"{file}-wal")
    wal = log.read_bytes() if log.exists() else b""
    if len(wal) >= _WAL_HEADER and int.from_bytes(wal[:4], "big") in _WAL_MAGIC:
        salts = wal[16:24]
        for at in range(_WAL_HEADER, len(wal) - _FRAME_HEADER - size + 1, _FRAME_HEADER + size):
            if wal[at + 8 : at + 16] != salts:
                break
            newer[int.from_bytes(wal[at : at + 4], "big")] = wal[
                at + _FRAME_HEADER : at + _FRAME_HEADER + size
            ]
    return _Pages(data, size, newer)


def _rows(page: bytes, pages: _Pages) -> Iterator[tuple[int | None, Row]]:
    """The rows in a page, with their numbers where they have one; what makes no sense is passed over."""
    kind = page[0] if page else 0
    if kind not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX):
        return
    count = int.from_bytes(page[3:5], "big")
    begin = 12 if kind == _INDEX else 8
    for at in struct.unpack_from(f">{min(count, (len(page) - begin) // 2)}H", page, begin):
        try:
            yield _cell(page, at + (4 if kind == _INDEX else 0), kind, pages)
        except (IndexError, ValueError, struct.error):
            continue


def _cell(page: bytes, at: int, kind: int, pages: _Pages) -> tuple[int | None, Row]:
    length, at = _varint(page, at)
    row_id = None
    if kind == _TABLE_LEAF:
        row_id, at = _varint(page, at)
    usable = pages.size
    most = usable - 35 if kind == _TABLE_LEAF else (usable - 12) * 64 // 255 - 23
    if length > 1 << 31:
        raise ValueError("no cell")
    local = length
    if length > most:
        least = (usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (usable - 4)
        local = local if local <= most else least
    payload = [page[at : at + local]]
    left = length - local
    following = int.from_bytes(page[at + local : at + local + 4], "big") if left else 0
    while left > 0:
        more = pages.get(following)
        if following < 1 or len(more) < 5:
            raise ValueError("its end is missing")
        payload.append(more[4 : 4 + left])
        left -= len(payload[-1])
        following = int.from_bytes(more[:4], "big")
    return row_id, _record(b"".join(payload))


def _record(data: bytes) -> Row:
    end, at = _varint(data, 0)
    types = []
    while at < end:
        serial, at = _varint(data, at)
        types.append(serial)
    row: list[Any] = []
    for serial in types:
        size = (serial - 12) // 2 if serial >= 12 else _SIZES[serial]
        value = data[at : at + size]
        if len(value) < size:
            raise ValueError("a row is cut short")
        at += size
        if serial == 0:
            row.append(None)
        elif serial in (8, 9):
            row.append(serial - 8)
        elif serial < 7:
            row.append(int.from_bytes(value, "big", signed=True))
        elif serial == 7:
            row.append(struct.unpack(">d", value)[0])
        else:
            row.append(value.decode() if serial % 2 else value)
    return tuple(row)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to nine bytes, the last of which counts whole."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    value = value << 8 | data[at + 8]
    return value - (1 << 64) if value >> 63 else value, at + 9
