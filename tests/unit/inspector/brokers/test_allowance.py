from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.brokers.allowance import Allowance


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.integers(1, 10_000), st.lists(st.tuples(st.floats(0, 5), st.integers(0, 50_000)), max_size=30))
def test_no_more_is_read_than_the_rate_allows(rate: int, steps: list[tuple[float, int]]) -> None:
    clock = Clock()
    allowance = Allowance(rate, clock)
    spent, largest = 0, 0
    for seconds, size in steps:
        clock.now += seconds
        if allowance.left > 0:
            allowance.spend(size)
            spent, largest = spent + size, max(largest, size)
    assert spent <= rate * (clock.now + Allowance.BURST_S) + largest


def test_waiting_as_long_as_it_says_is_enough() -> None:
    clock = Clock()
    allowance = Allowance(1_000, clock)
    allowance.spend(12_000)
    assert allowance.left == -10_000
    clock.now += allowance.wait_s()
    assert allowance.left > 0
    assert allowance.wait_s() == 0


def test_rest_is_not_saved_for_more_than_two_seconds() -> None:
    clock = Clock()
    allowance = Allowance(1_000, clock)
    clock.now += 3_600
    assert allowance.left == 2_000
