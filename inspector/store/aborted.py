"""Transactions that were aborted: the mark of it comes after the records, so they are kept beside them."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from graph.identity import ChannelId


class Abort(Struct, frozen=True, gc=False):
    """All transactional records of a producer from `first` to before `end` were aborted."""

    channel: ChannelId
    partition: int
    producer_id: int
    first: int
    end: int


class Aborts:
    """Those that a capture knows of."""

    def __init__(self) -> None:
        self._ranges: dict[tuple[ChannelId, int, int], list[tuple[int, int]]] = {}
        self._last = 0

    def read(self, connection: sqlite3.Connection, channels: list[ChannelId]) -> None:
        """Take in what was written since, channels by their numbers; raises sqlite3.Error."""
        for number, channel, partition, producer, first, end in connection.execute(
            "SELECT id, channel, partition, producer_id, first, end FROM aborted WHERE id > ? ORDER BY id",
            (self._last,),
        ):
            self._last = number
            self._ranges.setdefault((channels[channel], partition, producer), []).append((first, end))

    def within(self, channel: ChannelId, partition: int, producer_id: int, offset: int) -> bool:
        """Whether a transactional record was aborted."""
        return any(
            first <= offset < end for first, end in self._ranges.get((channel, partition, producer_id), ())
        )

    def all(self) -> list[Abort]:
        """Each of them."""
        return [Abort(*place, *ends) for place, ranges in self._ranges.items() for ends in ranges]


def save(connection: sqlite3.Connection, aborts: list[Abort], numbers: dict[ChannelId, int]) -> None:
    """Write some, channels by their numbers; raises sqlite3.Error."""
    connection.executemany(
        "INSERT INTO aborted (channel, partition, producer_id, first, end) VALUES (?, ?, ?, ?, ?)",
        [(numbers[each.channel], each.partition, each.producer_id, each.first, each.end) for each in aborts],
    )
