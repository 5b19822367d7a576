from __future__ import annotations

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    LoopId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import Channel, DependencyGraph, FeedbackLoop, LoopStatus, Operation, Route
from graph.reach import Branch, Touched, find_reach

SERVER = ServerId("kafka", "127.0.0.1:9092")


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def graph_of(*words: str, loops: tuple[FeedbackLoop, ...] = ()) -> DependencyGraph:
    """`a>X` X receives a, `X>b` X sends b, `a>b` a route; `=2.5` a rate, `~0.7` a confidence."""
    operations: dict[OperationId, Operation] = {}
    routes: dict[RouteId, Route] = {}
    channels: dict[ChannelId, Channel] = {}
    for word in words:
        edge, _, rate = word.partition("=")
        edge, _, sure = edge.partition("~")
        source, _, target = edge.partition(">")
        confidence, per_s = float(sure or 1.0), float(rate) if rate else None
        if source.isupper():
            sends = OperationId(ApplicationId(source), Action.SEND, channel(target))
            operations[sends] = Operation(sends, confidence, (), per_s)
        elif target.isupper():
            receives = OperationId(ApplicationId(target), Action.RECEIVE, channel(source))
            operations[receives] = Operation(receives, confidence, (), per_s)
        elif target:
            route = RouteId(channel(source), channel(target), RouteKind.DEAD_LETTER)
            routes[route] = Route(route, confidence, (), per_s)
        else:
            channels[channel(source)] = Channel(channel(source), rate_per_s=per_s)
    return DependencyGraph(
        channels=channels, operations=operations, routes=routes, loops={loop.id: loop for loop in loops}
    )


def in_short(steps: tuple[Touched, ...]) -> list[tuple[str, str, int, float, dict[str, float]]]:
    return [
        (
            step.application.key,
            step.received_from.name,
            step.hops,
            round(step.confidence, 3),
            {sent.name: round(count, 3) for sent, count in step.sends},
        )
        for step in steps
    ]


def test_a_record_is_followed_to_where_it_leaves() -> None:
    reach = find_reach(graph_of("a>A~0.9", "A>b~0.8", "b>B~0.5", "b>C", "C>c", "X>a", "z>Z"), channel("a"))
    assert in_short(reach.steps) == [
        ("A", "a", 0, 0.9, {"b": 1.0}),
        ("B", "b", 1, 0.36, {}),
        ("C", "b", 1, 0.72, {"c": 1.0}),
    ]
    assert reach.leaves == (channel("c"),)
    assert reach.loops == ()


def test_rates_tell_how_many_records_one_becomes() -> None:
    graph = graph_of("a>A=4", "x>A=6", "A>b=20", "A>c", "b>B=20", "B>d=5")
    assert in_short(find_reach(graph, channel("a")).steps) == [
        ("A", "a", 0, 1.0, {"b": 2.0, "c": 1.0}),
        ("B", "b", 1, 1.0, {"d": 0.5}),
    ]


def test_what_was_measured_is_believed_before_rates() -> None:
    graph = graph_of("a>A=4", "A>b=20")
    measured = {Branch(channel("a"), ApplicationId("A"), channel("b")): 0.25}
    assert in_short(find_reach(graph, channel("a"), measured.get).steps) == [("A", "a", 0, 1.0, {"b": 0.25})]


def test_ways_that_meet_again_add_up() -> None:
    graph = graph_of("a>A", "A>b", "A>c", "b>B", "B>d", "c>C", "C>d", "d>D", "D>e")
    assert in_short(find_reach(graph, channel("a")).steps)[-1] == ("D", "d", 2, 1.0, {"e": 2.0})


def test_a_loop_is_followed_once_round() -> None:
    hops = (channel("a"), ApplicationId("A"), channel("b"), ApplicationId("B"))
    loop = FeedbackLoop(LoopId("1"), hops, (), LoopStatus.ACTIVE, 1.0)
    elsewhere = FeedbackLoop(LoopId("2"), (channel("z"), ApplicationId("Z")), (), LoopStatus.ACTIVE, 1.0)
    reach = find_reach(graph_of("a>A", "A>b", "b>B", "B>a", loops=(loop, elsewhere)), channel("a"))
    assert in_short(reach.steps) == [("A", "a", 0, 1.0, {"b": 1.0}), ("B", "b", 1, 1.0, {"a": 1.0})]
    assert reach.loops == (loop,)
    assert reach.leaves == ()


def test_routes_carry_their_share() -> None:
    reach = find_reach(graph_of("a=10", "a>A", "a>dead=0.5", "dead>D", "D>x"), channel("a"))
    assert in_short(reach.steps)[1] == ("D", "dead", 0, 1.0, {"x": 0.05})


def test_a_channel_that_nobody_receives_is_where_it_ends() -> None:
    reach = find_reach(graph_of("X>a"), channel("a"))
    assert (reach.steps, reach.leaves) == ((), (channel("a"),))


words = (
    st.one_of(
        st.tuples(st.sampled_from("ABCD"), st.sampled_from("abcd")),
        st.tuples(st.sampled_from("abcd"), st.sampled_from("ABCDabcd")),
    )
    .filter(lambda pair: pair[0] != pair[1])
    .map(">".join)
)


@given(st.lists(words, max_size=20, unique=True))
@settings(max_examples=200, deadline=None)
def test_exactly_what_can_be_reached_is(drawn: list[str]) -> None:
    graph = graph_of(*drawn)
    digraph = networkx.DiGraph((edge.source, edge.target) for edge in graph.edges())
    digraph.add_node(channel("a"))
    below = networkx.descendants(digraph, channel("a")) | {channel("a")}

    reach = find_reach(graph, channel("a"))

    receives = {(op.channel, op.application) for op in graph.operations if op.action is Action.RECEIVE}
    assert {(step.received_from, step.application) for step in reach.steps} == {
        pair for pair in receives if pair[0] in below
    }
    assert set(reach.leaves) == {
        node for node in below if isinstance(node, ChannelId) and not list(digraph.successors(node))
    }
