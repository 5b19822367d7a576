"""The edges of a graph as arcs between numbered nodes, changed in place, and its connected components."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import rustworkx
from numpy.typing import NDArray

from graph.identity import Action, EdgeId, NodeId, OperationId

Arc = tuple[int, int]
"""All edges from one node to another, by the numbers of the two."""


class Neighbours(list[tuple[int, ...]]):
    """For each node those that arcs lead to, or those that they come from."""

    def add(self, ends: NDArray[np.int64]) -> None:
        """Adds arcs that are not there: rows of a node, whose place is its number, and its neighbour."""
        if not len(ends):
            return
        ends = ends[np.argsort(ends[:, 0], kind="stable")]
        starts = np.flatnonzero(np.diff(ends[:, 0], prepend=-1)).tolist()
        others = ends[:, 1].tolist()
        for node, first, last in zip(ends[starts, 0].tolist(), starts, [*starts[1:], None], strict=True):
            self[node] += tuple(others[first:last])

    def remove(self, node: int, other: int) -> None:  # type: ignore[override]
        """Removes an arc that is there."""
        others = self[node]
        at = others.index(other)
        self[node] = others[:at] + others[at + 1 :]


class Web:
    """Nodes keep their number as long as they have an edge. Edges from a node to itself are left out."""

    def __init__(self) -> None:
        self.nodes: list[NodeId] = []
        self.words: list[str] = []
        """The text of each node, which puts all of them into one order."""
        self.out = Neighbours()
        self.into = Neighbours()
        self.edges: dict[Arc, tuple[EdgeId, ...]] = {}
        self.part: list[int] = []
        """Which strongly connected component a node is in, by place in `parts`; -1 where it has no loop."""
        self.parts: list[tuple[int, ...]] = []
        """The strongly connected components of two nodes and more, each in the order of the nodes' texts."""
        self._number: dict[NodeId, int] = {}
        self._free: list[int] = []
        self._order: list[int] = []
        self._digraph: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph()

    def add(self, edges: Iterable[EdgeId]) -> list[Arc]:
        """The arcs that are new by edges that were not there."""
        fresh: list[Arc] = []
        number = self._number
        for edge in edges:
            source, target = ends(edge)
            if source == target:
                continue
            if (tail := number.get(source)) is None:
                tail = self._new(source)
            if (head := number.get(target)) is None:
                head = self._new(target)
            arc = (tail, head)
            if (parallel := self.edges.get(arc)) is None:
                self.edges[arc] = (edge,)
                fresh.append(arc)
            else:
                self.edges[arc] = (*parallel, edge)
        both = np.array(fresh, np.int64).reshape(-1, 2)
        self.out.add(both)
        self.into.add(both[:, ::-1])
        self._digraph.add_nodes_from([None] * (len(self.nodes) - self._digraph.num_nodes()))
        self._digraph.add_edges_from_no_data(fresh)
        return fresh

    def remove(self, edges: Iterable[EdgeId]) -> list[Arc]:
        """The arcs that are gone with edges that were there."""
        gone: list[Arc] = []
        for edge in edges:
            source, target = ends(edge)
            if source == target:
                continue
            arc = tail, head = self._number[source], self._number[target]
            parallel = self.edges[arc] = tuple(other for other in self.edges[arc] if other != edge)
            if not parallel:
                del self.edges[arc]
                self.out.remove(tail, head)
                self.into.remove(head, tail)
                self._digraph.remove_edge(tail, head)
                gone.append(arc)
        return gone

    def forget(self, arcs: Collection[Arc]) -> None:
        """Frees the numbers of nodes that have no edge any more, of those that arcs join."""
        for node in {node for arc in arcs for node in arc}:
            if not self.out[node] and not self.into[node]:
                del self._number[self.nodes[node]]
                self._free.append(node)
                self._order.remove(node)

    def regroup(self) -> None:
        """Finds the components anew."""
        words = self.words
        self._order.sort(key=words.__getitem__)
        found = rustworkx.strongly_connected_components(self._digraph)
        self.part = part = [-1] * len(self.nodes)
        count = 0
        for nodes in found:
            if len(nodes) > 1:
                for node in nodes:
                    part[node] = count
                count += 1
        members: list[list[int]] = [[] for _ in range(count)]
        for node in self._order:
            if part[node] >= 0:
                members[part[node]].append(node)
        self.parts = list(map(tuple, members))

    def arcs(self, edges: Iterable[EdgeId]) -> list[Arc]:
        """The arcs of edges whose ends have a number."""
        both = map(ends, edges)
        return [(self._number[source], self._number[target]) for source, target in both if source != target]

    def named(self, nodes: Iterable[int]) -> tuple[NodeId, ...]:
        """Nodes by their numbers."""
        return tuple(map(self.nodes.__getitem__, nodes))

    def text(self, arc: Arc) -> tuple[str, str]:
        """What puts arcs into one order."""
        return self.words[arc[0]], self.words[arc[1]]

    def together(self, arc: Arc) -> bool:
        """Whether both ends are in one component, as of the last `regroup`."""
        return self.part[arc[0]] == self.part[arc[1]] >= 0

    def _new(self, node: NodeId) -> int:
        if self._free:
            at = self._free.pop()
            self.nodes[at], self.words[at] = node, str(node)
        else:
            at = len(self.nodes)
            self.nodes.append(node)
            self.words.append(str(node))
            self.out.append(())
            self.into.append(())
            self.part.append(-1)
        self._number[node] = at
        self._order.append(at)
        return at


def ends(edge: EdgeId) -> tuple[NodeId, NodeId]:
    """The nodes that records leave and reach along an edge."""
    if isinstance(edge, OperationId):
        if edge.action is Action.SEND:
            return edge.application, edge.channel
        return edge.channel, edge.application
    return edge.source, edge.target
