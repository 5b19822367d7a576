from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.canvas.routes import routing
from gui.canvas.routes.routing import Obstacles

spots = st.lists(
    st.tuples(st.sampled_from([150.0, 320.0, 490.0]), st.integers(-4, 4).map(lambda row: row * 60.0)),
    max_size=12,
    unique=True,
)


@settings(max_examples=80, deadline=None)
@given(spots, st.floats(-250, 250), st.floats(-250, 250), st.booleans())
def test_a_way_goes_round_what_stands_between(
    middles: list[tuple[float, float]], y0: float, y1: float, forward: bool
) -> None:
    table = np.array([(x - 61, y - 20, x + 61, y + 20) for x, y in middles]).reshape(-1, 4)
    start, end = ((0.0, y0), (640.0, y1)) if forward else ((640.0, y0), (0.0, y1))
    curve = Obstacles(table).way(start, end, ())
    points = routing.sample(curve, 40)
    assert tuple(curve[0]) == start
    assert tuple(curve[-1]) == end
    for left, top, right, bottom in table:
        inside = (
            (points[:, 0] > left) & (points[:, 0] < right) & (points[:, 1] > top) & (points[:, 1] < bottom)
        )
        assert not inside.any()
    steps = np.diff(points[:, 0])
    assert np.all(steps >= -1e-6) if forward else np.all(steps <= 1e-6)


def test_two_ways_through_one_gap_keep_apart() -> None:
    obstacles = Obstacles(np.array([(100.0, -40.0, 200.0, 40.0)]))
    first = routing.sample(obstacles.way((0.0, 0.0), (300.0, 0.0), ()))
    second = routing.sample(obstacles.way((0.0, 4.0), (300.0, 4.0), ()))
    middle = [points[np.argmin(abs(points[:, 0] - 150)), 1] for points in (first, second)]
    assert abs(middle[0] - middle[1]) >= routing.LANE - 1


@given(st.lists(st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000)), min_size=4, max_size=4))
def test_parts_within_a_room_hold_all_of_the_curve_in_it(points: list[tuple[float, float]]) -> None:
    curve, room = np.array(points), (0.0, 0.0, 100.0, 80.0)
    whole = routing.sample(curve, 400)
    seen = whole[(whole[:, 0] > 0) & (whole[:, 0] < 100) & (whole[:, 1] > 0) & (whole[:, 1] < 80)]
    parts = routing.within(curve, room)
    if len(seen):
        found = np.concatenate([routing.sample(part, 4_000) for part in parts])
        for point in seen:
            assert np.hypot(*(found - point).T).min() < 1.0
