"""Regular expressions that would take for ever elsewhere."""

from __future__ import annotations

import pytest

from graph.query.patterns import LONGEST, contained, regex, wild


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", ".*.*.*.*.*x", "(a?){30}a{30}x", "(.*)*y"])
@pytest.mark.timeout(20)
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    assert not regex(pattern)("a" * 20_000 + "b")


def test_a_regular_expression_may_match_anywhere() -> None:
    assert regex("ORDER")("shop.orders.v1")
    assert not regex("^order")("shop.orders.v1")
    assert regex("é.n")("caféin")
    assert regex("É.N$")("caféin")
    assert not regex("a")("\ud800")


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "*a", r"(a)\1", "(?=a)", "a{2000}", "x" * (LONGEST + 1)])
def test_what_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="regular expression"):
        regex(pattern)


def test_only_the_star_has_a_meaning() -> None:
    assert wild("a?[b]")("A?[B]")
    assert not wild("a?")("ab")
    assert wild("*")("")
    assert contained("B]")("a[b]c")
    assert not contained("b*")("ab")
