"""Words of a query, right or wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.query.lexer import Kind, quoted, quoted_text, tokens


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind.name.lower(), token.text) for token in tokens(text)]


def test_a_field_an_operator_and_a_value() -> None:
    assert kinds("lag > 1k") == [("field", "lag"), ("operator", ">"), ("value", "1k")]
    assert kinds('name:"two words"') == [("field", "name"), ("operator", ":"), ("value", "two words")]
    assert kinds("header.trace-id:a") == [("field", "header.trace-id"), ("operator", ":"), ("value", "a")]


def test_a_colon_takes_what_stands_right_beside_it() -> None:
    assert kinds("app: billing") == [("field", "app"), ("operator", ":"), ("text", "billing")]
    assert kinds("at:10:00..10:05") == [("field", "at"), ("operator", ":"), ("value", "10:00..10:05")]


def test_parentheses_belong_to_a_value_that_opened_them() -> None:
    assert kinds("(name~a(b|c))") == [
        ("open", "("),
        ("field", "name"),
        ("operator", "~"),
        ("value", "a(b|c)"),
        ("close", ")"),
    ]


def test_keywords_in_quotes_are_text() -> None:
    assert kinds('NOT "and" or') == [("keyword", "NOT"), ("text", "and"), ("keyword", "or")]


@pytest.mark.parametrize(("text", "end"), [('"a b', 4), (r'"a\"', 4), ("name:" + r'"\\', 8), ('"', 1)])
def test_a_quote_without_an_end_goes_to_the_end(text: str, end: int) -> None:
    last = tokens(text)[-1]
    assert last.unended
    assert last.end == end


@given(st.text(max_size=60))
def test_words_cover_all_but_space(text: str) -> None:
    at = 0
    for token in tokens(text):
        assert text[at : token.start].strip() == ""
        assert token.start < token.end
        at = token.end
    assert text[at:].strip() == ""


@given(st.text(max_size=30))
def test_what_is_quoted_is_read_back(word: str) -> None:
    for sign in (":", "~", "=", "<"):
        made = tokens(f"x{sign}{quoted(word)}")
        assert [token.kind for token in made] == [Kind.FIELD, Kind.OPERATOR, Kind.VALUE]
        assert made[2].text == word
        assert made[1].text == sign
    (text,) = tokens(quoted_text(word))
    assert (text.kind, text.text, text.unended) == (Kind.TEXT, word, False)
