"""Streams, read from any offset on without a trace: what acknowledgements there give is credit alone.

https://www.rabbitmq.com/docs/streams#consuming: offsets begin at 0; `x-stream-offset` says where to begin,
and in each message where it lies; nothing is stored about a consumer that AMQP 0-9-1 makes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from time import monotonic, time_ns
from typing import Any

from aiormq.abc import AbstractChannel, DeliveredMessage

from graph.identity import ChannelId
from inspector.brokers.rabbitmq.messages import STREAM_OFFSET, headers_of, key_of, stamped_ns
from inspector.brokers.rabbitmq.names import Place
from inspector.brokers.rabbitmq.session import CLOSE_S, ERRORS, Session, close_channel
from inspector.record import Position, Record

Begin = int | str | datetime
"""Where to begin: an offset, `first`, `last` (the newest chunk), `next`, or a time."""
QUIET_S = 0.15
"""Nothing more lies in a stream where nothing came for so long."""
LARGEST_CHUNK = 10_000
THERE_S = 1.0
"""A message that is there comes within this time."""
GATHER_S = 0.01
"""How long more is waited for behind the first message: each handing over costs an acknowledgement."""


class Reading:
    """Messages of one stream, handed over as they are asked for.

    Args:
        window: messages that may be on their way before earlier ones were taken.
    """

    def __init__(self, session: Session, place: Place, channel: ChannelId, window: int) -> None:
        self._session = session
        self._place = place
        self._channel = channel
        self._window = window
        self._amqp: AbstractChannel | None = None
        self._arrived: list[Record] = []
        self._ids: list[str] = []
        self._tag = ""
        self._last_tag = 0
        self._news = asyncio.Event()

    async def open(self, begin: Begin) -> None:
        """Begin to read; raises `InspectorError` where that cannot be."""
        self._amqp = amqp = await self._session.open_channel(self._place.vhost)
        try:
            await amqp.basic_qos(prefetch_count=self._window)
            given = await amqp.basic_consume(self._place.name, self._take, arguments={STREAM_OFFSET: begin})
            self._tag = given.consumer_tag or ""  # fmt: skip
        except ERRORS as error:
            await self.close()
            raise self._session.failure(error, self._place.vhost) from error
        amqp.closing.add_done_callback(lambda _: self._news.set())
        amqp.on_consumer_cancel_callbacks.add(self._cancelled)

    def _cancelled(self, _frame: Any) -> None:
        self._amqp = None
        self._news.set()

    @property
    def ended(self) -> bool:
        """Whether nothing more comes: the stream is gone, or the connection."""
        return self._amqp is None or self._amqp.is_closed

    async def _take(self, message: DeliveredMessage) -> None:
        self._arrived.append(record_of(self._channel, message))
        self._ids.append(message.header.properties.message_id or "")
        self._last_tag = message.delivery_tag or 0
        self._news.set()

    async def more(self, wait_s: float) -> tuple[list[Record], list[str]]:
        """What came since the last call, with the ids of the messages; nothing after `wait_s`."""
        if not self._arrived:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
                    if wait_s > GATHER_S and not self.ended:
                        await asyncio.sleep(GATHER_S)
        self._news.clear()
        arrived, self._arrived = self._arrived, []
        ids, self._ids = self._ids, []
        return arrived, ids

    async def taken(self) -> None:
        """Let as many more come as were handed over."""
        if self._last_tag and not self.ended:
            assert self._amqp is not None
            with suppress(*ERRORS):
                await self._amqp.basic_ack(self._last_tag, multiple=True, wait=False)
            self._last_tag = 0

    async def close(self) -> None:
        """End it."""
        amqp, self._amqp = self._amqp, None
        if amqp is not None:
            # Some versions go on to list consumers of streams whose channel was closed before them.
            with suppress(*ERRORS):
                async with asyncio.timeout(CLOSE_S):
                    await amqp.basic_cancel(self._tag)
            await close_channel(amqp)


def record_of(channel: ChannelId, message: DeliveredMessage) -> Record:
    """A message of a stream as a record; without a time of its own it has that of reading."""
    properties = message.header.properties
    at_ns = stamped_ns(message)
    offset = (properties.headers or {})[STREAM_OFFSET]
    return Record(
        channel,
        Position(0, offset),  # type: ignore[arg-type]
        time_ns() if at_ns is None else at_ns,
        key_of(message),
        message.body,
        headers_of(properties, timed=at_ns is not None),
        log_append_time=at_ns is None,
    )


@asynccontextmanager
async def reading(
    session: Session, place: Place, channel: ChannelId, begin: Begin, window: int
) -> AsyncIterator[Reading]:
    """A reading for as long as the block takes."""
    made = Reading(session, place, channel, window)
    await made.open(begin)
    try:
        yield made
    finally:
        await made.close()


async def record_at(session: Session, place: Place, channel: ChannelId, offset: int) -> Record | None:
    """The message at an offset; None where none is."""
    async with reading(session, place, channel, offset, 1) as some:
        records, _ = await some.more(THERE_S)
        return records[0] if records and records[0].position.offset == offset else None


async def edge_of(session: Session, place: Place, channel: ChannelId, begin: Begin) -> int | None:
    """The offset of the first message from somewhere on; None where nothing lies there."""
    async with reading(session, place, channel, begin, 1) as some:
        records, _ = await some.more(THERE_S)
        return records[0].position.offset if records else None


async def end_of(session: Session, place: Place, channel: ChannelId) -> int:
    """The offset after the newest message: all of the newest chunk is read for it."""
    end = 0
    async with reading(session, place, channel, "last", LARGEST_CHUNK) as some:
        records, _ = await some.more(THERE_S)
        while records:
            end = records[-1].position.offset + 1
            records, _ = await some.more(QUIET_S)
    return end


class Echo:
    """Where in a stream messages lie that are being sent to it: read back by the ids that they were given."""

    IDLE_S = 10.0

    def __init__(self, session: Session, place: Place, channel: ChannelId) -> None:
        self._reading = Reading(session, place, channel, 1_000)
        self._waited: dict[str, asyncio.Future[int]] = {}
        self._used = monotonic()

    async def open(self) -> None:
        """Begin to listen, before anything is sent."""
        await self._reading.open("next")

    def expect(self, message_id: str) -> asyncio.Future[int]:
        """The offset that a message will have."""
        self._used = monotonic()
        self._waited[message_id] = future = asyncio.get_running_loop().create_future()
        return future

    async def run(self) -> None:
        """Until nothing was sent for a while, or the stream is gone."""
        try:
            while not self._reading.ended and (self._waited or monotonic() - self._used < self.IDLE_S):
                records, ids = await self._reading.more(1.0)
                for record, message_id in zip(records, ids, strict=True):
                    future = self._waited.pop(message_id, None)
                    if future is not None and not future.done():
                        future.set_result(record.position.offset)
                await self._reading.taken()
        finally:
            for future in self._waited.values():
                future.cancel()
            await self._reading.close()
