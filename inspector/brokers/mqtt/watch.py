"""What one subscription brings: topics, their records, and what the broker counts of itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.base import Budget
from inspector.brokers.handover import Handover
from inspector.brokers.mqtt.session import Session
from inspector.brokers.mqtt.topics import INTERNAL, Topics
from inspector.brokers.overheard import Overheard
from inspector.brokers.told import Told
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.errors import AccessRefused, InspectorError
from inspector.observation import Back, ChannelGone, ChannelSeen, Lost, Observation, ServerSeen
from inspector.tasks import TaskGroup

EVERYTHING = "#"
VERSION, CLIENTS, SUBSCRIPTIONS, DROPPED = (
    f"$SYS/broker/{name}"
    for name in ("version", "clients/connected", "subscriptions/count", "publish/messages/dropped")
)
"""What Mosquitto and others count (mosquitto(8), broker status); no standard asks for it."""
HEAR_S, COUNT_S, VERSION_S = 0.1, 5.0, 0.5
BACKOFF_S = (0.2, 2.0)


class Watch:
    """Everything one `observe` yields. Ends when it is closed."""

    def __init__(self, connection: Connection, budget: Budget, plan: Plan) -> None:
        self.session = Session(connection)
        self._server = connection.server
        self._pattern = connection.path or EVERYTHING
        self._told = Told(self._server)
        self._topics = Topics()
        self._channels: set[ChannelId] = set()
        self._counts: dict[str, str] = {}
        self._ids: dict[str, ChannelId] = {}
        self._tasks = TaskGroup()
        self._handover = Handover(self._tasks)
        self._emit = self._handover.put
        self._heard = Overheard(budget, plan, self._emit)

    async def batches(self) -> AsyncGenerator[Sequence[Observation], None]:
        """What is seen, until `close`; raises `AccessRefused` when the login is taken no more."""
        self._tasks.spawn(self._look(), "mqtt look")
        async with aclosing(self._handover.batches()) as batches:
            async for batch in batches:
                yield batch

    async def close(self) -> None:
        """End the iterator, all tasks and the connection."""
        await self._handover.close()
        await self.session.close()

    def _take(self) -> None:
        """Take what arrived since the last time."""
        for topic, value, headers in self.session.arrived():
            if topic.startswith(INTERNAL):
                self._counts[topic] = value.decode("utf-8", "replace")
            else:
                size = len(topic) + len(value)
                self._heard.hear(
                    self._channel(topic), topic.encode(), value, partial(tuple, headers), size=size
                )

    def _channel(self, topic: str) -> ChannelId:
        name = self._topics.channel(topic)
        found = self._ids.get(name)
        if found is None:
            found = self._ids[name] = ChannelId(self._server, ChannelKind.TOPIC, name)
        return found

    async def _look(self) -> None:
        refused = await self._listen()
        with suppress(TimeoutError):
            async with asyncio.timeout(VERSION_S):
                while VERSION not in self._counts:
                    await asyncio.sleep(HEAR_S / 10)
                    self._take()
        version = self._counts.get(VERSION)
        await self._emit([ServerSeen(self._server, self._server.address, version), *refused])
        counted_at = float("-inf")
        while True:
            if self.session.lost.is_set():
                await self._mend()
            self._take()
            await self._tell()
            if time.monotonic() - counted_at > COUNT_S:
                counted_at = time.monotonic()
                await self._emit(self._unseen())
            await asyncio.sleep(HEAR_S)

    async def _listen(self) -> list[Observation]:
        """Listen; what is refused, or is no more."""
        await self.session.subscribe([VERSION, CLIENTS, SUBSCRIPTIONS, DROPPED])
        what = f"topics under {self._pattern}"
        if not await self.session.subscribe([self._pattern]):
            return self._told.visible(what)
        return self._told.hidden(
            what,
            f"This login may not listen to {self._pattern}.",
            "Allow it to read, or name what it may read in the address: mqtt://host/orders/%23.",
        )

    async def _tell(self) -> None:
        await self._heard.tell()
        seen: list[Observation] = []
        for ends in self._heard.ends():
            if self._topics.channel(ends.channel.name) == ends.channel.name:
                if ends.channel not in self._channels:
                    self._channels.add(ends.channel)
                    seen.append(ChannelSeen(ends.channel, 1))
                seen += self._told.news(("ends", ends.channel), ends)
            elif ends.channel in self._channels:  # it belongs to a pattern now
                self._channels.discard(ends.channel)
                seen.append(ChannelGone(ends.channel))
        await self._emit(seen)

    def _unseen(self) -> list[Observation]:
        """What MQTT tells nobody, with what the broker counts of it."""
        counted = ""
        clients, subscriptions = self._counts.get(CLIENTS), self._counts.get(SUBSCRIPTIONS)
        if clients not in (None, "0") and subscriptions:
            counted = (
                f" It counts {clients} clients and {subscriptions} subscriptions, Eventscope's among them."
            )
        seen = self._told.hidden(
            "receivers",
            f"MQTT tells nobody who is subscribed to what.{counted}",
            "Declare in the project file which application receives what.",
            groups=True,
        )
        dropped = self._counts.get(DROPPED, "0")
        if dropped not in ("", "0"):
            seen += self._told.hidden(
                "messages that the broker dropped",
                f"The broker dropped {dropped} messages because receivers were too slow.",
                "Raise max_queued_messages in its configuration, or mend the receivers.",
            )
        return seen

    async def _mend(self) -> None:
        """Connect again, however long it takes."""
        why = f"{self._server.address} does not answer. Trying again until it does."
        self._take()
        await self._heard.tell()
        await self._emit([Lost(self._server, why)])
        wait, longest = BACKOFF_S
        while True:
            try:
                await self.session.open()
                refused = await self._listen()
            except AccessRefused as refusal:
                await self._handover.refuse(refusal)
            except InspectorError:
                await asyncio.sleep(wait)
                wait = min(longest, 2 * wait)
            else:
                break
        await self._emit([Back(self._server), *refused])
