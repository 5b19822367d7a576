"""What a record says of itself in the conventions of the field, its body read only where needed."""

from __future__ import annotations

from msgspec import Struct

from graph.model import Alias
from inspector.conventions import headers as fact
from inspector.conventions.bodies import envelope, plain_type
from inspector.conventions.headers import CONVENTIONS, FACTS, FIELDS
from inspector.record import Headers, Record

LONGEST = 500
"""Characters of a name or id that are kept."""


class Traits(Struct, frozen=True):
    """The facts that evidence, causal links and the event list are made from; None where not said."""

    sender: Alias | None = None
    """Who says it sent the record."""
    type: str | None = None
    """The kind of event."""
    event_id: str | None = None
    """Unique for each event of a sender; a redelivery has the same."""
    parent_id: str | None = None
    """The event id of the record that directly caused this one: proof, where it is given."""
    flow_id: str | None = None
    """Trace, conversation or correlation id that all records of one flow share."""
    origin: str | None = None
    """Exact position of the record this one was copied from, as `topic/partition/offset` (dead letters)."""
    replay_id: str | None = None
    """Set when the record was sent by a replay."""
    convention: str = ""
    """Which family of headers said so, such as `cloudevents` or `w3c`."""


NOTHING = Traits()
_NO_RANK = len(CONVENTIONS)
_SPRING_DEAD_LETTER = CONVENTIONS.index("dead-letter")
_TRACE_RANKS = (CONVENTIONS.index("w3c"), CONVENTIONS.index("b3"))


def read(record: Record) -> Traits:
    """The traits of a record; any bytes are accepted, and what cannot be read is not said."""
    if not record.headers:
        name = plain_type(record.value) if record.value else None
        return NOTHING if name is None else Traits(type=name, convention="json")
    values, ranks = _scan(record.headers)
    if min(ranks) == _NO_RANK:
        return NOTHING
    content_type = values[fact.CONTENT_TYPE]
    if content_type is not None and record.value and values[fact.SOURCE] is None:
        body = _from_body(content_type, record.value, values[fact.REPLAY])
        if body is not None:
            return body
    return _from_headers(values, ranks)


def _scan(headers: Headers) -> tuple[list[bytes | None], list[int]]:
    """The value of each fact and the rank of the family that gave it.

    Of one family the last header counts: who sends a copy on appends its own.
    """
    values: list[bytes | None] = [None] * FACTS
    ranks = [_NO_RANK] * FACTS
    for name, value in headers:
        field = FIELDS.get(name) or FIELDS.get(name.lower())
        if field is not None and value:
            rank, place = field
            if rank <= ranks[place]:
                ranks[place] = rank
                values[place] = value
    return values, ranks


def _text(value: bytes | None) -> str | None:
    if value is None:
        return None
    text = value[: 4 * LONGEST].decode("utf-8", "replace").strip()[:LONGEST]
    if len(text) > 1 and text[0] == text[-1] == '"':  # Spring's JSON header mapper quotes strings
        text = text[1:-1]
    return text or None


def _from_headers(values: list[bytes | None], ranks: list[int]) -> Traits:
    parent = _text(values[fact.PARENT])
    flow = _flow(values[fact.FLOW], ranks[fact.FLOW])
    kind, event_id = _text(values[fact.TYPE]), _text(values[fact.ID])
    if values[fact.AXON_CORRELATION] is not None:
        # Axon 5 has a causation id and its correlation id is the root; before, the correlation id is the
        # parent and the trace id is the root.
        correlation = _text(values[fact.AXON_CORRELATION])
        if parent is not None:
            flow = correlation
        else:
            parent, flow = correlation, _text(values[fact.AXON_TRACE]) or flow
    if values[fact.CELERY_ROOT] is not None and values[fact.CELERY_TASK] is not None:
        kind, event_id = _text(values[fact.CELERY_TASK]), _text(values[fact.CELERY_ID])
        parent, flow = _text(values[fact.CELERY_PARENT]), _text(values[fact.CELERY_ROOT])
    if kind is not None and "," in kind:  # an assembly-qualified .NET name, or several of them
        kind = kind.split(";", 1)[0].split(",", 1)[0].strip() or None
    source_rank = ranks[fact.SOURCE]
    return Traits(
        sender=_sender(_text(values[fact.SOURCE]), source_rank),
        type=kind,
        event_id=event_id,
        parent_id=parent,
        flow_id=flow,
        origin=_origin(values, ranks),
        replay_id=_text(values[fact.REPLAY]),
        convention=_convention(ranks),
    )


def _convention(ranks: list[int]) -> str:
    """The family that named the sender, or else the most trusted one that said anything."""
    rank = ranks[fact.SOURCE] if ranks[fact.SOURCE] < _NO_RANK else min(ranks)
    return CONVENTIONS[rank]


def _sender(name: str | None, rank: int) -> Alias | None:
    if name is None or not name.isprintable():
        return None
    match CONVENTIONS[rank]:
        case "dead-letter":
            return Alias("group", name)
        case "connect-errors":
            return Alias("group", f"connect-{name}")
        case "debezium":
            return Alias("source", f"debezium/{name}")
        case _:
            return Alias("source", name)


def _flow(value: bytes | None, rank: int) -> str | None:
    text = _text(value)
    if text is None or rank not in _TRACE_RANKS:
        return text
    return trace_id(text)


def trace_id(text: str) -> str | None:
    """The trace id inside a `traceparent` (`00-<32 hex>-<16 hex>-01`) or `b3` value; None in a broken one."""
    parts = text.split("-")
    candidate = parts[1] if len(parts) == 4 and len(parts[0]) == 2 else parts[0]
    return candidate.lower() if len(candidate) in (16, 32) and candidate.strip("0") else None


def _origin(values: list[bytes | None], ranks: list[int]) -> str | None:
    topic = _text(values[fact.ORIGIN_TOPIC])
    if topic is None:
        return None
    partition = _integer(values[fact.ORIGIN_PARTITION], 4, ranks[fact.ORIGIN_PARTITION])
    offset = _integer(values[fact.ORIGIN_OFFSET], 8, ranks[fact.ORIGIN_OFFSET])
    return None if partition is None or offset is None else f"{topic}/{partition}/{offset}"


def _integer(value: bytes | None, width: int, rank: int) -> int | None:
    """A number that Spring writes as big-endian bytes and Connect as text."""
    if value is None:
        return None
    if rank == _SPRING_DEAD_LETTER and len(value) == width:
        return int.from_bytes(value, "big", signed=True)
    return int(value) if len(value) < 20 and value.isdigit() else None


def _from_body(content_type: bytes, value: bytes, replay: bytes | None) -> Traits | None:
    found = envelope(content_type, value)
    if found is None:
        return None
    source = found.source[:LONGEST] if found.source is not None and found.source.isprintable() else None
    trace = trace_id(found.traceparent) if found.traceparent is not None else None
    return Traits(
        sender=Alias("source", source) if source else None,
        type=found.type[:LONGEST] if found.type else None,
        event_id=found.id[:LONGEST] if found.id else None,
        parent_id=found.parent[:LONGEST] if found.parent else None,
        flow_id=found.flow[:LONGEST] if found.flow else trace,
        replay_id=_text(replay),
        convention=found.convention,
    )
