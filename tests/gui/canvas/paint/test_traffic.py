from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from gui.canvas.paint import traffic
from gui.canvas.paint.traffic import CELL, Cover, Traffic
from gui.canvas.routes.polylines import Polylines, Ride, clipped, dashed
from gui.canvas.routes.routing import Floats

WAYS = [
    np.array([(0.0, 0.0), (300.0, 0.0), (300.0, 200.0)]),
    np.array([(0.0, 50.0), (0.0, 90.0), (80.0, 90.0)]),
]
NONE = np.array([-1, -1], np.int8)


def off(point: Floats, way: Floats) -> float:
    """How far a point is from a way."""
    start, step = way[:-1], np.diff(way, axis=0)
    part = np.clip(((point - start) * step).sum(axis=1) / (step**2).sum(axis=1), 0, 1)
    return float(np.hypot(*(start + step * part[:, None] - point).T).min())


def test_dots_stay_on_their_lines_and_move() -> None:
    moving = Traffic(WAYS, np.array([200.0, 30.0]), NONE)
    first, second = moving.points(0.0), moving.points(0.4)
    assert len(first) == len(moving) > 8
    for point in (*first, *second):
        assert min(off(point, way) for way in WAYS) < 1e-6
    assert np.hypot(*(first - second).T).max() > 5.0


def test_nothing_moves_where_nothing_is_sent() -> None:
    assert len(Traffic(WAYS, np.zeros(2), NONE)) == 0
    assert len(Traffic([], np.zeros(0), NONE[:0])) == 0


def test_dots_are_bounded_and_loops_come_first() -> None:
    ways = WAYS * 200
    rates, ranks = np.full(len(ways), 1e6), np.full(len(ways), -1, np.int8)
    ranks[-4:] = 5
    made = Traffic(ways, rates, ranks)
    assert traffic.MOST * 0.9 < len(made) <= traffic.MOST
    alone = Traffic(ways[-4:], rates[-4:], ranks[-4:])
    assert int((made._column == 1).sum()) == len(alone) > 0


def test_far_out_dots_keep_apart_on_the_screen() -> None:
    near, far = (Traffic(WAYS, np.full(2, 900.0), NONE, scale) for scale in (1.0, 0.05))
    assert 0 < len(far) < len(near)


def test_faster_means_more_and_loops_hurry() -> None:
    assert traffic.speed(1.0, loop=False) < traffic.speed(1000.0, loop=False)
    assert traffic.speed(10.0, loop=True) == 1.5 * traffic.speed(10.0, loop=False)


chains = st.lists(
    st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=2, max_size=6),
    min_size=1,
    max_size=5,
)


@given(chains, st.floats(0.0, 1.0))
def test_places_along_lines_are_those_of_each_line_alone(
    points: list[list[tuple[int, int]]], part: float
) -> None:
    ways = [np.array(each, dtype=np.float64) for each in points]
    every = Polylines(np.concatenate(ways), np.array([len(way) for way in ways]))
    found = every.at(np.arange(len(ways)), every.lengths * part)
    for way, length, place in zip(ways, every.lengths, found, strict=True):
        steps = np.hypot(*np.diff(way, axis=0).T)
        assert length == np.float64(steps.sum()) or abs(length - steps.sum()) < 1e-6
        along = np.concatenate([[0.0], np.cumsum(steps)])
        wanted = [np.interp(length * part, along, way[:, axis]) for axis in (0, 1)]
        if np.unique(along).size == along.size:
            assert np.allclose(place, wanted, atol=1e-6)


@given(chains, st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_travellers_are_where_they_would_be_if_they_had_come_at_once(
    points: list[list[tuple[int, int]]], parts: list[float]
) -> None:
    ways = [np.array(each, dtype=np.float64) for each in points]
    every = Polylines(np.concatenate(ways), np.array([len(way) for way in ways]))
    line = np.tile(np.arange(len(ways)), 2)
    ride = Ride(every, line)
    for part in parts:
        assert np.array_equal(ride.at(every.lengths[line] * part), every.at(line, every.lengths[line] * part))


cell = float(CELL)
corners = st.tuples(*[st.integers(-9, 9)] * 2, *[st.integers(0, 9)] * 2).map(
    lambda at: (at[0] * cell, at[1] * cell, (at[0] + at[2]) * cell, (at[1] + at[3]) * cell)
)


@given(
    st.lists(corners, min_size=1, max_size=6), st.lists(st.tuples(*[st.floats(0.0, 60.0)] * 2), min_size=1)
)
def test_what_covers_a_dot_is_known_to_a_cell(
    rects: list[tuple[float, float, float, float]], dots: list[tuple[float, float]]
) -> None:
    cover = Cover(np.array(rects), QRectF(0, 0, 61, 61), 1.0)
    for dot, told in zip(dots, cover.over(np.array(dots)).tolist(), strict=True):
        x, y = (part // cell * cell + cell / 2 for part in dot)
        assert told == any(left < x < right and top < y < bottom for left, top, right, bottom in rects)


numbers = st.integers(-60, 60).map(float)


@given(numbers, numbers, numbers, numbers)
def test_what_is_left_of_a_stroke_is_what_lies_in_the_room(a: float, b: float, c: float, d: float) -> None:
    stroke, room = np.array([(a, b, c, d)]), (-20.0, -10.0, 25.0, 30.0)
    enter, leave = clipped(stroke, room)
    parts = np.linspace(0, 1, 241)
    x, y = a + (c - a) * parts, b + (d - b) * parts
    inside = (x >= room[0]) & (x <= room[2]) & (y >= room[1]) & (y <= room[3])
    told = (parts >= enter[0] - 1e-9) & (parts <= leave[0] + 1e-9)
    assert np.array_equal(inside, told)


def test_dashes_run_on_from_stroke_to_stroke() -> None:
    strokes = np.array([(0.0, 0.0, 10.0, 0.0), (10.0, 0.0, 10.0, 10.0)])
    found = dashed(strokes, np.array([0.0, 10.0]), 6.0, 2.0)
    assert found.tolist() == [[0, 0, 6, 0], [8, 0, 10, 0], [10, 0, 10, 4], [10, 6, 10, 10]]
