from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from graph.layout import placement
from graph.layout.placement import Box, Floor

sizes = st.lists(st.tuples(st.floats(10, 400), st.floats(10, 400)), min_size=1, max_size=20)


@given(sizes)
def test_packed_rectangles_do_not_overlap(case: list[tuple[float, float]]) -> None:
    corners = placement.pack(case, gap=4.0, aspect=2.0)
    rows = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, case, strict=True)]
    for a, b in combinations(rows, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_the_nearest_room_is_the_wanted_place_where_it_is_free() -> None:
    floor = Floor(4)
    card = Box(122, 40)
    assert floor.nearest(card, (10.0, 20.0)) == (10.0, 20.0)
    floor.take(card, (10.0, 20.0))
    x, y = floor.nearest(card, (10.0, 20.0))
    assert x == 10.0
    assert 48 <= abs(y - 20.0) <= 70
    floor.take(card, (x, y))
    assert floor.free(card, floor.nearest(card, (10.0, 20.0)))


def test_a_tail_takes_room_on_its_right_alone() -> None:
    floor = Floor(1)
    floor.take(Box(54, 22, 60, 100), (0.0, 0.0))
    assert not floor.free(Box(54, 22), (110.0, 0.0))
    assert floor.free(Box(54, 22), (-110.0, 0.0))
