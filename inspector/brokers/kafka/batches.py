"""Record batches: their 61-byte headers, and the records inside.

Layout of format 2: https://kafka.apache.org/documentation/#recordbatch. Headers are read without
decompressing anything; records by aiokafka's C parser, whose batches (unlike its `ConsumerRecord`) keep
the producer's id, epoch and sequence.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from aiokafka.record.memory_records import MemoryRecords

from graph.identity import ChannelId
from inspector.observation import BatchSeen
from inspector.record import Record, RecordBatch

_HEADER = struct.Struct(">qiibIhiqqqhii")
_FRAME = struct.Struct(">qiib")
_CONTROL = struct.Struct(">hh")
"""Version and type of a control record."""
_ABORT = 0
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


class Unreadable(Exception):
    """A batch whose records cannot be read."""


class Batch(NamedTuple):
    """One batch as it lies in a partition."""

    base_offset: int
    next_offset: int
    records: int
    data: memoryview
    attributes: int
    max_timestamp_ms: int
    producer_id: int
    producer_epoch: int
    base_sequence: int

    @property
    def codec(self) -> str:
        """How the records are compressed."""
        number = self.attributes & 0x07
        return CODECS[number] if number < len(CODECS) else f"codec {number}"

    @property
    def log_append_time(self) -> bool:
        """Whether the broker set the timestamps."""
        return bool(self.attributes & 0x08)

    @property
    def transactional(self) -> bool:
        """Whether it was written inside a transaction."""
        return bool(self.attributes & 0x10)

    @property
    def control(self) -> bool:
        """Whether it is the broker's mark of a commit or an abort and holds no records of anybody."""
        return bool(self.attributes & 0x20)

    @property
    def plain(self) -> bool:
        """Whether it is part of no transaction."""
        return not self.attributes & 0x30

    def seen(self, channel: ChannelId, partition: int) -> BatchSeen:
        """The observation of this batch."""
        return BatchSeen(
            channel,
            partition,
            self.base_offset,
            self.records,
            len(self.data),
            self.max_timestamp_ms * 1_000_000,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self.transactional,
            self.control,
            self.codec,
        )


def walk(data: memoryview) -> Iterator[Batch]:
    """The whole batches of a fetched partition; a last one that is cut short is left out.

    Raises `Unreadable` where the bytes are no batches.
    """
    at = 0
    while at + _FRAME.size <= len(data):
        base_offset, length, _, magic = _FRAME.unpack_from(data, at)
        end = at + 12 + length
        if length < 14 or base_offset < 0:
            raise Unreadable(f"a batch of {length} bytes at offset {base_offset}")
        if end > len(data):
            return
        part = data[at:end]
        if magic < 2:
            yield _legacy(base_offset, part)
        elif end - at < _HEADER.size:
            raise Unreadable(f"a batch of {length} bytes")
        else:
            header = _HEADER.unpack_from(data, at)
            attributes, last_delta = header[5], header[6]
            yield Batch(
                base_offset, base_offset + last_delta + 1, header[12], part, attributes,
                header[8], header[9], header[10], header[11],
            )  # fmt: skip
        at = end


def _legacy(offset: int, part: memoryview) -> Batch:
    """A message set of format 0 or 1, which only topics from before Kafka 0.11 still hold.

    The offset in front of a compressed one is that of its last record.
    """
    attributes = part[17] & 0x0F
    return Batch(offset, offset + 1, 1, part, attributes, -1, -1, -1, -1)


def columns(batch: Batch, channel: ChannelId, partition: int, first: int) -> RecordBatch | None:
    """The records of a batch from offset `first` on, None where there are none; raises `Unreadable`."""
    if batch.control or batch.records == 0:
        return None
    try:
        parsed = MemoryRecords(bytes(batch.data)).next_batch()
        _check(parsed.validate_crc())
        found = list(parsed)
        if batch.base_offset < first:
            found = [one for one in found if one.offset >= first]
        if not found:
            return None
        return RecordBatch(
            channel,
            partition,
            [one.offset for one in found],
            [(one.timestamp or 0) * 1_000_000 for one in found],
            [one.key for one in found],
            [one.value for one in found],
            [tuple(one.headers) for one in found],
            batch.log_append_time,
            batch.producer_id,
            batch.producer_epoch,
            batch.base_offset,
            batch.base_sequence,
            batch.transactional,
            batch.codec,
            len(batch.data),
        )
    except Unreadable:
        raise
    except Exception as error:
        # The C parser and five decompressors each raise their own kinds.
        raise Unreadable(str(error) or type(error).__name__) from error


def records(batch: Batch, channel: ChannelId, partition: int, first: int) -> list[Record]:
    """The same, one by one."""
    found = columns(batch, channel, partition, first)
    return [] if found is None else [found.record(index) for index in range(len(found))]


def aborts(batch: Batch) -> bool:
    """Whether a control batch is the mark of an abort; the first of its records says it in its key."""
    try:
        key = next(iter(MemoryRecords(bytes(batch.data)).next_batch())).key
        return bool(_CONTROL.unpack_from(key)[1] == _ABORT)
    except Exception:  # noqa: BLE001  what cannot be read aborts nothing
        return False


def _check(whole: bool) -> None:
    if not whole:
        raise Unreadable("the checksum is wrong")
