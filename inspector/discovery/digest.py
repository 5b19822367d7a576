"""Records of one chunk summed up once for all evidence sources: who wrote how many, of which types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graph.identity import ChannelId
from graph.model import Alias
from inspector.discovery.facts import own
from inspector.observation import RecordsSeen
from inspector.record import Record
from inspector.traits import Traits

REMEMBERED = 20_000
"""Event ids kept to recognise copies."""
MOST_WRITINGS = 8
"""Places of one event that are remembered."""
COPY = "copy"
"""The convention of a row whose records repeat events of another channel: their sender is not the writer."""

_Written = tuple[ChannelId, int, int]
"""Channel, producer id and timestamp of an event."""


@dataclass(slots=True)
class Row:
    """Records of one chunk that have the same writer."""

    producer_id: int
    sender: Alias | None
    convention: str
    dead_letter: bool
    count: int = 0
    last_ns: int = 0


@dataclass(slots=True)
class Digest:
    """One chunk: replayed records are left out, for they say nothing about senders."""

    channel: ChannelId
    rows: list[Row]
    types: dict[str, int]
    newest: dict[str, tuple[Record, Traits]]
    """The last record of each type, for its fields."""
    origins: dict[str, int]
    """Channels that dead letters came from, by name, with their count."""
    withdrawn: dict[tuple[ChannelId, int, Alias], int]
    """Records of earlier digests that turn out to be copies, by channel, producer id and named sender."""


@dataclass
class Digester:
    """Sums chunks up; remembers event ids to tell copies from originals."""

    _events: dict[tuple[Alias, str], tuple[_Written, ...]] = field(default_factory=dict)

    def digest(self, seen: RecordsSeen, traits: Sequence[Traits]) -> Digest:
        """The sums of a chunk; `traits[i]` belongs to `seen.records[i]`."""
        rows: dict[tuple[int, Alias | None, str, bool], Row] = {}
        types: dict[str, int] = {}
        newest: dict[str, tuple[Record, Traits]] = {}
        origins: dict[str, int] = {}
        withdrawn: dict[tuple[ChannelId, int, Alias], int] = {}
        for record, trait in zip(seen.records, traits, strict=True):
            if trait.replay_id is not None:
                continue
            sender, convention, dead = trait.sender, trait.convention, trait.origin is not None
            if dead:
                origin = str(trait.origin).rsplit("/", 2)[0]
                origins[origin] = origins.get(origin, 0) + 1
            elif sender is not None:
                if own(sender.value):
                    sender = None
                elif trait.event_id is not None and self._is_copy(record, sender, trait.event_id, withdrawn):
                    sender, convention = None, COPY
            key = (record.producer_id, sender, convention, dead)
            row = rows.get(key)
            if row is None:
                row = rows[key] = Row(*key)
            row.count += 1
            row.last_ns = record.timestamp_ns
            kind = trait.type or ""
            types[kind] = types.get(kind, 0) + 1
            newest[kind] = (record, trait)
        return Digest(seen.channel, list(rows.values()), types, newest, origins, withdrawn)

    def _is_copy(
        self,
        record: Record,
        sender: Alias,
        event_id: str,
        withdrawn: dict[tuple[ChannelId, int, Alias], int],
    ) -> bool:
        """Whether the event was written to another channel before, by another writer.

        The copy may be read first; what was said of it is withdrawn when the original comes.
        """
        key = (sender, event_id)
        written: _Written = (record.channel, record.producer_id, record.timestamp_ns)
        known = self._events.get(key)
        if known is None:
            if len(self._events) >= REMEMBERED:
                del self._events[next(iter(self._events))]
            self._events[key] = (written,)
            return False
        others = [each for each in known if _by_another(each, written)]
        if any(timestamp_ns < record.timestamp_ns for _, _, timestamp_ns in others):
            return True
        copies = [each for each in others if each[2] > record.timestamp_ns]
        for channel, producer_id, _ in copies:
            copy = (channel, producer_id, sender)
            withdrawn[copy] = withdrawn.get(copy, 0) + 1
        self._events[key] = (*(each for each in known if each not in copies), written)[-MOST_WRITINGS:]
        return False


def _by_another(one: _Written, other: _Written) -> bool:
    """Whether two writings of an event are to different channels and not surely by one producer."""
    return one[0] != other[0] and (one[1] != other[1] or one[1] < 0)
