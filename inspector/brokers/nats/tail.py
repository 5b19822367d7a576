"""Follows streams from message to message, within the allowance or whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

from graph.identity import ChannelId
from inspector.brokers.allowance import Allowance
from inspector.brokers.base import EXPIRED, OVER_BUDGET, Budget
from inspector.brokers.nats.messages import messages, sequence_at
from inspector.brokers.nats.places import Places
from inspector.brokers.nats.session import Session
from inspector.brokers.nats.streams import Stream
from inspector.capture.plan import Plan
from inspector.observation import BatchRead, Observation, OffsetsSeen, RangeRead, ReadingBegun, RecordsMissed
from inspector.record import Record, batches_of

AT_FIRST = 1_000
"""Messages of a stream that are read from before it was watched."""
CHUNK_BYTES = 1 << 20


class Tail:
    """The positions in all streams; `read` is called for one stream at a time."""

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
        self._capturing = Allowance(budget.capture_bytes_per_s, monotonic)
        self._next: dict[str, int] = {}
        self._read_to: dict[ChannelId, int] = {}
        self._counted: dict[ChannelId, tuple[int, int]] = {}
        """Of channels that share a stream: where counting began, and the records counted since."""

    def forget(self, stream: str) -> None:
        """The stream is gone, or another has its name now."""
        self._next.pop(stream, None)
        for channel in [each for each in self._counted if self._places.keeper(each) is None]:
            del self._counted[channel]
            self._read_to.pop(channel, None)

    def _whole(self, stream: Stream) -> bool:
        """Whether a level was chosen for one of its channels, or for the stream."""
        names = (stream.name, *(channel.name for channel in self._places.kept(stream)))
        return any(self._plan.chosen(name) is not None for name in names)

    def ends(self, stream: Stream) -> list[OffsetsSeen]:
        """How far the stream and its channels reach.

        Where several share it their own numbers do not tell how many there are: they are counted on from
        the sequence at which counting began.
        """
        here = self._places.stream(stream.name)
        seen = [OffsetsSeen(here, {0: stream.first}, {0: stream.last + 1})]
        counts = self._places.counts.get(stream.name, {})
        for channel in self._places.kept(stream):
            if channel == here:
                continue
            if not stream.several:
                seen.append(OffsetsSeen(channel, {0: stream.first}, {0: stream.last + 1}))
                continue
            began, counted = self._counted.setdefault(channel, (stream.last + 1, 0))
            end = began + counted
            seen.append(OffsetsSeen(channel, {0: max(0, end - counts.get(channel.name, 0))}, {0: end}))
        return seen

    def at_end(self, stream: Stream) -> bool:
        """Whether all of it was read, as it was described."""
        return self._next.get(stream.name, 0) > stream.last

    async def read(self, stream: Stream) -> None:
        """Everything up to the end of the stream as it was described, as far as it may be read now."""
        whole = self._whole(stream)
        allowance = self._capturing if whole else self._looking
        position = self._next.get(stream.name)
        if position is None:
            position = await self._begin(stream, whole)
        if position < stream.first:
            channel = self._missing(stream)
            await self._emit([RecordsMissed(channel, 0, stream.first - position, EXPIRED)])
            position = stream.first
        while position <= stream.last:
            if allowance.left <= 0:
                if not whole and stream.mean * (stream.last + 1 - position) > allowance.backlog:
                    missed = RecordsMissed(self._missing(stream), 0, stream.last + 1 - position, OVER_BUDGET)
                    await self._emit([missed])
                    position = stream.last + 1
                    for channel in self._places.kept(stream):
                        self._read_to.pop(channel, None)
                break
            first, most = position, min(CHUNK_BYTES, max(allowance.left, 1))
            records, position = await messages(
                self._session, self._places, stream, first, stream.last + 1, most
            )
            allowance.spend(sum(record.size for record in records))
            await self._emit(self._seen(stream, records, first, position))
            self._next[stream.name] = position
        self._next[stream.name] = position

    async def _begin(self, stream: Stream, whole: bool) -> int:
        """Where reading a stream begins."""
        position = max(stream.first, stream.last + 1 - AT_FIRST)
        if whole and self._plan.since_ns is not None:
            position = await sequence_at(self._session, stream, self._plan.since_ns)
        resumed = [self._plan.resumed.get((channel, 0), 0) for channel in self._places.kept(stream)]
        position = max([position, *resumed])
        if whole:
            begun = [
                ReadingBegun(channel, {0: position}, {0: stream.last + 1})
                for channel in self._places.kept(stream)
            ]
            await self._emit(list(begun))
        return position

    def _missing(self, stream: Stream) -> ChannelId:
        """The channel of which messages are said to be missed: the only one, or the stream."""
        kept = self._places.kept(stream)
        return kept[0] if len(kept) == 1 else self._places.stream(stream.name)

    def _seen(self, stream: Stream, records: list[Record], first: int, end: int) -> list[Observation]:
        by_channel: dict[ChannelId, list[Record]] = {}
        for record in records:
            by_channel.setdefault(record.channel, []).append(record)
        seen: list[Observation] = []
        for channel, mine in by_channel.items():
            began, counted = self._counted.get(channel, (stream.last + 1, 0))
            new = sum(1 for record in mine if record.position.offset >= began)
            self._counted[channel] = began, counted + new
            counted_only = self._plan.headers_only(channel.name)
            if not counted_only:
                seen += map(BatchRead, batches_of(mine))
            start = self._read_to.get(channel, first)
            seen.append(RangeRead(channel, 0, start, end, counted_only))
            self._read_to[channel] = end
        return seen
