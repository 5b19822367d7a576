"""The order of nodes from top to bottom within their layers, with few crossings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Link = tuple[int, int, float]

THOROUGH = 900
"""Up to this many places, bends included, several starts are refined; above, one is refined a little."""


def spectral(count: int, arcs: Sequence[tuple[int, int]], vectors: int, rounds: int = 300) -> list[Floats]:
    """Smooth coordinates of the nodes of a connected graph: neighbours get near values.

    The slowest vectors of the lazy random walk after the constant one, by power iteration and deflation in
    the inner product of the degrees (Koren 2005, "Drawing graphs by eigenvectors").
    """
    ends = np.array(arcs, dtype=np.int64).reshape(-1, 2)
    heads, tails = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]])
    degree = np.maximum(np.bincount(heads, minlength=count).astype(np.float64), 1e-9)
    known = [np.full(count, 1.0 / np.sqrt(degree.sum()))]
    found = []
    for number in range(min(vectors, count - 1)):
        x = np.cos(np.arange(count) * (2.399963 + number) + number)
        for _ in range(rounds):
            for vector in known:
                x -= vector * float(vector @ (degree * x))
            x = 0.5 * (x + np.bincount(heads, weights=x[tails], minlength=count) / degree)
            x /= np.sqrt(float(x @ (degree * x))) or 1.0
        known.append(x)
        found.append(x)
    return found


class _Sides:
    """Links between neighbouring layers, and the layers' orders while they are improved."""

    def __init__(self, layers: Sequence[Sequence[int]], links: Sequence[Link], count: int) -> None:
        self.layers = [list(layer) for layer in layers]
        depth = np.zeros(count, dtype=int)
        for number, layer in enumerate(layers):
            depth[list(layer)] = number
        self.near: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        between: list[list[Link]] = [[] for _ in range(max(len(layers) - 1, 0))]
        for source, target, weight in links:
            if depth[source] > depth[target]:
                source, target = target, source
            between[depth[source]].append((source, target, weight))
            self.near[source].append((target, weight))
            self.near[target].append((source, weight))
        self.between = between
        self.depth = depth
        self.position = np.zeros(count)
        for layer in self.layers:
            self._number(layer)

    def _number(self, layer: list[int]) -> None:
        # Places are spread over 0 to 1, so that layers of different sizes can be compared.
        self.position[layer] = (np.arange(len(layer)) + 0.5) / max(len(layer), 1)

    def set(self, number: int, order: list[int]) -> None:
        self.layers[number] = order
        self._number(order)

    def crossings(self) -> float:
        total = 0.0
        for links in self.between:
            if len(links) < 2:
                continue
            table = np.array(links)
            left = self.position[table[:, 0].astype(int)]
            right = self.position[table[:, 1].astype(int)]
            weight = table[:, 2]
            crossed = (left[:, None] < left) & (right[:, None] > right)
            total += float(weight @ crossed @ weight)
        return total

    def stretch(self) -> float:
        """Sum of the differences in place along links: the tie-break between equal crossings."""
        total = 0.0
        for links in self.between:
            for source, target, weight in links:
                total += weight * abs(float(self.position[source] - self.position[target]))
        return total

    def barycentre(self, number: int, sides: tuple[int, ...]) -> None:
        """Sort a layer by the mean place of the neighbours on the given sides (-1 left, 1 right)."""
        keys = {}
        for node in self.layers[number]:
            pulls = [
                (self.position[other], weight)
                for other, weight in self.near[node]
                if self.depth[other] - number in sides
            ]
            mass = sum(weight for _, weight in pulls)
            keys[node] = sum(p * w for p, w in pulls) / mass if mass else self.position[node]
        self.set(number, sorted(self.layers[number], key=lambda node: (keys[node], self.position[node])))

    def _costs(self, number: int) -> Floats:
        """`costs[i, j]`: crossings between the links of i and j when i is above j."""
        layer = self.layers[number]
        place = {node: index for index, node in enumerate(layer)}
        costs = np.zeros((len(layer), len(layer)))
        for side in (number - 1, number + 1):
            if not 0 <= side < len(self.layers):
                continue
            other = {node: index for index, node in enumerate(self.layers[side])}
            table = np.zeros((len(layer), len(other)))
            for node in layer:
                for neighbour, weight in self.near[node]:
                    if neighbour in other:
                        table[place[node], other[neighbour]] += weight
            before = np.cumsum(table, axis=1) - table
            costs += table @ before.T
            mass = table.sum(axis=1)
            mean = np.where(mass > 0, table @ np.arange(len(other)) / np.maximum(mass, 1e-9), np.nan)
            with np.errstate(invalid="ignore"):
                costs += 0.01 * (mean[:, None] > mean[None, :])
        return costs

    def sift(self, number: int) -> bool:
        """Move each node of a layer to its best place (Matuszewski et al. 1999); whether any moved."""
        layer = self.layers[number]
        if len(layer) < 2:
            return False
        costs = self._costs(number)
        order = list(range(len(layer)))
        moved = False
        for node in range(len(layer)):
            at = order.index(node)
            rest = order[:at] + order[at + 1 :]
            gain = np.concatenate([[0.0], np.cumsum(costs[rest, node] - costs[node, rest])])
            best = int(np.argmin(gain))
            if gain[best] < gain[at] - 1e-9:
                order = [*rest[:best], node, *rest[best:]]
                moved = True
        if moved:
            self.set(number, [layer[index] for index in order])
        return moved

    def refine(self, rounds: int) -> None:
        for _ in range(rounds):
            if not sum(self.sift(number) for number in range(len(self.layers))):
                break


def order(
    layers: Sequence[Sequence[int]], links: Sequence[Link], starts: Sequence[Floats], count: int
) -> list[list[int]]:
    """The nodes of each layer from top to bottom.

    `links` are (node, node, weight) between neighbouring layers, `starts` are coordinates to begin from;
    the best result in weighted crossings counts, then the shortest links.
    """
    best: tuple[float, float] | None = None
    result = [list(layer) for layer in layers]
    thorough = count <= THOROUGH
    for start in starts if thorough else starts[:1]:
        sorted_layers = [sorted(layer, key=lambda node: (float(start[node]), node)) for layer in layers]
        sides = _Sides(sorted_layers, links, count)
        if not thorough:
            if count <= 4 * THOROUGH:
                sides.refine(2)
            return sides.layers
        numbers = range(len(layers))
        for attempt in range(5):
            if attempt:
                # Barycentre sweeps undo a good spectral order on large graphs; here the best try is kept.
                for number in numbers if attempt % 2 else reversed(numbers):
                    sides.barycentre(number, (-1,) if attempt % 2 else (1,))
                if attempt > 2:
                    for number in numbers:
                        sides.barycentre(number, (-1, 1))
            sides.refine(8)
            score = (sides.crossings(), sides.stretch())
            if best is None or score < best:
                best, result = score, [list(layer) for layer in sides.layers]
    return result
