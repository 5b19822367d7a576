"""A whole broker in memory: channels, groups, producers, outages. Tests run over it, and nothing else.

    broker = MemoryBroker("shop")
    orders = broker.create_channel("orders", partitions=3)
    broker.join("billing", client_id="billing-1", channels=[orders])
    broker.producer("shop-tx").write(orders, b"{}", key=b"7")
    adapter = open_adapter(parse(broker.url), Budget(), Plan())

A broker can be found by its address as long as somebody holds it. Its methods may be called from any
thread; adapters look at it every few milliseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from time import monotonic

from graph.identity import ChannelId, ServerId
from inspector.brokers.allowance import Allowance
from inspector.brokers.base import EXPIRED, OVER_BUDGET, Admission, Budget, Outgoing
from inspector.brokers.memory_broker import HeldChannel, HeldGroup, MemoryBroker, MemoryProducer, live
from inspector.brokers.memory_sending import MemorySending
from inspector.brokers.told import Told
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError, Unsupported
from inspector.observation import (
    Back,
    BatchRead,
    BatchSeen,
    ChannelGone,
    ChannelSeen,
    GroupSeen,
    Lost,
    Observation,
    OffsetsCommitted,
    OffsetsSeen,
    ProducerSeen,
    RangeRead,
    ReadingBegun,
    RecordsMissed,
    ServerSeen,
    TransactionSeen,
)
from inspector.record import Position, Record, batches_of

__all__ = ["MemoryAdapter", "MemoryBroker", "MemoryProducer", "open_adapter"]

LOOK_S = 0.01
GAUGES_S = 0.5
"""Between two `OffsetsSeen` of a channel."""
MAX_BYTES = 100 << 20


class MemoryAdapter:
    """`inspector.brokers.base.Adapter` over a `MemoryBroker`."""

    def __init__(self, connection: Connection, budget: Budget, plan: Plan) -> None:
        self._connection = connection
        self._budget = budget
        self._plan = plan
        self._broker: MemoryBroker | None = None
        self._producer: MemoryProducer | None = None
        self._closed = asyncio.Event()

    @property
    def server(self) -> ServerId:
        """The server this adapter talks to."""
        return self._connection.server

    async def open(self) -> None:
        """Find the broker by the name in the address."""
        name = self._connection.addresses[0][0]
        broker = live.get(name)
        if broker is None or not broker.running:
            raise ConnectionFailed(f"Nothing listens at {self.server.address}.", "Start the broker.")
        if broker.login not in ((None, None), (self._connection.user, self._connection.password)):
            raise AccessRefused(
                f"{self.server.address} refused the login of {self._connection.user}.",
                "Check user and password.",
            )
        self._broker = broker

    def _running(self) -> MemoryBroker:
        if self._broker is None or not self._broker.running:
            raise ConnectionFailed(f"{self.server.address} does not answer.", "Try again when it is back.")
        return self._broker

    async def observe(self) -> AsyncIterator[Sequence[Observation]]:
        """Everything seen, until the adapter is closed."""
        broker = self._running()
        view = _View(broker, Allowance(self._budget.bytes_per_s, monotonic), self._plan)
        lost = False
        while not self._closed.is_set():
            seen: list[Observation] = []
            if broker.running == lost:
                lost = not lost
                why = f"{self.server.address} does not answer. Trying again until it does."
                seen.append(Lost(self.server, why) if lost else Back(self.server))
            if not lost:
                with broker.lock:
                    seen += view.look()
            if seen:
                yield seen
            await asyncio.sleep(LOOK_S)

    async def fetch(self, channel: ChannelId, position: Position) -> Record | None:
        """One record; None where it lies there no more."""
        broker = self._running()
        with broker.lock:
            held = broker.channels.get(channel)
            if held is None or not 0 <= position.partition < len(held.logs):
                return None
            return held.logs[position.partition].at(position.offset)

    async def send(self, outgoing: Outgoing) -> Position:
        """Append one record under a producer id of this adapter's own."""
        broker = self._running()
        with broker.lock:
            held = broker.channels.get(outgoing.channel)
            name = outgoing.channel.name
            if held is None:
                raise InspectorError(f"There is no topic {name}.", "Create it first, or check the name.")
            if outgoing.partition is not None and not 0 <= outgoing.partition < len(held.logs):
                raise InspectorError(
                    f"{name} has no partition {outgoing.partition}.", f"It has {len(held.logs)}."
                )
            if len(outgoing.value or b"") > MAX_BYTES:
                raise Unsupported(
                    f"The record has {len(outgoing.value or b''):,} bytes.", "Send less than 100 MiB."
                )
            if self._producer is None:
                # Not among the broker's producers: what Eventscope sends is no sender of the system.
                self._producer = MemoryProducer(broker, next(broker.producer_ids), None)
            return self._producer.write(
                outgoing.channel,
                outgoing.value,
                key=outgoing.key,
                headers=outgoing.headers,
                partition=outgoing.partition,
                timestamp_ns=outgoing.timestamp_ns,
            )

    async def create(self, channel: ChannelId, partitions: int) -> None:
        """Make a topic."""
        broker = self._running()
        if channel not in broker.channels:
            broker.create_channel(channel.name, partitions=partitions)

    async def admissions(self, channels: Sequence[ChannelId]) -> list[Admission]:
        """Everything is allowed."""
        self._running()
        return [Admission(each, True, largest=MAX_BYTES) for each in channels]

    def sender(self) -> MemorySending:
        """A new producer, with an id of its own."""
        return MemorySending(self._running())

    async def close(self) -> None:
        """End the iterators; safe to call twice."""
        self._closed.set()
        self._broker = None


