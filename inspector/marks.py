"""Numbers of texts: what has another one is another text, and what has the same one is to be compared."""

from __future__ import annotations

import numpy as np

from inspector.pieces import Integers, Pieces

FACTOR = 0x9E37_79B9_7F4A_7C15
"""2 to the 64th over the golden ratio, odd (Knuth, The Art of Computer Programming, 6.4)."""
_ALL = 0xFFFF_FFFF_FFFF_FFFF


def mark(text: bytes) -> int:
    """The number by which a key or id is looked for before it is compared, upper and lower case alike.

    The length, and then each 8 bytes (little endian, zeros after the last), are taken into 64 bits by
    exclusive or and a multiplication with `FACTOR`; the upper half of those is the mark. None has 0.
    """
    text = text.lower() if text.isascii() else text.decode("utf-8", "replace").casefold().encode()
    made = len(text)
    for at in range(0, len(text), 8):
        made = (made ^ int.from_bytes(text[at : at + 8], "little")) * FACTOR & _ALL
    return made >> 32


def marks(column: Pieces) -> Integers:
    """The marks of keys or ids; 0 for null."""
    made = np.zeros(len(column), np.int64)
    for places, rows in column.by_length():
        count, length = rows.shape
        data = rows.tobytes()
        words = np.zeros((count, -(-length // 8) * 8), np.uint8)
        words[:, :length] = np.frombuffer(data.lower(), np.uint8).reshape(count, length)
        state = np.full(count, length, np.uint64)
        for word in words.view("<u8").T:
            state = (state ^ word) * np.uint64(FACTOR)
        made[places] = state >> np.uint64(32)
        if not data.isascii():
            other = np.flatnonzero((rows > 0x7F).any(axis=1))
            made[places[other]] = [mark(rows[row].tobytes()) for row in other.tolist()]
    return made


def lot(text: bytes) -> int:
    """A number of 32 bits that each byte of a text changes anywhere: what a share of all texts is drawn by.

    In a mark the lower bits do not depend on the last bytes.
    """
    return (mark(text) * FACTOR & _ALL) >> 32


def lots(column: Pieces) -> Integers:
    """`lot` of each; 0 for null."""
    return (marks(column).view(np.uint64) * np.uint64(FACTOR) >> np.uint64(32)).view(np.int64)
