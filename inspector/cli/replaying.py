"""Carries out `eventscope replay`: connects, looks, plans, asks, sends, and tells how it went."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from uuid import uuid4

import msgspec
from rich.table import Table

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.names import plain
from inspector.cli.look import PATIENCE_S, connects
from inspector.cli.terminal import COULD_NOT_LOOK, Terminal
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
from inspector.replay.choice import Choice
from inspector.replay.journal import Journals
from inspector.replay.plan import Plan
from inspector.replay.request import Pace, Request, Target
from inspector.replay.rules import edits_of
from inspector.replay.run import Fortune, Run, RunState, Step

REFUSED = 1
_ENDED = (RunState.DONE, RunState.STOPPED, RunState.CUT_OFF)


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
    _request: Request | None = None
    _urls: list[str] = field(default_factory=list)
    _reports: asyncio.Queue[Report] = field(default_factory=asyncio.Queue)

    def ask(
        self,
        source: str,
        query: str,
        channels: Sequence[str],
        to: str,
        shadow: str,
        rate: float | None,
        speed: float | None,
        edits: Sequence[str],
        force: str,
        hops: int,
        keep_partition: bool,
        keep_timestamp: bool,
    ) -> None:
        """Understand what is asked for; raises InspectorError."""
        if rate is not None and speed is not None:
            raise InspectorError("--rate and --speed exclude each other.", "Leave out one of them.")
        url, server, channel = target_of(to)
        if channel is not None and shadow:
            raise InspectorError("A channel and --shadow exclude each other.", "Leave out one of them.")
        if "://" in source:
            self._urls.append(source)
            source = str(parse(source))
        elif not Path(source).is_file():
            raise InspectorError(f"There is no file {source}.", "Name a capture, lines of JSON or a server.")
        else:
            source = str(Path(source).resolve())
        self._urls.append(url)
        self._request = Request(
            Choice(source=source, query=query.strip(), channels=tuple(channels)),
            Target(server, channel, shadow, keep_partition, keep_timestamp),
            Pace(rate, speed),
            edits=edits_of(edits, str(uuid4())),
            force_reason=force,
            hops_allowed=hops,
        )

    def begin(self) -> int:
        """Plan, and send where that is asked for."""
        assert self._request is not None
        request = self._request
        if self.execute:
            self._may_ask(request.target.server)
        return asyncio.run(self._with_engine(self._planned_and_sent(request)))

    def resume(self, wanted: str) -> int:
        """Go on with a run."""
        run = Journals().run(wanted)
        if run.state is RunState.DONE:
            raise ReplayRefused(f"Nothing is left of {run.id}.", "Plan it again to send it once more.")
        server = run.request.target.server
        self._may_ask(server)
        self._urls.append(str(server))
        return asyncio.run(self._with_engine(self._sent(server, ResumeRun(run.id))))

    def _may_ask(self, server: ServerId) -> None:
        """The server's name is typed, or --yes stands for it; else nothing is sent."""
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise ReplayRefused(
                f"{server.address} is read-only, and there is no terminal to type its name at.",
                "Add --yes to answer that beforehand.",
            )

    async def _with_engine(self, work: object) -> int:
        """Do it while an engine runs."""
        assert asyncio.iscoroutine(work)
        engine = Engine(None, self._deliver)
        self._engine = engine
        running = asyncio.get_running_loop().create_task(engine.run(), name="engine")
        try:
            if self.decided is not None:
                engine.commands.put_nowait(UseProject(self.decided.project, str(self.decided.path)))
            commands = connects(list(dict.fromkeys(self._urls)), self.password, self.terminal)
            await self._connect(commands)
            return int(await work)
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

    async def _planned_and_sent(self, request: Request) -> int:
        await self._look()
        self._engine.commands.put_nowait(PlanRun(request))
        while True:
            report = await self._reports.get()
            if isinstance(report, RunMoved):
                raise InspectorError(report.run.message)
            if isinstance(report, RunPlanned):
                break
        plan = report.plan
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
        return await self._sent(request.target.server, StartRun(request))

    async def _look(self) -> None:
        """For as long as was asked for, and until the channels are known: else each would be missing."""
        began = monotonic()
        while True:
            known = bool(self._engine.graph.channels)
            left_s = (self.seconds if known else PATIENCE_S) - (monotonic() - began)
            if left_s <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._reports.get(), left_s)

    async def _sent(self, server: ServerId, command: RunCommand) -> int:
        known = self._engine.graph.servers.get(server)
        name = known.name if known else server.address
        typed = name
        if not self.yes:
            self.terminal.say(f"This sends to {name}. Type its name to go on:")
            typed = (await asyncio.to_thread(sys.stdin.readline)).strip()
        self._engine.commands.put_nowait(Unlock(server, typed))
        self._engine.commands.put_nowait(command)
        run: Run | None = None
        with self.terminal.messages.status("") as status:
            try:
                while run is None or run.state not in _ENDED:
                    report = await self._reports.get()
                    if isinstance(report, LockChanged) and report.locked:
                        raise ReplayRefused(report.message)
                    if isinstance(report, RunMoved):
                        run = report.run
                        status.update(_line(run))
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
        return self._told(run)

    def _told(self, run: Run) -> int:
        if self.form == "json":
            sys.stdout.write(msgspec.json.encode(_plain(run)).decode() + "\n")
        if run.state is RunState.DONE:
            doubtful = f" {run.doubtful:,} may be there or not: nobody can tell." if run.doubtful else ""
            sent = f"Sent {run.sent:,} of {run.total:,} records, {run.refused:,} refused."
            self.terminal.say(f"{sent}{doubtful} Run {run.id}.")
            self._tell_refusals(run)
            return 0 if run.sent == run.total else REFUSED
        self.terminal.complain(run.message)
        if run.begun_ns:
            sent = f"{run.sent:,} of {run.total:,} records are sent."
            self.terminal.complain(f"{sent} Go on with eventscope replay --resume {run.id}.")
            return COULD_NOT_LOOK
        return REFUSED

    def _tell_refusals(self, run: Run) -> None:
        told: dict[str, int] = {}
        if run.refused or run.doubtful:
            for fate in Journals().fates(run.id):
                if fate.fortune is not Fortune.SENT:
                    told[fate.why] = told.get(fate.why, 0) + 1
        for why, count in sorted(told.items(), key=lambda each: -each[1])[:5]:
            self.terminal.complain(f"{count:,}: {why}")


