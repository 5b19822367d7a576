"""Records in memory, asked as a capture is, and a short way to write them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import Alias, Application, ApplicationKind, Channel, DependencyGraph, Operation, Route
from inspector.errors import CaptureError
from inspector.record import Position, Record
from inspector.store.coverage import Coverage
from inspector.store.selection import RowFilter
from inspector.trails.records import Rows
from inspector.traits import NOTHING, Traits

SERVER = ServerId("kafka", "here:9092")
MS = 1_000_000
Pair = tuple[Record, Traits]


def channel(name: str, server: ServerId = SERVER) -> ChannelId:
    return ChannelId(server, ChannelKind.TOPIC, name)


class Written:
    """Records in the order in which they were captured."""

    def __init__(self, pairs: list[Pair] | None = None) -> None:
        self.pairs = pairs or []
        self.covered = Coverage()

    def add(
        self,
        name: str,
        at_ms: float,
        said: Traits = NOTHING,
        *,
        key: bytes | None = None,
        value: bytes | None = b"{}",
        partition: int = 0,
        offset: int | None = None,
        server: ServerId = SERVER,
        body_stored: bool = True,
    ) -> int:
        """One more record; its row."""
        where = channel(name, server)
        if offset is None:
            offset = sum(
                record.channel == where and record.position.partition == partition for record, _ in self.pairs
            )
        record = Record(
            where,
            Position(partition, offset),
            round(at_ms * MS),
            key,
            value,
            body_stored=body_stored,
        )
        self.pairs.append((record, said))
        return len(self.pairs) - 1

    def _where(self, fits: Callable[[Record, Traits], bool]) -> Rows:
        return np.array([row for row, pair in enumerate(self.pairs) if fits(*pair)], np.int64)

    def with_event_id(self, text: str, /) -> Rows:
        return self._where(lambda _, said: said.event_id == text)

    def with_parent_id(self, text: str, /) -> Rows:
        return self._where(lambda _, said: said.parent_id == text)

    def with_flow_id(self, text: str, /) -> Rows:
        return self._where(lambda _, said: said.flow_id == text)

    def with_key(self, key: bytes, /) -> Rows:
        return self._where(lambda record, _: record.key == key)

    def find(self, channel: ChannelId, position: Position) -> int | None:
        rows = self._where(lambda record, _: (record.channel, record.position) == (channel, position))
        return int(rows[0]) if len(rows) else None

    def select(self, row_filter: RowFilter, from_row: int = 0, until_row: int | None = None) -> Rows:
        channels, senders = row_filter.channels, row_filter.senders
        since, until = row_filter.since_ns, row_filter.until_ns
        return self._where(
            lambda record, said: (
                (channels is None or record.channel in channels)
                and (senders is None or said.sender in senders)
                and (since is None or record.timestamp_ns >= since)
                and (until is None or record.timestamp_ns < until)
            )
        )

    def columns(self, rows: Rows, *names: str) -> dict[str, Rows]:
        numbers = {one: number for number, one in enumerate(self.channels())}
        read: dict[str, Callable[[Record], int]] = {
            "timestamp_ns": lambda record: record.timestamp_ns,
            "channel": lambda record: numbers[record.channel],
            "partition": lambda record: record.position.partition,
            "offset": lambda record: record.position.offset,
            "size": lambda record: record.size,
        }
        return {
            name: np.array([read[name](self.pairs[row][0]) for row in rows.tolist()], np.int64)
            for name in names
        }

    def channels(self) -> tuple[ChannelId, ...]:
        return tuple(dict.fromkeys(record.channel for record, _ in self.pairs))

    def coverage(self) -> Coverage:
        return self.covered

    def traits(self, row: int) -> Traits:
        return self._pair(row)[1]

    def record(self, row: int) -> Record:
        return self._pair(row)[0]

    def _pair(self, row: int) -> Pair:
        if not 0 <= row < len(self.pairs):
            raise CaptureError(f"Row {row} is not there.")
        return self.pairs[row]


def by(name: str) -> Alias:
    return Alias("source", name)


def graph(*ways: str, routes: str = "", nameless: str = "") -> DependencyGraph:
    """`a > app > b` for each way, several channels joined by `,` and none left out; routes as `a > b`."""
    operations: dict[OperationId, Operation] = {}
    why = (Evidence("test", "test", 0.95, 0, 0, "seen"),)
    for way in ways:
        reads, name, sends = (part.strip() for part in way.split(">"))
        for action, names in ((Action.RECEIVE, reads), (Action.SEND, sends)):
            for one in filter(None, names.split(",")):
                key = OperationId(ApplicationId(name), action, channel(one.strip()))
                operations[key] = Operation(key, 0.95, why)
    applications = {
        key.application: Application(
            key.application,
            key.application.key,
            ApplicationKind.UNATTRIBUTED if key.application.key in nameless else ApplicationKind.SERVICE,
            (by(key.application.key),),
            0.95,
        )
        for key in operations
    }
    made = {}
    for pair in filter(None, routes.split(";")):
        source, target = (channel(one.strip()) for one in pair.split(">"))
        route = RouteId(source, target, RouteKind.DEAD_LETTER)
        made[route] = Route(route, 0.95, why)
    channels = {key.channel for key in operations}
    channels.update(end for route in made for end in (route.source, route.target))
    return DependencyGraph(
        applications=applications,
        channels={one: Channel(one) for one in channels},
        operations=operations,
        routes=made,
    )
