"""The supervisor: connections, discovery, capture and replay, on one asyncio loop and without Qt.

    adapters -> observations -> discovery + loops -> graph -> outbox -> client
                     `-> records -> capture file <- read by the client itself

It knows nothing of where it runs: commands come in through a queue, batches of reports go out through
`deliver`. `inspector.host` puts it into a process, a thread, or the hands of a test.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec.structs import replace

from graph.delta import diff
from graph.identity import ServerId
from graph.model import DependencyGraph, Severity
from inspector.asyncapi import declared
from inspector.brokers.base import Adapter, Budget
from inspector.connection import parse
from inspector.conventions.rules import NO_RULES, Rules
from inspector.discovery import Discovery
from inspector.discovery.agreement import Agreement
from inspector.errors import AddressError, CaptureError, InspectorError
from inspector.link import (
    PROJECT,
    PROTOCOL,
    Command,
    Connect,
    ConnectionChanged,
    ConnectionState,
    Disconnect,
    Gauges,
    Lock,
    PlanReplay,
    Problem,
    ProblemSolved,
    Ready,
    Report,
    RunReplay,
    SetCapture,
    Stop,
    Stopped,
    Unlock,
    UseProject,
)
from inspector.loops.acknowledged import acknowledged
from inspector.loops.watch import LoopWatch
from inspector.observation import Observation, OffsetsSeen, PeopleSaid, RecordsSeen, ServerSeen
from inspector.outbox import Outbox
from inspector.project.meaning import confirmed, counting, decisions, declarations
from inspector.replay.desk import ReplayDesk
from inspector.store.writer import CaptureWriter
from inspector.tasks import TaskGroup
from inspector.throughput import Throughput
from inspector.traits import read
from inspector.watch import Watch

log = logging.getLogger("eventscope.engine")

SEND_EVERY_S = 0.033
FLUSH_EVERY_S = 0.25
GRAPH_EVERY_S = 0.5
KEEP_EVERY_S = 1.0
"""How often at most the change of the graph is written into the capture file."""
GRAPH_SHARE = 0.2
"""Part of the engine's time that may go into making graphs; large systems get theirs less often."""
QUIET_SHARE = 0.04
"""The same while nothing is seen, so that only the time goes on."""


