from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.layout import ordering
from graph.layout.coordinates import Ints

Links = list[tuple[int, int]]


def crossings(layers: list[list[int]], links: Links) -> int:
    """Counted pair by pair, to check the fast way against."""
    place = {node: (depth, index) for depth, layer in enumerate(layers) for index, node in enumerate(layer)}
    total = 0
    for (a, b), (c, d) in combinations(links, 2):
        if place[a][0] == place[c][0] and (place[a][1] - place[c][1]) * (place[b][1] - place[d][1]) < 0:
            total += 1
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
        links += sorted(pairs)
    return layers, links


def ladder(layers: list[list[int]], links: Links) -> ordering.Ladder:
    depth = [number for number, layer in enumerate(layers) for _ in layer]
    return ordering.Ladder(np.array(depth), np.array(links))


def named(of: ordering.Ladder, orders: list[Ints]) -> list[list[int]]:
    return [layer[order].tolist() for layer, order in zip(of.layers, orders, strict=True)]


@settings(max_examples=60, deadline=None)
@given(layered(), st.randoms(use_true_random=False))
def test_crossings_are_counted_and_never_added(case: tuple[list[list[int]], Links], random: object) -> None:
    layers, links = case
    made = ladder(layers, links)
    keys = np.array([[random.random() for layer in layers for _ in layer] for _ in range(3)])  # type: ignore[attr-defined]
    before = [crossings(named(made, made.sorted(key)), links) for key in keys]
    swept, fewest = made.swept(keys, sweeps=4)
    after = [crossings(named(made, made.sorted(key)), links) for key in swept]
    assert after == fewest.tolist()
    assert all(now <= then for now, then in zip(after, before, strict=True))
    for key, count in zip(swept, after, strict=True):
        sifted = named(made, made.sifted(made.sorted(key), rounds=4))
        assert [sorted(layer) for layer in sifted] == layers
        assert crossings(sifted, links) <= count


def test_a_twisted_ladder_is_untwisted() -> None:
    layers = [[0, 1, 2], [3, 4, 5]]
    links = [(0, 5), (1, 4), (2, 3)]
    made = ladder(layers, links)
    assert crossings(named(made, made.sifted(made.sorted(np.arange(6.0)), rounds=4)), links) == 0


@pytest.mark.parametrize("dense", [0, 300])
def test_spectral_coordinates_are_smooth_and_independent(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "DENSE", dense)
    path = np.array([(n, n + 1) for n in range(9)])
    first, second = ordering.spectral(10, path, vectors=2, rounds=2_000)
    steps = np.diff(first)
    assert np.all(steps > 0) or np.all(steps < 0)
    degree = np.array([1.0] + [2.0] * 8 + [1.0])
    assert abs(first @ (degree * second)) < (2e-3 if dense else 1e-6)
