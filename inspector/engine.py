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
from graph.identity import ChannelId, ServerId
from graph.model import DependencyGraph, Severity
from inspector.asyncapi import declared
from inspector.brokers.base import Adapter, Budget
from inspector.capture.capture import Capture
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.masks import Masks
from inspector.capture.plan import Plan
from inspector.capture.reading import Reading, parts
from inspector.capture.spare import AT_END_S, index_forever
from inspector.connection import parse
from inspector.conventions.rules import NO_RULES, Rules
from inspector.discovery import Discovery
from inspector.discovery.agreement import Agreement
from inspector.discovery.novelty import Novelty
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
    Problem,
    ProblemSolved,
    Ready,
    Report,
    RunCommand,
    SetCapture,
    Stop,
    Stopped,
    Unlock,
    UseProject,
)
from inspector.loops.acknowledged import acknowledged
from inspector.loops.watch import LoopWatch
from inspector.observation import (
    BatchRead,
    Observation,
    OffsetsSeen,
    PeopleSaid,
    RangeRead,
    ReadingBegun,
    RecordsMissed,
    RecordsSeen,
    ServerSeen,
    TransactionAborted,
)
from inspector.outbox import Outbox
from inspector.project.meaning import confirmed, counting, decisions, declarations
from inspector.project.model import Project
from inspector.record import Record
from inspector.replay.locks import Locks
from inspector.replay.planning import Circumstances
from inspector.replay.runs import Runs
from inspector.tasks import TaskGroup
from inspector.throughput import Throughput
from inspector.trait_columns import read_columns
from inspector.traits import Traits, read
from inspector.watch import Watch

log = logging.getLogger("eventscope.engine")

