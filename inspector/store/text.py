"""Free text: where words occur in the keys, headers and values of records."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graph.query.patterns import wild
from inspector.record import Record
from inspector.store.block import FRAME, FRAMES, HEADERS, KEYS, KINDS, MIXED
from inspector.store.blocks import Names, StoredBlock
from inspector.store.packing import NULL, Integers, TextColumn
from inspector.store.sieve import Holding

_SEVERAL = 32
"""Places from which on a list of Python's is quicker than an array."""


class Occurs:
    """Whether words occur in bytes: letters of ASCII in upper and lower case alike, others as they fold.

    With a `*` the whole of a key, value, or a header's name or value is meant.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        self._whole = wild(words) if "*" in words else None
        self.ascii = words.lower().encode() if words.isascii() and self._whole is None else None
        """What is looked for where that needs no decoding."""
        self._folded = words.casefold()
        self._in_names: set[int] = set()
        self._asked = 0

    def in_bytes(self, data: bytes) -> bool:
        """Whether they occur in some bytes."""
        if self.ascii is not None:
            return self.ascii in data.lower()
        if self._whole is None and data.isascii():
            return False
        text = data.decode("utf-8", "replace")
        return self._folded in text.casefold() if self._whole is None else self._whole(text)

    def in_record(self, record: Record) -> bool:
        """Whether they occur anywhere in it."""
        if any(self.in_bytes(text) for text in (record.key, record.value) if text is not None):
            return True
        return any(
            self.in_bytes(name.encode()) or (value is not None and self.in_bytes(value))
            for name, value in record.headers
        )

    def in_column(self, column: TextColumn) -> Integers:
        """The places of the texts that they occur in, ascending."""
        return column.places(self._among(column))

    def _among(self, column: TextColumn) -> Integers:
        if self.ascii is None:
            if self._whole is None and column.data.isascii():
                return np.empty(0, np.int64)
            pieces = enumerate(column.different())
            return np.array([at for at, text in pieces if text is not None and self.in_bytes(text)], np.int64)
        if not self.ascii:
            return np.flatnonzero(column.lengths != NULL)
        return occurrences(column, column.data.lower(), self.ascii)

    def _named(self, shapes: list[tuple[str, ...]]) -> set[int]:
        """The shapes of headers with a name in which they occur."""
        for number in range(self._asked, len(shapes)):
            if any(self.in_bytes(name.encode()) for name in shapes[number]):
                self._in_names.add(number)
        self._asked = len(shapes)
        return self._in_names

    def in_block(
        self, block: StoredBlock, names: Names, within: Integers, holding: Holding | None
    ) -> NDArray[np.bool_]:
        """In which of some records of a block they occur; raises Damaged.

        `holding`: where `ascii` may be, if that is known.
        """
        named = self._named(names["shape"])
        if holding is not None and holding.nowhere and not named:
            return np.zeros(len(within), np.bool_)

        def may(kind: int) -> bool:
            return holding is None or holding.may(kind)

        left = np.zeros(block.count, np.bool_)
        left[within] = True
        if may(KEYS):
            left[self.in_column(block.keys())] = False
        headers = holding is None or named or holding.any_of(HEADERS, KINDS)
        for shape, place in block.directory().items() if headers else ():
            rows = None
            if shape in named:
                left[block.of_shape(shape)] = False
                continue
            for kind in filter(may, place.headers):
                slots = self.in_column(block.texts(kind, place.count))
                if len(slots):
                    rows = block.of_shape(shape) if rows is None else rows
                    left[rows[slots]] = False
        for shape, mixed in block.mixed().items() if named or may(MIXED) else ():
            rows = block.of_shape(shape)
            for row, (values, *_) in zip(rows.tolist(), mixed, strict=True):
                if shape in named or any(self.in_bytes(value) for value in values if value is not None):
                    left[row] = False
        for number in range(block.frames):
            part = slice(number * FRAME, (number + 1) * FRAME)
            if may(FRAMES + number) and left[part].any():
                left[part][self.in_column(block.frame(number))] = False
        found: NDArray[np.bool_] = ~left[within]
        return found


def occurrences(column: TextColumn, hay: bytes, wanted: bytes) -> Integers:
    """The places of the texts told apart in which some bytes (at least one) occur, ascending.

    `hay`: the data of the column, or the same in lower case.
    """
    at = hay.find(wanted)
    if at < 0:
        return np.empty(0, np.int64)
    ends: Sequence[int] = column.ends  # type: ignore[assignment]
    found: list[int] = []
    size = len(wanted)
    while at >= 0:
        if len(found) == _SEVERAL:
            ends = column.ends.tolist()
        place = bisect_right(ends, at)
        if at + size <= ends[place]:
            found.append(place)
            at = hay.find(wanted, ends[place])
        else:  # it goes across two texts
            at = hay.find(wanted, at + 1)
    return np.array(found, np.int64)


def odd(column: TextColumn) -> Integers:
    """Values that are not plainly an object or a list of JSON, or where letters are escaped by number."""
    filled = np.flatnonzero(column.lengths > 0)
    data = np.frombuffer(column.data, np.uint8)
    begin = data[column.ends[filled] - column.lengths[filled]]
    end = data[column.ends[filled] - 1]
    strange = ((begin != ord("{")) | (end != ord("}"))) & ((begin != ord("[")) | (end != ord("]")))
    return np.union1d(filled[strange], occurrences(column, column.data, rb"\u"))
