"""Many pieces of one buffer, told by where they begin and how long they are: no object for each.

Most of what passes through is kept, not looked at, so a column of keys or values stays the bytes it came in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

NULL = -1
"""The length of what is null."""
_FEW_ALIKE = 8
"""Pieces of one length, on the average, from which on they are taken together."""

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class Pieces(Sequence[bytes | None]):
    """A column of bytes, null told from empty; nothing of it is ever changed."""

    __slots__ = ("data", "lengths", "starts")

    def __init__(self, data: bytes, starts: Integers, lengths: Integers) -> None:
        self.data = data
        self.starts = starts
        self.lengths = lengths

    @classmethod
    def of(cls, column: Sequence[bytes | None]) -> Pieces:
        """A column as pieces."""
        if isinstance(column, cls):
            return column
        lengths = np.fromiter((NULL if one is None else len(one) for one in column), np.int64, len(column))
        return cls.packed(b"".join(filter(None, column)), lengths)

    @classmethod
    def chained(cls, columns: Sequence[Sequence[Pieces]]) -> list[Pieces]:
        """Of each column the parts one after the other; bytes that several are in are copied once."""
        begins: dict[int, int] = {}
        data: list[bytes] = []
        end = 0
        for part in chain.from_iterable(columns):
            if id(part.data) not in begins:
                begins[id(part.data)] = end
                data.append(part.data)
                end += len(part.data)
        whole = data[0] if len(data) == 1 else b"".join(data)
        return [
            cls(
                whole,
                np.concatenate([part.starts + begins[id(part.data)] for part in parts]),
                np.concatenate([part.lengths for part in parts]),
            )
            for parts in columns
        ]

    @classmethod
    def packed(cls, data: bytes, lengths: Integers) -> Pieces:
        """Pieces that lie one after the other."""
        room = np.maximum(lengths, 0)
        return cls(data, np.cumsum(room) - room, lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    @overload
    def __getitem__(self, index: int) -> bytes | None: ...
    @overload
    def __getitem__(self, index: slice) -> Pieces: ...
    def __getitem__(self, index: int | slice) -> bytes | Pieces | None:
        if isinstance(index, slice):
            return Pieces(self.data, self.starts[index], self.lengths[index])
        length, start = int(self.lengths[index]), int(self.starts[index])
        return None if length == NULL else self.data[start : start + length]

    def __iter__(self) -> Iterator[bytes | None]:
        return iter(self.tolist())

    def tolist(self) -> list[bytes | None]:
        """Each piece as bytes of its own."""
        data, starts = self.data, self.starts.tolist()
        ends = (self.starts + self.lengths).tolist()
        if len(self) and self.lengths.min() > NULL:
            return [data[start:end] for start, end in zip(starts, ends, strict=True)]
        return [None if end < start else data[start:end] for start, end in zip(starts, ends, strict=True)]

    def part(self, places: Integers) -> Pieces:
        """Some of the pieces, in this order."""
        return Pieces(self.data, self.starts[places], self.lengths[places])

    def cut(self, start: int, length: int) -> Pieces:
        """Some bytes of each piece; -1 for all. Each must have them."""
        if length < 0:
            return self
        return Pieces(self.data, self.starts + start, np.full(len(self), length))

    @property
    def total(self) -> int:
        """Bytes of all pieces."""
        return int(np.maximum(self.lengths, 0).sum())

    @property
    def complete(self) -> bool:
        """Whether no piece is null or empty."""
        return not len(self) or int(self.lengths.min()) > 0

    def by_length(self) -> Iterator[tuple[Integers, Bytes]]:
        """Places of the pieces of each length but null and 0, with their bytes as rows."""
        for places, length in self._alike():
            taken = _windows(self.data, length)[self.starts[places]]
            yield places, taken.view(np.uint8).reshape(len(places), length)

    def joined(self) -> bytes:
        """All pieces one after the other."""
        lengths = self.lengths
        if not len(lengths):
            return b""
        room = np.maximum(lengths, 0)
        ends = np.cumsum(room)
        total = int(ends[-1])
        if (self.starts[1:] == self.starts[:-1] + room[:-1]).all():
            return self.data[int(self.starts[0]) : int(self.starts[0]) + total]
        alike = list(self._alike())
        if len(alike) == 1 and len(alike[0][0]) == len(lengths):
            taken: bytes = _windows(self.data, alike[0][1])[self.starts].tobytes()
            return taken
        if len(alike) * _FEW_ALIKE > len(lengths):
            return b"".join([one for one in self if one])
        made = np.empty(total, np.uint8)
        begins = ends - room
        for places, length in alike:
            _windows(made, length)[begins[places]] = _windows(self.data, length)[self.starts[places]]
        return made.tobytes()

    def equal(self, places: Integers, piece: bytes | None) -> NDArray[np.bool_]:
        """Which of the pieces at some places are this one."""
        length = NULL if piece is None else len(piece)
        same: NDArray[np.bool_] = self.lengths[places] == length
        if piece:
            starts = self.starts[places][same]
            # Both have this length, so zeros at the end, which the comparison ignores, make no difference.
            same[same] = _windows(self.data, length, "S")[starts] == piece
        return same

    def numbered(self, most: int) -> tuple[list[bytes | None], Integers] | None:
        """The different pieces and which each one is; None where there are more than `most`."""
        different: list[bytes | None] = []
        numbers = np.zeros(len(self), np.int64)
        left = np.arange(len(self))
        while len(left):
            if len(different) == most:
                return None
            same = self.equal(left, piece := self[int(left[0])])
            numbers[left[same]] = len(different)
            different.append(piece)
            left = left[~same]
        return different, numbers

    def _alike(self) -> Iterator[tuple[Integers, int]]:
        """Places of the pieces of each length but null and 0."""
        lengths = self.lengths
        least, most = (int(lengths.min()), int(lengths.max())) if len(lengths) else (0, 0)
        if least == most:
            if most > 0:
                yield np.arange(len(lengths)), most
            return
        # Numbers of 16 bits are sorted by their digits, which takes a tenth of the time.
        order = np.argsort(lengths.astype(np.int16) if most < 1 << 15 else lengths, kind="stable")
        in_order = lengths[order]
        bounds = np.flatnonzero(np.diff(in_order, prepend=NULL - 1, append=most + 1))
        for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            if (length := int(in_order[first])) > 0:
                yield order[first:end], length


def _windows(data: bytes | Bytes, length: int, kind: str = "V") -> NDArray[Any]:
    """All stretches of this length in a buffer, by where they begin."""
    size = len(data) - length + 1
    return np.ndarray((size,), f"{kind}{length}", buffer=data, strides=(1,))


def picked(column: Sequence[Any], places: Sequence[int] | Integers) -> Sequence[Any]:
    """The entries of a column at some places, in this order."""
    part = getattr(column, "part", None)
    return [column[place] for place in places] if part is None else part(np.asarray(places, np.int64))
