from __future__ import annotations

import networkx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import graph.loops.ways
from graph.loops.arcs import HALF, HEAD, Arcs, arc_of
from graph.loops.rings import way
from graph.loops.ways import Ways

NODES = 9
arcs = st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda ends: ends[0] != ends[1])
drawn_arcs = st.lists(arcs, max_size=30, unique=True)


def made(ends: list[tuple[int, int]]) -> Arcs:
    web = Arcs()
    web.grow(NODES)
    web.add(np.array([arc_of(*each) for each in ends], np.int64))
    return web


def found(web: Arcs, pairs: list[tuple[int, int]], work_ns: float = 1e12) -> dict[int, tuple[int, ...]]:
    known = web.out.arcs
    starts, goals = np.array(pairs, np.int64).reshape(-1, 2).T
    ways = Ways(known >> HALF, known & HEAD, NODES).shortest(starts, goals, work_ns)
    return {
        int(pair): tuple(path.tolist())
        for places, paths in ways
        for pair, path in zip(places, paths, strict=True)
    }


@given(drawn_arcs, st.lists(arcs, max_size=70), st.sampled_from([(1, 1_000_000), (1_000_000, 1), (60, 1)]))
@settings(max_examples=200, deadline=None)
def test_all_at_once_as_one_by_one(
    ends: list[tuple[int, int]], pairs: list[tuple[int, int]], costs: tuple[int, int]
) -> None:
    web = made(ends)
    words = [str(node) for node in range(NODES)]
    alone = [way(web.out, web.into, *pair, words) for pair in pairs]
    plain = networkx.DiGraph(ends)
    plain.add_nodes_from(range(NODES))
    for pair, path in zip(pairs, alone, strict=True):
        ways = list(networkx.all_shortest_paths(plain, *pair)) if networkx.has_path(plain, *pair) else []
        assert list(path) == min(ways, default=[])
    before = graph.loops.ways.PLACE_NS, graph.loops.ways.WORD_NS
    graph.loops.ways.PLACE_NS, graph.loops.ways.WORD_NS = costs
    try:
        assert found(web, pairs) == {at: path for at, path in enumerate(alone) if path}
    finally:
        graph.loops.ways.PLACE_NS, graph.loops.ways.WORD_NS = before


def test_work_is_bounded_and_short_ways_come_first() -> None:
    web = made([(at, (at + 1) % NODES) for at in range(NODES)])
    pairs = [(0, 8), (0, 1), (0, 4)]
    assert set(found(web, pairs)) == {0, 1, 2}
    assert list(found(web, pairs, 20)) == [1]
    assert found(web, pairs, 0) == {}


@given(st.lists(drawn_arcs, max_size=5))
@settings(max_examples=100, deadline=None)
def test_arcs_come_and_go(times: list[list[tuple[int, int]]]) -> None:
    web = made([])
    now: set[tuple[int, int]] = set()
    for drawn in times:
        turned = set(drawn)
        web.remove(np.array([arc_of(*each) for each in now & turned], np.int64))
        web.add(np.array([arc_of(*each) for each in turned - now], np.int64))
        now ^= turned
        plain = networkx.DiGraph(now)
        plain.add_nodes_from(range(NODES))
        for node in range(NODES):
            assert sorted(plain.successors(node)) == list(web.out[node])
            assert sorted(plain.predecessors(node)) == list(web.into[node])
            far = networkx.single_source_shortest_path_length(plain, node, cutoff=2)
            assert web.steps(np.array([node]), 2).tolist() == [far.get(other, 3) for other in range(NODES)]
            reaching = networkx.ancestors(plain, node) | {node}
            assert set(np.flatnonzero(web.reached(np.array([node]), back=True)).tolist()) == reaching
        near, place = web.out.follow(np.array([3, 1]))
        expected = [(other, at) for at, node in enumerate((3, 1)) for other in sorted(plain.successors(node))]
        assert list(zip(near.tolist(), place.tolist(), strict=True)) == expected
