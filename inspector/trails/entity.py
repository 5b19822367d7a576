"""All events of one key over its channels, in the order of time, with the state after each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from graph.identity import ChannelId
from graph.model import Alias
from graph.names import plain
from inspector.capture.level import Level
from inspector.decode import Decoded
from inspector.errors import CaptureError
from inspector.record import Position, Record
from inspector.search.vocabulary import Decode, plainly
from inspector.store.coverage import Coverage
from inspector.trails.records import Looked, Records, Seen
from inspector.trails.state import Change, Deed, Folding, changes, fold

MOST = 1_000
"""Events of a key that are folded, the newest."""
LARGEST = 4_000_000
"""Bytes of a value above which it is not folded."""
MOST_BYTES = 64_000_000
"""Bytes of all values that are decoded."""
_NOT_KEPT = "Its value was not captured: only keys and headers are kept there."


class Event(Struct, frozen=True):
    """One event of the key."""

    row: int
    channel: ChannelId
    position: Position
    time_ns: int
    type: str | None
    sender: Alias | None
    value: Any = None
    """What its value says, once it is decoded."""
    tombstone: bool = False
    """Whether its value is null: what was known of the key is void from then on."""
    unread: str = ""
    """Why its value says nothing, in one sentence; empty where it does."""
    gap: str = ""
    """What may be missing between it and the event of its channel before, in one sentence."""

    @property
    def kind(self) -> str:
        """By what it stands beside others where the newest of each type counts."""
        return self.type or self.channel.name


class Version(Struct, frozen=True):
    """The state after an event."""

    event: Event
    state: Any
    """None where there is none: before the first event that could be read, and after a tombstone."""
    changes: tuple[Change, ...] = ()


class Entity(Struct, frozen=True):
    """The events of a key that were captured."""

    key: bytes
    events: tuple[Event, ...]
    """In the order of time."""
    earlier: int = 0
    """Events before these that are not folded, as they are so many."""
    coverage_known: bool = False
    """Whether it is known what was looked at of its channels; else gaps cannot be told."""

    @property
    def channels(self) -> tuple[ChannelId, ...]:
        """All that it has events on."""
        return tuple(dict.fromkeys(event.channel for event in self.events))


def history(
    records: Records,
    key: bytes,
    *,
    most: int = MOST,
    mask: Callable[[Record], Record] = lambda record: record,
    decode: Decode = plainly,
    stop: Callable[[], bool] = lambda: False,
) -> Entity | None:
    """All that was captured of a key; None where `stop` said so on the way."""
    looked = Looked(records)
    rows = looked.of_key(key).rows
    newest = looked.every(rows[-most:].tolist())
    coverage = records.coverage()
    made: list[Event] = []
    left = MOST_BYTES
    for seen in reversed(newest):
        if stop():
            return None
        event = _event(looked, seen, mask, decode, min(left, LARGEST))
        left -= seen.size
        made.append(event)
    events = _with_gaps(made[::-1], coverage)
    channels = {event.channel for event in events}
    known = {covered.channel for covered in coverage.covered}
    return Entity(key, events, len(rows) - len(rows[-most:]), bool(channels) and channels <= known)


def versions(
    entity: Entity, how: Folding = Folding.MERGE, channels: Collection[ChannelId] | None = None
) -> tuple[Version, ...]:
    """The state after each event on some channels, all by default; a tombstone empties it."""
    made: list[Version] = []
    state: Any = None
    for event in entity.events:
        if channels is not None and event.channel not in channels:
            continue
        before = state
        if event.tombstone:
            state = None
        elif not event.unread:
            state = fold(state, event.value, how, event.kind)
        made.append(Version(event, state, _changes(before, state)))
    return tuple(made)


def _changes(before: Any, after: Any) -> tuple[Change, ...]:
    if before is None and isinstance(after, dict):
        return changes({}, after)
    if after is None and isinstance(before, dict):
        return changes(before, {})
    if before is None and after is not None:
        return (Change("", Deed.ADDED, None, after),)
    return changes(before, after)


def _event(looked: Looked, seen: Seen, mask: Callable[[Record], Record], decode: Decode, most: int) -> Event:
    said = seen.traits
    value, tombstone, unread = None, False, ""
    if seen.size > most:
        unread = "Its value is too large to be folded."
    else:
        try:
            record = looked.records.record(seen.row)
        except CaptureError as failure:
            unread = failure.message
        else:
            tombstone = record.body_stored and record.value is None
            unread = "" if record.body_stored else _NOT_KEPT
            if record.value is not None:
                shown = mask(record)
                value, unread = _fields(decode(shown))
    return Event(
        seen.row,
        seen.channel,
        seen.position,
        seen.time_ns,
        said.type,
        said.sender,
        value,
        tombstone,
        unread,
    )


def _fields(decoded: Decoded) -> tuple[Any, str]:
    if isinstance(decoded.value, dict | list):
        return decoded.value, ""
    return None, f"Its value is {decoded.encoding} and has no fields, so it is not folded."


def _with_gaps(events: Sequence[Event], coverage: Coverage) -> tuple[Event, ...]:
    """The events, each with what was not captured between it and the one of its partition before."""
    before: dict[tuple[ChannelId, int], Event] = {}
    made = []
    for event in events:
        place = event.channel, event.position.partition
        last = before.get(place)
        before[place] = event
        gap = "" if last is None else _gap(last, event, coverage.of(*place))
        made.append(replace(event, gap=gap) if gap else event)
    return tuple(made)


def _gap(last: Event, event: Event, coverage: Coverage) -> str:
    first, end, name = last.position.offset + 1, event.position.offset, plain(event.channel)
    if not coverage.covered or end <= first:
        return ""
    looked = _within(first, end, ((each.first, each.end) for each in coverage.covered))
    blind = _within(
        first,
        end,
        (
            (each.first, each.end)
            for each in coverage.covered
            if each.level in (Level.HEADERS_OF_BATCHES, Level.MATCHING)
        ),
    )
    if (missing := end - first - looked) > 0:
        why = next((f": {each.reason}" for each in coverage.missed if each.count), "")
        return f"{missing:,} records of {name} between were not read{why}. Some may have this key."
    if blind:
        return f"Of {blind:,} records of {name} between, not all keys were captured."
    return ""


def _within(first: int, end: int, ranges: Iterable[tuple[int, int]]) -> int:
    return sum(max(0, min(end, stop) - max(first, start)) for start, stop in ranges)
