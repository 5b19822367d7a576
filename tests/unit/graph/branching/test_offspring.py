from __future__ import annotations

import numpy as np
import pytest

from graph.branching.lineage import Ints
from graph.branching.offspring import MOST_PARENTS, Mean, mean_offspring
from graph.branching.reading import Lane, Reading, reading

S = 1_000_000_000


def mean(
    born_s: list[float],
    children: list[tuple[int, float]],
    horizon_s: float,
    share: Reading | None = None,
    chain: Ints | None = None,
) -> Mean | None:
    """Of parents sent at some times, with children as pairs of a parent's place and the delay."""
    born = (np.array(born_s) * S).astype(np.int64)
    of = np.array([at for at, _ in children], np.int64)
    delay = (np.array([delay for _, delay in children]) * S).astype(np.int64)
    each = np.arange(len(born)) if chain is None else chain
    return mean_offspring(born, of, delay, each, int(horizon_s * S), share)


def test_of_old_parents_it_is_all_offspring_divided_by_all_parents() -> None:
    found = mean([0.0] * 10, [(0, 1.0), (0, 2.0), (3, 1.5), (4, 0.5)], 100)
    assert found is not None
    assert found.value == pytest.approx(0.4)
    assert found.parents == pytest.approx(10)
    assert 0.0 < found.low < 0.4 < found.high


def test_a_parent_too_young_for_a_delay_is_not_childless() -> None:
    """Of four parents two are old enough for 1 s and one for 3 s; each child counts for those."""
    found = mean([0.0, 2.0, 3.5, 3.8], [(0, 1.0), (0, 3.0)], 4)
    assert found is not None
    assert found.value == pytest.approx(1 / 2 + 1 / 1)


def test_a_child_beyond_the_horizon_is_not_seen_yet() -> None:
    found = mean([0.0, 0.0, 3.5], [(0, 1.0), (1, 9.0), (2, 1.0)], 4)
    assert found is not None
    assert found.value == pytest.approx(1 / 2)
    assert mean([0.0], [(0, 9.0)], 4) is None
    assert mean([0.0], [], 4) is None


def test_a_child_before_its_parent_came_at_once() -> None:
    """Clocks that could not be set right any better make that."""
    found = mean([0.0, 1.0], [(0, -0.2)], 4)
    assert found is not None
    assert found.value == pytest.approx(1 / 2)


def test_equal_counts_feign_no_certainty() -> None:
    found = mean([0.0] * 20, [(at, 1.0) for at in range(20)], 100)
    assert found is not None
    assert found.value == pytest.approx(1.0)
    assert found.low == pytest.approx(0.9, abs=0.02)
    assert found.high == pytest.approx(1.11, abs=0.02)


def test_chains_whose_records_are_alike_widen_it() -> None:
    children = [(at, 1.0) for at in range(200) if at % 40 < 20]
    alike = np.arange(200) // 20
    apart = mean([0.0] * 200, children, 100)
    together = mean([0.0] * 200, children, 100, chain=alike)
    assert apart is not None
    assert together is not None
    assert together.value == apart.value
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_of_very_many_parents_a_part_is_looked_at() -> None:
    number = 10 * MOST_PARENTS
    rng = np.random.default_rng(0)
    of = np.flatnonzero(rng.random(number) < 0.7)
    born = np.sort(rng.integers(0, 60 * S, number))
    found = mean_offspring(born, of, np.full(len(of), S), np.arange(number), 100 * S)
    assert found is not None
    assert found.value == pytest.approx(0.7, abs=0.03)
    assert found.parents == pytest.approx(MOST_PARENTS, rel=0.01)


def seen_but(dark: tuple[float, float], seconds: float = 60.0) -> Reading:
    """Of a channel with a hundred records a second, all but those of one time."""
    time = np.arange(0, seconds, 0.01)
    read = (time < dark[0]) | (time > dark[1])
    at = np.flatnonzero(read)
    share = reading([Lane((time[at] * S).astype(np.int64), np.diff(at, prepend=-1) - 1)], 0, int(seconds * S))
    assert share is not None
    return share


def test_parents_whose_children_could_not_be_seen_are_not_childless() -> None:
    """Each has one child after 2 s; those of ten of the parents came while nothing was read."""
    born = np.arange(0, 50, 1.0)
    came = born + 2.0
    children = [(int(at), 2.0) for at in np.flatnonzero((came < 20) | (came > 30))]
    blind = mean(born.tolist(), children, 60)
    found = mean(born.tolist(), children, 60, seen_but((20.0, 30.0)))
    assert blind is not None
    assert found is not None
    assert blind.value == pytest.approx(39 / 50)
    assert found.value == pytest.approx(1.0, abs=0.05)


def test_a_delay_at_which_hardly_a_child_could_be_seen_tells_nothing() -> None:
    """After 5 s nothing was read, so that a child after 1.9 s was seen of 3 parents in 40 at most."""
    born = np.linspace(3.0, 5.0, 40).tolist()
    children = [(0, 1.9), (1, 1.9)]
    assert mean(born, children, 60) is not None
    assert mean(born, children, 60, seen_but((5.0, 59.0))) is None
    assert mean(born, [(20, 10.0)], 60, seen_but((5.0, 59.0))) is None


def test_where_usual_delays_could_not_be_seen_those_that_were_do_not_stand_for_all() -> None:
    born = np.linspace(3.0, 5.0, 40)
    children, share = [(0, 0.1), (1, 0.2)], seen_but((5.4, 59.0))
    at, of = (born * S).astype(np.int64), np.array([0, 1])
    delay, each = np.array([S // 10, S // 5]), np.arange(40)
    assert mean(born.tolist(), children, 60, share) is not None
    assert mean_offspring(at, of, delay, each, 60 * S, share, usual_ns=2.5 * S) is None


def test_a_child_that_counts_for_many_raises_the_upper_end() -> None:
    """Of 200 parents 20 children after 1 s, and after 10 s 2 of which each stands for 5."""
    share = np.ones(600)
    share[90:160] = 0.2
    born = np.linspace(0.0, 5.0, 200).tolist()
    early, late = [(at, 1.0) for at in range(0, 200, 10)], [(7, 10.0), (99, 10.0)]
    even = mean(born, early, 60, Reading(0, S // 10, share))
    uneven = mean(born, early + late, 60, Reading(0, S // 10, share))
    assert even is not None
    assert even.high == pytest.approx(even.value**2 / even.low)
    assert uneven is not None
    assert uneven.value == pytest.approx(0.15, rel=0.02)
    most, typical = 5 / 200, (20 + 2 * 25) / (20 + 2 * 5) / 200
    assert uneven.high == pytest.approx(uneven.value**2 / uneven.low + most - typical, rel=0.01)
