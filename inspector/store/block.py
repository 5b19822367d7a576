"""Blocks: some thousand records, each column of theirs in a part of its own, so that a reader takes few.

A part is a blob (`packing`) under the number of its block and of its kind. Bodies lie in frames of
`FRAME` records, so that one record is read without the others.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from inspector.record import Headers
from inspector.store.handed import IDS, Group, Handed, Source, taken
from inspector.store.packing import Damaged, Integers, integers, joined, pack, texts

BLOCK_RECORDS = 8192
BLOCK_BYTES = 8 << 20
FRAME = 512
"""Records whose values are compressed together."""

COLUMNS = {
    "channel": 0,
    "partition": 1,
    "offset": 2,
    "timestamp_ns": 3,
    "size": 4,
    "type": 5,
    "sender": 6,
    "key": 7,
    "event": 8,
    "parent": 9,
    "flow": 10,
    "flags": 11,
    "producer_id": 12,
    "producer_epoch": 13,
    "sequence": 14,
    "codec": 15,
    "convention": 16,
    "shape": 17,
    "keys": 18,
    "bodies": 19,
}
"""Columns of integers with the kinds of their parts.

`channel`, `type`, `sender`, `codec`, `convention` and `shape` are numbers of terms (-1: none); `key`,
`event`, `parent` and `flow` are marks (`handed.mark`); `keys` and `bodies` are lengths in bytes (-1: null).
"""
KEYS, GROUPS, MIXED, RARE = 32, 33, 34, 35
FRAMES, HEADERS = 64, 1024
KINDS = 1 << 12
"""A part's number is that of its block times this, and its kind."""

_STEADY = ("offset", "timestamp_ns", "sequence")
"""Columns whose differences are small."""
_MARKS = ("key", "event", "parent", "flow")
_LEAST = 48
"""Records of a shape that have columns of their own; fewer lie mixed."""

Columns = dict[str, NDArray[Any]]


class Place(Struct, array_like=True):
    """Where the headers and ids of the records of one shape lie in a block."""

    shape: int
    count: int
    headers: list[int]
    """The kind of the part of each header's values."""
    sources: dict[str, Source]
    """The header that says an id."""
    ids: dict[str, int]
    """The kind of the part of an id that no header says; those missing are null."""


Mixed = tuple[list[bytes | None], str | None, str | None, str | None]
"""Values of the headers, and the ids, of a record of a rare shape."""


class Draft(Struct):
    """Records that are to be a block: places of what was handed over at one time or several."""

    pieces: list[tuple[Handed, Integers]]
    count: int
    size: int

    @classmethod
    def of(cls, handed: Handed, places: Integers) -> Draft:
        """Some records in this order."""
        return cls([(handed, places)], len(places), int(handed.numbers["size"][places].sum()))

    def joined(self, other: Draft) -> Draft:
        """The records of this, then those of the other."""
        return Draft(self.pieces + other.pieces, self.count + other.count, self.size + other.size)

    def fits(self, other: Draft) -> bool:
        """Whether both may be one block."""
        return self.count + other.count <= BLOCK_RECORDS and self.size + other.size <= BLOCK_BYTES

    def column(self, name: str) -> NDArray[Any]:
        """A column of integers."""
        return np.concatenate([handed.numbers[name][places] for handed, places in self.pieces])

    def texts(self, name: str) -> list[Any]:
        """`keys` or `values`."""
        return _chained([taken(getattr(handed, name), places) for handed, places in self.pieces])


