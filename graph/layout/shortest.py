"""Layers that make edges short: a network simplex."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.layout.coordinates import Bools, Floats, Ints

Arc = tuple[int, int]

PIVOTS = 5_000
"""How many nodes are looked at, over and over again, before the answer is good enough."""


class _Tree:
    """A spanning tree of tight arcs over a connected graph: the basis of a network simplex."""

    def __init__(self, layer: Ints, source: Ints, target: Ints, weight: Floats) -> None:
        self.layer, self.source, self.target = layer, source, target
        count = len(layer)
        self.pull = np.bincount(target, weight, count) - np.bincount(source, weight, count)
        self.near: list[dict[int, int]] = [{} for _ in range(count)]
        """The neighbours of each node in the tree, and 1 where the arc leads there, -1 where from there."""
        arcs: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        for a, b in zip(source.tolist(), target.tolist(), strict=True):
            arcs[a].append((b, 1))
            arcs[b].append((a, -1))
        inside = np.zeros(count, dtype=bool)
        start, seen = 0, {0}
        while True:
            reached = [start]
            for node in reached:
                for other, way in arcs[node]:
                    if other not in seen and layer[other] - layer[node] == way:
                        seen.add(other)
                        reached.append(other)
                        self._join(node, other, way)
            inside[reached] = True
            if len(seen) == count:
                break
            if not (inside[source] != inside[target]).any():
                # Parts that no arc joins pull on each other with no weight, wherever they hang.
                start = int(np.argmin(inside))
                seen.add(start)
                self._join(0, start, 1)
                continue
            arc, slack = self._tightest(inside[source] != inside[target])
            a, b = int(source[arc]), int(target[arc])
            layer[inside] += slack if inside[a] else -slack
            self._join(a, b, 1)
            start = b if inside[a] else a
            seen.add(start)

    def _tightest(self, among: Bools) -> tuple[int, int]:
        """The arc with the least slack, and how much that is."""
        arcs = np.flatnonzero(among)
        slack = self.layer[self.target[arcs]] - self.layer[self.source[arcs]] - 1
        least = int(np.argmin(slack))
        return int(arcs[least]), int(slack[least])

    def _join(self, a: int, b: int, way: int) -> None:
        self.near[a][b] = way
        self.near[b][a] = -way

    def _walk(self) -> tuple[list[int], list[int], list[int], list[int]]:
        """Nodes in preorder; and for each of these its parent, 1 where the arc leads from there and -1 where
        it leads there, and how many nodes hang on it with itself.
        """
        near = self.near
        order: list[int] = []
        parents: list[int] = []
        ways: list[int] = []
        above: list[int] = []
        stack = [(0, 0, 0, 0)]
        while stack:
            node, parent, way, before = stack.pop()
            at = len(order)
            order.append(node)
            parents.append(parent)
            ways.append(way)
            above.append(before)
            stack += [(other, node, on, at) for other, on in near[node].items() if other != parent]
        sizes = [1] * len(order)
        for at in range(len(order) - 1, 0, -1):
            sizes[above[at]] += sizes[at]
        return order, parents, ways, sizes

    def improve(self) -> bool:
        """Move the parts of the tree that gain most, each as far as it goes; False where none gains."""
        order, parents, ways, sizes = self._walk()
        count = len(order)
        way = np.array(ways)
        place = np.empty(count, dtype=np.int64)
        place[order] = np.arange(count)
        total = np.concatenate([[0.0], np.cumsum(self.pull[order])])
        ends = np.arange(count) + sizes
        # A part on an arc that leads to it may move right, and gains where more arcs leave it than enter.
        gain = (total[:-1] - total[ends]) * way
        worth = np.flatnonzero(gain > 1e-9)
        # Parts that are moved in one go neither lie in each other nor hang on each other.
        stale = np.zeros(count + 1, dtype=bool)
        for first in worth[np.argsort(-gain[worth], kind="stable")].tolist():
            last = first + sizes[first]
            if stale[first:last].any():
                continue
            inside = (place >= first) & (place < last)
            if way[first] > 0:
                arc, slack = self._tightest(inside[self.source] & ~inside[self.target])
            else:
                arc, slack = self._tightest(inside[self.target] & ~inside[self.source])
            self.layer[inside] += slack * way[first]
            node, above = order[first], parents[first]
            del self.near[node][above], self.near[above][node]
            a, b = int(self.source[arc]), int(self.target[arc])
            self._join(a, b, 1)
            stale[first:last] = True
            stale[place[a]] = stale[place[b]] = True
        return bool(len(worth))


def shortest(layer: Sequence[int], arcs: Sequence[Arc], weight: Sequence[float]) -> list[int]:
    """Layers with the least sum of weighted lengths of arcs: the network simplex of Gansner et al. 1993.

    `layer` is a first answer.
    """
    table = np.array(arcs, dtype=np.int64).reshape(-1, 2)
    tree = _Tree(np.array(layer), table[:, 0], table[:, 1], np.array(weight))
    for _ in range(10 + PIVOTS // len(layer)):
        if not tree.improve():
            break
    return [int(number) for number in tree.layer]
