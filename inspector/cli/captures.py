"""Carries out `eventscope capture`."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from rich.table import Table

from graph.identity import ServerId
from inspector.capture.masks import Mask
from inspector.cli.asking import asked, sight_of, until_enough
from inspector.cli.capture import Part, Printed
from inspector.cli.terminal import Terminal
from inspector.decode.sight import AS_IT_IS, Sight
from inspector.errors import CaptureError, InspectorError
from inspector.exchange import csv, importing
from inspector.exchange.captures import copy, opened, together
from inspector.exchange.cells import columns
from inspector.exchange.forms import Form, of_file, replaced, save
from inspector.exchange.selection import Selection, in_time
from inspector.exchange.sql import Answer, Tables
from inspector.exchange.times import written
from inspector.store import schema
from inspector.store.indexing import index_capture
from inspector.store.reader import CaptureReader, Rows
from inspector.store.salvage import salvage
from inspector.store.selection import RowFilter


def tell(file: Path, as_json: bool, terminal: Terminal) -> None:
    """Print what a capture has."""
    with closing(CaptureReader(file)) as reader:
        found = _facts(reader)
    if as_json:
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    console = terminal.answers
    span = f"{found['first'] or 'nothing'} to {found['last'] or 'nothing'}"
    lost = f", {found['damaged']:,} damaged" if found["damaged"] else ""
    console.print(f"{found['records']:,} records{lost}, {found['bytes']:,} bytes, {span}", markup=False)
    for sentence in found["damage"]:
        console.print(sentence, markup=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("Channel", "Records", "Read", "Level", "Not captured"):
        table.add_column(name, header_style="dim", overflow="fold")
    for each in found["channels"]:
        missed = "; ".join(f"{count:,} {reason}" for reason, count in each["missed"].items())
        ranges = sum(part["end"] - part["first"] for part in each["covered"])
        levels = ", ".join(sorted({part["level"] for part in each["covered"]}))
        covered = f"{ranges:,} offsets" if each["covered"] else "not told"
        table.add_row(each["name"], f"{each['records']:,}", covered, levels, missed)
    console.print(table)


def _facts(reader: CaptureReader) -> dict[str, Any]:
    coverage, rows = reader.coverage(), reader.select(RowFilter())
    numbers = Counter(reader.columns(rows, "channel")["channel"].tolist())
    counts = {channel: numbers[place] for place, channel in enumerate(reader.channels())}
    span = reader.span_ns()
    names = {
        *counts,
        *(each.channel for each in coverage.covered),
        *(each.channel for each in coverage.missed),
    }
    channels = []
    for channel in sorted(names):
        of = coverage.of(channel)
        missed: Counter[str] = Counter()
        for lost in of.missed:
            missed[lost.reason] += lost.count
        channels.append(
            {
                "server": str(channel.server),
                "name": channel.name,
                "records": counts.get(channel, 0),
                "covered": [
                    {"partition": e.partition, "first": e.first, "end": e.end, "level": e.level.value}
                    for e in of.covered
                ],
                "missed": dict(missed),
            }
        )
    return {
        "file": str(reader.path),
        "bytes": reader.path.stat().st_size,
        "records": len(rows),
        "damaged": sum(each.count for each in reader.damaged),
        "damage": [each.sentence for each in reader.damaged],
        "first": written(span[0]) if span else None,
        "last": written(span[1]) if span else None,
        "channels": channels,
    }


def shrink(file: Path, output: Path | None, terminal: Terminal) -> None:
    """Compact a capture, in place or into a new file; raises InspectorError."""
    before = _size(file)
    try:
        if output is not None:
            with replaced(output) as beside, closing(schema.open_readonly(file)) as connection:
                connection.execute("VACUUM INTO ?", (str(beside),))
                index_capture(beside)
        else:
            CaptureReader(file).close()
            index_capture(file)
            with closing(schema.create(file)) as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                with contextlib.suppress(sqlite3.Error):  # somebody else has it open
                    connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as wrong:
        raise schema.cannot_write(output or file, wrong) from wrong
    terminal.say(f"{before:,} bytes before, {_size(output or file):,} bytes after.")


def cut(file: Path, query: str, output: Path, masks: Sequence[Mask], terminal: Terminal) -> None:
    """Copy the events that fit, without what masks hide; raises InspectorError."""
    with closing(CaptureReader(file)) as reader:
        hidden = Sight(masks)
        selection = Selection(reader, _rows(reader, query, AS_IT_IS).tolist(), hidden)
        _copy(selection, output)
        terminal.say(f"{selection.taken:,} records written to {output}.")
        _complain(selection.unread, terminal)


def anonymous(
    project: Path | None,
    headers: Iterable[str] | None,
    paths: Iterable[str] | None,
    patterns: Iterable[str] | None,
    key: bool,
) -> tuple[Mask, ...]:
    """The masks that were asked for; raises InspectorError where there are none."""
    from inspector.project.file import ProjectFile

    found = [] if project is None else list(ProjectFile.open(project).project.masks)
    found += [Mask(header=each) for each in headers or ()]
    found += [Mask(path=each) for each in paths or ()]
    found += [Mask(pattern=each) for each in patterns or ()]
    found += [Mask(key=True)] if key else []
    if not found:
        raise InspectorError(
            "Nothing says what to mask.", "Use --project, --header, --path, --pattern or --key."
        )
    return tuple(found)


def parts(file: Path, folder: Path, by: Part, terminal: Terminal) -> None:
    """Split a capture; raises InspectorError."""
    with closing(CaptureReader(file)) as reader:
        rows = _rows(reader, "", AS_IT_IS)
        found = reader.columns(rows, "channel", "timestamp_ns")
        named = [str(each.server).replace("://", "-") for each in reader.channels()]
        names = named if by is Part.SERVER else [each.name for each in reader.channels()]
        pieces: dict[str, list[int]] = {}
        length = {Part.DAY: 10, Part.HOUR: 13}.get(by)
        for row, channel, time_ns in zip(
            rows.tolist(), found["channel"].tolist(), found["timestamp_ns"].tolist(), strict=True
        ):
            name = names[channel] if length is None else written(time_ns)[:length]
            pieces.setdefault(_file_name(name), []).append(row)
        folder.mkdir(parents=True, exist_ok=True)
        for name, piece in pieces.items():
            selection = Selection(reader, piece)
            _copy(selection, folder / f"{file.stem}-{name}.evs")
            terminal.say(f"{selection.taken:,} records written to {folder / f'{file.stem}-{name}.evs'}.")
            _complain(selection.unread, terminal)


def join(files: Sequence[Path], output: Path, terminal: Terminal) -> None:
    """Merge captures; raises InspectorError."""
    with opened(files) as readers, _new(output) as beside:
        done = together(readers, beside)
    twice = f", {done.twice:,} were there twice" if done.twice else ""
    terminal.say(f"{done.records:,} records written to {output}{twice}.")
    _complain(done.unread, terminal)


def mend(file: Path, output: Path, terminal: Terminal) -> None:
    """Copy what can be read; raises InspectorError."""
    try:
        _mend(file, output, terminal)
    except CaptureError as refusal:
        if output.exists() or not file.is_file():
            raise
        with TemporaryDirectory(dir=output.absolute().parent) as folder:
            left = Path(folder) / file.name
            found = salvage(file, left)
            if not found.records:
                raise
            terminal.complain(f"{refusal.message} What its pages still hold was taken one by one.")
            if found.broken_parts:
                terminal.complain(f"{found.broken_parts:,} parts of blocks are broken.")
            _mend(left, output, terminal)


def _mend(file: Path, output: Path, terminal: Terminal) -> None:
    with closing(CaptureReader(file)) as reader:
        selection = Selection(reader, _rows(reader, "", AS_IT_IS).tolist())
        _copy(selection, output)
        terminal.say(f"{selection.taken:,} records written to {output}.")
        for damage in reader.damaged:
            terminal.complain(damage.sentence)
        if not reader.damaged:
            terminal.say("Nothing was damaged.")


def take(
    file: Path,
    query: str,
    output: Path,
    form: Form | None,
    names: str,
    title: str,
    project: Path | None,
    terminal: Terminal,
) -> None:
    """Export events; raises InspectorError."""
    form = form or of_file(output)
    if form is None:
        raise InspectorError(
            f"Nothing says in which form to write {output}.", f"Use --format with {', '.join(Form)}."
        )
    cells = columns(each.strip() for each in names.split(",")) if names else None
    with closing(CaptureReader(file)) as reader:
        sight = sight_of(project)
        selection = Selection(reader, _rows(reader, query, sight).tolist(), sight)
        save(form, selection, output, cells, title=title or query)
        terminal.say(f"{selection.taken:,} events written to {output}.")
        _complain(selection.unread, terminal)


def bring(files: Sequence[Path], output: Path, channel: str | None, server: str, terminal: Terminal) -> None:
    """Import records; raises InspectorError."""
    system, between, address = server.partition("://")
    if not between or not address:
        raise InspectorError(f"{server} is no server.", "Write it like kafka://broker:9092.")
    if output.exists():
        raise InspectorError(f"{output} is there already.", "Name a new file.")
    done = importing.into(output, files, ServerId(system, address), channel)
    for source in done.sources:
        taken, *lost = source.sentences
        terminal.say(taken)
        for sentence in lost:
            terminal.complain(f"{source.path.name}: {sentence}")
    twice = f", {done.twice:,} were there twice" if done.twice else ""
    terminal.say(f"{done.records:,} records written to {output}{twice}.")


def answer(
    file: Path,
    statement: str,
    query: str,
    form: Printed,
    seconds: float,
    project: Path | None,
    terminal: Terminal,
) -> None:
    """Print the answer to a question in SQL; raises InspectorError."""
    with closing(CaptureReader(file)) as reader:
        sight = sight_of(project)
        with closing(Tables(reader, _rows(reader, query, sight), sight)) as tables:
            found = tables.ask(statement, time_s=seconds)
    with until_enough(follow=False):
        _print(found, form, terminal)


def _print(found: Answer, form: Printed, terminal: Terminal) -> None:
    out = sys.stdout.buffer
    if form is Printed.CSV:
        out.write(csv.line(found.names))
        for row in found.rows:
            out.write(csv.line(None if cell is None else _text(cell) for cell in row))
        out.flush()
    elif form is Printed.JSON:
        for row in found.rows:
            made = {
                name: _text(cell) if isinstance(cell, bytes) else cell
                for name, cell in zip(found.names, row, strict=True)
            }
            out.write(orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE))
        out.flush()
    else:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in found.names:
            table.add_column(name, header_style="dim", overflow="fold")
        for row in found.rows:
            table.add_row(*("" if cell is None else _clean(_text(cell)) for cell in row))
        terminal.answers.print(table, markup=False)


def _text(cell: object) -> str:
    return f"0x{cell.hex()}" if isinstance(cell, bytes) else str(cell)


def _clean(text: str) -> str:
    made = text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)
    return made.replace("[", "\\[")


def _rows(reader: CaptureReader, query: str, sight: Sight) -> Rows:
    found = asked(query, reader, reader.graph(), sight)
    return in_time(reader, reader.select(RowFilter()) if found is None else found.select(RowFilter()))


def _copy(selection: Selection, output: Path) -> None:
    with _new(output) as beside:
        copy(selection, beside)


def _new(output: Path) -> Any:
    if output.exists():
        raise InspectorError(f"{output} is there already.", "Name a new file.")
    return replaced(output)


def _file_name(text: str) -> str:
    """Text as part of a file's name on every system."""
    return "".join(each if each.isalnum() or each in "-_." else "-" for each in text) or "-"


def _size(file: Path) -> int:
    beside = (file, Path(f"{file}-wal"))
    return sum(each.stat().st_size for each in beside if each.exists())


def _complain(unread: int, terminal: Terminal) -> None:
    if unread:
        terminal.complain(f"{unread:,} records are damaged and were left out.")
