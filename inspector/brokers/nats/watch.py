"""When what is looked at: all of it at once, then each thing at its own pace, and again after an outage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from graph.identity import ChannelId
from inspector.brokers.base import Budget
from inspector.brokers.handover import Handover
from inspector.brokers.nats.clients import NatsClient, list_clients
from inspector.brokers.nats.core import Core
from inspector.brokers.nats.picture import groups, listening, made_to, routes
from inspector.brokers.nats.places import Places
from inspector.brokers.nats.session import Session
from inspector.brokers.nats.streams import Reader, Stream, count_subjects, list_readers, list_streams
from inspector.brokers.nats.subjects import is_internal, is_pattern
from inspector.brokers.nats.tail import Tail
from inspector.brokers.told import Told
from inspector.capture.plan import Plan
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.observation import Back, ChannelGone, ChannelSeen, Lost, Observation, ServerSeen
from inspector.tasks import TaskGroup

STREAMS_S, CLIENTS_S, SUBJECTS_S, CORE_S = 0.25, 4.0, 5.0, 0.1
IDLE = 9
"""So many times as long as a look took, nothing is looked at: large accounts are looked at less often."""
AT_ONCE = 16
BACKOFF_S = (0.2, 2.0)


class Watch:
    """Everything one `observe` yields. Ends when it is closed."""

    def __init__(self, session: Session, budget: Budget, plan: Plan) -> None:
        self._session = session
        self._server = session.connection.server
        self._told = Told(self._server)
        self._places = Places(self._server)
        self._tasks = TaskGroup()
        self._handover = Handover(self._tasks)
        self._emit = self._handover.put
        self._tail = Tail(session, self._places, budget, plan, self._emit)
        self._core = Core(session, self._places, budget, plan, self._emit)
        self._clients: list[NatsClient] = []
        self._readers: list[Reader] = []
        self._channels: set[ChannelId] = set()
        self._patterns: set[ChannelId] = set()
        """Channels that are patterns, which somebody listens to and nothing is known to come over."""
        self._counted: dict[str, int] = {}
        """The last sequence of streams when their subjects were counted."""
        self._listed = asyncio.Event()
        """Set when it was looked how far streams reach."""
        self._mended = asyncio.Event()
        self._mended.set()

    async def batches(self) -> AsyncGenerator[Sequence[Observation], None]:
        """What is seen, until `close`; raises `AccessRefused` when the login is taken no more."""
        self._tasks.spawn(self._begin(), "nats first look")
        async with aclosing(self._handover.batches()) as batches:
            async for batch in batches:
                yield batch

    async def close(self) -> None:
        """End the iterator and all tasks."""
        await self._handover.close()

    async def _begin(self) -> None:
        client = self._session.client
        number = client.connected_server_version
        version = f"{number.major}.{number.minor}.{number.patch}"
        nodes = len(client.servers)
        await self._emit([ServerSeen(self._server, self._server.address, version, nodes)])
        schedule = (
            ("streams", self._look_at_streams, STREAMS_S),
            ("subjects of streams", self._count, SUBJECTS_S),
            ("consumers of streams", self._look_at_readers, CLIENTS_S),
            ("receivers", self._look_at_clients, CLIENTS_S),
            ("records of core subjects", self._hear, CORE_S),
        )
        for what, look, _ in schedule:
            await self._steadily(what, look)
        for what, look, period in schedule:
            self._tasks.spawn(self._every(what, look, period), f"nats {what}")
        self._tasks.spawn(self._read_on(), "nats_read")

    async def _every(self, what: str, look: Callable[[], Awaitable[None]], period: float) -> None:
        while not _cancelled():
            began = time.monotonic()
            await self._steadily(what, look)
            took = time.monotonic() - began
            await asyncio.sleep(max(period - took, IDLE * took))

    async def _steadily(self, what: str, look: Callable[[], Awaitable[None]]) -> None:
        """Look once; an outage in between is waited for, and what cannot be seen is told."""
        while not _cancelled():
            await self._mended.wait()
            try:
                await look()
            except ConnectionFailed:
                await self._mend()
            except InspectorError as error:
                receivers = what in ("receivers", "consumers of streams", "streams")
                await self._emit(self._told.hidden(what, error.message, error.remedy, groups=receivers))
                return
            else:
                await self._emit(self._told.visible(what))
                return

    async def _mend(self) -> None:
        """Connect again, however long it takes; one task does it and the others wait."""
        if not self._mended.is_set():
            return
        self._mended.clear()
        wait, longest = BACKOFF_S
        lost = False
        while not _cancelled():
            try:
                await self._session.open()
            except AccessRefused as refusal:
                await self._handover.refuse(refusal)
            except ConnectionFailed:
                if not lost:
                    lost = True
                    why = f"{self._server.address} does not answer. Trying again until it does."
                    await self._emit([Lost(self._server, why)])
                await asyncio.sleep(wait)
                wait = min(longest, 2 * wait)
            else:
                break
        self._core.reset()
        if lost:
            await self._emit([Back(self._server)])
        self._mended.set()

    async def _look_at_streams(self) -> None:
        streams = await list_streams(self._session)
        before = self._places.streams
        again = [
            name for name, stream in before.items()
            if not any(each.name == name and each.created == stream.created for each in streams)
        ]  # fmt: skip
        gone = {channel for name in again for channel in self._only(before[name])}
        self._places.replace(streams)
        for name in again:
            self._tail.forget(name)
            self._counted.pop(name, None)
            self._places.counts.pop(name, None)
        self._channels -= gone
        await self._emit([ChannelGone(channel) for channel in sorted(gone)])
        await self._show()
        self._listed.set()

    def _only(self, stream: Stream) -> list[ChannelId]:
        """The channels that are gone with a stream."""
        return list(dict.fromkeys((*self._places.kept(stream), self._places.stream(stream.name))))

    async def _show(self) -> None:
        """Channels that are new, where they lead, and how far they reach."""
        seen: list[Observation] = []
        for stream in self._places.streams.values():
            for channel in (self._places.stream(stream.name), *self._places.kept(stream)):
                seen += self._see(channel)
            for route in routes(self._places, stream):
                seen += self._told.news(("route", route.source, route.target), route)
            for ends in self._tail.ends(stream):
                seen += self._told.news(("ends", getattr(ends, "channel", None)), ends)
        await self._emit(seen)

    def _see(self, channel: ChannelId) -> list[Observation]:
        if channel in self._channels:
            return []
        self._channels.add(channel)
        return [ChannelSeen(channel, 1, is_internal(channel.name))]

    async def _count(self) -> None:
        """Which subjects lie in streams of several, where something came since the last time."""
        changed = [
            stream
            for stream in self._places.streams.values()
            if stream.several and self._counted.get(stream.name) != stream.last
        ]
        for at in range(0, len(changed), AT_ONCE):
            part = changed[at : at + AT_ONCE]
            answers = await asyncio.gather(*(count_subjects(self._session, one.name) for one in part))
            for stream, counts in zip(part, answers, strict=True):
                self._counted[stream.name] = stream.last
                self._places.count(stream.name, counts)
        if changed:
            await self._show()

    async def _read_on(self) -> None:
        """Read streams as soon as it is known that they reach further."""
        while not _cancelled():
            self._listed.clear()
            await self._steadily("records of streams", self._read)
            await self._listed.wait()

    async def _read(self) -> None:
        streams = [one for one in self._places.streams.values() if not self._tail.at_end(one)]
        for at in range(0, len(streams), AT_ONCE):
            await asyncio.gather(*(self._tail.read(stream) for stream in streams[at : at + AT_ONCE]))

    async def _look_at_readers(self) -> None:
        if self._places.streams:
            self._readers = await list_readers(self._session, list(self._places.streams))
        await self._tell_receivers()

    async def _look_at_clients(self) -> None:
        self._clients = await list_clients(self._session)
        await self._tell_receivers()

    async def _tell_receivers(self) -> None:
        pushed = {reader.delivers_to for reader in self._readers if reader.delivers_to}
        patterns = [
            each.subject
            for client in self._clients
            for each in client.subscriptions
            if each.subject not in pushed
        ]
        core = self._places.core(patterns)
        await self._core.listen(core)
        uses = listening(self._server, self._places, self._clients, pushed)
        seen: list[Observation] = []
        for use in uses.uses:
            seen += self._see(use.channel)
        # A pattern is a channel for as long as no subject is known that it stands for.
        used = {use.channel for use in uses.uses}
        gone = {each for each in self._patterns - used if self._places.keeper(each) is None}
        self._channels -= gone
        seen += [ChannelGone(channel) for channel in sorted(gone)]
        self._patterns = {channel for channel in used if is_pattern(channel.name)}
        seen += [uses, made_to(self._server, self._places, self._readers)]
        ends = {
            each.channel: each.end[0]
            for stream in self._places.streams.values()
            for each in self._tail.ends(stream)
        }
        seen += groups(self._server, self._places, self._readers, self._clients, ends, time.time_ns())
        await self._emit(seen)

    async def _hear(self) -> None:
        self._session.client  # noqa: B018 - raises where the connection is gone
        await self._core.tell()
        seen: list[Observation] = []
        for ends in self._core.ends():
            seen += self._see(ends.channel)
            seen += self._told.news(("ends", ends.channel), ends)
        await self._emit(seen)


def _cancelled() -> bool:
    """Whether this task was told to end: where nats-py waits for its socket it keeps that to itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
