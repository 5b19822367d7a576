"""`eventscope scan`: look for some seconds, print what is there."""

from __future__ import annotations

import asyncio
import getpass
import sys
import warnings
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from graph.identity import ServerId
from graph.model import DependencyGraph
from inspector import secrets
from inspector.cli.terminal import COULD_NOT_LOOK, Terminal
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


class Format(StrEnum):
    """Forms of the answer."""

    TABLE = "table"
    JSON = "json"


def scan(
    context: typer.Context,
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="URL...", help="Such as kafka://localhost:9092.")
    ] = None,
    seconds: Annotated[
        float,
        typer.Option("--seconds", min=1.0, max=86_400.0, help="How long to look. Loops need some laps."),
    ] = 20.0,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="FILE",
            help="Go by what people decided in this eventscope.toml; without a URL, connect to its servers.",
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the answer.")] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the answer to this file.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Print applications, channels, operations, loops and findings. Reads only, and leaves no trace."""
    terminal = context.find_object(Terminal) or Terminal()
    decided = None if project is None else ProjectFile.open(project)
    connections = [parse(url) for url in urls or _servers(decided)]
    given = sys.stdin.readline().rstrip("\n") if password_stdin else None
    commands = [
        Connect(each.written(with_secrets=True), _password(each, given, terminal)) for each in connections
    ]
    use = None if decided is None else UseProject(decided.project, str(decided.path.resolve()))
    graph, troubles = asyncio.run(_look(use, commands, seconds, terminal))
    for sentence in troubles.values():
        terminal.complain(sentence)
    if not graph.servers:
        raise typer.Exit(COULD_NOT_LOOK)
    _write(graph, form, output, terminal)
    if troubles:
        raise typer.Exit(COULD_NOT_LOOK)


def _servers(decided: ProjectFile | None) -> list[str]:
    if decided is None:
        raise InspectorError("There is no address to look at.", "Write one such as kafka://localhost:9092.")
    if not decided.project.connections:
        raise InspectorError(f"{decided.path.name} names no server.", "Write an address before --project.")
    return [each.url for each in decided.project.connections]


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


async def _look(
    use: UseProject | None, commands: list[Connect], seconds: float, terminal: Terminal
) -> tuple[DependencyGraph, dict[ServerId, str]]:
    """The graph after looking, and for each server that is not live at the end the reason."""
    # The window shares this command line and must not wait for what only a scan needs.
    from inspector.engine import Engine

    states: dict[ServerId, ConnectionChanged] = {}
    arrived = asyncio.Event()

    async def deliver(reports: list[Report]) -> None:
        for report in reports:
            if isinstance(report, ConnectionChanged) and report.state is not ConnectionState.CLOSED:
                states[report.server] = report
                arrived.set()
            elif isinstance(report, Problem) and report.key.startswith(PROJECT):
                terminal.complain(f"{report.message} {report.remedy}".rstrip())

    engine = Engine(None, deliver)
    running = asyncio.get_running_loop().create_task(engine.run(), name="engine")
    if use is not None:
        engine.commands.put_nowait(use)
    for command in commands:
        engine.commands.put_nowait(command)
    try:
        await _connected(states, arrived, len(commands))
        if any(state.state is ConnectionState.LIVE for state in states.values()):
            await _wait(engine, seconds, terminal)
    finally:
        engine.commands.put_nowait(Stop())
        await running
    troubles = {
        server: state.message or f"{server} did not answer within {PATIENCE_S:.0f} s."
        for server, state in states.items()
        if state.state is not ConnectionState.LIVE
    }
    return engine.graph, troubles


async def _connected(states: dict[ServerId, ConnectionChanged], arrived: asyncio.Event, wanted: int) -> None:
    """Wait until every connection is either live or has said why not."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while len(states) < wanted or any(
                state.state is ConnectionState.CONNECTING for state in states.values()
            ):
                arrived.clear()
                await arrived.wait()
    except TimeoutError:
        return


async def _wait(engine: Engine, seconds: float, terminal: Terminal) -> None:
    with terminal.messages.status("") as status:
        for left in range(round(seconds), 0, -1):
            graph = engine.graph
            status.update(
                f"Looking, {left} s left: {len(graph.applications)} applications, "
                f"{len(graph.channels)} channels, {len(graph.loops)} loops"
            )
            await asyncio.sleep(min(1.0, seconds))


def _write(graph: DependencyGraph, form: Format, output: Path | None, terminal: Terminal) -> None:
    from graph.topology import document
    from inspector.cli.table import print_tables

    if form is Format.JSON:
        text = orjson.dumps(document(graph), option=orjson.OPT_INDENT_2).decode() + "\n"
    else:
        console = terminal.answers
        with console.capture() as capture:
            print_tables(graph, console)
        text = capture.get()
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as failure:
        raise InspectorError(
            f"{output} cannot be written: {failure.strerror}.", "Name another file with -o."
        ) from failure
    terminal.say(f"Written to {output}.")
