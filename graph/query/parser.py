"""From the words of a query to its tree.

query      := [either]
either     := both { "or" both }
both       := single { ["and"] single }
single     := "not" single | "(" either ")" | field operator value | text
"""

from __future__ import annotations

from graph.query.error import QueryError
from graph.query.fields import Field, Vocabulary
from graph.query.kinds import meant
from graph.query.lexer import Kind, Token, parted, tokens
from graph.query.moments import Clock
from graph.query.operators import OPERATORS
from graph.query.terms import Both, Comparison, Either, Everything, Negation, Term, Text

DEEPEST = 40
"""How far parentheses and `not` may be nested."""


def parse(text: str, vocabulary: Vocabulary) -> Term:
    """The tree of a query; raises QueryError at the first mistake."""
    words = tokens(text)
    for word in words:
        if word.unended:
            raise QueryError("The closing quote is missing.", word.start, word.end)
    if not words:
        return Everything()
    reading = _Reading(words, vocabulary)
    found = reading.either(0)
    if (left := reading.next) is not None:
        raise QueryError("No parenthesis was opened before this one.", left.start, left.end)
    return found


class _Reading:
    def __init__(self, words: list[Token], vocabulary: Vocabulary) -> None:
        self._words = words
        self._vocabulary = vocabulary
        self._at = 0

    @property
    def next(self) -> Token | None:
        return self._words[self._at] if self._at < len(self._words) else None

    def _take(self) -> Token:
        self._at += 1
        return self._words[self._at - 1]

    def _keyword(self, *words: str) -> bool:
        found = self.next
        return found is not None and found.kind is Kind.KEYWORD and found.text.lower() in words

    def either(self, depth: int) -> Term:
        terms = [self._both(depth)]
        while self._keyword("or"):
            self._take()
            terms.append(self._both(depth))
        return _joined(Either, terms)

    def _both(self, depth: int) -> Term:
        terms = [self._single(depth)]
        while (found := self.next) is not None and found.kind is not Kind.CLOSE and not self._keyword("or"):
            if self._keyword("and"):
                self._take()
            terms.append(self._single(depth))
        return _joined(Both, terms)

    def _single(self, depth: int) -> Term:
        found = self.next
        if found is None or found.kind is Kind.CLOSE:
            raise self._nothing()
        if depth > DEEPEST:
            raise QueryError("This is nested too deep.", found.start, found.end)
        self._take()
        match found.kind:
            case Kind.KEYWORD if found.text.lower() == "not":
                return Negation(self._single(depth + 1))
            case Kind.OPEN:
                return self._nested(found, depth + 1)
            case Kind.FIELD:
                return self._comparison(found)
            case Kind.OPERATOR:
                message = f"A field is missing before {found.text}"
                raise QueryError(f"{message}, such as name:orders.", found.start, found.end)
            case Kind.KEYWORD:
                where = f"Nothing stands before {found.text}. Put it in quotes to look for the word."
                raise QueryError(where, found.start, found.end)
        return Text(found.text)

    def _nothing(self) -> QueryError:
        """Where something should stand, and what stands before that."""
        before = self._words[max(self._at - 1, 0)]
        if before.kind is Kind.KEYWORD:
            return QueryError(f"Nothing stands after {before.text}.", before.start, before.end)
        if before.kind is Kind.OPEN:
            return QueryError("Nothing stands after this parenthesis.", before.start, before.end)
        return QueryError("No parenthesis was opened before this one.", before.start, before.end)

    def _nested(self, opened: Token, depth: int) -> Term:
        found = self.either(depth)
        if self.next is None:
            raise QueryError("The closing parenthesis is missing.", opened.start, opened.end)
        self._take()
        return found

    def _comparison(self, word: Token) -> Term:
        name, path = parted(word.text)
        field = self._field(word, name.lower(), path)
        operator = self._take()
        if operator.text not in field.kind.signs:
            signs = " ".join(field.kind.signs)
            message = f"{field.name} does not take {operator.text}. It takes {signs}."
            raise QueryError(message, operator.start, operator.end)
        value = self.next
        if value is None or value.kind is not Kind.VALUE:
            message = f"{word.text}{operator.text} needs a value."
            raise QueryError(message, word.start, operator.end)
        self._take()
        try:
            OPERATORS[operator.text].match(field.kind, value.text, Clock())
        except ValueError as wrong:
            raise QueryError(str(wrong), value.start, value.end) from None
        return Comparison(field.name, operator.text, value.text, path)

    def _field(self, word: Token, name: str, path: str) -> Field:
        known = self._vocabulary.by_name
        if (field := known.get(name)) is None:
            hint = meant(name, tuple(known)) or " Put it in quotes to look for it as text."
            raise QueryError(f"There is no field {word.text}.{hint}", word.start, word.end)
        if field.open and not path:
            raise QueryError(f"A name is missing: {name}.NAME.", word.start, word.end)
        if path and not field.open:
            raise QueryError(f"{name} has no parts that a dot could ask for.", word.start, word.end)
        return field


def _joined(kind: type[Both] | type[Either], terms: list[Term]) -> Term:
    if len(terms) == 1:
        return terms[0]
    flat: list[Term] = []
    for term in terms:
        flat += term.terms if isinstance(term, kind) else [term]
    return kind(tuple(flat))
