"""What a trail asks of a capture, each record looked up once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from graph.identity import ChannelId
from inspector.errors import CaptureError
from inspector.record import Position, Record
from inspector.store.coverage import Coverage
from inspector.store.selection import RowFilter
from inspector.traits import Traits

Rows = NDArray[np.int64]


class Records(Protocol):
    """A capture: what of `CaptureReader` trails are made from. Rows are ascending and exact."""

    def with_event_id(self, text: str, /) -> Rows:
        """Records of an event; several where it was sent on or again."""

    def with_parent_id(self, text: str, /) -> Rows:
        """Records that name an event as their cause."""

    def with_flow_id(self, text: str, /) -> Rows:
        """Records of a flow."""

    def with_key(self, key: bytes, /) -> Rows:
        """Records of a key, on all channels."""

    def find(self, channel: ChannelId, position: Position) -> int | None:
        """The record at a position."""

    def select(self, row_filter: RowFilter, from_row: int = 0, until_row: int | None = None) -> Rows:
        """Records that a filter lets through."""

    def columns(self, rows: Rows, *names: str) -> dict[str, NDArray[Any]]:
        """Columns of some rows; `channel` holds numbers in `channels`."""

    def channels(self) -> tuple[ChannelId, ...]:
        """All channels that records were stored from."""

    def coverage(self) -> Coverage:
        """What was looked at and what was not. Raises CaptureError."""

    def traits(self, row: int) -> Traits:
        """What a record says of itself. Raises CaptureError."""

    def record(self, row: int) -> Record:
        """A record. Raises CaptureError."""


class Seen(Struct, frozen=True, gc=False):
    """A record without its bytes."""

    row: int
    channel: ChannelId
    position: Position
    time_ns: int
    size: int
    traits: Traits

    @property
    def order(self) -> tuple[int, int]:
        """Sorts records by time, those of one time as they were captured."""
        return self.time_ns, self.row

    @property
    def place(self) -> tuple[ChannelId, Position]:
        """Where it lies."""
        return self.channel, self.position


class Line(NamedTuple):
    """Records in the order of time, as parallel arrays."""

    rows: Rows
    times: Rows
    channels: Rows
    """Numbers in `Records.channels`."""


class Looked:
    """Looks records up, once each. A record that was captured twice is the one that was looked up first."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self._seen: dict[int, Seen | None] = {}
        self._first: dict[tuple[ChannelId, Position], Seen] = {}
        self._keys: dict[int, bytes | None] = {}
        self._lines: dict[tuple[str, str | bytes], Line] = {}

    def one(self, row: int) -> Seen | None:
        """The record of a row; None where it is damaged or gone."""
        return next(iter(self.every([row])), None)

    def every(self, rows: Iterable[int]) -> list[Seen]:
        """The records of some rows, in their order, each at most once; what cannot be read is left out."""
        wanted = list(rows)
        fresh = np.array(sorted({row for row in wanted if row not in self._seen}), np.int64)
        if len(fresh):
            self._look(fresh)
        found = (self._seen[row] for row in wanted)
        return list({seen.row: seen for seen in found if seen is not None}.values())

    def key(self, seen: Seen) -> bytes | None:
        """The key of a record."""
        if seen.row not in self._keys:
            try:
                self._keys[seen.row] = self.records.record(seen.row).key
            except CaptureError:
                self._keys[seen.row] = None
        return self._keys[seen.row]

    def of_flow(self, flow_id: str) -> Line:
        """All records of a flow."""
        return self._line("flow", flow_id)

    def of_key(self, key: bytes) -> Line:
        """All records of a key."""
        return self._line("key", key)

    def _line(self, kind: str, wanted: str | bytes) -> Line:
        known = self._lines.get((kind, wanted))
        if known is None:
            found = (
                self.records.with_key(wanted)
                if isinstance(wanted, bytes)
                else self.records.with_flow_id(wanted)
            )
            columns = self.records.columns(found, "timestamp_ns", "channel")
            order = np.lexsort((found, columns["timestamp_ns"]))
            known = self._lines[kind, wanted] = Line(
                found[order], columns["timestamp_ns"][order], columns["channel"][order]
            )
        return known

    def _look(self, rows: Rows) -> None:
        said: dict[int, Traits] = {}
        for row in rows.tolist():
            self._seen[row] = None
            with contextlib.suppress(CaptureError):
                said[row] = self.records.traits(row)
        known = np.array(list(said), np.int64)
        columns = self.records.columns(known, "timestamp_ns", "channel", "partition", "offset", "size")
        channels = self.records.channels()
        for at, (row, traits) in enumerate(said.items()):
            time_ns, channel, partition, offset, size = (int(column[at]) for column in columns.values())
            made = Seen(row, channels[channel], Position(partition, offset), time_ns, size, traits)
            self._seen[row] = self._first.setdefault(made.place, made)
