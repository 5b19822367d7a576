"""What Kafka Streams leaves behind, in the graph."""

from __future__ import annotations

from typing import Any

from graph.identity import Action
from graph.model import Alias, ApplicationKind
from inspector.discovery.facts import Report, Writer
from inspector.discovery.names import kind, stem
from inspector.discovery.sources.streams import Streams
from inspector.observation import GroupSeen, ProducerSeen, ProducersGone

SEND = Action.SEND
CHANGELOG = "bill-KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog"


def test_who_writes_the_changelog_is_the_application(world: Any) -> None:
    world.channels("orders", "invoices", CHANGELOG)
    world.group("bill", [], "orders")
    world.producer(7, CHANGELOG)
    world.producer(7, "invoices")
    assert ("bill", "send", "invoices") in world.edges()
    assert world.operation("bill", SEND, "invoices").confidence > 0.9
    assert world.application("bill").kind is ApplicationKind.STREAM_PROCESSOR


def test_a_named_store_needs_a_member_of_streams(world: Any) -> None:
    world.channels("orders", "invoices", "bill-store-changelog")
    world.producer(7, "bill-store-changelog")
    world.producer(7, "invoices")
    world.group("bill", ["bill-1"], "orders")
    assert ("bill", "send", "invoices") not in world.edges()
    world.group("bill", ["node-a-StreamThread-1-consumer"], "orders")
    assert ("bill", "send", "invoices") in world.edges()


def test_the_longest_application_id_owns_a_topic(world: Any) -> None:
    world.channels("orders", "invoices", "bill-late-store-changelog")
    for group in ("bill", "bill-late"):
        world.group(group, [f"{group}-StreamThread-1-consumer"], "orders")
    world.producer(7, "bill-late-store-changelog")
    world.producer(7, "invoices")
    assert {edge for edge in world.edges() if edge[2] == "invoices"} == {("bill-late", "send", "invoices")}


def test_client_ids_with_and_without_a_uuid() -> None:
    uuid = "b7b30c0e-f7aa-4b7e-a96a-bb5e61c03a48"
    for value in (
        f"bill-{uuid}-StreamThread-1-consumer",
        "bill-StreamThread-12-producer",
        f"bill-{uuid}-admin",
    ):
        alias = Alias("client-id", value)
        assert (stem(alias), kind(alias)) == ("bill", ApplicationKind.STREAM_PROCESSOR)
    assert kind(Alias("client-id", "bill-admin")) is None


def test_producer_ids_that_are_no_more_write_no_topic(world: Any) -> None:
    source, report = Streams(), Report()
    changelog = world.topic("pipeline-store-changelog")
    source.see(GroupSeen(world.server, "pipeline", "streams", "Empty", ()), world.now_ns)
    for producer_id in (7, 8, 9):
        source.see(ProducerSeen(changelog, 0, producer_id, 0, 1, world.now_ns), world.now_ns)
    source.see(ProducersGone(world.server, frozenset({7, 9})), world.now_ns)
    source.report(report, world.now_ns)
    assert [bond.a for bond in report.bonds] == [Writer(world.server, 8)]
