"""What the cells of a list of events show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from gui import figures
from gui.canvas.scene import wording
from gui.events.columns import EventColumn
from gui.events.details import Detail, Told
from gui.events.names import Names
from gui.fonts import Role
from gui.parts.cells import Cell
from gui.parts.marks import ChannelMark, TypeMark
from inspector.store.selection import Row

WAIT = Cell("…", tone="ghost")
NO_BYTES = ("", "<empty>")
"""What a preview of no bytes says."""


@dataclass(frozen=True)
class Around:
    """What a row is seen against."""

    zone: tzinfo = UTC
    now_ns: int = 0
    """What ages are counted to."""
    before_ns: int | None = None
    """When the event before it in the list was."""


def cell(column: EventColumn, row: Row, detail: Detail | None, names: Names, around: Around) -> Cell:
    """What a column shows of a row."""
    if row.damage:
        return _damaged(column, row, around)
    match column.key:
        case "marks":
            return Cell()
        case "time":
            return Cell(figures.clock(row.timestamp_ns, around.zone), Role.CELL, "dim")
        case "date":
            return Cell(figures.date_and_clock(row.timestamp_ns, around.zone), Role.CELL, "dim")
        case "age":
            return Cell(figures.ago((around.now_ns - row.timestamp_ns) / figures.SECOND), tone="dim")
        case "delta":
            return Cell(_delta(row, around), Role.CELL, "dim", right=True)
        case "channel":
            assert row.channel is not None
            mark = ChannelMark(row.channel.kind, names.loop(row.channel))
            return Cell(row.channel.name, mark=mark, middle=True)
        case "server":
            return Cell(row.channel.server.address if row.channel else "", tone="dim", middle=True)
        case "type":
            if row.type is None:
                return Cell("not named", tone="faint", italic=True)
            return Cell(row.type, Role.NAME, mark=TypeMark(row.type))
        case "key":
            return _bytes(row.key, row.is_null_key)
        case "from":
            return names.sender(row)
        case "position":
            return Cell(figures.place(row.position), Role.SECONDARY)
        case "partition":
            return Cell(f"{row.position.partition}", Role.SECONDARY, right=True)
        case "offset":
            offset = "–" if row.position.heard else f"{row.position.offset:,}"
            return Cell(offset, Role.SECONDARY, right=True)
        case "size":
            return Cell(figures.size(row.size), Role.SECONDARY, right=True)
        case "row":
            return Cell(f"{row.row:,}", Role.SECONDARY, "dim", right=True)
        case "value":
            return _value(row)
        case key:
            found = WAIT if detail is None else detail.cells.get(key, Told(""))
            return found if isinstance(found, Cell) else Cell(found.text, Role.CELL, found.tone)


def _damaged(column: EventColumn, row: Row, around: Around) -> Cell:
    if column.key == "time" and row.timestamp_ns:
        return Cell(figures.clock(row.timestamp_ns, around.zone), Role.CELL, "dim")
    return Cell(row.damage if column.key == "value" else "", tone="warn")


def _bytes(text: str, is_null: bool) -> Cell:
    if is_null:
        return Cell("null", Role.CELL, "faint")
    return Cell("empty", tone="faint", italic=True) if text in NO_BYTES else Cell(text, Role.CELL)


def _value(row: Row) -> Cell:
    if not row.body_stored:
        return Cell("not captured", tone="warn", italic=True)
    if row.is_null_value:
        return Cell("null", Role.CELL, "faint")
    if row.preview in NO_BYTES:
        return Cell("empty", tone="faint", italic=True)
    return Cell(row.preview, Role.CELL, value=True)


def _delta(row: Row, around: Around) -> str:
    if around.before_ns is None:
        return ""
    since = row.timestamp_ns - around.before_ns
    if not since:
        return "0 ms"
    return ("-" if since < 0 else "+") + wording.duration(abs(since) / 1e6)
