from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.layout import layers

arcs_of = st.integers(2, 8).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=20, unique=True),
    )
)


@given(arcs_of)
def test_what_is_left_has_no_circle_and_taking_out_was_needed(
    case: tuple[int, list[tuple[int, int]]],
) -> None:
    count, arcs = case
    left = layers.acyclic(count, arcs)
    depth, _ = layers.assign(count, left, set(), set())
    assert all(depth[a] < depth[b] for a, b in left)
    assert min(depth) == 0


def test_a_source_stands_beside_what_it_feeds() -> None:
    # 0 > 1 > 2 > 3 > 4, and 5 > 3: the late source does not stand at the far left.
    depth, _ = layers.assign(6, [(0, 1), (1, 2), (2, 3), (3, 4), (5, 3)], set(), set())
    assert depth == [0, 1, 2, 3, 4, 2]


def test_a_channel_that_also_sends_on_is_no_return() -> None:
    # 0 a, 1 c, 2 b, 3 back, 4 later: back also feeds a later application.
    arcs = [(0, 1), (1, 2), (2, 3), (3, 0), (3, 4)]
    depth, returning = layers.assign(5, arcs, {(3, 0)}, {1, 3})
    assert returning == set()
    assert depth == [0, 1, 2, 3, 4]
