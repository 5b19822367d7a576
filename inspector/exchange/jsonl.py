"""Records as lines of JSON, byte for byte: `eventscope-records/1`, written down in docs/files.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import msgspec
import orjson
from msgspec import UNSET, Raw, Struct, UnsetType

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.decode.as_json import as_json
from inspector.exchange.selection import Event
from inspector.exchange.times import written
from inspector.record import Position, Record


class Base64(Struct, frozen=True):
    """Bytes that are not UTF-8."""

    base64: bytes


Text = str | Base64 | None


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. What stands there for people alone is passed over when it is read again."""

    server: str
    kind: ChannelKind
    channel: str
    partition: int
    offset: int
    time: str = ""
    timestamp_ns: int
    type: str | None = None
    sender: str | None = None
    key: Text
    value: Text | UnsetType = UNSET
    """Left out where the capture kept no value."""
    headers: tuple[tuple[str, Text], ...]
    decoded: Raw | UnsetType = UNSET
    log_append_time: bool = False
    producer_id: int = -1
    producer_epoch: int = -1
    sequence: int = -1
    transactional: bool = False
    codec: str = "none"
    aborted: bool = False


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def write(events: Iterable[Event], file: BinaryIO, *, decoded: bool = False) -> None:
    """All events, a line each; `decoded` adds what decoders make of their values."""
    file.writelines(line(event, decoded=decoded) for event in events)


def line(event: Event, *, decoded: bool = False) -> bytes:
    """One event, its line break included."""
    record, traits = event.record, event.traits
    channel = record.channel
    made = Line(
        server=str(channel.server),
        kind=channel.kind,
        channel=channel.name,
        partition=record.position.partition,
        offset=record.position.offset,
        time=written(record.timestamp_ns),
        timestamp_ns=record.timestamp_ns,
        type=traits.type,
        sender=None if traits.sender is None else traits.sender.value,
        key=_text(record.key),
        value=_text(record.value) if record.body_stored else UNSET,
        headers=tuple((name, _text(value)) for name, value in record.headers),
        decoded=_decoded(event) if decoded and record.value else UNSET,
        log_append_time=record.log_append_time,
        producer_id=record.producer_id,
        producer_epoch=record.producer_epoch,
        sequence=record.sequence,
        transactional=record.transactional,
        codec=record.codec,
        aborted=record.aborted,
    )
    return _encoder.encode(made) + b"\n"


def record_of(data: bytes) -> Record:
    """The record of a line; raises msgspec.MsgspecError or ValueError for what is none."""
    found = _decoder.decode(data)
    system, between, address = found.server.partition("://")
    if not between:
        raise ValueError(f"{found.server} names no server")
    return Record(
        ChannelId(ServerId(system, address), found.kind, found.channel),
        Position(found.partition, found.offset),
        found.timestamp_ns,
        _bytes(found.key),
        None if found.value is UNSET else _bytes(found.value),
        tuple((name, _bytes(value)) for name, value in found.headers),
        found.log_append_time,
        found.producer_id,
        found.producer_epoch,
        found.sequence,
        found.transactional,
        found.value is not UNSET,
        found.codec,
        found.aborted,
    )


def _decoded(event: Event) -> Raw | UnsetType:
    try:
        return Raw(as_json(event.decode(event.record).value))
    except orjson.JSONEncodeError:  # such as text with half a surrogate pair
        return UNSET


def _text(data: bytes | None) -> Text:
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return Base64(data)


def _bytes(text: Text) -> bytes | None:
    if text is None:
        return None
    return text.base64 if isinstance(text, Base64) else text.encode()
