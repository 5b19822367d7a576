"""The records of a replay, fixed before it begins: rows of a capture in the order in which they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from graph.identity import ChannelId
from inspector.errors import InspectorError
from inspector.record import Position, Record
from inspector.replay.request import Order
from inspector.replay.returning import home
from inspector.store.blocks import Names, StoredBlock
from inspector.store.handed import NO_BODY, TRANSACTIONAL
from inspector.store.reader import CaptureReader, Rows

NAME = "frozen.npz"
PIECE = 2048
"""Records that are read together."""
CACHE_BYTES = 8 << 20
"""A run reads a capture from one end to the other, and needs little of it again."""
_COLUMNS = ("channel", "partition", "offset", "timestamp_ns", "size")

Column = NDArray[Any]


@dataclass(frozen=True)
class Frozen:
    """Which rows of which capture; all columns are as long and in the order of sending."""

    capture: Path
    channels: tuple[ChannelId, ...]
    """By the numbers in `columns["channel"]`."""
    rows: Rows
    columns: dict[str, Column]
    """`channel`, `partition`, `offset`, `timestamp_ns`, `size`, and `home`: the channel that it counts as one
    of, by which its target goes."""
    left_out: tuple[tuple[str, int], ...] = ()
    """Records that were chosen and cannot be sent, by reason."""

    @classmethod
    def of(cls, reader: CaptureReader, rows: Rows, order: Order, *, returning: bool = False) -> Frozen:
        """Rows of a capture: each record once, without those of aborted transactions or without values.

        With `returning` they count as records of the channels that they say they were on before.
        """
        rows = np.unique(rows)
        columns = reader.columns(rows, *_COLUMNS, "flags", "producer_id")
        left_out: list[tuple[str, int]] = []

        def keep(kept: Column, why: str) -> None:
            nonlocal rows, columns
            if not kept.all():
                left_out.append((why, int((~kept).sum())))
                rows, columns = rows[kept], {name: column[kept] for name, column in columns.items()}

        keep(columns["flags"] & NO_BODY == 0, "the capture kept no value of them")
        keep(~_aborted(reader, columns), "their transaction was aborted")
        keep(_once(columns), "the capture holds them twice")
        channels, columns["home"] = reader.channels(), columns["channel"]
        if returning:
            channels, columns["home"] = _homes(reader, rows)
            keep(columns["home"] >= 0, "they do not say which channel they were on before")
        at = _order(columns, order)
        ordered = {name: columns[name][at] for name in (*_COLUMNS, "home")}
        return cls(reader.path.resolve(), channels, rows[at], ordered, tuple(left_out))

    def __len__(self) -> int:
        return len(self.rows)

    def origin(self, index: int) -> tuple[ChannelId, Position]:
        """Where a record was read."""
        columns = self.columns
        position = Position(int(columns["partition"][index]), int(columns["offset"][index]))
        return self.channels[int(columns["channel"][index])], position

    def home(self, index: int) -> ChannelId:
        """The channel that a record counts as one of."""
        return self.channels[int(self.columns["home"][index])]

    @cached_property
    def homes(self) -> tuple[ChannelId, ...]:
        """All channels that records count as ones of."""
        numbers: list[int] = np.unique(self.columns["home"]).tolist()
        return tuple(self.channels[number] for number in numbers)

    @cached_property
    def ends(self) -> dict[tuple[ChannelId, int], int]:
        """Of each channel and partition the offset behind the last of its records."""
        found: dict[tuple[ChannelId, int], int] = {}
        for places in _logs(self.columns):
            channel, last = self.origin(int(places[-1]))
            found[channel, last.partition] = last.offset + 1
        return found

    def records(self, indices: Column) -> Iterator[tuple[int, Record]]:
        """Some of the records in that order, each with its index. Raises InspectorError."""
        with closing(CaptureReader(self.capture, cache_bytes=CACHE_BYTES)) as reader:
            for start in range(0, len(indices), PIECE):
                piece = indices[start : start + PIECE]
                yield from zip(piece.tolist(), self._read(reader, piece), strict=True)

    def _read(self, reader: CaptureReader, indices: Column) -> list[Record]:
        rows = self.rows[indices]
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        found: list[Record | None] = [None] * len(rows)
        for part in reader.by_block(ascending):
            read = reader.of_block(ascending[part], lambda block, at: _records(block, at, reader.names))
            for place, record in zip(order[part].tolist(), read, strict=True):
                found[place] = record
        records = [each for each in found if each is not None]
        columns = {name: self.columns[name][indices].tolist() for name in ("channel", "partition", "offset")}
        if (
            [each.position.offset for each in records] != columns["offset"]
            or [each.position.partition for each in records] != columns["partition"]
            or [each.channel for each in records] != [self.channels[number] for number in columns["channel"]]
        ):
            raise InspectorError(
                f"{self.capture.name} has changed since this run was planned.", "Plan it again."
            )
        return records

    def save(self, folder: Path) -> None:
        """Write it into the folder of a run."""
        about = msgspec.json.encode((str(self.capture), self.channels, self.left_out))
        with (folder / NAME).open("wb") as file:
            columns: dict[str, Any] = self.columns
            np.savez(file, about=np.frombuffer(about, np.uint8), rows=self.rows, **columns)

    @classmethod
    def load(cls, folder: Path) -> Frozen:
        """What was saved; raises InspectorError."""
        try:
            with np.load(folder / NAME) as found:
                columns = {name: found[name] for name in _COLUMNS}
                columns["home"] = found["home"] if "home" in found else columns["channel"]
                about = msgspec.json.decode(found["about"].tobytes(), type=_About)
                return cls(Path(about[0]), about[1], found["rows"], columns, about[2])
        except (OSError, KeyError, ValueError, msgspec.MsgspecError) as error:
            raise InspectorError(
                f"Which records {folder.name} was to send cannot be read ({error}).", "Plan it again."
            ) from error


_About = tuple[str, tuple[ChannelId, ...], tuple[tuple[str, int], ...]]


def _records(block: StoredBlock, places: Rows, names: Names) -> list[Record]:
    """Records of a block without what says how they were sent then."""
    channels: list[ChannelId] = names["channel"]
    keys = block.keys()
    return [
        Record(channels[channel], Position(partition, offset), at_ns, key, value, headers)
        for key, channel, partition, offset, at_ns, value, headers in zip(
            keys.some(places),
            block.column("channel")[places].tolist(),
            block.column("partition")[places].tolist(),
            block.column("offset")[places].tolist(),
            block.column("timestamp_ns")[places].tolist(),
            block.values(places),
            block.headers_of(places, names["shape"]),
            strict=True,
        )
    ]


def _homes(reader: CaptureReader, rows: Rows) -> tuple[tuple[ChannelId, ...], Column]:
    """All channels, those that only headers name behind the others, and by row which of them; -1 for none."""
    numbers = {channel: number for number, channel in enumerate(reader.channels())}
    found: list[int] = []
    for part in reader.by_block(rows):
        for record in reader.of_block(rows[part], lambda block, at: _records(block, at, reader.names)):
            origin = home(record)
            found.append(-1 if origin is None else numbers.setdefault(origin, len(numbers)))
    return tuple(numbers), np.array(found, np.int32)


def _aborted(reader: CaptureReader, columns: dict[str, Column]) -> Column:
    found = np.zeros(len(columns["flags"]), np.bool_)
    numbers = {channel: number for number, channel in enumerate(reader.channels())}
    transactional = np.flatnonzero(columns["flags"] & TRANSACTIONAL)
    some = {name: columns[name][transactional] for name in ("channel", "partition", "producer_id", "offset")}
    for each in reader.aborts():
        found[transactional] |= (
            (some["channel"] == numbers[each.channel])
            & (some["partition"] == each.partition)
            & (some["producer_id"] == each.producer_id)
            & (some["offset"] >= each.first)
            & (some["offset"] < each.end)
        )
    return found


def _sorted(columns: dict[str, Column]) -> tuple[Column, Column]:
    """Places by channel, partition and offset, and of each whether it has the partition of the one before."""
    logs = columns["channel"].astype(np.int64) << 32 | columns["partition"].astype(np.int64)
    order = np.lexsort((columns["offset"], logs))
    same = np.zeros(len(order), np.bool_)
    same[1:] = np.diff(logs[order]) == 0
    return order, same


def _once(columns: dict[str, Column]) -> Column:
    """Which are the first record of their position."""
    order, same = _sorted(columns)
    same[1:] &= np.diff(columns["offset"][order]) == 0
    once = np.ones(len(order), np.bool_)
    once[order[same]] = False
    return once


def _logs(columns: dict[str, Column]) -> Iterator[Column]:
    """The places of each partition's records, ascending by offset."""
    order, same = _sorted(columns)
    return (places for places in np.split(order, np.flatnonzero(~same)) if len(places))


def _order(columns: dict[str, Column], order: Order) -> Column:
    """Places in the order of sending. What lies behind another record of its partition stays behind it."""
    times = columns["timestamp_ns"].copy()
    for places in _logs(columns):
        times[places] = np.maximum.accumulate(times[places])
    last = columns["channel"] if order is Order.CHANNEL else np.zeros(len(times), np.int8)
    return np.lexsort((columns["offset"], columns["partition"], columns["channel"], times, last))
