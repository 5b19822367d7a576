"""Sending and receiving with aiormq: a topic exchange for each topic, a queue for each group that reads it.

What a group cannot handle RabbitMQ itself moves to the exchange of dead letters.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import partial

import aiormq
from aiormq.abc import AbstractChannel, ArgumentsType, DeliveredMessage

from inspector.connection import Connection
from inspector.demo.shop.message import EVENT, Draft, Message, renamed
from inspector.demo.shop.scenario import Application, DeadLetters, Scenario
from inspector.demo.shop.transport import Transport

AT_ONCE = 200
PREFIX = "cloudEvents:"
"""Of the AMQP binding of CloudEvents 1.0.2, section 3.2.1."""
LIMITS = {"x-max-length-bytes": 32 * 1024 * 1024, "x-message-ttl": 3_600_000}


def queue_name(group: str, topic: str) -> str:
    """The queue from which a group reads a topic."""
    return f"{group}.{topic}"


class RabbitTransport(Transport):
    """One RabbitMQ."""

    failures = (aiormq.AMQPError, OSError)

    def __init__(self, address: str, scenario: Scenario) -> None:
        self._address = address
        self._scenario = scenario

    async def prepare(self) -> None:
        """Make exchanges, queues, and what binds them."""
        scenario = self._scenario
        connection = await self.connect("shop-setup")
        try:
            channel = await connection.channel()
            for topic in scenario.topics:
                await channel.exchange_declare(topic, exchange_type="topic", durable=True)
            for application in scenario.applications:
                letters = application.dead_letters
                for topic in application.reads:
                    name = queue_name(application.group or "", topic)
                    arguments: ArgumentsType = {**LIMITS}
                    if letters and letters.on == topic:
                        arguments["x-dead-letter-exchange"] = letters.to
                    await channel.queue_declare(name, durable=True, arguments=arguments)
                    await channel.queue_bind(name, topic, "#")
        finally:
            await connection.close()

    async def connect(self, name: str | None) -> aiormq.Connection:
        """A connection that says who it is."""
        connection = aiormq.Connection(self._address + (f"?name={name}" if name else ""))
        await connection.connect()
        return connection

    def sender(self, application: Application, instance: int) -> RabbitSender:
        """Not yet connected."""
        return RabbitSender(self, application, instance)

    def receiver(self, application: Application, instance: int) -> RabbitReceiver:
        """Not yet connected."""
        return RabbitReceiver(self, application, instance)


def connected(connection: Connection, scenario: Scenario) -> RabbitTransport:
    """The transport to a server."""
    login = f"{connection.user}:{connection.password}@" if connection.user else ""
    return RabbitTransport(f"amqp://{login}{connection.bootstrap[0]}/%2F", scenario)


class RabbitSender:
    """Publishes with the kind of event as the routing key."""

    def __init__(self, transport: RabbitTransport, application: Application, instance: int) -> None:
        self._transport, self._name = transport, application.connection_name(instance)
        self._connection: aiormq.Connection | None = None
        self._channel: AbstractChannel | None = None

    async def start(self) -> None:
        """Connect."""
        self._connection = await self._transport.connect(self._name)
        self._channel = await self._connection.channel(publisher_confirms=False)

    async def send(self, draft: Draft) -> None:
        """Send one record."""
        assert self._channel is not None
        said = dict(draft.headers)
        kind = said.get(f"{EVENT}type", b"").decode()
        content_type = said.pop("content-type", b"").decode() or None
        table: ArgumentsType = {n: value.decode() for n, value in renamed(list(said.items()), EVENT, PREFIX)}
        properties = aiormq.spec.Basic.Properties(headers=table, content_type=content_type, delivery_mode=2)
        await self._channel.basic_publish(
            draft.value or b"", exchange=draft.topic, routing_key=kind, properties=properties
        )

    async def close(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            await self._connection.close()


class RabbitReceiver:
    """Takes what comes to its group's queues, and acknowledges or rejects it."""

    def __init__(self, transport: RabbitTransport, application: Application, instance: int) -> None:
        self._transport, self._application = transport, application
        self._name = application.connection_name(instance)
        self._found: asyncio.Queue[tuple[str, DeliveredMessage] | None] = asyncio.Queue()
        self._refused = False

    async def messages(self) -> AsyncGenerator[list[Message]]:
        """Records as they come."""
        connection = await self._transport.connect(self._name)
        connection.closing.add_done_callback(lambda _: self._found.put_nowait(None))
        try:
            channel = await connection.channel()
            await channel.basic_qos(prefetch_count=AT_ONCE)
            for topic in self._application.reads:
                queue = queue_name(self._application.group or "", topic)
                await channel.basic_consume(queue, partial(self._take, topic))
            while (taken := await self._found.get()) is not None:
                topic, found = taken
                self._refused = False
                yield [_message(topic, found)]
                tag = found.delivery_tag or 0
                await (channel.basic_reject(tag, requeue=False) if self._refused else channel.basic_ack(tag))
        finally:
            await connection.close()
        raise ConnectionResetError

    def refused(self, _message: Message, _letters: DeadLetters) -> None:
        """RabbitMQ makes the dead letter once the message is rejected."""
        self._refused = True

    async def _take(self, topic: str, found: DeliveredMessage) -> None:
        self._found.put_nowait((topic, found))


def _message(topic: str, found: DeliveredMessage) -> Message:
    table = found.header.properties.headers or {}
    said = [(name, str(value).encode()) for name, value in table.items()]
    return Message(topic, 0, 0, 0, None, found.body, renamed(said, PREFIX, EVENT))
