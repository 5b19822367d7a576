"""Keys, values and headers of rows that are asked for one after the other, read many at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from inspector.errors import CaptureError
from inspector.store.blocks import StoredBlock
from inspector.store.reader import CaptureReader, Rows

MOST = 1_024
"""Rows that are read at a time."""
Look = Callable[[StoredBlock, Rows], Sequence[Any]]


class Ahead:
    """Reads on where rows are asked for in their order; one that is asked for by itself is read alone."""

    def __init__(self, reader: CaptureReader, rows: Rows) -> None:
        self._reader = reader
        self._rows = np.sort(rows)
        self._ends = [each.stop for each in reader.by_block(self._rows)]
        self._looks: dict[str, Look] = {
            "key": lambda block, places: [*map(block.keys().piece, places.tolist())],
            "value": lambda block, places: block.values(places),
            "headers": lambda block, places: block.headers_of(places, reader.names["shape"]),
        }
        self._known: dict[str, tuple[int, Sequence[Any]]] = dict.fromkeys(self._looks, (0, ()))
        """For each, from which place on what is known."""

    def get(self, name: str, row: int) -> Any:
        """The `key`, `value` or `headers` of one of the rows. Raises CaptureError."""
        at = int(np.searchsorted(self._rows, row))
        first, known = self._known[name]
        if not first <= at < first + len(known):
            # Read on after what is known, and where it begins.
            follows = at == first + len(known)
            first, known = at, self._read(name, at, MOST if follows else 1)
            self._known[name] = first, known
        return known[at - first]

    def _read(self, name: str, at: int, count: int) -> Sequence[Any]:
        end = min(self._ends[bisect_right(self._ends, at)], at + count)
        try:
            return self._reader.of_block(self._rows[at:end], self._looks[name])
        except CaptureError:
            if end - at == 1:
                raise
            return self._read(name, at, 1)
