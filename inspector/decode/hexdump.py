"""Bytes in rows of hex and text, only those that are looked at."""

from __future__ import annotations

from msgspec import Struct

WIDTH = 16
"""Bytes a line."""


class HexLine(Struct, frozen=True):
    """Up to 16 bytes."""

    offset: int
    hex: str
    """Two digits each, a wider gap after the eighth; as wide as a full line."""
    text: str
    """A dot for what is not printable ASCII."""


def line_count(data: bytes) -> int:
    """How many lines all of it takes."""
    return -(-len(data) // WIDTH)


def lines(data: bytes, first: int = 0, count: int | None = None) -> list[HexLine]:
    """Lines from number `first` on; work is done for these alone."""
    last = line_count(data) if count is None else min(first + count, line_count(data))
    return [_line(data, number * WIDTH) for number in range(max(first, 0), last)]


def _line(data: bytes, offset: int) -> HexLine:
    piece = data[offset : offset + WIDTH]
    half = WIDTH // 2
    left, right = piece[:half].hex(" "), piece[half:].hex(" ")
    text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece)
    return HexLine(offset, f"{left:<{3 * half}} {right}".ljust(6 * half), text)
