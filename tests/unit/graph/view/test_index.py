"""Numbers for nodes and edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.delta import apply, diff
from graph.model import DependencyGraph
from graph.view.index import Index, index
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


words = st.builds(
    lambda left, sign, right: f"{left if sign == '->' else left.upper()} {sign} {right}",
    st.sampled_from("abcdef"),
    st.sampled_from(("<", ">", "->")),
    st.sampled_from("abcdef"),
)
graphs = st.lists(words, unique=True, max_size=20).map(lambda some: graph_of(*some))


def same(one: Index, other: Index) -> bool:
    parts = (one.nodes, one.applications, one.edges, one.operations)
    return parts == (other.nodes, other.applications, other.edges, other.operations) and all(
        np.array_equal(mine, theirs)
        for mine, theirs in ((one.source, other.source), (one.target, other.target))
    )


@given(st.lists(graphs, min_size=2, max_size=6))
def test_an_index_kept_up_to_date_is_the_one_made_from_nothing(made: list[DependencyGraph]) -> None:
    graph, found = made[0], index(made[0])
    for after in made[1:]:
        found = index(after, found)
        assert same(found, index(after))
        graph = apply(graph, diff(graph, after))
        found = index(graph, found)
        assert same(found, index(graph))
