"""Where replays are planned, unlocked and run: a server is read-only until its name was typed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

from graph.identity import ServerId
from graph.model import DependencyGraph
from graph.reach import Branch
from inspector.brokers.base import Adapter
from inspector.errors import CaptureError, InspectorError, ReplayRefused
from inspector.link import LockChanged, ReplayPlanned, ReplayRan, Report
from inspector.record import Record
from inspector.replay import planner, runner
from inspector.replay.journal import Journal
from inspector.replay.plan import ReplayPlan, ReplayRequest
from inspector.store.reader import CaptureReader
from inspector.traits import read

JOURNAL = "replays.jsonl"
"""Name of the audit file, which lies beside the captures."""


class ReplayDesk:
    """Holds which servers may be written to, for as long as the engine runs."""

    def __init__(self, report: Callable[[Report], None], capture: Path | None) -> None:
        self._report = report
        self._capture = capture
        self._journal = None if capture is None else Journal(capture.with_name(JOURNAL))
        self._unlocked: set[ServerId] = set()

    def unlock(self, graph: DependencyGraph, server: ServerId, typed: str) -> None:
        """Allow sending when `typed` is the server's name or address."""
        known = graph.servers.get(server)
        name = known.name if known else server.address
        if typed.strip() in {server.address, name}:
            self._unlocked.add(server)
            self._report(LockChanged(server, locked=False))
        else:
            self._report(LockChanged(server, locked=True, message=f"The name does not match. Type {name}."))

    def lock(self, server: ServerId) -> None:
        """Forbid sending again."""
        self._unlocked.discard(server)
        self._report(LockChanged(server, locked=True))

    async def plan(
        self,
        request: ReplayRequest,
        graph: DependencyGraph,
        adapters: Mapping[ServerId, Adapter],
        branching: Mapping[Branch, float],
    ) -> None:
        """Answer with what the replay would do."""
        self._report(ReplayPlanned(await self._planned(request, graph, adapters, branching)))

    async def run(
        self,
        request: ReplayRequest,
        graph: DependencyGraph,
        adapters: Mapping[ServerId, Adapter],
        branching: Mapping[Branch, float],
    ) -> None:
        """Send it, or say in one sentence why not."""
        plan = await self._planned(request, graph, adapters, branching)
        try:
            if plan.why_not:
                raise ReplayRefused(plan.why_not)
            adapter = adapters[plan.server]
            locked = plan.server not in self._unlocked
            replay_id, position = await runner.run(plan, adapter, locked=locked, journal=self._journal)
        except (InspectorError, OSError) as refusal:
            self._report(ReplayRan(request, "", (), not request.execute, str(refusal), refused=True))
            return
        if position is None:
            done = "Dry run: 1 record checked, 0 sent."
        else:
            done = f"1 record sent to {request.target.name}, {position}."
        sent = () if position is None else ((request.target, position),)
        self._report(ReplayRan(request, replay_id, sent, dry_run=position is None, message=done))

    async def _planned(
        self,
        request: ReplayRequest,
        graph: DependencyGraph,
        adapters: Mapping[ServerId, Adapter],
        branching: Mapping[Branch, float],
    ) -> ReplayPlan:
        return planner.plan(
            request,
            graph,
            replay_id=str(uuid4()),
            connected=adapters,
            already_there=await asyncio.to_thread(self._already_there, request),
            branching=branching,
        )

    def _already_there(self, request: ReplayRequest) -> int:
        """How many captured records on the target have the event id of the one to be sent."""
        record = Record(request.target, request.origin, 0, request.key, request.value, request.headers)
        event_id = read(record).event_id
        if event_id is None or self._capture is None:
            return 0
        try:
            reader = CaptureReader(self._capture)
        except CaptureError:
            return 0
        try:
            reader.refresh()
            return reader.same_event(event_id, request.target)
        finally:
            reader.close()
