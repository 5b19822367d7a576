"""MessagePack and CBOR changed in place.

https://github.com/msgpack/msgpack/blob/master/spec.md; CBOR is RFC 8949.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cbor2
import msgspec

from inspector.decode.binary import CBOR_MAGIC
from inspector.decode.spans import packed_end, packed_head
from inspector.encode.misfit import Misfit
from inspector.encode.splice import Entry, Piece, Place

_MAP, _INDEFINITE = 5, 31
_BREAK = 0xFF
_TAG = 6
_REFERRING = frozenset({25, 28, 29, 256})
"""CBOR tags by which a value stands for another one (stringref and value sharing of the IANA registry)."""


class _Counted:
    """What both formats have in common: entries lie behind a head that counts them, with nothing between."""

    def encode(self, value: Any) -> bytes:
        raise NotImplementedError

    def head(self, count: int, named: bool) -> bytes:
        """Before so many entries."""
        raise NotImplementedError

    def named(self, data: bytes, name: Any, value: bytes) -> bytes:
        """Name and value."""
        return self.encode(name) + value

    def whole(
        self, data: bytes, place: Place, entries: Sequence[Entry], pieces: Sequence[Piece], named: bool
    ) -> bytes:
        """The head as it was where the count is the same."""
        if len(pieces) == len(entries) and entries:
            head = data[place[0] : entries[0].begin]
        else:
            head = self.head(len(pieces), named)
        return head + b"".join(piece.data for piece in pieces)


class MessagePack(_Counted):
    """Maps and arrays of MessagePack."""

    def extent(self, data: bytes) -> Place:
        """All of it."""
        return 0, len(data)

    def entries(self, data: bytes, at: int) -> tuple[list[Entry], int]:
        """Of a map or an array."""
        count, named, at = packed_head(data, at)
        found = []
        for _ in range(count):
            value = packed_end(data, at) if named else at
            end = packed_end(data, value)
            found.append(Entry(msgspec.msgpack.decode(data[at:value]) if named else None, at, value, end))
            at = end
        return found, at

    def encode(self, value: Any) -> bytes:
        """Raises ValueError for an integer beyond 64 bits, and for what MessagePack has nothing for."""
        try:
            return msgspec.msgpack.encode(value)
        except (TypeError, OverflowError) as error:
            raise ValueError(str(error)) from error

    def head(self, count: int, named: bool) -> bytes:
        """The shortest."""
        if count < 16:
            return bytes([(0x80 if named else 0x90) | count])
        if count < 1 << 16:
            return bytes([0xDE if named else 0xDC]) + count.to_bytes(2, "big")
        return bytes([0xDF if named else 0xDD]) + count.to_bytes(4, "big")


class Cbor(_Counted):
    """Maps and arrays of CBOR."""

    def extent(self, data: bytes) -> Place:
        """Without the tag that says CBOR. Raises `Misfit` where values of it stand for each other."""
        begin = len(CBOR_MAGIC) if data.startswith(CBOR_MAGIC) else 0
        return begin, _cbor_end(data, begin)

    def entries(self, data: bytes, at: int) -> tuple[list[Entry], int]:
        """Of a map or an array, counted or ended by a break."""
        major, count, at = _cbor_head(data, at)
        named = major == _MAP
        found: list[Entry] = []
        while len(found) < count if count >= 0 else data[at] != _BREAK:
            value = _cbor_end(data, at) if named else at
            end = _cbor_end(data, value)
            found.append(Entry(cbor2.loads(data[at:value]) if named else None, at, value, end))
            at = end
        return found, at + (count < 0)

    def whole(
        self, data: bytes, place: Place, entries: Sequence[Entry], pieces: Sequence[Piece], named: bool
    ) -> bytes:
        """What was ended by a break is still ended by one."""
        if data[place[0]] & 0x1F == _INDEFINITE:
            return data[place[0] : place[0] + 1] + b"".join(piece.data for piece in pieces) + bytes([_BREAK])
        return super().whole(data, place, entries, pieces, named)

    def encode(self, value: Any) -> bytes:
        """Raises ValueError for what CBOR has nothing for."""
        try:
            return cbor2.dumps(value)
        except cbor2.CBOREncodeError as error:
            raise ValueError(str(error)) from error

    def head(self, count: int, named: bool) -> bytes:
        """The shortest."""
        major = (_MAP if named else 4) << 5
        if count < 24:
            return bytes([major | count])
        width = next(width for width in (0, 1, 2, 3) if count < 1 << (8 << width))
        return bytes([major | 24 + width]) + count.to_bytes(1 << width, "big")


MESSAGE_PACK, CBOR = MessagePack(), Cbor()


def _cbor_head(data: bytes, at: int) -> tuple[int, int, int]:
    """The major type, its argument (-1 for an indefinite length) and where the content begins."""
    major, more = data[at] >> 5, data[at] & 0x1F
    at += 1
    if more < 24:
        return major, more, at
    if more == _INDEFINITE:
        return major, -1, at
    width = 1 << (more - 24)
    return major, int.from_bytes(data[at : at + width], "big"), at + width


def _cbor_end(data: bytes, at: int) -> int:
    """Where an item ends. Raises `Misfit` for one that stands for another."""
    left = [1]
    """Items still to come on each level; -1 for up to a break."""
    while left:
        if left[-1] == 0 or (left[-1] < 0 and data[at] == _BREAK):
            at += left.pop() < 0
            continue
        left[-1] -= left[-1] > 0
        major, argument, at = _cbor_head(data, at)
        if major == _TAG and argument in _REFERRING:
            raise Misfit("parts of it stand for other parts, so that it cannot be changed in place")
        if major in (2, 3) and argument >= 0:
            at += argument
        elif major in (2, 3, 4):
            left.append(argument)
        elif major == _MAP:
            left.append(2 * argument if argument >= 0 else -1)
        elif major == _TAG:
            left.append(1)
    return at
