"""Records as a block: columns of numbers, and streams of bytes that the columns give the lengths of.

Everything about the i-th record is the i-th entry of each column and the i-th piece of each stream, so
blocks are joined by joining columns and streams. On disk each is one zstd frame after the CRC-32 of that
frame (little endian).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
import zstandard
from msgspec import Struct
from numpy.typing import NDArray

from graph.identity import ChannelId
from graph.model import Alias
from inspector.decode.preview import preview
from inspector.record import Headers, Position, Record
from inspector.traits import Traits

BLOCK_RECORDS = 4096
BLOCK_BYTES = 4 << 20
KEY_LIMIT = 64
VALUE_LIMIT = 160
NULL = -1
BETWEEN = "\x1f"
"""Between the key and the value of a preview, which itself never holds it."""

COLUMNS = {
    "channel": "<i4",
    "partition": "<i4",
    "offset": "<i8",
    "timestamp_ns": "<i8",
    "size": "<i4",
    "type": "<i4",
    "sender": "<i4",
    "event": "<u4",
    "flags": "<u1",
    "producer_id": "<i8",
    "producer_epoch": "<i2",
    "sequence": "<i4",
    "previews": "<i4",
    "traits": "<i4",
    "keys": "<i4",
    "headers": "<i4",
    "bodies": "<i4",
}
"""Name and type of each column in its order on disk.

