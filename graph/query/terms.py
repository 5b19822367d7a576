"""A query as a tree, printed as a query again and asked of things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from graph.query.fields import Readers, Vocabulary
from graph.query.kinds import Match
from graph.query.lexer import quoted, quoted_text
from graph.query.moments import Clock
from graph.query.operators import OPERATORS
from graph.query.patterns import contained

T = TypeVar("T")
X = TypeVar("X")
Test = Callable[[T], bool]


@dataclass(frozen=True)
class Everything:
    """The empty query."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True)
class Text:
    """Free text."""

    words: str

    def __str__(self) -> str:
        return quoted_text(self.words)


@dataclass(frozen=True)
class Comparison:
    """A field, an operator and a value."""

    field: str
    sign: str
    value: str
    path: str = ""
    """What stands behind the dot of an open field."""

    def __str__(self) -> str:
        path = f".{self.path}" if self.path and self.path[0] != "[" else self.path
        return f"{self.field}{path}{self.sign}{quoted(self.value)}"


@dataclass(frozen=True)
class Negation:
    """`not`"""

    term: Term

    def __str__(self) -> str:
        return f"not {_inner(self.term, Both, Either)}"


@dataclass(frozen=True)
class Both:
    """`and`, of two or more."""

    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return " and ".join(_inner(term, Either) for term in self.terms)


@dataclass(frozen=True)
class Either:
    """`or`, of two or more."""

    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.terms))


Term = Everything | Text | Comparison | Negation | Both | Either


def _inner(term: Term, *wrapped: type) -> str:
    return f"({term})" if isinstance(term, wrapped) else str(term)


@dataclass(frozen=True)
class Logic(Generic[X]):
    """What a query comes to: a test of one thing, or the answers for many at once."""

    every: X
    """That all fit."""
    holds: Callable[[str, str, Match], X | None]
    """Which have a value that matches, by the name and path of a field; None where such things lack it."""
    opposite: Callable[[X], X]
    both: Callable[[list[X]], X]
    either: Callable[[list[X]], X]


def asked(term: Term, vocabulary: Vocabulary, clock: Clock, logic: Logic[X]) -> X | None:
    """What a query comes to; None where it does not speak of this sort of thing.

    A query speaks of things that have all its fields, whatever stands before them; each side of an `or`
    speaks for itself. A thing that has a field but no value there does not fit, and fits the opposite.
    """
    match term:
        case Everything():
            return logic.every
        case Text(words):
            found = [logic.holds(name, "", contained(words)) for name in vocabulary.free]
        case Comparison(name, sign, value, path):
            kind = vocabulary.by_name[name].kind
            return logic.holds(name, path, OPERATORS[sign].match(kind, value, clock))
        case Negation(inner):
            positive = asked(inner, vocabulary, clock, logic)
            return None if positive is None else logic.opposite(positive)
        case Both(terms) | Either(terms):
            found = [asked(each, vocabulary, clock, logic) for each in terms]
    known = [each for each in found if each is not None]
    if isinstance(term, Both):
        return logic.both(known) if len(known) == len(found) else None
    return logic.either(known) if known else None


def predicate(term: Term, vocabulary: Vocabulary, readers: Readers[T], clock: Clock) -> Test[T] | None:
    """Whether a thing is what a query asks for; None where it does not speak of such things."""

    def holds(name: str, path: str, match: Match) -> Test[T] | None:
        read = readers(name, path)
        return None if read is None else lambda thing: any(map(match, read(thing)))

    logic: Logic[Test[T]] = Logic(
        lambda thing: True,
        holds,
        lambda inner: lambda thing: not inner(thing),
        lambda tests: lambda thing: all(each(thing) for each in tests),
        lambda tests: lambda thing: any(each(thing) for each in tests),
    )
    return asked(term, vocabulary, clock, logic)
