"""What `eventscope replay` writes: the plan, how a run goes and ended, and all runs."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime

import msgspec
from rich.table import Table

from graph.names import plain
from inspector.cli.terminal import COULD_NOT_LOOK, Terminal
from inspector.replay.journal import Journals
from inspector.replay.plan import Plan
from inspector.replay.report import document
from inspector.replay.run import Fortune, Run, RunState

REFUSED = 1
MOST_REASONS = 5


def show_plan(plan: Plan, form: str, terminal: Terminal) -> None:
    """Write the plan to standard output."""
    if form == "json":
        _write(plan)
        return
    table = _table("From", "To", "Records", "Bytes")
    for way in plan.ways:
        made = " (is made)" if way.made else ""
        table.add_row(way.origin.name, way.target.name + made, f"{way.records:,}", f"{way.bytes:,}")
    terminal.answers.print(table)
    if plan.sides:
        table = _table("Reaches", "Through", "Records", "Of a record it had before")
        for side in plan.sides:
            row = plain(side.application), side.channel.name, f"{side.records:,.0f}", side.sentence
            table.add_row(*row)
        terminal.answers.print(table)
    if plan.caused:
        table = _table("Causes on", "Records", "Known from")
        for each in plan.caused:
            how = "measured branching" if each.measured else "rates"
            table.add_row(each.channel.name, f"{each.records:,.0f}", how)
        terminal.answers.print(table)
    if plan.duration_s is not None and plan.records:
        terminal.say(f"It takes about {_length(plan.duration_s)}.")
    for warning in (*plan.warnings, *(each.sentence for each in plan.overridden)):
        terminal.say(warning)


def show_runs(form: str, terminal: Terminal) -> None:
    """Write all runs to standard output, the oldest first."""
    runs = Journals().runs()
    if form == "json":
        _write(runs)
        return
    if not runs:
        terminal.say("There are no runs.")
        return
    table = _table("Run", "Begun", "State", "Sent", "Of", "Refused", "In doubt", "To")
    for run in runs:
        begun = datetime.fromtimestamp(run.begun_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        channel = run.request.target.channel
        where = run.request.target.server.address + ("" if channel is None else f"/{channel.name}")
        counts = (f"{count:,}" for count in (run.sent, run.total, run.refused, run.doubtful))
        table.add_row(run.id, begun, run.state.value, *counts, where)
    terminal.answers.print(table)


def show_end(run: Run, form: str, terminal: Terminal) -> int:
    """Tell how a run ended; the exit code."""
    if form == "json":
        _write(run)
    if run.state is RunState.DONE:
        doubtful = f" {run.doubtful:,} may be there or not: nobody can tell." if run.doubtful else ""
        sent = f"Sent {run.sent:,} of {run.total:,} records, {run.refused:,} refused."
        terminal.say(f"{sent}{doubtful} Run {run.id}.")
        if run.refused or run.doubtful:
            fates = Journals().fates(run.id)
            told = Counter(fate.why for fate in fates if fate.fortune is not Fortune.SENT)
            for why, count in told.most_common(MOST_REASONS):
                terminal.complain(f"{count:,}: {why}")
        return 0 if run.sent == run.total else REFUSED
    terminal.complain(run.message)
    if not run.begun_ns:
        return REFUSED
    sent = f"{run.sent:,} of {run.total:,} records are sent."
    terminal.complain(f"{sent} Go on with eventscope replay --resume {run.id}.")
    return COULD_NOT_LOOK


def line_of(run: Run) -> str:
    """How it stands, in one line."""
    speed = "" if run.per_s is None else f", {run.per_s:,.0f} a second"
    return f"{run.state.value}: {run.sent:,} of {run.total:,} records sent{speed}"


def _length(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False)


def _write(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(document(value)).decode() + "\n")
