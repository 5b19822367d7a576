"""`eventscope events`: what was captured, or passes through a server now, as a table or in other forms."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inspector.cli.asking import sight_of, until_enough
from inspector.cli.look import Output, PasswordStdin, connects, first_line
from inspector.cli.terminal import Terminal
from inspector.errors import InspectorError
from inspector.project.file import ProjectFile


class Format(StrEnum):
    """Forms of the answer."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def events(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(metavar="URL|FILE", help="A server such as kafka://localhost:9092, or a capture.")
    ],
    query: Annotated[
        str,
        typer.Argument(metavar="QUERY", help="Which events, such as 'type:OrderPaid and value.total>1000'."),
    ] = "",
    form: Annotated[Format, typer.Option("--format", help="Form of the answer.")] = Format.TABLE,
    columns: Annotated[
        str,
        typer.Option(
            "--columns",
            metavar="NAME,...",
            help="Columns of a table or CSV: time server channel position partition offset type from id "
            "parent trace size key headers value header.NAME value.PATH. "
            "[default: the usual ones; all for CSV]",
        ),
    ] = "",
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", help="The newest N. Following a server ends after N."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl+C.")
    ] = False,
    trail: Annotated[
        bool, typer.Option("--trail", help="Each event with all its causes and effects; of a capture alone.")
    ] = False,
    channels: Annotated[
        list[str] | None,
        typer.Option("--channels", metavar="GLOB", help="Which channels of a server; may be given again."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="now|beginning|TIME",
            help="How far to look back on a server. [default: -5m; now with --follow]",
        ),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option("--project", metavar="FILE", help="Go by the rules and masks of this eventscope.toml."),
    ] = None,
    output: Output = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """List events in the order of time, the oldest first. Reads only, and leaves no trace on a server."""
    # The window shares this command line and must not wait for what only a list of events needs.
    from inspector.cli.listing import Listing

    terminal = context.find_object(Terminal) or Terminal()
    sight = sight_of(project, [target] if is_url(target) else [])
    listing = Listing(query, form, columns, limit, follow, trail, sight, output, terminal)
    if not is_url(target):
        if channels or since:
            raise InspectorError(
                f"{'--channels' if channels else '--from'} is for servers.",
                "Write channel:NAME or since:TIME into the query.",
            )
        with until_enough(follow):
            listing.of_capture(Path(target))
        return
    decided = None if project is None else ProjectFile.open(project)
    command = connects([target], first_line(password_stdin), terminal)
    code = 0
    with until_enough(follow):
        code = listing.of_server(command, decided, channels or ["*"], since or ("now" if follow else "-5m"))
    if code:
        raise typer.Exit(code)


def is_url(text: str) -> bool:
    """Whether it names a server and no file."""
    return "://" in text
