"""The broker in memory itself: channels, groups, producers, outages."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from time import time_ns
from weakref import WeakValueDictionary

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Unavailable
from inspector.observation import Member
from inspector.record import Headers, Position, Record

live: WeakValueDictionary[str, MemoryBroker] = WeakValueDictionary()
"""Brokers by name, for as long as somebody holds them."""


@dataclass
class Log:
    """A partition: its records from `beginning` on."""

    beginning: int = 0
    records: list[Record] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The next offset."""
        return self.beginning + len(self.records)

    def at(self, offset: int) -> Record | None:
        """The record at an offset; None where there is none."""
        index = offset - self.beginning
        return self.records[index] if 0 <= index < len(self.records) else None


@dataclass
class HeldChannel:
    """A topic and its partitions."""

    id: ChannelId
    internal: bool
    logs: list[Log]


@dataclass
class HeldGroup:
    """A group: its members and what it has committed."""

    kind: str
    members: dict[str, Member] = field(default_factory=dict)
    offsets: dict[ChannelId, dict[int, int]] = field(default_factory=dict)


class MemoryProducer:
    """Writes under one producer id, with sequences, as an idempotent producer does."""

    def __init__(self, broker: MemoryBroker, producer_id: int, transactional_id: str | None) -> None:
        self._broker = broker
        self.producer_id = producer_id
        self.transactional_id = transactional_id
        self.sequences: dict[tuple[ChannelId, int], int] = {}

    def write(
        self,
        channel: ChannelId,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        timestamp_ns: int | None = None,
    ) -> Position:
        """Append a record."""
        return self._broker.write(
            channel,
            value,
            key=key,
            headers=headers,
            partition=partition,
            timestamp_ns=timestamp_ns,
            producer=self,
        )


class MemoryBroker:
    """The broker itself. `stop` makes it stop answering, `start` ends that."""

    def __init__(self, name: str, *, user: str | None = None, password: str | None = None) -> None:
        self.url = f"memory://{name}"
        self.server = ServerId("memory", f"{name}:1")
        self.running = True
        self.login = (user, password)
        self.lock = threading.RLock()
        self.channels: dict[ChannelId, HeldChannel] = {}
        self.groups: dict[str, HeldGroup] = {}
        self.producers: dict[int, MemoryProducer] = {}
        self.producer_ids = count(1)
        self.hidden: dict[str, Unavailable] = {}
        live[name] = self

    def stop(self) -> None:
        """Stop answering, as a broker that died."""
        self.running = False

    def start(self) -> None:
        """Answer again, with everything still there."""
        self.running = True

    def hide(self, unavailable: Unavailable) -> None:
        """Refuse something, so that adapters report it as not visible."""
        with self.lock:
            self.hidden[unavailable.what] = unavailable

    def show(self, what: str) -> None:
        """Refuse it no more."""
        with self.lock:
            self.hidden.pop(what, None)

    def create_channel(self, name: str, *, partitions: int = 1, internal: bool = False) -> ChannelId:
        """Make a topic."""
        channel = ChannelId(self.server, ChannelKind.TOPIC, name)
        with self.lock:
            self.channels[channel] = HeldChannel(channel, internal, [Log() for _ in range(partitions)])
        return channel

    def delete_channel(self, channel: ChannelId) -> None:
        """Delete a topic and what lies on it."""
        with self.lock:
            del self.channels[channel]

    def expire(self, channel: ChannelId, partition: int, before: int) -> None:
        """Delete the records of a partition before an offset, as retention does."""
        with self.lock:
            log = self.channels[channel].logs[partition]
            del log.records[: max(0, before - log.beginning)]
            log.beginning = max(log.beginning, before)

    def join(
        self,
        group: str,
        *,
        client_id: str,
        channels: Iterable[ChannelId],
        host: str = "127.0.0.1",
        kind: str = "classic",
    ) -> str:
        """Add a member to a group, and return its id."""
        with self.lock:
            members = self.groups.setdefault(group, HeldGroup(kind)).members
            member_id = f"{client_id}-{len(members) + 1}"
            members[member_id] = Member(member_id, client_id, host, tuple(sorted(channels)))
        return member_id

    def leave(self, group: str, member_id: str) -> None:
        """Take a member out of its group."""
        with self.lock:
            del self.groups[group].members[member_id]

    def commit(self, group: str, channel: ChannelId, offsets: dict[int, int]) -> None:
        """Commit the next offsets that a group will read."""
        with self.lock:
            self.groups.setdefault(group, HeldGroup("offsets")).offsets.setdefault(channel, {}).update(
                offsets
            )

    def producer(self, transactional_id: str | None = None) -> MemoryProducer:
        """An idempotent producer with an id of its own."""
        with self.lock:
            made = MemoryProducer(self, next(self.producer_ids), transactional_id)
            self.producers[made.producer_id] = made
        return made

    def write(
        self,
        channel: ChannelId,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        timestamp_ns: int | None = None,
        producer: MemoryProducer | None = None,
    ) -> Position:
        """Append a record; without a producer it comes from one that gives no id."""
        with self.lock:
            logs = self.channels[channel].logs
            if partition is None:
                partition = sum(key or b"") % len(logs)
            sequence = -1
            if producer is not None:
                sequence = producer.sequences.get((channel, partition), -1) + 1
                producer.sequences[channel, partition] = sequence
            position = Position(partition, logs[partition].end)
            logs[partition].records.append(
                Record(
                    channel,
                    position,
                    time_ns() if timestamp_ns is None else timestamp_ns,
                    key,
                    value,
                    headers,
                    producer_id=producer.producer_id if producer else -1,
                    producer_epoch=0 if producer else -1,
                    sequence=sequence,
                    transactional=bool(producer and producer.transactional_id),
                )
            )
        return position
