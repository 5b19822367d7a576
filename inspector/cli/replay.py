"""`eventscope replay`: send captured records again, or plan it, or go on with a run that was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inspector.cli.look import PasswordStdin, first_line
from inspector.cli.terminal import Terminal
from inspector.errors import InspectorError
from inspector.project.file import ProjectFile


def replay(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="URL|FILE",
            help="A server, a capture, or lines of JSON as events --format jsonl writes.",
        ),
    ] = None,
    query: Annotated[str, typer.Argument(help="Which records, such as 'channel:orders since:-1h'.")] = "",
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL[/CHANNEL]",
            help="Where they are sent; without a channel each to the one of its own name.",
        ),
    ] = None,
    shadow: Annotated[
        str,
        typer.Option("--shadow", metavar="ENDING", help="Send to channels with this ending, made for it."),
    ] = "",
    execute: Annotated[bool, typer.Option("--execute", help="Send; else it is a dry run.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the server's name.")] = False,
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="N", min=0.001, help="At most N records a second.")
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed", metavar="N", min=0.001, help="Keep the times between records, N times as fast."
        ),
    ] = None,
    edits: Annotated[
        list[str] | None,
        typer.Option("--edit", metavar="PATH=VALUE", help="Change every record; may be given again."),
    ] = None,
    force: Annotated[
        str, typer.Option("--force", metavar="REASON", help="Send although the plan warns, for this reason.")
    ] = "",
    hops: Annotated[
        int, typer.Option("--hops", min=0, help="How often marked records may come round before it stops.")
    ] = 3,
    keep_partition: Annotated[
        bool, typer.Option("--keep-partition", help="To partitions of the same number.")
    ] = False,
    keep_timestamp: Annotated[
        bool, typer.Option("--keep-timestamp", help="With the times of the originals.")
    ] = False,
    channels: Annotated[
        list[str] | None,
        typer.Option("--channels", metavar="GLOB", help="Of which channels; may be given again."),
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN|last", help="Go on with a run that was cut off.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the runs.")] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="table|json", help="Form of the plan, the runs, the outcome.")
    ] = "table",
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.0, help="How long to look who receives before planning.")
    ] = 3.0,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project", metavar="FILE", help="Go by what this eventscope.toml protects and decides."
        ),
    ] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Send records again with their consequences known first: a dry run unless --execute."""
    # The window shares this command line and must not wait for what only a replay needs.
    from inspector.cli.replaying import Replaying, show_runs

    terminal = context.find_object(Terminal) or Terminal()
    if form not in ("table", "json"):
        raise InspectorError(f"{form} is no form of an answer here.", "Write table or json.")
    if listed:
        show_runs(form, terminal)
        return
    decided = None if project is None else ProjectFile.open(project)
    replaying = Replaying(terminal, form, decided, first_line(password_stdin), execute, yes, seconds)
    if resume is not None:
        if source is not None or to is not None:
            raise InspectorError("A run knows what it sends and where to.", "Name it with --resume alone.")
        code = replaying.resume(resume)
    else:
        if source is None or to is None:
            missing = "what to send" if source is None else "where to send it"
            raise InspectorError(
                f"Nothing says {missing}.", "Write: eventscope replay URL|FILE QUERY --to URL[/CHANNEL]."
            )
        replaying.ask(
            source,
            query,
            channels or [],
            to,
            shadow,
            rate,
            speed,
            edits or [],
            force,
            hops,
            keep_partition,
            keep_timestamp,
        )
        code = replaying.begin()
    if code:
        raise typer.Exit(code)
