"""Facts that lie in a JSON body: envelopes, which their own fields give away, and fields of plain events.

Sources: CloudEvents 1.0 JSON format (one event, and batches) and Dapr's attributes on it; MassTransit
`JsonMessageEnvelope`; the message of kombu's virtual transports, which Celery sends over Kafka; Debezium's
change event envelope, with and without its schema; metadata of Marten and EventStoreDB.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from inspector.conventions.families import masstransit_sender, pod_application
from inspector.conventions.headers import LONGEST
from inspector.conventions.said import Said
from inspector.conventions.traces import trace_id

ENVELOPE_BYTES = 262_144
"""Larger envelopes are not read."""
PLAIN_BYTES = 4_096
"""Larger bodies are looked into only where they begin or end like an envelope."""
_MARK_BYTES = 160
_OPENING = b"{[ \n\t\r"
_SHORTEST_ID = 8
_LOG = ("db", "schema", "table", "collection", "txId", "lsn", "scn", "file", "pos", "row", "ord", "ts_ms")
"""What Debezium's connectors say of the place of a change in the log of the database."""
_NO_RAW = msgspec.Raw()


class _Body(Struct, gc=False):
    """The fields that carry facts, of all envelopes and of plain events, at the top or under `metadata`."""

    specversion: Any = None
    source: Any = None
    type: Any = None
    id: Any = None
    causationid: Any = None
    correlationid: Any = None
    traceparent: Any = None
    traceid: Any = None
    pubsubname: Any = None
    # MassTransit
    sourceAddress: Any = None  # noqa: N815 - the names in the field
    messageType: Any = None  # noqa: N815
    messageId: Any = None  # noqa: N815
    correlationId: Any = None  # noqa: N815
    initiatorId: Any = None  # noqa: N815
    conversationId: Any = None  # noqa: N815
    responseAddress: Any = None  # noqa: N815
    host: msgspec.Raw = _NO_RAW
    # kombu
    headers: msgspec.Raw = _NO_RAW
    properties: msgspec.Raw = _NO_RAW
    # Debezium
    op: Any = None
    payload: msgspec.Raw = _NO_RAW
    # plain events
    producer: Any = None
    service: Any = None
    eventType: Any = None  # noqa: N815
    event_type: Any = None
    eventId: Any = None  # noqa: N815
    event_id: Any = None
    causationId: Any = None  # noqa: N815
    causation_id: Any = None
    causedBy: Any = None  # noqa: N815
    inResponseTo: Any = None  # noqa: N815
    parentEventId: Any = None  # noqa: N815
    correlation_id: Any = None
    sagaId: Any = None  # noqa: N815
    metadata: msgspec.Raw = _NO_RAW


class _Metadata(Struct):
    """Where Marten and EventStoreDB keep what caused an event."""

    causation: Any = msgspec.field(name="$causationId", default=None)
    correlation: Any = msgspec.field(name="$correlationId", default=None)


class _Task(Struct):
    """The headers of Celery's protocol 2."""

    task: str
    id: str
    root_id: str
    parent_id: Any = None
    origin: Any = None
    retries: Any = None


class _Properties(Struct):
    """The properties of a message of kombu."""

    reply_to: Any = None


