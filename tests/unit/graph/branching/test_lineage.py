from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.branching.lineage import Lineage, quantile


@given(st.lists(st.integers(-1, 14), max_size=15))
def test_laps_and_chains_are_those_of_a_walk(drawn: list[int]) -> None:
    parents = [at if at < len(drawn) else -1 for at in drawn]
    lineage = Lineage(np.arange(len(parents)), np.array(parents, np.int64))

    for record in range(len(parents)):
        seen, at = [record], parents[record]
        while at >= 0 and at not in seen:
            seen.append(at)
            at = parents[at]
        if at < 0:
            assert lineage.laps[record] == len(seen) - 1
            assert lineage.root[record] == seen[-1]
        else:
            assert lineage.parent[record] == -1, "an ancestry in a circle counts as none"


def test_the_longest_chain_tells_its_records_lap_by_lap() -> None:
    #                                     0   1  2  3  4   5  6  7
    lineage = Lineage(np.arange(8), np.array([-1, 0, 0, 1, 1, -1, 5, 4]))
    assert lineage.lap_counts() == (1, 2, 2, 1)
    assert lineage.chains.tolist() == [0, 5]
    assert lineage.longest.tolist() == [3, 1]
    assert lineage.offspring.tolist() == [2, 2, 0, 0, 1, 1, 0, 0]


def test_no_records_have_no_laps() -> None:
    assert Lineage(np.empty(0, np.int64), np.empty(0, np.int64)).lap_counts() == ()


@given(
    st.lists(st.integers(), min_size=1, max_size=30).map(lambda values: [value % 1000 for value in values])
)
def test_the_middle_quantile_is_a_median(values: list[int]) -> None:
    ordered = sorted(values)
    assert quantile(np.array(values), 0.5) == ordered[len(values) // 2]
