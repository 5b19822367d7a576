"""Where replays are planned, begun, steered and gone on with, for as long as the engine runs."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import platformdirs
from msgspec.structs import replace as changed

from graph.identity import ServerId
from graph.reach import find_reach
from inspector.brokers.base import Sender
from inspector.connection import parse
from inspector.decode.decoding import Decoding, of_project
from inspector.decode.plugins import installed
from inspector.errors import InspectorError, ReplayRefused
from inspector.link import (
    Connect,
    PlanRun,
    Report,
    ResumeRun,
    RunCommand,
    RunMoved,
    RunPlanned,
    StartPrivate,
    StartRun,
    SteerRun,
)
from inspector.record import RecordBatch
from inspector.replay import planning
from inspector.replay.access import Access
from inspector.replay.admission import NOTHING_TOLD, Told, asked
from inspector.replay.audit import NAME, Audit
from inspector.replay.effects import Effects
from inspector.replay.fitting import fitting
from inspector.replay.frozen import Frozen
from inspector.replay.gathering import frozen, read_live
from inspector.replay.hops import Hops
from inspector.replay.journal import Journal, Journals
from inspector.replay.outgoing import making
from inspector.replay.plan import Plan
from inspector.replay.planning import Circumstances
from inspector.replay.private import PrivateKafka
from inspector.replay.repetition import repetitions
from inspector.replay.request import Request
from inspector.replay.run import Run, RunState, Step
from inspector.replay.running import Running
from inspector.replay.standing import standing
from inspector.store.reader import CaptureReader
from inspector.traits import Traits

KEPT = 8
"""Plans whose records are remembered, so that what was planned is what is sent."""
AFTERWARDS = 30
"""Seconds after the end of a run in which it is counted what it causes."""
RECORDS = "records.evs"
"""What was gathered for a run lies in its folder."""


class Runs:
    """All replays of one engine."""

    def __init__(
        self,
        report: Callable[[Report], None],
        connect: Callable[[Connect], Awaitable[None]],
        journals: Journals | None = None,
    ) -> None:
        """`connect` is given the private Kafka, once it runs."""
        self._report = report
        self._private = PrivateKafka(report, connect)
        self._journals = journals or Journals()
        self._audit = Audit(self._journals.folder / NAME)
        self._planned: OrderedDict[Request, tuple[str, Frozen]] = OrderedDict()
        self._going: dict[str, tuple[Running, Hops, Effects]] = {}

    async def obey(self, command: RunCommand, known: Circumstances) -> None:
        """Do what a client asks for, and answer by reports; a run takes until it ends."""
        match command:
            case PlanRun(request=request):
                try:
                    self._report(RunPlanned(await self.plan(request, known)))
                except (InspectorError, OSError) as failure:
                    self._report(RunMoved(_refused(request, "", str(failure))))
            case StartRun(request=request):
                await self._start(request, known)
            case ResumeRun(run=run):
                await self._resume(run, known)
            case SteerRun(run=run, step=step):
                self.steer(run, step)
            case StartPrivate():
                await self._private.start()

    async def plan(self, request: Request, known: Circumstances) -> Plan:
        """What a replay would do; raises InspectorError where its records cannot be had."""
        if request not in self._planned:
            run = str(uuid4())
            gathered = self._journals.place(run) / RECORDS
            choice = request.choice
            if choice.live:
                server = parse(choice.source).server
                if server not in known.connects:
                    raise InspectorError(f"{server} is not connected.", "Connect it first.")
                choice = await read_live(choice, known.connects[server], gathered)
            self._planned[request] = (
                run,
                await asyncio.to_thread(
                    frozen, choice, request.order, gathered, returning=request.target.returning
                ),
            )
            while len(self._planned) > KEPT:
                self._forget(*self._planned.popitem(last=False)[1])
        run, records = self._planned[request]
        learnt = await asyncio.to_thread(_learnt, records, request, known)
        told = await self._asked(request, run, records, known)
        return planning.plan(request, run, records, replace(learnt, told=told))

    async def _asked(self, request: Request, run: str, records: Frozen, known: Circumstances) -> Told:
        adapter = known.adapters.get(request.target.server)
        if adapter is None or not len(records):
            return NOTHING_TOLD  # the plan says so itself

        def schemas() -> Told:
            decoding = _decoding(known)
            return fitting(records, making(request, run, decoding), request.target.server, decoding)

        return await asked(adapter, request, run, records) + await asyncio.to_thread(schemas)

    async def _start(self, request: Request, known: Circumstances) -> None:
        """Send what was planned, unless something forbids it; ends with the run."""
        run, server = "", request.target.server
        try:
            plan = await self.plan(request, known)
            run = plan.run
            if plan.why_not:
                raise ReplayRefused(plan.why_not)
            _check_unlocked(server, known)
            for way in plan.ways:
                if way.made:
                    await known.adapters[server].create(way.target, 1 + max(number for number, _ in way.ends))
            records, sender = self._planned.pop(request)[1], known.adapters[server].sender()
            Access.of(known.connects[server].url, known.file).save(self._journals.place(run))
            journal = self._journals.begin(run, request, records)
            self._audit.note("begun", journal.run)
        except (InspectorError, OSError) as failure:
            self._report(RunMoved(_refused(request, run, str(failure))))
            return
        await self._go_on(journal, records, sender, known)

    async def _resume(self, wanted: str, known: Circumstances) -> None:
        """Go on with a run, unless something forbids it; ends with the run."""
        run = self._journals.run(wanted)
        server = run.request.target.server
        try:
            if server not in known.adapters:
                raise ReplayRefused(f"{server} is not connected.", "Connect it first.")
            records = Frozen.load(self._journals.place(run.id))
            targets = tuple(dict.fromkeys(map(run.request.target.of, records.homes)))
            if forbidden := planning.protected(known.project, server, targets):
                raise ReplayRefused(forbidden.sentence, forbidden.remedy)
            _check_unlocked(server, known)
            sender = known.adapters[server].sender()
            journal, records = self._journals.resume(run.id)
            self._audit.note("resumed", journal.run)
        except (InspectorError, OSError) as failure:
            self._report(RunMoved(changed(run, message=str(failure))))
            return
        await self._go_on(journal, records, sender, known)

    def steer(self, run: str, step: Step) -> None:
        """Do what a person wants with a run that is going on."""
        if run in self._going:
            self._going[run][0].steer(step)

    def lock(self, server: ServerId) -> None:
        """Stop what is being sent to a server."""
        for running, *_ in list(self._going.values()):
            if running.request.target.server == server:
                running.halt(f"{server.address} was locked.")

    @property
    def watching(self) -> bool:
        """Whether records are to be shown to `saw`."""
        return bool(self._going)

    def saw(self, batch: RecordBatch, traits: Sequence[Traits]) -> None:
        """Look what of a batch comes of a run, and stop a run whose records come round too often."""
        records = [batch.record(index) for index in range(len(batch))]
        for running, hops, effects in list(self._going.values()):
            if why := hops.saw(records):
                running.halt(why)
            for record, said in zip(records, traits, strict=True):
                effects.saw(record, said)

    async def _go_on(self, journal: Journal, records: Frozen, sender: Sender, known: Circumstances) -> None:
        decoding = await asyncio.to_thread(_decoding, known)
        request, run = journal.account.opened.request, journal.account.opened.run
        targets = frozenset(map(request.target.of, records.homes))
        steps = [step for each in targets for step in find_reach(known.graph, each).steps]
        effects = Effects(run, targets, frozenset(channel for step in steps for channel, _ in step.sends))

        def tell(now: Run) -> None:
            self._report(RunMoved(changed(now, caused=effects.caused)))

        running = Running(journal, records, sender, making(request, run, decoding), tell)
        self._going[run] = running, Hops(run, request.hops_allowed), effects
        try:
            ended = await running.run()
            self._audit.note("ended" if ended.state is RunState.DONE else "stopped", ended, ended.message)
            for _ in range(AFTERWARDS):
                before = effects.caused
                await asyncio.sleep(1.0)
                if effects.caused != before:
                    tell(ended)
        finally:
            del self._going[run]

    def _forget(self, run: str, _records: Frozen) -> None:
        if not (self._journals.place(run) / "journal").exists() and self._journals.place(run).exists():
            self._journals.forget(run)

    def close(self) -> None:
        """End the private Kafka, and delete what was gathered for plans that never ran."""
        self._private.close()
        for run, records in self._planned.values():
            self._forget(run, records)


def _learnt(records: Frozen, request: Request, known: Circumstances) -> Circumstances:
    """What is known, and what the capture of the records tells besides."""
    reaches = [find_reach(known.graph, request.target.of(each)) for each in records.homes]
    with closing(CaptureReader(records.capture)) as reader:
        doubles, overtaken = standing(reader, records, request.target)
        seen = repetitions(reader, reaches)
    return replace(known, doubles=doubles, overtaken=overtaken, repetitions=seen)


def _check_unlocked(server: ServerId, known: Circumstances) -> None:
    if known.locked(server):
        raise ReplayRefused(f"{server.address} is read-only.", "Unlock it by typing its name.")


def _refused(request: Request, run: str, why: str) -> Run:
    return Run(run, request, RunState.STOPPED, 0, 0, 0, message=why)


def _decoding(known: Circumstances) -> Decoding:
    """How records are read: by the project, and the registries that addresses name."""
    cache = platformdirs.user_cache_path("eventscope", appauthor=False) / "schemas"
    urls = [each.url for each in known.connects.values()]
    return of_project(known.project, urls, Path(known.file).parent, cache, installed())
