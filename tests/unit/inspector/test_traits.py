from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.conventions.headers import FIELDS
from inspector.record import Headers, Position, Record
from inspector.replay.marks import REPLAY_HEADER
from inspector.traits import Traits, read

CHANNEL = ChannelId(ServerId("kafka", "broker:9092"), ChannelKind.TOPIC, "orders")
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def traits(*headers: tuple[str, bytes | None], value: bytes | None = b"x") -> Traits:
    return read(Record(CHANNEL, Position(0, 0), 1, None, value, headers))


def test_a_trace_gives_only_the_flow() -> None:
    assert traits(("traceparent", PARENT.encode())) == Traits(flow_id=TRACE, convention="w3c")
    assert traits(("b3", f"{TRACE}-b7ad6b7169203331-1".encode())).flow_id == TRACE
    assert traits(("X-B3-TraceId", TRACE.encode())).flow_id == TRACE


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


@pytest.mark.parametrize(
    ("name", "value", "attempt"),
    [
        ("retry_topic-attempts", (3).to_bytes(4, "big"), 3),
        ("retry_topic-attempts", b"3", 3),
        ("NServiceBus.Retries", b"2", 2),
        ("MT-Redelivery-Count", b"1", 1),
        ("x-retry-count", b"4", 4),
        ("RECONSUMETIMES", b"5", 5),
        ("attempts", b"many", None),
        ("attempts", b"99999999", None),
        ("retries", (-1).to_bytes(4, "big", signed=True), None),
    ],
)
def test_how_often_a_record_was_tried(name: str, value: bytes, attempt: int | None) -> None:
    assert traits((name, value)).attempt == attempt


@pytest.mark.parametrize(
    ("name", "value", "channel"),
    [
        ("kafka_replyTopic", b"replies", "replies"),
        ("NServiceBus.ReplyToAddress", b"Sender@[dbo]@[NServiceBus]", "Sender"),
        ("MT-Response-Address", b"rabbitmq://host/vhost/replies?temporary=true", "replies"),
        ("reply-uri", b"kafka://topic/replies", "replies"),
        ("MT-Response-Address", b"queue:replies", "replies"),
        ("reply-to", b"", None),
        ("reply-to", b"?", None),
    ],
)
def test_where_an_answer_is_waited_for(name: str, value: bytes, channel: str | None) -> None:
    assert traits((name, value)).reply_to == channel


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
