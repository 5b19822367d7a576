from __future__ import annotations

from collections.abc import Iterable

import pytest

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Application, DependencyGraph, Operation
from inspector.discovery import Discovery
from inspector.observation import (
    BatchSeen,
    ChannelSeen,
    GroupSeen,
    Member,
    Observation,
    OffsetsCommitted,
    OffsetsSeen,
    ProducerSeen,
    RecordsSeen,
    ServerSeen,
    TransactionSeen,
)
from inspector.record import Headers, Position, Record

SECOND = 1_000_000_000


class World:
    """A broker made by hand: each method is one fact that an adapter would have seen."""

    def __init__(self) -> None:
        self.now_ns = 1_800_000_000 * SECOND
        self.server = ServerId("kafka", "broker:9092")
        self.discovery = Discovery()
        self._next: dict[str, int] = {}
        self.see(ServerSeen(self.server, "broker", "4.1"))

    def topic(self, name: str) -> ChannelId:
        return ChannelId(self.server, ChannelKind.TOPIC, name)

    def see(self, *observations: Observation) -> None:
        self.discovery.fold(observations, self.now_ns)

    def wait(self, seconds: float) -> None:
        self.now_ns += int(seconds * SECOND)

    def channels(self, *names: str, partitions: int = 1) -> None:
        self.see(*(ChannelSeen(self.topic(name), partitions) for name in names))

    def ends(self, topic: str, end: int, beginning: int = 0) -> None:
        self.see(OffsetsSeen(self.topic(topic), {0: beginning}, {0: end}))

    def group(self, name: str, clients: Iterable[str], *topics: str, kind: str = "classic") -> None:
        channels = tuple(self.topic(topic) for topic in topics)
        members = tuple(Member(f"{client}-m", client, "/10.0.0.1", channels) for client in clients)
        self.see(GroupSeen(self.server, name, kind, "Stable" if members else "Empty", members))

    def commit(self, group: str, topic: str, offset: int) -> None:
        self.see(OffsetsCommitted(self.server, group, ((self.topic(topic), {0: offset}),)))

    def producer(self, producer_id: int, topic: str, sequence: int = 10, partition: int = 0) -> None:
        self.see(ProducerSeen(self.topic(topic), partition, producer_id, 0, sequence, self.now_ns))

    def transaction(self, name: str, producer_id: int) -> None:
        self.see(TransactionSeen(self.server, name, producer_id, "CompleteCommit"))

    def batch(self, topic: str, count: int, producer_id: int = -1, base_sequence: int = 0) -> None:
        seen = BatchSeen(
            self.topic(topic),
            0,
            0,
            count,
            100,
            self.now_ns,
            producer_id,
            0,
            base_sequence,
            False,
            False,
            "none",
        )
        self.see(seen)

    def record(
        self, topic: str, headers: Headers = (), producer_id: int = -1, value: bytes | None = b"x"
    ) -> Record:
        offset = self._next.get(topic, 0)
        self._next[topic] = offset + 1
        return Record(
            self.topic(topic),
            Position(0, offset),
            self.now_ns,
            b"k",
            value,
            headers,
            producer_id=producer_id,
        )

    def records(
        self,
        topic: str,
        count: int,
        headers: Headers = (),
        producer_id: int = -1,
        value: bytes | None = b"x",
    ) -> None:
        made = tuple(self.record(topic, headers, producer_id, value) for _ in range(count))
        self.see(RecordsSeen(self.topic(topic), made))

    def events(self, topic: str, source: str, count: int = 5, producer_id: int = -1, kind: str = "t") -> None:
        """CloudEvents, each with an id of its own."""
        made = tuple(
            self.record(topic, cloud_event(source, f"{topic}-{self._next.get(topic, 0)}", kind), producer_id)
            for _ in range(count)
        )
        self.see(RecordsSeen(self.topic(topic), made))

    def graph(self) -> DependencyGraph:
        return self.discovery.graph(self.now_ns)

    def edges(self) -> set[tuple[str, str, str]]:
        return {(key.application.key, str(key.action), key.channel.name) for key in self.graph().operations}

    def operation(self, application: str, action: Action, topic: str) -> Operation:
        return self.graph().operations[OperationId(ApplicationId(application), action, self.topic(topic))]

    def application(self, key: str) -> Application:
        return self.graph().applications[ApplicationId(key)]


def cloud_event(source: str, event_id: str, kind: str = "t") -> Headers:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", kind.encode()),
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="session")
def new_world() -> type[World]:
    """For tests that need many worlds."""
    return World
