"""Columns of all rows in memory, each loaded block by block when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspector.store.packing import Integers

KINDS = {
    "channel": "<i4",
    "partition": "<i4",
    "offset": "<i8",
    "timestamp_ns": "<i8",
    "size": "<i8",
    "type": "<i4",
    "sender": "<i4",
    "key": "<u4",
    "event": "<u4",
    "parent": "<u4",
    "flow": "<u4",
    "flags": "<u1",
    "producer_id": "<i8",
    "producer_epoch": "<i2",
    "sequence": "<i4",
    "codec": "<i2",
    "convention": "<i4",
    "shape": "<i4",
    "keys": "<i4",
    "bodies": "<i4",
}
"""The columns of a block, as they are kept."""

Load = Callable[[str, list[int]], Iterable[tuple[int, Integers]]]
"""A column of the blocks that begin at some rows, each with that row."""


class RowColumns:
    """Columns by row number. Views that were handed out stay as they are: rows never change."""

    def __init__(self, load: Load) -> None:
        self.first_row = 0
        self.end_row = 0
        self._load = load
        self._base = 0
        self._arrays: dict[str, NDArray[Any]] = {}
        self._loaded: dict[str, set[int]] = {}

    def begin(self, row: int) -> None:
        """Rows before `row` exist no more."""
        self.first_row = row
        self.end_row = max(self.end_row, row)
        if row - self._base > 2 * max(self.end_row - row, 4096):
            cut = row - self._base
            self._arrays = {name: array[cut:].copy() for name, array in self._arrays.items()}
            self._base = row
        for loaded in self._loaded.values():
            loaded.difference_update([start for start in loaded if start < row])

    def grow(self, end: int) -> None:
        """There are rows up to before `end`."""
        self.end_row = end

    def changed(self, start: int) -> None:
        """The block that begins at a row is another now, with more rows."""
        for loaded in self._loaded.values():
            loaded.discard(start)

    def view(self, name: str, start: int, stop: int, starts: list[int]) -> NDArray[Any]:
        """One column of the rows from `start` to before `stop`, in the blocks that begin at `starts`."""
        loaded = self._loaded.setdefault(name, set())
        missing = [first for first in starts if first not in loaded]
        loaded.update(missing)  # before they are loaded: that may find that a block is another by now
        for first, column in self._load(name, missing):
            if first >= self._base:
                self._room(name)[first - self._base : first - self._base + len(column)] = column
        found = self._room(name)[max(start - self._base, 0) : stop - self._base]
        if len(found) < stop - start:  # the oldest rows were deleted meanwhile
            return np.concatenate((np.zeros(stop - start - len(found), found.dtype), found))
        return found

    def _room(self, name: str) -> NDArray[Any]:
        array = self._arrays.get(name)
        size = self.end_row - self._base
        if array is None or len(array) < size:
            grown = np.empty(max(size + size // 4, 4096), KINDS[name])
            if array is not None:
                grown[: len(array)] = array
            array = self._arrays[name] = grown
        return array
