"""Patterns proposed from two names: they always make one of these two."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Alias
from inspector.project.document import why_no_pattern
from inspector.project.patterns import joined, proposals

_names = st.text("ab1-_./ (", min_size=1, max_size=8)


@settings(deadline=None)
@given(_names, _names)
def test_a_proposal_joins_the_two(a: str, b: str) -> None:
    made = proposals(a, b)
    assert made
    for pattern in made:
        assert why_no_pattern(pattern) is None
        names = {Alias("group", a), Alias("source", b)}
        assert joined(pattern, names) == [tuple(sorted(names))]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("orders-a7", "orders-b9", ["orders-.*", "(.+?)(?:a7|b9)"]),
        ("orders", "orders-svc", ["orders.*", "(.+?)(?:-svc)?"]),
        ("billing", "/billing", [".*billing", "(?:/)?(.+)"]),
        ("eu.mail.1", "eu.post.1", ["eu..*.1"]),
        ("OrderService", "order-service", ["(?:OrderService|order-service)"]),
    ],
)
def test_what_is_proposed(a: str, b: str, expected: list[str]) -> None:
    assert [each.replace("\\.", ".") for each in proposals(a, b)] == expected


def test_names_are_joined_by_what_the_groups_say() -> None:
    names = [Alias("group", name) for name in ("orders", "orders-svc", "mail", "mail-svc", "other")]
    assert joined("(.+?)(?:-svc)?", names) == [
        (Alias("group", "mail"), Alias("group", "mail-svc")),
        (Alias("group", "orders"), Alias("group", "orders-svc")),
    ]
    assert joined("other.*", names) == []
    with pytest.raises(re.error):
        joined("(", names)


@pytest.mark.parametrize(
    "pattern",
    [
        "(.+)+-svc",
        "(a|aa)*b",
        "((x-)*y)*z",
        r"(\w+,?)+",
        "(a+){2,}",
        "(a.*b.*c.*d.*e.*)",
        "(?:(a|b))*",
        "(a{1,30}){1,30}!",
        "(a?){30}a{30}",
        "(a+){,9}!",
        "a?" * 30 + "a" * 30,
        "(a|a)" * 30 + "b",
        "a{1,30}" * 5,
    ],
)
def test_what_could_take_for_ever_is_refused(pattern: str) -> None:
    assert why_no_pattern(pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        "orders-.*",
        "(.+?)(?:-svc)?",
        "(?:a|b)-(.+)",
        "(a|b)?c",
        r"(\w+)-\d+",
        "[+*(]+x",
        r"\(a+\)*",
        "(.+)-(.+)-.*",
        r"(.+)-\d{4}-\d{2}-\d{2}.*",
        "[?{2}]{2}" + r"\?\{" * 20,
        "(?:a{x})*",
        "|".join(f"name{number}" for number in range(20)),
    ],
)
def test_what_people_write_is_taken(pattern: str) -> None:
    assert why_no_pattern(pattern) is None
