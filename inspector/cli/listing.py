"""Carries out `eventscope events`: finds events in a capture or on a server, and writes them down."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from pathlib import Path
from typing import BinaryIO

import numpy as np

from graph.model import DependencyGraph
from inspector.capture.level import ChannelLevel, Level
from inspector.cli.asking import asked
from inspector.cli.events import Format
from inspector.cli.printer import Commas, Lines, Table
from inspector.cli.record import when
from inspector.cli.terminal import Terminal
from inspector.cli.trailing import Trails
from inspector.decode.sight import Sight
from inspector.errors import CaptureError, InspectorError
from inspector.exchange.cells import USUAL, WHOLE, columns
from inspector.exchange.forms import Form, replaced, save
from inspector.exchange.selection import Selection, in_time
from inspector.link import Connect, SetCapture, UseProject
from inspector.project.file import ProjectFile
from inspector.search.query import RecordQuery
from inspector.store.reader import CaptureReader, Rows
from inspector.store.selection import RowFilter

STEP_S = 0.2
KEPT = 1 << 30
"""Bytes of a server's events that are kept until they are written down."""
TRAILS = 20
"""Trails at most unless more are asked for."""
Printer = Table | Lines | Commas | Trails


@dataclass
class Listing:
    """What was asked for, as the options of `eventscope events` have it."""

    query: str
    form: Format
    columns: str
    limit: int | None
    follow: bool
    trail: bool
    sight: Sight
    output: Path | None
    terminal: Terminal
    _left: float = field(init=False)
    _next: int = 0
    """The row where what is new begins."""

    def __post_init__(self) -> None:
        if self.trail and self.limit is None:
            self.limit = TRAILS
        self._left = inf if self.limit is None else self.limit
        names = [name.strip() for name in self.columns.split(",") if name.strip()]
        self._cells = columns(names or (WHOLE if self.form is Format.CSV else USUAL))
        if self.form is Format.PARQUET and (self.output is None or self.follow or self.trail):
            raise InspectorError(
                "A Parquet file is written whole.", "Name it with -o, without --follow and --trail."
            )
        if self.trail and self.form is Format.CSV:
            raise InspectorError("Trails are no table.", "Use --format jsonl.")

    def of_capture(self, path: Path) -> None:
        """List a capture; raises InspectorError."""
        with closing(CaptureReader(path)) as reader:
            query = asked(self.query, reader, reader.graph(), self.sight)
            self._next = reader.end_row
            rows = in_time(reader, self._newest(reader, query))
            if self.form is Format.PARQUET and self.output is not None:
                selection = Selection(reader, rows.tolist(), self.sight)
                save(Form.PARQUET, selection, self.output)
                self._tell(selection)
                self._tell_damage(reader)
                return
            with self._printer(reader) as printer:
                self._put(printer, reader, rows)
                self._tell_damage(reader)
                self._left = inf
                while self.follow:
                    time.sleep(STEP_S)
                    self._put(printer, reader, self._new(reader, query))

    def of_server(
        self, commands: Sequence[Connect], decided: ProjectFile | None, channels: Sequence[str], since: str
    ) -> int:
        """List what a server has, or gets; the exit code. Raises InspectorError."""
        # Nobody who lists a capture needs an engine.
        from inspector.cli.recording import Recording
        from inspector.engine_process import collect_seldom

        if self.trail:
            raise InspectorError("Trails are of a capture.", "Make one with eventscope record.")
        query = asked(self.query, None, DependencyGraph(), self.sight)  # a mistake is told before it connects
        capture = SetCapture(
            True, tuple(ChannelLevel(glob, Level.EVERYTHING) for glob in channels), None, False, when(since)
        )
        collect_seldom()
        with tempfile.TemporaryDirectory(prefix="eventscope-") as folder, ExitStack() as stack:
            path = Path(folder) / "events.evs"
            found: list[tuple[CaptureReader, Printer]] = []

            def reader() -> CaptureReader | None:
                if not found and path.exists():
                    with contextlib.suppress(CaptureError):
                        opened = stack.enter_context(closing(CaptureReader(path)))
                        found.append((opened, stack.enter_context(self._printer(opened))))
                return found[0][0] if found else None

            def each() -> bool:
                nonlocal query
                opened = reader()
                if opened is None or not self.follow:
                    return False
                query = asked(self.query, opened, opened.graph(), self.sight)
                self._put(found[0][1], opened, self._new(opened, query))
                return self._left <= 0

            use = None if decided is None else UseProject(decided.project, str(decided.path))
            quiet = Terminal(True, False, self.terminal.color, self.terminal.debug)
            code = asyncio.run(
                Recording(path, use, commands, capture, inf, not self.follow, KEPT, quiet, each).run()
            )
            if code == 0 and not self.follow and (opened := reader()) is not None:
                opened.refresh()
                query = asked(self.query, opened, opened.graph(), self.sight)
                rows = in_time(opened, self._newest(opened, query))
                if self.form is Format.PARQUET and self.output is not None:
                    save(Form.PARQUET, Selection(opened, rows.tolist(), self.sight), self.output)
                else:
                    self._put(found[0][1], opened, rows)
            return code

    def _newest(self, reader: CaptureReader, query: RecordQuery | None) -> Rows:
        """The rows that fit, or the newest of them."""
        if self.limit is None or query is None:
            rows = reader.select(RowFilter()) if query is None else query.select(RowFilter())
            return rows if self.limit is None else rows[-self.limit :]
        pieces: list[Rows] = []
        for piece in query.backwards(RowFilter()):
            pieces.insert(0, piece)
            if sum(map(len, pieces)) >= self.limit:
                break
        return (np.concatenate(pieces) if pieces else np.empty(0, np.int64))[-self.limit :]

    def _new(self, reader: CaptureReader, query: RecordQuery | None) -> Rows:
        """Rows that fit and were written since."""
        reader.refresh()
        first, self._next = self._next, reader.end_row
        if query is None:
            return reader.select(RowFilter(), first, self._next)
        return query.select(RowFilter(), first, self._next)

    def _put(self, printer: Printer, reader: CaptureReader, rows: Rows) -> None:
        wanted = rows.tolist() if self._left == inf else list(islice(rows.tolist(), int(self._left)))
        self._left -= len(wanted)
        selection = Selection(reader, wanted, self.sight)
        if isinstance(printer, Trails):
            printer.put_rows(wanted)
        elif wanted:
            printer.put(selection)
        if selection.unread:
            self._tell(selection)

    def _tell(self, selection: Selection) -> None:
        if self.output is not None:
            self.terminal.say(f"{selection.taken:,} events written to {self.output}.")
        if selection.unread:
            self.terminal.complain(
                f"{selection.unread:,} events could not be read, as the capture is damaged."
            )

    def _tell_damage(self, reader: CaptureReader) -> None:
        """What could not be looked into."""
        for damage in reader.damaged:
            self.terminal.complain(damage.sentence)

    @contextlib.contextmanager
    def _printer(self, reader: CaptureReader) -> Iterator[Printer]:
        with self._file() as file:
            make: dict[Format, Callable[[], Printer]] = {
                Format.JSONL: lambda: Lines(file),
                Format.CSV: lambda: Commas(file, self._cells),
                Format.TABLE: lambda: Table(file, self._cells),
            }
            if self.trail:
                yield Trails(file, reader, self.sight, lines=self.form is Format.JSONL)
            elif self.form in make:
                yield make[self.form]()
            else:
                yield Lines(file)

    @contextlib.contextmanager
    def _file(self) -> Iterator[BinaryIO]:
        if self.output is None or self.form is Format.PARQUET:
            yield sys.stdout.buffer
            return
        with replaced(self.output) as beside, beside.open("wb") as file:
            yield file
        self.terminal.say(f"Written to {self.output}.")
