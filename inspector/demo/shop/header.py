"""The headers that the shop's applications write, each family as its specification has it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from inspector.demo.shop.message import Headers, Message
from inspector.demo.shop.scenario import DeadLetters, Habit


def headers_of(
    habits: Sequence[Habit],
    *,
    source: str,
    kind: str,
    version: int,
    cause: Message | None,
    chance: Random,
) -> Headers:
    """Headers of a new event of a kind that another one caused, or none did."""
    return list(_headers(habits, source, kind, version, cause, chance))


def _headers(
    habits: Sequence[Habit], source: str, kind: str, version: int, cause: Message | None, chance: Random
) -> Iterator[tuple[str, bytes]]:
    if Habit.CLOUDEVENTS in habits:
        # CloudEvents Kafka binding 1.0.2, section 3.2 (binary content mode).
        event_id = str(UUID(int=chance.getrandbits(128), version=4))
        yield "ce_specversion", b"1.0"
        yield "ce_id", event_id.encode()
        yield "ce_source", source.encode()
        yield "ce_type", kind.encode()
        yield "ce_time", datetime.now(UTC).isoformat(timespec="milliseconds").encode()
        yield "ce_dataschema", f"/schemas/{kind}/{version}".encode()
        yield "content-type", b"application/json"
        if Habit.CAUSATION in habits:
            flow = event_id
            if cause is not None and (parent := cause.header("ce_id")):
                yield "ce_causationid", parent.encode()
                flow = cause.header("ce_correlationid") or parent
            yield "ce_correlationid", flow.encode()
    if Habit.TRACE in habits:
        yield "traceparent", _traceparent(cause, chance).encode()


def _traceparent(cause: Message | None, chance: Random) -> str:
    """W3C Trace Context: the trace of the cause goes on with a span of its own."""
    parts = (cause.header("traceparent") if cause else "").split("-")
    trace = parts[1] if len(parts) == 4 else f"{chance.getrandbits(128):032x}"
    return f"00-{trace}-{chance.getrandbits(64):016x}-01"


def dead_letter_headers(failed: Message, group: str, letters: DeadLetters) -> Headers:
    """Those of Spring Kafka's dead letters, their numbers big-endian."""
    return [
        ("kafka_dlt-original-topic", failed.topic.encode()),
        ("kafka_dlt-original-partition", struct.pack(">i", failed.partition)),
        ("kafka_dlt-original-offset", struct.pack(">q", failed.offset)),
        ("kafka_dlt-original-timestamp", struct.pack(">q", failed.timestamp_ms)),
        ("kafka_dlt-original-consumer-group", group.encode()),
        ("kafka_dlt-exception-fqcn", letters.exception.encode()),
        ("kafka_dlt-exception-message", letters.message.encode()),
    ]
