"""Blocks of a capture file by number, the recently used parts of them unpacked in memory."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import zstandard
from msgspec import Struct

from graph.identity import ChannelId
from graph.model import Alias
from inspector.record import Headers, Position, Record
from inspector.store.block import (
    COLUMNS,
    FIELDS,
    FRAME,
    FRAMES,
    GROUPS,
    KEYS,
    KINDS,
    MIXED,
    RARE,
    Mixed,
    Place,
    headers_of,
    read_directory,
    read_mixed,
    read_rare,
)
from inspector.store.fields import Field, Path, read_field, read_index
from inspector.store.handed import IDS, LOG_APPEND_TIME, NO_BODY, TRANSACTIONAL
from inspector.store.packing import (
    Damaged,
    Integers,
    TextColumn,
    read_integers,
    read_texts,
    text_column,
    unpack,
)
from inspector.traits import Traits

CACHE_BYTES = 64 << 20
AT_ONCE = 256
"""Parts that are read together."""
_COST = 200
"""Bytes of a part in memory besides its data."""

T = TypeVar("T")
Names = dict[str, list[Any]]
"""Terms by kind, in the order of their numbers."""


class Gone(Damaged):
    """There is no such block (any more)."""


class Parts:
    """Parts of blocks, unpacked; everything here raises Damaged. Any thread may call."""

    def __init__(
        self, connection: sqlite3.Connection, lock: threading.RLock, most_bytes: int = CACHE_BYTES
    ) -> None:
        self._connection = connection
        self._most_bytes = most_bytes
        self._lock = lock
        self._known: OrderedDict[int, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._local = threading.local()

    def blob(self, block: int, kind: int) -> bytes | None:
        """A part as it lies in the file; None where the block has none of the kind."""
        try:
            with self._lock:
                found = self._connection.execute(
                    "SELECT data FROM part WHERE id = ?", (block * KINDS + kind,)
                ).fetchone()
        except sqlite3.DatabaseError as error:
            raise Damaged(str(error)) from error
        return None if found is None else found[0]

    def blobs(self, numbers: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """Parts as they lie in the file, by block times KINDS and kind; those that there are."""
        for start in range(0, len(numbers), AT_ONCE):
            some = ",".join(map(str, numbers[start : start + AT_ONCE]))
            try:
                with self._lock:
                    found = self._connection.execute(
                        f"SELECT id, data FROM part WHERE id IN ({some})"
                    ).fetchall()
            except sqlite3.DatabaseError as error:
                raise Damaged(str(error)) from error
            yield from found

    def unpacked(self, blob: bytes) -> bytes:
        """What was packed as a blob."""
        try:
            decompressor: zstandard.ZstdDecompressor = self._local.decompressor
        except AttributeError:  # to make one takes longer than to unpack a small part
            decompressor = self._local.decompressor = zstandard.ZstdDecompressor()
        return unpack(blob, decompressor)

    def there(self, block: int) -> bool:
        """Whether there still is a block."""
        with self._lock:
            found = self._connection.execute("SELECT 1 FROM block WHERE id = ?", (block,)).fetchone()
        return found is not None

    def get(self, block: int, kind: int, read: Callable[[bytes], T], size: Callable[[T], int]) -> T | None:
        """A part as `read` makes it of what was packed, kept for the next time; None where there is none."""
        number = block * KINDS + kind
        with self._lock:
            if (known := self._known.get(number)) is not None:
                self._known.move_to_end(number)
                return cast(T, known[0])
        blob = self.blob(block, kind)
        if blob is None:
            if not self.there(block):
                raise Gone("its block is missing")
            return None
        made = read(self.unpacked(blob))
        with self._lock:
            if number not in self._known:
                cost = size(made) + _COST
                self._known[number] = made, cost
                self._bytes += cost
                while self._bytes > self._most_bytes and len(self._known) > 1:
                    self._bytes -= self._known.popitem(last=False)[1][1]
        return made


class StoredBlock(Struct, frozen=True):
    """One block: what is asked of it is read from the file; raises Damaged."""

    parts: Parts
    id: int
    count: int

    def column(self, name: str) -> Integers:
        """A column of `block.COLUMNS`."""
        return self._need(
            COLUMNS[name], lambda data: read_integers(data, self.count), lambda column: column.nbytes
        )

    def keys(self) -> TextColumn:
        """The keys."""
        return self.texts(KEYS, self.count)

    def texts(self, kind: int, count: int) -> TextColumn:
        """A part that is a column of texts."""
        return self._need(kind, lambda data: read_texts(data, count), lambda column: column.size)

    @property
    def frames(self) -> int:
        """How many frames the values lie in."""
        return -(-self.count // FRAME)

    def frame(self, number: int) -> TextColumn:
        """The values of the records from `number` times FRAME on."""
        lengths = self.column("bodies")[number * FRAME : (number + 1) * FRAME]
        return self._need(
            FRAMES + number, lambda data: text_column(data, lengths), lambda column: column.size
        )

    def directory(self) -> dict[int, Place]:
        """Where headers and ids lie, by shape."""
        return self._need(GROUPS, read_directory, lambda found: 200 * len(found))

    def mixed(self) -> dict[int, list[Mixed]]:
        """Headers and ids of records of rare shapes."""
        found = self.parts.get(self.id, MIXED, read_mixed, lambda found: 300 * sum(map(len, found.values())))
        return found or {}

    def rare(self) -> dict[int, Any]:
        """What few records say of themselves besides."""
        return self.parts.get(self.id, RARE, read_rare, lambda found: 300 * len(found)) or {}

    def of_shape(self, shape: int) -> Integers:
        """The records of a shape."""
        return np.flatnonzero(self.column("shape") == shape)

    def field(self, path: Path) -> tuple[Field, list[int]] | None:
        """What stands at a path, and the records of which that is not said; None where there is no column."""
        try:
            index = self.parts.get(self.id, FIELDS, read_index, lambda index: 200 * len(index.paths))
            kind = None if index is None else dict(index.paths).get(path)
            column = (
                None if kind is None else self.parts.get(self.id, kind, read_field, lambda field: field.size)
            )
        except Damaged:
            return None
        return None if index is None or column is None else (column, index.strange)

    def value(self, index: int) -> bytes | None:
        """The value of a record."""
        return self.frame(index // FRAME).piece(index % FRAME)

    def values(self, places: Integers) -> list[bytes | None]:
        """The values of some records."""
        found: list[bytes | None] = [None] * len(places)
        frames = places // FRAME
        for number in np.unique(frames).tolist():
            mine = np.flatnonzero(frames == number)
            for at, value in zip(mine.tolist(), self.frame(number).some(places[mine] % FRAME), strict=True):
                found[at] = value
        return found

    def headers_of(self, places: Integers, shapes: Sequence[Any], named: str = "") -> list[Headers]:
        """The headers of some records; where a name in lower case is given, those that have it."""
        found: list[Headers] = [()] * len(places)
        for shape, mine, slots, place in self._slots(places):
            kept = [at for at, name in enumerate(shapes[shape]) if named in ("", name.lower())]
            names = tuple(shapes[shape][at] for at in kept)
            if place is None:
                for at, slot in zip(mine, slots, strict=True):
                    every = self._mixed(shape, slot)[0]
                    found[at] = headers_of(names, [every[each] for each in kept])
                continue
            wanted = np.array(slots, np.int64)
            columns = [self.texts(place.headers[at], place.count).some(wanted) for at in kept]
            for at, values in zip(mine, zip(*columns, strict=True), strict=bool(columns)):
                found[at] = headers_of(names, values)
        return found

    def ids_of(self, places: Integers, name: str) -> list[str | None]:
        """One id of some records, as `handed.IDS` names it."""
        found: list[str | None] = [None] * len(places)
        for shape, mine, slots, place in self._slots(places):
            said = None if place is None else self._said(place, name)
            for at, slot in zip(mine, slots, strict=True):
                if place is None:
                    found[at] = self._mixed(shape, slot)[1:][IDS.index(name)]
                elif said is not None:
                    found[at] = _id(*said, slot)
        return found

    def headers(self, index: int, shapes: Sequence[Any]) -> Headers:
        """The headers of a record."""
        shape, slot, place = self._slot(index)
        if place is None:
            return headers_of(shapes[shape], self._mixed(shape, slot)[0])
        values = [self.texts(kind, place.count).piece(slot) for kind in place.headers]
        return headers_of(shapes[shape], values)

    def ids(self, index: int) -> list[str | None]:
        """The ids of a record, as `handed.IDS` names them."""
        shape, slot, place = self._slot(index)
        if place is None:
            return list(self._mixed(shape, slot)[1:])
        every = [self._said(place, name) for name in IDS]
        return [None if said is None else _id(*said, slot) for said in every]

    def record(self, index: int, names: Names) -> Record:
        """A record, byte for byte."""
        channel: ChannelId = names["channel"][int(self.column("channel")[index])]
        flags = int(self.column("flags")[index])
        return Record(
            channel=channel,
            position=Position(int(self.column("partition")[index]), int(self.column("offset")[index])),
            timestamp_ns=int(self.column("timestamp_ns")[index]),
            key=self.keys().piece(index),
            value=self.value(index),
            headers=self.headers(index, names["shape"]),
            log_append_time=bool(flags & LOG_APPEND_TIME),
            producer_id=int(self.column("producer_id")[index]),
            producer_epoch=int(self.column("producer_epoch")[index]),
            sequence=int(self.column("sequence")[index]),
            transactional=bool(flags & TRANSACTIONAL),
            body_stored=not flags & NO_BODY,
            codec=names["codec"][int(self.column("codec")[index])],
        )

    def traits(self, index: int, names: Names) -> Traits:
        """What a record says of itself."""
        sender, kind = int(self.column("sender")[index]), int(self.column("type")[index])
        alias: Alias | None = None if sender < 0 else names["sender"][sender]
        event_id, parent_id, flow_id = self.ids(index)
        origin, replay_id, step, hint, attempt, reply_to = self.rare().get(index) or (None,) * 6
        return Traits(
            sender=alias,
            type=None if kind < 0 else names["type"][kind],
            event_id=event_id,
            parent_id=parent_id,
            flow_id=flow_id,
            origin=origin,
            replay_id=replay_id,
            convention=names["convention"][int(self.column("convention")[index])],
            step=step,
            hint=hint,
            attempt=attempt,
            reply_to=reply_to,
        )

    def _slot(self, index: int) -> tuple[int, int, Place | None]:
        """The shape of a record, its place among those of that shape, and where they lie."""
        shapes = self.column("shape")
        shape = int(shapes[index])
        return shape, int(np.count_nonzero(shapes[:index] == shape)), self.directory().get(shape)

    def _slots(self, places: Integers) -> Iterator[tuple[int, list[int], list[int], Place | None]]:
        """By shape: which of some records have it, their places among those of that shape, where they lie."""
        shapes = self.column("shape")[places]
        for shape in np.unique(shapes).tolist():
            mine = np.flatnonzero(shapes == shape)
            slots = np.searchsorted(self.of_shape(shape), places[mine])
            yield shape, mine.tolist(), slots.tolist(), self.directory().get(shape)

    def _mixed(self, shape: int, slot: int) -> Mixed:
        try:
            return self.mixed()[shape][slot]
        except (KeyError, IndexError) as error:
            raise Damaged("its headers are missing") from error

    def _said(self, place: Place, name: str) -> tuple[TextColumn, slice] | None:
        """The texts that hold an id, and what of each is the id."""
        source = place.sources.get(name)
        if source is not None:
            header, start, length = source
            part = slice(start, None if length < 0 else start + length)
            return self.texts(place.headers[header], place.count), part
        return (self.texts(place.ids[name], place.count), slice(None)) if name in place.ids else None

    def _need(self, kind: int, read: Callable[[bytes], T], size: Callable[[T], int]) -> T:
        found = self.parts.get(self.id, kind, read, size)
        if found is None:
            raise Damaged("a part of it is missing")
        return found


def _id(column: TextColumn, part: slice, slot: int) -> str | None:
    said = column.piece(slot)
    return None if said is None else said[part].decode("utf-8", "surrogatepass")
