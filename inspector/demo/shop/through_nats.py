"""Sending and receiving with nats-py: JetStream, and core NATS for what need not be kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import nats
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StorageType, StreamConfig

from inspector.connection import Connection
from inspector.demo.shop.message import EVENT, Draft, Message, renamed
from inspector.demo.shop.scenario import Application, Assignment, DeadLetters, Scenario
from inspector.demo.shop.transport import Transport, copied
from inspector.tasks import TaskGroup

HEARD = frozenset({"clickstream"})
"""What is received by who listens at that moment: no stream keeps it."""
AT_ONCE = 100
FETCH_S = 5.0
KEEP_S, KEEP_BYTES = 3600.0, 32 * 1024 * 1024
PREFIX = "ce-"


def stream_name(topic: str) -> str:
    """The stream of a topic; names of streams have no dots."""
    return topic.replace(".", "-")


async def _connect(address: str, name: str | None) -> Client:
    """A client that comes back by itself for as long as it takes."""
    return await nats.connect(
        address, name=name, max_reconnect_attempts=-1, reconnect_time_wait=1, error_cb=_unheard
    )


async def _unheard(_failure: Exception) -> None:
    """What it says while the server is away is of no use to anybody."""


class NatsTransport(Transport):
    """One NATS server."""

    failures = (errors.Error, OSError)

    def __init__(self, address: str, scenario: Scenario) -> None:
        self._address = address
        self._topics = scenario.topics.keys()

    async def prepare(self) -> None:
        """Make a stream for each topic that is kept."""
        client = await _connect(self._address, "shop-setup")
        try:
            for topic in self._topics - HEARD:
                await client.jetstream().add_stream(
                    StreamConfig(
                        name=stream_name(topic), subjects=[topic], storage=StorageType.FILE, max_age=KEEP_S,
                        max_bytes=KEEP_BYTES, allow_direct=True,
                    )
                )  # fmt: skip
        finally:
            await client.close()

    def sender(self, application: Application, instance: int) -> NatsSender:
        """Not yet connected."""
        return NatsSender(self._address, application, instance)

    def receiver(self, application: Application, instance: int) -> NatsReceiver:
        """Not yet connected."""
        return NatsReceiver(self._address, application, instance)


def connected(connection: Connection, scenario: Scenario) -> NatsTransport:
    """The transport to a server."""
    return NatsTransport(f"nats://{connection.bootstrap[0]}", scenario)


class NatsSender:
    """Publishes, and waits for no answer of the stream."""

    def __init__(self, address: str, application: Application, instance: int) -> None:
        self._address, self._name = address, application.connection_name(instance)
        self._client: Client | None = None

    async def start(self) -> None:
        """Connect."""
        self._client = await _connect(self._address, self._name)

    async def send(self, draft: Draft) -> None:
        """Send one record."""
        assert self._client is not None
        headers = {name: value.decode() for name, value in renamed(draft.headers, EVENT, PREFIX)}
        await self._client.publish(draft.topic, draft.value or b"", headers=headers)

    async def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.close()


class NatsReceiver:
    """Receives by a durable consumer for each stream, in a queue group, and acknowledges.

    An application that gets its work in no group fetches instead.
    """

    def __init__(self, address: str, application: Application, instance: int) -> None:
        self._address, self._application = address, application
        self._name = application.connection_name(instance)
        self._found: asyncio.Queue[Msg] = asyncio.Queue(AT_ONCE)

    async def messages(self) -> AsyncGenerator[list[Message]]:
        """Records as they come."""
        client = await _connect(self._address, self._name)
        tasks = TaskGroup()
        try:
            for topic in self._application.reads:
                if self._application.assignment is Assignment.MANUAL:
                    tasks.spawn(self._fetch(client, topic), f"fetch {topic}")
                else:
                    await self._subscribe(client, topic)
            while True:
                found = await self._found.get()
                yield [_message(found)]
                if found.subject not in HEARD:
                    await found.ack()
        finally:
            await tasks.close()
            await client.close()

    def refused(self, message: Message, letters: DeadLetters) -> Draft:
        """NATS makes no dead letters: a copy that names the subject in a header that others use too."""
        return copied(message, letters, [("x-original-topic", message.topic.encode())])

    async def _subscribe(self, client: Client, topic: str) -> None:
        group = self._application.group or ""
        if topic in HEARD:
            await client.subscribe(topic, queue=group, cb=self._found.put)
            return
        await client.jetstream().subscribe(
            topic, queue=group, durable=group, stream=stream_name(topic), manual_ack=True, cb=self._found.put
        )

    async def _fetch(self, client: Client, topic: str) -> None:
        pulled = await client.jetstream().pull_subscribe(
            topic, durable=self._application.group, stream=stream_name(topic)
        )
        while True:
            with suppress(errors.TimeoutError):
                for found in await pulled.fetch(AT_ONCE, timeout=FETCH_S):
                    await self._found.put(found)


def _message(found: Msg) -> Message:
    said = [(name, value.encode()) for name, value in (found.headers or {}).items()]
    headers = renamed(said, PREFIX, EVENT)
    return Message(found.subject, 0, 0, 0, None, found.data, headers)
