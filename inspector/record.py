"""One captured event, exactly as the broker gave it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, repeat

from msgspec import Struct
from msgspec.structs import replace

from graph.identity import ChannelId
from inspector.header_columns import HeaderColumns, Headers
from inspector.pieces import Pieces, picked

__all__ = ["Headers", "Position", "Record", "RecordBatch", "batches_of", "sorted_out"]


HEARD_FROM = 10**18
"""In ns since 1970, which was in 2001: as an offset it is a time of arrival."""


class Position(Struct, frozen=True, order=True, cache_hash=True):
    """Where a record lies on its channel: partition and offset, or the broker's own two numbers."""

    partition: int
    offset: int

    @property
    def heard(self) -> bool:
        """Whether it is but the time at which a copy arrived, because the broker kept the record nowhere."""
        return self.offset >= HEARD_FROM

    def __str__(self) -> str:
        return f"p{self.partition} · {self.offset}"


class Record(Struct, frozen=True, gc=False):
    """One event with its bytes untouched: null is None, empty is b''."""

    channel: ChannelId
    position: Position
    timestamp_ns: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    log_append_time: bool = False
    """Whether the broker set the timestamp (Kafka `LogAppendTime`) and not the sender."""
    producer_id: int = -1
    """Kafka's id of an idempotent producer; -1 where there is none."""
    producer_epoch: int = -1
    sequence: int = -1
    transactional: bool = False
    body_stored: bool = True
    """False where a capture kept no value of it: `value` is None then, which says nothing."""
    codec: str = "none"
    """How it lay compressed on the broker: `none`, `gzip`, `snappy`, `lz4` or `zstd`."""
    aborted: bool = False
    """Whether its transaction was aborted, as far as is known: who reads committed records never saw it."""

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        size = len(self.key or b"") + len(self.value or b"")
        for name, value in self.headers:
            size += len(name) + len(value or b"")
        return size

    def header(self, name: str) -> str | None:
        """The first header of that name as text, upper and lower case alike; None where it is missing."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted and value is not None:
                return value.decode("utf-8", "replace")
        return None


class RecordBatch(Struct, frozen=True, gc=False):
    """Records of one partition that arrived together, by column: the i-th entries are the i-th record's."""

    channel: ChannelId
    partition: int
    offsets: list[int]
    timestamps_ns: list[int]
    keys: Sequence[bytes | None]
    values: Sequence[bytes | None] | None
    """None where no values were kept."""
    headers: Sequence[Headers]
    log_append_time: bool = False
    producer_id: int = -1
    producer_epoch: int = -1
    base_offset: int = 0
    base_sequence: int = -1
    """Sequence of the record at `base_offset`; -1 where senders do not count."""
    transactional: bool = False
    codec: str = "none"
    size: int = 0
    """Bytes on the wire, as far as it came over one."""

    def __len__(self) -> int:
        return len(self.offsets)

    def sequence(self, offset: int) -> int:
        """The sequence of the record at an offset; -1 where senders do not count."""
        if self.base_sequence < 0:
            return -1
        return (self.base_sequence + offset - self.base_offset) & 0x7FFFFFFF

    def part(self, indices: Sequence[int]) -> RecordBatch:
        """Some of the records, in this order."""
        values, count = self.values, max(1, len(self))
        return replace(
            self,
            size=self.size * len(indices) // count,
            offsets=[self.offsets[i] for i in indices],
            timestamps_ns=[self.timestamps_ns[i] for i in indices],
            keys=picked(self.keys, indices),
            values=None if values is None else picked(values, indices),
            headers=picked(self.headers, indices),
        )

    def record(self, index: int) -> Record:
        """One of the records."""
        value = None if self.values is None else self.values[index]
        fields = self.offsets[index], self.timestamps_ns[index], self.keys[index], value, self.headers[index]
        return self._record(*fields)

    def records(self, indices: Sequence[int] | None = None) -> list[Record]:
        """All of the records, or some, in this order."""
        some = self if indices is None else self.part(indices)
        values = repeat(None, len(some)) if some.values is None else some.values
        fields = zip(some.offsets, some.timestamps_ns, some.keys, values, some.headers, strict=True)
        return [self._record(*each) for each in fields]

    def _record(
        self, offset: int, timestamp_ns: int, key: bytes | None, value: bytes | None, headers: Headers
    ) -> Record:
        return Record(
            self.channel,
            Position(self.partition, offset),
            timestamp_ns,
            key,
            value,
            headers,
            self.log_append_time,
            self.producer_id,
            self.producer_epoch,
            self.sequence(offset),
            self.transactional,
            self.values is not None,
            self.codec,
        )


def batches_of(records: Iterable[Record]) -> list[RecordBatch]:
    """Records as batches, in their order; those of one that follow each other are alike."""
    return [_batch(list(alike)) for _, alike in groupby(records, _likeness)]


def sorted_out(records: Sequence[Record]) -> Iterator[tuple[RecordBatch, list[int]]]:
    """Records as few batches, whatever their order, with the places of each one's records."""
    places: dict[object, list[int]] = {}
    for place, one in enumerate(records):
        places.setdefault(_likeness(one), []).append(place)
    for alike in places.values():
        yield _batch([records[place] for place in alike]), alike


def _likeness(one: Record) -> tuple[object, ...]:
    """What the records of one batch have in common."""
    return (
        one.channel, one.position.partition, one.log_append_time, one.producer_id, one.producer_epoch,
        -1 if one.sequence < 0 else (one.sequence - one.position.offset) & 0x7FFFFFFF,
        one.transactional, one.codec, one.body_stored,
    )  # fmt: skip


def _batch(alike: list[Record]) -> RecordBatch:
    first = alike[0]
    return RecordBatch(
        first.channel,
        first.position.partition,
        [one.position.offset for one in alike],
        [one.timestamp_ns for one in alike],
        Pieces.of([one.key for one in alike]),
        Pieces.of([one.value for one in alike]) if first.body_stored else None,
        HeaderColumns.of([one.headers for one in alike]),
        first.log_append_time,
        first.producer_id,
        first.producer_epoch,
        first.position.offset,
        first.sequence,
        first.transactional,
        first.codec,
        sum(one.size for one in alike),
    )
