"""BSON: https://bsonspec.org/spec.html"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from inspector.decode.base import About, Declined, Inside, Reading

MOST_DEEP = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Bson:
    """One document that takes all bytes."""

    name = "BSON"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """Its fields; ids of objects as their hex, times with their zone."""
        if len(data) < 5 or int.from_bytes(data[:4], "little") != len(data) or data[-1] != 0:
            raise Declined("it does not begin with its own length, or does not end with a zero byte")
        try:
            return Reading(_document(data, 0, MOST_DEEP)[0], self.name)
        except (struct.error, IndexError, UnicodeDecodeError, ValueError, OverflowError) as error:
            raise error if isinstance(error, Declined) else Declined("its fields are damaged") from error


def _document(data: bytes, at: int, deep: int) -> tuple[dict[str, Any], int]:
    if not deep:
        raise Declined("it is nested too deeply")
    (size,) = struct.unpack_from("<i", data, at)
    end = at + size - 1
    if size < 5 or end >= len(data) or data[end] != 0:
        raise IndexError
    at += 4
    made: dict[str, Any] = {}
    while at < end:
        kind = data[at]
        name, at = _name(data, at + 1)
        made[name], at = _value(kind, data, at, deep)
    if at != end:
        raise IndexError
    return made, at + 1


def _value(kind: int, data: bytes, at: int, deep: int) -> tuple[Any, int]:
    if kind in _FIXED:
        layout, made = _FIXED[kind]
        return made(struct.unpack_from(layout, data, at)[0]), at + struct.calcsize(layout)
    if kind in _CONSTANT:
        return _CONSTANT[kind], at
    match kind:
        case 0x02 | 0x0D | 0x0E:
            return _text(data, at)
        case 0x03:
            return _document(data, at, deep - 1)
        case 0x04:
            items, at = _document(data, at, deep - 1)
            return list(items.values()), at
        case 0x05:
            return _binary(data, at)
        case 0x0B:
            pattern, at = _name(data, at)
            options, at = _name(data, at)
            return f"/{pattern}/{options}", at
        case 0x0C:
            where, at = _text(data, at)
            return f"{where} {data[at : at + 12].hex()}", at + 12
        case 0x0F:
            code, at = _text(data, at + 4)
            scope, at = _document(data, at, deep - 1)
            return {"code": code, "scope": scope}, at
    raise Declined(f"a field has the type {kind:#04x}, which BSON does not know")


def _name(data: bytes, at: int) -> tuple[str, int]:
    end = data.index(b"\0", at)
    return data[at:end].decode(), end + 1


def _text(data: bytes, at: int) -> tuple[str, int]:
    (size,) = struct.unpack_from("<i", data, at)
    end = at + 4 + size
    if size < 1 or data[end - 1] != 0:
        raise IndexError
    return data[at + 4 : end - 1].decode(), end


def _binary(data: bytes, at: int) -> tuple[Any, int]:
    size, kind = struct.unpack_from("<iB", data, at)
    at += 5
    content = data[at : at + size]
    if size < 0 or len(content) < size:
        raise IndexError
    return str(UUID(bytes=content)) if kind == 4 and size == 16 else content, at + size


def _stamp(number: int) -> str:
    return f"{number >> 32}.{number & 0xFFFFFFFF}"


def _time(milliseconds: int) -> str | int:
    try:
        return (EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")
    except OverflowError:
        return milliseconds


_FIXED: dict[int, tuple[str, Callable[[Any], Any]]] = {
    0x01: ("<d", float),
    0x07: ("12s", bytes.hex),
    0x08: ("?", bool),
    0x09: ("<q", _time),
    0x10: ("<i", int),
    0x11: ("<Q", _stamp),
    0x12: ("<q", int),
    0x13: ("16s", bytes),
}
"""Layout by type: double, ObjectId, boolean, UTC time, int32, timestamp, int64, decimal128."""
_CONSTANT = {0x06: None, 0x0A: None, 0xFF: "MinKey", 0x7F: "MaxKey"}
