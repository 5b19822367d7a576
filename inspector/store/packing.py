"""Blobs of a capture file: checked and compressed bytes, columns of integers, columns of texts.

A blob is one byte (0: as it is, 1: a zstd frame), the CRC-32 of what follows (little endian), and that.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import zstandard
from msgspec import Struct
from numpy.typing import NDArray

from inspector.pieces import NULL, Integers, Pieces

__all__ = ["FEW", "NULL", "Damaged", "Integers", "TextColumn", "few_texts", "integers", "pack",
           "read_integers", "read_texts", "text_column", "texts", "unpack"]  # fmt: skip

LEVEL = 1
SMALL = 64
"""Bytes up to which nothing is compressed."""

_HEAD = struct.Struct("<BI")
_COLUMN = struct.Struct("<BBqq")
_TEXTS = struct.Struct("<BII")
_WIDTHS = {0: "<u1", 1: "<u1", 2: "<u2", 4: "<u4", 8: "<u8"}
_DIFFERENCES = 1
_PLAIN, _DICTIONARY = 0, 1
FEW = 64
"""Different texts that a dictionary may have."""
_PROBE = 64


class Damaged(ValueError):
    """A blob is not what was written."""


def pack(
    data: bytes | memoryview,
    *,
    compress: bool = True,
    compressor: zstandard.ZstdCompressor | None = None,
) -> bytes:
    """A blob; who makes many gives a compressor of its own, which takes longer to make than a small blob."""
    method = 0
    if compress and len(data) > SMALL:
        frame = (compressor or zstandard.ZstdCompressor(level=LEVEL)).compress(data)
        if len(frame) < len(data):
            data, method = frame, 1
    return _HEAD.pack(method, zlib.crc32(data)) + data


def unpack(blob: bytes, decompressor: zstandard.ZstdDecompressor | None = None) -> bytes:
    """What `pack` was given; raises Damaged. A decompressor is used by one thread at a time."""
    rest = memoryview(blob)[_HEAD.size :]
    method, checksum = _HEAD.unpack_from(blob) if len(blob) >= _HEAD.size else (9, 0)
    if method > 1 or zlib.crc32(rest) != checksum:
        raise Damaged("its checksum does not fit")
    if method == 0:
        return bytes(rest)
    try:
        return (decompressor or zstandard.ZstdDecompressor()).decompress(rest)
    except zstandard.ZstdError as error:
        raise Damaged(f"it cannot be unpacked: {error}") from error


def integers(values: NDArray[Any], *, differences: bool = False) -> bytes:
    """A column of integers: what each is above the least, or its difference above the least, if shorter.

    Laid out as flags (1: differences), width of an entry in bytes, first value, least, entries.
    """
    column = np.ascontiguousarray(values, "<i8")
    if not len(column):
        return _COLUMN.pack(0, 0, 0, 0)
    least, above, width = _above(column)
    if differences and width > 1:
        closer, steps, narrow = _above(np.diff(column))
        if narrow < width:
            return _COLUMN.pack(_DIFFERENCES, narrow, int(column[0]), closer) + _entries(steps, narrow)
    return _COLUMN.pack(0, width, len(column), least) + _entries(above, width)


def _above(column: Integers) -> tuple[int, NDArray[np.uint64], int]:
    least = int(column.min())
    most = int(column.max()) - least
    width = next(width for width in (1, 2, 4, 8) if most < 1 << 8 * width) if most else 0
    above = column.view("<u8")
    return least, above - np.uint64(least & 0xFFFF_FFFF_FFFF_FFFF) if width else above, width


def _entries(above: NDArray[np.uint64], width: int) -> bytes:
    return above.astype(_WIDTHS[width]).tobytes() if width else b""


def read_integers(data: bytes | memoryview, count: int) -> Integers:
    """The column; raises Damaged where it has another length."""
    if len(data) < _COLUMN.size:
        raise Damaged("its columns have another length")
    flags, width, first, least = _COLUMN.unpack_from(data)
    entries = count - 1 if flags & _DIFFERENCES else count
    if width not in _WIDTHS or len(data) != _COLUMN.size + width * max(entries, 0):
        raise Damaged("its columns have another length")
    if not width:
        column = np.full(max(entries, 0), least, np.int64)
    else:
        column = np.frombuffer(data, _WIDTHS[width], offset=_COLUMN.size).astype(np.int64)
        if least:
            column += least
    if flags & _DIFFERENCES:
        whole = np.empty(count, np.int64)
        whole[0] = first
        np.cumsum(column, out=whole[1:])
        whole[1:] += first
        return whole
    return column


def texts(values: Pieces, *, many: bool = False) -> bytes:
    """A column of texts, null told from empty: all of them one after the other, or the few different ones.

    `many`: it is known that there are more than a few.

    Laid out as form (0: plain, 1: by number), bytes of the numbers, bytes of the lengths, the numbers of
    the texts (not where plain), the lengths, the texts.
    """
    if not many and len(values) >= _PROBE and len(set(values[:_PROBE])) <= _PROBE // 2:
        few = values.numbered(FEW)
        if few is not None:
            return few_texts(Pieces.of(few[0]), few[1])
    sizes = integers(values.lengths)
    return _TEXTS.pack(_PLAIN, 0, len(sizes)) + sizes + values.joined()


def few_texts(different: Pieces, numbers: Integers) -> bytes:
    """The same of texts that are told apart already, with which of them each is."""
    which, sizes = integers(numbers), integers(different.lengths)
    return _TEXTS.pack(_DICTIONARY, len(which), len(sizes)) + which + sizes + different.joined()


class TextColumn(Struct):
    """Texts in memory: `data` has those told apart, `numbers` says whose is which, if not in order."""

    data: bytes
    lengths: Integers
    ends: Integers
    numbers: Integers | None = None

    def __len__(self) -> int:
        return len(self.lengths if self.numbers is None else self.numbers)

    def piece(self, index: int) -> bytes | None:
        """One text; None for null, b'' for empty."""
        return self.told(index if self.numbers is None else int(self.numbers[index]))

    def told(self, place: int) -> bytes | None:
        """One of the texts that are told apart."""
        length, end = int(self.lengths[place]), int(self.ends[place])
        return None if length == NULL else self.data[end - length : end]

    def some(self, places: Integers) -> list[bytes | None]:
        """Some of the texts, in the order of their places."""
        told = places if self.numbers is None else self.numbers[places]
        data, lengths, ends = self.data, self.lengths[told].tolist(), self.ends[told].tolist()
        return [
            None if length == NULL else data[end - length : end]
            for length, end in zip(lengths, ends, strict=True)
        ]

    def different(self) -> list[bytes | None]:
        """The texts that are told apart, in order."""
        return [
            None if length == NULL else self.data[end - length : end]
            for length, end in zip(self.lengths.tolist(), self.ends.tolist(), strict=True)
        ]

    def pieces(self) -> list[bytes | None]:
        """All texts."""
        found = self.different()
        return found if self.numbers is None else [found[place] for place in self.numbers.tolist()]

    def places(self, found: Integers) -> Integers:
        """Where some of the texts that are told apart are, ascending as they are."""
        return found if self.numbers is None else np.flatnonzero(np.isin(self.numbers, found))

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.data) + self.ends.nbytes * 2 + (0 if self.numbers is None else self.numbers.nbytes)


def text_column(data: bytes, lengths: Integers, numbers: Integers | None = None) -> TextColumn:
    """Texts by their lengths; raises Damaged where those do not fit."""
    ends = np.cumsum(np.maximum(lengths, 0), dtype=np.int64)
    if len(data) != (ends[-1] if len(ends) else 0):
        raise Damaged("a part of it has another length")
    return TextColumn(data, lengths, ends, numbers)


def read_texts(data: bytes, count: int) -> TextColumn:
    """The column; raises Damaged."""
    if len(data) < _TEXTS.size:
        raise Damaged("a part of it has another length")
    form, of_numbers, of_lengths = _TEXTS.unpack_from(data)
    at = _TEXTS.size
    view = memoryview(data)
    if form == _PLAIN:
        lengths = read_integers(view[at : at + of_lengths], count)
        return text_column(data[at + of_lengths :], lengths)
    numbers = read_integers(view[at : at + of_numbers], count)
    different = int(numbers.max(initial=-1)) + 1
    at += of_numbers
    lengths = read_integers(view[at : at + of_lengths], different)
    return text_column(data[at + of_lengths :], lengths, numbers)
