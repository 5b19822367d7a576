"""What Kafka Connect tells, in the graph."""

from __future__ import annotations

from typing import Any

from graph.identity import Action, ChannelId, ChannelKind, ServerId
from graph.model import Alias, ApplicationKind, EdgeState
from inspector.discovery.names import stem
from inspector.observation import (
    ChannelSeen,
    Connector,
    ConnectorsSeen,
    Heartbeat,
    MirrorsSeen,
    ProducersGone,
)

SEND, RECEIVE = Action.SEND, Action.RECEIVE
URL = "http://worker:8083"


def connect(world: Any, *connectors: Connector, url: str = URL) -> None:
    world.see(ConnectorsSeen(world.server, url, connectors))


def test_a_source_sends_and_a_sink_receives_what_it_uses(world: Any) -> None:
    world.channels("orders", "shipped")
    connect(
        world,
        Connector("Order-Import", SEND, (world.topic("orders"),), description="From a file", running=2),
        Connector("export", RECEIVE, (world.topic("orders"),)),
    )
    world.group("connect-export", ["connector-consumer-export-0"], "orders")
    assert world.edges() == {
        ("connect-order-import", "send", "orders"),
        ("connect-export", "receive", "orders"),
    }
    source = world.application("connect-order-import")
    assert (source.name, source.kind) == ("Order-Import", ApplicationKind.CONNECTOR)
    assert (source.description, source.instances) == ("From a file", 2)
    assert world.application("connect-export").name == "export"
    assert world.operation("connect-order-import", SEND, "orders").confidence == 0.97
    assert Alias("group", "connect-export") in world.application("connect-export").aliases


def test_records_without_a_name_are_those_of_the_one_source_of_a_channel(world: Any) -> None:
    world.channels("orders")
    world.records("orders", 5)
    connect(world, Connector("a", SEND, (world.topic("orders"),)))
    assert world.edges() == {("connect-a", "send", "orders")}
    connect(
        world,
        Connector("a", SEND, (world.topic("orders"),)),
        Connector("b", SEND, (world.topic("orders"),)),
    )
    assert {key for key, _, _ in world.edges() if key.startswith("?")}


def test_a_configuration_says_less_than_what_is_used(world: Any) -> None:
    world.channels("in", "out", "new", "x-1", "dlq")
    connect(
        world,
        Connector("plain", SEND, None, (world.topic("in"),)),
        Connector("routed", SEND, None, (world.topic("out"),), renames=True),
        Connector("fresh", SEND, (), (world.topic("new"),)),
        Connector("many", RECEIVE, None, pattern="x-.*", dead_letters=world.topic("dlq")),
        Connector("java", RECEIVE, None, pattern="(?<name>x)\\p{Lu}["),
    )
    said = {
        (key.application.key, key.channel.name): operation.confidence
        for key, operation in world.graph().operations.items()
    }
    assert said == {
        ("connect-plain", "in"): 0.9,
        ("connect-routed", "out"): 0.5,
        ("connect-fresh", "new"): 0.5,
        ("connect-many", "x-1"): 0.9,
        ("connect-many", "dlq"): 0.5,
    }


def test_a_failure_is_a_finding_until_it_ends(world: Any) -> None:
    world.channels("orders")
    broken = Connector("a", RECEIVE, (), (world.topic("orders"),), trouble="1 of 1 tasks failed.")
    connect(world, broken)
    found = [each for each in world.graph().findings if each.rule == "failed-connector"]
    assert [(each.subject, each.message) for each in found] == [
        (world.application("connect-a").id, "1 of 1 tasks failed.")
    ]
    connect(world, Connector("a", RECEIVE, (), (world.topic("orders"),)))
    assert not [each for each in world.graph().findings if each.rule == "failed-connector"]


def test_a_connector_that_was_deleted_is_of_the_past(world: Any) -> None:
    world.channels("orders")
    connector = Connector("a", SEND, (world.topic("orders"),))
    connect(world, connector)
    connect(world, url="http://other:8083")
    assert world.operation("connect-a", SEND, "orders").state is EdgeState.OBSERVED
    world.wait(10)
    connect(world)
    assert world.operation("connect-a", SEND, "orders").state is EdgeState.HISTORIC
    connect(world, connector)
    assert world.operation("connect-a", SEND, "orders").state is EdgeState.OBSERVED


def test_a_connector_deleted_on_one_server_lives_on_another_of_that_name(world: Any) -> None:
    other = ServerId("kafka", "other:9092")
    there = ChannelId(other, ChannelKind.TOPIC, "orders")
    world.see(ChannelSeen(there, 1), ConnectorsSeen(other, URL, (Connector("a", SEND, (there,), running=3),)))
    world.channels("orders")
    connect(world, Connector("a", SEND, (world.topic("orders"),)))
    world.wait(10)
    connect(world)
    states = {key.channel: each.state for key, each in world.graph().operations.items()}
    assert states[there] is EdgeState.OBSERVED
    assert (world.application("connect-a").detail, world.application("connect-a").instances) == ("", 3)
    world.wait(10)
    world.see(ConnectorsSeen(other, URL, ()))
    assert world.application("connect-a").instances is None
    assert world.application("connect-a").detail.startswith("gone, last seen")


def test_an_exactly_once_source_has_transactional_ids_of_its_own(world: Any) -> None:
    world.channels("orders")
    world.group("shop-connect", [], kind="connect")
    world.producer(7, "orders")
    world.transaction("shop-connect-import-0", 7)
    connect(world, Connector("import", SEND, (world.topic("orders"),)))
    assert world.edges() == {("connect-import", "send", "orders")}
    transaction = Alias("transactional-id", "shop-connect-import-0")
    assert transaction in world.application("connect-import").aliases
    world.see(ProducersGone(world.server, frozenset({7})))
    assert transaction not in world.application("connect-import").aliases


def test_debezium_is_one_with_the_name_in_its_records(world: Any) -> None:
    world.channels("shop.orders")
    world.records("shop.orders", 6, (("__debezium.context.connectorLogicalName", b"shop"),))
    connect(world, Connector("cdc", SEND, (world.topic("shop.orders"),), logical_name="shop"))
    assert len(world.edges()) == 1


def test_names_of_instances_are_not_merged() -> None:
    assert stem(Alias("connector", "import-1")) != stem(Alias("connector", "import-2"))


def test_workers_that_were_not_asked_are_told(world: Any) -> None:
    def told() -> list[str]:
        return [each.why for each in world.graph().unavailable if each.what == "connectors"]

    world.group("east-mm2", ["mirror-1"], kind="connect")
    world.group("gone-connect", [], kind="connect")
    assert told() == []
    world.group("shop-connect", ["connect-1"], kind="connect")
    assert told() == ["Workers of Kafka Connect run here (shop-connect) that the address does not name."]
    connect(world)
    assert told() == []


def test_the_connectors_of_a_mirror_are_one_with_it(world: Any) -> None:
    world.channels("heartbeats", "east.orders")
    world.see(MirrorsSeen(world.server, (Heartbeat("east", "west", world.now_ns),), ()))
    copies = (world.topic("east.orders"),)
    connect(
        world,
        Connector("copies", SEND, copies, mirror=("east", "west")),
        Connector("beats", SEND, (world.topic("heartbeats"),), mirror=("east", "west")),
    )
    (mirror,) = world.graph().applications.values()
    assert mirror.name == "MirrorMaker east→west"
    assert {edge[2] for edge in world.edges()} == {"heartbeats", "east.orders"}
