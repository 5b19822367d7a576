"""SQL over the events of a capture: read-only, within a time, over the views that docs/files.md describes.

SQLite holds what the columns of a capture tell. Keys, values, headers and all else is read when a query gets
to it, by functions behind the columns of the views.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing
from functools import lru_cache
from itertools import islice

import orjson
from msgspec import Struct

from inspector.decode.preview import readable
from inspector.decode.sight import AS_IT_IS, Sight
from inspector.errors import CaptureError, InspectorError
from inspector.exchange.ahead import Ahead
from inspector.exchange.cells import cell, plain
from inspector.exchange.selection import Event, seen
from inspector.exchange.sql_words import meant, place
from inspector.exchange.times import written
from inspector.record import Headers
from inspector.store.reader import CaptureReader, Rows

TIME_S = 30.0
LARGEST = 64 << 20
"""Bytes of a value that a query may make."""
AT_ONCE = 20_000
"""Rows that are taken in between two looks at the clock."""
STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock."""
ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
Cell = str | int | float | bytes | None

AHEAD = ("key", "value", "headers")
_READ = ("type", "sender", "event_id", "parent_id", "flow_id", "size", "key", "value", "headers", "aborted")
_COLUMNS = ("timestamp_ns", "channel", "partition", "offset", "type", "sender", "size")
_HELD = {
    "type": "(SELECT text FROM types WHERE number = base.type)",
    "sender": "(SELECT text FROM senders WHERE number = base.sender)",
    "size": "base.size",
}
"""What columns of a capture tell of where nothing is masked."""
_TOLD = [
    f"CASE hidden WHEN 0 THEN {_HELD[name]} ELSE of_{name}(row) END" if name in _HELD else f"of_{name}(row)"
    for name in _READ
]
_VIEWS = f"""
CREATE TABLE base (row INTEGER PRIMARY KEY, timestamp_ns INTEGER, channel INTEGER, partition INTEGER,
    "offset" INTEGER, type INTEGER, sender INTEGER, size INTEGER);
CREATE TABLE place (number INTEGER PRIMARY KEY, server TEXT, kind TEXT, channel TEXT, hidden INTEGER);
CREATE TABLE types (number INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE senders (number INTEGER PRIMARY KEY, text TEXT);
CREATE VIEW records AS SELECT base.row, time_text(timestamp_ns) AS time, timestamp_ns, place.server,
    place.channel, partition, "offset",
    {", ".join(f"{told} AS {name}" for told, name in zip(_TOLD, _READ, strict=True))}
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


class Mistake(InspectorError):
    """SQL that is wrong, with the place of it in the text."""

    def __init__(self, message: str, remedy: str, start: int, end: int) -> None:
        super().__init__(message, remedy)
        self.start, self.end = start, end


def _never() -> bool:
    return False


class Tables:
    """The views over some rows of a capture. One thread at a time; close it when done."""

    def __init__(
        self, reader: CaptureReader, rows: Rows, sight: Sight = AS_IT_IS, stop: Callable[[], bool] = _never
    ) -> None:
        """Raises InspectorError once `stop` says so."""
        self._reader, self._sight = reader, sight
        self._until = float("inf")
        self._stopped = stop
        self._event = lru_cache(256)(self._read)
        self._ahead = None if sight.any else Ahead(reader, rows)
        # "" is a file of SQLite's own that goes when it is closed: rows of millions need not fit into memory.
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._functions()
        self._connection.executescript(_VIEWS)
        self._connection.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?, ?)",
            [
                (n, str(c.server), c.kind.value, c.name, sight.on(c.name))
                for n, c in enumerate(reader.channels())
            ],
        )
        self._connection.executemany("INSERT INTO types VALUES (?, ?)", enumerate(reader.types()))
        senders = enumerate(each.value for each in reader.senders())
        self._connection.executemany("INSERT INTO senders VALUES (?, ?)", senders)
        columns = reader.columns(rows, *_COLUMNS)
        self._connection.execute("BEGIN")
        left = zip(rows.tolist(), *(column.tolist() for column in columns.values()), strict=True)
        while some := [*islice(left, AT_ONCE)]:
            if stop():
                self._connection.close()
                raise InspectorError("It was stopped.")
            self._connection.executemany("INSERT INTO base VALUES (?, ?, ?, ?, ?, ?, ?, ?)", some)
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
        stop: Callable[[], bool] = _never,
    ) -> Answer:
        """The answer to a query, `most` rows of it.

        Raises Mistake for SQL that is wrong, InspectorError in the end.
        """
        with closing(self.each(query, time_s=time_s, stop=stop)) as lines:
            names = tuple(map(str, next(lines)))
            rows = [*lines] if most is None else [*islice(lines, most + 1)]
        return Answer(names, rows[:most], most is not None and len(rows) > most)

    def each(
        self, query: str, *, time_s: float = TIME_S, stop: Callable[[], bool] = _never
    ) -> Generator[tuple[Cell, ...]]:
        """The names of the columns of the answer, then its rows one by one; raises what `ask` raises."""
        self._until, self._stopped = time.monotonic() + time_s, stop
        try:
            cursor = self._connection.execute(query)
            names = tuple(column[0] for column in cursor.description or ())
            if not names:
                raise InspectorError("That is no question.", "Write SELECT … FROM records.")
            yield names
            yield from cursor
        except (sqlite3.Error, sqlite3.Warning) as wrong:
            raise self._told(wrong, time_s, query) from wrong

    def _told(self, wrong: Exception, time_s: float, query: str) -> InspectorError:
        if self._stopped():
            return InspectorError("It was stopped.")
        if time.monotonic() > self._until:
            return InspectorError(
                f"It took longer than {time_s:g} s and was stopped.",
                "Ask about fewer events, or give it longer.",
            )
        if "not authorized" in str(wrong) or "prohibited" in str(wrong):
            return InspectorError("Only questions can be asked, with SELECT.", "Nothing is ever changed.")
        said = str(wrong)
        like = meant(said)
        remedy = f"Did you mean {like}?" if like else "The views are records, headers and channels."
        return Mistake(f"The SQL is wrong: {said}.", remedy, *place(query, said, self._said))

    def _said(self, query: str) -> str:
        """What SQLite finds wrong with a query; empty for nothing."""
        try:
            self._connection.execute(f"EXPLAIN {query}").close()
        except (sqlite3.Error, sqlite3.Warning) as wrong:
            return str(wrong)
        return ""

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
        if name == "aborted" and not self._reader.aborts():
            return lambda _row: 0

        def read(row: int) -> Cell:
            event = self._event(row)
            return None if event is None else look(event)

        return self._plainly(name, self._ahead, read) if self._ahead and name in AHEAD else read

    def _plainly(self, name: str, ahead: Ahead, read: Callable[[int], Cell]) -> Callable[[int], Cell]:
        """Read what is text as it is, and only the rest as an event."""

        def look(row: int) -> Cell:
            try:
                found = ahead.get(name, row)
            except CaptureError:
                return None
            if name == "headers":
                return _as_json(found)
            text = None if found is None else readable(found)
            return read(row) if text is None and found is not None else text

        return look

    def _read(self, row: int) -> Event | None:
        try:
            return seen(self._reader, row, self._sight)
        except CaptureError:
            return None


def _headers(event: Event) -> str:
    return _as_json(event.record.headers)


def _as_json(headers: Headers) -> str:
    return orjson.dumps([(name, plain(value)) for name, value in headers]).decode()
