"""Events as an Avro file (object container), keys and values as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from inspector.exchange.flat import FIELDS, row
from inspector.exchange.selection import Event

_TYPES: dict[str, Any] = {
    "text": "string",
    "int": "int",
    "long": "long",
    "time": {"type": "long", "logicalType": "timestamp-nanos"},
    "bytes": "bytes",
    "bool": "boolean",
    "headers": {
        "type": "array",
        "items": {
            "type": "record",
            "name": "Header",
            "fields": [{"name": "name", "type": "string"}, {"name": "value", "type": ["null", "bytes"]}],
        },
    },
}
"""`timestamp-nanos`: Avro 1.12, "Logical Types"; who does not know it reads a long."""
SCHEMA = {
    "type": "record",
    "name": "Event",
    "namespace": "eventscope",
    "fields": [
        {"name": name, "type": ["null", _TYPES[kind[:-1]]] if kind.endswith("?") else _TYPES[kind]}
        for name, kind in FIELDS.items()
    ],
}


def write(events: Iterable[Event], file: BinaryIO) -> None:
    """All events."""
    import fastavro  # takes long to load, and few write Avro

    fastavro.writer(file, fastavro.parse_schema(SCHEMA), map(row, events), codec="deflate")
