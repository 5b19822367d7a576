"""An event and the same event after a replay, told by the marks that replays put on what they send."""

from __future__ import annotations

from graph.model import DependencyGraph
from inspector.record import Position, Record
from inspector.replay.marks import ORIGIN_HEADER, origin_of
from inspector.search.query import RecordQuery
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

MOST = 7
"""Replays of one event that are shown beside it, the newest."""
NO_GRAPH = DependencyGraph()


def place_of(record: Record) -> str:
    """How a replay writes down where its original lies."""
    return f"{record.channel}/{record.position.partition}/{record.position.offset}"


def is_replay(record: Record) -> bool:
    """Whether it says that it is a replay of another."""
    return origin_of(record.headers) is not None


def with_replays(reader: CaptureReader, row: int) -> list[int]:
    """The original, then its replays as they were captured, of either of them. Raises CaptureError."""
    record = reader.record(row)
    mark = origin_of(record.headers)
    place = place_of(record) if mark is None else mark[1].decode("utf-8", "replace")
    query = RecordQuery(
        f'header.{ORIGIN_HEADER}:"{place}"', reader, graph=NO_GRAPH, now_ns=record.timestamp_ns
    )
    replays = query.select(RowFilter()).tolist()
    if mark is None:
        return [row, *replays[-MOST:]] if replays else [row]
    originals = [
        found
        for channel in reader.channels()
        if place.startswith(f"{channel}/") and (found := _at(reader, place, str(channel))) is not None
    ]
    kept = replays[-MOST:]
    return [*originals[:1], *(kept if row in kept else [*kept[1:], row])]


def _at(reader: CaptureReader, place: str, channel: str) -> int | None:
    partition, _, offset = place.removeprefix(f"{channel}/").partition("/")
    if not (partition.isdecimal() and offset.isdecimal()):
        return None
    found = next(each for each in reader.channels() if str(each) == channel)
    return reader.find(found, Position(int(partition), int(offset)))
