"""Loops that new edges close, one through each of them, however many other loops there are.

A watch lists so many loops and calls the rest a tangle, in which a new one could go unseen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence

import rustworkx

from graph.identity import EdgeId, NodeId

MOST = 100
"""Loops that are found so."""


def closed(
    edges: Sequence[EdgeId], fresh: Collection[EdgeId], listed: Collection[EdgeId]
) -> Iterator[tuple[EdgeId, ...]]:
    """Closed paths that pass the fresh edges which lie on a loop and on none that is listed.

    Each begins with its fresh edge and is the shortest through it. `fresh` and `listed` are some of `edges`.
    """
    out: dict[NodeId, list[EdgeId]] = {}
    for edge in edges:
        out.setdefault(edge.source, []).append(edge)
    component = _components(edges)
    passed = set(listed)
    found = 0
    for edge in edges:
        if edge in fresh and edge not in passed and component[edge.source] == component[edge.target]:
            ring = (edge, *_way_back(out, edge))
            passed.update(ring)
            yield ring
            found += 1
            if found == MOST:
                return


def _components(edges: Sequence[EdgeId]) -> dict[NodeId, int]:
    """For each node the number of all those that it can reach and that can reach it."""
    number: dict[NodeId, int] = {}
    for edge in edges:
        number.setdefault(edge.source, len(number))
        number.setdefault(edge.target, len(number))
    digraph: rustworkx.PyDiGraph[NodeId, None] = rustworkx.PyDiGraph()
    digraph.add_nodes_from(list(number))
    digraph.add_edges_from_no_data([(number[edge.source], number[edge.target]) for edge in edges])
    together = rustworkx.strongly_connected_components(digraph)
    return {digraph[node]: at for at, nodes in enumerate(together) for node in nodes}


def _way_back(out: Mapping[NodeId, Sequence[EdgeId]], edge: EdgeId) -> list[EdgeId]:
    """The shortest way from where an edge leads to where it begins; there must be one."""
    came: dict[NodeId, EdgeId] = {}
    nodes = deque([edge.target])
    while edge.source not in came:
        for onward in out.get(nodes.popleft(), ()):
            if onward.target not in came:
                came[onward.target] = onward
                nodes.append(onward.target)
    back = [came[edge.source]]
    while back[-1].source != edge.target:
        back.append(came[back[-1].source])
    return back[::-1]
