"""An event as a row of named columns with types: what Parquet and Avro files have."""

from __future__ import annotations

from typing import Any

from inspector.exchange.selection import Event

FIELDS: dict[str, str] = {
    "server": "text",
    "kind": "text",
    "channel": "text",
    "partition": "int",
    "offset": "long",
    "timestamp_ns": "time",
    "type": "text?",
    "sender": "text?",
    "event_id": "text?",
    "parent_id": "text?",
    "flow_id": "text?",
    "key": "bytes?",
    "value": "bytes?",
    "headers": "headers",
    "body_stored": "bool",
    "log_append_time": "bool",
    "producer_id": "long",
    "producer_epoch": "int",
    "sequence": "int",
    "transactional": "bool",
    "aborted": "bool",
    "codec": "text",
}
"""Names and types in their order; `?` where it may be null. Headers are a list of name and value."""


def row(event: Event) -> dict[str, Any]:
    """What an event has in each of them."""
    record, traits = event.record, event.traits
    return {
        "server": str(record.channel.server),
        "kind": record.channel.kind.value,
        "channel": record.channel.name,
        "partition": record.position.partition,
        "offset": record.position.offset,
        "timestamp_ns": record.timestamp_ns,
        "type": traits.type,
        "sender": None if traits.sender is None else traits.sender.value,
        "event_id": traits.event_id,
        "parent_id": traits.parent_id,
        "flow_id": traits.flow_id,
        "key": record.key,
        "value": record.value,
        "headers": [{"name": name, "value": value} for name, value in record.headers],
        "body_stored": record.body_stored,
        "log_append_time": record.log_append_time,
        "producer_id": record.producer_id,
        "producer_epoch": record.producer_epoch,
        "sequence": record.sequence,
        "transactional": record.transactional,
        "aborted": record.aborted,
        "codec": record.codec,
    }