class Engine:
    """Run it with `run`; it ends by the command `Stop`."""

    def __init__(
        self,
        capture: Path | None,
        deliver: Callable[[list[Report]], Awaitable[None]],
        budget: Budget | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.commands: asyncio.Queue[Command] = asyncio.Queue()
        self._capture_path = capture
        self._deliver = deliver
        self._budget = budget or Budget()
        self._clock_ns = clock_ns
        self._tasks = TaskGroup()
        self._outbox = Outbox()
        self._discovery = Discovery()
        self._loops = LoopWatch()
        self._throughput = Throughput()
        self._writer: CaptureWriter | None = None
        self._capturing = True
        self._watches: dict[ServerId, tuple[Watch, asyncio.Task[None]]] = {}
        self._graph = DependencyGraph()
        self._kept = DependencyGraph()
        self._seen, self._news = asyncio.Event(), asyncio.Event()
        """That anything came in since the newest graph, and that it is to be shown at once."""
        self._capture_failed = False
        self._project: UseProject | None = None
        self._rules = NO_RULES
        self._names: dict[ServerId, str] = {}
        """What people call their servers."""
        self._agreement = Agreement()
        self._project_problems: set[str] = set()
        self._desk = ReplayDesk(self._outbox.put, capture)

    @property
    def graph(self) -> DependencyGraph:
        """The newest graph."""
        return self._graph

    async def run(self) -> None:
        """Serve commands until `Stop`, then end everything in order."""
        self._outbox.put(Ready(PROTOCOL, os.getpid(), str(self._capture_path or "")))
        self._open_capture()
        self._tasks.spawn(self._send_forever(), "reports")
        self._tasks.spawn(self._flush_forever(), "capture")
        self._tasks.spawn(self._graph_forever(), "graph")
        try:
            while not isinstance(command := await self.commands.get(), Stop):
                with self._survived(f"command {type(command).__name__}"):
                    await self._obey(command)
        finally:
            await self._end()

    async def _end(self) -> None:
        for server in list(self._watches):
            await self._disconnect(server)
        await self._tasks.close()
        with self._survived("graph"):
            self._make_graph()
        if self._writer is not None:
            await self._flush()
            self._keep_graph()
            await asyncio.to_thread(self._close_capture)
        self._outbox.put(Stopped())
        await self._deliver(self._outbox.take())

    # Commands

    async def _obey(self, command: Command) -> None:
        match command:
            case Connect():
                await self._connect(command)
            case Disconnect():
                await self._disconnect(command.server)
            case SetCapture():
                self._capturing = command.on
            case UseProject():
                self._use(command)
            case Unlock():
                self._desk.unlock(self._graph, command.server, command.typed)
            case Lock():
                self._desk.lock(command.server)
            case PlanReplay():
                work = self._desk.plan(
                    command.request, self._graph, self._adapters(), self._loops.branching()
                )
                self._tasks.spawn(work, "plan of a replay")
            case RunReplay():
                work = self._desk.run(command.request, self._graph, self._adapters(), self._loops.branching())
                self._tasks.spawn(work, "replay")
            case Stop():
                pass

    def _adapters(self) -> dict[ServerId, Adapter]:
        """The adapters of all servers that are connected now."""
        return {
            server: watch.adapter for server, (watch, _) in self._watches.items() if watch.adapter is not None
        }

    async def _connect(self, command: Connect) -> None:
        try:
            connection = parse(command.url, command.password)
        except AddressError as refusal:
            server = ServerId("unknown", command.url.rpartition("@")[2])
            self._outbox.put(ConnectionChanged(server, str(server), ConnectionState.REFUSED, str(refusal)))
            self._problem("address", Severity.ERROR, refusal)
            return
        if (known := self._watches.get(connection.server)) is not None:
            if known[0].adapter is not None:
                return
            # What it was tried with until now led nowhere.
            await self._disconnect(connection.server)
        watch = Watch(connection, self._budget, self._take, self._outbox.put, self._clock_ns)
        task = self._tasks.spawn(watch.run(), f"watch {connection}")
        self._watches[connection.server] = (watch, task)

    def _use(self, command: UseProject) -> None:
        """Go by a project; the files that it names are read beside everything else."""
        self._project = command
        self._names = {parse(each.url).server: each.name for each in command.project.connections if each.name}
        self._rules = Rules.of(command.project.rules)
        self._discovery.decide(decisions(command.project))
        self._loops.count(counting(command.project))
        self._tasks.spawn(self._declare(command), "declarations")

    async def _declare(self, command: UseProject) -> None:
        """Take in what a project and its files declare; what is wrong with a file is told."""
        project, path = command.project, Path(command.path)
        found, wrong = await asyncio.to_thread(declared, project.asyncapi, path.parent)
        if self._project is not command:
            return
        said = (*declarations(project, path.name), *found)
        self._agreement = Agreement(said)
        now_ns = self._clock_ns()
        self._discovery.fold([PeopleSaid(said, confirmed(project))], now_ns)
        problems = {f"{PROJECT}{failure.message}": failure for failure in wrong}
        for key in self._project_problems - problems.keys():
            self._outbox.put(ProblemSolved(key, now_ns))
        for key, failure in problems.items():
            self._problem(key, Severity.WARNING, failure)
        self._project_problems = set(problems)
        self._seen.set()
        self._news.set()

    async def _disconnect(self, server: ServerId) -> None:
        found = self._watches.pop(server, None)
        if found is None:
            return
        watch, task = found
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await watch.close()

    # What is seen

    def _take(self, observations: Sequence[Observation]) -> None:
        with self._survived("reading"):
            self._fold(observations)

    def _fold(self, observations: Sequence[Observation]) -> None:
        now_ns = self._clock_ns()
        plain: list[Observation] = []
        for seen in observations:
            if isinstance(seen, RecordsSeen):
                traits = [read(record, self._rules) for record in seen.records]
                self._discovery.fold_records(seen, traits, now_ns)
                self._throughput.read(seen, now_ns)
                if seen.apart:
                    continue
                self._loops.fold(seen, traits)
                if self._writer is not None and self._capturing:
                    self._writer.add(seen.records, traits)
            else:
                if isinstance(seen, OffsetsSeen):
                    self._throughput.written(seen, now_ns)
                if isinstance(seen, ServerSeen) and seen.server in self._names:
                    seen = replace(seen, name=self._names[seen.server])
                plain.append(seen)
        if plain:
            self._discovery.fold(plain, now_ns)
            self._loops.see(plain)
        self._seen.set()
        if not self._graph.operations:
            self._news.set()

    async def _graph_forever(self) -> None:
        kept_at = 0.0
        while True:
            started = time.perf_counter()
            with self._survived("graph"):
                self._make_graph()
            cost = time.perf_counter() - started
            if started - kept_at >= KEEP_EVERY_S:
                self._keep_graph()
                kept_at = started
            self._seen.clear()
            self._news.clear()
            # Not even news may take more than half of the time.
            await asyncio.sleep(cost)
            pause = max(GRAPH_EVERY_S, cost / GRAPH_SHARE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause - cost)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._seen.wait(), max(0.0, cost / QUIET_SHARE - pause))

    def _make_graph(self) -> None:
        now_ns = self._clock_ns()
        graph = self._agreement.compared(self._discovery.graph(now_ns))
        graph = self._loops.measure(graph, now_ns)
        self._graph = graph if self._project is None else acknowledged(graph, self._project.project)
        self._outbox.show(self._graph)

    # Reports

    async def _send_forever(self) -> None:
        while True:
            if batch := self._outbox.take():
                await self._deliver(batch)
            await asyncio.sleep(SEND_EVERY_S)

    @contextmanager
    def _survived(self, doing: str) -> Iterator[None]:
        """A defect in one piece of work is told and logged, and does not end the others."""
        try:
            yield
        except Exception as defect:
            log.exception("%s met a defect", doing)
            sentence = f"A defect of Eventscope in its {doing}: {type(defect).__name__}: {defect}."
            remedy = "The rest goes on. Report it with the log, which has the details."
            self._outbox.put(Problem(f"defect {doing}", Severity.ERROR, sentence, self._clock_ns(), remedy))

    def _problem(self, key: str, severity: Severity, failure: InspectorError) -> None:
        self._outbox.put(Problem(key, severity, failure.message, self._clock_ns(), failure.remedy))

    # The capture file

    def _open_capture(self) -> None:
        if self._capture_path is None:
            return
        try:
            self._writer = CaptureWriter.open(self._capture_path)
        except CaptureError as failure:
            self._problem("capture", Severity.ERROR, failure)

    def _close_capture(self) -> None:
        if self._writer is not None:
            try:
                self._writer.close()
            except CaptureError as failure:
                log.warning("%s", failure)

    async def _flush_forever(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            await self._flush()
            self._outbox.put(self._gauges())

    async def _flush(self) -> None:
        if self._writer is None:
            return
        try:
            await asyncio.to_thread(self._writer.flush)
        except CaptureError as failure:
            if not self._capture_failed:
                self._problem("capture", Severity.ERROR, failure)
            self._capture_failed = True
        else:
            if self._capture_failed:
                self._outbox.put(ProblemSolved("capture", self._clock_ns()))
            self._capture_failed = False

    def _keep_graph(self) -> None:
        if self._writer is None or self._capture_failed:
            return
        delta = diff(self._kept, self._graph)
        if delta.empty:
            return
        self._writer.keep_graph(delta)
        self._kept = self._graph

    def _gauges(self) -> Gauges:
        now_ns = self._clock_ns()
        writer = self._writer
        return Gauges(
            at_ns=now_ns,
            rows=0 if writer is None else writer.rows,
            capture_bytes=0 if writer is None else writer.size_bytes,
            records_per_s=self._throughput.written_per_s(now_ns),
            read_bytes_per_s=self._throughput.read_bytes_per_s(now_ns),
            budget_bytes_per_s=self._budget.bytes_per_s * max(len(self._watches), 1),
            skipped=self._throughput.skipped,
            dropped_reports=self._outbox.dropped + (0 if writer is None else writer.dropped),
            capturing=self._capturing and writer is not None and not self._capture_failed,
        )
