"""What a query fits, against the plainest way to say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.query.fields import Field, Reader, Vocabulary
from graph.query.kinds import NO_UNIT, Choice, Number, Words
from graph.query.moments import Clock
from graph.query.parser import parse
from graph.query.terms import Both, Comparison, Either, Negation, Term, Text, predicate

VOCABULARY = Vocabulary(
    (
        Field("name", "", Words()),
        Field("lag", "", Number(NO_UNIT, "12")),
        Field("kind", "", Choice(("topic", "queue"))),
        Field("header", "", Words(), open=True),
        Field("edge", "", Words()),
    )
)

Thing = dict[str, tuple[Any, ...]]


def readers(name: str, path: str) -> Reader[Thing] | None:
    """Things have all fields but `edge`."""
    return None if name == "edge" else lambda thing: thing.get(f"{name}.{path}" if path else name, ())


def fits(text: str, **thing: Any) -> bool | None:
    found = predicate(parse(text, VOCABULARY), VOCABULARY, readers, Clock())
    plain = {
        key.replace("_", "."): value if isinstance(value, tuple) else (value,) for key, value in thing.items()
    }
    return None if found is None else found(plain)


@pytest.mark.parametrize(
    ("text", "thing", "answer"),
    [
        ("ord", {"name": "Shop.Orders"}, True),
        ("ord*", {"name": "Shop.Orders"}, False),
        ("*ord*", {"name": "Shop.Orders"}, True),
        ("name:orders", {"name": "Orders"}, True),
        ("name:order", {"name": "Orders"}, False),
        ("name:o*d*s", {"name": "Orders"}, True),
        ("name:a*a", {"name": "a"}, False),
        ("name=orders", {"name": "Orders"}, False),
        ("name~^OR.*s$", {"name": "Orders"}, True),
        ("name~d.*o", {"name": "Orders"}, False),
        ("name:b", {"name": ("a", "b")}, True),
        ("lag>1.5k", {"lag": 1501}, True),
        ("lag>1.5k", {"lag": 1500}, False),
        ("lag>=1.5k", {"lag": 1500}, True),
        ("lag<1.5k", {"lag": 1500}, False),
        ("lag<=1.5k", {"lag": 1500}, True),
        ("lag:1..5", {"lag": 5}, True),
        ("lag:..5", {"lag": -3}, True),
        ("lag:6..", {"lag": 5}, False),
        ("lag=5", {"lag": 5.0}, True),
        ("lag>5", {}, False),
        ("not lag>5", {}, True),
        ("kind:top*", {"kind": "topic"}, True),
        ("header.a:1", {"header_a": "1"}, True),
        ("header.b:1", {"header_a": "1"}, False),
        ("", {}, True),
    ],
)
def test_fitting(text: str, thing: Thing, answer: bool) -> None:
    assert fits(text, **thing) is answer


def test_a_query_speaks_only_of_things_that_have_all_its_fields() -> None:
    assert fits("edge:x") is None
    assert fits("not edge:x") is None
    assert fits("edge:x and name:a", name="a") is None
    assert fits("edge:x or name:a", name="a") is True
    assert fits("a (b or edge:x)", name="ab") is True


_leaves = st.one_of(
    st.builds(Text, st.sampled_from(["a", "ab", "a*", "*b"])),
    st.builds(Comparison, st.just("name"), st.sampled_from([":", "="]), st.sampled_from(["ab", "A*", "*"])),
    st.builds(
        Comparison, st.just("lag"), st.sampled_from(["<", "<=", ">", ">=", "=", ":"]), st.sampled_from("123")
    ),
    st.builds(Comparison, st.just("edge"), st.just(":"), st.just("x")),
)
_terms: st.SearchStrategy[Term] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(Negation, inner),
        st.lists(inner, min_size=2, max_size=4).map(lambda terms: Both(tuple(terms))),
        st.lists(inner, min_size=2, max_size=4).map(lambda terms: Either(tuple(terms))),
    ),
    max_leaves=8,
)
_things = st.builds(
    lambda names, lags: {"name": tuple(names), "lag": tuple(lags)},
    st.lists(st.text("abAB", max_size=3), max_size=2),
    st.lists(st.integers(0, 4), max_size=2),
)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    ":": lambda a, b: a == b,
}


def _like(value: str, pattern: str) -> bool:
    """By recursion over both, as slow as it is plain."""
    if not pattern:
        return not value
    if pattern[0] == "*":
        return _like(value, pattern[1:]) or (bool(value) and _like(value[1:], pattern))
    return bool(value) and value[0].lower() == pattern[0].lower() and _like(value[1:], pattern[1:])


def brute(term: Term, thing: Thing) -> bool | None:
    match term:
        case Text(words):
            pattern = words if "*" in words else f"*{words}*"
            return any(_like(value, pattern) for value in thing["name"])
        case Comparison("edge"):
            return None
        case Comparison("name", ":", value):
            return any(_like(each, value) for each in thing["name"])
        case Comparison("name", _, value):
            return value in thing["name"]
        case Comparison(_, sign, value):
            return any(_COMPARE[sign](each, int(value)) for each in thing["lag"])
        case Negation(inner):
            found = brute(inner, thing)
            return None if found is None else not found
        case Both(terms):
            answers = [brute(each, thing) for each in terms]
            return None if None in answers else all(answers)
        case Either(terms):
            known = [each for each in (brute(each, thing) for each in terms) if each is not None]
            return any(known) if known else None
    raise AssertionError(term)


@settings(max_examples=200)
@given(_terms, _things)
def test_fitting_is_what_the_words_say(term: Term, thing: Thing) -> None:
    found = predicate(term, VOCABULARY, readers, Clock())
    assert (None if found is None else found(thing)) == brute(term, thing)
