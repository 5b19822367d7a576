from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.conventions.headers import FIELDS
from inspector.record import Headers, Position, Record
from inspector.replay.plan import REPLAY_HEADER
from inspector.traits import Traits, read, trace_id

CHANNEL = ChannelId(ServerId("kafka", "broker:9092"), ChannelKind.TOPIC, "orders")
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def traits(*headers: tuple[str, bytes | None], value: bytes | None = b"x") -> Traits:
    return read(Record(CHANNEL, Position(0, 0), 1, None, value, headers))


@pytest.mark.parametrize("prefix", ["ce_", "ce-", "cloudEvents:", "cloudEvents_", "CE_"])
def test_cloudevents_in_headers(prefix: str) -> None:
    found = traits(
        (f"{prefix}source", b"/billing"),
        (f"{prefix}type", b"InvoiceSent"),
        (f"{prefix}id", b"e7"),
        (f"{prefix}causationid", b"e6"),
        (f"{prefix}correlationid", b"c1"),
        ("traceparent", PARENT.encode()),
    )
    assert found == Traits(
        sender=Alias("source", "/billing"),
        type="InvoiceSent",
        event_id="e7",
        parent_id="e6",
        flow_id="c1",
        convention="cloudevents",
    )


def test_cloudevents_in_the_body_only_where_the_content_type_says_so() -> None:
    body = {"specversion": "1.0", "source": "/billing", "type": "InvoiceSent", "id": "e7", "data": {"a": 1}}
    body["traceparent"] = PARENT
    value = json.dumps(body).encode()
    found = traits(("content-type", b"application/cloudevents+json; charset=utf-8"), value=value)
    assert found == Traits(
        sender=Alias("source", "/billing"),
        type="InvoiceSent",
        event_id="e7",
        flow_id=TRACE,
        convention="cloudevents",
    )
    assert traits(("content-type", b"application/json"), value=value).sender is None
    assert traits(value=value).sender is None


def test_dapr_is_a_cloudevent_with_a_pubsub() -> None:
    body = {"source": "checkout", "type": "com.dapr.event.sent", "id": "1", "pubsubname": "p", "topic": "t"}
    found = traits(("content-type", b"application/cloudevents+json"), value=json.dumps(body).encode())
    assert (found.convention, found.sender) == ("dapr", Alias("source", "checkout"))


def test_a_trace_gives_only_the_flow() -> None:
    assert traits(("traceparent", PARENT.encode())) == Traits(flow_id=TRACE, convention="w3c")
    assert traits(("b3", f"{TRACE}-b7ad6b7169203331-1".encode())).flow_id == TRACE
    assert traits(("X-B3-TraceId", TRACE.encode())).flow_id == TRACE


@pytest.mark.parametrize("text", ["", "00", "00-zz", f"00-{'0' * 32}-b7ad6b7169203331-01", "not-a-trace"])
def test_a_broken_trace_gives_nothing(text: str) -> None:
    assert trace_id(text) is None


def test_nservicebus() -> None:
    found = traits(
        ("NServiceBus.OriginatingEndpoint", b"Sales"),
        ("NServiceBus.EnclosedMessageTypes", b"Sales.OrderPlaced, Sales.Messages, Version=1.0;Sales.IEvent"),
        ("NServiceBus.MessageId", b"m2"),
        ("NServiceBus.RelatedTo", b"m1"),
        ("NServiceBus.ConversationId", b"c"),
    )
    assert found == Traits(
        Alias("source", "Sales"), "Sales.OrderPlaced", "m2", "m1", "c", convention="nservicebus"
    )


def test_masstransit_joins_the_initiator_on_the_correlation_id() -> None:
    found = traits(
        ("MT-Source-Address", b"rabbitmq://host/billing"),
        ("MT-CorrelationId", b"own"),
        ("MT-InitiatorId", b"parents"),
        ("MT-ConversationId", b"c"),
        ("MessageId", b"m"),
    )
    assert (found.event_id, found.parent_id, found.flow_id) == ("own", "parents", "c")
    body = {
        "sourceAddress": "rabbitmq://host/billing",
        "messageType": ["urn:message:Billing:InvoiceSent"],
        "messageId": "m",
        "initiatorId": "p",
        "message": {},
    }
    found = traits(("Content-Type", b"application/vnd.masstransit+json"), value=json.dumps(body).encode())
    assert found.convention == "masstransit"
    assert (found.type, found.event_id, found.parent_id) == ("Billing:InvoiceSent", "m", "p")


def test_rebus() -> None:
    found = traits(
        ("rbs2-sender-address", b"billing"),
        ("rbs2-msg-id", b"m2"),
        ("rbs2-in-reply-to", b"m1"),
        ("rbs2-corr-id", b"c"),
        ("rbs2-msg-type", b"Billing.Paid, Billing"),
    )
    assert found == Traits(Alias("source", "billing"), "Billing.Paid", "m2", "m1", "c", convention="rebus")


