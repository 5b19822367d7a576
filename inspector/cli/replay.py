"""`eventscope replay`: send captured records again, or plan it, or go on with a run that was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inspector.cli.look import PasswordStdin, first_line
from inspector.cli.terminal import Terminal
from inspector.errors import InspectorError
from inspector.project.file import ProjectFile
from inspector.project.model import Project
from inspector.replay.request import Order


def replay(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="URL|FILE",
            help="A server, a capture, or lines of JSON as events --format jsonl writes.",
        ),
    ] = None,
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="Which records, such as 'channel:orders since:-1h'.")
    ] = "",
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="URL[/CHANNEL]",
            help="Where they are sent; without a channel each to the one of its own name. Left out, they go "
            "to shadow channels on the server that they are from.",
        ),
    ] = None,
    shadow: Annotated[
        str,
        typer.Option(
            "--shadow",
            metavar="ENDING",
            help="To channels of their names with this ending, made where they are missing; .shadow "
            "without --to.",
        ),
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
    step: Annotated[
        bool, typer.Option("--step", help="One by one: Enter sends the next, g all others, q stops.")
    ] = False,
    order: Annotated[
        Order, typer.Option("--order", help="By their times over all channels, or one channel after another.")
    ] = Order.TIME,
    edits: Annotated[
        list[str] | None,
        typer.Option(
            "--edit",
            metavar="RULE",
            help="Change every record: value.price=3, header.x=y, 'drop header.x-*'; may be given again.",
        ),
    ] = None,
    force: Annotated[
        str, typer.Option("--force", metavar="REASON", help="Send although the plan warns, for this reason.")
    ] = "",
    hops: Annotated[
        int,
        typer.Option(
            "--hops", metavar="N", min=0, help="How often marked records may come round before it stops."
        ),
    ] = 3,
    back: Annotated[
        bool,
        typer.Option(
            "--back", help="Dead letters: each to the channel that its headers say it was on before."
        ),
    ] = False,
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
        float,
        typer.Option(
            "--seconds",
            metavar="N",
            min=0.0,
            help="How long to look who receives before planning, and for --report what it caused afterwards.",
        ),
    ] = 3.0,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Write what became of it into this .html or .json file."
        ),
    ] = None,
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
    from inspector.cli.replay_asked import Options, asked
    from inspector.cli.replay_shown import show_runs
    from inspector.cli.replaying import Replaying
    from inspector.replay.report import check

    terminal = context.find_object(Terminal) or Terminal()
    if form not in ("table", "json"):
        raise InspectorError(f"{form} is no form of an answer here.", "Write table or json.")
    if listed:
        show_runs(form, terminal)
        return
    if report is not None:
        check(report)
        if not (execute or resume):
            raise InspectorError("A dry run sends nothing to report on.", "Add --execute.")
    decided = None if project is None else ProjectFile.open(project)
    options = Options(
        source,
        query,
        channels or [],
        to,
        shadow,
        rate,
        speed,
        step,
        order,
        edits or [],
        force,
        hops,
        back,
        keep_partition,
        keep_timestamp,
    )
    if resume is not None and (source is not None or to is not None):
        raise InspectorError("A run knows what it sends and where to.", "Name it with --resume alone.")
    wanted = None if resume is not None else asked(options, Project() if decided is None else decided.project)
    password = first_line(password_stdin)
    replaying = Replaying(terminal, form, decided, password, execute, yes, seconds, report)
    code = replaying.resume(resume or "") if wanted is None else replaying.begin(wanted)
    if code:
        raise typer.Exit(code)
