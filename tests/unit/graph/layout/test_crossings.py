from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.layout import crossings
from graph.layout.coordinates import Floats, Room

Point = tuple[float, float]
Ends = list[tuple[int, int]]


def turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def crossed(points: list[Point], lines: Ends) -> int:
    """Pairs of lines that share no end and cross, one by one."""
    return sum(
        turn(points[a], points[b], points[c]) * turn(points[a], points[b], points[d]) < 0
        and turn(points[c], points[d], points[a]) * turn(points[c], points[d], points[b]) < 0
        for (a, b), (c, d) in combinations(lines, 2)
        if not {a, b} & {c, d}
    )


@st.composite
def pictures(draw: st.DrawFn) -> tuple[Floats, Floats, Ends]:
    """Points in columns, all at different heights, and lines between columns."""
    columns = draw(st.lists(st.integers(0, 3), min_size=4, max_size=10))
    order = draw(st.permutations(range(len(columns))))
    # Heights are such that no three points lie on one line.
    y = np.array([7.0 * place + 0.013 * place**3 for place in order])
    pairs = [(a, b) for a, b in combinations(range(len(columns)), 2) if columns[a] != columns[b]]
    lines = draw(st.lists(st.sampled_from(pairs), max_size=12, unique=True)) if pairs else []
    return np.array(columns) * 100.0, y, lines


def made(x: Floats, lines: Ends) -> crossings.Lines:
    count = len(x)
    table = np.array(lines, dtype=np.int64).reshape(-1, 2)
    level = np.zeros(len(table), dtype=bool)
    return crossings.Lines(x, table, np.arange(count), np.zeros(count), level)


def room(count: int) -> Room:
    return Room(np.full(count, 10.0), np.full(count, 10.0), np.ones(count, dtype=bool), 56.0)


@settings(max_examples=80, deadline=None)
@given(pictures())
def test_crossings_are_those_of_the_straight_lines(case: tuple[Floats, Floats, Ends]) -> None:
    x, y, lines = case
    assert made(x, lines).crossed(y) == crossed(list(zip(x.tolist(), y.tolist(), strict=True)), lines)


@settings(max_examples=60, deadline=None)
@given(pictures(), st.integers(-60, 120))
def test_costs_tell_how_many_crossings_another_height_makes(
    case: tuple[Floats, Floats, Ends], whole: int
) -> None:
    x, y, lines = case
    table, height = made(x, lines), whole + 0.4217
    for place in range(len(x)):
        if not len(table.near[place]):
            continue
        moved = y.copy()
        moved[place] = height
        costs = table.costs(y, place, np.array([y[place], height]))
        assert round(float(costs[1] - costs[0])) == table.crossed(moved) - table.crossed(y)


def test_points_that_share_a_place_move_together() -> None:
    # A ring of 1 and 2, one above the other, between 0 and 3; 4 to 5 passes over it.
    x = np.array([0.0, 100.0, 100.0, 200.0, 0.0, 200.0])
    lines = crossings.Lines(
        x,
        np.array([(0, 1), (1, 3), (3, 2), (2, 0), (4, 5)]),
        np.array([0, 1, 1, 2, 3, 4]),
        np.array([0.0, -47.0, 47.0, 0.0, 0.0, 0.0]),
        np.array([True] * 4 + [False]),
    )
    places = np.array([0.0, 0.0, 0.0, -20.0, -20.0])
    assert lines.crossed(places) == 2
    assert lines.heights(places).tolist() == [0.0, -47.0, 47.0, 0.0, -20.0, -20.0]
    assert lines.costs(lines.heights(places), 1, np.array([0.0, 100.0]))[1] < 2


def test_lines_are_uncrossed_and_what_is_far_off_is_drawn_in() -> None:
    x = np.array([0.0, 0.0, 100.0, 100.0])
    lines = made(x, [(0, 3), (1, 2)])
    layers = [np.array([0, 1]), np.array([2, 3])]
    y = np.array([0.0, 56.0, 0.0, 56.0])
    assert lines.crossed(y) == 1
    found = crossings.refined(lines, layers, y, room(4), passes=3)
    assert lines.crossed(found) == 0
    far = np.array([0.0, 56.0, 500.0, 0.0])
    near = crossings.drawn_in(lines, layers, far, room(4), passes=2)
    assert lines.crossed(near) == 0
    assert lines.climb(near) < lines.climb(far)
    assert near[2] - near[3] >= 56.0
