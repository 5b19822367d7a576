"""What pieces of evidence say together about an edge, and what those that nobody has seen may say at most."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence import HOUR_NS, LIKELY, Evidence, combine
from graph.model import CONFIRMED
from inspector.declaration import UNSEEN
from inspector.discovery.edges import UNSEEN_MOST, confidence


def piece(family: str, confidence: float, last_seen_ns: int = 0) -> Evidence:
    return Evidence(f"{family}.source", family, confidence, 0, last_seen_ns, "Because.")


pieces = st.builds(piece, st.sampled_from([*UNSEEN, "group", "commits"]), st.floats(0, 1))
unseen = st.lists(st.builds(piece, st.sampled_from(list(UNSEEN)), st.floats(0, 1)), max_size=8)
seen = st.lists(st.builds(piece, st.sampled_from(["group", "commits"]), st.floats(0, 1)), max_size=5)


@pytest.mark.parametrize("families", list(itertools.permutations(UNSEEN, 2)))
def test_two_reasons_that_nobody_has_seen_do_not_make_an_edge_likely(families: tuple[str, str]) -> None:
    assert combine([piece(family, 0.5) for family in families]) == 0.75
    assert confidence([piece(family, 0.5) for family in families]) < LIKELY


@given(unseen, st.none() | st.integers(0, 48))
def test_what_nobody_has_seen_stays_a_guess(told: list[Evidence], hours: int | None) -> None:
    assert confidence(told, None if hours is None else hours * HOUR_NS) < LIKELY


@given(unseen, seen)
def test_it_still_supports_what_was_seen(told: list[Evidence], found: list[Evidence]) -> None:
    assert confidence(found) == pytest.approx(combine(found))
    assert confidence([*told, *found]) >= combine(found) - 1e-12
    assert confidence([*told, *found]) <= combine([*told, *found]) + 1e-12
    assert 1 - confidence([*told, *found]) >= (1 - combine(found)) * (1 - UNSEEN_MOST) - 1e-12


@given(st.lists(pieces, max_size=8), st.lists(pieces, max_size=8))
def test_more_evidence_never_lowers_it_and_its_order_does_not_matter(
    some: list[Evidence], more: list[Evidence]
) -> None:
    assert confidence(some + more) >= confidence(some) - 1e-12
    assert confidence(some + more) == pytest.approx(confidence(more + some))


def test_what_a_person_confirmed_of_the_very_edge_is_certain() -> None:
    assert confidence([Evidence(CONFIRMED, "declared", 1.0, 0, 0, "A person confirmed it.")]) == 1.0
