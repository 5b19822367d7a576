"""A decoded value as rows of a tree, made only where the tree is opened."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from msgspec import Struct

from inspector.decode.preview import size_text

LIMIT = 200
"""Children that are made at a time."""
TEXT_LIMIT = 300
"""Characters of a value that a row shows; `full_text` gives all."""
PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*\Z")
TIME_NAME = re.compile(
    r"(?i:time|date|stamp|epoch|when|since|until|expir|created|updated|modified|deadline)"
    r"|(?i:(?:^|_)(?:ts|at|exp|iat|nbf|[mnu]s)$)|[a-z](?:At|On|Ts|Ms|Us|Ns)$"
)
FROM_NS = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000
TO_NS = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000


class TreeRow(Struct, frozen=True):
    """One value, and where it lies."""

    path: str
    """As the query language writes it after `value.`: `items[3].sku`, names in quotes where they must be."""
    name: str
    kind: str
    """`object`, `array`, `text`, `number`, `true or false`, `null`, `time`, `id`, `bytes`, `other` or
    `more`."""
    text: str
    children: int
    """How many it has; for `more` how many are not shown."""
    value: Any
    note: str = ""
    """What a number stands for, where its name and size say that it is a time."""


def root(value: Any, zone: tzinfo = UTC) -> TreeRow:
    """The row of a whole value."""
    return _row("", "", value, zone)


def children(row: TreeRow, start: int = 0, limit: int = LIMIT, zone: tzinfo = UTC) -> list[TreeRow]:
    """The children of a row from the one numbered `start`; a last row `more` where others are behind."""
    value = row.value
    stop = min(start + limit, row.children)
    found: list[TreeRow]
    if isinstance(value, dict):
        found = [
            _row(joined(row.path, str(name)), str(name), child, zone)
            for name, child in islice(value.items(), start, stop)
        ]
    elif isinstance(value, (list, tuple)):
        found = [_row(f"{row.path}[{i}]", f"[{i}]", value[i], zone) for i in range(start, stop)]
    else:
        return []
    if stop < row.children:
        left = row.children - stop
        found.append(TreeRow(row.path, "", "more", f"{left:,} more", left, value))
    return found


def full_text(value: Any) -> str:
    """All of a value that has no children, for copying."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex(" ")
        case _:
            return str(value)


def time_ns(name: str, value: Any) -> int | None:
    """UTC nanoseconds, where a field's name and size say that it is a time since 1970; else None.

    Seconds, milliseconds, microseconds and nanoseconds are told apart by size: the years 2000 to 2100 of
    one do not meet those of another.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or not TIME_NAME.search(name):
        return None
    for unit_ns in (1_000_000_000, 1_000_000, 1000, 1):
        if FROM_NS <= value * unit_ns < TO_NS:
            return int(value * unit_ns)
    return None


def time_text(at_ns: int, zone: tzinfo = UTC) -> str:
    """A time to the millisecond: `2026-11-23 10:00:00.123 UTC`."""
    at = datetime.fromtimestamp(at_ns // 1_000_000_000, zone).replace(
        microsecond=at_ns % 1_000_000_000 // 1000
    )
    return f"{at.isoformat(' ', 'milliseconds')[:23]} {at.tzname()}"


def _row(path: str, name: str, value: Any, zone: tzinfo) -> TreeRow:
    kind, text, count = _shown(value)
    at_ns = time_ns(name, value) if kind == "number" else None
    return TreeRow(path, name, kind, text, count, value, "" if at_ns is None else time_text(at_ns, zone))


def _shown(value: Any) -> tuple[str, str, int]:
    match value:
        case dict():
            return "object", f"{{{len(value):,}}}", len(value)
        case list() | tuple():
            return "array", f"[{len(value):,}]", len(value)
        case str():
            return "text", _cut(value), 0
        case None:
            return "null", "null", 0
        case bool():
            return "true or false", full_text(value), 0
        case datetime() | date() | time():
            return "time", _cut(value.isoformat(" ") if isinstance(value, datetime) else str(value)), 0
        case UUID():
            return "id", str(value), 0
        case int() | float() | Decimal():
            return "number", _cut(str(value)), 0
        case bytes() | bytearray() | memoryview():
            head = bytes(value[: TEXT_LIMIT // 6]).hex(" ")
            return (
                "bytes",
                f"{head}{'…' if len(head) < 3 * len(value) - 1 else ''} ({size_text(len(value))})",
                0,
            )
        case _:
            return "other", _cut(str(value)), 0


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"


def joined(path: str, name: str) -> str:
    """The path of a field by the path of what it lies in."""
    if PLAIN_NAME.match(name):
        return f"{path}.{name}" if path else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
