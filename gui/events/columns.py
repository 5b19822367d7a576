"""The columns that a list of events can have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from inspector.project.habits import ShownColumn

OPEN = ("header.", "value.")
"""What columns of a header and of a field of the value begin with."""


@dataclass(frozen=True)
class EventColumn:
    """One column."""

    key: str
    title: str
    width: int
    """In px; 0 takes what is left."""
    help: str
    right: bool = False
    by: tuple[str, ...] = ()
    """The columns of the capture that it is sorted by; none where every event has to be read for that."""
    least: int = 0
    """In px, the width it still says something at; 0 where it says nothing when it is cut off."""
    leaves: int = 0
    """Where room is short, the lowest leaves first, as the open record tells it too; 0 always stays."""


KNOWN: dict[str, EventColumn] = {
    each.key: each
    for each in (
        EventColumn("marks", "", 44, "Bookmarks, and what is odd about an event"),
        EventColumn("time", "Time", 96, "The time of day", by=("timestamp_ns",)),
        EventColumn("date", "Date and time", 206, "The day and the time of day", by=("timestamp_ns",)),
        EventColumn("age", "Age", 112, "How long ago it was", by=("timestamp_ns",)),
        EventColumn("delta", "Since before", 92, "Time since the event before it in the list", right=True),
        EventColumn("channel", "Channel", 142, "Where it lies", by=("channel",), least=104),
        EventColumn("server", "Server", 120, "The broker that it lies on", by=("channel",), least=80),
        EventColumn("type", "Type", 156, "The kind of event", by=("type",), least=112),
        EventColumn("key", "Key", 92, "The key", least=72),
        EventColumn("from", "From", 146, "Who sent it", by=("sender",), least=100, leaves=3),
        EventColumn(
            "position",
            "Position",
            118,
            "Partition and offset",
            by=("partition", "offset"),
            least=84,
            leaves=2,
        ),
        EventColumn("partition", "Partition", 72, "The partition", right=True, by=("partition",)),
        EventColumn("offset", "Offset", 100, "The offset", right=True, by=("offset",)),
        EventColumn(
            "size", "Size", 62, "Bytes of key, value and headers", right=True, by=("size",), leaves=1
        ),
        EventColumn("row", "Row", 84, "Its number in the capture", right=True, by=("row",)),
        EventColumn("id", "Event id", 150, "The id that its sender gave it", least=72),
        EventColumn("parent", "Caused by", 150, "The id of the event that caused it", least=72),
        EventColumn(
            "trace", "Trace", 150, "The trace, conversation or correlation that it belongs to", least=72
        ),
        EventColumn("value", "Value", 0, "The beginning of its value"),
    )
}
"""By key, in the order in which they are offered."""
READ = ("id", "parent", "trace")
"""Those beside headers and fields that only a whole record tells."""
USUAL = ("marks", "time", "channel", "type", "key", "from", "position", "size", "value")
"""The keys of those that are shown while nobody chose otherwise."""
LAST = 160
"""Least width in px of the column that takes what is left."""
TITLE = 28
"""Characters of a path that a header shows."""


def needs_record(key: str) -> bool:
    """Whether a column shows what the capture has no preview of."""
    return key in READ or key.startswith(OPEN)


def column(key: str) -> EventColumn | None:
    """The column of a key, also `header.NAME` and `value.PATH`; None where there is none of it."""
    if found := KNOWN.get(key):
        return found
    for start, help_ in zip(OPEN, ("The header", "The field of the value"), strict=True):
        if key.startswith(start) and (path := key.removeprefix(start)):
            title = path if len(path) <= TITLE else f"…{path[1 - TITLE :]}"
            return EventColumn(key, title, 120, f"{help_} {path}", least=72)
    return None


def usual() -> tuple[ShownColumn, ...]:
    """The columns that are shown while nobody chose otherwise."""
    return tuple(ShownColumn(key, KNOWN[key].width) for key in USUAL)


def shown(kept: Sequence[ShownColumn]) -> list[tuple[EventColumn, int]]:
    """Columns as they were kept with their widths, without those that this version does not know."""
    found = [(column(each.key), each.width) for each in kept]
    known = [(each, max(0, width)) for each, width in found if each is not None]
    return known or shown(usual())


def fitted(wanted: Sequence[tuple[EventColumn, int]], room: int) -> list[int]:
    """The widths in px of columns in a room: as wanted, or narrower by shares of what each can spare.

    The last one has at least `LAST` and takes what is left. Without room for the least widths, columns
    leave, and have 0.
    """
    if not wanted:
        return []
    widths = [width or each.width or LAST for each, width in wanted[:-1]]
    least = [min(width, each.least or width) for (each, _), width in zip(wanted, widths, strict=False)]
    leaving = sorted((each.leaves, at) for at, (each, _) in enumerate(wanted[:-1]) if each.leaves)
    for _, at in leaving:
        if sum(least) + LAST > room:
            widths[at] = least[at] = 0
    over, spare = sum(widths) + LAST - room, sum(widths) - sum(least)
    part = min(1.0, max(0.0, over / spare)) if spare else 0.0
    return [width - ceil(part * (width - low)) for width, low in zip(widths, least, strict=True)] + [LAST]
