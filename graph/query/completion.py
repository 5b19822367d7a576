"""What may be written next in a query, and what all of the language means, for people who type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from graph.query.fields import Field, Vocabulary
from graph.query.kinds import Choice
from graph.query.lexer import KEYWORDS, Kind, Token, parted, quoted, tokens
from graph.query.operators import OPERATORS

MOST = 10
"""Offers at a time."""


@dataclass(frozen=True)
class Offer:
    """A piece that fits at a place."""

    text: str
    help: str = ""


@dataclass(frozen=True)
class Completion:
    """What may stand from `start` to `end` of a query, instead of what stands there."""

    start: int
    end: int
    offers: tuple[Offer, ...]


def complete(
    text: str, cursor: int, vocabulary: Vocabulary, values: Callable[[str], Iterable[str]]
) -> Completion:
    """What fits where the cursor stands; `values` are those that a field has at the moment."""
    before = [token for token in tokens(text) if token.start < cursor]
    last = before[-1] if before and before[-1].end >= cursor else None
    if last is None or last.kind in (Kind.OPEN, Kind.CLOSE):
        return Completion(cursor, cursor, _words("", vocabulary))
    typed = text[last.start : cursor]
    if last.kind is Kind.OPERATOR:
        return Completion(cursor, cursor, _values("", _field(before, 2, vocabulary), values))
    if last.kind is Kind.VALUE:
        found = _values(typed.lstrip('"'), _field(before, 3, vocabulary), values)
        return Completion(last.start, last.end, found)
    return Completion(last.start, last.end, () if last.quoted else _words(typed, vocabulary))


def _field(before: list[Token], back: int, vocabulary: Vocabulary) -> Field | None:
    name = parted(before[-back].text)[0].lower() if len(before) >= back else ""
    return vocabulary.by_name.get(name)


def _words(typed: str, vocabulary: Vocabulary) -> tuple[Offer, ...]:
    fields = [Offer(each.name + ("." if each.open else _sign(each)), each.help) for each in vocabulary.fields]
    keywords = [Offer(f"{word} ", _KEYWORDS[word]) for word in KEYWORDS] if typed else []
    return _nearest(typed, [*fields, *keywords])


def _sign(field: Field) -> str:
    """The operator that its example has, or the first that it takes."""
    return field.example[: len(field.example) - len(field.example.lstrip(":<>=~"))] or field.kind.signs[0]


def _values(typed: str, field: Field | None, values: Callable[[str], Iterable[str]]) -> tuple[Offer, ...]:
    if field is None:
        return ()
    known = field.kind.options if isinstance(field.kind, Choice) else values(field.name)
    return _nearest(typed, [Offer(quoted(each)) for each in known]) or _example(typed, field)


def _example(typed: str, field: Field) -> tuple[Offer, ...]:
    example = field.example.lstrip(":<>=~")
    return (Offer(example, "for example"),) if example and not typed else ()


def _nearest(typed: str, offers: list[Offer]) -> tuple[Offer, ...]:
    """Those that begin with what is typed, then those that have it in them."""
    wanted = typed.casefold().strip('*"')
    found = [(each.text.casefold().lstrip('"'), each) for each in offers]
    begin = [each for text, each in found if text.startswith(wanted)]
    inside = [each for text, each in found if wanted in text and not text.startswith(wanted)]
    return tuple((begin + inside)[:MOST])


_KEYWORDS = {
    "and": "both sides fit; a space means the same",
    "or": "one side or both fit",
    "not": "what follows does not fit",
}


def help_lines(vocabulary: Vocabulary) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The language as sections of forms with what they mean: made of operators, keywords and fields."""
    free = " or ".join(vocabulary.free)
    note = f", {vocabulary.free_note}" if vocabulary.free_note else ""
    text = (
        ("orders", f"occurs in the {free}{note}"),
        ("orders*", f"is the whole {free}; * stands for anything"),
    )
    operators = tuple((f"field{each.sign}value", each.help) for each in OPERATORS.values())
    words = tuple(_KEYWORDS.items())
    quotes = (('"two words"', "a value with spaces or parentheses"), ("( )", "what belongs together"))
    fields = tuple(
        (f"{each.name}{'.NAME' if each.open else ''}{each.example}", each.help) for each in vocabulary.fields
    )
    return (("Text", text), ("Operators", operators), ("Words", (*words, *quotes)), ("Fields", fields))
