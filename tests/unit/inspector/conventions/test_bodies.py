"""Each envelope as its documentation or its library writes it, and the facts that follow."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspector.conventions.bodies import ENVELOPE_BYTES, PLAIN_BYTES, read
from inspector.conventions.said import Said

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
EVENT = {"specversion": "1.0", "source": "/billing", "type": "InvoiceSent", "id": "e7", "data": {"a": 1}}
# As kombu 5.7 puts a task of Celery 5.7 on its Kafka transport.
TASK = {
    "body": "W1sxXSwge30sIHsiY2FsbGJhY2tzIjogbnVsbH1d",
    "content-encoding": "utf-8",
    "content-type": "application/json",
    "headers": {
        "lang": "py",
        "task": "shop.pay",
        "id": "t2",
        "shadow": None,
        "retries": 0,
        "timelimit": [None, None],
        "root_id": "t0",
        "parent_id": "t1",
        "argsrepr": "(1,)",
        "origin": "gen13025@billing-7d9f8b6c5d-x2v4z",
        "stamps": {},
    },
    "properties": {"correlation_id": "t2", "reply_to": "", "delivery_mode": 2, "body_encoding": "base64"},
}
CHANGE = {
    "before": None,
    "after": {"id": 1},
    "source": {
        "version": "3.0",
        "connector": "postgresql",
        "name": "shop-db",
        "ts_ms": 1700000000000,
        "db": "shop",
        "schema": "public",
        "table": "orders",
        "txId": 571,
        "lsn": 24023128,
        "xmin": None,
    },
    "op": "c",
    "ts_ms": 1,
    "transaction": None,
}
MASSTRANSIT = {
    "messageId": "m",
    "correlationId": "own",
    "conversationId": "c",
    "initiatorId": "parents",
    "sourceAddress": "rabbitmq://host/WEB_Billing_bus_abc?temporary=true",
    "messageType": ["urn:message:Billing:InvoiceSent", "urn:message:Billing:IEvent"],
    "message": {"total": 1},
    "host": {"machineName": "WEB", "processName": "Billing", "assembly": "Billing.Api"},
}


def said(body: Any, content_type: bytes | None = None) -> Said | None:
    return read(json.dumps(body).encode(), content_type)


def test_a_cloudevent_is_known_by_its_four_required_fields() -> None:
    expected = Said("cloudevents", "/billing", "InvoiceSent", "e7", None, TRACE)
    event = EVENT | {"traceparent": PARENT}
    assert said(event, b"application/cloudevents+json; charset=utf-8") == expected
    assert said(event) == expected
    assert said(event, b"application/json") == expected
    for field in ("specversion", "source", "type", "id"):
        found = said({name: value for name, value in event.items() if name != field})
        assert found is None or (found.convention, found.source) == ("json", None)


def test_a_cloudevent_with_the_correlation_extension() -> None:
    event = EVENT | {"causationid": "e6", "correlationid": "c1", "traceparent": PARENT}
    assert said(event) == Said("cloudevents", "/billing", "InvoiceSent", "e7", "e6", "c1")


def test_a_batch_says_what_its_events_have_in_common() -> None:
    kind = b"application/cloudevents-batch+json"
    assert said([EVENT], kind) == Said("cloudevents", "/billing", "InvoiceSent", "e7")
    assert said([EVENT, EVENT | {"id": "e8"}], kind) == Said("cloudevents", "/billing", "InvoiceSent")
    assert said([EVENT, EVENT | {"id": "e8", "source": "/b"}], kind) == Said(
        "cloudevents", None, "InvoiceSent"
    )
    assert said([], kind) is None


def test_dapr_is_a_cloudevent_with_a_pubsub() -> None:
    event = EVENT | {"source": "checkout", "pubsubname": "p", "topic": "t", "traceid": PARENT}
    assert said(event) == Said("dapr", "checkout", "InvoiceSent", "e7", None, TRACE)


def test_masstransit() -> None:
    expected = Said(
        "masstransit", str(MASSTRANSIT["sourceAddress"]), "Billing:InvoiceSent", "own", "parents", "c"
    )
    assert said(MASSTRANSIT, b"application/vnd.masstransit+json") == expected
    assert said(MASSTRANSIT) == expected
    asking = said(MASSTRANSIT | {"responseAddress": "rabbitmq://host/answers?temporary=true"})
    assert asking == msgspec.structs.replace(expected, reply_to="rabbitmq://host/answers?temporary=true")
    by_host = said(MASSTRANSIT | {"sourceAddress": "loopback://localhost/"})
    assert by_host == msgspec.structs.replace(expected, source="Billing.Api")
    without = said(MASSTRANSIT | {"correlationId": None})
    assert without == msgspec.structs.replace(expected, id="m")


def test_celery_over_kafka() -> None:
    task = Said("celery", "billing", "shop.pay", "t2", "t1", "t0", attempt=0)
    assert said(TASK) == task
    asking = said(TASK | {"properties": {"correlation_id": "t2", "reply_to": "answers"}})
    assert asking == msgspec.structs.replace(task, reply_to="answers")


def test_debezium_with_and_without_its_schema() -> None:
    expected = Said("debezium", "shop-db", id="shop:public:orders:571:24023128:1700000000000")
    assert said(CHANGE) == expected
    with_schema = {"schema": {"type": "struct", "fields": [{"f": "x" * PLAIN_BYTES}]}, "payload": CHANGE}
    assert said(with_schema) == expected
    assert said({"payload": {"a": 1}}) is None
    assert said({"payload": "text", "type": "T"}) == Said("json", type="T")
    assert said({"headers": {}, "properties": {}, "type": "T"}) == Said("json", type="T")
    assert said({"op": "c", "source": "web"}) == Said("json", hint="web")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "Placed"}, Said("json", type="Placed")),
        ({"eventType": "Placed"}, Said("json", type="Placed")),
        ({"a": {"type": "inner"}, "event_type": "Placed"}, Said("json", type="Placed")),
        (
            {"eventId": "event-002", "causationId": "event-001"},
            Said("json", id="event-002", parent="event-001"),
        ),
        (
            {"parentEventId": "event-001", "sagaId": "saga-0001"},
            Said("json", parent="event-001", flow="saga-0001"),
        ),
        (
            {"inResponseTo": "event-001", "correlationId": "flow-0001"},
            Said("json", parent="event-001", flow="flow-0001"),
        ),
        ({"causedBy": "margaret"}, None),
        ({"causationId": 17, "correlationId": "none"}, None),
        ({"source": "billing"}, Said("json", hint="billing")),
        ({"producer": "billing"}, Said("json", hint="billing")),
        ({"service": "billing", "type": "T"}, Said("json", type="T", hint="billing")),
        (
            {"metadata": {"source": "billing", "eventId": "event-002", "correlationId": "flow-0001"}},
            Said("json", id="event-002", flow="flow-0001", hint="billing"),
        ),
        (
            {"metadata": {"$causationId": "event-001", "$correlationId": "flow-0001"}, "type": "T"},
            Said("json", type="T", parent="event-001", flow="flow-0001"),
        ),
        ({"metadata": "none", "type": "T"}, Said("json", type="T")),
        ({"metadata": {"metadata": {"source": "x"}}}, None),
        ({"source": {"table": "t"}}, None),
    ],
)
def test_fields_of_plain_events(body: Any, expected: Said | None) -> None:
    assert said(body) == expected


@pytest.mark.parametrize(
    "value", [b"{", b"[1]", b'{"type": 5}', b'{"type": ""}', b"\x00\x00\x00\x00\x05{}", b'"x"', b"[" * 10_000]
)
def test_other_bodies_say_nothing(value: bytes) -> None:
    assert read(value) is None
    assert read(value, b"application/cloudevents+json") is None


def test_large_bodies_are_read_only_where_they_look_like_envelopes() -> None:
    filler = "z" * PLAIN_BYTES
    assert said({"type": "T", "filler": filler}) is None
    # Go writes the fields of Dapr's events by name, so the data come first.
    dapr = {
        "data": filler,
        "datacontenttype": "text/plain",
        "id": "1",
        "pubsubname": "p",
        "source": "checkout",
    }
    found = said(dapr | {"specversion": "1.0", "topic": "t", "type": "com.dapr.event.sent"})
    assert found == Said("dapr", "checkout", "com.dapr.event.sent", "1")
    assert said(EVENT | {"data": filler}) is not None
    assert said(MASSTRANSIT | {"message": filler}) is not None
    assert said(TASK | {"body": filler}) is not None
    assert said({"type": "T", "filler": filler}, b"application/cloudevents+json") is not None
    assert said(EVENT | {"data": "z" * ENVELOPE_BYTES}, b"application/cloudevents+json") is None


_fields = st.sampled_from(
    [
        "specversion",
        "source",
        "type",
        "id",
        "headers",
        "properties",
        "payload",
        "op",
        "metadata",
        "messageType",
        "messageId",
        "sourceAddress",
        "host",
        "eventId",
        "traceparent",
        "task",
        "root_id",
    ]
)
_json = st.recursive(
    st.none() | st.booleans() | st.text(max_size=20) | st.integers() | st.sampled_from([PARENT, "1.0"]),
    lambda inner: st.dictionaries(_fields, inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(_json, st.sampled_from([None, b"application/cloudevents+json", b"application/cloudevents-batch+json"]))
@example({"type": "0", "messageId": False, "causationId": "", "correlationId": 0}, None)
def test_no_body_makes_it_fail(body: Any, content_type: bytes | None) -> None:
    found = said(body, content_type)
    if found is not None:
        for text in (found.source, found.type, found.id, found.parent, found.flow, found.hint):
            assert text is None or 0 < len(text) <= 500
