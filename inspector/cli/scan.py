"""`eventscope scan`: look for some seconds, print or draw what is there."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Protocol

import typer

from graph.model import DependencyGraph
from inspector.cli.look import LOOK_S, Look, Output, PasswordStdin, connects, first_line, put, servers
from inspector.cli.terminal import COULD_NOT_LOOK, Terminal
from inspector.errors import InspectorError
from inspector.project.file import ProjectFile


class Format(StrEnum):
    """Forms of the answer."""

    TABLE = "table"
    JSON = "json"
    DOT = "dot"
    MERMAID = "mermaid"
    GRAPHML = "graphml"
    SVG = "svg"
    PNG = "png"
    PDF = "pdf"
    ASYNCAPI = "asyncapi"


PICTURES = (Format.SVG, Format.PNG, Format.PDF)
PAINTER = "inspector.cli.scan.painter"
"""The key of a `Painter` in the `meta` of click's context: whoever has Qt puts one there."""
SCALE = 2.0


class Painter(Protocol):
    """Gets ready to draw; raises InspectorError where that is not possible."""

    def __call__(self, form: str, scale: float) -> Callable[[DependencyGraph], Iterable[bytes]]:
        """What then makes the file of a graph, piece by piece."""


def scan(
    context: typer.Context,
    written: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL|FILE...",
            help="Servers such as kafka://localhost:9092; or captures (*.evs), AsyncAPI documents and "
            "project files (*.toml), for what was seen or is declared there.",
        ),
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
    scale: Annotated[
        float, typer.Option("--scale", min=1.0, max=8.0, help="Of a PNG: pixels for each px of the picture.")
    ] = SCALE,
    output: Output = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Print or draw applications, channels, operations and loops. Reads only, and leaves no trace."""
    # The window shares this command line and must not wait for what only a look needs.
    from inspector.check.targets import Targets

    terminal = context.find_object(Terminal) or Terminal()
    draw = _painter(context, form, scale, output)
    decided = None if project is None else ProjectFile.open(project)
    targets = Targets.of(written or servers(decided), decided)
    graph, troubles = DependencyGraph(), list[str]()
    if targets.urls:
        commands = connects(targets.urls, first_line(password_stdin), terminal)
        graph, said = asyncio.run(Look(targets.use, commands, seconds, terminal).take())
        troubles = list(said.values())
    for sentence in troubles:
        terminal.complain(sentence)
    if not (graph.servers or targets.files):
        raise typer.Exit(COULD_NOT_LOOK)
    if targets.files:
        graph = targets.graph(graph if targets.urls else None, time.time_ns())
    if draw is None:
        put(_answer(graph, form, terminal), output, terminal)
    else:
        graph = _visible(graph)
        if not graph.applications and not graph.channels:
            raise InspectorError(
                "Nothing was seen that could be drawn.", "Look longer with --seconds, or print the table."
            )
        _write(draw(graph), output, terminal)
    if troubles:
        raise typer.Exit(COULD_NOT_LOOK)


def _painter(
    context: typer.Context, form: Format, scale: float, output: Path | None
) -> Callable[[DependencyGraph], Iterable[bytes]] | None:
    """What draws the picture that is asked for; it is known before the look whether that is possible."""
    if form not in PICTURES:
        return None
    if output is None and sys.stdout.isatty():
        raise InspectorError(
            f"{form.upper()} is nothing that a terminal shows.", "Name a file with -o FILE, or redirect it."
        )
    painter: Painter = context.meta[PAINTER]
    return painter(form, scale)


def _visible(graph: DependencyGraph) -> DependencyGraph:
    """What the window shows of it before anybody chooses something else."""
    from graph.view.settings import ViewSettings
    from graph.view.shown import shown

    return shown(graph, ViewSettings(), graph.to_ns).graph


def _answer(graph: DependencyGraph, form: Format, terminal: Terminal) -> str:
    from inspector.cli.table import print_tables
    from inspector.export import TextForm, note, text

    if form is Format.TABLE:
        console = terminal.answers
        with console.capture() as capture:
            print_tables(graph, console)
        return capture.get()
    wanted = TextForm(form.value)
    made = text(_visible(graph) if wanted.drawn else graph, wanted)
    if said := note(made, wanted):
        terminal.say(said)
    return made


def _write(pieces: Iterable[bytes], output: Path | None, terminal: Terminal) -> None:
    """Write a picture to standard output or into a file; raises InspectorError where that cannot be."""
    if output is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    try:
        with output.open("wb") as file:
            for piece in pieces:
                file.write(piece)
    except OSError as failure:
        raise InspectorError(
            f"{output} cannot be written: {failure.strerror}.", "Name another file."
        ) from failure
    terminal.say(f"Written to {output}.")
