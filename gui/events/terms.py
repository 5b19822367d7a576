"""Pieces of a query made of what somebody points at, and put to the query that is there."""

from __future__ import annotations

from enum import Enum

from graph.query.error import QueryError
from graph.query.fields import Vocabulary
from graph.query.parser import parse
from graph.query.terms import Comparison, Either


class How(Enum):
    """What a piece does to the query that is there."""

    APPLY = "Apply as filter"
    """Only the piece, in the place of the query."""
    NARROW = "And"
    """Both."""
    EXCLUDE = "Exclude"
    """The query without what the piece means."""


def piece(vocabulary: Vocabulary, field: str, value: str) -> str | None:
    """`field` is exactly `value`, as a query; None where the language cannot say it."""
    name, _, path = field.partition(".")
    known = vocabulary.by_name.get(name)
    if known is None:
        return None
    sign = "=" if "*" in value and "=" in known.kind.signs else ":"
    made = Comparison(name, sign, value, path)
    try:
        return str(made) if parse(str(made), vocabulary) == made else None
    except QueryError:
        return None


def joined(vocabulary: Vocabulary, query: str, made: str, how: How) -> str:
    """The query after a piece was put to it; `query` has no mistake."""
    said = f"not {made}" if how is How.EXCLUDE else made
    if how is How.APPLY or not query.strip():
        return said
    whole = f"({query})" if isinstance(parse(query, vocabulary), Either) else query
    return f"{whole} and {said}"
