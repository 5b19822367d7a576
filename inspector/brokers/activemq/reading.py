"""Reads queues by looking into them, within the allowance or whole, and tells what was not seen in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from time import monotonic

from graph.identity import ChannelId
from inspector.brokers.activemq.management import Destination
from inspector.brokers.activemq.messages import record_of
from inspector.brokers.activemq.queues import Queues
from inspector.brokers.activemq.session import Refused, Session
from inspector.brokers.activemq.stomp import Frame
from inspector.brokers.allowance import Allowance
from inspector.brokers.base import OVER_BUDGET, Budget
from inspector.brokers.told import Told
from inspector.capture.plan import Plan
from inspector.observation import BatchRead, Observation, RangeRead, ReadingBegun, RecordsMissed
from inspector.record import Record, batches_of

AT_FIRST = 1_000
"""Messages that are read of a queue from before it was watched, the newest."""
RECEIVED = "receivers took them before they were looked at"
MARGIN_MS = 2_500
"""By how much the clocks' difference may be wrong, as it is told in seconds."""


class Reading:
    """The next number of every queue; `read` is called for one queue at a time."""

    def __init__(
        self,
        session: Session,
        queues: Queues,
        budget: Budget,
        plan: Plan,
        emit: Callable[[list[Observation]], Awaitable[None]],
        note: Callable[[ChannelId, Frame], None],
    ) -> None:
        self._session = session
        self._queues = queues
        self._plan = plan
        self._emit = emit
        self._note = note
        self._told = Told(session.connection.server)
        self._looking = Allowance(budget.bytes_per_s, monotonic)
        self._capturing = Allowance(budget.capture_bytes_per_s, monotonic)
        self._next: dict[ChannelId, int] = {}
        self._looked_ms: dict[ChannelId, int] = {}
        self._whole: set[ChannelId] = set()
        self._denied: set[ChannelId] = set()

    def forget(self, channel: ChannelId) -> None:
        """The queue is gone."""
        self._next.pop(channel, None)
        self._looked_ms.pop(channel, None)
        self._whole.discard(channel)
        self._denied.discard(channel)

    def is_behind(self, channel: ChannelId, told: Destination) -> bool:
        """Whether something came that was not read, and may be looked at now."""
        lying = self._queues.lying(channel)
        if channel in self._denied or (channel not in self._next and not told.queue_size):
            return False
        behind = lying.again or lying.ends(told)[1] > self._next.get(channel, -1)
        return behind and (self._chosen(channel) or self._looking.left > 0)

    def _chosen(self, channel: ChannelId) -> bool:
        return self._plan.chosen(channel.name) is not None

    async def read(self, channel: ChannelId, told: Destination, ahead_ms: int) -> None:
        """Look into a queue and tell what is new there."""
        before, now_ms = self._looked_ms.get(channel), time.time_ns() // 1_000_000
        since_ms = None if before is None else before + ahead_ms - MARGIN_MS
        whole = self._chosen(channel)
        try:
            pairs = await self._queues.look(self._session, channel, told, since_ms, whole=whole)
        except Refused as refused:
            self._denied.add(channel)
            what = f"records of {channel.name}"
            await self._emit(self._told.hidden(what, refused.message, refused.remedy))
            return
        self._looked_ms[channel] = now_ms
        end = self._queues.lying(channel).end
        start = self._next.get(channel)
        if start is None:
            start = pairs[0][0] if pairs else end
            if not whole and len(pairs) > AT_FIRST:
                start = pairs[-AT_FIRST][0]
        self._next[channel] = end
        seen: list[Observation] = []
        if whole and channel not in self._whole:
            self._whole.add(channel)
            seen.append(ReadingBegun(channel, {0: start}, {0: end}))
        seen += self._news(channel, [pair for pair in pairs if pair[0] >= start], (start, end), whole=whole)
        await self._emit(seen)
        if whole:
            await asyncio.sleep(self._capturing.wait_s())

    def _news(
        self, channel: ChannelId, pairs: list[tuple[int, Frame]], span: tuple[int, int], *, whole: bool
    ) -> list[Observation]:
        """Records in their order, with what lies between them and was not seen."""
        at, end = span
        allowance = self._capturing if whole else self._looking
        seen: list[Observation] = []
        records: list[Record] = []

        def told_so_far() -> None:
            if records:
                first = records[0].position.offset
                counted_only = self._plan.headers_only(channel.name)
                if not counted_only:
                    seen.extend(map(BatchRead, batches_of(records)))
                seen.append(RangeRead(channel, 0, first, at, counted_only))
                records.clear()

        for number, frame in pairs:
            self._note(channel, frame)
            if number > at:
                told_so_far()
                seen.append(RecordsMissed(channel, 0, number - at, RECEIVED))
                at = number
            if not whole and allowance.left <= 0:
                break
            record = record_of(channel, number, frame)
            allowance.spend(record.size)
            records.append(record)
            at = number + 1
        told_so_far()
        if at < end:
            reason = OVER_BUDGET if pairs and pairs[-1][0] >= at else RECEIVED
            seen.append(RecordsMissed(channel, 0, end - at, reason))
        return seen
