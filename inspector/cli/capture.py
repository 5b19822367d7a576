"""`eventscope capture`: what is in a capture file, and other files made of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inspector.cli.asking import ProjectOption
from inspector.cli.terminal import Terminal
from inspector.exchange.forms import Form

app = typer.Typer(
    help="What is in a capture file, and other files made of it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
File = Annotated[Path, typer.Argument(metavar="FILE", help="A capture, *.evs.")]
Query = Annotated[
    str, typer.Argument(metavar="QUERY", help="Which events, such as 'channel:orders since:-1h'.")
]
New = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The new file.")]


class Part(StrEnum):
    """What each part of a capture that is split has for itself."""

    CHANNEL = "channel"
    SERVER = "server"
    DAY = "day"
    HOUR = "hour"


class Printed(StrEnum):
    """Forms of an answer to SQL."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.command()
def info(
    context: typer.Context,
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell what a capture has: records, channels, time, what was read and what not, and damage."""
    from inspector.cli.captures import tell

    tell(file, as_json, _terminal(context))


@app.command()
def compact(
    context: typer.Context,
    file: File,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write a new file; else in place.")
    ] = None,
) -> None:
    """Give back the room that deleted records left, and index the rest, so that it is searched at once."""
    from inspector.cli.captures import shrink

    shrink(file, output, _terminal(context))


@app.command()
def trim(context: typer.Context, file: File, query: Query, output: New) -> None:
    """Make a capture of those events alone for which a query holds."""
    from inspector.cli.captures import cut

    cut(file, query, output, (), _terminal(context))


@app.command()
def anonymise(
    context: typer.Context,
    file: File,
    output: New,
    project: ProjectOption = None,
    headers: Annotated[
        list[str] | None, typer.Option("--header", metavar="GLOB", help="Mask headers.")
    ] = None,
    paths: Annotated[
        list[str] | None, typer.Option("--path", metavar="PATH", help="Mask fields of values, as $.card.")
    ] = None,
    patterns: Annotated[
        list[str] | None, typer.Option("--pattern", metavar="REGEX", help="Mask whatever it matches.")
    ] = None,
    key: Annotated[bool, typer.Option("--key", help="Mask keys.")] = False,
) -> None:
    """Make a capture without what masks hide, for good.

    Channels keep their names. The graph is left out, as it may name what is masked.
    """
    from inspector.cli.captures import anonymous, cut

    cut(file, "", output, anonymous(project, headers, paths, patterns, key), _terminal(context))


@app.command()
def split(
    context: typer.Context,
    file: File,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where the parts go.")],
    by: Annotated[Part, typer.Option("--by", help="What each part has for itself.")] = Part.CHANNEL,
) -> None:
    """Make several captures of one."""
    from inspector.cli.captures import parts

    parts(file, output, by, _terminal(context))


@app.command()
def merge(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Captures, *.evs.")],
    output: New,
) -> None:
    """Make one capture of several, in the order of time; what lies in more than one is taken once."""
    from inspector.cli.captures import join

    join(files, output, _terminal(context))


@app.command()
def repair(context: typer.Context, file: File, output: New) -> None:
    """Make a capture of all that can still be read of a damaged one, and tell what is lost."""
    from inspector.cli.captures import mend

    mend(file, output, _terminal(context))


@app.command()
def export(
    context: typer.Context,
    file: File,
    output: New,
    query: Query = "",
    form: Annotated[Form | None, typer.Option("--format", help="[default: by the name of the file]")] = None,
    columns: Annotated[str, typer.Option("--columns", metavar="NAME,...", help="Columns of CSV.")] = "",
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What a report is headed with.")] = "",
    project: ProjectOption = None,
) -> None:
    """Write events into a file of another form, or a selection of them into a capture."""
    from inspector.cli.captures import take

    take(file, query, output, form, columns, title, project, _terminal(context))


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Lines of JSON, captures, other tools' files."),
    ],
    output: New,
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="NAME", help="Its channel, where the file has none.")
    ] = None,
    server: Annotated[
        str, typer.Option("--server", metavar="URL", help="Where it was taken from.")
    ] = "kafka://imported",
) -> None:
    """Make a capture of what export, kcat -J, Kafbat, AKHQ or Redpanda Console saved.

    What is no record is left out and told.
    """
    from inspector.cli.captures import bring

    bring(files, output, channel, server, _terminal(context))


@app.command()
def sql(
    context: typer.Context,
    file: File,
    statement: Annotated[str, typer.Argument(metavar="SELECT", help="Over records, headers and channels.")],
    query: Annotated[str, typer.Option("--where", metavar="QUERY", help="Only these events.")] = "",
    form: Annotated[Printed, typer.Option("--format", help="Form of the answer.")] = Printed.TABLE,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="How long it may take.")] = 30.0,
    project: ProjectOption = None,
) -> None:
    """Ask a capture in SQL. Reads only."""
    from inspector.cli.captures import answer

    answer(file, statement, query, form, seconds, project, _terminal(context))


def _terminal(context: typer.Context) -> Terminal:
    return context.find_object(Terminal) or Terminal()
