"""Records as they come: streams are read, exchanges tapped, and where it was asked for the firehose is on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from time import monotonic

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.allowance import Allowance
from inspector.brokers.base import Budget
from inspector.brokers.overheard import Overheard
from inspector.brokers.rabbitmq.firehose import Firehose
from inspector.brokers.rabbitmq.management import Queue
from inspector.brokers.rabbitmq.picture import Layout
from inspector.brokers.rabbitmq.session import Gone, Session
from inspector.brokers.rabbitmq.tail import Tail
from inspector.brokers.rabbitmq.taps import FIREHOSE, Tap
from inspector.brokers.told import Told
from inspector.capture.plan import Plan
from inspector.errors import ConnectionFailed, InspectorError
from inspector.observation import Observation
from inspector.rest import Rest
from inspector.tasks import TaskGroup

MOST_STREAMS = 100
"""Streams that are read at the same time, besides those that were chosen to be captured."""
AGAIN_S = 0.5
Steadily = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]


class Listening:
    """All records of what a layout has. `steadily` does something through outages, and tells what it is."""

    def __init__(
        self,
        session: Session,
        budget: Budget,
        plan: Plan,
        told: Told,
        tasks: TaskGroup,
        emit: Callable[[list[Observation]], Awaitable[None]],
        steadily: Steadily,
    ) -> None:
        self._session = session
        self._plan = plan
        self._told = told
        self._tasks = tasks
        self._emit = emit
        self._steadily = steadily
        self._allowances = (
            Allowance(budget.bytes_per_s, monotonic),
            Allowance(budget.capture_bytes_per_s, monotonic),
        )
        self._overheard = Overheard(budget, plan, emit)
        self._taps: dict[str, Tap] = {}
        self._firehoses: dict[str, Firehose] = {}
        self._tails: dict[ChannelId, tuple[Tail, asyncio.Task[None]]] = {}
        self._tapped: set[str] = set()
        """What was told to be hidden of exchanges."""
        self.untapped: set[ChannelId] = set()
        """Exchanges whose messages are not counted here."""

    def keys(self) -> dict[ChannelId, set[str]]:
        """Routing keys that were seen on exchanges."""
        return {channel: keys for tap in self._taps.values() for channel, keys in tap.keys.items()}

    async def follow(self, layout: Layout, names: Mapping[str, str]) -> None:
        """Read and tap what is there now; `names` are those that connections give themselves."""
        seen = self._follow_streams(layout)
        for firehose in self._firehoses.values():
            firehose.layout, firehose.names = layout, names
        hidden: dict[str, tuple[str, str]] = {}
        self.untapped.clear()
        for vhost in dict.fromkeys(place.vhost for place in layout.exchanges):
            tap = self._taps.setdefault(vhost, Tap(self._session, vhost, self._overheard))
            try:
                untapped = await tap.follow(layout, self._plan)
            except InspectorError as error:
                if not self._session.alive:
                    raise
                hidden[f"records of exchanges in {vhost}"] = error.message, error.remedy
            else:
                for each in untapped:
                    channel = layout.exchange(each.exchange.place)
                    self.untapped.add(channel)
                    hidden[f"records of exchange {channel.name}"] = each.why, each.remedy
        straight = [each for each in layout.straight() if each.kind is ChannelKind.QUEUE]
        if straight and not any(each.on for each in self._firehoses.values()):
            why = f"No copies can be had of what is sent straight to queues, such as {straight[0].name}."
            hidden["records sent straight to queues"] = why, FIREHOSE
        for what in self._tapped - hidden.keys():
            seen += self._told.visible(what)
        for what, (why, remedy) in hidden.items():
            seen += self._told.hidden(what, why, remedy)
        self._tapped = set(hidden)
        await self._emit(seen)

    def _follow_streams(self, layout: Layout) -> list[Observation]:
        streams = {layout.queue(each.place): each for each in layout.streams}
        for channel in self._tails.keys() - streams.keys():
            self._tails.pop(channel)[1].cancel()
        left = 0
        for channel, queue in streams.items():
            if channel in self._tails:
                continue
            if len(self._tails) >= MOST_STREAMS and self._plan.chosen(channel.name) is None:
                left += 1
                continue
            tail = Tail(self._session, queue.place, channel, self._plan, self._allowances, self._emit)
            task = self._tasks.spawn(self._read(tail, queue), f"rabbitmq stream {channel.name}")
            self._tails[channel] = tail, task
        what = "records of some streams"
        if not left:
            return self._told.visible(what)
        why = f"{MOST_STREAMS} streams are read at the same time, and {left:,} are left out."
        return self._told.hidden(what, why, "Choose a capture level for those that matter.")

    async def _read(self, tail: Tail, queue: Queue) -> None:
        async def read() -> None:
            with suppress(Gone):
                await tail.read(queue.messages)

        while True:
            await self._steadily(f"records of stream {queue.name}", read)
            # It is gone, or has another leader, or the connection ended: the next look will tell.
            await asyncio.sleep(AGAIN_S)

    async def tell(self) -> None:
        """What was heard since the last time, and how far everything reaches."""
        await self._overheard.tell()
        ends = [*self._overheard.ends(), *(each for tail, _ in self._tails.values() for each in tail.ends())]
        await self._emit([each for one in ends for each in self._told.news(("ends", one.channel), one)])

    async def trace(self, rest: Rest, vhosts: Iterable[str], seconds: float, layout: Layout) -> None:
        """Have the firehose on for a while."""
        for vhost in vhosts:
            firehose = self._firehoses[vhost] = Firehose(self._session, vhost, self._overheard)
            firehose.layout = layout
            await firehose.start(rest)
            if vhost in self._taps:
                self._taps[vhost].silent = True
        await asyncio.sleep(seconds)
        await self.quiet(rest)

    def traced(self) -> Sequence[Observation]:
        """What the firehoses showed of clients."""
        return [each.uses() for each in self._firehoses.values()]

    async def quiet(self, rest: Rest) -> None:
        """Turn the firehose off."""
        for vhost, firehose in self._firehoses.items():
            if firehose.on:
                with suppress(ConnectionFailed):
                    await firehose.stop(rest)
            if vhost in self._taps:
                self._taps[vhost].silent = False

    async def reset(self) -> None:
        """The connections are others now."""
        for tap in self._taps.values():
            await tap.close()
