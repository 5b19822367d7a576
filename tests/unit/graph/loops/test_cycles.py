from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from time import process_time

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

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
from graph.loops.counting import Counting, RequestReply
from graph.loops.cycles import Cycles, Structure
from graph.model import Channel, DependencyGraph, EdgeState, Operation, Route

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


def cycles_of(graph: DependencyGraph, limit: int = 100) -> Cycles:
    return Structure(limit).update(graph, Counting())


def opened_by(graph: DependencyGraph, edges: Iterable[EdgeId]) -> bool:
    """Whether a graph has no loop without some edges."""
    cut = set(edges)
    rest = networkx.DiGraph((edge.source, edge.target) for edge in graph.edges() if edge not in cut)
    return bool(networkx.is_directed_acyclic_graph(rest))


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


@st.composite
def edits(draw: st.DrawFn) -> list[list[str]]:
    """The edges of a small graph, time after time."""
    now = set(draw(st.lists(words, max_size=20, unique=True)))
    times = [sorted(now)]
    for changed in draw(st.lists(st.lists(words, min_size=1, max_size=4, unique=True), max_size=5)):
        now ^= set(changed)
        times.append(sorted(now))
    return times


@given(st.lists(words, max_size=22, unique=True))
@settings(max_examples=150, deadline=None)
def test_all_loops_of_a_small_graph_are_found(drawn: list[str]) -> None:
    graph = graph_of(drawn)
    expected = {rotated(cycle) for cycle in networkx.simple_cycles(digraph(graph))}

    cycles = cycles_of(graph, limit=100_000)

    found = {rotated(loop.hops) for loop in cycles.loops}
    assert found <= expected
    assert found == expected or cycles.tangles
    assert len({loop.id for loop in cycles.loops}) == len(found) == len(cycles.loops)
    for loop in cycles.loops:
        assert isinstance(loop.hops[0], ChannelId)
        assert [edge.source for edge in loop.edges] == list(loop.hops)
        assert [edge.target for edge in loop.edges] == [*loop.hops[1:], loop.hops[0]]


@given(edits(), st.sampled_from([0, 3, 400]), st.sampled_from([1, 4, 1_000]), st.sampled_from([0, 16]))
@settings(max_examples=250, deadline=None)
def test_what_is_kept_up_to_date_is_what_is_found_from_nothing(
    times: list[list[str]], small: int, limit: int, one_by_one: int
) -> None:
    structure = Structure(limit, small, one_by_one)
    for drawn in times:
        graph = graph_of(drawn)
        cycles = structure.update(graph, Counting())
        plain, anew = digraph(graph), cycles_of(graph, limit)
        loops = list(networkx.simple_cycles(plain))

        assert opened_by(graph, cycles.feedback)
        for edge in cycles.feedback:
            parallel = {e for e in cycles.feedback if (e.source, e.target) == (edge.source, edge.target)}
            assert not opened_by(graph, cycles.feedback - parallel), "one is not needed"
            way = networkx.shortest_path_length(plain, edge.target, edge.source)
            shortest = [loop for loop in cycles.loops if edge in loop.edges]
            assert limit < len(loops) or min(len(loop.hops) for loop in shortest) == way + 1
        if limit > len(loops):
            assert {loop.id for loop in cycles.loops} == {loop.id for loop in anew.loops}
            assert {rotated(loop.hops) for loop in cycles.loops} == {rotated(loop) for loop in loops}
            assert not cycles.tangles
        else:
            assert len(cycles.loops) == limit
        known = len(cycles.loops) + cycles.more
        assert known <= len(loops) if cycles.tangles else known == len(loops)
        assert structure.update(graph_of(drawn[::-1]), Counting()) is cycles


@given(edits(), st.sampled_from([0, 400]))
@settings(max_examples=150, deadline=None)
def test_the_picture_turns_round_only_where_it_must(times: list[list[str]], small: int) -> None:
    structure = Structure(small=small)
    before: frozenset[EdgeId] = frozenset()
    for drawn in times:
        graph = graph_of(drawn)
        after = structure.update(graph, Counting()).feedback
        if opened_by(graph, before):
            assert after <= before
        before = after


