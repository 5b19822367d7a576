"""Decoding whose schemas lie where a registry would have kept them, so that nothing is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.decode.decoding import Decoding
from inspector.decode.schemas import Schema
from inspector.project.model import ChosenDecoder
from inspector.record import Headers, Position, Record

URL = "http://127.0.0.1:9"
SERVER = ServerId("kafka", "127.0.0.1:1")
ORDERS = ChannelId(SERVER, ChannelKind.TOPIC, "orders")


def decoding(folder: Path, schemas: Mapping[int, Schema], chosen: str = "") -> Decoding:
    """Reads by these schemas; `chosen` is the decoder of values on every channel."""
    kept = folder / sha256(URL.encode()).hexdigest()[:16]
    kept.mkdir(parents=True, exist_ok=True)
    for number, schema in schemas.items():
        (kept / f"{number}.json").write_bytes(msgspec.json.encode(schema))
    choice = [ChosenDecoder("*", value=chosen)] if chosen else []
    return Decoding(choice, registries={None: [URL]}, cache=folder)


def record(value: bytes | None, key: bytes | None = b"k", headers: Headers = ()) -> Record:
    """One record of `orders`."""
    return Record(ORDERS, Position(2, 17), 1_000, key, value, headers)
