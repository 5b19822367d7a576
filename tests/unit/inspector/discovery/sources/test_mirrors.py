"""What MirrorMaker 2 tells, in the graph."""

from __future__ import annotations

from typing import Any

from graph.identity import ChannelId, ChannelKind, RouteKind, ServerId
from graph.model import ApplicationKind, EdgeState
from inspector.observation import ChannelSeen, Heartbeat, MirrorsSeen


class Cluster:
    """One more server in a world."""

    def __init__(self, world: Any, name: str) -> None:
        self.world = world
        self.server = ServerId("kafka", f"{name}:9092")

    def topic(self, name: str) -> ChannelId:
        return ChannelId(self.server, ChannelKind.TOPIC, name)

    def has(self, *names: str) -> None:
        self.world.see(*(ChannelSeen(self.topic(name), 1) for name in names))

    def told(self, flows: tuple[tuple[str, str], ...], mirrored: tuple[tuple[str, str], ...]) -> None:
        beats = tuple(Heartbeat(*flow, self.world.now_ns) for flow in flows)
        for _ in range(2):  # looks
            self.world.see(MirrorsSeen(self.server, beats, mirrored))


def test_original_and_copy_are_joined_by_a_route(world: Any) -> None:
    east, west = Cluster(world, "east"), Cluster(world, "west")
    east.has("orders", "own")
    west.has("heartbeats", "east.heartbeats", "east.orders", "own")
    west.told((("east", "west"),), ())
    east.told((), (("west", "orders"), ("west", "heartbeats")))
    graph = world.graph()
    assert {(route.source, route.target, route.kind) for route in graph.routes} == {
        (east.topic("orders"), west.topic("east.orders"), RouteKind.MIRROR)
    }
    assert {route.confidence for route in graph.routes.values()} == {0.97}
    mirror = world.application("connect-mirror-maker-east→west")
    assert (mirror.name, mirror.kind) == ("MirrorMaker east→west", ApplicationKind.CONNECTOR)
    assert {each.id.channel for each in graph.operations_of(mirror.id)} == {
        west.topic("heartbeats"),
        west.topic("east.heartbeats"),
        west.topic("east.orders"),
    }
    assert graph.channels[west.topic("heartbeats")].internal
    assert not graph.channels[west.topic("east.orders")].internal


def test_where_the_source_is_not_connected_a_connector_sends_the_copies(world: Any) -> None:
    west = Cluster(world, "west")
    west.has("heartbeats", "east.heartbeats", "east.orders", "orders")
    west.told((("east", "west"),), ())
    graph = world.graph()
    assert graph.routes == {}
    assert {(key.channel.name, one.confidence) for key, one in graph.operations.items()} == {
        ("heartbeats", 0.98), ("east.heartbeats", 0.9), ("east.orders", 0.9),
    }  # fmt: skip


def test_the_identity_policy_both_ways_is_a_loop(world: Any) -> None:
    east, west = Cluster(world, "east"), Cluster(world, "west")
    for cluster in (east, west):
        cluster.has("orders", "heartbeats")
    west.told((("east", "west"),), (("east", "orders"),))
    east.told((("west", "east"),), (("west", "orders"),))
    graph = world.graph()
    assert {(route.source, route.target) for route in graph.routes} == {
        (east.topic("orders"), west.topic("orders")),
        (west.topic("orders"), east.topic("orders")),
    }
    assert [each.subject for each in graph.findings if each.rule == "mirror-loop"] == [east.topic("orders")]


def test_one_of_two_servers_that_are_mirrored_by_identity_suggests_the_loop(world: Any) -> None:
    west = Cluster(world, "west")
    west.has("orders", "heartbeats", "east.heartbeats")
    west.told((("east", "west"),), (("east", "orders"), ("east", "heartbeats")))
    findings = [each for each in world.graph().findings if each.rule == "mirror-loop"]
    assert [each.subject for each in findings] == [west.topic("orders")]
    west.has("east.orders")
    assert not [each for each in world.graph().findings if each.rule == "mirror-loop"]


def test_equal_aliases_of_two_systems_are_told_apart_by_their_channels_or_not_at_all(world: Any) -> None:
    one, two, west = Cluster(world, "one"), Cluster(world, "two"), Cluster(world, "west")
    west.has("heartbeats", "east.orders")
    west.told((("east", "west"),), ())
    for cluster in (one, two):
        cluster.told((), (("west", "orders"),))
        cluster.has("orders")
    assert world.graph().routes == {}
    west.has("east.payments")
    one.has("payments")
    assert {route.source.server for route in world.graph().routes} == {one.server}


def test_a_mirror_that_stopped_has_no_routes_and_is_of_the_past(world: Any) -> None:
    east, west = Cluster(world, "east"), Cluster(world, "west")
    east.has("orders")
    west.has("heartbeats", "east.orders")
    west.told((("east", "west"),), ())
    east.told((), (("west", "orders"),))
    assert world.graph().routes
    world.wait(3 * 24 * 3600)
    graph = world.graph()
    assert graph.routes == {}
    assert {operation.state for operation in graph.operations.values()} == {EdgeState.HISTORIC}


def test_a_server_of_another_system_with_the_same_alias_is_no_source(world: Any) -> None:
    other, west = Cluster(world, "other"), Cluster(world, "west")
    other.has("orders", "bills")
    west.has("heartbeats", "east.orders", "east.stock", "east.prices")
    west.told((("east", "west"),), ())
    other.told((), (("west", "orders"), ("west", "bills")))
    assert world.graph().routes == {}


def test_a_topic_of_its_own_with_the_name_of_an_original_is_no_copy_at_the_first_look(world: Any) -> None:
    east, west = Cluster(world, "east"), Cluster(world, "west")
    east.has("orders")
    west.has("heartbeats", "orders")
    west.told((("east", "west"),), ())
    world.see(MirrorsSeen(east.server, (), (("west", "orders"),)))
    assert world.graph().routes == {}
    west.has("east.orders")
    east.told((), (("west", "orders"),))
    assert {route.target for route in world.graph().routes} == {west.topic("east.orders")}
