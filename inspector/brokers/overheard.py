"""Records that are heard along as copies and kept by nobody: counted, and taken within the allowance.

No broker gives them positions: the time of arrival in ns, never twice the same, stands for them.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from time import monotonic

from graph.identity import ChannelId
from inspector.brokers.allowance import Allowance
from inspector.brokers.base import OVER_BUDGET, Budget
from inspector.capture.plan import Plan
from inspector.observation import BatchRead, Observation, OffsetsSeen, RangeRead, RecordsMissed
from inspector.record import Headers, Position, Record, batches_of

MOST_WAITING = 50_000
"""Records that may wait to be told; more are counted as missed."""


class Overheard:
    """What was heard since it was told last, of all channels."""

    def __init__(
        self, budget: Budget, plan: Plan, emit: Callable[[list[Observation]], Awaitable[None]]
    ) -> None:
        self._plan = plan
        self._emit = emit
        self._looking = Allowance(budget.bytes_per_s, monotonic)
        self._waiting: list[Record] = []
        self._missed: dict[ChannelId, int] = {}
        self._counted: dict[ChannelId, int] = {}
        self._read_to: dict[ChannelId, int] = {}
        self._last_ns = 0

    def hear(
        self,
        channel: ChannelId,
        key: bytes | None,
        value: bytes | None,
        headers: Callable[[], Headers],
        *,
        size: int,
        at_ns: int | None = None,
    ) -> None:
        """Take a copy that arrived just now; of one that is not taken the headers are never made.

        Args:
            size: about its bytes.
            at_ns: when it was sent, where that is told.
        """
        self._counted[channel] = self._counted.get(channel, 0) + 1
        whole = self._plan.chosen(channel.name) is not None
        if len(self._waiting) >= MOST_WAITING or (not whole and self._looking.left <= 0):
            self._missed[channel] = self._missed.get(channel, 0) + 1
            return
        if not whole:
            self._looking.spend(size)
        now_ns = self._last_ns = max(time.time_ns(), self._last_ns + 1)
        self._waiting.append(
            Record(
                channel,
                Position(0, now_ns),
                now_ns if at_ns is None else at_ns,
                key,
                value,
                headers(),
                log_append_time=at_ns is None,
            )
        )

    async def tell(self) -> None:
        """Yield what was heard since the last time."""
        records, self._waiting = self._waiting, []
        missed, self._missed = self._missed, {}
        by_channel: dict[ChannelId, list[Record]] = {}
        for record in records:
            by_channel.setdefault(record.channel, []).append(record)
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
        """How many records came over each channel; none of them lies anywhere."""
        return [OffsetsSeen(channel, {0: count}, {0: count}) for channel, count in self._counted.items()]
