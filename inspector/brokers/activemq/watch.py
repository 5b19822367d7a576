"""When what is looked at: all of it at once, then each thing at its own pace, and again after an outage."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from graph.identity import Action, ChannelId, ChannelKind, ServerId
from inspector.brokers.activemq.management import (
    INTERNAL,
    Client,
    Consumer,
    Destination,
    Management,
)
from inspector.brokers.activemq.messages import channel_of, headers_of, path_of, sender_of, sent_ns
from inspector.brokers.activemq.picture import (
    forwards,
    groups,
    named,
    origin_route,
    queue,
    receiving,
    sending,
    topic,
    virtual_routes,
)
from inspector.brokers.activemq.queues import Queues, refusal
from inspector.brokers.activemq.reading import Reading
from inspector.brokers.activemq.session import OWN, Session
from inspector.brokers.activemq.stomp import Failure, Frame, Line
from inspector.brokers.base import Budget
from inspector.brokers.handover import Handover
from inspector.brokers.overheard import Overheard
from inspector.brokers.told import Told
from inspector.capture.plan import Plan
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.observation import (
    Back,
    ChannelGone,
    ChannelSeen,
    ForwardsSeen,
    Lost,
    Observation,
    OffsetsSeen,
    ServerSeen,
    Use,
    UsesSeen,
)
from inspector.tasks import TaskGroup

DESTINATIONS_S, CLIENTS_S, HEARD_S = 0.25, 2.0, 0.1
DESTINATIONS, CLIENTS = "queues and topics", "who sends and receives"
IDLE = 9
"""So many times as long as a look took, nothing is looked at: large brokers are looked at less often."""
BACKOFF_S = (0.2, 2.0)
NOTICED_S = 0.5
"""How long after the management interface the end of the connection may be noticed."""
AT_ONCE = 16
MOST_PENDING = 10_000
"""Messages that the broker keeps back for us where we are slow; it drops the oldest beyond them, and nobody
who sends has to wait."""
ALL_TOPICS = "/topic/>"
MESSAGE_ID = 0.97
"""The broker itself makes ids of the connections that messages came over."""


class Watch:
    """Everything one `observe` yields. Ends when it is closed."""

    def __init__(self, session: Session, queues: Queues, budget: Budget, plan: Plan) -> None:
        self._session = session
        self._server: ServerId = session.connection.server
        self._queues = queues
        self._told = Told(self._server)
        self._tasks = TaskGroup()
        self._handover = Handover(self._tasks)
        self._emit = self._handover.put
        self._heard = Overheard(budget, plan, self._emit)
        self._reading = Reading(session, queues, budget, plan, self._emit, self._note)
        self._broker_id = self._name = ""
        self._unsure = True
        """Whether the broker may be another process than before."""
        self._destinations: dict[ChannelId, Destination] = {}
        self._clients: dict[str, Client] = {}
        self._connections: dict[str, str] = {}
        """Names of clients by their connections."""
        self._senders: dict[tuple[str, ChannelId], None] = {}
        """Connections that sent messages, and where to."""
        self._sent: dict[tuple[str, ChannelId], Use] = {}
        """What producers said that they sent."""
        self._listened: dict[str, str] = {}
        """Topics that are heard along, as STOMP calls them, with the subscription."""
        self._denied: set[str] = set()
        self._in_network = False
        self._origins: set[tuple[ChannelId, ChannelId]] = set()
        self._listed = asyncio.Event()
        self._mended = asyncio.Event()
        self._mended.set()

    async def batches(self) -> AsyncGenerator[Sequence[Observation], None]:
        """What is seen, until `close`; raises `AccessRefused` when the login is taken no more."""
        self._tasks.spawn(self._begin(), "activemq first look")
        async with aclosing(self._handover.batches()) as batches:
            async for batch in batches:
                yield batch

    async def close(self) -> None:
        """End the iterator and all tasks."""
        await self._handover.close()

    async def _begin(self) -> None:
        stated = self._session.line.server.partition("/")[2] or None
        await self._emit([ServerSeen(self._server, self._server.address, stated)])
        schedule = [("records heard", self._tell_heard, HEARD_S)]
        try:
            async with self._session.jolokia() as rest:
                self._management = Management(rest)
                await self._steadily(DESTINATIONS, self._look_at_destinations)
                await self._steadily(CLIENTS, self._look_at_clients)
                schedule += [
                    (DESTINATIONS, self._look_at_destinations, DESTINATIONS_S),
                    (CLIENTS, self._look_at_clients, CLIENTS_S),
                ]
                self._start(schedule)
                await self._read_on()
        except InspectorError as error:  # of its address, or its password
            await self._emit(self._told.hidden(DESTINATIONS, error.message, error.remedy, groups=True))
            self._start(schedule)

    def _start(self, schedule: Sequence[tuple[str, Callable[[], Awaitable[None]], float]]) -> None:
        for what, look, period in schedule:
            self._tasks.spawn(self._every(what, look, period), f"activemq {what}")

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
                if isinstance(error, ConnectionFailed) and await self._is_lost():
                    await self._mend()
                    continue
                receivers = what in (DESTINATIONS, CLIENTS)
                await self._emit(self._told.hidden(what, error.message, error.remedy, groups=receivers))
            else:
                await self._emit(self._told.visible(what))
            return

    async def _is_lost(self) -> bool:
        """Whether the broker is gone, and not its management interface alone."""
        try:
            async with asyncio.timeout(NOTICED_S):
                await self._session.line.closed.wait()
        except TimeoutError:
            return False
        except ConnectionFailed:
            pass
        return True

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
            except AccessRefused as refused:
                await self._handover.refuse(refused)
            except ConnectionFailed:
                if not lost:
                    lost = True
                    why = f"{self._server.address} does not answer. Trying again until it does."
                    await self._emit([Lost(self._server, why)])
                await asyncio.sleep(wait)
                wait = min(longest, 2 * wait)
            else:
                break
        self._unsure = True
        self._listened.clear()
        if lost:
            await self._emit([Back(self._server)])
        self._mended.set()

    async def _greet(self) -> None:
        """What the broker is called, and whether it is the one that it was."""
        broker = await self._management.broker()
        if self._broker_id not in ("", broker.broker_id):
            self._queues.counted_anew()
        self._broker_id, self._name, self._unsure = broker.broker_id, broker.broker_name, False
        seen = ServerSeen(self._server, broker.broker_name, broker.broker_version or None)
        await self._emit(self._told.news("server", seen))

    async def _listen(self, consumers: Sequence[Consumer], *, networked: bool) -> None:
        """Hear topics along: subscriptions of our own, which get copies.

        Another broker forwards what somebody wants to receive here: then nothing is listened to but what
        somebody else here receives anyway.
        """
        wanted = {ALL_TOPICS}
        if networked or ALL_TOPICS in self._denied:
            known = [each for each in self._destinations if each.kind is ChannelKind.TOPIC]
            wanted = set(map(path_of, known))
            if networked:
                uses = receiving(self._server, consumers, {}, known, durable=True).uses
                wanted = {path_of(use.channel) for use in uses if use.channel.kind is ChannelKind.TOPIC}
        line = self._session.line
        try:
            for path in self._listened.keys() - wanted:
                await line.unsubscribe(self._listened.pop(path))
            for path in sorted(wanted - self._listened.keys() - self._denied):
                await self._subscribe(line, path)
        except OSError as error:
            raise self._session.silent() from error

    async def _subscribe(self, line: Line, path: str) -> None:
        asked = (("activemq.maximumPendingMessageLimit", str(MOST_PENDING)),)
        name = "all topics" if path == ALL_TOPICS else path.removeprefix("/topic/")
        try:
            self._listened[path] = await line.subscribe(path, asked, self._hear)
        except Failure as error:
            self._denied.add(path)
            refused = refusal(error, name, "read")
            remedy = refused.remedy or "Topics are tried one by one."
            await self._emit(self._told.hidden(f"records of {name}", refused.message, remedy))

    def _hear(self, frame: Frame) -> None:
        path = frame.headers.get("destination", "")
        channel = channel_of(self._server, path)
        if channel is None or channel.name.startswith(INTERNAL):
            return
        self._note(channel, frame)
        size = len(frame.body) + 100
        # A message keeps its time on its way through a network; what each hop takes is told by its arrival.
        at_ns = None if self._in_network else sent_ns(frame)
        self._heard.hear(channel, None, frame.body, lambda: headers_of(frame), size=size, at_ns=at_ns)

    def _note(self, channel: ChannelId, frame: Frame) -> None:
        """Who sent a message, and where to at first."""
        headers = frame.headers
        origin = channel_of(self._server, headers.get("original-destination", "")) or channel
        if origin != channel:
            self._origins.add((origin, channel))
        self._senders[sender_of(headers.get("message-id", "")), origin] = None

    async def _tell_heard(self) -> None:
        await self._heard.tell()

    async def _look_at_destinations(self) -> None:
        if self._unsure:
            await self._greet()
        queues, topics = await self._management.queues(), await self._management.topics()
        now = {queue(self._server, each.name): each for each in queues}
        now |= {topic(self._server, each.name): each for each in topics}
        seen: list[Observation] = []
        gone = self._destinations.keys() - now.keys()
        for channel in sorted(gone):
            self._queues.forget(channel)
            self._reading.forget(channel)
            seen.append(ChannelGone(channel))
        self._told.forget([("channel", channel) for channel in gone])
        self._told.forget([("ends", channel) for channel in gone])
        for channel, told in now.items():
            seen += self._told.news(("channel", channel), ChannelSeen(channel, 1))
            first, end = self._ends(channel, told)
            seen += self._told.news(("ends", channel), OffsetsSeen(channel, {0: first}, {0: end}))
        for route in virtual_routes(self._server, queues, topics):
            seen += self._told.news(("channel", route.source), ChannelSeen(route.source, 1))
            seen += self._told.news(("route", route.source, route.target), route)
        for origin, channel in self._origins:
            dead = channel in now and (now[channel].d_l_q or "DLQ" in channel.name)
            route = origin_route(origin, channel, dead=dead)
            seen += self._told.news(("route", origin, channel, route.technique), route)
        self._destinations = now
        await self._emit(seen)
        self._listed.set()

    def _ends(self, channel: ChannelId, told: Destination) -> tuple[int, int]:
        if channel.kind is ChannelKind.QUEUE:
            return self._queues.lying(channel).ends(told)
        return told.enqueue_count, told.enqueue_count

    async def _read_on(self) -> None:
        """Look into queues as soon as it is known that something came."""
        while True:
            self._listed.clear()
            await self._steadily("records of queues", self._read)
            await self._listed.wait()

    async def _read(self) -> None:
        waiting = [
            (channel, told)
            for channel, told in self._destinations.items()
            if channel.kind is ChannelKind.QUEUE and self._reading.is_behind(channel, told)
        ]
        for at in range(0, len(waiting), AT_ONCE):
            part = waiting[at : at + AT_ONCE]
            ahead_ms = self._management.ahead_ms
            await asyncio.gather(*(self._reading.read(channel, told, ahead_ms) for channel, told in part))

    async def _look_at_clients(self) -> None:
        consumers = await self._management.consumers()
        producers = await self._management.producers()
        clients = await self._management.clients()
        self._clients = {each.client_id: each for each in clients}
        self._connections = {each.connection_id: each.client_id for each in consumers}
        self._connections |= {each.connection_id: each.client_id for each in producers}
        bridges = await self._management.bridges()
        fed = any(each.network_connection for each in clients)
        networked = fed or any(each.duplex for each in await self._management.connectors())
        self._in_network = networked or bool(bridges)
        await self._listen(consumers, networked=networked)
        known = list(self._destinations)
        ends = {channel: told.enqueue_count for channel, told in self._destinations.items()}
        self._sent |= sending(self._server, producers, self._clients)
        self._sent = {key: use for key, use in self._sent.items() if key[0] in self._connections}
        uses = receiving(self._server, consumers, self._clients, known)
        seen: list[Observation] = []
        for channel in {use.channel for use in (*uses.uses, *self._sent.values())}:
            seen += self._told.news(("channel", channel), ChannelSeen(channel, 1))
        seen += [
            uses,
            UsesSeen(self._server, "activemq.producer", 0.95, tuple(sorted(set(self._sent.values())))),
            self._by_messages(),
            *groups(self._server, consumers, self._clients, known, ends),
            ForwardsSeen(self._server, tuple(forwards(self._server, self._name, consumers, bridges))),
        ]
        await self._emit(seen)

    def _by_messages(self) -> UsesSeen:
        """Who sent the messages that were seen, as far as their connections are still there."""
        self._senders = {key: None for key in self._senders if key[0] in self._connections}
        uses: set[Use] = set()
        for connection, channel in self._senders:
            client_id = self._connections[connection]
            if client_id.startswith(OWN):
                continue
            name = named(client_id, self._clients)
            detail = f"Ids of messages in {channel.name} name the connection of client {name}."
            uses.add(Use(name, Action.SEND, channel, detail))
        return UsesSeen(self._server, "activemq.message-id", MESSAGE_ID, tuple(sorted(uses)))
