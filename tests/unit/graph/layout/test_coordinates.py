from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.layout import coordinates

numbers = st.floats(-100, 100)


@given(st.lists(st.tuples(numbers, st.floats(0.1, 10)), min_size=1, max_size=12))
def test_isotonic_is_the_nearest_non_decreasing_sequence(case: list[tuple[float, float]]) -> None:
    wanted, weight = [value for value, _ in case], [mass for _, mass in case]
    found = coordinates.isotonic(wanted, weight)
    assert all(a <= b + 1e-9 for a, b in pairwise(found))

    def cost(levels: list[float]) -> float:
        return sum(m * (a - b) ** 2 for a, b, m in zip(levels, wanted, weight, strict=True))

    # The min-max formula (Barlow et al. 1972, theorem 1.4.4) gives the same answer in another way.
    size = len(wanted)

    def mean(low: int, high: int) -> float:
        masses = weight[low : high + 1]
        return sum(w * m for w, m in zip(wanted[low : high + 1], masses, strict=True)) / sum(masses)

    other = [max(min(mean(i, j) for j in range(k, size)) for i in range(k + 1)) for k in range(size)]
    assert cost(found) <= cost(other) + 1e-6
    assert np.allclose(found, other, atol=1e-6)


def room(count: int, reach: float = 10.0) -> coordinates.Room:
    return coordinates.Room(np.full(count, reach), np.full(count, reach), np.ones(count, dtype=bool), 56.0)


def numbers_of(*layers: list[int]) -> list[coordinates.Ints]:
    return [np.array(layer) for layer in layers]


def test_nodes_line_up_where_there_is_room_and_keep_apart_where_not() -> None:
    y = coordinates.place(numbers_of([0], [1, 2]), np.array([(0, 1), (0, 2)]), np.ones(2), room(3), sweeps=40)
    assert abs((y[2] - y[1]) - 56.0) < 1e-6
    assert abs(y[0] - (y[1] + y[2]) / 2) < 1e-3
    chain = coordinates.place(
        numbers_of([0], [1], [2]), np.array([(0, 1), (1, 2)]), np.ones(2), room(3), sweeps=40
    )
    assert np.ptp(chain) < 1e-9


def test_an_edge_that_is_almost_level_is_levelled_where_there_is_room() -> None:
    layers, links = numbers_of([0], [1, 2]), np.array([(0, 1), (0, 2)])
    y = coordinates.straightened(layers, links, room(3), np.array([5.0, 0.0, 56.0]))
    assert y.tolist() == [0.0, 0.0, 56.0]
    assert coordinates.straightened(layers, links, room(3), np.array([28.0, 0.0, 56.0]))[0] == 28.0


def test_places_take_the_heights_wanted_as_far_as_their_room_lets_them() -> None:
    order = np.array([2, 0, 1])
    fitted = room(3).fitted(order, np.array([0.0, 10.0, 300.0]), np.ones(3))
    assert fitted.tolist() == [-23.0, 33.0, 300.0]
    bends = coordinates.Room(np.full(3, 10.0), np.full(3, 10.0), np.array([True, False, True]), 56.0)
    assert bends.offsets(np.array([0, 1, 2])).tolist() == [0.0, 20.0, 40.0]
