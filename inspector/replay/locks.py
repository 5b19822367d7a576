"""Which servers may be written to: each is read-only until its name was typed, and again some time later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from graph.identity import ServerId
from graph.model import DependencyGraph
from inspector.link import LockChanged, Report

UNLOCKED_S = 900.0
"""How long a server stays unlocked. What is being sent then goes on to its end."""


class Locks:
    """Those of all servers, for as long as the engine runs."""

    def __init__(self, report: Callable[[Report], None]) -> None:
        self._report = report
        self._unlocked: dict[ServerId, asyncio.TimerHandle] = {}

    def unlock(self, graph: DependencyGraph, server: ServerId, typed: str) -> None:
        """Allow sending when `typed` is the server's name or address."""
        known = graph.servers.get(server)
        name = known.name if known else server.address
        if typed.strip() in {server.address, name}:
            self._forget(server)
            self._unlocked[server] = asyncio.get_running_loop().call_later(UNLOCKED_S, self.lock, server)
            self._report(LockChanged(server, locked=False))
        else:
            self._report(LockChanged(server, locked=True, message=f"The name does not match. Type {name}."))

    def lock(self, server: ServerId) -> None:
        """Forbid sending again."""
        self._forget(server)
        self._report(LockChanged(server, locked=True))

    def locked(self, server: ServerId) -> bool:
        """Whether nothing may be sent to a server."""
        return server not in self._unlocked

    def close(self) -> None:
        """Lock everything."""
        for server in list(self._unlocked):
            self._forget(server)

    def _forget(self, server: ServerId) -> None:
        if (timer := self._unlocked.pop(server, None)) is not None:
            timer.cancel()
