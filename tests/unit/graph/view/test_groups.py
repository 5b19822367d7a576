"""Who belongs to which group."""

from __future__ import annotations

import pytest

from graph.identity import (
    Action,
    ApplicationId,
    BundleId,
    ChannelId,
    ChannelKind,
    GroupId,
    LoopId,
    OperationId,
    ServerId,
)
from graph.model import (
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    LoopStatus,
    Operation,
    Server,
)
from graph.view.groups import WAYS, grouped, members, title
from graph.view.index import index

ONE, TWO = ServerId("pulsar", "one:6650"), ServerId("kafka", "two:9092")


def made(*edges: str, owners: dict[str, str] | None = None) -> DependencyGraph:
    """`app > channel` and `app < channel`; channels that begin with `2:` are on the second server."""
    channels: dict[ChannelId, Channel] = {}
    operations: dict[OperationId, Operation] = {}
    applications: dict[ApplicationId, Application] = {}
    for edge in edges:
        name, sign, where = edge.split()
        server = TWO if where.startswith("2:") else ONE
        channel = ChannelId(server, ChannelKind.TOPIC, where.removeprefix("2:"))
        application = ApplicationId(name)
        key = OperationId(application, Action.SEND if sign == ">" else Action.RECEIVE, channel)
        channels[channel], operations[key] = Channel(channel), Operation(key, 0.9, ())
        owner = (owners or {}).get(name)
        applications[application] = Application(application, name, ApplicationKind.SERVICE, owner=owner)
    return DependencyGraph({ONE: Server(ONE, "events")}, applications, channels, operations)


def groups(graph: DependencyGraph, by: str) -> dict[str, str]:
    found = index(graph)
    known = grouped(graph, found, by)
    names = [getattr(node, "name", "") or getattr(node, "key", "") for node in found.nodes]
    of = known.of.tolist()
    return {name: known.ids[at].name for name, at in zip(names, of, strict=True) if at >= 0}


def test_an_application_belongs_to_the_server_where_all_its_channels_are() -> None:
    graph = made("a > x", "a < y", "b < 2:z", "c < x", "c > 2:z")
    one, two = str(ONE), str(TWO)
    assert groups(graph, "server") == {"a": one, "x": one, "y": one, "b": two, "z": two}
    assert title(graph, GroupId("server", one)) == "events"
    assert title(graph, GroupId("server", two)) == two
    assert title(graph, GroupId("team", "crm")) == "crm"


def test_a_namespace_is_tenant_and_namespace() -> None:
    graph = made("a > persistent://shop/eu/orders", "a < non-persistent://shop/eu/pings", "b < plain")
    assert groups(graph, "namespace") == {
        "a": "shop/eu",
        "persistent://shop/eu/orders": "shop/eu",
        "non-persistent://shop/eu/pings": "shop/eu",
    }


def test_a_team_owns_channels_to_which_it_alone_sends() -> None:
    owners = {"a": "crm", "b": "crm", "c": "ops"}
    graph = made("a > x", "b > x", "c < x", "c > y", "a > y", "b < unsent", "nobody > z", owners=owners)
    assert groups(graph, "team") == {"a": "crm", "b": "crm", "c": "ops", "x": "crm", "unsent": "crm"}


def test_a_domain_is_what_stands_before_a_slash_in_the_name_of_a_team() -> None:
    owners = {"a": "sales/crm", "b": "sales / offers", "c": "ops"}
    graph = made("a > x", "b < x", "c < x", "c > y", owners=owners)
    assert groups(graph, "domain") == {"a": "sales", "b": "sales", "c": "ops", "x": "sales", "y": "ops"}
    assert groups(graph, "team")["a"] == "sales/crm"


def test_a_prefix_is_shared_by_two_names_or_more() -> None:
    graph = made(
        "shop-api > shop.orders", "mail < shop.orders", "mail > mail.sent", "x < lone.y", "_a_ > _a_b"
    )
    assert groups(graph, "prefix") == {
        "shop-api": "shop",
        "shop.orders": "shop",
        "_a_": "_a",
        "_a_b": "_a",
    }
    graph = made("reader < shop.orders", "reader < shop.carts", "both < shop.orders", "both > z")
    assert groups(graph, "prefix") == {"reader": "shop", "shop.orders": "shop", "shop.carts": "shop"}


def test_without_a_way_of_grouping_there_are_no_groups() -> None:
    graph = made("a > x")
    assert groups(graph, "none") == {}
    with pytest.raises(KeyError):
        groups(graph, "colour")
    for by in WAYS:
        assert groups(DependencyGraph(), by) == {}


def test_groups_stay_the_very_same_while_what_tells_them_does() -> None:
    graph = made("a > x", "b > x", owners={"a": "crm"})
    found = index(graph)
    first = grouped(graph, found, "team")
    assert grouped(graph, found, "team", first) is first
    other = made("a > x", "b > x", owners={"a": "ops"})
    assert grouped(other, index(other, found), "team", first).ids == (GroupId("team", "ops"),)
    assert grouped(graph, found, "server", first).by == "server"


def test_members() -> None:
    graph = made("a > x", "a < y", "b > x", owners={"a": "crm"})
    group = GroupId("team", "crm")
    x, y = (ChannelId(ONE, ChannelKind.TOPIC, name) for name in "xy")
    a, b = ApplicationId("a"), ApplicationId("b")
    assert members(graph, group) == {a, y}
    assert members(graph, BundleId(b, group)) == {a, b, y}
    assert members(graph, GroupId("team", "gone")) == frozenset()
    assert members(graph, ONE) == {x, y}
    loop = FeedbackLoop(LoopId("p"), (x, a), (), LoopStatus.ACTIVE, 0.9)
    looped = DependencyGraph({}, graph.applications, graph.channels, graph.operations, {}, {loop.id: loop})
    assert members(looped, loop.id) == {x, a}
    assert members(looped, LoopId("gone")) == frozenset()
