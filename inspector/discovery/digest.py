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

MOST_COPIED = 0.05
"""A writer whose records repeat events of a sender more often than this is not that sender."""
MOST_TIED = 0.5
"""The same for events that another channel has with the same timestamp: Kafka Streams and MirrorMaker hand
timestamps on, so that one of the two is a copy and it cannot be told which. Who has them all is; who has
others as well is not."""

_Written = tuple[ChannelId, int, int]
"""Channel, producer id and timestamp of an event."""
_Writer = tuple[ChannelId, int, Alias]
"""Channel, producer id, and the sender that its records name."""


@dataclass(slots=True)
class Row:
    """Records of one chunk that have the same writer."""

    producer_id: int
    sender: Alias | None
    convention: str
    dead_letter: bool
    count: int = 0
    last_ns: int = 0
    """Time of the last record, by the clock of its sender."""
    seen_ns: int = 0
    """When that was written, as far as age is concerned."""


@dataclass(slots=True)
class _Originality:
    """How many events of one sender a writer wrote before, after, and at the same time as others."""

    own: int = 0
    """Not after others."""
    copied: int = 0
    tied: int = 0
    said: int = 0
    """Records that went into digests as sent by the sender, and are not withdrawn."""

    def copies(self) -> bool:
        """Whether the writer often repeats what the sender wrote elsewhere."""
        return self.copied > MOST_COPIED * (self.own + self.copied) or self.tied > MOST_TIED * self.own


@dataclass(slots=True)
class Digest:
    """One chunk: replayed records are left out, for they say nothing about senders."""

    channel: ChannelId
    records: Sequence[Record]
    traits: Sequence[Traits]
    """All records of the chunk, replayed ones too, and what they say."""
    rows: list[Row]
    types: dict[str, int]
    newest: dict[str, tuple[Record, Traits]]
    """The last record of each type, for its fields."""
    origins: dict[str, int]
    """Channels that dead letters came from, by name, with their count."""
    withdrawn: dict[_Writer, int]
    """Records of earlier digests that turn out to be copies, by channel, producer id and named sender."""
    hints: dict[tuple[int, Alias], int]
    """Names in bodies and baggage that may be those of senders, by producer id, where nothing names one."""


@dataclass
class Digester:
    """Sums chunks up; remembers event ids to tell copies from originals."""

    _events: dict[tuple[Alias, str], tuple[_Written, ...]] = field(default_factory=dict)
    _writers: dict[_Writer, _Originality] = field(default_factory=dict)

    def digest(self, seen: RecordsSeen, traits: Sequence[Traits]) -> Digest:
        """The sums of a chunk; `traits[i]` belongs to `seen.records[i]`."""
        rows: dict[tuple[int, Alias | None, str, bool], Row] = {}
        found = Digest(seen.channel, seen.records, traits, [], {}, {}, {}, {}, {})
        types, newest, origins = found.types, found.newest, found.origins
        for record, trait in zip(seen.records, traits, strict=True):
            if trait.replay_id is not None:
                continue
            sender, convention, dead = trait.sender, trait.convention, False
            if trait.origin is not None:
                origin = trait.origin.rsplit("/", 2)[0]
                dead = origin != seen.channel.name
                if dead:
                    origins[origin] = origins.get(origin, 0) + 1
                else:  # sent back to where it failed, by whoever did that
                    sender, convention = None, COPY
            elif sender is not None:
                if own(sender.value):
                    sender = None
                elif trait.event_id is not None and self._is_copy(
                    record, sender, trait.event_id, found.withdrawn
                ):
                    sender, convention = None, COPY
            elif trait.hint is not None and not own(trait.hint):
                hint = (record.producer_id, Alias("source", trait.hint))
                found.hints[hint] = found.hints.get(hint, 0) + 1
            key = (record.producer_id, sender, convention, dead)
            row = rows.get(key)
            if row is None:
                row = rows[key] = Row(*key)
            row.count += 1
            row.last_ns = record.timestamp_ns
            kind = trait.type or ""
            types[kind] = types.get(kind, 0) + 1
            newest[kind] = (record, trait)
        found.rows = list(rows.values())
        return found

    def _is_copy(self, record: Record, sender: Alias, event_id: str, withdrawn: dict[_Writer, int]) -> bool:
        """Whether who wrote this record is not its named sender, for another wrote the event before, or it
        often writes again what the sender wrote.

        A copy may be read before its original; what was said of it is withdrawn when that comes.
        """
        written: _Written = (record.channel, record.producer_id, record.timestamp_ns)
        known = self._events.get((sender, event_id), ())
        before, after = [], []
        mine = self._of((*written[:2], sender))
        for each in known:
            if _by_another(each, written):
                if each[2] < record.timestamp_ns:
                    before.append(each)
                elif each[2] > record.timestamp_ns:
                    after.append(each)
                elif max(each[1], record.producer_id) >= 0:
                    mine.tied += 1
                    self._of((*each[:2], sender)).tied += 1
                    self._withdraw((*each[:2], sender), 0, withdrawn)
        if before:
            mine.copied += 1
        else:
            mine.own += 1
            if not known and len(self._events) >= REMEMBERED:
                del self._events[next(iter(self._events))]
            left = (*(each for each in known if each not in after), written)
            self._events[sender, event_id] = left[-MOST_WRITINGS:]
        for each in after:
            its = self._of((*each[:2], sender))
            its.own -= 1
            its.copied += 1
            self._withdraw((*each[:2], sender), 1, withdrawn)
        if mine.copies():
            self._withdraw((*written[:2], sender), 0, withdrawn)
            return True
        mine.said += not before
        return bool(before)

    def _of(self, writer: _Writer) -> _Originality:
        found = self._writers.get(writer)
        if found is None:
            if len(self._writers) >= REMEMBERED:
                del self._writers[next(iter(self._writers))]
            found = self._writers[writer] = _Originality()
        return found

    def _withdraw(self, writer: _Writer, count: int, withdrawn: dict[_Writer, int]) -> None:
        """Take back so many records, or all where the writer turned out to be one that copies."""
        its = self._of(writer)
        count = its.said if its.copies() else min(count, its.said)
        its.said -= count
        if count:
            withdrawn[writer] = withdrawn.get(writer, 0) + count


def _by_another(one: _Written, other: _Written) -> bool:
    """Whether two writings of an event are to different channels and not surely by one producer."""
    return one[0] != other[0] and (one[1] != other[1] or one[1] < 0)
