"""Heights of nodes within their layers: as near to their neighbours as the room between them allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def isotonic(wanted: Sequence[float], weight: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to `wanted` in weighted least squares.

    Pool adjacent violators (Barlow et al. 1972): linear in time and exact.
    """
    means: list[float] = []
    weights: list[float] = []
    sizes: list[int] = []
    for value, mass in zip(wanted, weight, strict=True):
        means.append(value)
        weights.append(mass)
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            mass = weights[-2] + weights[-1]
            means[-2] = (means[-2] * weights[-2] + means[-1] * weights[-1]) / mass
            weights[-2] = mass
            sizes[-2] += sizes[-1]
            del means[-1], weights[-1], sizes[-1]
    return [mean for mean, size in zip(means, sizes, strict=True) for _ in range(size)]


def _offsets(layer: Sequence[int], above: Floats, below: Floats, real: Sequence[bool], row: float) -> Floats:
    """Least distance of each node of a layer from the first one."""
    offsets = np.zeros(len(layer))
    for place in range(1, len(layer)):
        upper, lower = layer[place - 1], layer[place]
        gap = float(below[upper] + above[lower])
        if real[upper] and real[lower]:
            gap = max(gap, row)
        offsets[place] = offsets[place - 1] + gap
    return offsets


def _straighten(
    layers: Sequence[Sequence[int]],
    offsets: Sequence[Floats],
    near: Sequence[Sequence[tuple[int, float]]],
    y: Floats,
    reach: float,
) -> None:
    """Level out edges that are almost level, where there is room."""
    depth = {node: number for number, layer in enumerate(layers) for node in layer}
    for step, numbers in ((-1, range(1, len(layers))), (1, range(len(layers) - 2, -1, -1))):
        for number in numbers:
            layer, offset = layers[number], offsets[number]
            for place, node in enumerate(layer):
                sides = [other for other, _ in near[node] if depth[other] - number == step]
                if not sides or (step == 1 and any(depth[other] < number for other, _ in near[node])):
                    continue
                goal = min((y[other] for other in sides), key=lambda level: abs(level - y[node]))
                low = y[layer[place - 1]] + offset[place] - offset[place - 1] if place else -np.inf
                last = place == len(layer) - 1
                high = np.inf if last else y[layer[place + 1]] - offset[place + 1] + offset[place]
                if abs(goal - y[node]) <= reach and low <= goal <= high:
                    y[node] = goal


def place(
    layers: Sequence[Sequence[int]],
    edges: Sequence[tuple[int, int, float]],
    above: Floats,
    below: Floats,
    real: Sequence[bool],
    row: float,
    sweeps: int,
) -> Floats:
    """The height of the middle of every node.

    `layers` holds the nodes of each layer from top to bottom; `edges` are (node, node, weight) between
    neighbouring layers; `above` and `below` say how far a node reaches from its middle, with half the gap
    to the next; real nodes (not bends of long edges) are at least `row` apart. Each sweep solves every
    layer exactly while its neighbours stand still.
    """
    count = len(above)
    near: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for source, target, weight in edges:
        near[source].append((target, weight))
        near[target].append((source, weight))
    offsets = [_offsets(layer, above, below, real, row) for layer in layers]
    y = np.zeros(count)
    for layer, offset in zip(layers, offsets, strict=True):
        if layer:
            y[list(layer)] = offset - offset[-1] / 2
    links = [(np.array([n for n, _ in side], dtype=int), np.array([w for _, w in side])) for side in near]
    totals = [float(weights.sum()) if len(weights) else 0.0 for _, weights in links]
    numbers = list(range(len(layers)))
    for sweep in range(sweeps):
        for number in numbers if sweep % 2 == 0 else reversed(numbers):
            layer, offset = layers[number], offsets[number]
            wanted = [
                float(links[node][1] @ y[links[node][0]]) / totals[node] if totals[node] else float(y[node])
                for node in layer
            ]
            masses = [totals[node] or 0.01 for node in layer]
            bases = isotonic([want - shift for want, shift in zip(wanted, offset, strict=True)], masses)
            for node, base, shift in zip(layer, bases, offset, strict=True):
                y[node] = base + shift
    _straighten(layers, offsets, near, y, reach=12.0)
    return y
