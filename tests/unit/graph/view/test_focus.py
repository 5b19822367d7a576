"""What lies near something."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.view.focus import around
from graph.view.index import Index
from graph.view.rows import Rows
from graph.view.settings import Direction, Focus
from tests.made_shop import channel


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20),
    st.sets(st.integers(0, 8), min_size=1, max_size=2),
    st.none() | st.integers(0, 4),
    st.sampled_from(["both", "up", "down"]),
)
def test_around_is_what_shortest_paths_say(
    edges: list[tuple[int, int]], start: set[int], hops: int | None, direction: Direction
) -> None:
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(start)
    if direction == "up":
        graph = graph.reverse()
    if direction == "both":
        graph = graph.to_undirected()
    near = nx.multi_source_dijkstra_path_length(graph, start, cutoff=hops, weight=None)
    nodes = tuple(map(channel, "abcdefghi"))
    ends = [np.array(side, np.int64) for side in zip(*edges, strict=True)] or [np.zeros(0, np.int64)] * 2
    found = Index(Rows(nodes), 0, Rows(), ends[0], ends[1], 0)
    reached = around(found, np.ones(len(edges), np.bool_), sorted(start), Focus((), hops, direction))
    assert set(np.flatnonzero(reached).tolist()) == set(near)
