"""What the window remembers between two runs: where it was, its theme, and what was opened last."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

import msgspec
import platformdirs
from msgspec import Struct

log = logging.getLogger("eventscope.recent")

MOST = 8
"""Entries that are kept."""


class Recent(Struct, frozen=True):
    """A server or a file that was opened."""

    kind: str
    """`server`, `capture` or `project`."""
    target: str
    """The address without a password, or the path."""
    name: str
    at_ns: int
    note: str = ""
    """What was found, such as `1 runaway`."""


class Memory(Struct):
    """The content of the file."""

    theme: str = "light"
    geometry: str = ""
    """Qt's own description of place and size, in base 64."""
    sizes: dict[str, list[int]] = {}
    utc: bool = False
    notify: bool = True
    """Whether to tell when a loop becomes active or runaway."""
    recent: list[Recent] = []
    folder: str = ""
    """Where a picture was saved last."""


class Remembered:
    """The memory and its file; a file that cannot be read or written costs nothing but the memory."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(platformdirs.user_config_dir("eventscope", appauthor=False)) / "window.json"
        self.memory = self._load()

    def _load(self) -> Memory:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Memory)
        except FileNotFoundError:
            return Memory()
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            log.info("%s cannot be read (%s); beginning afresh", self._path, error)
            return Memory()

    def save(self) -> None:
        """Write the file, or leave the old one as it is."""
        beside = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(msgspec.json.encode(self.memory))
            beside.replace(self._path)
        except OSError as error:
            log.info("%s cannot be written (%s)", self._path, error)
            with contextlib.suppress(OSError):
                beside.unlink()

    def add(self, entry: Recent) -> None:
        """Put an entry first; an older one of the same target goes."""
        others = [old for old in self.memory.recent if (old.kind, old.target) != (entry.kind, entry.target)]
        self.memory.recent = [entry, *others][:MOST]
        self.save()

    def clear(self) -> None:
        """Forget what was opened."""
        self.memory.recent = []
        self.save()
