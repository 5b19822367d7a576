"""From words to a tree and back, and what is said of mistakes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.query.error import QueryError
from graph.query.fields import Field, Vocabulary
from graph.query.kinds import BYTES, NO_UNIT, Choice, Number, Since, Time, Words
from graph.query.parser import DEEPEST, parse
from graph.query.terms import Both, Comparison, Either, Everything, Negation, Term, Text

VOCABULARY = Vocabulary(
    (
        Field("name", "", Words()),
        Field("size", "", Number(BYTES, "2kB")),
        Field("lag", "", Number(NO_UNIT, "12")),
        Field("kind", "", Choice(("topic", "queue", "dead-letter"))),
        Field("at", "", Time()),
        Field("since", "", Since()),
        Field("header", "", Words(), open=True),
    )
)


def read(text: str) -> Term:
    return parse(text, VOCABULARY)


def test_not_binds_more_than_and_and_that_more_than_or() -> None:
    a, b, c = Text("a"), Text("b"), Text("c")
    assert read("a b or not c") == Either((Both((a, b)), Negation(c)))
    assert read("a and (b or c)") == Both((a, Either((b, c))))
    assert read("(a b) and c") == Both((a, b, c))
    assert read("not (a or b) c") == Both((Negation(Either((a, b))), c))
    assert read("  ") == Everything()


def test_names_of_fields_and_keywords_may_be_capital() -> None:
    assert read("Name:x AND LAG>5") == Both((Comparison("name", ":", "x"), Comparison("lag", ">", "5")))
    assert read("header.Trace-Id~^ab") == Comparison("header", "~", "^ab", "Trace-Id")


@pytest.mark.parametrize(
    ("text", "marked", "sentence"),
    [
        ("nme:x", "nme", "There is no field nme. Did you mean name?"),
        ("http://x", "http", "There is no field http. Put it in quotes to look for it as text."),
        ("lag~5", "~", "lag does not take ~. It takes : = < <= > >=."),
        ("a lag> ", "lag>", "lag> needs a value."),
        ("name: x", "name:", "name: needs a value."),
        ("lag>5x", "5x", "x is no unit here. Use k, M or G."),
        ("size>big", "big", "big is no number. Write one such as 2kB."),
        ("lag:5..1", "5..1", "5..1 ends before it begins."),
        ("lag>1..5", "1..5", "A range such as 1..5 stands after a colon. Write one value here."),
        ("kind:topi", "topi", "topi is none of topic, queue or dead-letter. Did you mean topic?"),
        ("name~a(", "a(", "This is no regular expression: missing ): a(."),
        (r"name~(a)\1", r"(a)\1", r"This is no regular expression: invalid escape sequence: \1."),
        (
            "since:yesterday",
            "yesterday",
            "yesterday is no time. Write it like 2026-11-23T10:00, 10:05 or -5m.",
        ),
        ("at:2026-02-31", "2026-02-31", None),
        ("at:10:00..", "10:00..", "10:00.. lacks an end. Write both, such as 10:00..10:05."),
        ("a and", "and", "Nothing stands after and."),
        ("or a", "or", "Nothing stands before or. Put it in quotes to look for the word."),
        ("a or or b", "or", None),
        ("not", "not", "Nothing stands after not."),
        ("(a", "(", "The closing parenthesis is missing."),
        ("a)", ")", "No parenthesis was opened before this one."),
        ("()", "(", "Nothing stands after this parenthesis."),
        (")", ")", "No parenthesis was opened before this one."),
        ('name:"x', '"x', "The closing quote is missing."),
        (">5", ">", "A field is missing before >, such as name:orders."),
        ("header:x", "header", "A name is missing: header.NAME."),
        ("lag.x>5", "lag.x", "lag has no parts that a dot could ask for."),
    ],
)
def test_a_mistake_is_said_in_one_sentence_at_its_place(text: str, marked: str, sentence: str | None) -> None:
    with pytest.raises(QueryError) as raised:
        read(text)
    mistake = raised.value
    assert text[mistake.start : mistake.end] == marked
    assert sentence in (None, mistake.message)
    assert str(mistake) == mistake.message


@pytest.mark.parametrize("deep", ["(" * 5000, "not " * 5000 + "a", "(" * (DEEPEST + 2) + "a"])
def test_what_is_nested_too_deep_is_refused(deep: str) -> None:
    with pytest.raises(QueryError, match="nested too deep"):
        read(deep)


values = st.one_of(
    st.text(min_size=1, max_size=8), st.sampled_from(["a*", "and", "(x)", 'say "so"', "=5", "-1", "a:b"])
)
comparisons = st.one_of(
    st.builds(Comparison, st.just("name"), st.sampled_from([":", "="]), values),
    st.builds(Comparison, st.just("header"), st.just(":"), values, st.sampled_from(["a", "x-id", "a.b"])),
    st.builds(Comparison, st.just("lag"), st.sampled_from(["<", "<=", ">", ">=", ":", "="]), st.just("1.5k")),
    st.builds(
        Comparison, st.just("since"), st.just(":"), st.sampled_from(["-5m", "2026-11-23T10:00Z", "10:05"])
    ),
)
leaves = st.one_of(st.builds(Text, values), comparisons)


def joined(kind: type[Both] | type[Either], inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    """Two or more, none of which is of the same kind: a parser makes one of such."""
    parts = inner.filter(lambda term: not isinstance(term, kind))
    return st.lists(parts, min_size=2, max_size=3).map(lambda terms: kind(tuple(terms)))


terms: st.SearchStrategy[Term] = st.recursive(
    leaves,
    lambda inner: st.one_of(st.builds(Negation, inner), joined(Both, inner), joined(Either, inner)),
    max_leaves=8,
)


@settings(max_examples=120)
@given(terms)
def test_what_is_printed_is_read_back(term: Term) -> None:
    assert read(str(term)) == term


words = st.sampled_from(
    ["a", "name", "lag", "at", "since", ":", "~", "<", ">=", "=", "(", ")", '"', " ", "not", "and", "or", "*",
     "..", "-5m", "5", "1.5k", "10:00", "2026-11-23", "header.", "\\", "é", "0" * 400]
)  # fmt: skip


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=40), st.lists(words, max_size=14).map("".join)))
def test_nothing_but_a_query_error_ever_comes_of_a_text(text: str) -> None:
    found: Term | QueryError
    try:
        found = read(text)
    except QueryError as mistake:
        found = mistake
    if isinstance(found, QueryError):
        assert 0 <= found.start < found.end <= len(text)
        assert found.message.endswith((".", "?"))
    else:
        assert read(str(found)) == found
