from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence import HALF_LIFE_NS, HOUR_NS, Evidence, combine, noisy_or, remaining


def piece(family: str, confidence: float) -> Evidence:
    return Evidence("source", family, confidence, 0, 0, "Because.")


def test_no_evidence_is_no_confidence() -> None:
    assert combine([]) == 0


def test_independent_reasons_add_up_and_relatives_do_not() -> None:
    assert combine([piece("a", 0.8), piece("b", 0.5)]) == pytest.approx(0.9)
    assert combine([piece("a", 0.8), piece("a", 0.5)]) == pytest.approx(0.8)


pieces = st.lists(st.builds(piece, st.sampled_from("abcd"), st.floats(0, 1)), max_size=10)


@given(pieces, pieces)
def test_more_evidence_never_lowers_confidence(some: list[Evidence], more: list[Evidence]) -> None:
    assert 0 <= combine(some) <= 1
    assert combine(some + more) >= combine(some) - 1e-12
    assert combine(some + more) == pytest.approx(combine(more + some))


@given(pieces)
def test_it_is_one_minus_the_product_of_the_doubts(some: list[Evidence]) -> None:
    doubt = 1.0
    for family in {each.family for each in some}:
        doubt *= 1 - max(each.confidence for each in some if each.family == family)
    assert combine(some) == pytest.approx(1 - doubt)


@given(st.lists(st.floats(0, 1), max_size=6), st.randoms(use_true_random=False))
def test_independent_reasons_join_to_the_same_in_every_order(
    confidences: list[float], shuffle: random.Random
) -> None:
    mixed = list(confidences)
    shuffle.shuffle(mixed)
    assert noisy_or(mixed) == noisy_or(confidences)
    assert noisy_or(confidences) >= max(confidences, default=0.0) - 1e-9


def test_what_evidence_says_of_the_present_is_worth_half_after_a_day_and_falls_in_steps() -> None:
    assert remaining(-5) == remaining(HOUR_NS - 1) == 1.0
    assert remaining(HALF_LIFE_NS) == remaining(HALF_LIFE_NS + HOUR_NS - 1) == 0.5
    assert remaining(3 * HALF_LIFE_NS) == 0.125


def test_each_reason_ages_by_itself() -> None:
    old = Evidence("a", "a", 0.8, 0, 0, "")
    new = Evidence("b", "b", 0.5, 0, HALF_LIFE_NS, "")
    assert combine([old, new]) == pytest.approx(0.9)
    assert combine([old, new], HALF_LIFE_NS) == pytest.approx(1 - 0.6 * 0.5)
