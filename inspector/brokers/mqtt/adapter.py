"""The MQTT adapter: `inspector.brokers.base.Adapter` over one broker, as one login hears it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from graph.identity import ChannelId, ServerId
from inspector.brokers.base import Adapter, Admission, Budget, Outgoing, Sender
from inspector.brokers.mqtt.messages import properties_of
from inspector.brokers.mqtt.session import FAILED, Session
from inspector.brokers.mqtt.topics import covers, is_pattern
from inspector.brokers.mqtt.watch import Watch
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError, Unsupported
from inspector.observation import Observation
from inspector.record import Position, Record

NOBODY_LISTENS = 16
"""The broker took a message that no subscription wants (MQTT 5, section 3.4.2.1)."""
TOO_LARGE = "max_packet_size of Mosquitto, or what other brokers call it"


class MqttAdapter:
    """One login. Reading is a subscription of its own, which takes nothing from anybody."""

    def __init__(self, connection: Connection, budget: Budget, plan: Plan) -> None:
        self._connection = connection
        self._budget = budget
        self._plan = plan
        self._session = Session(connection)
        self._watches: set[Watch] = set()
        self._closed = False

    @property
    def server(self) -> ServerId:
        """The server this adapter talks to."""
        return self._connection.server

    async def open(self) -> None:
        """Connect and log in."""
        await self._session.open()

    async def observe(self) -> AsyncIterator[Sequence[Observation]]:
        """Everything heard, in batches, until the iterator or the adapter is closed."""
        watch = Watch(self._connection, self._budget, self._plan)
        await watch.session.open()
        self._watches.add(watch)
        try:
            async with aclosing(watch.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            self._watches.discard(watch)
            await watch.close()

    async def fetch(self, channel: ChannelId, position: Position) -> Record | None:
        """None: a broker of MQTT keeps nothing but the newest retained message, which has no position."""
        await self._ready()
        return None

    async def send(self, outgoing: Outgoing) -> Position:
        """Publish one message with quality of service 1, and wait until the broker has it."""
        topic = _topic(outgoing)
        if outgoing.partition not in (None, 0):
            raise InspectorError(f"{topic} has no partition {outgoing.partition}.", "Topics have none.")
        session = await self._ready()
        value = outgoing.value or b""
        if session.largest is not None and len(value) > session.largest:
            raise Unsupported(
                f"The record has {len(value):,} bytes.", f"This broker takes at most {session.largest:,}."
            )
        if outgoing.headers and not session.properties:
            raise Unsupported(
                "This broker speaks MQTT 3.1.1, which has no headers.", "Drop the headers of the record."
            )
        code = await session.publish(
            topic, value, properties_of(outgoing.headers) if outgoing.headers else None
        )
        if code.value >= FAILED:
            raise AccessRefused(
                f"{topic} did not take the record ({str(code).lower()}).",
                f"Allow this login to publish to {topic}.",
            )
        if code.value == NOBODY_LISTENS:
            raise InspectorError(
                f"Nobody listens to {topic}, so the broker dropped the record.", "Check the name."
            )
        return Position(0, time.time_ns())

    async def create(self, channel: ChannelId, partitions: int) -> None:
        """Nothing is to be made: a topic is there as soon as somebody listens to it."""
        await self._ready()

    async def admissions(self, channels: Sequence[ChannelId]) -> list[Admission]:
        """Nothing is told beforehand but the size."""
        largest = (await self._ready()).largest
        why = "MQTT tells nobody beforehand what a login may publish."
        return [Admission(each, unknown=why, largest=largest, setting=TOO_LARGE) for each in channels]

    def sender(self) -> Sender:
        """Raises `Unsupported`."""
        raise Unsupported("MQTT takes no replays from here yet.", "Replay to a Kafka server.")

    async def _ready(self) -> Session:
        if self._closed:
            raise ConnectionFailed(f"The connection to {self.server.address} is closed.")
        if self._session.lost.is_set():
            await self._session.open()
        return self._session

    async def close(self) -> None:
        """End every iterator, task and connection."""
        self._closed = True
        for watch in list(self._watches):
            await watch.close()
        await self._session.close()


def _topic(outgoing: Outgoing) -> str:
    """Where a record is published to: its channel, or its key where the channel is a pattern."""
    name = outgoing.channel.name
    if not is_pattern(name):
        return name
    key = (outgoing.key or b"").decode("utf-8", "replace")
    if covers(name, key) and not is_pattern(key):
        return key
    raise Unsupported(
        f"Nothing can be sent to {name} itself.", "Send to one of its topics, with its name as the channel."
    )


def open_adapter(connection: Connection, budget: Budget, plan: Plan) -> Adapter:
    """The adapter for a connection, not yet connected."""
    return MqttAdapter(connection, budget, plan)
