from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graph.layout.shortest import shortest

Arcs = list[tuple[int, int]]


@st.composite
def ladders(draw: st.DrawFn) -> tuple[int, Arcs, list[float]]:
    """A graph whose arcs lead from lower to higher numbers."""
    count = draw(st.integers(2, 6))
    pairs = [(a, b) for b in range(count) for a in range(b)]
    arcs = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=9, unique=True))
    return count, arcs, draw(st.lists(st.sampled_from([1.0, 2.0]), min_size=len(arcs), max_size=len(arcs)))


def length(layer: list[int] | tuple[int, ...], arcs: Arcs, weight: list[float]) -> float:
    return sum(w * (layer[b] - layer[a]) for (a, b), w in zip(arcs, weight, strict=True))


@settings(max_examples=80, deadline=None)
@given(ladders())
def test_no_layers_make_edges_shorter(case: tuple[int, Arcs, list[float]]) -> None:
    count, arcs, weight = case
    found = shortest(list(range(count)), arcs, weight)
    assert all(found[a] < found[b] for a, b in arcs)
    least = min(
        length(layer, arcs, weight)
        for layer in product(range(count), repeat=count)
        if all(layer[a] < layer[b] for a, b in arcs)
    )
    assert length(found, arcs, weight) == pytest.approx(least)


@settings(deadline=None)
@given(ladders())
def test_layers_that_are_short_already_stay_as_they_are(case: tuple[int, Arcs, list[float]]) -> None:
    count, arcs, weight = case
    once = shortest(list(range(count)), arcs, weight)
    again = shortest(once, arcs, weight)
    assume({node for arc in arcs for node in arc} == set(range(count)))
    assert length(again, arcs, weight) == length(once, arcs, weight)
