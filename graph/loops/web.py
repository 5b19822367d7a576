"""The connected components of numbered nodes, kept up to date as edges come and go."""

from __future__ import annotations

import numpy as np
import rustworkx

from graph.identity import NodeId
from graph.loops.arcs import HALF, HEAD, Bools, Ints
from graph.loops.numbered import Change, Edges, Numbered


class Web(Numbered):
    """Numbered nodes, and which of them are together on loops."""

    def __init__(self) -> None:
        super().__init__()
        self.part: Ints = np.empty(0, np.int64)
        """Which strongly connected component a node is in, by place in `parts`; -1 where it has no loop."""
        self.parts: list[tuple[int, ...]] = []
        """The strongly connected components of two nodes and more, each in the order of the nodes' texts."""
        self.rank: Ints = np.empty(0, np.int64)
        """The places of nodes by their texts; it holds for all that are in parts."""
        self._names: dict[tuple[int, ...], tuple[NodeId, ...]] = {}
        self._digraph: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph()

    def add(self, edges: Edges) -> Change:
        """Adds edges that were not there."""
        new = super().add(edges)
        missing = len(self.nodes) - len(self.part)
        self.part = np.concatenate([self.part, np.full(missing, -1)])
        self.rank = np.concatenate([self.rank, np.zeros(missing, np.int64)])
        self._digraph.add_nodes_from([None] * missing)
        self._digraph.add_edges_from_no_data(_ends(new.turned))
        return new

    def remove(self, edges: Edges) -> Change:
        """Removes edges that were there."""
        gone = super().remove(edges)
        self._digraph.remove_edges_from(_ends(gone.turned))
        return gone

    def regroup(self) -> None:
        """Finds the components anew."""
        order = np.array(sorted(self.number.values(), key=self.words.__getitem__), np.int64)
        self.rank[order] = np.arange(len(order))
        found = [nodes for nodes in rustworkx.strongly_connected_components(self._digraph) if len(nodes) > 1]
        sizes = list(map(len, found))
        self.part = np.full(len(self.nodes), -1)
        self.part[[node for nodes in found for node in nodes]] = np.repeat(np.arange(len(found)), sizes)
        inner = order[self.part[order] >= 0]
        members = inner[np.argsort(self.part[inner], kind="stable")].tolist()
        ends = np.cumsum(sizes).tolist()
        self._names.clear()
        self.parts = [tuple(members[end - size : end]) for end, size in zip(ends, sizes, strict=True)]

    def names(self, part: tuple[int, ...]) -> tuple[NodeId, ...]:
        """The nodes of one of the `parts`, which stay what they are until the next `regroup`."""
        if part not in self._names:
            self._names[part] = self.named(part)
        return self._names[part]

    def part_of(self, arcs: Ints) -> Ints:
        """The components that arcs lie within, as of the last `regroup`; -1 where they lie within none."""
        part = self.part[arcs >> HALF]
        return np.where(part == self.part[arcs & HEAD], part, -1)

    def together(self, arcs: Ints) -> Bools:
        """Whether both ends are in one component, as of the last `regroup`."""
        within: Bools = self.part_of(arcs) >= 0
        return within

    def by_text(self, arcs: Ints) -> Ints:
        """Arcs within components in the order of the texts of their ends."""
        return arcs[np.lexsort((self.rank[arcs & HEAD], self.rank[arcs >> HALF]))]


def _ends(arcs: Ints) -> list[tuple[int, int]]:
    return list(zip((arcs >> HALF).tolist(), (arcs & HEAD).tolist(), strict=True))
