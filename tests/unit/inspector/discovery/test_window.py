from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.discovery.facts import at_least, evidence
from inspector.discovery.window import SECOND_NS, Counter, Tally, steady


def test_the_first_rate_comes_with_the_second_observation() -> None:
    counter = Counter()
    counter.see(0, 100)
    assert counter.rate(0) is None
    counter.see(2 * SECOND_NS, 300)
    assert counter.rate(2 * SECOND_NS) == 100


def test_the_window_slides() -> None:
    counter = Counter()
    for second in range(0, 61, 2):
        counter.see(second * SECOND_NS, 1000 if second > 30 else 0)
    assert counter.rate(60 * SECOND_NS) == 0
    assert len(counter.points) <= 7


def test_slow_observations_still_give_a_rate() -> None:
    counter = Counter()
    for second in (0, 30, 60):
        counter.see(second * SECOND_NS, second * 5)
    assert counter.rate(60 * SECOND_NS) == 5


def test_a_count_that_went_back_starts_anew() -> None:
    counter = Counter()
    counter.see(0, 100)
    counter.see(SECOND_NS, 5)
    assert counter.rate(SECOND_NS) is None


@given(st.lists(st.tuples(st.integers(0, 5 * SECOND_NS), st.integers(0, 1000)), max_size=40))
def test_a_rate_is_never_negative_and_lies_between_the_steps(steps: list[tuple[int, int]]) -> None:
    counter, now, count = Counter(), 0, 0
    rates = []
    for wait, more in steps:
        now, count = now + wait, count + more
        counter.see(now, count)
        if wait:
            rates.append(more * SECOND_NS / wait)
        rate = counter.rate(now)
        assert rate is None or rate >= 0


def test_shares_follow_what_was_seen_lately() -> None:
    tally: Tally[str] = Tally()
    tally.add(0, {"a": 100})
    for second in range(10, 200, 10):
        tally.add(second * SECOND_NS, {"b": 100})
    assert tally.shares()["b"] > 0.99
    assert sum(tally.shares().values()) == pytest.approx(1)


def test_nothing_seen_has_no_shares() -> None:
    assert Tally[str]().shares() == {}


@pytest.mark.parametrize(
    ("shown", "rate", "expected"),
    [
        (None, 12.3456, 12.3),
        (100.0, 109.0, 100.0),
        (100.0, 111.0, 111.0),
        (100.0, 0.0, 0.0),
        (5.0, None, None),
    ],
)
def test_a_rate_that_hardly_moves_is_shown_as_it_was(
    shown: float | None, rate: float | None, expected: float | None
) -> None:
    assert steady(shown, rate) == expected


@pytest.mark.parametrize(
    ("count", "text"), [(3, "3"), (10, "at least 10"), (312, "at least 200"), (5000, "at least 5,000")]
)
def test_counts_in_words(count: int, text: str) -> None:
    assert at_least(count) == text


@given(st.integers(10, 10**9))
def test_counts_in_words_never_exceed_the_count(count: int) -> None:
    told = int(at_least(count).removeprefix("at least ").replace(",", ""))
    assert told <= count < 2.5 * told


def test_the_last_sighting_advances_in_steps() -> None:
    first, step = 7, 30 * SECOND_NS
    seen = [evidence("s", "f", 0.5, first, first + n * SECOND_NS, "D.").last_seen_ns for n in range(61)]
    assert set(seen) == {first, first + step, first + 2 * step}