class _View:
    """What one iterator has told already, so that each look yields what is new."""

    def __init__(self, broker: MemoryBroker, allowance: Allowance, plan: Plan) -> None:
        self._broker = broker
        self._allowance = allowance
        self._plan = plan
        self._told = Told(broker.server)
        self._hidden_now: set[str] = set()
        self._channels: dict[ChannelId, HeldChannel] = {}
        self._positions: dict[tuple[ChannelId, int], int] = {}
        self._gauges_at = 0.0

    def look(self) -> list[Observation]:
        """Everything that is new since the last look."""
        broker = self._broker
        seen: list[Observation] = []
        seen += self._told.news("server", ServerSeen(broker.server, broker.server.address))
        seen += self._gone()
        for channel in broker.channels.values():
            seen += self._told.news(channel.id, ChannelSeen(channel.id, len(channel.logs), channel.internal))
        if monotonic() - self._gauges_at >= GAUGES_S:
            self._gauges_at = monotonic()
            seen += [_offsets(channel) for channel in broker.channels.values()]
        for name, group in broker.groups.items():
            seen += self._group(name, group)
        seen += self._hidden()
        for producer in broker.producers.values():
            if producer.transactional_id:
                found = TransactionSeen(
                    broker.server, producer.transactional_id, producer.producer_id, "Empty"
                )
                seen += self._told.news(("tx", producer.producer_id), found)
        for channel in broker.channels.values():
            if not channel.internal:
                seen += self._records(channel)
        return seen

    def _gone(self) -> list[Observation]:
        now = self._broker.channels
        gone = [channel for channel, held in self._channels.items() if now.get(channel) is not held]
        self._channels = dict(now)
        self._told.forget(gone)
        for channel in gone:
            for place in [place for place in self._positions if place[0] == channel]:
                del self._positions[place]
        return [ChannelGone(channel) for channel in gone]

    def _group(self, name: str, group: HeldGroup) -> list[Observation]:
        if name.startswith("eventscope-"):
            return []
        seen: list[Observation] = []
        state = "Stable" if group.members else "Empty"
        members = tuple(group.members.values())
        seen += self._told.news(
            ("group", name), GroupSeen(self._broker.server, name, group.kind, state, members)
        )
        if group.offsets:
            offsets = tuple((channel, dict(at)) for channel, at in group.offsets.items())
            seen += self._told.news(("commit", name), OffsetsCommitted(self._broker.server, name, offsets))
        return seen

    def _hidden(self) -> list[Observation]:
        seen: list[Observation] = []
        for what, one in self._broker.hidden.items():
            seen += self._told.hidden(what, one.why, one.remedy, groups=what == "receivers")
        for what in self._hidden_now - self._broker.hidden.keys():
            seen += self._told.visible(what)
        self._hidden_now = set(self._broker.hidden)
        return seen

    def _records(self, channel: HeldChannel) -> list[Observation]:
        seen: list[Observation] = []
        name = channel.id.name
        whole = self._plan.chosen(name) is not None
        for partition, log in enumerate(channel.logs):
            place = channel.id, partition
            position = self._positions.get(place, log.beginning)
            if position < log.beginning:
                seen.append(RecordsMissed(channel.id, partition, log.beginning - position, EXPIRED))
                position = log.beginning
            new = log.records[position - log.beginning :]
            taken: list[Record] = []
            for record in new:
                if self._allowance.left <= 0 and not whole:
                    break
                self._allowance.spend(0 if whole else record.size)
                taken.append(record)
            if whole and place not in self._positions:
                seen.append(ReadingBegun(channel.id, {partition: position}, {partition: log.end}))
            first, position = position, position + len(taken)
            seen += [_batch(record) for record in taken]
            if not self._plan.headers_only(name):
                seen += map(BatchRead, batches_of(taken))
            if taken:
                seen.append(RangeRead(channel.id, partition, first, position, self._plan.headers_only(name)))
            if sum(record.size for record in new[len(taken) :]) > self._allowance.backlog:
                seen.append(RecordsMissed(channel.id, partition, log.end - position, OVER_BUDGET))
                position = log.end
            self._positions[place] = position
            self._told_producers(seen, taken)
        return seen

    def _told_producers(self, seen: list[Observation], records: list[Record]) -> None:
        newest = {record.producer_id: record for record in records if record.producer_id >= 0}
        for producer_id, record in newest.items():
            if producer_id in self._broker.producers:
                seen.append(
                    ProducerSeen(
                        record.channel,
                        record.position.partition,
                        producer_id,
                        0,
                        record.sequence,
                        record.timestamp_ns,
                    )
                )


def _offsets(channel: HeldChannel) -> OffsetsSeen:
    return OffsetsSeen(
        channel.id,
        {number: log.beginning for number, log in enumerate(channel.logs)},
        {number: log.end for number, log in enumerate(channel.logs)},
    )


def _batch(record: Record) -> BatchSeen:
    return BatchSeen(
        record.channel,
        record.position.partition,
        record.position.offset,
        1,
        record.size + 61,
        record.timestamp_ns,
        record.producer_id,
        record.producer_epoch,
        record.sequence,
        record.transactional,
        False,
        "none",
    )


def open_adapter(connection: Connection, budget: Budget, plan: Plan) -> MemoryAdapter:
    """The adapter for a connection, not yet connected."""
    return MemoryAdapter(connection, budget, plan)
