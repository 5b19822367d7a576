"""Numbers for nodes and edges."""

from __future__ import annotations

from dataclasses import replace

from graph.view.index import index
from tests.made_shop import SHOP, channel, graph_of


def test_ends_are_those_of_the_edges() -> None:
    found = index(SHOP)
    for at, edge in enumerate(found.edges):
        assert found.nodes[found.source[at]] == edge.source
        assert found.nodes[found.target[at]] == edge.target
    assert set(found.edges) == {*SHOP.edges()}
    assert found.edges_of(SHOP) == [SHOP.edge(edge) for edge in found.edges]
    assert set(found.channels) == {*SHOP.channels}


def test_an_index_serves_until_a_node_or_an_edge_is_another() -> None:
    found = index(SHOP)
    assert index(replace(SHOP, operations=dict(SHOP.operations)), found) is found
    fewer = replace(SHOP, operations=dict(list(SHOP.operations.items())[1:]))
    assert len(index(fewer, found).edges) == len(found.edges) - 1
    other = graph_of("warehouse > stock", "pricing < stock")
    same_size = graph_of("warehouse > stock", "adviser < stock")
    assert set(index(same_size, index(other)).nodes) == {*same_size.applications, *same_size.channels}


def test_an_edge_whose_end_is_not_known_is_left_out() -> None:
    broken = graph_of("a > x", "x -> y")
    assert channel("y") not in broken.channels
    assert len(index(broken).edges) == 1
