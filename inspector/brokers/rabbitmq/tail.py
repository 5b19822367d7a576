"""Follows one stream from message to message, within the allowance or whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from graph.identity import ChannelId
from inspector.brokers.allowance import Allowance
from inspector.brokers.base import EXPIRED, OVER_BUDGET
from inspector.brokers.rabbitmq.messages import SECOND
from inspector.brokers.rabbitmq.names import Place
from inspector.brokers.rabbitmq.session import Session
from inspector.brokers.rabbitmq.streams import Begin, Reading, edge_of, end_of, reading
from inspector.capture.plan import Plan
from inspector.observation import (
    BatchRead,
    Observation,
    OffsetsSeen,
    RangeRead,
    ReadingBegun,
    RecordsMissed,
)
from inspector.record import Record, batches_of

AT_FIRST = 1_000
"""Messages that are read from before a stream was watched."""
LOOKING, WHOLE = 200, 5_000
"""Messages that may be on their way."""
WAIT_S = 0.5


class Tail:
    """The position in one stream."""

    def __init__(
        self,
        session: Session,
        place: Place,
        channel: ChannelId,
        plan: Plan,
        allowances: tuple[Allowance, Allowance],
        emit: Callable[[list[Observation]], Awaitable[None]],
    ) -> None:
        self._session = session
        self._place = place
        self._channel = channel
        self._plan = plan
        self._looking, self._capturing = allowances
        self._emit = emit
        self._first: int | None = None
        self._next = 0
        self._read_to: int | None = None
        self._count, self._size = 0, 0

    @property
    def _whole(self) -> bool:
        return self._plan.chosen(self._channel.name) is not None

    def ends(self) -> list[OffsetsSeen]:
        """How far the stream reaches, as far as it was read."""
        if self._first is None:
            return []
        return [OffsetsSeen(self._channel, {0: self._first}, {0: max(self._first, self._next)})]

    async def read(self, lying: int) -> None:
        """Read on until the stream, or the connection, ends; of `lying` messages the newest at first."""
        if self._first is None:
            await self._begin(lying)
        while True:
            whole = self._whole
            if whole:
                end = await end_of(self._session, self._place, self._channel)
                await self._emit([ReadingBegun(self._channel, {0: self._next}, {0: max(end, self._next)})])
            window = WHOLE if whole else LOOKING
            async with reading(self._session, self._place, self._channel, self._next, window) as some:
                while not some.ended and whole == self._whole:
                    records, _ = await some.more(WAIT_S)
                    if records:
                        await self._take(records, whole)
                        if not whole and self._looking.left <= 0 and await self._skip(some):
                            break
                        await some.taken()
                if some.ended:
                    return

    async def _begin(self, lying: int) -> None:
        """Where reading begins."""
        begin: Begin = "first"
        since_ns = self._plan.since_ns if self._whole else None
        if since_ns:
            begin = datetime.fromtimestamp(since_ns // SECOND, UTC)
        elif since_ns is None and lying > AT_FIRST:
            begin = "last"
        edge = await edge_of(self._session, self._place, self._channel, begin)
        if edge is None and since_ns:
            edge = await end_of(self._session, self._place, self._channel)
        self._first = 0
        if edge and begin != "first":
            first = await edge_of(self._session, self._place, self._channel, "first")
            self._first = first or 0
        elif edge:
            self._first = edge
        if begin == "last" and edge is not None:
            edge = max(self._first, edge - AT_FIRST)
        self._next = max(edge or 0, self._plan.resumed.get((self._channel, 0), 0))

    async def _take(self, records: list[Record], whole: bool) -> None:
        first = records[0].position.offset
        seen: list[Observation] = []
        if first > self._next:
            seen.append(RecordsMissed(self._channel, 0, first - self._next, EXPIRED))
            self._first, self._read_to = first, None
        self._next = records[-1].position.offset + 1
        size = sum(record.size for record in records)
        self._count, self._size = self._count + len(records), self._size + size
        (self._capturing if whole else self._looking).spend(size)
        counted_only = self._plan.headers_only(self._channel.name)
        if not counted_only:
            seen += map(BatchRead, batches_of(records))
        start = first if self._read_to is None else self._read_to
        seen.append(RangeRead(self._channel, 0, start, self._next, counted_only))
        self._read_to = self._next
        await self._emit(seen)
        if whole:
            await asyncio.sleep(self._capturing.wait_s())

    async def _skip(self, some: Reading) -> bool:
        """Pay what was read off; whether so much waits meanwhile that it is left out."""
        await asyncio.sleep(self._looking.wait_s())
        newest = await edge_of(self._session, self._place, self._channel, "last")
        waiting = (newest or 0) - self._next
        if waiting <= 0 or waiting * self._size / self._count <= self._looking.backlog:
            return False
        await some.close()
        arrived, _ = await some.more(0)
        if arrived:
            await self._take(arrived, whole=False)
        missed = (newest or 0) - self._next
        if missed > 0:
            await self._emit([RecordsMissed(self._channel, 0, missed, OVER_BUDGET)])
            self._next, self._read_to = self._next + missed, None
        return True
