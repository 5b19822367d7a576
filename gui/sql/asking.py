"""Asks a capture in SQL, away from the window's thread: one question at a time, which can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gui.sql.answer import text
from inspector.decode.sight import Sight
from inspector.exchange import csv
from inspector.exchange.forms import replaced
from inspector.exchange.sql import Answer, Tables
from inspector.store.reader import CaptureReader, Rows
from inspector.store.selection import RowFilter

MOST = 50_000
"""Rows of an answer that are shown."""
Found = Callable[[], Rows]


class Asking:
    """Keeps the tables of the last question for the next one over the same events; safe in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._tables: Tables | None = None
        self._of: object = None

    def stop(self) -> None:
        """End what is asked now."""
        self._stop.set()

    def close(self) -> None:
        """End it, and forget all."""
        self.stop()
        with self._lock:
            self._forget()

    def question(
        self, reader: CaptureReader, rows: Rows | None, sight: Sight, query: str
    ) -> Callable[[], Answer]:
        """What answers a question over some rows, all where they are None; run it in another thread."""
        stop = self._begin()

        def ask() -> Answer:
            with self._over(reader, rows, sight, stop) as tables:
                return tables.ask(query, most=MOST, stop=stop.is_set)

        return ask

    def export(
        self, reader: CaptureReader, rows: Rows | None, sight: Sight, query: str, path: Path
    ) -> Callable[[], int]:
        """What writes a whole answer as CSV, and gives the number of its rows; run it in another thread."""
        stop = self._begin()

        def write() -> int:
            count = -1
            with (
                self._over(reader, rows, sight, stop) as tables,
                replaced(path) as beside,
                beside.open("wb") as file,
            ):
                for line in tables.each(query, stop=stop.is_set):
                    file.write(csv.line(None if cell is None else text(cell) for cell in line))
                    count += 1
            return count

        return write

    def _begin(self) -> threading.Event:
        self.stop()
        self._stop = threading.Event()
        return self._stop

    @contextmanager
    def _over(
        self, reader: CaptureReader, rows: Rows | None, sight: Sight, stop: threading.Event
    ) -> Iterator[Tables]:
        with self._lock:
            wanted = reader, reader.end_row, None if rows is None else rows.tobytes(), sight
            if self._tables is None or wanted != self._of:
                self._forget()
                chosen = reader.select(RowFilter()) if rows is None else rows
                self._tables = Tables(reader, chosen, sight, stop.is_set)
                self._of = wanted
            yield self._tables

    def _forget(self) -> None:
        if self._tables is not None:
            self._tables.close()
            self._tables = None
