"""The ActiveMQ adapter: `inspector.brokers.base.Adapter` over one broker of ActiveMQ Classic."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.activemq.management import Destination, Management
from inspector.brokers.activemq.messages import frame_headers, message_id, path_of, record_of
from inspector.brokers.activemq.queues import Queues, refusal
from inspector.brokers.activemq.session import Session
from inspector.brokers.activemq.stomp import Failure
from inspector.brokers.activemq.watch import Watch
from inspector.brokers.base import Adapter, Admission, Budget, Outgoing, Sender
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.errors import ConnectionFailed, InspectorError, Unsupported
from inspector.observation import Observation
from inspector.record import Position, Record


class ActiveMQAdapter:
    """One broker. Queues are looked into and nothing is taken; of what comes over topics a copy is heard."""

    def __init__(self, connection: Connection, budget: Budget, plan: Plan) -> None:
        self._connection = connection
        self._budget = budget
        self._plan = plan
        self._session = Session(connection)
        self._queues = Queues()
        self._watches: dict[Watch, Session] = {}
        self._closed = False

    @property
    def server(self) -> ServerId:
        """The server this adapter talks to."""
        return self._connection.server

    async def open(self) -> None:
        """Connect and log in."""
        await self._session.open()

    async def observe(self) -> AsyncIterator[Sequence[Observation]]:
        """Everything seen, in batches, until the iterator or the adapter is closed."""
        session = Session(self._connection)
        await session.open()
        watch = Watch(session, self._queues, self._budget, self._plan)
        self._watches[watch] = session
        try:
            async with aclosing(watch.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._watches.pop(watch, None)
            await session.close()

    async def fetch(self, channel: ChannelId, position: Position) -> Record | None:
        """One record; None where it lies there no more, was never seen here, and for topics, which keep
        nothing."""
        session = await self._ready()
        if channel.kind is not ChannelKind.QUEUE or position.partition != 0:
            return None
        frame = await self._queues.fetch(session, channel, position.offset)
        return None if frame is None else record_of(channel, position.offset, frame)

    async def send(self, outgoing: Outgoing) -> Position:
        """Send one message to a queue or topic that is there, and wait until the broker has it.

        The position in a queue from which a receiver took it at once is that of the newest message.
        """
        channel = outgoing.channel
        if outgoing.partition not in (None, 0):
            raise InspectorError(
                f"{channel.name} has no partition {outgoing.partition}.", "Queues have none."
            )
        session = await self._ready()
        body = outgoing.value or b""
        headers = frame_headers(outgoing.headers, body)
        async with session.jolokia() as rest:
            management = Management(rest)
            await _described(management, channel)
            line = session.line
            connection = await management.connection_of(session.client_id)
            try:
                number = await line.send(path_of(channel), headers, body)
            except Failure as error:
                raise refusal(error, channel.name, "write to") from error
            except OSError as error:
                raise session.silent() from error
            if channel.kind is ChannelKind.TOPIC:
                return Position(0, time.time_ns())
            await self._queues.look(session, channel, await _described(management, channel))
        lying = self._queues.lying(channel)
        return Position(0, lying.numbers.get(message_id(connection, number), lying.end - 1))

    async def admissions(self, channels: Sequence[ChannelId]) -> list[Admission]:
        """Raises `Unsupported`."""
        raise self._no_runs()

    async def create(self, channel: ChannelId, partitions: int) -> None:
        """Raises `Unsupported`."""
        raise self._no_runs()

    def sender(self) -> Sender:
        """Raises `Unsupported`."""
        raise self._no_runs()

    @staticmethod
    def _no_runs() -> Unsupported:
        return Unsupported(
            "ActiveMQ takes no replays from here yet: what was sent before a crash could not be found again.",
            "Replay to a Kafka server.",
        )

    async def _ready(self) -> Session:
        """The session, connected again where its connection was lost."""
        if self._closed:
            raise ConnectionFailed(f"The connection to {self.server.address} is closed.")
        try:
            self._session.line  # noqa: B018 - raises where the connection is gone
        except ConnectionFailed:
            await self._session.open()
        return self._session

    async def close(self) -> None:
        """End every iterator, task and connection."""
        self._closed = True
        for watch, session in list(self._watches.items()):
            await watch.close()
            await session.close()
        await self._session.close()


async def _described(management: Management, channel: ChannelId) -> Destination:
    """The queue or topic as the broker describes it: a message to a name that is not there makes it."""
    is_queue = channel.kind is ChannelKind.QUEUE
    for each in await (management.queues() if is_queue else management.topics()):
        if each.name == channel.name:
            return each
    raise InspectorError(
        f"There is no {channel.kind} {channel.name}.", "Check the name; a message sent there would make it."
    )


def open_adapter(connection: Connection, budget: Budget, plan: Plan) -> Adapter:
    """The adapter for a connection, not yet connected."""
    return ActiveMQAdapter(connection, budget, plan)
