"""Which short runs of letters occur where in a block, so that a search opens only what may hold its words.

Each byte is one of 64 classes (`CLASSES`), letters of ASCII as in lower case. What is told apart are groups:
the frames of values, keys, and columns of headers. Runs of three letters are listed with the groups that
have them. Runs of five are told by hash, in a table of bits for the frames and one for each larger column,
in slices that are read alone: Bloom filters with one hash (Bloom, Space/time trade-offs in hash coding with
allowable errors, 1970).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from inspector.store.packing import Damaged, Integers, integers, pack, read_integers

SHORT, LONG = 3, 5
"""Letters of a run."""
SLICE = 2048
"""Bytes of a slice of a table."""
GROUPS_MOST = 64
_BITS = 21
"""A table of one group has at most two to the power of this buckets, that of all frames a 16th."""
_FULL, _FULL_ALONE = 0.15, 0.1
"""How full a table is at least, unless it is small: that of all frames, and that of one column, which
is longer than a frame, so that to look through it for nothing costs more."""
_AT_ONCE = 32 << 10
"""Bytes that are looked at together: all that is made of them stays near the processor."""
_LARGE = 16 << 10
"""Bytes from which a column has a table of its own."""

Bits = NDArray[np.bool_]
Codes = NDArray[np.uint32]


_KNOWN = b"abcdefghijklmnopqrstuvwxyz0123456789" + b' -_.:/",{}[]()=+@#&\\;'
CLASSES = bytes(
    _KNOWN.index(letter) if letter in _KNOWN else len(_KNOWN) + byte % (64 - len(_KNOWN))
    for byte in range(256)
    for letter in bytes([byte]).lower()
)
"""The class of each byte: those of `_KNOWN` have one of their own."""


class Table(Struct, array_like=True):
    """Where the bits of runs of five letters lie for some groups: one, or those of all frames."""

    groups: int
    """As a mask."""
    width: int
    """Bytes of a bucket, with a bit for each frame; 0 where it is one bit."""
    bits: int
    """There are two to the power of this buckets."""
    part: int
    """The kind of the part that is its first slice."""

    def slice(self, hashed: int) -> int:
        """The kind of the part that has the bits of a run."""
        return self.part + self._at(hashed) // SLICE

    def bit(self, hashed: int, data: bytes) -> int:
        """Which of the groups may have a run, as a mask, by that part; raises Damaged."""
        at = self._at(hashed) % SLICE
        if at + max(self.width, 1) > len(data):
            raise Damaged("a part of its index has another length")
        if self.width:
            return int.from_bytes(data[at : at + self.width], "little")
        return self.groups if data[at] >> (hashed >> (32 - self.bits) & 7) & 1 else 0

    def _at(self, hashed: int) -> int:
        bucket = hashed >> (32 - self.bits)
        return bucket * self.width if self.width else bucket >> 3


class _Packed(Struct, array_like=True):
    """The index as it is kept."""

    groups: dict[int, int]
    beyond: int
    odd: int
    tables: list[Table]
    count: int
    codes: bytes
    masks: bytes
    numbers: bytes


class Sought(Struct, frozen=True):
    """Bytes that are looked for, as runs."""

    short: Codes
    long: list[int]


@functools.lru_cache(64)
def sought(wanted: bytes) -> Sought | None:
    """The runs of some bytes; None where they are too short to have any."""
    if len(wanted) < SHORT:
        return None
    two, three = _runs(wanted)
    # From the end on, where numbers differ soonest; then those between, which tell less that is new.
    hashed = _hashed(two, three)[::-1].tolist()
    return Sought(np.unique(three), hashed[::2] + hashed[1::2])


class Grams(Struct):
    """The index of one block."""

    groups: dict[int, int]
    """The number of the group of each part, by its kind."""
    beyond: int
    """Groups that have letters that are no ASCII, as a mask."""
    odd: int
    """Frames that have values other than plain JSON, or letters in them escaped by number, as a mask."""
    tables: list[Table]
    codes: Codes
    numbers: NDArray[Any]
    masks: NDArray[np.uint64]

    def having(self, runs: Sought) -> int:
        """Which groups have all the runs of three letters, as a mask."""
        places = self.codes.searchsorted(runs.short)
        if places[-1] >= len(self.codes) or (self.codes[places] != runs.short).any():
            return 0
        return int(np.bitwise_and.reduce(self.masks[self.numbers[places]]))

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.codes.nbytes + self.numbers.nbytes + self.masks.nbytes + 100 * len(self.groups)


def read_grams(data: bytes) -> Grams:
    """The index of a block; raises Damaged."""
    try:
        packed = _decoder.decode(data)
        codes = read_integers(packed.codes, packed.count).astype(np.uint32)
        numbers = read_integers(packed.numbers, packed.count)
        masks = np.frombuffer(packed.masks, "<u8")
    except (msgspec.MsgspecError, ValueError) as error:
        raise Damaged("its index cannot be read") from error
    if numbers.max(initial=-1) >= len(masks) or numbers.min(initial=0) < 0:
        raise Damaged("its index cannot be read")
    small = numbers.astype(np.uint8 if len(masks) <= 1 << 8 else np.uint32)
    return Grams(packed.groups, packed.beyond, packed.odd, packed.tables, codes, small, masks)


_decoder = msgspec.msgpack.Decoder(_Packed)


def grams(
    frames: Sequence[tuple[int, bytes]],
    columns: Sequence[tuple[int, bytes]],
    odd: Sequence[bool],
    kinds: range,
) -> tuple[bytes, dict[int, bytes]]:
    """The index of a block, and the slices of its tables by their kinds, which are among `kinds`; blobs.

    `frames` and `columns` (keys and headers): the bytes of texts one after the other, by the kind of their
    part. `odd`: which frames have values that are no plain JSON. There may be at most `GROUPS_MOST` - 2
    frames; columns for which no group is left share the last.
    """
    groups = [data for _, data in frames]
    numbers = {kind: number for number, (kind, _) in enumerate(frames)}
    rest: list[bytes] = []
    for kind, data in sorted(columns, key=lambda column: -len(column[1])):
        numbers[kind] = min(len(groups), GROUPS_MOST - 1)
        if len(groups) < GROUPS_MOST - 1:
            groups.append(data)
        else:
            rest.append(data)
    if rest:
        groups.append(b"\n".join(rest))
    short = []
    framed: list[Bits] = []
    alone: list[tuple[int, Bits]] = []
    for number, data in enumerate(groups):
        bits = _BITS - 4 if number < len(frames) else _BITS if len(data) >= _LARGE else 0
        found, table = _found(data, bits)
        short.append(found)
        if number < len(frames):
            framed.append(table)
        elif bits:
            alone.append((1 << number, _folded(table[None], _FULL_ALONE)))
    tables: list[Table] = []
    slices: dict[int, bytes] = {}
    for mask, width, laid in _packed(framed, alone):
        at, needed = kinds.start + len(slices), -(-len(laid.data) // SLICE)
        if at + needed <= kinds.stop:
            tables.append(Table(mask, width, laid.bits, at))
            slices.update(
                (at + n, pack(laid.data[n * SLICE : (n + 1) * SLICE], compress=False)) for n in range(needed)
            )
    codes, masks, which = _listed(short)
    index = _Packed(
        numbers,
        sum((not data.isascii()) << number for number, data in enumerate(groups)),
        sum(each << number for number, each in enumerate(odd)),
        tables, len(codes), integers(codes, differences=True), masks.astype("<u8").tobytes(), integers(which),
    )  # fmt: skip
    return pack(msgspec.msgpack.encode(index)), slices


class _Laid(Struct):
    bits: int
    data: bytes


def _packed(framed: list[Bits], alone: list[tuple[int, Bits]]) -> Iterator[tuple[int, int, _Laid]]:
    """Tables as bytes, with their groups and the bytes of a bucket."""
    if framed:
        table = _folded(np.array(framed), _FULL)
        width = 1 << max(len(framed) - 1, 7).bit_length() - 3
        wide = np.zeros((table.shape[1], width * 8), np.bool_)
        wide[:, : len(framed)] = table.T
        yield (1 << len(framed)) - 1, width, _laid(table, wide)
    for mask, table in alone:
        yield mask, 0, _laid(table, table)


def _laid(table: Bits, bits: Bits) -> _Laid:
    return _Laid(table.shape[1].bit_length() - 1, np.packbits(bits, bitorder="little").tobytes())


def _runs(data: bytes) -> tuple[Codes, Codes]:
    """Runs of two and of three letters by their first one."""
    letters = np.frombuffer(data.translate(CLASSES), np.uint8).astype(np.uint32)
    two = letters[:-1] << np.uint32(6) | letters[1:]
    return two, two[:-1] << np.uint32(6) | letters[2:]


def _hashed(two: Codes, three: Codes) -> Codes:
    """Runs of five letters as numbers of 32 bits (Knuth, The Art of Computer Programming, 6.4)."""
    return (three[:-2] << np.uint32(12) | two[3:]) * np.uint32(0x9E3779B1)


def _found(data: bytes, bits: int) -> tuple[Integers, Bits]:
    """The runs of three letters that occur, and a table of those of five."""
    there, table = np.zeros(1 << 18, np.bool_), np.zeros(1 << bits, np.bool_)
    for start in range(0, len(data), _AT_ONCE):
        two, three = _runs(data[start : start + _AT_ONCE + LONG - 1])
        there[three.astype(np.intp)] = True  # other integers are converted one by one
        if bits:
            table[(_hashed(two, three) >> np.uint32(32 - bits)).astype(np.intp)] = True
    return np.flatnonzero(there), table


def _folded(tables: Bits, full: float) -> Bits:
    """Tables of groups by buckets, halved until they are full enough."""
    while tables.shape[1] > 256 and np.count_nonzero(tables) < full * tables.size:
        tables = tables.view(np.uint16) != 0
    return tables


def _listed(
    short: Sequence[Integers],
) -> tuple[Integers, NDArray[np.uint64], Integers]:
    """The runs of three letters, different masks of groups, and which of these each run has."""
    present = np.zeros(1 << 18, np.bool_)
    for each in short:
        present[each] = True
    codes = np.flatnonzero(present)
    masks = np.zeros(len(codes), np.uint64)
    for number, each in enumerate(short):
        masks[np.searchsorted(codes, each)] |= np.uint64(1 << number)
    different, numbers = np.unique(masks, return_inverse=True)
    return codes, different, numbers.astype(np.int64)
