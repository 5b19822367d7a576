"""The words of a query: never an error, so that half a query has its colours too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a word is."""

    FIELD = auto()
    OPERATOR = auto()
    VALUE = auto()
    """What stands right of an operator."""
    TEXT = auto()
    """Free text."""
    KEYWORD = auto()
    OPEN = auto()
    CLOSE = auto()


@dataclass(frozen=True)
class Token:
    """A word of a query, from `start` to `end` of its text."""

    kind: Kind
    start: int
    end: int
    text: str
    """What it says: without the quotes of a quoted value."""
    quoted: bool = False
    unended: bool = False
    """Whether its closing quote is missing."""


KEYWORDS = ("and", "or", "not")

_SPACE = re.compile(r"\s*")
_NAMED = r"[A-Za-z][\w-]*"
_PLACE = r"(?:\.|(?=\[))(?:\[\"(?:[^\"\\]|\\.)*\"\]|[^\s:~<>=()\"])+"
_FIELD = re.compile(rf"({_NAMED}(?:{_PLACE})?)(?=:|\s*(?:~|<=?|>=?|=))")
_PARTS = re.compile(rf"({_NAMED})\.?(.*)", re.DOTALL)
_OPERATOR = re.compile(r"\s*(:|~|<=|<|>=|>|=)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)("?)', re.DOTALL)
_BARE = re.compile(r'[^\s()"]+')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def tokens(text: str) -> list[Token]:
    """The words of a text, in order; what lies between them is space."""
    made: list[Token] = []
    at = _past_space(text, 0)
    while at < len(text):
        token = _value(text, at) if _wants_value(made, text, at) else _token(text, at)
        made.append(token)
        at = _past_space(text, token.end)
    return made


def parted(field: str) -> tuple[str, str]:
    """A field's name and what stands behind it: `value.a` and `value["a"]` are both `value` and a path."""
    found = _PARTS.fullmatch(field)
    return (found[1], found[2]) if found else (field, "")


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _wants_value(made: list[Token], text: str, at: int) -> bool:
    """Whether what comes stands right of an operator; after a colon only without space between."""
    if not made or made[-1].kind is not Kind.OPERATOR:
        return False
    return made[-1].text != ":" or made[-1].end == at


def _token(text: str, at: int) -> Token:
    if text[at] in "()":
        return Token(Kind.OPEN if text[at] == "(" else Kind.CLOSE, at, at + 1, text[at])
    if field := _FIELD.match(text, at):
        return Token(Kind.FIELD, at, field.end(), field[1])
    if operator := _OPERATOR.match(text, at):
        return Token(Kind.OPERATOR, operator.start(1), operator.end(), operator[1])
    if text[at] == '"':
        return _quoted(Kind.TEXT, text, at)
    bare = _BARE.match(text, at)
    assert bare is not None
    word = bare[0]
    return Token(Kind.KEYWORD if word.lower() in KEYWORDS else Kind.TEXT, at, bare.end(), word)


def _quoted(kind: Kind, text: str, at: int) -> Token:
    found = _QUOTED.match(text, at)
    assert found is not None
    end = found.end() if found[2] else len(text)
    said = found[1] if found[2] else text[at + 1 :]
    return Token(kind, at, end, _ESCAPE.sub(r"\1", said), True, not found[2])


def _value(text: str, at: int) -> Token:
    """A value: quoted, or all up to a space or a closing parenthesis that it did not open."""
    if text[at] == '"':
        return _quoted(Kind.VALUE, text, at)
    depth, end = 0, at
    while end < len(text) and not text[end].isspace():
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth < 0:
            break
        end += 1
    if end == at:
        return _token(text, at)
    return Token(Kind.VALUE, at, end, text[at:end])


def quoted(word: str) -> str:
    """A value as it is written in a query: in quotes where it needs them."""
    made = tokens(f"(x<{word})")
    value = made[3] if len(made) == 5 else None
    if value == Token(Kind.VALUE, 3, 3 + len(word), word) and '"' not in word:
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def quoted_text(word: str) -> str:
    """Free text as it is written in a query, likewise."""
    made = tokens(word)
    if len(made) == 1 and made[0].kind is Kind.TEXT and made[0].text == word and not made[0].quoted:
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
