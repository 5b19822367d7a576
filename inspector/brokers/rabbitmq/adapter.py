"""The RabbitMQ adapter: `inspector.brokers.base.Adapter` over one node or cluster."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from aiormq import exceptions
from aiormq.abc import AbstractChannel
from pamqp.common import FieldValue

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.base import Adapter, Admission, Budget, Outgoing, Sender
from inspector.brokers.rabbitmq.messages import MARK, properties_of
from inspector.brokers.rabbitmq.names import Place, place_of
from inspector.brokers.rabbitmq.session import ERRORS, Gone, Session, close_channel
from inspector.brokers.rabbitmq.streams import Echo, record_at
from inspector.brokers.rabbitmq.watch import Watch
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.errors import ConnectionFailed, InspectorError, Unsupported
from inspector.observation import Observation
from inspector.record import Position, Record
from inspector.tasks import TaskGroup

ACK_S = 10.0
TYPES = {ChannelKind.STREAM: "stream", ChannelKind.QUEUE: "quorum"}
"""What is made where a channel is to be made: both keep their messages."""


class RabbitAdapter:
    """One login. Reading takes no message from a queue and acknowledges none."""

    def __init__(self, connection: Connection, budget: Budget, plan: Plan) -> None:
        self._connection = connection
        self._budget = budget
        self._plan = plan
        self._session = Session(connection)
        self._watches: dict[Watch, Session] = {}
        self._tasks = TaskGroup()
        self._publishing: dict[str, AbstractChannel] = {}
        self._echoes: dict[ChannelId, tuple[Echo, asyncio.Task[None]]] = {}
        self._lock = asyncio.Lock()
        self._closed = False

    @property
    def server(self) -> ServerId:
        """The server this adapter talks to."""
        return self._connection.server

    async def open(self) -> None:
        """Connect and log in."""
        self._session.firehose_s  # noqa: B018 - raises where the address is wrong there
        await self._session.open()

    async def observe(self) -> AsyncIterator[Sequence[Observation]]:
        """Everything seen, in batches, until the iterator or the adapter is closed."""
        session = Session(self._connection)
        await session.open()
        watch = Watch(session, self._budget, self._plan)
        self._watches[watch] = session
        try:
            async with aclosing(watch.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._watches.pop(watch, None)
            await session.close()

    async def fetch(self, channel: ChannelId, position: Position) -> Record | None:
        """One record of a stream; None where it lies there no more, and for exchanges and queues: what was
        seen of them is a copy that lies nowhere."""
        session = await self._ready()
        if channel.kind is not ChannelKind.STREAM or position.partition != 0 or position.offset < 0:
            return None
        try:
            return await record_at(session, place_of(channel), channel, position.offset)
        except Gone:
            return None

    async def send(self, outgoing: Outgoing) -> Position:
        """Publish one message and wait until the broker has it; of a stream, where it lies."""
        channel, place = outgoing.channel, place_of(outgoing.channel)
        if outgoing.partition not in (None, 0):
            raise InspectorError(f"{place.name} has no partition {outgoing.partition}.", "RabbitMQ has none.")
        session = await self._ready()
        marked = f"{MARK}{uuid.uuid4().hex}"
        properties = properties_of(outgoing.headers, marked, outgoing.timestamp_ns)
        found = None
        if channel.kind is ChannelKind.STREAM:
            echo = await self._echo(session, channel)
            found = echo.expect(properties.message_id or marked)
        exchange = place.name if channel.kind is ChannelKind.EXCHANGE else ""
        key = (outgoing.key or b"").decode("utf-8", "replace") if exchange else place.name
        try:
            amqp = await self._publisher(session, place.vhost)
            async with asyncio.timeout(ACK_S):
                await amqp.basic_publish(
                    outgoing.value or b"",
                    exchange=exchange,
                    routing_key=key,
                    properties=properties,
                    mandatory=True,
                )
                return Position(0, time.time_ns() if found is None else await found)
        except exceptions.PublishError as error:
            raise self._unrouted(channel, place, key) from error
        except exceptions.DeliveryError as error:
            raise Unsupported(f"{place.name} refuses the record: it is full, or not available.") from error
        except (*ERRORS, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and (found is None or not found.cancelled()):
                raise
            raise session.failure(error, place.vhost) from error  # type: ignore[arg-type]

    def _unrouted(self, channel: ChannelId, place: Place, key: str) -> InspectorError:
        if channel.kind is ChannelKind.EXCHANGE:
            return InspectorError(
                f"No binding of exchange {place.name} takes the key {key!r}.",
                "The key of the record is its routing key; change it.",
            )
        return self._missing(channel, place)

    @staticmethod
    def _missing(channel: ChannelId, place: Place) -> InspectorError:
        return InspectorError(
            f"There is no {channel.kind} {place.name} in the virtual host {place.vhost}.", "Check the name."
        )

    async def _publisher(self, session: Session, vhost: str) -> AbstractChannel:
        async with self._lock:
            known = self._publishing.get(vhost)
            if known is None or known.is_closed:
                known = self._publishing[vhost] = await session.open_channel(vhost, confirms=True)
            return known

    async def _echo(self, session: Session, channel: ChannelId) -> Echo:
        async with self._lock:
            known = self._echoes.get(channel)
            if known is not None and not known[1].done():
                return known[0]
            echo = Echo(session, place_of(channel), channel)
            try:
                await echo.open()
            except Gone as error:
                raise self._missing(channel, place_of(channel)) from error
            task = self._tasks.spawn(echo.run(), f"rabbitmq echo {channel.name}")
            self._echoes[channel] = echo, task
            return echo

    async def create(self, channel: ChannelId, partitions: int) -> None:
        """Declare a stream or a queue that lasts, unless it is there; an exchange cannot be made so."""
        kind, place = TYPES.get(channel.kind), place_of(channel)
        if kind is None:
            raise Unsupported(
                f"The exchange {place.name} is not there.", "Declare it and bind it to a queue."
            )
        session = await self._ready()
        arguments: dict[str, FieldValue] = {"x-queue-type": kind}
        try:
            async with session.channel(place.vhost) as amqp:
                await amqp.queue_declare(place.name, passive=True)
        except Gone:
            async with session.channel(place.vhost) as amqp:
                await amqp.queue_declare(place.name, durable=True, arguments=arguments)

    async def admissions(self, channels: Sequence[ChannelId]) -> list[Admission]:
        """Raises `Unsupported`."""
        raise self._no_runs()

    def sender(self) -> Sender:
        """Raises `Unsupported`."""
        raise self._no_runs()

    @staticmethod
    def _no_runs() -> Unsupported:
        return Unsupported(
            "RabbitMQ takes no replays from here yet: what was sent before a crash could not be found again.",
            "Replay to a Kafka server.",
        )

    async def _ready(self) -> Session:
        """The session, connected again where its connection was lost."""
        if self._closed:
            raise ConnectionFailed(f"The connection to {self.server.address} is closed.")
        if not self._session.alive:
            await self._session.open()
        return self._session

    async def close(self) -> None:
        """End every iterator, task and connection."""
        self._closed = True
        for watch, session in list(self._watches.items()):
            await watch.close()
            await session.close()
        await self._tasks.close()
        for each in self._publishing.values():
            await close_channel(each)
        await self._session.close()


def open_adapter(connection: Connection, budget: Budget, plan: Plan) -> Adapter:
    """The adapter for a connection, not yet connected."""
    return RabbitAdapter(connection, budget, plan)
