from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.layout import layers

Arcs = list[tuple[int, int]]

arcs_of = st.integers(2, 8).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)),
            min_size=1,
            max_size=20,
            unique=True,
        ),
    )
)


def assign(
    count: int, arcs: Arcs, feedback: Arcs | None = None, channels: set[int] | None = None
) -> tuple[list[int], set[int]]:
    back = np.array([arc in (feedback or []) for arc in arcs], dtype=bool)
    channel = np.array([node in (channels or set()) for node in range(count)])
    depth, returning = layers.assign(count, np.array(arcs), back, channel)
    return depth.tolist(), returning


@given(arcs_of)
def test_what_is_left_has_no_circle_and_leads_to_the_right(case: tuple[int, Arcs]) -> None:
    count, arcs = case
    left = layers.acyclic(count, arcs)
    depth, returning = assign(count, arcs)
    assert min(depth) == 0
    assert not returning
    assert all(depth[a] < depth[b] for a, b in left)


@given(arcs_of, st.data())
def test_feedback_leads_to_the_left_whether_or_not_its_circle_is_shown(
    case: tuple[int, Arcs], data: st.DataObject
) -> None:
    count, arcs = case
    forward = layers.acyclic(count, arcs)
    closing = [(a, b) for a, b in arcs if (a, b) not in forward and a != b][:1]
    shown = [arc for arc in forward if data.draw(st.booleans())] + closing
    if not shown:
        return
    depth, _ = assign(count, shown, closing)
    assert all(depth[a] < depth[b] for a, b in shown if (a, b) not in closing)
    assert all(depth[a] > depth[b] for a, b in closing)


def test_a_source_stands_beside_what_it_feeds() -> None:
    # 0 > 1 > 2 > 3 > 4, and 5 > 3: the late source does not stand at the far left.
    depth, _ = assign(6, [(0, 1), (1, 2), (2, 3), (3, 4), (5, 3)])
    assert depth == [0, 1, 2, 3, 4, 2]


def test_a_channel_that_also_sends_on_is_no_return() -> None:
    # 0 a, 1 c, 2 b, 3 back, 4 later: back also feeds a later application.
    arcs = [(0, 1), (1, 2), (2, 3), (3, 0), (3, 4)]
    depth, returning = assign(5, arcs, [(3, 0)], {1, 3})
    assert returning == set()
    assert depth == [0, 1, 2, 3, 4]


def test_a_channel_that_only_sends_back_stands_beside_its_sender_however_long_the_way() -> None:
    # 0 a > 1 > 2 b > 3 > 4 c > 5 back > 0
    arcs = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]
    for feedback in ([(5, 0)], [(4, 5)]):
        depth, returning = assign(6, arcs, feedback, {1, 3, 5})
        assert returning == {5}
        assert depth == [0, 1, 2, 3, 4, 3]
