"""Patterns of subjects, against brute force."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.brokers.nats.subjects import covered, covers, is_internal, is_pattern

TOKENS = ["a", "b", "c"]
EVERY = [".".join(each) for length in (1, 2, 3, 4) for each in product(TOKENS, repeat=length)]


def patterns() -> st.SearchStrategy[str]:
    inner = st.lists(st.sampled_from(["a", "b", "*"]), min_size=0, max_size=3)
    last = st.sampled_from(["a", "b", "*", ">"])
    return st.tuples(inner, last).map(lambda parts: ".".join((*parts[0], parts[1])))


def brute(pattern: str, subject: str) -> bool:
    wanted, given = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, given = wanted[:-1], given[: len(wanted) - 1] if len(given) >= len(wanted) else []
        if not given and wanted:
            return False
    return len(wanted) == len(given) and all(w in ("*", g) for w, g in zip(wanted, given, strict=True))


@given(patterns(), st.sampled_from(EVERY))
def test_a_pattern_covers_what_its_tokens_say(pattern: str, subject: str) -> None:
    assert covers(pattern, subject) == brute(pattern, subject)


@given(patterns(), patterns())
def test_a_pattern_covers_another_if_it_covers_all_that_it_stands_for(one: str, other: str) -> None:
    stands_for = [each for each in EVERY if brute(other, each)]
    if covers(one, other):
        assert all(brute(one, each) for each in stands_for)


@given(st.lists(patterns(), max_size=4), st.lists(st.sampled_from(EVERY), unique=True, max_size=20))
def test_covered_keeps_the_order(wanted: list[str], subjects: list[str]) -> None:
    assert covered(wanted, subjects) == [
        each for each in subjects if any(brute(pattern, each) for pattern in wanted)
    ]


@pytest.mark.parametrize(
    ("subject", "internal", "pattern"),
    [
        ("orders.created", False, False),
        ("orders.*", False, True),
        ("orders.>", False, True),
        ("_INBOX.x.1", True, False),
        ("$SYS.REQ.SERVER.PING", True, False),
        ("$KV.settings.colour", False, False),
        ("a>b.c*", False, False),
    ],
)
def test_kinds_of_subjects(subject: str, internal: bool, pattern: bool) -> None:
    assert (is_internal(subject), is_pattern(subject)) == (internal, pattern)
