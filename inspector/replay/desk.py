"""Where replays are planned, unlocked and run: a server is read-only until its name was typed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from graph.identity import ServerId
from graph.model import DependencyGraph
from inspector.brokers.base import Adapter
from inspector.errors import InspectorError
from inspector.link import LockChanged, ReplayPlanned, ReplayRan, Report
from inspector.replay import planner, runner
from inspector.replay.plan import ReplayRequest


class ReplayDesk:
    """Holds which servers may be written to, for as long as the engine runs."""

    def __init__(self, report: Callable[[Report], None]) -> None:
        self._report = report
        self._unlocked: set[ServerId] = set()

    def unlock(self, graph: DependencyGraph, server: ServerId, typed: str) -> None:
        """Allow sending when `typed` is the server's name or address."""
        known = graph.servers.get(server)
        names = {server.address} | ({known.name} if known else set())
        if typed.strip() in names:
            self._unlocked.add(server)
            self._report(LockChanged(server, locked=False))
        else:
            name = known.name if known else server.address
            self._report(LockChanged(server, locked=True, message=f"The name does not match. Type {name}."))

    def lock(self, server: ServerId) -> None:
        """Forbid sending again."""
        self._unlocked.discard(server)
        self._report(LockChanged(server, locked=True))

    def plan(self, request: ReplayRequest, graph: DependencyGraph) -> None:
        """Answer with what the replay would do."""
        self._report(ReplayPlanned(planner.plan(request, graph, str(uuid4()))))

    async def run(self, request: ReplayRequest, graph: DependencyGraph, adapter: Adapter | None) -> None:
        """Send it, or say in one sentence why not."""
        replay_id = str(uuid4())
        locked = request.target.server not in self._unlocked
        try:
            done = await runner.run(planner.plan(request, graph, replay_id), adapter, locked=locked)
        except InspectorError as refusal:
            self._report(ReplayRan(request, replay_id, (), dry_run=False, message=str(refusal), refused=True))
        else:
            self._report(done)
