from __future__ import annotations

import networkx
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence import Evidence
from graph.hubs import Hub, find_hubs
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    EdgeId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import PERMISSION, Channel, DependencyGraph, EdgeState, Operation, Route

SERVER = ServerId("kafka", "h:1")


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def application(name: str) -> ApplicationId:
    return ApplicationId(name)


def receives(who: str, what: str) -> OperationId:
    return OperationId(application(who), Action.RECEIVE, channel(what))


def sends(who: str, what: str) -> OperationId:
    return OperationId(application(who), Action.SEND, channel(what))


def system(*edges: EdgeId) -> DependencyGraph:
    return DependencyGraph(
        operations={e: Operation(e, 1.0, ()) for e in edges if isinstance(e, OperationId)},
        routes={e: Route(e, 1.0, ()) for e in edges if isinstance(e, RouteId)},
    )


def hub(graph: DependencyGraph, node: ApplicationId | ChannelId) -> Hub:
    (found,) = (hub for hub in find_hubs(graph) if hub.node == node)
    return found


SHOP = system(
    *(sends(f"sender-{at}", "in") for at in range(4)),
    receives("middle", "in"),
    receives("middle", "config"),
    sends("admin", "config"),
    sends("middle", "out"),
    *(receives(f"receiver-{at}", "out") for at in range(3)),
    sends("receiver-0", "last"),
    receives("archive", "last"),
)


def test_fans_are_counted_in_channels_and_in_applications() -> None:
    assert hub(SHOP, application("middle")) == Hub(application("middle"), 2, 1, 5, 3, 5, 4)
    assert hub(SHOP, channel("in")) == Hub(channel("in"), 4, 1, 4, 1, 4, 5)
    assert hub(SHOP, application("archive")) == Hub(application("archive"), 1, 0, 1, 0, 7, 0)


def test_who_stands_between_the_most_pairs_comes_first() -> None:
    found = find_hubs(SHOP)
    assert [(hub.node, hub.between) for hub in found[:3]] == [
        (channel("out"), 6 * 4),
        (channel("in"), 4 * 5),
        (application("middle"), 5 * 4),
    ]
    assert [hub.between for hub in found] == sorted((hub.between for hub in found), reverse=True)


def test_a_loop_of_its_own_is_nobody_else() -> None:
    graph = system(receives("one", "a"), sends("one", "a"))
    assert hub(graph, application("one")) == Hub(application("one"), 1, 1, 0, 0, 0, 0)


def test_a_route_counts_as_a_way_and_as_no_application() -> None:
    graph = system(
        sends("one", "a"), RouteId(channel("a"), channel("b"), RouteKind.MIRROR), receives("two", "b")
    )
    assert hub(graph, channel("b")) == Hub(channel("b"), 1, 1, 0, 1, 1, 1)
    assert hub(graph, application("two")).upstream == 1


def test_what_nobody_saw_does_not_count() -> None:
    graph = system(sends("one", "a"), receives("two", "a"), receives("three", "a"), sends("one", "own"))
    allowed = Evidence("acl", PERMISSION, 0.9, 0, 1, "It may.")
    late = receives("three", "a")
    graph.operations[late] = Operation(late, 0.9, (allowed,))
    graph.channels[channel("own")] = Channel(channel("own"), internal=True)
    assert [hub.node for hub in find_hubs(graph)] == [channel("a"), application("one"), application("two")]
    assert hub(graph, application("one")).fan_out == 1
    past = receives("two", "a")
    graph.operations[past] = Operation(past, 0.9, (), state=EdgeState.HISTORIC)
    assert {hub.node for hub in find_hubs(graph)} == {channel("a"), application("one")}


def test_an_empty_graph_has_no_hub() -> None:
    assert find_hubs(DependencyGraph()) == ()


names = st.sampled_from("abcde")
operations = st.one_of(st.builds(receives, names, names), st.builds(sends, names, names))
routes = st.builds(RouteId, names.map(channel), names.map(channel), st.just(RouteKind.BINDING))


@given(st.lists(st.one_of(operations, operations, routes), max_size=25, unique=True))
def test_reach_and_fans_are_those_of_networkx(edges: list[EdgeId]) -> None:
    oracle = networkx.DiGraph([(edge.source, edge.target) for edge in edges if edge.source != edge.target])
    found = find_hubs(system(*edges))
    assert {each.node for each in found} == set(oracle.nodes)
    for each in found:
        node = each.node
        up = [one for one in networkx.ancestors(oracle, node) if isinstance(one, ApplicationId)]
        down = [one for one in networkx.descendants(oracle, node) if isinstance(one, ApplicationId)]
        assert (each.upstream, each.downstream) == (len(up), len(down))
        assert (each.fan_in, each.fan_out) == (oracle.in_degree(node), oracle.out_degree(node))
        near = set(oracle.predecessors(node))
        if isinstance(node, ApplicationId):
            near = {one for beside in near for one in oracle.predecessors(beside)}
        assert each.before == sum(isinstance(one, ApplicationId) and one != node for one in near)