@given(st.permutations(["a>A", "A>b", "b>B", "B>a", "b>C", "C>c", "c>A", "X>a", "c>b"]))
@settings(max_examples=30, deadline=None)
def test_the_answer_does_not_depend_on_the_order_of_edges(drawn: list[str]) -> None:
    assert cycles_of(graph_of(drawn)) == cycles_of(graph_of(sorted(drawn)))


@given(st.lists(words, max_size=14, unique=True), st.lists(words, max_size=14, unique=True))
@settings(max_examples=60, deadline=None)
def test_what_is_said_of_a_component_does_not_depend_on_others(one: list[str], other: list[str]) -> None:
    apart = [word.translate(str.maketrans("abcdeABCDE", "vwxyzVWXYZ")) for word in other]
    both = cycles_of(graph_of([*one, *apart]), limit=10_000)
    alone = [cycles_of(graph_of(drawn), limit=10_000) for drawn in (one, apart)]
    assert both.feedback == alone[0].feedback | alone[1].feedback
    assert set(both.loops) == {loop for cycles in alone for loop in cycles.loops}


def test_a_loop_starts_where_it_is_fed_and_closes_there() -> None:
    cycles = cycles_of(graph_of(["p>P", "P>q", "q>Q", "Q>p", "FEED>q", "q>OUT"]))
    (loop,) = cycles.loops
    assert [name(hop) for hop in loop.hops] == ["q", "Q", "p", "P"]
    assert {word(edge) for edge in cycles.feedback} == {"P>q"}


def test_a_guess_is_turned_round_before_a_certain_edge() -> None:
    for guess in ("a>A", "A>b", "b>B", "B>a"):
        graph = graph_of(["a>A", "A>b", "b>B", "B>a"], {guess: 0.4})
        assert {word(edge) for edge in cycles_of(graph).feedback} == {guess}


def test_little_traffic_is_turned_round_before_much() -> None:
    graph = graph_of(["a>A", "A>b", "b>B", "B>a", "c>B", "B>d"])
    for least in [edge for edge in graph.operations if word(edge) in ("a>A", "A>b", "b>B", "B>a")]:
        rated = {
            key: structs.replace(edge, rate_per_s=0.5 if key == least else 900.0)
            for key, edge in graph.operations.items()
        }
        assert cycles_of(dataclasses.replace(graph, operations=rated)).feedback == {least}


def test_one_application_on_one_channel_is_a_loop() -> None:
    (loop,) = cycles_of(graph_of(["A>a", "a>A"])).loops
    assert [name(hop) for hop in loop.hops] == ["a", "A"]


def test_a_loop_keeps_its_id_when_it_is_fed_elsewhere() -> None:
    ring = ["a>A", "A>b", "b>B", "B>a"]
    structure = Structure()
    (first,) = structure.update(graph_of([*ring, "X>a"]), Counting()).loops
    (second,) = structure.update(graph_of([*ring, "X>b"]), Counting()).loops
    assert [name(loop.hops[0]) for loop in (first, second)] == ["a", "b"]
    assert first.id == second.id
    assert first.id.digest == "63e8489f0c61f36c", "project files hold it"


def test_routes_close_loops_across_servers() -> None:
    there = ServerId("rabbitmq", "elsewhere:5672")
    shop, copy = channel("orders"), ChannelId(there, ChannelKind.EXCHANGE, "orders")
    queue = ChannelId(there, ChannelKind.QUEUE, "billing")
    keys = [
        RouteId(shop, copy, RouteKind.MIRROR),
        RouteId(copy, queue, RouteKind.BINDING),
        RouteId(copy, queue, RouteKind.DEAD_LETTER),
        RouteId(queue, shop, RouteKind.BRIDGE),
    ]
    routes = {key: Route(key, 0.5 + at / 10, ()) for at, key in enumerate(keys)}
    cycles = cycles_of(DependencyGraph(routes=routes))
    (loop,) = cycles.loops
    assert set(loop.edges) == {keys[0], keys[2], keys[3]}, "of parallel edges the more certain one"
    assert cycles.feedback == {keys[0]}


RING = ["a>A", "A>b", "b>B", "B>a"]


def test_nothing_is_worked_out_anew_for_an_edge_that_changes_nothing() -> None:
    structure = Structure()
    graph = graph_of([*RING, "OTHER>x"])
    cycles = structure.update(graph, Counting())
    rated = {key: structs.replace(edge, rate_per_s=7.0) for key, edge in graph.operations.items()}
    assert structure.update(dataclasses.replace(graph, operations=rated), Counting()) is cycles
    for drawn in (["x>THIRD"], ["x>THIRD", "THIRD>y"], []):
        assert structure.update(graph_of([*RING, "OTHER>x", *drawn]), Counting()) is cycles