def test_axon_means_two_things_by_correlation() -> None:
    old = traits(
        ("axon-message-id", b"m2"),
        ("axon-metadata-correlationId", b"m1"),
        ("axon-metadata-traceId", b"root"),
    )
    assert (old.parent_id, old.flow_id) == ("m1", "root")
    new = traits(
        ("axon-message-id", b"m2"),
        ("axon-metadata-causationId", b"m1"),
        ("axon-metadata-correlationId", b"root"),
    )
    assert (new.parent_id, new.flow_id) == ("m1", "root")


def test_celery_needs_its_task_and_root() -> None:
    found = traits(("task", b"shop.pay"), ("id", b"t2"), ("parent_id", b"t1"), ("root_id", b"t0"))
    assert found == Traits(None, "shop.pay", "t2", "t1", "t0", convention="celery")
    assert traits(("id", b"t2")).event_id is None


def test_spring_dead_letters_point_at_their_original() -> None:
    found = traits(
        ("ce_source", b"/shop"),
        ("ce_id", b"e1"),
        ("kafka_dlt-original-topic", b"orders"),
        ("kafka_dlt-original-partition", (3).to_bytes(4, "big")),
        ("kafka_dlt-original-offset", (70000).to_bytes(8, "big")),
        ("kafka_dlt-original-consumer-group", b"billing"),
    )
    assert found.origin == "orders/3/70000"
    assert found.sender == Alias("group", "billing")
    assert found.event_id == "e1"


def test_connect_dead_letters_are_text() -> None:
    found = traits(
        ("__connect.errors.topic", b"orders"),
        ("__connect.errors.partition", b"0"),
        ("__connect.errors.offset", b"1234"),
        ("__connect.errors.connector.name", b"warehouse-sink"),
    )
    assert found.origin == "orders/0/1234"
    assert found.sender == Alias("group", "connect-warehouse-sink")


def test_debezium_names_its_connector() -> None:
    found = traits(("__debezium.context.connectorLogicalName", b"shop-db"))
    assert found.sender == Alias("source", "debezium/shop-db")


@pytest.mark.parametrize("name", ["correlationid", "x-correlation-id", "Correlation-Id", "$correlationId"])
def test_plain_correlation_headers(name: str) -> None:
    assert traits((name, b"c")).flow_id == "c"


def test_plain_headers_of_cause_and_id() -> None:
    found = traits(("message-id", b"m2"), ("causationId", b"m1"), ("event-type", b"Paid"))
    assert (found.event_id, found.parent_id, found.type) == ("m2", "m1", "Paid")


def test_a_replay_is_marked() -> None:
    assert traits(("ce_source", b"/shop"), (REPLAY_HEADER, b"r1")).replay_id == "r1"


def test_the_last_of_equal_headers_counts() -> None:
    assert traits(("ce_source", b"/first"), ("ce_source", b"/second")).sender == Alias("source", "/second")


def test_quotes_of_springs_mapper_are_left_out() -> None:
    assert traits(("ce_source", b'"/billing"')).sender == Alias("source", "/billing")


@pytest.mark.parametrize("field", ["type", "eventType", "event_type"])
def test_a_small_json_body_without_headers_may_name_its_type(field: str) -> None:
    value = json.dumps({"a": {"type": "inner"}, field: "OrderPlaced"}).encode()
    assert traits(value=value) == Traits(type="OrderPlaced", convention="json")


@pytest.mark.parametrize(
    "value",
    [b"", None, b"{", b"[1]", b'{"type": 5}', b'{"type": ""}', b'{"type": "x", "y": "' + b"z" * 5000 + b'"}'],
)
def test_other_bodies_name_no_type(value: bytes | None) -> None:
    assert traits(value=value) == Traits()


def test_a_sender_with_control_characters_is_none() -> None:
    assert traits(("ce_source", b"\x00\x01\x02"), ("ce_id", b"1")).sender is None


_names = st.one_of(st.sampled_from(sorted(FIELDS)), st.text(max_size=20))
_bytes = st.one_of(
    st.binary(max_size=60), st.sampled_from([b"0", b'"', b"00-", b"application/cloudevents+json"])
)
_headers = st.lists(st.tuples(_names, st.one_of(st.none(), _bytes)), max_size=8).map(tuple)


@given(
    _headers, st.one_of(st.none(), st.binary(max_size=200), st.just(b"[" * 10_000), st.just(b'{"a":' * 700))
)
def test_no_bytes_make_it_fail(headers: Headers, value: bytes | None) -> None:
    found = traits(*headers, value=value)
    for text in (found.type, found.event_id, found.parent_id, found.flow_id, found.replay_id):
        assert text is None or 0 < len(text) <= 500


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner)))
def test_no_envelope_makes_it_fail(body: object) -> None:
    value = json.dumps({"source": body, "messageType": body, "type": body}).encode()
    traits(("content-type", b"application/cloudevents+json"), value=value)
    traits(("content-type", b"application/vnd.masstransit+json"), value=value)
    traits(value=value)
