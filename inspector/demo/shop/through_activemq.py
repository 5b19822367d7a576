"""Sending and receiving over STOMP: a virtual topic for each topic, a queue for each group that reads it.

What a group cannot handle ActiveMQ itself moves to its queue of dead letters.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from functools import partial

from inspector.brokers.activemq.stomp import Failure, Frame, Line, NoStomp, frame_bytes
from inspector.connection import Connection
from inspector.demo.shop.message import EVENT, Draft, Message, renamed
from inspector.demo.shop.scenario import Application, DeadLetters, Scenario
from inspector.demo.shop.transport import Transport
from inspector.tasks import TaskGroup

AT_ONCE = 200
PREFIX = "cloudEvents_"
"""Of the AMQP binding of CloudEvents 1.0.2, section 3.2.1: JMS allows no colon in names of properties."""
DEAD_LETTERS = "ActiveMQ.DLQ"


def topic_name(topic: str) -> str:
    """The virtual topic (https://activemq.apache.org/components/classic/documentation/virtual-destinations)."""
    return f"VirtualTopic.{topic}"


def queue_name(scenario: Scenario, group: str, topic: str) -> str:
    """The queue from which a group reads it; the broker has one of its own for dead letters."""
    letters = {each.dead_letters.to for each in scenario.applications if each.dead_letters}
    return DEAD_LETTERS if topic in letters else f"Consumer.{group}.{topic_name(topic)}"


class _Client(Line):
    """A connection that acknowledges one by one."""

    async def receive(self, queue: str, taker: Callable[[Frame], None]) -> None:
        """Begin to receive."""
        self._takers[queue] = taker
        how = {"id": queue, "ack": "client-individual", "activemq.prefetchSize": str(AT_ONCE)}
        await self._confirmed("SUBSCRIBE", [("destination", f"/queue/{queue}"), *how.items()])

    def answer(self, frame: Frame, *, taken: bool) -> None:
        """The message is done with, or belongs to the dead letters."""
        self._write(frame_bytes("ACK" if taken else "NACK", [("id", frame.headers["ack"])]))

    def publish(self, topic: str, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send and wait for nothing."""
        how = {"destination": f"/topic/{topic}", "persistent": "true", "content-length": str(len(body))}
        self._write(frame_bytes("SEND", [*how.items(), *headers], body))


class ActiveTransport(Transport):
    """One ActiveMQ, with one connection for each instance: names of clients are unique there."""

    failures = (Failure, NoStomp, OSError)

    def __init__(self, connection: Connection, scenario: Scenario) -> None:
        self._connection = connection
        self.scenario = scenario
        self._client: _Client | None = None
        self._lock = asyncio.Lock()

    async def prepare(self) -> None:
        """Make the queues, so that nothing is lost that is sent before their readers come."""
        client = await self.client("shop-setup")
        try:
            for application in self.scenario.applications:
                for topic in application.reads:
                    queue = queue_name(self.scenario, application.group or "", topic)
                    await client.receive(queue, lambda _frame: None)
        finally:
            await client.close()

    async def client(self, name: str | None) -> _Client:
        """The connection, made when first asked for."""
        async with self._lock:
            if self._client is None or self._client.closed.is_set():
                host, port = self._connection.addresses[0]
                said = [("host", host), *([("client-id", name)] if name else [])]
                made = await _Client.open(host, port, None, said)
                assert isinstance(made, _Client)
                self._client = made
            return self._client

    def sender(self, application: Application, instance: int) -> ActiveSender:
        """Not yet connected."""
        return ActiveSender(self, application, instance)

    def receiver(self, application: Application, instance: int) -> ActiveReceiver:
        """Not yet connected."""
        return ActiveReceiver(self, application, instance)


def connected(connection: Connection, scenario: Scenario) -> ActiveTransport:
    """The transport to a server."""
    return ActiveTransport(connection, scenario)


class ActiveSender:
    """Sends to virtual topics."""

    def __init__(self, transport: ActiveTransport, application: Application, instance: int) -> None:
        self._transport, self._name = transport, application.connection_name(instance)
        self._client: _Client | None = None

    async def start(self) -> None:
        """Connect."""
        self._client = await self._transport.client(self._name)

    async def send(self, draft: Draft) -> None:
        """Send one record."""
        assert self._client is not None
        headers = [(name, value.decode()) for name, value in renamed(draft.headers, EVENT, PREFIX)]
        self._client.publish(topic_name(draft.topic), headers, draft.value or b"")

    async def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.close()


class ActiveReceiver:
    """Takes what comes to its group's queues, and acknowledges or refuses it."""

    def __init__(self, transport: ActiveTransport, application: Application, instance: int) -> None:
        self._transport, self._application = transport, application
        self._name = application.connection_name(instance)
        self._found: asyncio.Queue[tuple[str, Frame] | None] = asyncio.Queue()
        self._refused = False

    async def messages(self) -> AsyncGenerator[list[Message]]:
        """Records as they come."""
        client = await self._transport.client(self._name)
        tasks = TaskGroup()
        tasks.spawn(self._tell_end(client), "end of connection")
        try:
            for topic in self._application.reads:
                queue = queue_name(self._transport.scenario, self._application.group or "", topic)
                await client.receive(queue, partial(self._take, topic))
            while (taken := await self._found.get()) is not None:
                topic, frame = taken
                self._refused = False
                yield [_message(topic, frame)]
                client.answer(frame, taken=not self._refused)
        finally:
            await tasks.close()
            await client.close()
        raise ConnectionResetError

    def refused(self, _message: Message, _letters: DeadLetters) -> None:
        """ActiveMQ makes the dead letter once the message is refused."""
        self._refused = True

    async def _tell_end(self, client: _Client) -> None:
        await client.closed.wait()
        self._found.put_nowait(None)

    def _take(self, topic: str, frame: Frame) -> None:
        self._found.put_nowait((topic, frame))


def _message(topic: str, frame: Frame) -> Message:
    said = [(name, value.encode()) for name, value in frame.headers.items()]
    return Message(topic, 0, 0, 0, None, frame.body, renamed(said, PREFIX, EVENT))
