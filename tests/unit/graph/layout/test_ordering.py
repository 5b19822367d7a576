from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.layout import ordering

Links = list[tuple[int, int, float]]


def crossings(layers: list[list[int]], links: Links) -> float:
    """Counted pair by pair, to check the fast way against."""
    place = {node: (depth, index) for depth, layer in enumerate(layers) for index, node in enumerate(layer)}
    total = 0.0
    for (a, b, v), (c, d, w) in combinations(links, 2):
        if place[a][0] == place[c][0] and (place[a][1] - place[c][1]) * (place[b][1] - place[d][1]) < 0:
            total += v * w
    return total


@st.composite
def layered(draw: st.DrawFn) -> tuple[list[list[int]], Links]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    layers, start = [], 0
    for size in sizes:
        layers.append(list(range(start, start + size)))
        start += size
    links: Links = []
    for left, right in pairwise(layers):
        pairs = draw(st.sets(st.tuples(st.sampled_from(left), st.sampled_from(right)), min_size=1))
        links += [(a, b, 1.0) for a, b in sorted(pairs)]
    return layers, links


@settings(max_examples=60, deadline=None)
@given(layered())
def test_ordering_keeps_layers_and_never_adds_crossings(case: tuple[list[list[int]], Links]) -> None:
    layers, links = case
    count = sum(map(len, layers))
    start = np.arange(count, dtype=float)
    found = ordering.order(layers, links, [start], count)
    assert [sorted(layer) for layer in found] == layers
    assert crossings(found, links) <= crossings(layers, links)


def test_a_twisted_ladder_is_untwisted() -> None:
    layers = [[0, 1, 2], [3, 4, 5]]
    links = [(0, 5, 1.0), (1, 4, 1.0), (2, 3, 1.0)]
    found = ordering.order(layers, links, [np.arange(6.0)], 6)
    assert crossings(found, links) == 0


def test_spectral_coordinates_are_smooth_and_independent() -> None:
    path = [(n, n + 1) for n in range(9)]
    first, second = ordering.spectral(10, path, vectors=2, rounds=2_000)
    steps = np.diff(first)
    assert np.all(steps > 0) or np.all(steps < 0)
    degree = np.array([1.0] + [2.0] * 8 + [1.0])
    assert abs(first @ (degree * second)) < 1e-6
