"""Record batches: their 61-byte headers, and the records inside.

Layout of format 2: https://kafka.apache.org/documentation/#recordbatch. Headers are read without
decompressing anything; records by column (`fields`), and those of older formats by aiokafka's C parser.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import google_crc32c
import numpy as np
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.record.memory_records import MemoryRecords

from graph.identity import ChannelId
from inspector.brokers.kafka.fields import Malformed, read_fields
from inspector.header_columns import HeaderColumns
from inspector.observation import BatchSeen
from inspector.pieces import Integers, Pieces
from inspector.record import Record, RecordBatch

_HEADER = struct.Struct(">qiibIhiqqqhii")
_FRAME = struct.Struct(">qiib")
_CONTROL = struct.Struct(">hh")
"""Version and type of a control record."""
_ABORT = 0
_CHECKED = 21
"""Where the bytes begin that a batch's checksum is of."""
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
_DECODE: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip_decode,
    "snappy": snappy_decode,
    "lz4": lz4_decode,
    "zstd": zstd_decode,
}


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
    first_timestamp_ms: int
    magic: int
    checksum: int

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

    def continued_by(self, other: Batch) -> bool:
        """Whether the records of another one that follows it, of format 2, were written alike."""
        sequence = self.base_sequence
        if sequence >= 0:
            sequence = (sequence + other.base_offset - self.base_offset) & 0x7FFFFFFF
        return (self.producer_id, self.producer_epoch, self.attributes, sequence, 2) == (
            other.producer_id, other.producer_epoch, other.attributes, other.base_sequence, other.magic
        )  # fmt: skip

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
                header[8], header[9], header[10], header[11], header[7], magic, header[4],
            )  # fmt: skip
        at = end


def _legacy(offset: int, part: memoryview) -> Batch:
    """A message set of format 0 or 1, which only topics from before Kafka 0.11 still hold.

    The offset in front of a compressed one is that of its last record.
    """
    attributes = part[17] & 0x0F
    return Batch(offset, offset + 1, 1, part, attributes, -1, -1, -1, -1, -1, part[16], 0)


def columns(run: Sequence[Batch], channel: ChannelId, partition: int, first: int) -> RecordBatch | None:
    """The records of batches that continue each other, from offset `first` on, None where there are none.

    Raises `Unreadable`, whichever of them it is.
    """
    run = [batch for batch in run if batch.records and not batch.control]
    if not run:
        return None
    try:
        found = _legacy_columns(run[0]) if run[0].magic < 2 else _columns(run)
    except Exception as error:
        # Five decompressors and the C parser each raise their own kinds.
        raise Unreadable(str(error) or type(error).__name__) from error
    offsets, timestamps_ms, keys, values, headers = found
    head = run[0]
    batch = RecordBatch(
        channel,
        partition,
        offsets.tolist(),
        (timestamps_ms * 1_000_000).tolist(),
        keys,
        values,
        headers,
        head.log_append_time,
        head.producer_id,
        head.producer_epoch,
        head.base_offset,
        head.base_sequence,
        head.transactional,
        head.codec,
        sum(len(each.data) for each in run),
    )
    if head.base_offset >= first:
        return batch
    left = np.flatnonzero(offsets >= first).tolist()
    return batch.part(left) if left else None


_Columns = tuple[Integers, Integers, Pieces, Pieces, HeaderColumns]
"""Offsets, timestamps in ms, keys, values, headers."""


def _columns(run: Sequence[Batch]) -> _Columns:
    counts = [batch.records for batch in run]
    sections, begin = [_checked(batch) for batch in run], _HEADER.size - _CHECKED
    if run[0].codec != "none":
        decode = _DECODE[run[0].codec]
        sections, begin = [decode(section[begin:]) for section in sections], 0
    read = read_fields(sections, counts, begin)
    offsets = np.repeat([batch.base_offset for batch in run], counts) + read.offsets
    if run[0].log_append_time:
        timestamps_ms = np.repeat([batch.max_timestamp_ms for batch in run], counts)
    else:
        timestamps_ms = np.repeat([batch.first_timestamp_ms for batch in run], counts) + read.timestamps
    return offsets, timestamps_ms, read.keys, read.values, read.headers


def _checked(batch: Batch) -> bytes:
    """All of it that its checksum is of."""
    data = bytes(batch.data[_CHECKED:])
    if google_crc32c.value(data) != batch.checksum:
        raise Malformed("the checksum is wrong")
    return data


def _legacy_columns(batch: Batch) -> _Columns:
    parsed = MemoryRecords(bytes(batch.data)).next_batch()
    if not parsed.validate_crc():
        raise Malformed("the checksum is wrong")
    found = list(parsed)
    return (
        np.array([one.offset for one in found], np.int64),
        np.array([one.timestamp or 0 for one in found], np.int64),
        Pieces.of([one.key for one in found]),
        Pieces.of([one.value for one in found]),
        HeaderColumns.of([()] * len(found)),
    )


def records(batch: Batch, channel: ChannelId, partition: int, first: int) -> list[Record]:
    """The same, one by one."""
    found = columns([batch], channel, partition, first)
    return [] if found is None else found.records()


def aborts(batch: Batch) -> bool:
    """Whether a control batch is the mark of an abort; the first of its records says it in its key."""
    try:
        key = next(iter(MemoryRecords(bytes(batch.data)).next_batch())).key
        return bool(_CONTROL.unpack_from(key)[1] == _ABORT)
    except Exception:  # noqa: BLE001  what cannot be read aborts nothing
        return False
