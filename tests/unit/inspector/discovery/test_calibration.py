"""Confidence keeps its word in random worlds. `python -m tests.bench calibration` has many more of them."""

from __future__ import annotations

import itertools

import pytest

from graph.evidence import LIKELY
from tests.bench.calibration import CERTAIN_RIGHT, LIKELY_RIGHT, share, verdicts
from tests.worlds.generate import world
from tests.worlds.judge import Verdict

WORLDS, PROGRAMS = 30, 35


@pytest.fixture(scope="module")
def found() -> list[Verdict]:
    """Worlds of a few dozen applications, and one of 200."""
    return list(itertools.chain(verdicts(range(WORLDS), PROGRAMS), verdicts([1_000], 200)))


@pytest.mark.parametrize("kind", ["edges", "identities"])
def test_what_is_claimed_is_right_as_often_as_it_says(found: list[Verdict], kind: str) -> None:
    claims = [claim for verdict in found for claim in getattr(verdict, kind)]
    certain, certainly_right = share(claims, 0.9)
    likely, likely_right = share(claims, 0.6, 0.9)
    assert certain > 500
    assert likely > 50
    assert certainly_right >= CERTAIN_RIGHT
    assert likely_right >= LIKELY_RIGHT


def test_unnamed_senders_are_really_there(found: list[Verdict]) -> None:
    claims = [claim for verdict in found for claim in verdict.unnamed]
    count, right = share(claims, 0.9)
    assert count > 200
    assert right >= CERTAIN_RIGHT
    _, likely_right = share(claims, LIKELY, 0.9)
    assert likely_right >= LIKELY_RIGHT
    # Who was silent for hours may be gone or come again.
    guessed, guessed_right = share(claims, 0.0, LIKELY)
    assert guessed > 10
    assert guessed_right >= 0.25


def test_nearly_all_receivers_and_most_senders_are_found(found: list[Verdict]) -> None:
    for action, least in (("receive", 0.85), ("send", 0.5)):
        edges = [(verdict, edge) for verdict in found for edge in verdict.truth if edge[1] == action]
        at = [verdict.found.get(edge, 0.0) >= 0.6 for verdict, edge in edges]
        assert sum(at) / len(at) >= least


def test_a_world_is_the_same_for_its_seed_and_different_for_another() -> None:
    assert world(7, 30) == world(7, 30)
    assert world(7, 30) != world(8, 30)
