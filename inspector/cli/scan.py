"""`eventscope scan`: look for some seconds, print what is there."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from graph.model import DependencyGraph
from inspector.cli.look import LOOK_S, Look, Output, PasswordStdin, connects, first_line, put, servers
from inspector.cli.terminal import COULD_NOT_LOOK, Terminal
from inspector.link import UseProject
from inspector.project.file import ProjectFile


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
    ] = LOOK_S,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="FILE",
            help="Go by what people decided in this eventscope.toml; without a URL, connect to its servers.",
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the answer.")] = Format.TABLE,
    output: Output = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Print applications, channels, operations, loops and findings. Reads only, and leaves no trace."""
    terminal = context.find_object(Terminal) or Terminal()
    decided = None if project is None else ProjectFile.open(project)
    commands = connects(urls or servers(decided), first_line(password_stdin), terminal)
    use = None if decided is None else UseProject(decided.project, str(decided.path.resolve()))
    graph, troubles = asyncio.run(Look(use, commands, seconds, terminal).take())
    for sentence in troubles.values():
        terminal.complain(sentence)
    if not graph.servers:
        raise typer.Exit(COULD_NOT_LOOK)
    put(_answer(graph, form, terminal), output, terminal)
    if troubles:
        raise typer.Exit(COULD_NOT_LOOK)


def _answer(graph: DependencyGraph, form: Format, terminal: Terminal) -> str:
    from graph.topology import document
    from inspector.cli.table import print_tables

    if form is Format.JSON:
        return orjson.dumps(document(graph), option=orjson.OPT_INDENT_2).decode() + "\n"
    console = terminal.answers
    with console.capture() as capture:
        print_tables(graph, console)
    return capture.get()
