"""Core subjects: what somebody listens to anyway is heard along, as a copy, and kept by nobody.

Nothing is listened to where nobody else does: a server tells who asks at once that nobody will answer, and
one more listener would take that from them. The server keeps no positions; the time of arrival in ns,
never twice the same, stands for them.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic

from graph.identity import ChannelId
from inspector.brokers.allowance import Allowance
from inspector.brokers.base import OVER_BUDGET, Budget
from inspector.brokers.nats.places import Places
from inspector.brokers.nats.session import Arrived, Inbox, Session, headers_of
from inspector.brokers.nats.subjects import covers, is_internal
from inspector.capture.plan import Plan
from inspector.observation import BatchRead, Observation, OffsetsSeen, RangeRead, RecordsMissed
from inspector.record import Position, Record, batches_of

MOST_WAITING = 50_000
"""Messages that may wait to be told; more are counted as missed."""


class Core:
    """Hears core subjects along."""

    def __init__(
        self,
        session: Session,
        places: Places,
        budget: Budget,
        plan: Plan,
        emit: Callable[[list[Observation]], Awaitable[None]],
    ) -> None:
        self._session = session
        self._places = places
        self._plan = plan
        self._emit = emit
        self._looking = Allowance(budget.bytes_per_s, monotonic)
        self._heard: dict[str, Inbox] = {}
        self._waiting: list[Record] = []
        self._missed: dict[ChannelId, int] = {}
        self._counted: dict[ChannelId, int] = {}
        self._read_to: dict[ChannelId, int] = {}
        self._last_ns = 0

    def reset(self) -> None:
        """The connection is another one now."""
        self._heard.clear()

    async def listen(self, patterns: Iterable[str]) -> None:
        """From now on hear these subjects and patterns along, and no others."""
        wanted = _widest(patterns)
        for pattern in self._heard.keys() - wanted:
            await self._heard.pop(pattern).close()
        for pattern in wanted - self._heard.keys():
            self._heard[pattern] = await self._session.inbox(pattern).open(self._hear)

    def _hear(self, arrived: Arrived) -> None:
        subject, data, raw = arrived
        channel = self._places.subject(subject)
        if is_internal(subject) or self._places.keeper(channel) is not None:
            return
        self._counted[channel] = self._counted.get(channel, 0) + 1
        whole = self._plan.chosen(subject) is not None
        if len(self._waiting) >= MOST_WAITING or (not whole and self._looking.left <= 0):
            self._missed[channel] = self._missed.get(channel, 0) + 1
            return
        if not whole:
            self._looking.spend(len(data) + len(raw))
        at_ns = self._last_ns = max(time.time_ns(), self._last_ns + 1)
        self._waiting.append(
            Record(
                channel,
                Position(0, at_ns),
                at_ns,
                subject.encode(),
                data,
                headers_of(raw),
                log_append_time=True,
            )
        )

    async def tell(self) -> None:
        """Yield what was heard since the last time."""
        records, self._waiting = self._waiting, []
        missed, self._missed = self._missed, {}
        by_channel: dict[ChannelId, list[Record]] = {}
        for record in records:
            by_channel.setdefault(record.channel, []).append(record)
            self._places.hear(record.channel.name)
        seen: list[Observation] = []
        for channel, mine in by_channel.items():
            counted_only = self._plan.headers_only(channel.name)
            if not counted_only:
                seen += map(BatchRead, batches_of(mine))
            first, end = mine[0].position.offset, mine[-1].position.offset + 1
            seen.append(RangeRead(channel, 0, self._read_to.get(channel, first), end, counted_only))
            self._read_to[channel] = end
        for channel, count in missed.items():
            seen.append(RecordsMissed(channel, 0, count, OVER_BUDGET))
            self._read_to.pop(channel, None)
        await self._emit(seen)

    def ends(self) -> list[OffsetsSeen]:
        """How many messages came over each subject; none of them lies anywhere."""
        return [OffsetsSeen(channel, {0: count}, {0: count}) for channel, count in self._counted.items()]


def _widest(patterns: Iterable[str]) -> set[str]:
    """The patterns without those that another covers: a message is to be heard once."""
    every = set(patterns)
    return {each for each in every if not any(other != each and covers(other, each) for other in every)}