SEND_EVERY_S = 0.033
FLUSH_EVERY_S, FLUSH_S = 0.2, 0.07
"""How often records are written, and how long that may take. Who is killed loses no more than both."""
WAITING_BYTES = (1 << 20, 64 << 20)
"""Bounds of what may wait, which is what can be written in `FLUSH_S`. While more does, nothing is read."""
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
        max_bytes: int | None = None,
    ) -> None:
        self.commands: asyncio.Queue[Command] = asyncio.Queue()
        self._capture_path, self._max_bytes = capture, max_bytes
        self._deliver = deliver
        self._budget = budget or Budget()
        self._clock_ns = clock_ns
        self._tasks = TaskGroup()
        self._outbox = Outbox()
        self._discovery = Discovery()
        self._loops = LoopWatch()
        self._novelty = Novelty()
        self._throughput = Throughput()
        self._plan = Plan()
        self._levels: tuple[ChannelLevel, ...] = ()
        self._others: Level | None = self._plan.others
        self._masked = False
        self.reading = Reading()
        """How far channels that are read whole were read."""
        self._capture: Capture | None = None
        self._capturing = True
        self._watches: dict[ServerId, tuple[Watch, asyncio.Task[None]]] = {}
        self._graph = DependencyGraph()
        self._kept = DependencyGraph()
        self._seen, self._news = asyncio.Event(), asyncio.Event()
        """That anything came in since the newest graph, and that it is to be shown at once."""
        self._capture_failed = False
        self._most_waiting = WAITING_BYTES[0]
        self._full, self._written = asyncio.Event(), asyncio.Event()
        """That as much waits to be written as may, and that something was written."""
        self._project: UseProject | None = None
        self._rules = NO_RULES
        self._names: dict[ServerId, str] = {}
        """What people call their servers."""
        self._agreement = Agreement()
        self._project_problems: set[str] = set()
        self._locks = Locks(self._outbox.put)
        self._runs = Runs(self._outbox.put, self._connect)
        self._asked: dict[ServerId, Connect] = {}

    @property
    def graph(self) -> DependencyGraph:
        """The newest graph."""
        return self._graph

    @property
    def captured(self) -> int:
        """Records that were written into the capture file since it was opened."""
        return 0 if self._capture is None else self._capture.writer.rows - self._capture.rows_before

    @property
    def missed(self) -> dict[str, int]:
        """Records that were to be captured and are not in the file, by reason."""
        return {} if self._capture is None else dict(self._capture.missed)

    async def run(self) -> None:
        """Serve commands until `Stop`, then end everything in order."""
        self._outbox.put(Ready(PROTOCOL, os.getpid(), str(self._capture_path or "")))
        self._open_capture()
        self._tasks.spawn(self._send_forever(), "reports")
        self._tasks.spawn(self._flush_forever(), "capture")
        if self._capture is not None:
            self._tasks.spawn(index_forever(self._capture.writer), "index")
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
        self._locks.close()
        self._runs.close()
        with self._survived("graph"):
            self._make_graph()
        if self._capture is not None:
            await self._flush()
            self._keep_graph()
            await asyncio.to_thread(self._close_capture)
        if self._capture is not None:
            self._outbox.put(self._gauges())
        if batch := self._outbox.take():
            await self._deliver(batch)
        self._outbox.put(Stopped())
        await self._deliver(self._outbox.take())

    # Commands

    async def _obey(self, command: Command) -> None:
        match command:
            case _ if isinstance(command, RunCommand):
                self._tasks.spawn(self._runs.obey(command, self._circumstances()), "run")
            case Connect():
                await self._connect(command)
            case Disconnect():
                await self._disconnect(command.server)
            case SetCapture():
                self._set_capture(command)
            case UseProject():
                self._use(command)
            case Unlock():
                self._locks.unlock(self._graph, command.server, command.typed)
            case Lock():
                self._locks.lock(command.server)
                self._runs.lock(command.server)
            case Stop():
                pass

    def _circumstances(self) -> Circumstances:
        project = Project() if self._project is None else self._project.project
        branching, locked = self._loops.branching(), self._locks.locked
        file = "" if self._project is None else self._project.path
        return Circumstances(self._graph, self._adapters(), branching, project, file, self._asked, locked)

    def _set_capture(self, command: SetCapture) -> None:
        self._capturing = command.on
        if self._capture is not None:
            self._capture.on = command.on
        if command.levels is not None:
            self._levels, self._others = command.levels, command.others
            self._masked, self._plan.since_ns = command.masked, command.since_ns
            self._plan_capture()

    def _plan_capture(self) -> None:
        """Go by the levels and masks that are chosen now."""
        project = Project() if self._project is None else self._project.project
        self._plan.choose((*self._levels, *project.levels), self._others)
        if self._capture is not None:
            masks = Masks.of(project.masks)
            self._capture.mask(masks, self._rules, stored=self._masked or project.storing.masked)

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
        self._asked[connection.server] = command
        if (known := self._watches.get(connection.server)) is not None:
            if known[0].adapter is not None:
                return
            # What it was tried with until now led nowhere.
            await self._disconnect(connection.server)
        watch = Watch(connection, self._budget, self._plan, self._take, self._outbox.put, self._clock_ns)
        task = self._tasks.spawn(watch.run(), f"watch {connection}")
        self._watches[connection.server] = (watch, task)

    def _use(self, command: UseProject) -> None:
        """Go by a project; the files that it names are read beside everything else."""
        self._project = command
        self._names = {parse(each.url).server: each.name for each in command.project.connections if each.name}
        self._rules = Rules.of(command.project.rules)
        self._discovery.decide(decisions(command.project))
        self._loops.count(counting(command.project))
        self._plan_capture()
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

    async def _take(self, observations: Sequence[Observation]) -> None:
        for part in parts(observations, WAITING_BYTES[0] // 2):
            with self._survived("reading"):
                self._fold(part)
            while (
                self._capture is not None
                and not self._capture_failed
                and self._capture.writer.waiting_bytes > self._most_waiting
            ):
                self._full.set()
                self._written.clear()
                await self._written.wait()

    def _fold(self, observations: Sequence[Observation]) -> None:
        now_ns = self._clock_ns()
        plain: list[Observation] = []
        found: dict[ChannelId, tuple[list[Record], list[Traits]]] = {}
        for seen in observations:
            match seen:
                case BatchRead():
                    self._throughput.read(seen.batch.size, now_ns)
                    traits = read_columns(seen.batch, self._rules)
                    if self._capture is not None:
                        self._capture.take(seen.batch, traits)
                    if self._runs.watching:
                        self._runs.saw(seen.batch, traits)
                    channel, chosen = seen.batch.channel, self._loops.chosen(traits, now_ns)
                    if len(chosen) < len(traits):
                        chosen = sorted({*chosen, *self._novelty.among(channel, traits, now_ns)})
                    records, said = found.setdefault(channel, ([], []))
                    records += seen.batch.records(chosen)
                    said += traits.part(chosen)
                case RecordsSeen():
                    said = [read(record, self._rules) for record in seen.records]
                    self._discovery.fold_records(seen, said, now_ns)
                    self._throughput.read(sum(record.size for record in seen.records), now_ns)
                case RecordsMissed():
                    self._throughput.skipped += seen.count
                    self._loops.fold(RecordsSeen(seen.channel, (), seen.count), ())
                    if self._capture is not None:
                        self._capture.missed_some(seen)
                case ReadingBegun():
                    self.reading.begun(seen)
                case RangeRead():
                    self.reading.read(seen)
                    if self._capture is not None:
                        self._capture.covered(seen)
                case TransactionAborted() if self._capture is not None:
                    self._capture.aborted(seen)
                case ServerSeen() if seen.server in self._names:
                    plain.append(replace(seen, name=self._names[seen.server]))
                case _:
                    if isinstance(seen, OffsetsSeen):
                        self._throughput.written(seen, now_ns)
                    plain.append(seen)
        for channel, (records, said) in found.items():
            evidence = RecordsSeen(channel, tuple(records))
            self._discovery.fold_records(evidence, said, now_ns)
            self._loops.fold(evidence, said)
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
            self._capture = Capture(
                self._capture_path, self._plan, lambda: self._graph, self._clock_ns, self._max_bytes
            )
        except CaptureError as failure:
            self._problem("capture", Severity.ERROR, failure)

    def _close_capture(self) -> None:
        if self._capture is not None:
            try:
                self._capture.writer.close(spare_s=AT_END_S)
            except CaptureError as failure:
                log.warning("%s", failure)

    async def _flush_forever(self) -> None:
        while True:
            began = time.monotonic()
            await self._flush()
            self._outbox.put(self._gauges())
            # What was read may wait no longer than this together with the time it takes to write it.
            pause = max(0.0, FLUSH_EVERY_S - 2 * (time.monotonic() - began))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), pause)
            self._full.clear()

    async def _flush(self) -> None:
        if self._capture is None:
            return
        writer, began = self._capture.writer, time.monotonic()
        waiting = writer.waiting_bytes
        try:
            await asyncio.to_thread(writer.flush)
        except CaptureError as failure:
            if not self._capture_failed:
                self._problem("capture", Severity.ERROR, failure)
            self._capture_failed = True
        else:
            if self._capture_failed:
                self._outbox.put(ProblemSolved("capture", self._clock_ns()))
            self._capture_failed = False
            if waiting > WAITING_BYTES[0] // 2:
                fits = int(waiting * FLUSH_S / (time.monotonic() - began))
                self._most_waiting = min(max(fits, WAITING_BYTES[0]), WAITING_BYTES[1])
        self._written.set()

    def _keep_graph(self) -> None:
        if self._capture is None or self._capture_failed:
            return
        delta = diff(self._kept, self._graph)
        if delta.empty:
            return
        self._capture.writer.keep_graph(delta)
        self._kept = self._graph

    def _gauges(self) -> Gauges:
        now_ns = self._clock_ns()
        writer = None if self._capture is None else self._capture.writer
        return Gauges(
            at_ns=now_ns,
            rows=0 if writer is None else writer.rows,
            capture_bytes=0 if writer is None else writer.size_bytes,
            records_per_s=self._throughput.written_per_s(now_ns),
            read_bytes_per_s=self._throughput.read_bytes_per_s(now_ns),
            budget_bytes_per_s=self._budget.bytes_per_s * max(len(self._watches), 1),
            skipped=self._throughput.skipped,
            dropped_reports=self._outbox.dropped + (0 if writer is None else writer.dropped),
            missed=sum(self.missed.values()),
            capturing=self._capturing and writer is not None and not self._capture_failed,
        )
