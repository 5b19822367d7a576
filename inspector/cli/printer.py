"""Events as lines on a terminal, in a pipe or in a file, written as they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, islice
from shutil import get_terminal_size
from typing import BinaryIO

from rich.cells import cell_len, set_cell_size

from inspector.exchange import csv, jsonl
from inspector.exchange.cells import Cell
from inspector.exchange.selection import Event

MEASURED = 100
"""Events by which the widths of columns are chosen."""
WIDEST = {"time": 30, "channel": 28, "type": 28, "from": 24, "key": 28}
OTHERS = 40
"""Characters of columns at most; what is longer is cut, but in the last one in a pipe."""
GAP = "  "


class Table:
    """Columns under their names; nothing in a cell can change how the terminal behaves."""

    def __init__(self, file: BinaryIO, cells: Mapping[str, Cell]) -> None:
        self._file, self._cells = file, cells
        self._widths: list[int] = []
        self._whole = get_terminal_size().columns if file.isatty() else None

    def put(self, events: Iterable[Event]) -> None:
        """Write some more."""
        rows = ([_shown(cell(event)) for cell in self._cells.values()] for event in events)
        first = list(islice(rows, 0 if self._widths else MEASURED))
        if first and not self._widths:
            self._measure(first)
            self._line([name.capitalize() for name in self._cells])
        for row in chain(first, rows):
            self._line(row)
        self._file.flush()

    def _measure(self, rows: list[list[str]]) -> None:
        for place, name in enumerate(self._cells):
            longest = max(len(name), *(cell_len(row[place]) for row in rows))
            self._widths.append(min(longest, WIDEST.get(name, OTHERS)))

    def _line(self, row: list[str]) -> None:
        *cells, last = row
        padded = [_cut(text, width) for text, width in zip(cells, self._widths, strict=False)]
        line = GAP.join([*padded, last]).rstrip()
        if self._whole is not None and cell_len(line) > self._whole:
            line = _cut(line, self._whole)
        self._file.write(f"{line}\n".encode("utf-8", "replace"))


class Lines:
    """Lines of JSON, with what decoders make of values."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def put(self, events: Iterable[Event]) -> None:
        """Write some more."""
        jsonl.write(events, self._file, decoded=True)
        self._file.flush()


class Commas:
    """CSV, the names of its columns first."""

    def __init__(self, file: BinaryIO, cells: Mapping[str, Cell]) -> None:
        self._file, self._cells = file, cells
        file.write(csv.line(cells))

    def put(self, events: Iterable[Event]) -> None:
        """Write some more."""
        for event in events:
            self._file.write(csv.line(cell(event) for cell in self._cells.values()))
        self._file.flush()


def _shown(text: str | None) -> str:
    if text is None:
        return ""
    return text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)


def _cut(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return f"{set_cell_size(text, width - 1)}…"
