"""When what is looked at: all of it at once, then each thing at its own pace, and again after an outage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterable, Sequence
from contextlib import aclosing

from graph.identity import ChannelId
from inspector.brokers.base import Budget
from inspector.brokers.handover import Handover
from inspector.brokers.rabbitmq.listening import Listening
from inspector.brokers.rabbitmq.management import DETAILED, Management
from inspector.brokers.rabbitmq.names import DEFAULT_VHOST, place_of
from inspector.brokers.rabbitmq.picture import Layout, clients, federation, receivers, senders, shovels
from inspector.brokers.rabbitmq.session import Session
from inspector.brokers.rabbitmq.taps import FIREHOSE
from inspector.brokers.told import Told
from inspector.capture.plan import Plan
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.observation import Back, ChannelGone, ChannelSeen, Lost, Observation, RouteSeen, ServerSeen
from inspector.rest import Rest
from inspector.tasks import TaskGroup

LAYOUT_S, CLIENTS_S, FORWARDERS_S, TELL_S = 1.0, 4.0, 15.0, 0.1
IDLE = 9
"""So many times as long as a look took, nothing is looked at: large brokers are looked at less often."""
BACKOFF_S = (0.2, 2.0)
PLACES, CLIENTS, RATES = "exchanges and queues", "senders and receivers", "who publishes where"
STRAIGHT = "who sends straight to which queue"
FORWARDERS = "shovels and federation"


class Watch:
    """Everything one `observe` yields. Ends when it is closed."""

    def __init__(self, session: Session, budget: Budget, plan: Plan) -> None:
        self._session = session
        self._server = session.connection.server
        self._told = Told(self._server)
        self._tasks = TaskGroup()
        self._handover = Handover(self._tasks)
        self._emit = self._handover.put
        self._listening = Listening(
            session, budget, plan, self._told, self._tasks, self._emit, self._steadily
        )
        self._rest: Rest | None = None
        self._layout = Layout(self._server)
        self._channels: set[ChannelId] = set()
        self._routes: dict[Hashable, RouteSeen] = {}
        """Routes that were told, by what they are remembered by."""
        self._names: dict[str, str] = {}
        self._mended = asyncio.Event()
        self._mended.set()

    async def batches(self) -> AsyncGenerator[Sequence[Observation], None]:
        """What is seen, until `close`; raises `AccessRefused` when the login is taken no more."""
        self._tasks.spawn(self._begin(), "rabbitmq first look")
        try:
            async with aclosing(self._handover.batches()) as batches:
                async for batch in batches:
                    yield batch
        finally:
            await self._leave()

    async def close(self) -> None:
        """End the iterator and all tasks."""
        await self._handover.close()
        await self._leave()

    async def _leave(self) -> None:
        rest, self._rest = self._rest, None
        if rest is not None:
            await self._listening.quiet(rest)
            await rest.__aexit__(None, None, None)

    @property
    def _management(self) -> Management:
        if self._rest is None:
            raise ConnectionFailed("The management interface was left.")
        return Management(self._rest, self._session.vhost)

    async def _begin(self) -> None:
        await self._steadily(PLACES, self._look_at_cluster)
        if self._rest is None:
            return
        schedule = (
            (PLACES, self._look_at_layout, LAYOUT_S),
            (CLIENTS, self._look_at_clients, CLIENTS_S),
            (FORWARDERS, self._look_at_forwarders, FORWARDERS_S),
        )
        for what, look, _ in schedule:
            await self._steadily(what, look)
        for what, look, period in (*schedule, ("records of exchanges", self._follow, LAYOUT_S)):
            self._tasks.spawn(self._every(what, look, period), f"rabbitmq {what}")
        self._tasks.spawn(self._every("records", self._listening.tell, TELL_S), "rabbitmq records")
        self._tasks.spawn(self._guard(), "rabbitmq guard")
        if seconds := self._session.firehose_s:
            self._tasks.spawn(self._trace(seconds), "rabbitmq firehose")

    async def _every(self, what: str, look: Callable[[], Awaitable[None]], period: float) -> None:
        while True:
            began = time.monotonic()
            await self._steadily(what, look)
            took = time.monotonic() - began
            await asyncio.sleep(max(period - took, IDLE * took))

    async def _steadily(self, what: str, look: Callable[[], Awaitable[None]]) -> None:
        """Look once; an outage in between is waited for, and what cannot be seen is told."""
        while True:
            await self._mended.wait()
            try:
                await look()
            except InspectorError as error:
                if not self._session.alive:
                    await self._mend()
                    continue
                hides = what in (PLACES, CLIENTS)
                await self._emit(self._told.hidden(what, error.message, error.remedy, groups=hides))
            else:
                await self._emit(self._told.visible(what))
            return

    async def _guard(self) -> None:
        """Notice at once that the connection ended."""
        while True:
            await self._mended.wait()
            await self._session.gone.wait()
            await self._mend()

    async def _mend(self) -> None:
        """Connect again, however long it takes; one task does it and the others wait."""
        if not self._mended.is_set():
            return
        self._mended.clear()
        wait, longest = BACKOFF_S
        lost = False
        while True:
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
        await self._listening.reset()
        if lost:
            await self._emit([Back(self._server)])
        self._mended.set()

    async def _look_at_cluster(self) -> None:
        version = await self._session.version()
        try:
            self._rest = self._rest or await self._session.management().__aenter__()
            overview = await self._management.overview()
        except InspectorError:
            await self._emit([ServerSeen(self._server, self._server.address, version)])
            raise
        await self._emit([ServerSeen(self._server, self._server.address, version, overview.nodes)])
        if overview.disable_stats:
            remedy = "Set management.disable_stats = false in rabbitmq.conf."
            await self._emit(self._told.hidden(RATES, "The broker collects no statistics.", remedy))
        elif overview.rates_mode != DETAILED:
            why = f"With rates_mode={overview.rates_mode} the broker does not say who publishes where."
            remedy = "Set management.rates_mode = detailed in rabbitmq.conf."
            await self._emit(self._told.hidden(RATES, why, remedy))

    async def _look_at_layout(self) -> None:
        management = self._management
        exchanges, queues, bindings = await asyncio.gather(
            management.exchanges(), management.queues(), management.bindings()
        )
        layout = self._layout = Layout(self._server, exchanges, queues, bindings)
        channels = dict.fromkeys(layout.channels())
        gone = sorted(self._channels - channels.keys())
        self._told.forget(("ends", each) for each in gone)
        for key, route in list(self._routes.items()):
            if route.source in gone or route.target in gone:
                del self._routes[key]
                self._told.forget([key])
        seen: list[Observation] = [ChannelGone(each) for each in gone]
        for channel in channels:
            if channel not in self._channels:
                name = place_of(channel).name
                seen.append(ChannelSeen(channel, 1, name.startswith("amq.")))
        self._channels = set(channels)
        seen += self._told_routes(layout.routes(self._listening.keys()))
        for ends in layout.counted(self._listening.untapped):
            seen += self._told.news(("ends", ends.channel), ends)
        await self._emit(seen)

    def _told_routes(self, routes: Iterable[RouteSeen]) -> list[Observation]:
        seen: list[Observation] = []
        for route in routes:
            key = ("route", route.source, route.target, route.technique)
            self._routes[key] = route
            seen += self._told.news(key, route)
        return seen

    async def _follow(self) -> None:
        await self._listening.follow(self._layout, self._names)

    async def _look_at_clients(self) -> None:
        management = self._management
        connections, consumers, publishing = await asyncio.gather(
            management.connections(), management.consumers(), management.publishing()
        )
        publishes = await management.publishes(publishing)
        names = self._names = clients(connections)
        uses, unclear = senders(self._layout, publishing, publishes, names)
        seen: list[Observation] = [receivers(self._layout, consumers, names), *uses]
        seen += self._listening.traced()
        if unclear:
            some = ", ".join(sorted(unclear)[:5])
            why = (
                f"Several connections publish to the default exchange ({some}): to which queues is not told."
            )
            seen += self._told.hidden(STRAIGHT, why, FIREHOSE)
        else:
            seen += self._told.visible(STRAIGHT)
        await self._emit(seen)

    async def _look_at_forwarders(self) -> None:
        management = self._management
        configured, links = await asyncio.gather(management.parameters("shovel"), management.links())
        await self._emit(
            self._told_routes([*shovels(self._layout, configured), *federation(self._layout, links)])
        )

    async def _trace(self, seconds: int) -> None:
        async def trace() -> None:
            assert self._rest is not None
            vhosts = dict.fromkeys(place.vhost for place in self._layout.exchanges) or [DEFAULT_VHOST]
            await self._listening.trace(self._rest, vhosts, seconds, self._layout)

        await self._steadily("the firehose", trace)
