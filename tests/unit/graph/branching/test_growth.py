from __future__ import annotations

import pytest

from graph.branching.growth import doubling_time_s, reaches

S = 1_000_000_000


def test_doubling_time() -> None:
    assert doubling_time_s(2.0, 500.0) == pytest.approx(0.5)
    assert doubling_time_s(1.12, 2400.0) == pytest.approx(14.7, abs=0.1)
    assert doubling_time_s(1.0, 500.0) is None
    assert doubling_time_s(0.7, 500.0) is None


@pytest.mark.parametrize(
    ("now_per_s", "then_per_s", "doublings"),
    [(100.0, 1_000, 3.32), (101.0, 10_000, 6.63), (62.5, 1_000, 4.0), (3.0, 100, 5.06), (0.02, 10, 8.97)],
)
def test_the_next_power_of_ten_at_least_ten_times_as_much(
    now_per_s: float, then_per_s: int, doublings: float
) -> None:
    found = reaches(now_per_s, 15.0, 1_000 * S)
    assert found is not None
    assert found.rate_per_s == then_per_s
    assert (found.at_ns - 1_000 * S) / S == pytest.approx(15.0 * doublings, rel=0.01)


def test_nothing_is_reached_without_growth_or_traffic_or_within_a_day() -> None:
    assert reaches(5.0, None, 0) is None
    assert reaches(None, 15.0, 0) is None
    assert reaches(0.0, 15.0, 0) is None
    assert reaches(100.0, 86_400.0, 0) is None
    later = reaches(100.0, 25_000.0, 0)
    assert later is not None
    assert later.at_ns / S == pytest.approx(83_048, rel=0.001)