`channel`, `type` and `sender` are numbers of terms (-1: none), `event` is the CRC-32 of the event id
(0: none), and those named like a stream are lengths in it (-1: null). `timestamp_ns` lies on disk as
differences.
"""
STREAMS = ("previews", "traits", "keys", "headers", "bodies")
LOG_APPEND_TIME = 1
TRANSACTIONAL = 2
BODY_LEFT_OUT = 4

Columns = dict[str, NDArray[Any]]
Term = ChannelId | Alias | str
_WIDTH = sum(np.dtype(kind).itemsize for kind in COLUMNS.values())
_TERMS: dict[str, msgspec.msgpack.Decoder[Any]] = {
    "channel": msgspec.msgpack.Decoder(ChannelId),
    "sender": msgspec.msgpack.Decoder(Alias),
    "type": msgspec.msgpack.Decoder(str),
}
_encode = msgspec.msgpack.encode
_headers = msgspec.msgpack.Decoder(Headers)
_traits = msgspec.msgpack.Decoder(tuple[str | None, str | None, str | None, str | None, str | None, str])


class Damaged(ValueError):
    """A blob is not what was written."""


class Terms:
    """The numbers that stand for channels, senders and types; `unsaved` are those not yet in the file."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[Any, int]] = {kind: {} for kind in _TERMS}
        self.unsaved: list[tuple[str, int, bytes]] = []

    def number(self, kind: str, term: Term | None) -> int:
        """The number of a term, a new one for a new term; -1 for None."""
        if term is None:
            return NULL
        numbers = self._numbers[kind]
        number = numbers.get(term)
        if number is None:
            number = numbers[term] = len(numbers)
            self.unsaved.append((kind, number, _encode(term)))
        return number

    def load(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take terms from the file, in the order of their numbers."""
        for kind, data in rows:
            numbers = self._numbers[kind]
            numbers[decode_term(kind, data)] = len(numbers)


class Block(Struct):
    """Some records, not compressed."""

    columns: Columns
    streams: dict[str, bytes]

    @property
    def count(self) -> int:
        """Number of records."""
        return len(self.columns["channel"])

    @property
    def size(self) -> int:
        """Bytes of all streams."""
        return sum(map(len, self.streams.values()))

    def joined(self, other: Block) -> Block:
        """The records of this block, then those of the other."""
        return Block(
            {name: np.concatenate((column, other.columns[name])) for name, column in self.columns.items()},
            {name: stream + other.streams[name] for name, stream in self.streams.items()},
        )

    def pack(self) -> tuple[bytes, ...]:
        """The blobs `columns` and then the streams, as they lie in the file."""
        parts = []
        for name, kind in COLUMNS.items():
            column = self.columns[name]
            if name == "timestamp_ns":
                column = np.diff(column, prepend=np.int64(0))
            parts.append(column.astype(kind, copy=False).tobytes())
        return (pack(b"".join(parts)), *(pack(self.streams[name]) for name in STREAMS))


def encode(records: Sequence[tuple[Record, Traits]], terms: Terms) -> Block:
    """The block of these records in this order; new terms get their numbers."""
    number = terms.number
    pieces: dict[str, list[bytes | None]] = {
        "previews": [
            f"{preview(record.key, KEY_LIMIT)}{BETWEEN}{preview(record.value, VALUE_LIMIT)}".encode()
            for record, _ in records
        ],
        "traits": [
            _encode(
                (said.event_id, said.parent_id, said.flow_id, said.origin, said.replay_id, said.convention)
            )
            for _, said in records
        ],
        "keys": [record.key for record, _ in records],
        "headers": [_encode(record.headers) for record, _ in records],
        "bodies": [record.value for record, _ in records],
    }
    numbers: dict[str, list[int]] = {
        "channel": [number("channel", record.channel) for record, _ in records],
        "partition": [record.position.partition for record, _ in records],
        "offset": [record.position.offset for record, _ in records],
        "timestamp_ns": [record.timestamp_ns for record, _ in records],
        "size": [record.size for record, _ in records],
        "type": [number("type", said.type) for _, said in records],
        "sender": [number("sender", said.sender) for _, said in records],
        "event": [event_mark(said.event_id) for _, said in records],
        "flags": [
            LOG_APPEND_TIME * record.log_append_time
            | TRANSACTIONAL * record.transactional
            | BODY_LEFT_OUT * (not record.body_stored)
            for record, _ in records
        ],
        "producer_id": [record.producer_id for record, _ in records],
        "producer_epoch": [record.producer_epoch for record, _ in records],
        "sequence": [record.sequence for record, _ in records],
    } | {name: [NULL if piece is None else len(piece) for piece in pieces[name]] for name in STREAMS}
    return Block(
        {name: np.array(numbers[name], dtype=kind) for name, kind in COLUMNS.items()},
        {name: b"".join(filter(None, pieces[name])) for name in STREAMS},
    )


def event_mark(event_id: str | None) -> int:
    """The number by which an event id is looked for before it is compared."""
    return zlib.crc32(event_id.encode()) if event_id else 0


def unpack_columns(blob: bytes, count: int) -> Columns:
    """The columns of a block; raises Damaged."""
    raw = unpack(blob)
    if len(raw) != count * _WIDTH:
        raise Damaged("its columns have another length")
    columns: Columns = {}
    at = 0
    for name, kind in COLUMNS.items():
        columns[name] = np.frombuffer(raw, dtype=kind, count=count, offset=at)
        at += columns[name].nbytes
    columns["timestamp_ns"] = np.cumsum(columns["timestamp_ns"])
    return columns


class Stream(Struct):
    """One stream of a block that was read: `piece(i)` is what belongs to its i-th record."""

    data: bytes
    ends: NDArray[np.int64]
    lengths: NDArray[Any]

    def piece(self, index: int) -> bytes | None:
        """None for null, b'' for empty."""
        length, end = int(self.lengths[index]), int(self.ends[index])
        return None if length == NULL else self.data[end - length : end]

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.data) + self.ends.nbytes


def unpack_stream(blob: bytes, lengths: NDArray[Any]) -> Stream:
    """A stream by its column of lengths; raises Damaged."""
    data = unpack(blob)
    ends = np.cumsum(np.maximum(lengths, 0), dtype=np.int64)
    if len(data) != (ends[-1] if len(ends) else 0):
        raise Damaged("a part of it has another length")
    return Stream(data, ends, lengths)


def decode_term(kind: str, data: bytes) -> Any:
    """A ChannelId, Alias or type name; raises Damaged."""
    try:
        return _TERMS[kind].decode(data)
    except (KeyError, msgspec.MsgspecError) as error:
        raise Damaged("a name in it cannot be read") from error


def decode_traits(piece: bytes | None, sender: Alias | None, type_name: str | None) -> Traits:
    """Traits from their stream and the two that are columns."""
    event_id, parent_id, flow_id, origin, replay_id, convention = _traits.decode(piece or b"")
    return Traits(sender, type_name, event_id, parent_id, flow_id, origin, replay_id, convention)


def decode_headers(piece: bytes | None) -> Headers:
    """Headers from their stream; raises MsgspecError."""
    return _headers.decode(piece or b"")


def decode_record(columns: Columns, index: int, channel: ChannelId, pieces: Sequence[bytes | None]) -> Record:
    """The record at `index`, byte for byte; `pieces` are its key, headers and body."""
    key, headers, value = pieces
    flags = int(columns["flags"][index])
    return Record(
        channel=channel,
        position=Position(int(columns["partition"][index]), int(columns["offset"][index])),
        timestamp_ns=int(columns["timestamp_ns"][index]),
        key=key,
        value=value,
        headers=decode_headers(headers),
        log_append_time=bool(flags & LOG_APPEND_TIME),
        producer_id=int(columns["producer_id"][index]),
        producer_epoch=int(columns["producer_epoch"][index]),
        sequence=int(columns["sequence"][index]),
        transactional=bool(flags & TRANSACTIONAL),
        body_stored=not flags & BODY_LEFT_OUT,
    )


def pack(data: bytes) -> bytes:
    """A blob: CRC-32 and zstd frame."""
    frame = zstandard.ZstdCompressor(level=1).compress(data)
    return zlib.crc32(frame).to_bytes(4, "little") + frame


def unpack(blob: bytes) -> bytes:
    """What `pack` was given; raises Damaged."""
    if len(blob) < 4 or zlib.crc32(memoryview(blob)[4:]) != int.from_bytes(blob[:4], "little"):
        raise Damaged("its checksum does not fit")
    try:
        return zstandard.ZstdDecompressor().decompress(memoryview(blob)[4:])
    except zstandard.ZstdError as error:
        raise Damaged(f"it cannot be unpacked: {error}") from error
