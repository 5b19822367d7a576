"""Looking at servers for some time, and writing down an answer: what all headless commands share."""

from __future__ import annotations

import asyncio
import getpass
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import TextIOWrapper
from math import inf, isinf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graph.identity import ServerId
from graph.model import DependencyGraph
from inspector import secrets
from inspector.cli.terminal import Terminal
from inspector.connection import Connection, parse
from inspector.errors import InspectorError
from inspector.link import (
    PROJECT,
    Connect,
    ConnectionChanged,
    ConnectionState,
    Problem,
    Report,
    Stop,
    UseProject,
)
from inspector.project.file import ProjectFile

if TYPE_CHECKING:
    from inspector.engine import Engine

PATIENCE_S = 12.0
"""A connection that is not up by then will not be waited for."""
LOOK_S = 20.0
UNTIL_STOPPED = inf
STEP_S = 1.0

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write the answer to this file.")]


def connects(urls: Sequence[str], given: str | None, terminal: Terminal) -> list[Connect]:
    """What to connect to, with passwords; raises AddressError."""
    connections = [parse(url) for url in urls]
    return [
        Connect(each.written(with_secrets=True), _password(each, given, terminal)) for each in connections
    ]


def servers(decided: ProjectFile | None) -> list[str]:
    """The servers that a project names; raises InspectorError where there are none."""
    if decided is None:
        raise InspectorError("There is no address to look at.", "Write one such as kafka://localhost:9092.")
    if not decided.project.connections:
        raise InspectorError(f"{decided.path.name} names no server.", "Write an address before --project.")
    return [each.url for each in decided.project.connections]


def first_line(password_stdin: bool) -> str | None:
    """The password on standard input, where it is there."""
    return sys.stdin.readline().rstrip("\n") if password_stdin else None


def _password(connection: Connection, given: str | None, terminal: Terminal) -> str | None:
    if connection.password is not None:
        terminal.say(
            "A password in an address ends up in the shell's history and in the list of processes. "
            f"Use {secrets.VARIABLE}, --password-stdin or the keyring."
        )
    found = given or secrets.find(connection)
    asked = secrets.wanted(connection)
    if found is None and asked is not None and sys.stdin.isatty():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", getpass.GetPassWarning)
            found = getpass.getpass(f"{asked} on {connection.server}: ")
    return found


@dataclass
class Look:
    """One look at some servers.

    Args:
        use: the project to go by.
        commands: what to connect to.
        seconds: how long; `UNTIL_STOPPED` for as long as nobody presses Ctrl+C, which then is no error.
        each: called with the newest graph about once a second.
    """

    use: UseProject | None
    commands: Sequence[Connect]
    seconds: float
    terminal: Terminal
    each: Callable[[DependencyGraph], object] | None = None
    _states: dict[ServerId, ConnectionChanged] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self) -> tuple[DependencyGraph, dict[ServerId, str]]:
        """The graph after looking, and for each server that is not live at the end the reason."""
        # The window shares this command line and must not wait for what only a look needs.
        from inspector.engine import Engine

        engine = Engine(None, self._deliver)
        running = asyncio.get_running_loop().create_task(engine.run(), name="engine")
        if self.use is not None:
            engine.commands.put_nowait(self.use)
        for command in self.commands:
            engine.commands.put_nowait(command)
        try:
            await self._connected()
            troubles = self._troubles()
            if len(troubles) < len(self._states):
                if self.each is not None:
                    for sentence in troubles.values():
                        self.terminal.complain(sentence)
                await self._wait(engine)
        finally:
            engine.commands.put_nowait(Stop())
            await running
        return engine.graph, self._troubles()

    def _troubles(self) -> dict[ServerId, str]:
        return {
            server: state.message or f"{server} did not answer within {PATIENCE_S:.0f} s."
            for server, state in self._states.items()
            if state.state is not ConnectionState.LIVE
        }

    async def _deliver(self, reports: list[Report]) -> None:
        for report in reports:
            if isinstance(report, ConnectionChanged) and report.state is not ConnectionState.CLOSED:
                before = self._states.get(report.server)
                self._states[report.server] = report
                self._arrived.set()
                if self.each is not None and before is not None:
                    self._tell(before.state, report)
            elif isinstance(report, Problem) and report.key.startswith(PROJECT):
                self.terminal.complain(f"{report.message} {report.remedy}".rstrip())

    def _tell(self, before: ConnectionState, now: ConnectionChanged) -> None:
        """While somebody watches: that a server is lost, or back."""
        live = ConnectionState.LIVE
        if before is live and now.state is not live:
            self.terminal.complain(now.message)
        elif now.state is live and before is ConnectionState.LOST:
            self.terminal.say(f"{now.server.address} is back.")

    async def _connected(self) -> None:
        """Wait until every connection is either live or has said why not."""
        servers = {parse(command.url).server for command in self.commands}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while len(self._states) < len(servers) or any(
                    state.state is ConnectionState.CONNECTING for state in self._states.values()
                ):
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return

    async def _wait(self, engine: Engine) -> None:
        left = self.seconds
        try:
            with self.terminal.messages.status("") as status:
                while left > 0:
                    graph = engine.graph
                    if self.each is not None:
                        self.each(graph)
                    status.update(
                        f"Looking, {'Ctrl+C ends it' if isinf(left) else f'{left:.0f} s left'}: "
                        f"{len(graph.applications)} applications, {len(graph.channels)} channels, "
                        f"{len(graph.loops)} loops"
                    )
                    await asyncio.sleep(min(STEP_S, left))
                    left -= STEP_S
        except asyncio.CancelledError:
            # asyncio cancels the main task at Ctrl+C and takes a task that goes on for one that handled it.
            if self.each is None:
                raise
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()


def put(text: str, output: Path | None, terminal: Terminal) -> None:
    """Write an answer to standard output or into a file; raises InspectorError where that cannot be."""
    if output is None:
        if isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
            sys.stdout.reconfigure(encoding="utf-8")  # as JSON and XML are, whatever the system's own is
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as failure:
        raise InspectorError(
            f"{output} cannot be written: {failure.strerror}.", "Name another file."
        ) from failure
    terminal.say(f"Written to {output}.")
