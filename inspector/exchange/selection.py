"""Events of a capture that are taken elsewhere, as they may be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from inspector.capture.masks import NO_MASKS, Masks
from inspector.errors import CaptureError, InspectorError
from inspector.record import Record
from inspector.store.reader import CaptureReader, Rows
from inspector.traits import Traits, read


class Event(NamedTuple):
    """A record with what it says of itself."""

    record: Record
    traits: Traits


class Stopped(InspectorError):
    """Somebody ended it before it was done."""


def _never() -> bool:
    return False


class Selection:
    """The events of some rows in their order, without what masks hide; rows that cannot be read are counted.

    Going through it raises Stopped once `stop` says so. One thread at a time.
    """

    def __init__(
        self,
        reader: CaptureReader,
        rows: Iterable[int],
        masks: Masks = NO_MASKS,
        stop: Callable[[], bool] = _never,
    ) -> None:
        self.reader, self.masks = reader, masks
        self._rows, self._stop = rows, stop
        self.taken = 0
        """Events that were handed out."""
        self.unread = 0
        """Rows that are damaged, or were deleted meanwhile."""

    def __iter__(self) -> Iterator[Event]:
        for row in self._rows:
            if self._stop():
                raise Stopped("It was stopped, and nothing was written.")
            try:
                event = seen(self.reader, int(row), self.masks)
            except CaptureError:
                self.unread += 1
                continue
            self.taken += 1
            yield event


def seen(reader: CaptureReader, row: int, masks: Masks) -> Event:
    """The event of a row, without what masks hide. Raises CaptureError."""
    record = reader.record(row)
    shown = masks.record(record)
    return Event(shown, reader.traits(row) if shown is record else read(shown))


def in_time(reader: CaptureReader, rows: Rows) -> Rows:
    """Rows in the order of time, and of writing where that is the same."""
    times = reader.columns(rows, "timestamp_ns")["timestamp_ns"]
    return rows[np.argsort(times, kind="stable")]
