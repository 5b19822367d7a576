"""Facts that lie in a JSON body: envelopes that a content type announces, and a plain `type` field."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

ENVELOPE_BYTES = 262_144
"""Larger envelopes are not read."""
PLAIN_BYTES = 4_096
"""Larger bodies without headers are not looked into."""


class _CloudEvent(Struct):
    source: Any = None
    type: Any = None
    id: Any = None
    causationid: Any = None
    correlationid: Any = None
    traceparent: Any = None
    pubsubname: Any = None


class _MassTransit(Struct, rename="camel"):
    source_address: Any = None
    message_type: Any = None
    message_id: Any = None
    correlation_id: Any = None
    initiator_id: Any = None
    conversation_id: Any = None


class _Plain(Struct):
    type: Any = None
    eventType: Any = None  # noqa: N815 - the name in the field
    event_type: Any = None


_cloud_event = msgspec.json.Decoder(_CloudEvent)
_masstransit = msgspec.json.Decoder(_MassTransit)
_plain = msgspec.json.Decoder(_Plain)
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""Everything that the JSON decoder raises on bytes that are none."""


def _string(value: object) -> str | None:
    """A string that is not empty; None for anything else."""
    return value if isinstance(value, str) and value else None


class Envelope(Struct, frozen=True):
    """What an envelope says; None where it does not."""

    convention: str
    source: str | None = None
    type: str | None = None
    id: str | None = None
    parent: str | None = None
    flow: str | None = None
    traceparent: str | None = None


def envelope(content_type: bytes, value: bytes) -> Envelope | None:
    """The facts of a structured CloudEvent or a MassTransit message; None where it is neither or broken."""
    if len(value) > ENVELOPE_BYTES:
        return None
    kind = content_type.lower()
    try:
        if b"application/cloudevents+json" in kind:
            return _read_cloud_event(value)
        if b"application/vnd.masstransit+json" in kind:
            return _read_masstransit(value)
    except UNREADABLE:
        pass
    return None


def _read_cloud_event(value: bytes) -> Envelope:
    event = _cloud_event.decode(value)
    return Envelope(
        convention="dapr" if event.pubsubname else "cloudevents",
        source=_string(event.source),
        type=_string(event.type),
        id=_string(event.id),
        parent=_string(event.causationid),
        flow=_string(event.correlationid),
        traceparent=_string(event.traceparent),
    )


def _read_masstransit(value: bytes) -> Envelope:
    message = _masstransit.decode(value)
    urns = message.message_type
    first = _string(urns[0]) if isinstance(urns, list) and urns else None
    return Envelope(
        convention="masstransit",
        source=_string(message.source_address),
        type=first.removeprefix("urn:message:") if first else None,
        id=_string(message.correlation_id) or _string(message.message_id),
        parent=_string(message.initiator_id),
        flow=_string(message.conversation_id),
    )


def plain_type(value: bytes) -> str | None:
    """The kind of event that a small JSON object without headers names at its top level."""
    if len(value) > PLAIN_BYTES or value[:1] != b"{":
        return None
    try:
        body = _plain.decode(value)
        return _string(body.type) or _string(body.eventType) or _string(body.event_type)
    except UNREADABLE:
        return None
