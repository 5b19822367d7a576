"""Events of a capture that are taken elsewhere, as they may be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from inspector.decode.sight import AS_IT_IS, Sight
from inspector.errors import CaptureError, InspectorError
from inspector.record import Record
from inspector.search.vocabulary import Decode
from inspector.store.reader import CaptureReader, Rows
from inspector.traits import Traits, read


class Event(NamedTuple):
    """A record with what it says of itself."""

    record: Record
    traits: Traits
    decode: Decode = AS_IT_IS.value
    """Reads its value."""


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
        sight: Sight = AS_IT_IS,
        stop: Callable[[], bool] = _never,
    ) -> None:
        self.reader, self.sight = reader, sight
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
                event = seen(self.reader, int(row), self.sight)
            except CaptureError:
                self.unread += 1
                continue
            self.taken += 1
            yield event


def seen(reader: CaptureReader, row: int, sight: Sight) -> Event:
    """The event of a row, without what masks hide. Raises CaptureError."""
    record = reader.record(row)
    shown = sight.record(record)
    return Event(shown, reader.traits(row) if shown is record else read(shown), sight.value)


def in_time(reader: CaptureReader, rows: Rows) -> Rows:
    """Rows in the order of time, and of writing where that is the same."""
    times = reader.columns(rows, "timestamp_ns")["timestamp_ns"]
    return rows[np.argsort(times, kind="stable")]


class SeenCapture:
    """A capture as `follow` asks of one, whose records are without what masks hide."""

    def __init__(self, reader: CaptureReader, sight: Sight) -> None:
        self._reader, self._sight = reader, sight

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def record(self, row: int) -> Record:
        """A record. Raises CaptureError."""
        return seen(self._reader, row, self._sight).record

    def traits(self, row: int) -> Traits:
        """What a record says of itself. Raises CaptureError."""
        return seen(self._reader, row, self._sight).traits
