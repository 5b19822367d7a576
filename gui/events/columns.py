"""The columns that a list of events can have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


KNOWN: dict[str, EventColumn] = {
    each.key: each
    for each in (
        EventColumn("marks", "", 44, "Bookmarks, and what is odd about an event"),
        EventColumn("time", "Time", 96, "The time of day", by=("timestamp_ns",)),
        EventColumn("date", "Date and time", 206, "The day and the time of day", by=("timestamp_ns",)),
        EventColumn("age", "Age", 112, "How long ago it was", by=("timestamp_ns",)),
        EventColumn("delta", "Since before", 92, "Time since the event before it in the list", right=True),
        EventColumn("channel", "Channel", 142, "Where it lies", by=("channel",)),
        EventColumn("server", "Server", 120, "The broker that it lies on", by=("channel",)),
        EventColumn("type", "Type", 156, "The kind of event", by=("type",)),
        EventColumn("key", "Key", 92, "The key"),
        EventColumn("from", "From", 146, "Who sent it", by=("sender",)),
        EventColumn("position", "Position", 118, "Partition and offset", by=("partition", "offset")),
        EventColumn("partition", "Partition", 72, "The partition", right=True, by=("partition",)),
        EventColumn("offset", "Offset", 100, "The offset", right=True, by=("offset",)),
        EventColumn("size", "Size", 62, "Bytes of key, value and headers", right=True, by=("size",)),
        EventColumn("row", "Row", 84, "Its number in the capture", right=True, by=("row",)),
        EventColumn("id", "Event id", 150, "The id that its sender gave it"),
        EventColumn("parent", "Caused by", 150, "The id of the event that caused it"),
        EventColumn("trace", "Trace", 150, "The trace, conversation or correlation that it belongs to"),
        EventColumn("value", "Value", 0, "The beginning of its value"),
    )
}
"""By key, in the order in which they are offered."""
READ = ("id", "parent", "trace")
"""Those beside headers and fields that only a whole record tells."""
USUAL = ("marks", "time", "channel", "type", "key", "from", "position", "size", "value")
"""The keys of those that are shown while nobody chose otherwise."""
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
            return EventColumn(key, title, 120, f"{help_} {path}")
    return None


def usual() -> tuple[ShownColumn, ...]:
    """The columns that are shown while nobody chose otherwise."""
    return tuple(ShownColumn(key, KNOWN[key].width) for key in USUAL)


def shown(kept: Sequence[ShownColumn]) -> list[tuple[EventColumn, int]]:
    """Columns as they were kept with their widths, without those that this version does not know."""
    found = [(column(each.key), each.width) for each in kept]
    known = [(each, max(0, width)) for each, width in found if each is not None]
    return known or shown(usual())
