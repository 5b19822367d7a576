"""What an adapter told so far, and a management interface that answers whatever it is given."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from graph.identity import Action, ChannelId
from graph.model import DependencyGraph
from inspector.discovery.discovery import Discovery
from inspector.observation import UsesSeen


def graph_of(*seen: Any) -> DependencyGraph:
    """The graph of all that was told."""
    discovery, now_ns = Discovery(), time.time_ns()
    for each in seen:
        discovery.fold(each.observations, now_ns)
    return discovery.graph(now_ns + 1)


def uses_of(seen: Any, technique: str) -> set[tuple[str, Action, ChannelId]]:
    """Who uses what, as it was told last."""
    newest = [each for each in seen.of(UsesSeen) if each.technique == technique][-1:]
    return {(use.client, use.action, use.channel) for each in newest for use in each.uses}


@asynccontextmanager
async def interface(answer: Any) -> AsyncIterator[str]:
    """Something that answers at every path of the address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
