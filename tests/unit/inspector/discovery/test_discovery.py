"""Scripts of observations, and the graph that follows from them."""

from __future__ import annotations

from typing import Any

import pytest

from graph.evidence import CERTAIN
from graph.identity import Action, ChannelId, ChannelKind, RouteKind, ServerId
from graph.model import Alias, ApplicationKind, Unavailable
from inspector.discovery.identity import EQUAL_NAME
from inspector.discovery.sources.commits import UNDATED
from inspector.observation import (
    BatchSeen,
    ChannelGone,
    ChannelSeen,
    CommitSeen,
    GroupSeen,
    NotVisible,
    RecordsSeen,
    RouteSeen,
    VisibleAgain,
)
from inspector.replay.marks import REPLAY_HEADER

SEND, RECEIVE = Action.SEND, Action.RECEIVE


def sources(operation: Any) -> set[str]:
    return {piece.source for piece in operation.evidence}


def test_a_group_receives_what_its_members_are_subscribed_to(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-consumer-1", "billing-consumer-2"], "orders")

    assert world.edges() == {("billing", "receive", "orders")}
    operation = world.operation("billing", RECEIVE, "orders")
    assert operation.confidence == 0.98
    assert sources(operation) == {"kafka.group"}
    assert "billing" in operation.evidence[0].detail
    application = world.application("billing")
    assert application.instances == 2
    assert application.kind is ApplicationKind.SERVICE
    assert Alias("client-id", "billing-consumer-2") in application.aliases


def test_a_group_that_only_commits_receives_too_and_has_a_lag(world: Any) -> None:
    world.channels("orders")
    world.ends("orders", 100)
    world.commit("nightly-report", "orders", 60)
    # Nobody was seen to commit it: it may be of a week ago.
    assert world.operation("nightly-report", RECEIVE, "orders").confidence == UNDATED
    world.wait(5)
    world.commit("nightly-report", "orders", 70)

    operation = world.operation("nightly-report", RECEIVE, "orders")
    assert operation.confidence == 0.9
    assert sources(operation) == {"kafka.committed-offsets"}
    assert operation.lag == 30
    assert world.application("nightly-report").lag == 30
    assert world.application("nightly-report").instances is None


def test_membership_and_commits_support_each_other_and_the_lag_counts_once(world: Any) -> None:
    world.channels("orders")
    world.commit("billing", "orders", 60)
    world.commit("billing", "orders", 70)
    world.group("billing", ["billing-1"], "orders")
    world.ends("orders", 100)

    operation = world.operation("billing", RECEIVE, "orders")
    assert operation.confidence == pytest.approx(1 - 0.02 * 0.1)
    assert world.application("billing").lag == 30


def test_group_client_ids_source_and_transactional_id_are_one_application(world: Any) -> None:
    world.channels("orders", "invoices")
    world.group("billing", ["billing-consumer-1"], "orders")
    world.producer(1000, "invoices")
    world.transaction("billing-tx-0", 1000)
    world.batch("invoices", 20, producer_id=1000)
    world.events("invoices", "/billing", 20, producer_id=1000)

    assert world.edges() == {("billing", "receive", "orders"), ("billing", "send", "invoices")}
    application = world.application("billing")
    assert application.name == "billing"
    assert {alias.value for alias in application.aliases} == {
        "billing",
        "billing-consumer-1",
        "/billing",
        "billing-tx-0",
        "1000",
    }
    assert application.confidence == EQUAL_NAME
    operation = world.operation("billing", SEND, "invoices")
    assert operation.confidence > 0.98
    assert sources(operation) == {
        "kafka.describe-producers",
        "kafka.batch-header",
        "kafka.transactions",
        "headers.cloudevents",
    }


def test_headers_name_a_producer_id_as_far_as_the_edge_and_the_name_are_known(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    world.events("orders", "/shop", 5, producer_id=7)

    operation = world.operation("shop", SEND, "orders")
    assert operation.confidence == pytest.approx(0.99 * 0.95, abs=0.001)


def test_few_records_name_a_producer_id_less_surely(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    world.events("orders", "/shop", 2, producer_id=7)

    assert world.operation("shop", SEND, "orders").confidence == pytest.approx(0.99 * 0.8, abs=0.001)


def test_records_without_producer_id_are_attributed_by_their_source(world: Any) -> None:
    world.channels("orders")
    world.events("orders", "/shop", 5)

    assert world.edges() == {("shop", "send", "orders")}
    assert world.operation("shop", SEND, "orders").confidence == 0.8


def test_what_nothing_names_is_an_unattributed_producer(world: Any) -> None:
    world.channels("orders", "payments")
    world.producer(4021, "orders")
    world.records("payments", 3)

    graph = world.graph()
    by_key = {key.key: each for key, each in graph.applications.items()}
    assert set(by_key) == {f"?{world.topic('orders')}#4021", f"?{world.topic('payments')}#anonymous"}
    known = by_key[f"?{world.topic('orders')}#4021"]
    assert known.name is None
    assert known.kind is ApplicationKind.UNATTRIBUTED
    assert known.detail == "producer id 4021"
    assert known.aliases == (Alias("producer-id", "4021"),)
    assert by_key[f"?{world.topic('payments')}#anonymous"].detail == "no producer id, no name"
    assert {finding.rule for finding in graph.findings} >= {"unattributed-producer"}


def test_one_unnamed_producer_id_on_several_channels_is_one_node_with_a_lasting_id(world: Any) -> None:
    world.channels("orders", "audit")
    world.producer(4021, "orders")
    first = set(world.graph().applications)
    world.producer(4021, "audit")

    graph = world.graph()
    assert set(graph.applications) == first
    assert len(graph.operations) == 2


def test_restarts_of_an_unnamed_producer_are_one_node(world: Any) -> None:
    world.channels("orders")
    for producer_id in (1, 2, 3, 4):
        world.producer(producer_id, "orders")

    (application,) = world.graph().applications.values()
    assert application.detail == "producer ids 1, 2 and 2 more"


def test_several_anonymous_senders_of_a_channel_are_one_node_that_tells_their_libraries(world: Any) -> None:
    world.channels("orders")
    world.batch("orders", 3, base_sequence=0)
    world.batch("orders", 3, base_sequence=-1)
    world.records("orders", 6)

    (operation,) = world.graph().operations.values()
    assert "aiokafka and librdkafka" in operation.evidence[0].detail


def test_a_relay_of_many_sources_keeps_a_node_of_its_own(world: Any) -> None:
    world.channels("all-copies")
    world.producer(50, "all-copies")
    for source in ("/alpha", "/bravo", "/charlie"):
        world.events("all-copies", source, 5, producer_id=50)

    (application,) = world.graph().applications.values()
    assert application.name is None
    assert application.detail == "producer id 50, forwards records of 3 senders"


def test_a_transactional_name_beats_copied_headers(world: Any) -> None:
    world.channels("orders-eu")
    world.transaction("mirror-eu", 9)
    world.producer(9, "orders-eu")
    world.events("orders-eu", "/orders", 50, producer_id=9)

    assert world.edges() == {("mirror-eu", "send", "orders-eu")}


def test_copies_of_events_of_another_channel_are_not_their_senders_doing(world: Any) -> None:
    world.channels("orders", "orders-copy")
    originals = tuple(
        world.record("orders", (("ce_source", b"/shop"), ("ce_id", b"e%d" % number))) for number in range(8)
    )
    world.see(RecordsSeen(world.topic("orders"), originals))
    world.wait(1)
    copies = tuple(
        world.record("orders-copy", (("ce_source", b"/shop"), ("ce_id", b"e%d" % number)))
        for number in range(8)
    )
    world.see(RecordsSeen(world.topic("orders-copy"), copies))

    assert ("shop", "send", "orders") in world.edges()
    assert ("shop", "send", "orders-copy") not in world.edges()
    key = f"?{world.topic('orders-copy')}#anonymous"
    assert world.application(key).detail == "no producer id, copies events of another channel"


def test_devices_in_sources_do_not_become_applications(world: Any) -> None:
    world.channels("readings")
    for number in range(40):
        world.events("readings", f"/devices/sensor{number}x", 1)

    (application,) = world.graph().applications.values()
    assert application.name is None
    assert application.detail == "no producer id, headers name devices or resources"


def test_a_dead_letter_is_sent_by_the_group_that_failed(world: Any) -> None:
    world.channels("orders", "orders.DLT")
    world.group("billing", ["billing-1"], "orders")
    headers = (
        ("ce_source", b"/shop"),
        ("kafka_dlt-original-topic", b"orders"),
        ("kafka_dlt-original-partition", (0).to_bytes(4, "big")),
        ("kafka_dlt-original-offset", (17).to_bytes(8, "big")),
        ("kafka_dlt-original-consumer-group", b"billing"),
    )
    world.records("orders.DLT", 2, headers, producer_id=70)

    assert ("billing", "send", "orders.DLT") in world.edges()
    assert "shop" not in {application for application, _, _ in world.edges()}
    assert len(world.graph().applications) == 1
    assert world.operation("billing", SEND, "orders.DLT").confidence >= 0.99
    assert {finding.rule for finding in world.graph().findings} >= {"dead-letters"}


def test_dead_letters_without_a_group_make_a_route(world: Any) -> None:
    world.channels("orders", "orders-dlt")
    headers = (
        ("kafka_dlt-original-topic", b"orders"),
        ("kafka_dlt-original-partition", b"\0\0\0\0"),
        ("kafka_dlt-original-offset", b"\0\0\0\0\0\0\0\1"),
    )
    world.records("orders-dlt", 2, headers)

    (route,) = world.graph().routes
    assert (route.source.name, route.target.name, route.kind) == (
        "orders",
        "orders-dlt",
        RouteKind.DEAD_LETTER,
    )


def test_exactly_once_joins_a_group_and_a_producer_id_by_what_it_commits(world: Any) -> None:
    world.channels("in", "out", "__consumer_offsets")
    world.group("pipeline", ["a-client"], "in")
    world.producer(77, "out")
    world.see(CommitSeen(world.server, "pipeline", world.topic("in"), 77, world.now_ns))

    assert world.edges() == {("pipeline", "receive", "in"), ("pipeline", "send", "out")}
    assert world.application("pipeline").kind is ApplicationKind.STREAM_PROCESSOR
    assert world.application("pipeline").confidence >= 0.97


def test_writing_to_the_partition_of_a_groups_commits_alone_joins_nothing(world: Any) -> None:
    world.channels("in", "out")
    world.see(ChannelSeen(world.topic("__consumer_offsets"), 1, internal=True))
    world.group("pipeline", ["a-client"], "in")
    world.producer(77, "out")
    world.producer(77, "__consumer_offsets")

    assert ("pipeline", "send", "out") not in world.edges()


def test_kafka_streams_names_are_one_stream_processor(world: Any) -> None:
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    world.channels("in", "out")
    world.group("enrich", [f"enrich-{uuid}-StreamThread-1-consumer"], "in")
    world.transaction(f"enrich-{uuid}-1", 5)
    world.producer(5, "out")

    assert world.edges() == {("enrich", "receive", "in"), ("enrich", "send", "out")}
    assert world.application("enrich").kind is ApplicationKind.STREAM_PROCESSOR


def test_a_connector_is_not_the_service_of_the_same_name(world: Any) -> None:
    world.channels("in")
    world.group("connect-orders", ["connector-consumer-orders-0"], "in")
    world.group("orders", ["orders-1"], "in")

    assert {application for application, _, _ in world.edges()} == {"connect-orders", "orders"}
    assert world.application("connect-orders").kind is ApplicationKind.CONNECTOR
    assert world.application("orders").kind is ApplicationKind.SERVICE


def test_a_client_id_of_several_groups_joins_none_of_them(world: Any) -> None:
    world.channels("in")
    for group in ("alpha", "bravo", "charlie"):
        world.group(group, ["kafka-client-shared"], "in")

    assert {application for application, _, _ in world.edges()} == {"alpha", "bravo", "charlie"}


def test_eventscope_itself_never_appears(world: Any) -> None:
    world.channels("in")
    world.group("eventscope-observe", ["eventscope-ann"], "in")
    world.group("billing", ["eventscope-ann", "billing-1"], "in")
    world.commit("eventscope", "in", 5)
    world.transaction("eventscope-replay", 3)
    world.events("in", "/eventscope", 5)

    graph = world.graph()
    text = repr(graph.operations) + repr(graph.applications)
    assert "eventscope" not in text
    assert world.application("billing").instances == 1


def test_replayed_records_are_no_evidence_for_a_sender(world: Any) -> None:
    world.channels("orders")
    world.records("orders", 5, (("ce_source", b"/shop"), (REPLAY_HEADER, b"r1")))

    assert world.graph().operations == {}


def test_a_growing_channel_that_cannot_be_read_has_a_sender_all_the_same(world: Any) -> None:
    world.channels("secret")
    world.ends("secret", 10)
    for end in (20, 30, 40, 50):
        world.wait(5)
        world.ends("secret", end)

    (application,) = world.graph().applications.values()
    assert application.detail == "cannot be seen"


def test_a_deleted_channel_goes_with_its_edges(world: Any) -> None:
    world.channels("orders")
    world.group("billing", ["billing-1"], "orders")
    world.producer(4, "orders")
    world.see(ChannelGone(world.topic("orders")))
    assert world.graph().channels == {}
    assert world.graph().operations == {}

    world.channels("orders")
    assert world.graph().operations == {}


def test_routes_of_the_broker_are_kept_with_their_evidence(world: Any) -> None:
    world.channels("a", "b")
    world.see(RouteSeen(world.topic("a"), world.topic("b"), RouteKind.MIRROR, "mm2", 0.9, "A mirrors to B."))
    (route,) = world.graph().routes.values()
    assert route.confidence == pytest.approx(0.9)
    assert route.evidence[0].source == "mm2"


def test_hidden_receivers_are_not_drawn_as_none(world: Any) -> None:
    hidden = Unavailable("receivers", "Kafka refuses Describe on 2 groups.", "Allow it.")
    world.channels("orders")
    world.ends("orders", 10)
    world.see(NotVisible(hidden, groups=True))
    world.wait(10)
    graph = world.graph()
    assert graph.unavailable == (hidden,)
    assert not graph.channels[world.topic("orders")].receivers_visible
    assert "no-receiver" not in {finding.rule for finding in graph.findings}

    world.see(VisibleAgain("receivers"))
    graph = world.graph()
    assert graph.unavailable == ()
    assert graph.channels[world.topic("orders")].receivers_visible
    assert "no-receiver" in {finding.rule for finding in graph.findings}


def test_a_vanished_group_stays_with_when_it_was_last_seen(world: Any) -> None:
    world.channels("orders")
    world.group("billing", ["billing-1"], "orders")
    seen_ns = world.now_ns
    world.wait(3600)

    assert world.operation("billing", RECEIVE, "orders").evidence[0].last_seen_ns == seen_ns


def test_who_sent_a_record(world: Any) -> None:
    world.channels("orders", "payments")
    world.transaction("shop-tx-1", 5)
    world.producer(5, "orders")
    world.records("payments", 3)
    graph = world.graph()
    from inspector.traits import read

    by_id = world.record("orders", producer_id=5)
    assert world.discovery.application(by_id, read(by_id)).key == "shop"
    unnamed = world.record("payments")
    assert world.discovery.application(unnamed, read(unnamed)) in graph.applications
    replayed = world.record("payments", ((REPLAY_HEADER, b"r"),))
    assert world.discovery.application(replayed, read(replayed)) is None


def test_control_batches_are_no_records(world: Any) -> None:
    world.channels("orders")
    world.see(BatchSeen(world.topic("orders"), 0, 0, 1, 78, world.now_ns, -1, -1, -1, True, True, "none"))
    assert world.graph().operations == {}


def test_a_dead_group_without_members_or_commits_is_nobody(world: Any) -> None:
    world.channels("orders")
    world.see(GroupSeen(world.server, "gone", "classic", "Dead"))
    assert world.graph().applications == {}


def test_a_producer_id_is_named_by_those_of_its_records_that_name_a_sender(world: Any) -> None:
    world.channels("carts", "clicks")
    world.events("carts", "/storefront", 6, producer_id=3)
    world.records("clicks", 200, producer_id=3)

    assert world.edges() == {("storefront", "send", "carts"), ("storefront", "send", "clicks")}
    assert world.operation("storefront", Action.SEND, "clicks").confidence < CERTAIN


def test_what_the_broker_writes_for_itself_has_no_unknown_sender(world: Any) -> None:
    internal = ChannelSeen(world.topic("__consumer_offsets"), 1, internal=True)
    world.see(internal)
    world.ends("__consumer_offsets", 0)
    world.ends("__consumer_offsets", 50)
    world.wait(60)
    world.ends("__consumer_offsets", 100)

    assert world.edges() == set()


def test_a_connector_has_the_name_that_people_gave_it(world: Any) -> None:
    world.channels("in")
    world.group("connect-orders-sink", ["connector-consumer-orders-sink-0"], "in")

    assert world.application("connect-orders-sink").name == "orders-sink"


def test_a_copy_that_is_read_before_its_original_is_taken_back(world: Any) -> None:
    world.channels("orders", "orders-copy")
    headers = [(("ce_source", b"/shop"), ("ce_id", b"e%d" % number)) for number in range(8)]
    originals = tuple(world.record("orders", each) for each in headers)
    world.wait(1)
    world.see(
        RecordsSeen(
            world.topic("orders-copy"), tuple(world.record("orders-copy", each, 50) for each in headers)
        )
    )
    assert ("shop", "send", "orders-copy") in world.edges()
    world.see(RecordsSeen(world.topic("orders"), originals))

    assert ("shop", "send", "orders") in world.edges()
    assert ("shop", "send", "orders-copy") not in world.edges()


def test_the_producer_id_of_a_replay_is_not_in_the_graph(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    world.producer(9, "orders")
    world.records("orders", 3, producer_id=7)
    world.records("orders", 1, ((REPLAY_HEADER, b"1"),), producer_id=9)

    (application,) = world.graph().applications.values()
    assert application.detail == "producer id 7"


def test_refusals_of_two_servers_do_not_lift_each_other(world: Any) -> None:
    other = ServerId("kafka", "other:9092")
    hidden = Unavailable("receivers", "Kafka refuses Describe on 2 groups.", "Allow it.")
    elsewhere = Unavailable("receivers", "Kafka refuses Describe on 3 groups.", "Allow it there.")
    there = ChannelId(other, ChannelKind.TOPIC, "orders")
    world.channels("orders")
    world.see(
        ChannelSeen(there, 1), NotVisible(hidden, world.server, True), NotVisible(elsewhere, other, True)
    )
    assert world.graph().unavailable == (hidden, elsewhere)

    world.see(VisibleAgain("receivers", world.server))
    graph = world.graph()
    assert graph.unavailable == (elsewhere,)
    assert graph.channels[world.topic("orders")].receivers_visible
    assert not graph.channels[there].receivers_visible
