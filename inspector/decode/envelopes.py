"""Conventions that a value follows in any encoding: CloudEvents, Debezium's changes, rows of an outbox."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from inspector.record import Headers

OPERATIONS = {
    "c": "creates in",
    "u": "updates",
    "d": "deletes from",
    "r": "is a snapshot of",
    "t": "truncates",
}
"""Debezium's `op` (https://debezium.io/documentation/reference/stable/connectors/postgresql.html)."""
OUTBOX = ("aggregatetype", "aggregateid", "type", "payload")
"""Columns of an outbox table (https://debezium.io/documentation/reference/stable/transformations/outbox-event-router.html)."""


class Envelope(Struct, frozen=True):
    """What a value is by its convention, and what it carries."""

    name: str
    """A clause for people, such as `Debezium: updates shop.orders`."""
    before: Any = None
    after: Any = None
    """The row before and after a change; None where there is none."""
    changes: bool = False
    """Whether it has a before and an after at all."""


def envelope_of(value: Any, headers: Headers) -> Envelope | None:
    """The envelope of a decoded value, or of its record's headers; None where none is known."""
    if isinstance(value, dict):
        inner = value.get("payload") if value.keys() == {"schema", "payload"} else value
        if isinstance(inner, dict):
            found = _debezium(inner) or _outbox(inner)
            if found is not None:
                return found
    return _cloud_event(headers)


def _debezium(value: dict[str, Any]) -> Envelope | None:
    source, op = value.get("source"), value.get("op")
    if not isinstance(source, dict) or not isinstance(op, str) or op not in OPERATIONS:
        return None
    if not value.keys() & {"before", "after"}:
        return None
    told = (source.get(each) for each in ("db", "schema", "table", "collection"))
    place = ".".join(str(each) for each in told if each)
    before, after = value.get("before"), value.get("after")
    row = after if isinstance(after, dict) else {}
    outbox = _outbox(row)
    if outbox is not None:
        return Envelope(f"Debezium: {OPERATIONS[op]} {place}; {outbox.name}", before, after, changes=True)
    return Envelope(f"Debezium: {OPERATIONS[op]} {place}".rstrip(), before, after, changes=True)


def _outbox(value: dict[str, Any]) -> Envelope | None:
    plain = {name.replace("_", "").lower(): each for name, each in value.items() if isinstance(name, str)}
    if not all(plain.get(each) is not None for each in OUTBOX):
        return None
    return Envelope(f"outbox: {plain['type']} of {plain['aggregatetype']} {plain['aggregateid']}")


def _cloud_event(headers: Headers) -> Envelope | None:
    """Binary mode (CloudEvents 1.0, Kafka protocol binding §3.2)."""
    told = {
        name.lower().replace("-", "_"): value.decode("utf-8", "replace")
        for name, value in headers
        if value is not None and name[:3].lower() in ("ce_", "ce-")
    }
    if not {"ce_id", "ce_source", "ce_type", "ce_specversion"} <= told.keys():
        return None
    version, kind, source = told["ce_specversion"], told["ce_type"], told["ce_source"]
    return Envelope(f"CloudEvents {version} in headers: {kind} from {source}")
