"""The columns of all rows in memory, by which rows are selected without opening a block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inspector.store.block import COLUMNS, Columns

RESIDENT = ("channel", "partition", "offset", "timestamp_ns", "type", "sender", "event")
"""36 bytes a row."""
DAMAGED = -1
"""The channel of a row that cannot be read."""


class RowColumns:
    """Columns by row number, that grow at the end and may be cut at the beginning.

    Views that were handed out stay as they are: rows never change, and growing makes new arrays.
    """

    def __init__(self) -> None:
        self.first_row = 0
        self.end_row = 0
        self._base = 0
        self._arrays: Columns = {name: np.empty(0, COLUMNS[name]) for name in RESIDENT}

    def begin(self, row: int) -> None:
        """Rows before `row` exist no more."""
        self.first_row = row
        self.end_row = max(self.end_row, row)
        if row - self._base > 2 * max(self.end_row - row, 4096):
            size = self.end_row - row
            cut = max(row - self._base, 0)
            self._arrays = {name: array[cut : cut + size].copy() for name, array in self._arrays.items()}
            self._base = row

    def extend(self, columns: Columns) -> None:
        """Add rows at the end; those of `columns` that are not resident are passed over."""
        start = self.end_row - self._base
        stop = start + len(columns["channel"])
        if stop > len(self._arrays["channel"]):
            room = max(2 * stop, 4096)
            self._arrays = {name: _grown(array[:start], room) for name, array in self._arrays.items()}
        for name, array in self._arrays.items():
            array[start:stop] = columns[name]
        self.end_row = self._base + stop

    def extend_damaged(self, count: int, timestamp_ns: int) -> None:
        """Add rows that cannot be read."""
        columns: Columns = {name: np.zeros(count, COLUMNS[name]) for name in RESIDENT}
        for name in ("channel", "type", "sender"):
            columns[name][:] = DAMAGED
        columns["timestamp_ns"][:] = timestamp_ns
        self.extend(columns)

    def view(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """One column of the rows from `start` to before `stop`, which must exist."""
        return self._arrays[name][start - self._base : stop - self._base]


def _grown(array: NDArray[Any], room: int) -> NDArray[Any]:
    grown = np.empty(room, array.dtype)
    grown[: len(array)] = array
    return grown
