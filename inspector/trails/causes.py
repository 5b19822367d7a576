"""The cause of one record, and on which ground: the rules of `inspector.causes`, asked of a capture.

Of several causes that a record may have had it is told one: proof before a shared flow, that before a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from graph.identity import ChannelId
from graph.model import Alias
from inspector.record import Position
from inspector.store.selection import RowFilter
from inspector.trails.ground import Ground
from inspector.trails.records import Line, Looked, Rows, Seen
from inspector.trails.ways import Ways

GUESS_NS = 10_000_000_000
"""A record is guessed to come from one of the same key no longer before it."""
ALIKE = 256
"""Records of a flow or a key, next before or after one in time, that are looked through for its cause."""
MANY = 4_096
"""Records at most that are asked whether one record caused them."""
SAMPLE = 24
"""Records of a sender that tell whether it names causes."""
LETTERS_NS = 600_000_000_000
"""For so long copies are looked for on the channels that routes lead to."""


class Cause(NamedTuple):
    """Where a record comes from."""

    seen: Seen
    ground: Ground


class Lost(NamedTuple):
    """A cause that a record names and no captured record is."""

    name: str
    """The id of an event, or `channel/partition/offset`."""
    place: tuple[ChannelId, Position] | None = None
    """Where it lies, when that is named."""


class Causes:
    """Answers for each record once."""

    def __init__(self, looked: Looked, ways: Ways, *, guesses: bool = True) -> None:
        self._looked = looked
        self._ways = ways
        self._guesses = guesses
        self._causes: dict[int, Cause | None] = {}
        self._names: dict[tuple[ChannelId, Alias | None], bool] = {}

    def of(self, seen: Seen) -> Cause | None:
        """What caused a record; None where that is not known."""
        if seen.row not in self._causes:
            self._causes[seen.row] = self._find(seen)
        return self._causes[seen.row]

    def lost(self, seen: Seen) -> Lost | None:
        """The cause that a record names although no captured record is it."""
        if (cause := self.of(seen)) is not None and cause.ground in (Ground.POINTER, Ground.POSITION):
            return None
        place = _origin(seen)
        if place is not None:
            return Lost(seen.traits.origin or "", place)
        named = _parent(seen)
        return None if named is None else Lost(named)

    def effects(self, seen: Seen) -> tuple[list[Seen], bool]:
        """The records that one caused, in the order of time, and whether all that may be were looked at."""
        rows: dict[int, None] = {}
        for found in self._candidates(seen):
            for row in found.tolist():
                rows[row] = None
                if len(rows) > MANY:
                    break
        caused = [
            each
            for each in self._looked.every(rows)
            if each.row != seen.row and (cause := self.of(each)) is not None and cause.seen.row == seen.row
        ]
        return sorted(caused, key=lambda each: each.order), len(rows) <= MANY

    # Backwards

    def _find(self, seen: Seen) -> Cause | None:
        if seen.traits.replay_id is not None:
            return None  # a person caused it
        if (place := _origin(seen)) is not None:
            row = self._looked.records.find(*place)
            copied = None if row is None else self._looked.one(row)
            return None if copied is None or copied.row == seen.row else Cause(copied, Ground.POSITION)
        if (named := _parent(seen)) is not None:
            caller = self._named(seen, named)
            return None if caller is None else Cause(caller, Ground.POINTER)
        return (
            self._committed(seen)
            or self._counted(seen)
            or self._alike(seen)
            or (self._guess(seen) if self._guesses else None)
        )

    def _named(self, seen: Seen, event_id: str) -> Seen | None:
        """The record of the event that one names: the newest replay before it, else the first on a channel
        that its sender receives from, else the first."""
        found = [each for each in self._events(event_id) if each.row != seen.row]
        replays = [each for each in found if each.traits.replay_id is not None and each.order < seen.order]
        if replays:
            return max(replays, key=lambda each: each.order)
        sources = self._ways.sources(seen.channel, seen.traits.sender)
        sent = [each for each in found if each.traits.replay_id is None]
        near = [each for each in sent if sources is None or each.channel in sources]
        return min(near or sent, key=lambda each: each.row, default=None)

    def _committed(self, seen: Seen) -> Cause | None:
        place = self._ways.committed.get(seen.place)
        row = None if place is None else self._looked.records.find(*place)
        read = None if row is None else self._looked.one(row)
        return None if read is None else Cause(read, Ground.TRANSACTION)

    def _counted(self, seen: Seen) -> Cause | None:
        """The only record at the step before."""
        step, flow = seen.traits.step, seen.traits.flow_id
        if step is None or flow is None:
            return None
        before = [each for each in self._around(seen, flow) if each.traits.step == step - 1]
        return Cause(before[0], Ground.COUNTER) if len(before) == 1 else None

    def _alike(self, seen: Seen) -> Cause | None:
        """The same event on another channel, or the newest record of its flow that it may come from."""
        said = seen.traits
        names = self._names_causes(seen)
        sources = self._ways.sources(seen.channel, said.sender)
        if said.event_id is not None and (not names or self._came_again(seen)):
            before = [
                each
                for each in self._events(said.event_id)
                if each.order < seen.order
                and (_tried_again(each, seen) or each.channel != seen.channel)
                and (sources is None or each.channel in sources)
                and not _unlike(each, seen)
            ]
            if before:
                cause = max(before, key=lambda each: each.order)
                return Cause(cause, Ground.COUNTER if _tried_again(cause, seen) else Ground.FLOW)
        if said.flow_id is None or names:
            return None
        found = self._newest_before(seen, self._looked.of_flow(said.flow_id), sources, seen.time_ns)
        return None if found is None else Cause(found, Ground.FLOW)

    def _guess(self, seen: Seen) -> Cause | None:
        """The newest record of the same key, a short time before, where the graph has a way from there."""
        sources = self._ways.sources(seen.channel, seen.traits.sender)
        if not sources or self._names_causes(seen) or not (key := self._looked.key(seen)):
            return None
        found = self._newest_before(seen, self._looked.of_key(key), sources, GUESS_NS)
        return None if found is None else Cause(found, Ground.GUESS)

    def _newest_before(
        self, seen: Seen, line: Line, sources: frozenset[ChannelId] | None, within_ns: int
    ) -> Seen | None:
        """The newest older record of a line on another channel that one may come from."""
        at = _place(line, seen)
        channels = self._looked.records.channels()
        for before in range(at - 1, max(-1, at - 1 - ALIKE), -1):
            if seen.time_ns - int(line.times[before]) > within_ns:
                return None
            channel = channels[int(line.channels[before])]
            if channel == seen.channel or (sources is not None and channel not in sources):
                continue
            cause = self._looked.one(int(line.rows[before]))
            if cause is not None and not (sources is None and _same_sender(cause, seen)):
                return cause
        return None

    def _events(self, event_id: str) -> list[Seen]:
        rows = self._looked.records.with_event_id(event_id)
        return self._looked.every(rows[:ALIKE].tolist())

    def _around(self, seen: Seen, flow: str) -> list[Seen]:
        line = self._looked.of_flow(flow)
        at = _place(line, seen)
        return self._looked.every(line.rows[max(0, at - ALIKE) : at + ALIKE].tolist())

    def _came_again(self, seen: Seen) -> bool:
        """Whether the same event was on this very channel before."""
        event = seen.traits.event_id
        return event is not None and any(
            each.channel == seen.channel and each.order < seen.order for each in self._events(event)
        )

    def _names_causes(self, seen: Seen) -> bool:
        """Whether the sender of a record names causes on its channel: then one without has none."""
        asked = seen.channel, seen.traits.sender
        if asked not in self._names:
            sender = asked[1]
            senders = None if sender is None else frozenset({sender})
            rows = self._looked.records.select(RowFilter(frozenset({seen.channel}), senders))
            at = int(np.searchsorted(rows, seen.row))
            near = self._looked.every(rows[max(0, at - SAMPLE) : at + SAMPLE].tolist())
            self._names[asked] = any(_parent(each) and each.traits.sender == sender for each in near)
        return self._names[asked]

    # Forwards

    def _candidates(self, seen: Seen) -> Iterator[Rows]:
        """All records that one may have caused."""
        records, said = self._looked.records, seen.traits
        if said.event_id is not None:
            yield records.with_parent_id(said.event_id)
            yield records.with_event_id(said.event_id)
        if said.flow_id is not None:
            line = self._looked.of_flow(said.flow_id)
            yield line.rows[_place(line, seen) :][:MANY]
        for target in self._ways.targets(seen.channel):
            yield records.select(
                RowFilter(frozenset({target}), since_ns=seen.time_ns, until_ns=seen.time_ns + LETTERS_NS)
            )[:MANY]
        for effect, cause in self._ways.committed.items():
            if cause == seen.place and (row := records.find(*effect)) is not None:
                yield np.array([row], np.int64)
        if key := self._looked.key(seen):
            line = self._looked.of_key(key)
            at = _place(line, seen)
            until = int(np.searchsorted(line.times, seen.time_ns + GUESS_NS, "right"))
            yield line.rows[at : min(until, at + ALIKE)]


def _place(line: Line, seen: Seen) -> int:
    """Where a record stands in a line, or would stand."""
    first = int(np.searchsorted(line.times, seen.time_ns, "left"))
    last = int(np.searchsorted(line.times, seen.time_ns, "right"))
    return first + int(np.searchsorted(line.rows[first:last], seen.row))


def _tried_again(before: Seen, after: Seen) -> bool:
    """Whether a record counts more tries than one before it."""
    return (after.traits.attempt or 0) > (before.traits.attempt or 0)


def _unlike(one: Seen, other: Seen) -> bool:
    """Whether two records name different senders and different types."""
    pairs = (one.traits.sender, other.traits.sender), (one.traits.type, other.traits.type)
    return all(a is not None and b is not None and a != b for a, b in pairs)


def _same_sender(one: Seen, other: Seen) -> bool:
    return one.traits.sender is not None and one.traits.sender == other.traits.sender


def _parent(seen: Seen) -> str | None:
    """The event that a record names as its cause."""
    said = seen.traits
    if said.origin is not None or (said.step == 1 and said.parent_id == said.flow_id):
        return None  # Rebus names the flow as the cause of its first record
    return said.parent_id


def _origin(seen: Seen) -> tuple[ChannelId, Position] | None:
    """The position that a record was copied from."""
    if seen.traits.origin is None:
        return None
    name, _, offset = seen.traits.origin.rpartition("/")
    name, _, partition = name.rpartition("/")
    if not (name and partition.isdecimal() and offset.isdecimal()):
        return None
    return msgspec.structs.replace(seen.channel, name=name), Position(int(partition), int(offset))


def unnamed(seen: Iterable[Seen]) -> bool:
    """Whether none of some records says anything by which it could be followed."""
    return all(
        each.traits.event_id is None
        and each.traits.flow_id is None
        and each.traits.parent_id is None
        and each.traits.origin is None
        for each in seen
    )
