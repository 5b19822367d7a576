from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.layout import placement
from graph.layout.coordinates import Floats
from graph.layout.placement import MARGIN, Floor, Point

sizes = st.lists(st.tuples(st.floats(10, 400), st.floats(10, 400)), min_size=1, max_size=20)


@pytest.mark.parametrize("shelved", [0, 200])
@given(sizes)
def test_packed_rectangles_do_not_overlap(shelved: int, case: list[tuple[float, float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placement, "SHELVED", shelved)
        corners = placement.pack(case, gap=4.0, aspect=2.0)
    rows = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, case, strict=True)]
    for a, b in combinations(rows, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def reach(width: float, height: float, label: float = 0.0, tail: float = 0.0) -> Floats:
    found: Floats = placement.reaches(np.array([(width, height, label, tail)]))[0]
    return found


def free(taken: list[Point], at: Point, size: tuple[float, float]) -> bool:
    return all(
        abs(x - at[0]) >= size[0] + MARGIN - 1e-6 or abs(y - at[1]) >= size[1] + MARGIN - 1e-6
        for x, y in taken
    )


CARD = reach(122, 40)


@given(st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), min_size=1, max_size=12))
def test_the_nearest_room_is_free_and_no_nearer_one_is_in_its_column(points: list[Point]) -> None:
    floor = Floor(np.tile(CARD, (len(points), 1)), np.array(points))
    x, y = floor.nearest(CARD, (0.0, 0.0))
    assert free(points, (x, y), (122, 40))
    far = abs(x) * 1.4 + abs(y)
    for part in np.linspace(-0.999, 0.999, 40) if far else ():
        assert not free(points, (0.0, far * float(part)), (122 + 1e-3, 40 + 1e-3))


def test_the_nearest_room_is_the_wanted_place_where_it_is_free() -> None:
    floor = Floor(np.empty((0, 4)), np.empty((0, 2)))
    assert floor.nearest(CARD, (10.0, 20.0)) == (10.0, 20.0)
    floor.take(CARD, (10.0, 20.0))
    x, y = floor.nearest(CARD, (10.0, 20.0))
    assert x == 10.0
    assert abs(y - 20.0) == 40 + MARGIN


def test_a_tail_takes_room_on_its_right_alone() -> None:
    floor = Floor(reach(54, 22, 60, 100)[None], np.zeros((1, 2)))
    assert floor.nearest(reach(54, 22), (110.0, 0.0)) != (110.0, 0.0)
    assert floor.nearest(reach(54, 22), (-110.0, 0.0)) == (-110.0, 0.0)


def test_a_node_without_a_place_stands_where_it_is_hinted_to() -> None:
    floor = Floor(CARD[None], np.zeros((1, 2)))
    found = placement.insert(
        floor, {"new": CARD}, [(("old", "new"), False)], {"old": (0.0, 0.0)}, {"new": (400.0, 300.0)}
    )
    assert found == {"new": (400.0, 300.0)}
    # What was found is taken now.
    assert floor.nearest(CARD, (400.0, 300.0)) != (400.0, 300.0)


def test_new_nodes_stand_in_columns_that_are_in_use_and_strangers_below() -> None:
    floor = Floor(np.tile(CARD, (2, 1)), np.array([(0.0, 0.0), (160.0, 0.0)]))
    found = placement.insert(
        floor, {"b": CARD, "stranger": CARD}, [(("a", "b"), False)], {"a": (0.0, 0.0)}, {}
    )
    assert found["b"][0] == 160.0
    assert found["stranger"][0] == 0.0
    assert found["stranger"][1] > 20
    empty = Floor(np.empty((0, 4)), np.empty((0, 2)))
    assert placement.insert(empty, {"first": CARD}, [], {}, {}) == {"first": (0.0, 0.0)}


def test_what_a_pinned_node_would_cover_makes_way_and_nothing_else() -> None:
    points = np.array([(0.0, 0.0), (300.0, 0.0), (300.0, 60.0), (600.0, 0.0)])
    rows = np.tile(CARD, (4, 1))
    found = placement.around(rows, points, {0: (0.0, 0.0), 3: (300.0, 10.0)})
    assert found[[0, 3]].tolist() == [[0.0, 0.0], [300.0, 10.0]]
    moved = points - np.array([150.0, -5.0])
    assert free([tuple(found[0]), tuple(found[3])], tuple(found[1]), (122, 40))
    assert free([tuple(found[0]), tuple(found[3])], tuple(found[2]), (122, 40))
    assert (found[2] == moved[2]).all() or (found[1] == moved[1]).all()


def test_the_others_come_along_with_what_was_pinned() -> None:
    points = np.array([(0.0, 0.0), (300.0, 0.0)])
    found = placement.around(np.tile(CARD, (2, 1)), points, {0: (1_000.0, 500.0)})
    assert found.tolist() == [[1_000.0, 500.0], [1_300.0, 500.0]]
