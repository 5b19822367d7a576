"""The Kafka adapter: `inspector.brokers.base.Adapter` over one cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from graph.identity import ChannelId, ServerId
from inspector.brokers.base import Admission, Budget, Outgoing
from inspector.brokers.kafka.admissions import admissions
from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.creation import create
from inspector.brokers.kafka.peek import peek
from inspector.brokers.kafka.sending import Sending
from inspector.brokers.kafka.watch import Watch
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.observation import Observation
from inspector.record import Position, Record


class KafkaAdapter:
    """One Kafka cluster. Reading joins no group and commits nothing."""

    def __init__(self, connection: Connection, budget: Budget, plan: Plan) -> None:
        self._connection = connection
        self._budget = budget
        self._plan = plan
        self._cluster = Cluster(connection)
        self._producer_ids: set[int] = set()
        """The ids this program has sent under."""
        self._sending = Sending(self._cluster, self._producer_ids)
        self._watches: set[Watch] = set()

    @property
    def server(self) -> ServerId:
        """The server this adapter talks to."""
        return self._connection.server

    async def open(self) -> None:
        """Connect, log in, and read the metadata."""
        await self._cluster.open()

    async def observe(self) -> AsyncIterator[Sequence[Observation]]:
        """Everything seen, in batches, until the iterator or the adapter is closed."""
        watch = Watch(self._cluster, self._budget, self._producer_ids, self._plan)
        self._watches.add(watch)
        try:
            async with aclosing(watch.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._watches.discard(watch)

    async def fetch(self, channel: ChannelId, position: Position) -> Record | None:
        """One record; None where it lies there no more."""
        return await peek(self._cluster, channel, position)

    async def send(self, outgoing: Outgoing) -> Position:
        """Send one record and wait until all replicas have it."""
        return await self._sending.send(outgoing)

    async def create(self, channel: ChannelId, partitions: int) -> None:
        """Make a topic with as many replicas as the cluster usually has."""
        await create(self._cluster, channel.name, partitions)

    async def admissions(self, channels: Sequence[ChannelId]) -> list[Admission]:
        """What this login may do with topics, and the size of their largest batch."""
        return await admissions(self._cluster, channels)

    def sender(self) -> Sending:
        """A new producer, with an id of its own."""
        return Sending(self._cluster, self._producer_ids)

    async def close(self) -> None:
        """End every iterator, task and connection."""
        for watch in list(self._watches):
            await watch.close()
        await self._cluster.close()


def open_adapter(connection: Connection, budget: Budget, plan: Plan) -> KafkaAdapter:
    """The adapter for a connection, not yet connected."""
    return KafkaAdapter(connection, budget, plan)
