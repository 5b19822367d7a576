"""One captured event, exactly as the broker gave it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from graph.identity import ChannelId

Headers = tuple[tuple[str, bytes | None], ...]
"""In their order, duplicates kept; a header's value may be null."""


class Position(Struct, frozen=True, order=True, cache_hash=True):
    """Where a record lies on its channel: partition and offset, or the broker's own two numbers."""

    partition: int
    offset: int

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
    keys: list[bytes | None]
    values: list[bytes | None] | None
    """None where no values were kept."""
    headers: list[Headers]
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

    def continued_by(self, other: RecordBatch) -> bool:
        """Whether all that is said of this batch holds of another that follows it as well."""
        return (
            (self.partition, self.channel, self.producer_id, self.producer_epoch)
            == (other.partition, other.channel, other.producer_id, other.producer_epoch)
            and (self.codec, self.transactional, self.log_append_time)
            == (other.codec, other.transactional, other.log_append_time)
            and self.sequence(other.base_offset) == other.base_sequence
            and (self.values is None) == (other.values is None)
        )

    def extended(self, other: RecordBatch) -> RecordBatch:
        """This batch with the records of one that continues it; this one is not to be used any more."""
        self.offsets.extend(other.offsets)
        self.timestamps_ns.extend(other.timestamps_ns)
        self.keys.extend(other.keys)
        self.headers.extend(other.headers)
        if self.values is not None and other.values is not None:
            self.values.extend(other.values)
        return replace(self, size=self.size + other.size)

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
            keys=[self.keys[i] for i in indices],
            values=None if values is None else [values[i] for i in indices],
            headers=[self.headers[i] for i in indices],
        )

    def record(self, index: int) -> Record:
        """One of the records."""
        offset = self.offsets[index]
        return Record(
            self.channel,
            Position(self.partition, offset),
            self.timestamps_ns[index],
            self.keys[index],
            None if self.values is None else self.values[index],
            self.headers[index],
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
    found: list[RecordBatch] = []
    for one in records:
        batch = RecordBatch(
            one.channel,
            one.position.partition,
            [one.position.offset],
            [one.timestamp_ns],
            [one.key],
            [one.value] if one.body_stored else None,
            [one.headers],
            one.log_append_time,
            one.producer_id,
            one.producer_epoch,
            one.position.offset,
            one.sequence,
            one.transactional,
            one.codec,
            one.size,
        )
        if found and found[-1].continued_by(batch):
            found[-1] = found[-1].extended(batch)
        else:
            found.append(batch)
    return found
