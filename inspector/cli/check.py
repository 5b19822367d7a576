"""`eventscope check`: say whether what is there, or what is declared, is as it should be; for CI and cron."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inspector.cli.look import LOOK_S, Output, PasswordStdin
from inspector.cli.terminal import Terminal

WEBHOOK = "EVENTSCOPE_WEBHOOK"
"""The environment variable for an address that holds a secret."""


class Format(StrEnum):
    """Forms of the answer."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


def check(
    context: typer.Context,
    written: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="URL|FILE...",
            help="Servers, captures (*.evs), AsyncAPI documents and project files (*.toml), in any mixture.",
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on",
            metavar="RULE,...",
            help="What fails: rules, or error, warning and note for all that are as grave. "
            "[default: error,warning]",
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Tell only what is not in this earlier look."),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write all that is there down as known."),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="FILE",
            help="Go by what people decided in this eventscope.toml; alone, check its servers.",
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            min=1.0,
            max=31_536_000.0,
            help=f"How long to look at servers. [default: {LOOK_S:g}; with --watch until Ctrl+C]",
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="Form of the answer.")] = Format.TEXT,
    output: Output = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Tell each loop when it becomes active or runaway.")
    ] = False,
    webhook: Annotated[
        str | None,
        typer.Option("--webhook", metavar="URL", help=f"Post each alert there; or set {WEBHOOK}."),
    ] = None,
    list_rules: Annotated[bool, typer.Option("--list-rules", help="List all rules, and end.")] = False,
    password_stdin: PasswordStdin = False,
) -> None:
    """Find loops, and what else is wrong, in what runs or is declared: for CI and cron.

    Exits with 0 when nothing fails, 1 when something does, 2 when it could not look. Reads only.
    """
    # The window shares this command line and must not wait for what only a check needs.
    from inspector.cli.guard import Guard

    asked = Guard(
        written or [],
        fail_on or [],
        baseline,
        write_baseline,
        project,
        seconds,
        form,
        output,
        watch,
        webhook,
        password_stdin,
        context.find_object(Terminal) or Terminal(),
    )
    raise typer.Exit(asked.list_rules() if list_rules else asked.run())
