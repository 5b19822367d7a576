from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence import Evidence, combine


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
