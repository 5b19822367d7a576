"""Protobuf without its schema: what the wire alone tells, which is a guess.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from typing import Any

from inspector.decode.base import About, Declined, Inside, Reading
from inspector.decode.preview import readable

MOST_BYTES = 1 << 20
MOST_FIELDS = 20_000
MOST_DEEP = 20
HIGHEST_FIELD = 5_000
"""Field numbers may be larger; bytes that are no message have such numbers far more often."""
VARINT, FIXED64, SIZED, FIXED32 = 0, 1, 2, 5


class WireGuess:
    """Bytes that are laid out as a Protobuf message, its fields by number."""

    name = "Protobuf (a guess)"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """Field numbers with what lies there; several of a number are a list."""
        if len(data) > MOST_BYTES:
            raise Declined(f"it is larger than {MOST_BYTES >> 20} MB, up to which this is tried")
        left = [MOST_FIELDS]
        value = _message(data, left, MOST_DEEP)
        if value is None:
            raise Declined("it is not laid out as fields of a message")
        return Reading(
            value,
            self.name,
            "No schema is known: field numbers are certain, what kind of value lies there is guessed.",
        )


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned varint and where it ends; raises IndexError where the bytes end before, or never end it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError("a number of more than ten bytes")


def spans(data: bytes) -> list[tuple[int, int, int, int, int]]:
    """Number, wire type, start, start of the content and end of each field; raises IndexError."""
    found = []
    at = 0
    while at < len(data):
        begun = at
        tag, at = read_varint(data, at)
        number, kind = tag >> 3, tag & 7
        if not 0 < number <= HIGHEST_FIELD:
            raise IndexError("a field number that is out of range")
        content = at
        if kind == VARINT:
            _, at = read_varint(data, at)
        elif kind == SIZED:
            size, content = read_varint(data, at)
            at = content + size
        elif kind in (FIXED64, FIXED32):
            at += 8 if kind == FIXED64 else 4
        else:
            raise IndexError("a wire type that is not in use")
        if at > len(data):
            raise IndexError("a field that is cut off")
        found.append((number, kind, begun, content, at))
    return found


def _message(data: bytes, left: list[int], deep: int) -> dict[str, Any] | None:
    try:
        fields = spans(data)
    except IndexError:
        return None
    left[0] -= len(fields)
    if left[0] < 0 or not fields:
        return None
    made: dict[str, Any] = {}
    for number, kind, _, content, end in fields:
        value = _guessed(data[content:end], kind, left, deep)
        name = str(number)
        if name not in made:
            made[name] = value
        elif isinstance(made[name], list):
            made[name].append(value)
        else:
            made[name] = [made[name], value]
    return made


def _guessed(data: bytes, kind: int, left: list[int], deep: int) -> Any:
    if kind == VARINT:
        return read_varint(data, 0)[0]
    if kind != SIZED:
        # A double that is no odd one is likelier than a whole number in a fixed field.
        number = struct.unpack("<d" if kind == FIXED64 else "<f", data)[0]
        return number if number == 0 or 1e-9 < abs(number) < 1e15 else int.from_bytes(data, "little")
    text = readable(data)
    if text is not None:
        return text
    inside = _message(data, left, deep - 1) if deep else None
    return data if inside is None else inside