def drafts(handed: Handed) -> Iterator[tuple[Draft, Integers]]:
    """All of it in the order of time, cut into blocks about equally full, with the places of each."""
    order = handed.order
    sizes = handed.numbers["size"][order]
    blocks = max(-(-len(order) // BLOCK_RECORDS), -(-int(sizes.sum()) // BLOCK_BYTES))
    most = -(-len(order) // blocks)
    start = 0
    while start < len(order):
        filled = np.cumsum(sizes[start : start + most])
        end = start + max(int(filled.searchsorted(BLOCK_BYTES, "right")), 1)
        yield Draft.of(handed, order[start:end]), order[start:end]
        start = end


def packed(draft: Draft) -> dict[int, bytes]:
    """The parts of a block by kind."""
    parts: dict[int, bytes] = {}
    for name, kind in COLUMNS.items():
        column = integers(draft.column(name), differences=name in _STEADY)
        parts[kind] = pack(column, compress=name not in _MARKS)
    parts[KEYS] = pack(texts(draft.texts("keys"), draft.column("keys")))
    values = draft.texts("values")
    for number, start in enumerate(range(0, draft.count, FRAME)):
        parts[FRAMES + number] = pack(joined(values[start : start + FRAME]))
    _pack_groups(draft, parts)
    rare: dict[int, tuple[object, ...]] = {}
    before = 0
    for handed, places in draft.pieces:
        if handed.rare:
            found = ((at, handed.rare.get(place)) for at, place in enumerate(places.tolist(), before))
            rare.update({at: more for at, more in found if more})
        before += len(places)
    if rare:
        parts[RARE] = pack(msgspec.msgpack.encode(rare))
    return parts


def _pack_groups(draft: Draft, parts: dict[int, bytes]) -> None:
    """Parts of headers and ids."""
    found: dict[int, list[tuple[Group, Integers]]] = {}
    for handed, places in draft.pieces:
        numbers, slots = handed.group[places], handed.slot[places]
        for number, group in enumerate(handed.groups):
            mine = slots[numbers == number] if len(handed.groups) > 1 else slots
            if len(mine):
                found.setdefault(group.shape, []).append((group, mine))
    kinds = itertools.count(HEADERS)
    directory: list[Place] = []
    mixed: dict[int, list[Mixed]] = {}
    for shape, some in found.items():
        count = sum(len(slots) for _, slots in some)
        width = len(some[0][0].headers)
        if count < _LEAST or HEADERS + sum(len(each.headers) for each in directory) + width + 8 > KINDS:
            mixed[shape] = [each for group, slots in some for each in _mixed(group, slots)]
            continue
        place = Place(shape, count, [], {}, {})
        for at in range(width):
            column = _chained([taken(group.headers[at], slots) for group, slots in some])
            lengths = np.concatenate([group.lengths[at][slots] for group, slots in some])
            place.headers.append(_put(parts, next(kinds), texts(column, lengths)))
        for name in IDS:
            sources = {group.sources.get(name) for group, _ in some}
            source = sources.pop() if len(sources) == 1 else None
            if source is not None:
                place.sources[name] = source
                continue
            ids = _chained([taken(group.ids[name], slots) for group, slots in some])
            if ids.count(None) < len(ids):
                place.ids[name] = _put(parts, next(kinds), texts([_bytes(each) for each in ids]))
        directory.append(place)
    parts[GROUPS] = pack(msgspec.msgpack.encode(directory))
    if mixed:
        parts[MIXED] = pack(msgspec.msgpack.encode(mixed))


def _chained(lists: list[list[Any]]) -> list[Any]:
    return lists[0] if len(lists) == 1 else [*itertools.chain.from_iterable(lists)]


def _put(parts: dict[int, bytes], kind: int, data: bytes) -> int:
    parts[kind] = pack(data)
    return kind


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogatepass")


def _mixed(group: Group, slots: Integers) -> list[Mixed]:
    ids = [group.ids[name] for name in IDS]
    return [
        ([column[slot] for column in group.headers], ids[0][slot], ids[1][slot], ids[2][slot])
        for slot in slots.tolist()
    ]


_directory = msgspec.msgpack.Decoder(list[Place])
_mixed_decoder = msgspec.msgpack.Decoder(dict[int, list[Mixed]])
_rare = msgspec.msgpack.Decoder(
    dict[int, tuple[str | None, str | None, int | None, str | None, int | None, str | None]]
)


def read_directory(data: bytes) -> dict[int, Place]:
    """Where headers and ids lie, by shape; raises Damaged."""
    try:
        return {place.shape: place for place in _directory.decode(data)}
    except msgspec.MsgspecError as error:
        raise Damaged("where its headers lie cannot be read") from error


def read_mixed(data: bytes) -> dict[int, list[Mixed]]:
    """Records of rare shapes, by shape; raises Damaged."""
    try:
        return _mixed_decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise Damaged("its headers cannot be read") from error


def read_rare(data: bytes) -> dict[int, Any]:
    """What few records say of themselves besides, by their place; raises Damaged."""
    try:
        return _rare.decode(data)
    except msgspec.MsgspecError as error:
        raise Damaged("its traits cannot be read") from error


def headers_of(names: tuple[str, ...], values: list[bytes | None]) -> Headers:
    """Headers by their names and values."""
    return tuple(zip(names, values, strict=True))