_body = msgspec.json.Decoder(_Body)
_bodies = msgspec.json.Decoder(list[_Body])
_metadata = msgspec.json.Decoder(_Metadata)
_task = msgspec.json.Decoder(_Task)
_properties = msgspec.json.Decoder(_Properties)
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""Everything that the JSON decoder raises on bytes that are none."""


def read(value: bytes, content_type: bytes | None = None) -> Said | None:
    """The facts in a body; None where it says nothing, is too large to be looked into, or is no JSON."""
    if value[0] not in _OPENING:
        return None
    announced = cloud_event = False
    try:
        if content_type is not None and b"+json" in content_type:
            announced, content_type = True, content_type.lower()
            if b"cloudevents-batch" in content_type:
                return _batch(_bodies.decode(value)) if len(value) <= ENVELOPE_BYTES else None
            cloud_event = b"cloudevents" in content_type
        if len(value) > PLAIN_BYTES and (len(value) > ENVELOPE_BYTES or not (announced or _marked(value))):
            return None
        body = _body.decode(value)
        if cloud_event or body.specversion or body.messageType or body.headers or body.payload or body.op:
            found = _envelope(body, cloud_event)
            if found is not None:
                return found
        return _plain(body)
    except UNREADABLE:
        return None


def _marked(value: bytes) -> bool:
    """Whether a large body has the fields of an envelope where their writers put them."""
    start = value[:_MARK_BYTES]
    return (
        b'"specversion"' in start
        or b'"specversion"' in value[-_MARK_BYTES:]
        or b'"messageId"' in start
        or start.startswith((b'{"schema":', b'{"before":', b'{"body":'))
    )


def _envelope(body: _Body, cloud_event: bool) -> Said | None:
    if cloud_event or isinstance(body.specversion, str):
        event = _cloud_event(body)
        required = (event.source, event.id, event.type)
        if all(required) or (cloud_event and any(required)):
            return event
    if isinstance(body.messageType, list) and (body.messageId or body.sourceAddress):
        return _masstransit(body)
    try:
        return _celery(body) if body.headers and body.properties else _debezium(body)
    except UNREADABLE:  # fields of another event that are called the same
        return None


def _string(value: object) -> str | None:
    """A string that is not empty, cut at `LONGEST`; None for anything else."""
    return value[:LONGEST] if isinstance(value, str) and value else None


def _cloud_event(event: _Body) -> Said:
    trace = _string(event.traceparent) or _string(event.traceid)
    return Said(
        convention="dapr" if event.pubsubname else "cloudevents",
        source=_string(event.source),
        type=_string(event.type),
        id=_string(event.id),
        parent=_string(event.causationid),
        flow=_string(event.correlationid) or (trace_id(trace) if trace else None),
    )


def _batch(events: list[_Body]) -> Said | None:
    """What all events of a batch have in common."""
    read = [_cloud_event(event) for event in events]
    if not read or len({event.convention for event in read}) > 1:
        return None

    def common(name: str) -> str | None:
        values = {getattr(event, name) for event in read}
        return values.pop() if len(values) == 1 else None

    source, kind, event_id, parent, flow = map(common, ("source", "type", "id", "parent", "flow"))
    return Said(read[0].convention, source, kind, event_id, parent, flow)


def _masstransit(message: _Body) -> Said:
    first = _string(message.messageType[0]) if message.messageType else None
    host = bytes(message.host).decode() if message.host else None
    return Said(
        convention="masstransit",
        source=masstransit_sender(_string(message.sourceAddress), host),
        type=first.removeprefix("urn:message:") if first else None,
        id=_string(message.correlationId) or _string(message.messageId),
        parent=_string(message.initiatorId),
        flow=_string(message.conversationId),
        reply_to=_string(message.responseAddress),
    )


def _celery(message: _Body) -> Said | None:
    task = _task.decode(message.headers)
    return Said(
        convention="celery",
        source=pod_application(_string(task.origin)),
        type=_string(task.task),
        id=_string(task.id),
        parent=_string(task.parent_id),
        flow=_string(task.root_id),
        attempt=task.retries if isinstance(task.retries, int) else None,
        reply_to=_string(_properties.decode(message.properties).reply_to),
    )


def _debezium(body: _Body) -> Said | None:
    """The connector, by the name that stands before those of its topics, and the place in its log."""
    change = _body.decode(body.payload) if body.payload else body
    where = change.source
    if not isinstance(where, dict) or "connector" not in where:
        return None
    name = _string(where.get("name"))
    place = ":".join(str(where[part]) for part in _LOG if where.get(part) is not None)
    return Said("debezium", name, id=_string(place)) if name else None


def _plain(body: _Body) -> Said | None:
    """The fields of an event without an envelope; what it does not say itself, its `metadata` may."""
    kind = body.type or body.eventType or body.event_type
    name = body.source or body.producer or body.service
    event_id = body.eventId or body.event_id or body.messageId
    parent = body.causationId or body.causation_id or body.parentEventId or body.causedBy or body.inResponseTo
    flow = body.correlationId or body.correlation_id or body.sagaId
    if not (kind or name or event_id or parent or flow or body.metadata):
        return None
    found = Said(
        "json",
        None,
        _string(kind),
        _identifier(event_id) if event_id else None,
        _identifier(parent) if parent else None,
        _identifier(flow) if flow else None,
        None,
        name and _string(name),
    )
    if body.metadata:
        _fill_from(body.metadata, found)
    return found if found.type or found.id or found.parent or found.flow or found.hint else None


def _fill_from(metadata: msgspec.Raw, found: Said) -> None:
    try:
        body, stored = _body.decode(metadata), _metadata.decode(metadata)
    except UNREADABLE:  # a text, a list
        return
    body.metadata = _NO_RAW
    found.fill(_plain(body) or Said())
    found.fill(Said(parent=_identifier(stored.causation), flow=_identifier(stored.correlation)))


def _identifier(value: object) -> str | None:
    """A string long enough to be unique; names and small numbers say nothing about causes."""
    if isinstance(value, str) and len(value) >= _SHORTEST_ID and any(map(str.isdigit, value)):
        return value[:LONGEST]
    return None