def target_of(to: str) -> tuple[str, ServerId, ChannelId | None]:
    """Address, server and channel of `--to`; raises AddressError."""
    address, mark, options = to.partition("?")
    scheme, between, rest = address.partition("://")
    hosts, _, channel = rest.partition("/")
    url = f"{scheme}{between}{hosts}{mark}{options}" if between else to
    server = parse(url).server
    return url, server, ChannelId(server, ChannelKind.TOPIC, channel) if channel else None


def show_plan(plan: Plan, form: str, terminal: Terminal) -> None:
    """Write the plan to standard output."""
    if form == "json":
        sys.stdout.write(msgspec.json.encode(_plain(plan)).decode() + "\n")
        return
    table = Table("From", "To", "Records", "Bytes", box=None, pad_edge=False)
    for way in plan.ways:
        made = " (is made)" if way.made else ""
        table.add_row(way.origin.name, way.target.name + made, f"{way.records:,}", f"{way.bytes:,}")
    terminal.answers.print(table)
    if plan.sides:
        table = Table("Reaches", "Through", "Records", "Of a record it had before", box=None, pad_edge=False)
        for side in plan.sides:
            row = plain(side.application), side.channel.name, f"{side.records:,.0f}", side.sentence
            table.add_row(*row)
        terminal.answers.print(table)
    if plan.caused:
        table = Table("Causes on", "Records", "Known from", box=None, pad_edge=False)
        for each in plan.caused:
            how = "measured branching" if each.measured else "rates"
            table.add_row(each.channel.name, f"{each.records:,.0f}", how)
        terminal.answers.print(table)
    for warning in (*plan.warnings, *(each.sentence for each in plan.overridden)):
        terminal.say(warning)


def show_runs(form: str, terminal: Terminal) -> None:
    """Write all runs to standard output, the oldest first."""
    runs = Journals().runs()
    if form == "json":
        sys.stdout.write(msgspec.json.encode([_plain(run) for run in runs]).decode() + "\n")
        return
    if not runs:
        terminal.say("There are no runs.")
        return
    table = Table(
        "Run", "Begun", "State", "Sent", "Of", "Refused", "In doubt", "To", box=None, pad_edge=False
    )
    for run in runs:
        begun = datetime.fromtimestamp(run.begun_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        channel = run.request.target.channel
        where = run.request.target.server.address + ("" if channel is None else f"/{channel.name}")
        counts = (f"{count:,}" for count in (run.sent, run.total, run.refused, run.doubtful))
        table.add_row(run.id, begun, run.state.value, *counts, where)
    terminal.answers.print(table)


def _line(run: Run) -> str:
    speed = "" if run.per_s is None else f", {run.per_s:,.0f} a second"
    return f"{run.state.value}: {run.sent:,} of {run.total:,} records sent{speed}"


def _plain(value: object) -> object:
    """A value as JSON has it: ids in their text form."""
    if isinstance(value, (ServerId, ChannelId)):
        return str(value)
    if isinstance(value, msgspec.Struct):
        found = {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
        return {**found, "why_not": value.why_not} if isinstance(value, Plan) else found
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return value
