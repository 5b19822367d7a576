"""Carries out `eventscope replay`: connects, looks, plans, asks, sends, and tells how it went."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from graph.identity import ServerId
from inspector.cli.look import PATIENCE_S, connects
from inspector.cli.replay_asked import Asked
from inspector.cli.replay_shown import REFUSED, line_of, show_end, show_plan
from inspector.cli.terminal import Terminal
from inspector.cli.typed import line
from inspector.connection import parse
from inspector.engine import Engine
from inspector.errors import InspectorError, ReplayRefused
from inspector.link import (
    Connect,
    ConnectionChanged,
    ConnectionState,
    LockChanged,
    PlanRun,
    Report,
    ResumeRun,
    RunCommand,
    RunMoved,
    RunPlanned,
    StartRun,
    SteerRun,
    Stop,
    Unlock,
    UseProject,
)
from inspector.project.file import ProjectFile
from inspector.replay import report as reports
from inspector.replay.access import Access
from inspector.replay.journal import Journals
from inspector.replay.plan import Plan
from inspector.replay.run import Run, RunState, Step

_ENDED = (RunState.DONE, RunState.STOPPED, RunState.CUT_OFF)
STEPS = {"": Step.NEXT, "g": Step.GO_ON, "q": Step.STOP}


@dataclass
class Replaying:
    """One replay from the command line; `begin` and `resume` give the exit code."""

    terminal: Terminal
    form: str
    decided: ProjectFile | None
    password: str | None
    execute: bool
    yes: bool
    seconds: float
    report: Path | None = None
    _plan: Plan | None = None
    _left: int = 0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _reports: asyncio.Queue[Report] = field(default_factory=asyncio.Queue)

    def begin(self, asked: Asked) -> int:
        """Plan, and send where that is asked for."""
        if self.execute:
            self._check_typist(asked.request.target.server)
        if asked.said:
            self.terminal.say(asked.said)
        return asyncio.run(self._with_engine(asked.urls, self._planned_and_sent(asked)))

    def resume(self, wanted: str) -> int:
        """Go on with a run, on the connection and by the project that it began with."""
        journals = Journals()
        run = journals.run(wanted)
        if run.state is RunState.DONE:
            raise ReplayRefused(f"Nothing is left of {run.id}.", "Plan it again to send it once more.")
        server = run.request.target.server
        self._check_typist(server)
        access = Access.load(journals.place(run.id)) or Access(str(server))
        if self.decided is None and access.project:
            self.decided = ProjectFile.open(Path(access.project))
        sent = self._sent(server, ResumeRun(run.id), stepwise=run.request.pace.stepwise)
        return asyncio.run(self._with_engine([access.url], sent))

    def _check_typist(self, server: ServerId) -> None:
        """The server's name is typed, or --yes stands for it; else nothing is sent."""
        if not self.yes and not sys.stdin.isatty():
            raise ReplayRefused(
                f"{server.address} is read-only, and there is no terminal to type its name at.",
                "Add --yes to answer that beforehand.",
            )

    async def _with_engine(self, urls: Sequence[str], work: Coroutine[None, None, int]) -> int:
        """Do it while an engine runs."""
        engine = Engine(None, self._deliver)
        self._engine = engine
        running = asyncio.get_running_loop().create_task(engine.run(), name="engine")
        try:
            if self.decided is not None:
                path = str(self.decided.path.resolve())
                engine.commands.put_nowait(UseProject(self.decided.project, path))
            await self._connect(connects(list(dict.fromkeys(urls)), self.password, self.terminal))
            return await work
        finally:
            work.close()
            engine.commands.put_nowait(Stop())
            await running

    async def _deliver(self, reports: list[Report]) -> None:
        for report in reports:
            self._reports.put_nowait(report)

    async def _connect(self, commands: Sequence[Connect]) -> None:
        for command in commands:
            self._engine.commands.put_nowait(command)
        left = {parse(command.url).server for command in commands}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while left:
                    report = await self._reports.get()
                    if isinstance(report, ConnectionChanged):
                        if report.state is ConnectionState.LIVE:
                            left.discard(report.server)
                        elif report.state is not ConnectionState.CONNECTING:
                            raise InspectorError(report.message)
        except TimeoutError:
            raise InspectorError(f"{next(iter(left)).address} did not answer in time.") from None

    async def _planned_and_sent(self, asked: Asked) -> int:
        await self._look(self.seconds)
        request = asked.request
        self._engine.commands.put_nowait(PlanRun(request))
        while True:
            report = await self._reports.get()
            if isinstance(report, RunMoved):
                raise InspectorError(report.run.message)
            if isinstance(report, RunPlanned):
                break
        plan = self._plan = report.plan
        if not (self.execute and self.form == "json"):
            show_plan(plan, self.form, self.terminal)
        if plan.why_not:
            self.terminal.complain(plan.why_not)
            return REFUSED
        if not self.execute:
            self.terminal.say(
                f"Dry run: {plan.records:,} records checked, 0 sent. Add --execute to send them."
            )
            return 0
        return await self._sent(request.target.server, StartRun(request), stepwise=request.pace.stepwise)

    async def _look(self, seconds: float) -> None:
        """For as long as was asked for, and until the channels are known: else each would be missing."""
        began = monotonic()
        while True:
            known = bool(self._engine.graph.channels)
            left_s = (seconds if known else PATIENCE_S) - (monotonic() - began)
            if left_s <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._reports.get(), left_s)

    async def _sent(self, server: ServerId, command: RunCommand, *, stepwise: bool) -> int:
        known = self._engine.graph.servers.get(server)
        name = known.name if known else server.address
        typed = name
        if not self.yes:
            self.terminal.say(f"This sends to {name}. Type its name to go on:")
            with suppress(EOFError):
                typed = ""
                typed = (await line()).strip()
        self._engine.commands.put_nowait(Unlock(server, typed))
        self._engine.commands.put_nowait(command)
        run = await self._until_ended(stepwise)
        if self.report is not None and run.begun_ns:
            run = await self._afterwards(run)
            made = await asyncio.to_thread(reports.report_of, Journals(), run, self._plan)
            reports.write(made, self.report)
            self.terminal.say(f"The report is in {self.report}.")
        return show_end(run, self.form, self.terminal)

    async def _until_ended(self, stepwise: bool) -> Run:
        run: Run | None = None
        steps: asyncio.Task[None] | None = None
        with self.terminal.messages.status("") as status:
            try:
                while run is None or run.state not in _ENDED:
                    report = await self._reports.get()
                    if isinstance(report, LockChanged) and report.locked:
                        raise ReplayRefused(report.message)
                    if isinstance(report, RunMoved):
                        run = report.run
                        self._left = run.left
                        self._moved.set()
                        status.update(line_of(run))
                        if stepwise and steps is None and run.begun_ns:
                            status.stop()
                            steps = asyncio.get_running_loop().create_task(self._steps(run.id))
            except asyncio.CancelledError:
                # Ctrl+C: what is in flight gets its answer, and the journal its last line.
                if run is None:
                    raise
                task = asyncio.current_task()
                assert task is not None
                task.uncancel()
                self._engine.commands.put_nowait(SteerRun(run.id, Step.STOP))
                while run.state not in _ENDED:
                    report = await self._reports.get()
                    run = report.run if isinstance(report, RunMoved) else run
            finally:
                if steps is not None:
                    steps.cancel()
                    await asyncio.gather(steps, return_exceptions=True)
        return run

    async def _steps(self, run: str) -> None:
        """What a person types; when there is nothing more to read, a run that still asks for steps stops."""
        self.terminal.say("Enter sends the next record, g lets all others go, q stops.")
        step = Step.NEXT
        while step is not Step.STOP:
            try:
                typed = (await line()).strip().lower()
            except EOFError:
                if step is Step.GO_ON:
                    return
                typed = "q"
            if typed not in STEPS:
                self.terminal.say("Enter sends the next record, g lets all others go, q stops.")
                continue
            step, before = STEPS[typed], self._left
            self._engine.commands.put_nowait(SteerRun(run, step))
            while step is Step.NEXT and self._left == before:
                self._moved.clear()
                await self._moved.wait()

    async def _afterwards(self, run: Run) -> Run:
        """Look for as long as before what it causes."""
        until = monotonic() + self.seconds
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - monotonic())):
                while True:
                    report = await self._reports.get()
                    run = report.run if isinstance(report, RunMoved) and report.run.id == run.id else run
        return run
