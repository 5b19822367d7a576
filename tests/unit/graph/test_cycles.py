from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.cycles import find_cycles
from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    EdgeId,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import PERMISSION, Channel, DependencyGraph, Operation, Route

SERVER = ServerId("kafka", "127.0.0.1:9092")


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def graph_of(
    words: Iterable[str], confidence: dict[str, float] | None = None, internal: Iterable[str] = ()
) -> DependencyGraph:
    """A graph of words such as `a>X` (X receives a), `X>b` (X sends b) and `a>b` (a route)."""
    operations: dict[OperationId, Operation] = {}
    routes: dict[RouteId, Route] = {}
    for word in words:
        source, target = word.split(">")
        sure = (confidence or {}).get(word, 0.95)
        if source.isupper():
            sends = OperationId(ApplicationId(source), Action.SEND, channel(target))
            operations[sends] = Operation(sends, sure, ())
        elif target.isupper():
            receives = OperationId(ApplicationId(target), Action.RECEIVE, channel(source))
            operations[receives] = Operation(receives, sure, ())
        else:
            route = RouteId(channel(source), channel(target), RouteKind.MIRROR)
            routes[route] = Route(route, sure, ())
    channels = {channel(name): Channel(channel(name), internal=True) for name in internal}
    return DependencyGraph(channels=channels, operations=operations, routes=routes)


def name(node: NodeId) -> str:
    return node.name if isinstance(node, ChannelId) else node.key


def word(edge: EdgeId) -> str:
    return f"{name(edge.source)}>{name(edge.target)}"


def digraph(graph: DependencyGraph) -> networkx.DiGraph:
    return networkx.DiGraph((edge.source, edge.target) for edge in graph.edges())


def rotated(hops: Iterable[NodeId]) -> tuple[str, ...]:
    names = [str(hop) for hop in hops]
    start = names.index(min(names))
    return (*names[start:], *names[:start])


apps, topics = "ABCDE", "abcde"
words = st.one_of(
    st.tuples(st.sampled_from(apps), st.sampled_from(topics)),
    st.tuples(st.sampled_from(topics), st.sampled_from(apps)),
    st.tuples(st.sampled_from(topics), st.sampled_from(topics)).filter(lambda pair: pair[0] != pair[1]),
).map(">".join)


@given(st.lists(words, max_size=22, unique=True))
@settings(max_examples=300, deadline=None)
def test_all_loops_of_a_small_graph_are_found(drawn: list[str]) -> None:
    graph = graph_of(drawn)
    expected = {rotated(cycle) for cycle in networkx.simple_cycles(digraph(graph))}

    cycles = find_cycles(graph, limit=100_000, work=50_000_000)

    assert {rotated(loop.hops) for loop in cycles.loops} == expected
    assert not cycles.tangles
    assert len({loop.id for loop in cycles.loops}) == len(expected)
    for loop in cycles.loops:
        assert isinstance(loop.hops[0], ChannelId)
        assert [edge.source for edge in loop.edges] == list(loop.hops)
        assert [edge.target for edge in loop.edges] == [*loop.hops[1:], loop.hops[0]]


@given(st.lists(words, max_size=22, unique=True), st.lists(words, max_size=4, unique=True))
@settings(max_examples=300, deadline=None)
def test_feedback_edges_open_every_loop_and_stay(drawn: list[str], more: list[str]) -> None:
    graph = graph_of(drawn)
    feedback = find_cycles(graph).feedback

    def open_without(graph: DependencyGraph, edges: frozenset[EdgeId]) -> bool:
        rest = networkx.DiGraph((edge.source, edge.target) for edge in graph.edges() if edge not in edges)
        return bool(networkx.is_directed_acyclic_graph(rest))

    assert open_without(graph, feedback)
    assert not any(open_without(graph, feedback - {edge}) for edge in feedback), "one is not needed"
    assert find_cycles(graph, feedback).feedback == feedback
    larger = graph_of([*drawn, *more])
    after = find_cycles(larger, feedback).feedback
    assert open_without(larger, after)
    if open_without(larger, feedback):
        assert after <= feedback, "a picture turned round without need"


@given(st.permutations(["a>A", "A>b", "b>B", "B>a", "b>C", "C>c", "c>A", "X>a", "c>b"]))
@settings(max_examples=30, deadline=None)
def test_the_answer_does_not_depend_on_the_order_of_edges(drawn: list[str]) -> None:
    in_order = find_cycles(graph_of(sorted(drawn)))
    assert find_cycles(graph_of(drawn)) == in_order


def test_a_loop_starts_where_it_is_fed_and_closes_there() -> None:
    cycles = find_cycles(graph_of(["p>P", "P>q", "q>Q", "Q>p", "FEED>q", "q>OUT"]))
    (loop,) = cycles.loops
    assert [name(hop) for hop in loop.hops] == ["q", "Q", "p", "P"]
    assert {word(edge) for edge in cycles.feedback} == {"P>q"}


def test_a_guess_is_turned_round_before_a_certain_edge() -> None:
    for guess in ("a>A", "A>b", "b>B", "B>a"):
        graph = graph_of(["a>A", "A>b", "b>B", "B>a"], {guess: 0.4})
        assert {word(edge) for edge in find_cycles(graph).feedback} == {guess}


def test_what_is_only_permitted_makes_no_loop() -> None:
    graph = graph_of(["A>b", "b>C", "C>d", "d>A"])
    last = list(graph.operations)[-1]
    may = Evidence("kafka.acl", PERMISSION, 0.3, 1, 2, "It may.")
    seen = Evidence("kafka.group", "group", 0.98, 1, 2, "It is subscribed.")
    for evidence, count in (((), 1), ((may,), 0), ((may, seen), 1)):
        graph.operations[last] = Operation(last, 0.9, evidence)
        assert len(find_cycles(graph).loops) == count


def test_internal_channels_make_no_loop() -> None:
    graph = graph_of(["A>log", "log>A", "a>A", "A>b"], internal=["log"])
    assert find_cycles(graph).loops == ()
    assert find_cycles(graph).feedback == frozenset()


def test_one_application_on_one_channel_is_a_loop() -> None:
    (loop,) = find_cycles(graph_of(["A>a", "a>A"])).loops
    assert [name(hop) for hop in loop.hops] == ["a", "A"]


def test_a_loop_keeps_its_id_when_it_is_fed_elsewhere() -> None:
    ring = ["a>A", "A>b", "b>B", "B>a"]
    (first,) = find_cycles(graph_of([*ring, "X>a"])).loops
    (second,) = find_cycles(graph_of([*ring, "X>b"])).loops
    assert first.hops != second.hops
    assert first.id == second.id


def test_a_complete_graph_answers_fast_and_says_that_there_is_more() -> None:
    names = [f"t{number:03}" for number in range(200)]
    graph = graph_of(f"{one}>{other}" for one in names for other in names if one != other)
    start = perf_counter()
    cycles = find_cycles(graph)
    took = perf_counter() - start
    assert len(cycles.loops) == 100
    assert {len(loop.hops) for loop in cycles.loops} == {2}
    assert len(cycles.tangles) == 1
    assert took < 5.0, f"{took:.1f} s"


def test_a_long_ring_is_found_whole() -> None:
    ring = []
    for number in range(1_000):
        ring += [f"t{number}>A{number}", f"A{number}>t{(number + 1) % 1_000}"]
    cycles = find_cycles(graph_of(ring))
    assert [len(loop.hops) for loop in cycles.loops] == [2_000]
    assert len(cycles.feedback) == 1
    assert not cycles.tangles
