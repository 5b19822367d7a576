"""How long an adapter takes until all is known that there is, and what it costs to go on looking."""

from __future__ import annotations

import time
from asyncio import timeout
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from inspector.brokers.base import Adapter
from inspector.discovery.discovery import Discovery
from inspector.observation import ChannelSeen, GroupSeen, UsesSeen

WATCHED_S = 10.0


class Known:
    """What was told so far."""

    def __init__(self) -> None:
        self.channels: set[object] = set()
        self.groups = 0
        self.listed = False
        """Whether clients were listed."""


async def first_graph(adapter: Adapter, what: str, enough: Callable[[Known], bool]) -> AsyncIterator[str]:
    """One line for the first graph and one for going on; closes the adapter."""
    began, cpu = time.monotonic(), time.process_time()
    discovery, known = Discovery(), Known()
    batches = adapter.observe()
    async for batch in batches:
        discovery.fold(batch, time.time_ns())
        known.channels.update(one.channel for one in batch if isinstance(one, ChannelSeen))
        known.groups += sum(1 for one in batch if isinstance(one, GroupSeen))
        known.listed = known.listed or any(isinstance(one, UsesSeen) for one in batch)
        if enough(known):
            break
    graph = discovery.graph(time.time_ns())
    yield (
        f"first graph of {what}: {time.monotonic() - began:.2f} s, {time.process_time() - cpu:.2f} CPU s "
        f"(asked: 3 s for 1,000); {len(known.channels):,} channels, {len(graph.operations):,} operations, "
        f"{len(graph.routes):,} routes"
    )
    cpu = time.process_time()
    with suppress(TimeoutError):
        async with timeout(WATCHED_S):
            async for _ in batches:
                pass
    yield f"watched further: {100 * (time.process_time() - cpu) / WATCHED_S:.0f} % of a core"
    await adapter.close()
