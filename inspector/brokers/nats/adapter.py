"""The NATS adapter: `inspector.brokers.base.Adapter` over one server or cluster, as one account sees it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from nats import errors

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.base import Adapter, Admission, Budget, Outgoing, Sender
from inspector.brokers.nats.clients import list_clients
from inspector.brokers.nats.messages import one_message
from inspector.brokers.nats.places import Places
from inspector.brokers.nats.session import JetStreamError, Refused, Session, Several
from inspector.brokers.nats.streams import Stream, list_streams
from inspector.brokers.nats.subjects import covers, is_pattern
from inspector.brokers.nats.watch import Watch
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.errors import ConnectionFailed, InspectorError, Unsupported
from inspector.observation import Observation
from inspector.record import Headers, Position, Record

KNOWN_S = 1.0
"""How long a list of streams is good for sending and fetching."""
ACK_S = 5.0


class NatsAdapter:
    """One account. Reading makes no consumer and acknowledges nothing."""

    def __init__(self, connection: Connection, budget: Budget, plan: Plan) -> None:
        self._connection = connection
        self._budget = budget
        self._plan = plan
        self._session = Session(connection)
        self._watches: dict[Watch, Session] = {}
        self._places = Places(connection.server)
        self._listed_at = float("-inf")

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
        """One record; None where it lies there no more, and for a core subject, which keeps nothing."""
        stream = await self._keeper(channel)
        if stream is None or position.partition != 0 or position.offset < 1:
            return None
        record = await one_message(await self._ready(), self._places, stream, position.offset)
        if record is None or (channel.kind is not ChannelKind.STREAM and record.channel != channel):
            return None
        return record

    async def send(self, outgoing: Outgoing) -> Position:
        """Publish one message, and wait for the stream that keeps it where there is one."""
        subject = _subject(outgoing)
        if outgoing.partition not in (None, 0):
            raise InspectorError(f"{subject} has no partition {outgoing.partition}.", "Subjects have none.")
        session = await self._ready()
        size = len(outgoing.value or b"")
        if size > session.max_payload:
            raise Unsupported(
                f"The record has {size:,} bytes.", f"This server takes at most {session.max_payload:,}."
            )
        headers = Several(_text(outgoing.headers)) if outgoing.headers else None
        stream = await self._keeper(outgoing.channel)
        client = session.client
        try:
            if stream is None:
                await self._check_heard(subject)
                await client.publish(subject, outgoing.value or b"", headers=headers)
                await client.flush()
                return Position(0, time.time_ns())
            answer = await client.jetstream().publish(
                subject, outgoing.value or b"", timeout=ACK_S, headers=headers
            )
        except (errors.Error, OSError, TimeoutError) as error:
            if session.denied(subject):
                raise Refused(subject) from error
            raise ConnectionFailed(f"{subject} did not take the record ({error}).") from error
        return Position(0, answer.seq)

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
            "NATS takes no replays from here yet: what was sent before a crash could not be found again.",
            "Replay to a Kafka server.",
        )

    async def _check_heard(self, subject: str) -> None:
        clients = await list_clients(self._session)
        if not any(covers(each.subject, subject) for client in clients for each in client.subscriptions):
            raise InspectorError(
                f"There is no stream for {subject}, and nobody listens to it.",
                "A record sent there would be lost; check the name.",
            )

    async def _ready(self) -> Session:
        """The session, connected again where its connection was lost."""
        if self._listed_at == float("inf"):
            raise ConnectionFailed(f"The connection to {self.server.address} is closed.")
        try:
            self._session.client  # noqa: B018 - raises where the connection is gone
        except ConnectionFailed:
            await self._session.open()
        return self._session

    async def _keeper(self, channel: ChannelId) -> Stream | None:
        session = await self._ready()
        if time.monotonic() - self._listed_at > KNOWN_S:
            try:
                self._places.replace(await list_streams(session))
            except JetStreamError:
                self._places.replace(())
            self._listed_at = time.monotonic()
        return self._places.keeper(channel)

    async def close(self) -> None:
        """End every iterator, task and connection."""
        self._listed_at = float("inf")
        for watch, session in list(self._watches.items()):
            await watch.close()
            await session.close()
        await self._session.close()


def _subject(outgoing: Outgoing) -> str:
    """Where a record is published to: its channel, or its key where the channel is a pattern or a stream."""
    name = outgoing.channel.name
    if outgoing.channel.kind is ChannelKind.SUBJECT and not is_pattern(name):
        return name
    key = (outgoing.key or b"").decode("utf-8", "replace")
    if outgoing.channel.kind is ChannelKind.SUBJECT and covers(name, key) and not is_pattern(key):
        return key
    raise Unsupported(
        f"Nothing can be sent to {name} itself.", "Send to one of its subjects, with its name as the channel."
    )


def _text(headers: Headers) -> list[tuple[str, str]]:
    pairs = []
    for name, value in headers:
        try:
            pairs.append((name, (value or b"").decode()))
        except UnicodeDecodeError as error:
            raise Unsupported(f"The header {name} is no text, and NATS takes text alone.") from error
    return pairs


def open_adapter(connection: Connection, budget: Budget, plan: Plan) -> Adapter:
    """The adapter for a connection, not yet connected."""
    return NatsAdapter(connection, budget, plan)
