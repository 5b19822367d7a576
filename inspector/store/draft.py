"""Records that are to be a block, and the parts of that block."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import numpy as np
import zstandard
from msgspec import Struct
from numpy.typing import NDArray

from inspector.pieces import NULL, Integers, Pieces
from inspector.store import packing
from inspector.store.block import (
    BLOCK_BYTES,
    BLOCK_RECORDS,
    COLUMNS,
    FRAME,
    FRAMES,
    GROUPS,
    HEADERS,
    KEYS,
    KINDS,
    MIXED,
    RARE,
    Mixed,
    Place,
)
from inspector.store.handed import IDS, Group, Handed
from inspector.store.packing import integers, texts

Pack = Callable[[bytes], bytes]
_STEADY = ("offset", "timestamp_ns", "sequence")
"""Columns whose differences are small."""
_MARKS = ("key", "event", "parent", "flow")
_LEAST = 48
"""Records of a shape that have columns of their own; fewer lie mixed."""


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

    def texts(self, name: str) -> Pieces:
        """`keys` or `values`."""
        return _together([getattr(handed, name).part(places) for handed, places in self.pieces])


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
    pack = partial(packing.pack, compressor=zstandard.ZstdCompressor(level=packing.LEVEL))
    for name, kind in COLUMNS.items():
        column = integers(draft.column(name), differences=name in _STEADY)
        parts[kind] = pack(column, compress=name not in _MARKS)
    parts[KEYS] = pack(texts(draft.texts("keys")))
    values = draft.texts("values")
    bodies = memoryview(values.joined())
    ends = np.cumsum(np.maximum(values.lengths, 0))[FRAME - 1 :: FRAME].tolist()
    for number, (start, end) in enumerate(itertools.pairwise([0, *ends, len(bodies)])):
        if number * FRAME < draft.count:
            parts[FRAMES + number] = pack(bodies[start:end])
    _pack_groups(draft, parts, pack)
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


def _pack_groups(draft: Draft, parts: dict[int, bytes], pack: Pack) -> None:
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
            column = _together([group.headers[at].part(slots) for group, slots in some])
            place.headers.append(kind := next(kinds))
            parts[kind] = pack(texts(column))
        for name in IDS:
            sources = {group.sources.get(name) for group, _ in some}
            source = sources.pop() if len(sources) == 1 else None
            if source is not None:
                place.sources[name] = source
            elif any(name in group.ids or name in group.sources for group, _ in some):
                ids = _together([_ids(group, name, slots) for group, slots in some])
                place.ids[name] = kind = next(kinds)
                parts[kind] = pack(texts(ids))
        directory.append(place)
    parts[GROUPS] = pack(msgspec.msgpack.encode(directory))
    if mixed:
        parts[MIXED] = pack(msgspec.msgpack.encode(mixed))


def _together(columns: list[Pieces]) -> Pieces:
    """Columns one after the other."""
    if len(columns) == 1:
        return columns[0]
    return Pieces.packed(
        b"".join([each.joined() for each in columns]), np.concatenate([each.lengths for each in columns])
    )


def _ids(group: Group, name: str, slots: Integers) -> Pieces:
    """The ids of some records, wherever they lie."""
    if (source := group.sources.get(name)) is not None:
        return group.headers[source[0]].part(slots).cut(source[1], source[2])
    found = group.ids.get(name)
    if found is None:
        return Pieces(b"", np.zeros(len(slots), np.int64), np.full(len(slots), NULL))
    return found.part(slots)


def _mixed(group: Group, slots: Integers) -> list[Mixed]:
    headers = [each.part(slots) for each in group.headers]
    ids = [[None if one is None else one.decode("utf-8", "surrogatepass") for one in _ids(group, name, slots)]
           for name in IDS]  # fmt: skip
    return [
        ([column[at] for column in headers], ids[0][at], ids[1][at], ids[2][at]) for at in range(len(slots))
    ]
