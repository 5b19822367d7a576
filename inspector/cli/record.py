"""`eventscope record`: capture what passes through channels into a file, without a window."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Annotated

import typer

from graph.model import DependencyGraph
from graph.query.error import QueryError
from graph.query.moments import Clock, span
from inspector.capture.level import ChannelLevel, Level
from inspector.cli.look import PasswordStdin, connects, first_line, servers
from inspector.cli.terminal import Terminal
from inspector.errors import InspectorError
from inspector.link import SetCapture, UseProject
from inspector.project.file import ProjectFile


def record(
    context: typer.Context,
    written: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL... [QUERY]",
            help="Servers such as kafka://localhost:9092, and what to keep, such as 'type:OrderPaid'.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="The capture; one that is there is gone on with."
        ),
    ] = None,
    channels: Annotated[
        list[str] | None,
        typer.Option("--channels", metavar="GLOB", help="Which channels, by name; may be given again."),
    ] = None,
    since: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="now|beginning|TIME",
            help="Where to begin, such as -5m or 2026-11-23T10:00. From the beginning all that lies there is "
            "read as fast as it comes, up to 400 MB/s, beyond the 2 MB/s of looking. A capture that is gone "
            "on with is never read twice.",
        ),
    ] = "now",
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", min=0.0, help="End after so long. [default: at Ctrl+C]"),
    ] = None,
    until_end: Annotated[
        bool,
        typer.Option("--until-end", help="End when all has been read that lay there at the start."),
    ] = False,
    max_bytes: Annotated[
        str | None,
        typer.Option(
            "--max-bytes", metavar="N", help="Delete the oldest records to stay about within, as 2G."
        ),
    ] = None,
    level: Annotated[
        Level | None,
        typer.Option(
            "--level",
            help="How much to keep: headers of batches, keys and headers, all, or all of matching records. "
            "[default: all, or matching with a query]",
        ),
    ] = None,
    mask_stored: Annotated[
        bool, typer.Option("--mask-stored", help="Apply the project's masks before anything is stored.")
    ] = False,
    project: Annotated[
        Path | None,
        typer.Option("--project", metavar="FILE", help="Go by the rules and masks of this eventscope.toml."),
    ] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Capture records into a file. Reads only, and leaves no trace on the broker."""
    # The window shares this command line and must not wait for what only a recording needs.
    from inspector.cli.recording import Recording, bytes_of
    from inspector.engine_process import collect_seldom

    terminal = context.find_object(Terminal) or Terminal()
    if output is None:
        raise InspectorError("There is no file to write to.", "Name one with -o FILE.evs.")
    decided = None if project is None else ProjectFile.open(project)
    urls, query = _parted(written or [])
    if query and not urls and decided is None:
        raise InspectorError(
            f"There is no address before “{query}”.", "Write one such as kafka://localhost:9092."
        )
    if mask_stored and not (decided and decided.project.masks):
        raise InspectorError("There are no masks to apply.", "Name a project that has some with --project.")
    capture = SetCapture(
        True,
        tuple(ChannelLevel(glob, _level(level, query), query) for glob in channels or ["*"]),
        None,
        mask_stored,
        when(since),
    )
    recording = Recording(
        output,
        None if decided is None else UseProject(decided.project, str(decided.path)),
        connects(urls or servers(decided), first_line(password_stdin), terminal),
        capture,
        inf if seconds is None else seconds,
        until_end,
        None if max_bytes is None else bytes_of(max_bytes),
        terminal,
    )
    collect_seldom()
    code = asyncio.run(recording.run())
    if recording.captured:
        recording.index()
    if code:
        raise typer.Exit(code)


def _parted(written: list[str]) -> tuple[list[str], str]:
    """Addresses, and the query that may stand after them; raises InspectorError."""
    *urls, last = written or [""]
    if not last or "://" in last.split(" ")[0]:
        return written, ""
    from inspector.search.query import RecordQuery

    try:
        RecordQuery(last, None, graph=DependencyGraph(), now_ns=time.time_ns())
    except QueryError as wrong:
        place = f" at “{last[wrong.start : wrong.end]}”" if wrong.end > wrong.start else ""
        raise InspectorError(f"The query is wrong{place}: {wrong.message}") from None
    return urls, last


def _level(level: Level | None, query: str) -> Level:
    """The level that was asked for; raises InspectorError."""
    if query and level not in (None, Level.MATCHING):
        raise InspectorError(f"A query and --level {level} exclude each other.", "Leave out one of them.")
    if level is Level.MATCHING and not query:
        raise InspectorError("Nothing says which records match.", "Write a query after the addresses.")
    return Level.MATCHING if query else level or Level.EVERYTHING


def when(text: str) -> int:
    """The time from which on to read, 0 for the beginning; raises InspectorError."""
    if text == "beginning":
        return 0
    now_ns = time.time_ns()
    try:
        return span(text, Clock(now_ns, datetime.now().astimezone().tzinfo or Clock().zone))[0]
    except ValueError as wrong:
        raise InspectorError(f"{wrong}", "Or write now or beginning.") from None