def test_toggles_take_effect_at_once() -> None:
    structure = Structure()
    graph = graph_of(RING, internal=["a"])
    for internal, loops in ((False, 0), (True, 1), (False, 0)):
        cycles = structure.update(graph, Counting(internal=internal))
        assert len(cycles.loops) == len(cycles.feedback) == loops
    edge = next(iter(graph.operations))
    graph = graph_of(RING)
    aged = {**graph.operations, edge: structs.replace(graph.operations[edge], state=EdgeState.HISTORIC)}
    old = dataclasses.replace(graph, operations=aged)
    for now, historic, loops in ((graph, False, 1), (old, False, 0), (old, True, 1)):
        assert len(structure.update(now, Counting(historic=historic)).loops) == loops


def test_asking_and_answering_is_no_loop() -> None:
    structure = Structure()
    drawn = ["ASKING>requests", "requests>ANSWERING", "ANSWERING>replies", "replies>ASKING", "replies>AUDIT"]
    drawn += ["AUDIT>notes", "notes>ANSWERING"]
    pair = RequestReply(channel("requests"), channel("replies"))
    asked = Counting(pairs=frozenset({pair}))
    assert len(structure.update(graph_of(drawn[1:]), asked).loops) == 1
    assert [len(loop.hops) for loop in structure.update(graph_of(drawn), asked).loops] == [4]
    assert len(structure.update(graph_of(drawn), structs.replace(asked, request_reply=True)).loops) == 2


@pytest.fixture(scope="module")
def complete() -> DependencyGraph:
    names = [f"t{number:03}" for number in range(200)]
    return graph_of(f"{one}>{other}" for one in names for other in names if one != other)


def test_a_complete_graph_answers_fast_and_says_that_there_is_more(complete: DependencyGraph) -> None:
    structure = Structure()
    start = process_time()
    cycles = structure.update(complete, Counting())
    took = process_time() - start
    assert len(cycles.loops) == 100
    assert {len(loop.hops) for loop in cycles.loops} == {2}
    assert len(cycles.tangles) == 1
    assert len(cycles.feedback) == cycles.more + 100 == 200 * 199 / 2
    assert took < 5.0, f"{took:.1f} s"

    start = process_time()
    counted = structure.enumerate(hops=6, limit=7, work=200_000)
    took = process_time() - start
    assert len(counted.loops) == 7
    assert counted.more > 10_000
    assert not counted.complete
    assert took < 5.0, f"{took:.1f} s"


@given(st.lists(words, max_size=24, unique=True), st.integers(2, 8), st.integers(0, 12))
@settings(max_examples=80, deadline=None)
def test_loops_of_some_length_are_counted(drawn: list[str], hops: int, limit: int) -> None:
    graph = graph_of(drawn)
    structure = Structure()
    structure.update(graph, Counting())
    lengths = sorted(map(len, networkx.simple_cycles(digraph(graph), length_bound=hops)))

    counted = structure.enumerate(hops, limit)

    assert counted.complete
    assert [len(loop.hops) for loop in counted.loops] == lengths[:limit]
    assert len(counted.loops) + counted.more == len(lengths)
    assert len({loop.id for loop in counted.loops}) == len(counted.loops)


def test_a_long_ring_is_found_whole() -> None:
    ring = []
    for number in range(1_000):
        ring += [f"t{number}>A{number}", f"A{number}>t{(number + 1) % 1_000}"]
    structure = Structure()
    cycles = structure.update(graph_of(ring), Counting())
    assert [len(loop.hops) for loop in cycles.loops] == [2_000]
    assert len(cycles.feedback) == 1
    assert not cycles.tangles
    assert structure.update(graph_of(ring[1:]), Counting()) == Cycles()


def test_what_is_gone_is_forgotten() -> None:
    structure = Structure()
    for number in range(300):
        structure.update(graph_of([*RING, f"a>GONE{number}", f"GONE{number}>b"]), Counting())
    assert len(structure.update(graph_of(RING), Counting()).loops) == 1
    assert structure.nodes <= 8
