"""A file of messages that is only ever added to: what a crash cut short at its end is told from damage.

Each message has its length and its CRC-32 (both four bytes, little end first) before it.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import BinaryIO
from zlib import crc32

from inspector.errors import InspectorError, ReplayRefused

MAGIC = b"eventscope-run/1\n"
LOOKS, LOOK_S = 5, 0.02
"""Somebody who only asks whether it is held holds it for a moment."""
_HEAD = struct.Struct("<II")


class Appended:
    """A file that this process alone adds to, until it is closed."""

    def __init__(self, path: Path) -> None:
        """Make it, or go on behind its last whole message; raises ReplayRefused and OSError."""
        self.path = path
        self._file: BinaryIO = path.open("ab")
        try:
            _hold(self._file)
            if self._file.tell() == 0:
                self._file.write(MAGIC)
                self.sync()
            else:
                self._file.truncate(whole(path))
        except BaseException:
            self._file.close()
            raise

    def add(self, message: bytes) -> None:
        """Hand a message to the system: it is there whatever becomes of this process."""
        self._file.write(_HEAD.pack(len(message), crc32(message)) + message)
        self._file.flush()

    def sync(self) -> None:
        """Wait until it is there whatever becomes of the computer."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let others add to it."""
        self._file.close()


def messages(path: Path) -> Iterator[bytes]:
    """All whole messages; raises InspectorError where something before the end is damaged."""
    for message, _ in _walk(path):
        yield message


def whole(path: Path) -> int:
    """How many bytes the whole messages take; raises InspectorError for damage."""
    return max((end for _, end in _walk(path)), default=len(MAGIC))


def held(path: Path) -> bool:
    """Whether a process adds to it now."""
    try:
        with path.open("r+b") as file:
            return not _locked(file)
    except OSError:
        return False


def _walk(path: Path) -> Iterator[tuple[bytes, int]]:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(len(MAGIC)) != MAGIC:
            raise InspectorError(f"{path} is no journal of a replay.", "Name another run.")
        end = len(MAGIC)
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, check = _HEAD.unpack(head)
            message = file.read(length)
            if len(message) < length:
                return
            if crc32(message) != check:
                if end + _HEAD.size + length >= size:
                    return
                raise InspectorError(
                    f"{path} is damaged at byte {end}.", "What was sent after that can be told by nobody."
                )
            end += _HEAD.size + length
            yield message, end


def _hold(file: BinaryIO) -> None:
    for _ in range(LOOKS):
        if _locked(file):
            return
        sleep(LOOK_S)
    raise ReplayRefused("This run is going on in another process.", "Wait, or stop it there.")


def _locked(file: BinaryIO) -> bool:
    """Keep others from adding; False where another process does it now."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 40)  # a byte that is never written
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0, os.SEEK_END)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
