"""The command line: an equal client of the engine beside the window, and without Qt."""

from __future__ import annotations

import typer

from inspector.cli import capture, check, events, record, replay, scan

app = typer.Typer(
    name="eventscope",
    help="Who sends what to whom, where it goes round in circles, and why.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("scan")(scan.scan)
app.command("check")(check.check)
app.command("record")(record.record)
app.command("events")(events.events)
app.command("replay")(replay.replay)
app.add_typer(capture.app, name="capture")
