"""What stands beside a Kafka broker: Kafka Connect, schema registries and MirrorMaker.

The first two are asked over HTTP where the address names them, and nowhere else:
`?connect=http://…,http://…&registry=http://…`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from time import monotonic
from typing import Protocol

from graph.model import Unavailable
from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.codec import CodecError
from inspector.brokers.kafka.mirrors import Mirrors
from inspector.brokers.kafka.wire import NodeDown
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.observation import NotVisible, Observation, VisibleAgain
from inspector.tasks import TaskGroup

EVERY_S = 10.0
LIMIT_S = 30.0
"""For all that one of them tells."""
SHARE = 0.2
"""Part of the time that may go into asking one of them; a large one is asked less often."""

Emit = Callable[[list[Observation]], Awaitable[None]]


class Companion(Protocol):
    """Something to be asked."""

    @property
    def title(self) -> str:
        """What people call it, with its address."""

    async def look(self) -> Observation:
        """All that it tells now. Raises `InspectorError` where it cannot be seen."""


class Companions:
    """Asks each of them again and again; what is told again is still so."""

    def __init__(self, cluster: Cluster, emit: Emit) -> None:
        self._cluster = cluster
        self._server = cluster.connection.server
        self._emit = emit

    async def run(self) -> None:
        """Ask side by side, so that none holds up another, until cancelled."""
        tasks = TaskGroup()
        try:
            watched = [tasks.spawn(self.keep(Mirrors(self._cluster)), "kafka mirrors")]
            for title, make in self._named():
                try:
                    companion = make()
                except InspectorError as failure:
                    await self._emit([self._not_visible(title, failure)])
                else:
                    watched.append(tasks.spawn(self.keep(companion), title))
            await asyncio.gather(*watched, return_exceptions=True)
        finally:
            await tasks.close()

    def _named(self) -> Iterator[tuple[str, Callable[[], Companion]]]:
        """Those that the address names. What they need is loaded here, as most addresses name none."""
        if urls := _listed(self._cluster.connection.option("connect")):
            from inspector.brokers.kafka.connect import Connect

            yield from (("Kafka Connect", lambda url=url: Connect(self._cluster, url)) for url in urls)
        if urls := _listed(self._cluster.connection.option("registry")):
            from inspector.brokers.kafka.registry import Registry

            yield from (("The schema registry", lambda url=url: Registry(self._server, url)) for url in urls)

    def _not_visible(self, what: str, failure: InspectorError) -> NotVisible:
        return NotVisible(Unavailable(what, failure.message, failure.remedy), self._server)

    @staticmethod
    async def _within_limit(companion: Companion) -> Observation:
        try:
            async with asyncio.timeout(LIMIT_S):
                return await companion.look()
        except TimeoutError as error:
            raise ConnectionFailed(
                f"{companion.title} did not answer everything within {LIMIT_S:.0f} s.", "It is asked again."
            ) from error

    async def keep(self, companion: Companion) -> None:
        """Ask one until cancelled, or until it refuses the login: too many wrong ones lock an account."""
        refused: NotVisible | None = None
        while True:
            began = monotonic()
            try:
                seen = await self._within_limit(companion)
            except InspectorError as failure:
                told, refused = refused, self._not_visible(companion.title, failure)
                await self._emit([] if refused == told else [refused])
                if isinstance(failure, AccessRefused) and not isinstance(companion, Mirrors):
                    return
            except (NodeDown, CodecError):
                pass  # the watch over the brokers tells
            else:
                again = [VisibleAgain(companion.title, self._server)] if refused is not None else []
                await self._emit([seen, *again])
                refused = None
            took = monotonic() - began
            await asyncio.sleep(max(EVERY_S - took, took / SHARE))


def _listed(option: str | None) -> list[str]:
    return [url.strip() for url in (option or "").split(",") if url.strip()]
