"""What an application of the shop does: by its own clock, and in reaction to what it reads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from random import Random

from inspector.demo.shop.body import Body, decode, encode, make_body, version
from inspector.demo.shop.header import headers_of
from inspector.demo.shop.message import Draft, Message
from inspector.demo.shop.scenario import Application, Habit, Reaction, Scenario, Send, Weights
from inspector.demo.shop.transport import Transport
from inspector.demo.shop.wave import Breaker
from inspector.tasks import TaskGroup

MOST_IN_HAND = 2_000
"""Records that wait for their delay; an application with so many stops reading."""
SHORTEST_SLEEP_S = 0.005
MOST_LATE_S = 5.0

Later = Callable[[], Draft]
"""An event that is made when it is sent, so that its time is that of the sending."""


class Desk:
    """Makes an application's events: the same for every library."""

    def __init__(self, scenario: Scenario, application: Application, chance: Random) -> None:
        self._types = scenario.types
        self._application = application
        self._chance = chance
        self._began = time.monotonic()

    def draft(
        self, topic: str, types: Weights, headers: Sequence[Habit], cause: Message | None = None
    ) -> Draft:
        """One event of one of the kinds."""
        name = self._chance.choices(list(types), list(types.values()))[0]
        kind = self._types[name]
        age_s = time.monotonic() - self._began
        body = make_body(kind, _known(cause, kind.key), age_s, self._chance)
        said = headers_of(
            headers,
            source=self._application.source,
            kind=name,
            version=version(kind, age_s),
            cause=cause,
            chance=self._chance,
        )
        return Draft(topic, str(body[kind.key]).encode(), encode(kind, body), said)

    def answers(self, reaction: Reaction, message: Message) -> list[Later]:
        """What a reaction sends for a record: its gain on average, a whole number each time."""
        if reaction.send is None or (reaction.when and message.header("ce_type") != reaction.when):
            return []
        count = int(reaction.gain) + (self._chance.random() < reaction.gain % 1)
        return [
            partial(self.draft, reaction.send, reaction.types, self._application.headers, message)
        ] * count

    def delay_s(self, reaction: Reaction) -> float:
        """How long a reaction takes this time."""
        return reaction.delay_ms / 1000 * self._chance.uniform(0.9, 1.1)


def _known(cause: Message | None, key: str) -> Body:
    """The fields that a new event may take over; of a line of the supplier only what its key says."""
    if cause is None:
        return {}
    return decode(cause.value) or ({key: cause.key.decode()} if cause.key else {})


class Program:
    """One running instance of an application."""

    def __init__(
        self, application: Application, instance: int, transport: Transport, desk: Desk, chance: Random
    ) -> None:
        self._application = application
        self._desk = desk
        self._chance = chance
        self._sender = transport.sender(application, instance)
        self._receiver = transport.receiver(application, instance) if application.reads else None
        self._breaker = Breaker(application.wave) if application.wave else None
        self._room = asyncio.Semaphore(MOST_IN_HAND)
        self._in_hand: set[asyncio.TimerHandle] = set()
        self._outbox: asyncio.Queue[Later] = asyncio.Queue()

    async def run(self) -> None:
        """Work until something fails; the caller decides about a new start."""
        tasks = TaskGroup()
        work = []
        try:
            if any(True for _ in self._application.outputs()):
                await self._sender.start()
                work.append(tasks.spawn(self._deliver(), "deliver"))
            work += [tasks.spawn(self._send(send), f"send {send.topic}") for send in self._application.sends]
            if self._receiver is not None:
                work.append(tasks.spawn(self._react(), "react"))
            if self._breaker is not None:
                work.append(tasks.spawn(self._begin_waves(self._breaker), "waves"))
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            await tasks.close()
            await self._sender.close()

    async def _deliver(self) -> None:
        while True:
            make = await self._outbox.get()
            await self._sender.send(make())

    async def _send(self, send: Send) -> None:
        headers = self._application.headers if send.headers is None else send.headers
        due = time.monotonic() + self._chance.expovariate(send.rate)
        while True:
            # After a longer stop, such as a computer that slept, it does not make up for all of it.
            due = max(due, time.monotonic() - MOST_LATE_S)
            while due <= time.monotonic():
                await self._sender.send(self._desk.draft(send.topic, send.types, headers))
                due += self._chance.expovariate(send.rate)
            await asyncio.sleep(max(due - time.monotonic(), SHORTEST_SLEEP_S))

    async def _react(self) -> None:
        assert self._receiver is not None
        async with aclosing(self._receiver.messages()) as batches:
            async for batch in batches:
                for message in batch:
                    await self._handle(message)

    async def _handle(self, message: Message) -> None:
        if self._breaker is not None and self._breaker.open:
            return
        letters = self._application.dead_letters
        if letters and letters.on == message.topic and self._chance.random() < letters.share:
            assert self._receiver is not None
            if (copy := self._receiver.refused(message, letters)) is not None:
                self._outbox.put_nowait(lambda: copy)
            return
        for reaction in self._application.reactions:
            if reaction.on == message.topic:
                for make in self._desk.answers(reaction, message):
                    await self._room.acquire()
                    self._take_in_hand(make, self._desk.delay_s(reaction))

    def _take_in_hand(self, make: Later, delay_s: float) -> None:
        def finish() -> None:
            self._in_hand.discard(handle)
            self._room.release()
            self._outbox.put_nowait(make)
            if self._breaker is not None and self._breaker.count(time.monotonic()):
                self._drop_all()

        handle = asyncio.get_running_loop().call_later(delay_s, finish)
        self._in_hand.add(handle)

    def _drop_all(self) -> None:
        for handle in self._in_hand:
            handle.cancel()
            self._room.release()
        self._in_hand.clear()

    async def _begin_waves(self, breaker: Breaker) -> None:
        wave = breaker.wave
        await asyncio.sleep(wave.start_s)
        while True:
            for _ in range(wave.seeds):
                self._outbox.put_nowait(
                    partial(self._desk.draft, wave.topic, wave.types, self._application.headers)
                )
            await breaker.wait_for_end()
