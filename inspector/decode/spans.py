"""Where in the bytes of a value one of its fields lies: JSON, MessagePack and guessed Protobuf."""

from __future__ import annotations

import re
from collections.abc import Sequence

import orjson

from inspector.decode.framed import HEADER
from inspector.decode.proto_wire import SIZED
from inspector.decode.proto_wire import spans as fields

Step = str | int
Span = tuple[int, int]
"""First byte and the one behind the last."""
MOST_BYTES = 4 << 20
"""Of a larger value nothing is looked for."""
TOKEN = re.compile(rb'\s*(?:("(?:[^"\\]|\\.)*")|([{}\[\],:])|([^\s{}\[\],:"]+))', re.DOTALL)
WORD, SIGN = 1, 2


def span(data: bytes, encoding: str, steps: Sequence[Step]) -> Span | None:
    """The bytes of the field that names and positions lead to; None where that is not known."""
    if len(data) > MOST_BYTES:
        return None
    try:
        if encoding == "MessagePack":
            return _packed(data, steps)
        if encoding == "Protobuf (a guess)":
            return _wire(data, steps)
        if encoding.startswith(("JSON", "CloudEvents")):
            begin = HEADER if " with schema " in encoding else 0
            return _json(data, begin, steps)
    except (IndexError, ValueError):
        return None
    return None


def _json(data: bytes, at: int, steps: Sequence[Step]) -> Span | None:
    for step in steps:
        found = None
        opening, at = _token(data, at)
        number = 0
        while data[_begin(data, at)] not in b"}]":
            name: Step = number
            if opening == b"{":
                word, at = _token(data, at)
                name = orjson.loads(word)
                _, at = _token(data, at)
            if name == step:
                found = at  # of names that occur twice the last one counts
            at = _skip(data, at)
            number += 1
            if data[_begin(data, at)] == ord(","):
                _, at = _token(data, at)
        if found is None:
            return None
        at = found
    return _begin(data, at), _skip(data, at)


def _token(data: bytes, at: int) -> tuple[bytes, int]:
    found = TOKEN.match(data, at)
    if found is None:
        raise ValueError
    return found[found.lastindex or 0], found.end()


def _begin(data: bytes, at: int) -> int:
    found = TOKEN.match(data, at)
    if found is None:
        raise ValueError
    return found.start(found.lastindex or 0)


def _skip(data: bytes, at: int) -> int:
    """Where the value ends that begins at a place or behind white space."""
    depth = 0
    while True:
        found = TOKEN.match(data, at)
        if found is None:
            raise ValueError
        at = found.end()
        if found.lastindex == SIGN:
            depth += 1 if found[SIGN] in b"{[" else -1 if found[SIGN] in b"}]" else 0
        if depth == 0:
            return at


def _packed(data: bytes, steps: Sequence[Step]) -> Span | None:
    at = 0
    for step in steps:
        count, is_map, inner = packed_head(data, at)
        at = inner
        found = None
        for number in range(count):
            name: Step = number
            if is_map:
                end = packed_end(data, at)
                name, at = _packed_name(data, at), end
            if name == step:
                found = at
            at = packed_end(data, at)
        if found is None:
            return None
        at = found
    return at, packed_end(data, at)


def packed_head(data: bytes, at: int) -> tuple[int, bool, int]:
    """Entries of an array or a map, whether it is a map, and where the first one is."""
    byte = data[at]
    if 0x80 <= byte <= 0x9F:
        return byte & 0x0F, byte < 0x90, at + 1
    if 0xDC <= byte <= 0xDF:
        width = 2 if byte in (0xDC, 0xDE) else 4
        return int.from_bytes(data[at + 1 : at + 1 + width], "big"), byte >= 0xDE, at + 1 + width
    raise ValueError


def _packed_name(data: bytes, at: int) -> str:
    byte, end = data[at], packed_end(data, at)
    head = 1 if 0xA0 <= byte <= 0xBF else {0xD9: 2, 0xDA: 3, 0xDB: 5}.get(byte, 0)
    return data[at + head : end].decode() if head else ""


def packed_end(data: bytes, at: int) -> int:
    """Where a MessagePack value ends (https://github.com/msgpack/msgpack/blob/master/spec.md)."""
    left = 1
    while left:
        left -= 1
        byte = data[at]
        if 0x80 <= byte <= 0x9F or 0xDC <= byte <= 0xDF:
            count, is_map, at = packed_head(data, at)
            left += 2 * count if is_map else count
        elif 0xA0 <= byte <= 0xBF:
            at += 1 + (byte & 0x1F)
        elif byte in _SIZED:
            width, more = _SIZED[byte]
            at += 1 + width + more + int.from_bytes(data[at + 1 : at + 1 + width], "big")
        else:
            at += 1 + _PLAIN.get(byte, 0)
    return at


_SIZED = {
    0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0), 0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1),
    0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0),
}  # fmt: skip
"""Bytes of the length, and others before the content: binary, extensions and text."""
_PLAIN = {
    0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
    0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17,
}  # fmt: skip
"""Bytes behind the first: numbers and extensions of a fixed size."""


def _wire(data: bytes, steps: Sequence[Step]) -> Span | None:
    begin, end = 0, len(data)
    shown = begin, end
    left = list(steps)
    while left:
        wanted = [each for each in fields(data[begin:end]) if str(each[0]) == left[0]]
        left.pop(0)
        place = 0
        if len(wanted) > 1:
            if not left or not isinstance(left[0], int):
                return (begin + wanted[0][2], begin + wanted[-1][4]) if not left else None
            place = left.pop(0)  # type: ignore[assignment]
        _, kind, first, content, last = wanted[place]
        shown = begin + first, begin + last
        if left and kind != SIZED:
            return None
        begin, end = begin + content, begin + last
    return shown
