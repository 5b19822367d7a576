from __future__ import annotations

import dataclasses
from time import process_time

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from graph.evidence import Evidence
from graph.identity import LoopId, NodeId
from graph.loops.counting import Counting
from graph.loops.cuts import NAMED, Cutting, cuts
from graph.loops.cycles import Structure
from graph.model import PERMISSION, Channel, Cut, DependencyGraph, EdgeState
from tests.unit.graph.loops.test_cycles import channel, edits, graph_of, name, word, words

RING = ["a>A", "A>b", "b>B", "B>a"]


def cuts_of(graph: DependencyGraph, limit: int = 100) -> dict[LoopId, tuple[Cut, ...]]:
    return cuts(Structure(limit).update(graph, Counting()).loops, graph)


def only(graph: DependencyGraph) -> tuple[Cut, ...]:
    (of_the_loop,) = cuts_of(graph).values()
    return of_the_loop


def rated(graph: DependencyGraph, rates: dict[str, float]) -> DependencyGraph:
    operations = {
        key: structs.replace(edge, rate_per_s=rates.get(word(key))) for key, edge in graph.operations.items()
    }
    return dataclasses.replace(graph, operations=operations)


@given(st.lists(words, max_size=24, unique=True))
@settings(max_examples=150, deadline=None)
def test_who_starves_is_whom_no_other_way_leads_to(drawn: list[str]) -> None:
    graph = graph_of(drawn)
    loops = Structure(50).update(graph, Counting()).loops
    found = cuts(loops, graph)
    plain = networkx.DiGraph((edge.source, edge.target) for edge in graph.edges())
    for loop in loops:
        entry = loop.hops[0]
        fed = networkx.descendants(plain, entry) | {entry}
        of_the_loop = found[loop.id]
        assert sorted(map(str, loop.edges)) == sorted(str(cut.edge) for cut in of_the_loop)
        for cut in of_the_loop:
            way = cut.edge.source, cut.edge.target
            assert cut.opens == sum(
                way in [(edge.source, edge.target) for edge in other.edges] for other in loops
            )
            rest = networkx.restricted_view(plain, [], [way])
            begin = entry if way[1] != entry or plain.in_degree(entry) > 1 else way[0]
            starved = fed - networkx.descendants(rest, begin) - {begin} - set(loop.hops)
            assert set(cut.starves) == starved
            assert cut.more == 0


def test_what_closes_a_loop_starves_nobody_and_is_cheapest() -> None:
    cheapest, *others = only(graph_of([*RING, "X>a", "b>OUT", "OUT>far"]))
    assert word(cheapest.edge) == "B>a"
    assert cheapest.starves == ()
    starved = {word(cut.edge): {name(node) for node in cut.starves} for cut in others}
    assert starved == {"a>A": {"OUT", "far"}, "A>b": {"OUT", "far"}, "b>B": set()}


def test_who_reads_what_only_the_loop_feeds_starves_without_its_last_edge() -> None:
    ring = [*RING, "b>READER", "READER>far", "far>DEEP"]
    for more, starved in (
        ([], {"READER", "far", "DEEP"}),
        (["X>b"], set()),
        (["b>far"], {"READER", "far", "DEEP"}),
    ):
        of_the_loop = {word(cut.edge): cut.starves for cut in only(graph_of([*ring, *more]))}
        assert {name(node) for node in of_the_loop["A>b"]} == starved


@given(edits(), st.sampled_from([Counting(), Counting(permitted=True)]))
@settings(max_examples=60, deadline=None)
def test_what_is_kept_up_to_date_is_what_is_worked_out_at_once(
    times: list[list[str]], counting: Counting
) -> None:
    cutting = Cutting()
    for at, drawn in enumerate(times):
        graph = with_evidence(graph_of(drawn, internal=["a"][: at % 2]), [*drawn[::3]])
        loops = Structure(4).update(graph, Counting(permitted=True, internal=True)).loops
        assert cutting.cuts(loops, graph, counting) == cuts(loops, graph, counting)


def with_evidence(graph: DependencyGraph, permitted: list[str]) -> DependencyGraph:
    may = (Evidence("kafka.acl", PERMISSION, 0.3, 1, 2, "It may."),)
    operations = {
        key: structs.replace(edge, evidence=may) if word(key) in permitted else edge
        for key, edge in graph.operations.items()
    }
    return dataclasses.replace(graph, operations=operations)


def test_little_traffic_and_many_loops_make_a_cut_cheap() -> None:
    graph = graph_of([*RING, "X>a"])
    assert word(only(rated(graph, dict(zip(RING, (9.0, 2.0, 9.0, 9.0), strict=True))))[0].edge) == "A>b"
    two = graph_of([*RING, "a>C", "C>b", "X>a", "Y>a", "Z>a"])
    for of_one in cuts_of(rated(two, dict.fromkeys([*RING, "a>C", "C>b"], 5.0))).values():
        assert [(word(cut.edge), cut.opens) for cut in of_one[:2]] == [("B>a", 2), ("b>B", 2)]


def test_a_rate_that_is_not_known_may_be_that_of_the_channel() -> None:
    graph = rated(graph_of([*RING, "X>a"]), dict.fromkeys(RING[:3], 5.0))
    busy = dataclasses.replace(graph, channels={channel("a"): Channel(channel("a"), rate_per_s=5_000.0)})
    assert (only(graph)[0].rate_per_s, word(only(graph)[0].edge)) == (None, "B>a")
    assert only(busy)[-1].rate_per_s is None


def test_who_is_gone_cannot_starve() -> None:
    graph = graph_of([*RING, "X>a", "b>OUT"])
    aged = {
        key: structs.replace(edge, state=EdgeState.HISTORIC) if word(key) == "b>OUT" else edge
        for key, edge in graph.operations.items()
    }
    assert all(cut.starves == () for cut in only(dataclasses.replace(graph, operations=aged)))


def test_records_flow_on_where_no_loop_is_looked_for() -> None:
    graph = graph_of([*RING, "X>a", "b>OUT", "OUT>log", "log>READER"], internal=["log"])
    starved: dict[str, tuple[NodeId, ...]] = {word(cut.edge): cut.starves for cut in only(graph)}
    assert [name(node) for node in starved["a>A"]] == ["OUT", "READER", "log"]


def test_only_some_of_many_are_named() -> None:
    graph = graph_of([*RING, "X>a", *(f"b>OUT{number}" for number in range(50))])
    named = {word(cut.edge): (len(cut.starves), cut.more) for cut in only(graph)}
    assert named["a>A"] == named["A>b"] == (NAMED, 50 - NAMED)


def test_a_tangle_takes_bounded_work() -> None:
    names = [f"t{number:02}" for number in range(60)]
    graph = graph_of(f"{one}>{other}" for one in names for other in names if one != other)
    loops = Structure().update(graph, Counting()).loops
    start = process_time()
    assert len(cuts(loops, graph)) == len(loops) == 100
    assert cuts(loops, graph, work=1_000) == {}
    took = process_time() - start
    assert took < 2.0, f"{took:.1f} s"
