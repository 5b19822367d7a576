"""Lists of events in another order than that of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.events import columns, order
from gui.events.details import told
from gui.events.masked import masked
from gui.events.order import Rows
from inspector.decode.sight import Sight
from inspector.errors import CaptureError
from inspector.store.reader import CaptureReader

MOST_READ = 50_000
"""Rows that are read, one by one, to sort by what the capture has no column for."""
QUICK = ("timestamp_ns",)
COMPARED = 200
"""Bytes of a value by which values are sorted."""

Read = Callable[[CaptureReader, int], Any]
"""What one row is sorted by, of a sort that has an order; None stands last."""


@dataclass(frozen=True)
class Sorting:
    """The column that a list is sorted by, and which way."""

    column: str = "time"
    by: tuple[str, ...] = QUICK
    """Columns of the capture; none where rows have to be read."""
    down: bool = True
    read: Read | None = None

    @property
    def by_time(self) -> bool:
        """Whether the order is that of time, up or down."""
        return self.by == QUICK


NEWEST_FIRST = ("time", "date", "age", "size", "offset", "row")
"""Columns that go down when they are first sorted by."""
UNSORTED = ("marks", "delta")
"""Columns that say nothing by which to sort."""


def sorting(key: str, now: Sorting, sight: Sight) -> Sorting:
    """By a column, the other way round where the list is sorted by it already."""
    column = columns.column(key)
    if column is None or key in UNSORTED:
        return now
    down = not now.down if key == now.column else key in NEWEST_FIRST
    return Sorting(key, column.by, down, None if column.by else partial(_read, key, sight))


def why_not(sorting: Sorting, count: int) -> str:
    """Why so many rows cannot be sorted so, in a sentence; empty where they can."""
    if sorting.read is None or count <= MOST_READ:
        return ""
    return (
        f"Sorting by this column reads every event: {MOST_READ:,} at the most, and {count:,} were found. "
        "Narrow the search first."
    )


def _read(key: str, sight: Sight, reader: CaptureReader, row: int) -> Any:
    try:
        record, traits = masked(reader, row, sight)
    except CaptureError:
        return None
    if key == "key":
        return None if record.key is None else record.key.decode("utf-8", "replace")
    if key == "value":
        return None if record.value is None else record.value[:COMPARED].decode("utf-8", "replace")
    return told(record, traits, key, sight).key


def sorted_rows(reader: CaptureReader, in_time: Rows, sorting: Sorting) -> Rows:
    """Rows in order, the first one first where it goes up; `why_not` tells whether they are too many."""
    if sorting.by_time or not len(in_time):
        return in_time
    if sorting.by == ("row",):
        return np.sort(in_time)
    if sorting.by:
        found = reader.columns(in_time, *sorting.by)
        return order.by_keys(
            in_time, *(_ordered(reader, name, found[name], sorting.down) for name in sorting.by)
        )
    read = sorting.read
    assert read is not None
    keyed = [(read(reader, row), at) for at, row in enumerate(in_time.tolist())]
    keyed.sort(key=lambda pair: ((pair[0] is None) != sorting.down, _ranked(pair[0]), pair[1]))
    ordered: Rows = in_time[[at for _key, at in keyed]]
    return ordered


def _ordered(reader: CaptureReader, name: str, column: NDArray[Any], down: bool) -> NDArray[Any]:
    """A column by whose numbers rows can be sorted: names by their letters, those without one last."""
    match name:
        case "channel":
            words = [(each.name.casefold(), str(each)) for each in reader.channels()]
        case "type":
            words = [(each.casefold(), each) for each in reader.types()]
        case "sender":
            words = [(each.value.casefold(), each.kind) for each in reader.senders()]
        case _:
            return column
    rank = np.full(len(words) + 1, -1 if down else len(words), np.int64)
    rank[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return rank[np.where((column < 0) | (column >= len(words)), -1, column)]


def _ranked(key: Any) -> tuple[int, float, str]:
    """Numbers before texts, each among themselves."""
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        return (0, float(key), "")
    return (1, 0.0, "" if key is None else str(key).casefold())
