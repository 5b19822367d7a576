"""What a record says of itself in the conventions of the field, its body read only where needed."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from graph.model import Alias
from inspector.conventions import bodies
from inspector.conventions import headers as fact
from inspector.conventions.families import reconsider
from inspector.conventions.headers import CONVENTIONS, FACTS, FIRST_DEPENDENT, field, text
from inspector.conventions.rules import NO_RULES, Rules
from inspector.conventions.said import Said
from inspector.conventions.traces import jaeger_trace_id, trace_id
from inspector.record import Headers, Record

RULE = "rule"
"""The convention of a record whose sender a rule of a person names."""


class Traits(Struct, frozen=True, gc=False):
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
    step: int | None = None
    """How many records of the flow came one after the other before this one, as Rebus counts."""
    hint: str | None = None
    """A name in the body or in baggage: the sender's, or that of anything else."""
    attempt: int | None = None
    """How many times it was tried before, or is tried now, as whoever tries again counts."""
    reply_to: str | None = None
    """The name of the channel where its sender waits for the answer."""


NOTHING = Traits()
_NO_RANK = len(CONVENTIONS)
_RANK = {family: rank for rank, family in enumerate(CONVENTIONS)}
TRACES = frozenset((_RANK["w3c"], _RANK["b3"]))
"""Ranks of the families whose flow is part of what a tracer wrote."""
_JAEGER, _SPRING_REQUEST = _RANK["jaeger"], _RANK["spring-request"]
ODD_FLOWS = frozenset((_JAEGER, _SPRING_REQUEST))
"""Ranks of those that write it in ways of their own."""
_MOST_ATTEMPTS = 1_000_000
"""Whatever is more counts something else."""
SHOWN = {
    "masstransit-process": "masstransit",
    "nservicebus-processed": "nservicebus",
    "rebus-failed": "rebus",
    "rebus-return": "rebus",
    "spring-cloud-stream": "dead-letter",
}
"""Families that are told apart only to be believed in the right order."""


def read(record: Record, rules: Rules = NO_RULES) -> Traits:
    """The traits of a record; any bytes are accepted, and what cannot be read is not said.

    Rules of people win over conventions. Only a dead letter is sent by the group that failed on it, whatever
    the headers say that it has from its original.
    """
    traits = _read(record)
    return traits if rules is NO_RULES else _ruled(traits, rules.read(record))


def _ruled(traits: Traits, found: dict[str, str]) -> Traits:
    if not found:
        return traits
    sender, convention = traits.sender, traits.convention
    name = found.get("sender")
    if name is not None and name.isprintable() and traits.origin is None:
        sender, convention = Alias("source", name), RULE
    return replace(
        traits,
        sender=sender,
        type=found.get("type", traits.type),
        event_id=found.get("id", traits.event_id),
        parent_id=found.get("parent", traits.parent_id),
        flow_id=found.get("flow", traits.flow_id),
        convention=convention or RULE,
    )


def _read(record: Record) -> Traits:
    if not record.headers:
        body = bodies.read(record.value) if record.value else None
        return NOTHING if body is None else _traits(body)
    values, ranks, rank, dependent = _scan(record.headers)
    source, flow = values[fact.SOURCE], values[fact.FLOW]
    if source is not None:
        rank = ranks[fact.SOURCE]
    said = Said(
        CONVENTIONS[rank] if rank < _NO_RANK else "",
        _text(source),
        _text(values[fact.TYPE]),
        _text(values[fact.ID]),
        _text(values[fact.PARENT]),
        None if flow is None else _flow(flow, ranks[fact.FLOW]),
        attempt=_integer(values[fact.ATTEMPT], 4),
        reply_to=_text(values[fact.REPLY_TO]),
    )
    if dependent:
        reconsider(said, values, ranks)
    if said.source is None and record.value:
        body = bodies.read(record.value, values[fact.CONTENT_TYPE])
        if body is not None and body.convention != "json":
            body.fill(said)  # an envelope says it better than headers, fields of an event do not
            said = body
        elif body is not None:
            said.fill(body)
    if rank == _NO_RANK and not said.convention:
        return NOTHING
    return _traits(said, _origin(values), _text(values[fact.REPLAY]))


def _scan(headers: Headers) -> tuple[list[bytes | None], list[int], int, bool]:
    """The value of each fact, the rank of the family that gave it, the best rank of all, and whether some
    facts depend on each other.

    Of one family the last header counts: who sends a copy on appends its own.
    """
    values: list[bytes | None] = [None] * FACTS
    ranks = [_NO_RANK] * FACTS
    best, dependent = _NO_RANK, False
    for name, value in headers:
        known = field(name)
        if known is not None and value:
            rank, place = known
            if rank <= ranks[place]:
                ranks[place] = rank
                values[place] = value
                if rank < best:
                    best = rank
                if place >= FIRST_DEPENDENT:
                    dependent = True
    return values, ranks, best, dependent


def _text(value: bytes | None) -> str | None:
    return None if value is None else text(value)


def _flow(value: bytes, rank: int) -> str | None:
    if rank == _SPRING_REQUEST and len(value) == 16:
        return value.hex()
    written = text(value)
    if written is None:
        return None
    if rank in TRACES:
        return trace_id(written)
    return jaeger_trace_id(written) if rank == _JAEGER else written


def _traits(said: Said, origin: str | None = None, replay_id: str | None = None) -> Traits:
    convention = said.convention
    return Traits(
        None if said.source is None else sender_named(said.source, convention),
        type_named(said.type),
        said.id,
        said.parent,
        said.flow,
        origin,
        replay_id,
        SHOWN.get(convention, convention),
        said.step,
        said.hint,
        said.attempt if said.attempt is not None and 0 <= said.attempt < _MOST_ATTEMPTS else None,
        _channel_name(said.reply_to),
    )


def _channel_name(address: str | None) -> str | None:
    """The last part of an address such as `queue:answers`, `kafka://topic/answers` or `answers@[dbo]`."""
    if address is None:
        return None
    name = re.split(r"[?@]", address, maxsplit=1)[0].rstrip("/")
    return name.rpartition("/")[2].removeprefix("queue:").removeprefix("topic:") or None


def type_named(kind: str | None) -> str | None:
    """The type that a header names: of assembly-qualified .NET names the first, without its assembly."""
    if kind is not None and ("," in kind or ";" in kind):
        return kind.partition(";")[0].partition(",")[0].strip() or None
    return kind


def sender_named(name: str, convention: str) -> Alias | None:
    """The sender of a name that a family of headers gives; None for one that nobody can have."""
    if not name.isprintable():
        return None
    match convention:
        case "dead-letter":
            return Alias("group", name)
        case "connect-errors":
            return Alias("group", f"connect-{name}")
        case "debezium":
            return Alias("source", f"debezium/{name}")
        case _:
            return Alias("source", name)


def _origin(values: list[bytes | None]) -> str | None:
    topic = values[fact.ORIGIN_TOPIC]
    if topic is None:
        return None
    partition = _integer(values[fact.ORIGIN_PARTITION], 4)
    offset = _integer(values[fact.ORIGIN_OFFSET], 8)
    return None if partition is None or offset is None else f"{text(topic)}/{partition}/{offset}"


def _integer(value: bytes | None, width: int) -> int | None:
    """A number that Connect writes as text and Spring as big-endian bytes, which never are all digits."""
    if value is None:
        return None
    if len(value) < 20 and value.isdigit():
        return int(value)
    return int.from_bytes(value, "big", signed=True) if len(value) == width else None
