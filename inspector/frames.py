"""Messages over a pipe: four bytes of length, big end first, then the message."""

from __future__ import annotations

import struct
from typing import IO

_LENGTH = struct.Struct(">I")


def write_frame(pipe: IO[bytes], data: bytes) -> None:
    """Write one message; raises `OSError` when nobody reads any more."""
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next message; None at the end, also when the end comes inside a message."""
    try:
        head = pipe.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(head)
        data = pipe.read(length)
    except (OSError, ValueError):  # closed under the reader
        return None
    return data if len(data) == length else None
