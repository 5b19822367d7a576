"""Heights of places within their layers: as near to their neighbours as the room between them allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEVEL = 12.0
"""Edges that climb less than this are levelled out where there is room."""


def isotonic(wanted: Sequence[float], weight: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to `wanted` in weighted least squares.

    Pool adjacent violators (Barlow et al. 1972): linear in time and exact.
    """
    means: list[float] = []
    weights: list[float] = []
    sizes: list[int] = []
    for value, mass in zip(wanted, weight, strict=True):
        size = 1
        while means and means[-1] > value:
            before = weights.pop()
            value = (means.pop() * before + value * mass) / (before + mass)
            mass += before
            size += sizes.pop()
        means.append(value)
        weights.append(mass)
        sizes.append(size)
    return [mean for mean, size in zip(means, sizes, strict=True) for _ in range(size)]


@dataclass(frozen=True)
class Room:
    """How much room places take: how far each reaches from its middle, with half the gap to the next."""

    above: Floats
    below: Floats
    real: Bools
    """Whether it is a node, not the bend of a long edge."""
    row: float
    """Real nodes are at least so far apart."""

    def offsets(self, order: Ints) -> Floats:
        """The least distance of each place of a layer, from top to bottom, from the first one."""
        upper, lower = order[:-1], order[1:]
        gaps = self.below[upper] + self.above[lower]
        gaps = np.where(self.real[upper] & self.real[lower], np.maximum(gaps, self.row), gaps)
        return np.concatenate([[0.0], np.cumsum(gaps)])

    def fitted(self, order: Ints, wanted: Floats, weight: Floats) -> Floats:
        """The heights nearest to those wanted that leave each place of a layer its room."""
        offsets = self.offsets(order)
        return np.array(isotonic((wanted - offsets).tolist(), weight.tolist())) + offsets


def place(
    layers: Sequence[Ints],
    links: Ints,
    weight: Floats,
    room: Room,
    sweeps: int,
    begin: Floats | None = None,
) -> Floats:
    """The height of the middle of every place.

    `layers` holds the places of each layer from top to bottom; `links` are pairs of places of neighbouring
    layers, shape (m, 2). Each sweep solves every layer exactly while its neighbours stand still; the first
    starts from `begin`, or where every layer is as narrow as it can be.
    """
    order = np.concatenate(layers)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    ends, others = rank[np.concatenate([links, links[:, ::-1]])].T
    by_end = np.argsort(ends, kind="stable")
    others, pull = others[by_end], np.concatenate([weight, weight])[by_end]
    mass = np.bincount(ends[by_end], pull, len(order))
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=len(order)))])
    firsts = np.concatenate([[0], np.cumsum([len(layer) for layer in layers])]).tolist()
    y = np.empty(len(order)) if begin is None else begin[order]
    tables = []
    for layer, first, last in zip(layers, firsts, firsts[1:], strict=False):
        offsets = room.offsets(layer)
        if begin is None:
            y[first:last] = offsets - offsets[-1] / 2
        links_of = slice(int(starts[first]), int(starts[last]))
        bounds = starts[first : last + 1] - starts[first]
        loose = mass[first:last] == 0
        own = np.where(loose, 0.01, mass[first:last])
        tables.append(
            (slice(first, last), offsets, others[links_of], pull[links_of], bounds, loose, own, own.tolist())
        )
    for sweep in range(sweeps):
        for part, offsets, beside, pulls, bounds, loose, own, masses in (
            tables if sweep % 2 == 0 else tables[::-1]
        ):
            sums = np.concatenate([[0.0], np.cumsum(y[beside] * pulls)])
            wanted = np.where(loose, y[part], (sums[bounds[1:]] - sums[bounds[:-1]]) / own)
            y[part] = np.array(isotonic((wanted - offsets).tolist(), masses)) + offsets
    return y[rank]


def straightened(layers: Sequence[Ints], links: Ints, room: Room, y: Floats) -> Floats:
    """The heights with edges levelled out that are almost level, where there is room."""
    found: list[float] = y.tolist()
    depth = {node: number for number, layer in enumerate(layers) for node in layer.tolist()}
    near: list[list[int]] = [[] for _ in found]
    for source, target in links.tolist():
        near[source].append(target)
        near[target].append(source)
    orders = [(layer.tolist(), room.offsets(layer).tolist()) for layer in layers]
    for step, numbers in ((-1, range(1, len(layers))), (1, range(len(layers) - 2, -1, -1))):
        for number in numbers:
            layer, offsets = orders[number]
            for at, node in enumerate(layer):
                sides = [other for other in near[node] if depth[other] - number == step]
                if not sides or (step == 1 and any(depth[other] < number for other in near[node])):
                    continue
                goal = min((found[other] for other in sides), key=lambda level: abs(level - found[node]))
                low = found[layer[at - 1]] + offsets[at] - offsets[at - 1] if at else -np.inf
                last = at == len(layer) - 1
                high = np.inf if last else found[layer[at + 1]] - offsets[at + 1] + offsets[at]
                if abs(goal - found[node]) <= LEVEL and low <= goal <= high:
                    found[node] = goal
    return np.array(found)
