"""SQL over the events of a capture: read-only, within a time, over the views that docs/files.md describes.

SQLite holds what the columns of a capture tell. Keys, values, headers and all else is read when a query gets
to it, by functions behind the columns of the views.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import lru_cache

import orjson
from msgspec import Struct

from inspector.capture.masks import NO_MASKS, Masks
from inspector.errors import CaptureError, InspectorError
from inspector.exchange.cells import cell, plain
from inspector.exchange.selection import Event, seen
from inspector.exchange.times import written
from inspector.store.reader import CaptureReader, Rows

TIME_S = 30.0
LARGEST = 64 << 20
"""Bytes of a value that a query may make."""
STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock."""
ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
Cell = str | int | float | bytes | None

_READ = ("type", "sender", "event_id", "parent_id", "flow_id", "size", "key", "value", "headers", "aborted")
_VIEWS = f"""
CREATE TABLE base (row INTEGER PRIMARY KEY, timestamp_ns INTEGER, channel INTEGER, partition INTEGER,
    "offset" INTEGER);
CREATE TABLE place (number INTEGER PRIMARY KEY, server TEXT, kind TEXT, channel TEXT);
CREATE VIEW records AS SELECT base.row, time_text(timestamp_ns) AS time, timestamp_ns, place.server,
    place.channel, partition, "offset", {", ".join(f"of_{name}(row) AS {name}" for name in _READ)}
    FROM base JOIN place ON place.number = base.channel;
CREATE VIEW headers AS SELECT base.row, json_each.key AS number,
    json_extract(json_each.value, '$[0]') AS name,
    json_extract(json_each.value, '$[1]') AS value FROM base, json_each(of_headers(base.row));
CREATE VIEW channels AS SELECT place.server, place.kind, place.channel, count(*) AS records,
    min(timestamp_ns) AS first_ns, max(timestamp_ns) AS last_ns
    FROM base JOIN place ON place.number = base.channel GROUP BY base.channel;
"""


class Answer(Struct, frozen=True):
    """What a query gave."""

    names: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    more: bool = False
    """Whether there are more rows than were asked for."""


class Tables:
    """The views over some rows of a capture. One thread; close it when done."""

    def __init__(self, reader: CaptureReader, rows: Rows, masks: Masks = NO_MASKS) -> None:
        self._reader, self._masks = reader, masks
        self._until = 0.0
        self._stopped: Callable[[], bool] = lambda: False
        self._event = lru_cache(256)(self._read)
        # "" is a file of SQLite's own that goes when it is closed: rows of millions need not fit into memory.
        self._connection = sqlite3.connect("", isolation_level=None)
        self._functions()
        self._connection.executescript(_VIEWS)
        self._connection.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?)",
            [(n, str(c.server), c.kind.value, c.name) for n, c in enumerate(reader.channels())],
        )
        columns = reader.columns(rows, "timestamp_ns", "channel", "partition", "offset")
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT INTO base VALUES (?, ?, ?, ?, ?)",
            zip(rows.tolist(), *(column.tolist() for column in columns.values()), strict=True),
        )
        self._connection.execute("COMMIT")
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
        self._connection.set_authorizer(self._allowed)
        self._connection.set_progress_handler(self._late, STEPS)

    def close(self) -> None:
        """Forget it all."""
        self._connection.close()

    def ask(
        self,
        query: str,
        *,
        most: int | None = None,
        time_s: float = TIME_S,
        stop: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """The answer to a query, `most` rows of it; raises InspectorError for a mistake, or in the end."""
        self._until, self._stopped = time.monotonic() + time_s, stop
        try:
            cursor = self._connection.execute(query)
            names = tuple(column[0] for column in cursor.description or ())
            if not names:
                raise InspectorError("That is no question.", "Write SELECT … FROM records.")
            rows = cursor.fetchall() if most is None else cursor.fetchmany(most + 1)
        except (sqlite3.Error, sqlite3.Warning) as wrong:
            raise self._told(wrong, time_s) from wrong
        return Answer(names, rows[:most], most is not None and len(rows) > most)

    def _told(self, wrong: Exception, time_s: float) -> InspectorError:
        if self._stopped():
            return InspectorError("It was stopped.")
        if time.monotonic() > self._until:
            return InspectorError(
                f"It took longer than {time_s:g} s and was stopped.",
                "Ask about fewer events, or give it longer.",
            )
        if "not authorized" in str(wrong) or "prohibited" in str(wrong):
            return InspectorError("Only questions can be asked, with SELECT.", "Nothing is ever changed.")
        return InspectorError(f"The SQL is wrong: {wrong}.", "The views are records, headers and channels.")

    def _late(self) -> int:
        return time.monotonic() > self._until or self._stopped()

    def _allowed(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        return sqlite3.SQLITE_OK if action in ALLOWED and second != "load_extension" else sqlite3.SQLITE_DENY

    def _functions(self) -> None:
        make = self._connection.create_function
        make("time_text", 1, written, deterministic=True)
        for name in _READ:
            make(f"of_{name}", 1, self._reading(name), deterministic=True)

    def _reading(self, name: str) -> Callable[[int], Cell]:
        looks: dict[str, Callable[[Event], Cell]] = {
            "sender": cell("from"),
            "event_id": cell("id"),
            "parent_id": cell("parent"),
            "flow_id": cell("trace"),
            "size": lambda event: event.record.size,
            "value": lambda event: cell("value")(event) if event.record.body_stored else None,
            "headers": _headers,
            "aborted": lambda event: int(event.record.aborted),
        }
        look = looks.get(name) or cell(name)

        def read(row: int) -> Cell:
            event = self._event(row)
            return None if event is None else look(event)

        return read

    def _read(self, row: int) -> Event | None:
        try:
            return seen(self._reader, row, self._masks)
        except CaptureError:
            return None


def _headers(event: Event) -> str:
    return orjson.dumps(list(_pairs(event))).decode()


def _pairs(event: Event) -> Iterator[tuple[str, str | None]]:
    for name, value in event.record.headers:
        yield name, plain(value)
