"""JSON (RFC 8259) read so that numbers keep their form, written for people, and changed in place."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from inspector.decode.json import BOM
from inspector.encode.misfit import Misfit, Steps
from inspector.encode.splice import Entry, Piece, Place

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SIGN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_BLANK = re.compile(rb"[ \t\r\n]*")
_PLAIN = re.compile(rb"[^\s,\]}]+")
_LONE = re.compile("[\ud800-\udfff]")
_MOST_DIGITS = 1000
"""Longer integers are kept as text: Python refuses to turn very long ones into numbers."""


class Number(Decimal):
    """A number that is no integer, with the text that it has."""

    def __new__(cls, text: str) -> Number:
        """The text is kept as it is."""
        made = super().__new__(cls, text)
        made._text = text
        return made

    _text: str

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return self._text


def parse(data: bytes | str) -> Any:
    """The value: integers are int, other numbers `Number`. Raises `Misfit`.

    In text that people write no name may occur twice in an object; in bytes the last one counts.
    """
    try:
        text = data if isinstance(data, str) else data.removeprefix(BOM).decode()
        return (_BY_PEOPLE if isinstance(data, str) else _AS_SENT).decode(text)
    except json.JSONDecodeError as error:
        why = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise Misfit(f"it is no JSON: {why}", line=error.lineno, column=error.colno) from error
    except UnicodeDecodeError as error:
        raise Misfit(f"it is not UTF-8 from byte {error.start} on") from error
    except RecursionError as error:
        raise Misfit("it is nested too deeply") from error


def write(value: Any, indent: int | None = None) -> str:
    """Text that `parse` reads as the same value. Raises `Misfit` where JSON has nothing for a part of it."""
    made: list[str] = []
    _write(value, made, indent, "\n", ())
    return "".join(made)


def located(text: bytes, steps: Steps) -> Place:
    """First byte of what stands at a place of a JSON text, or of the nearest around it, and its end."""
    at, end = JSON.extent(text)
    for step in steps:
        if text[at : at + 1] not in (b"{", b"["):
            break
        entries, _ = JSON.entries(text, at)
        found = [
            each for number, each in enumerate(entries) if step in (each.name, number) and step is not None
        ]
        if not found:
            break
        at, end = found[-1].value, found[-1].end
    return at, end


class Json:
    """Where the parts of a JSON text lie."""

    def extent(self, data: bytes) -> Place:
        """Without a byte order mark and white space."""
        begin = _after_blank(data, len(BOM) if data.startswith(BOM) else 0)
        return begin, _end(data, begin)

    def entries(self, data: bytes, at: int) -> tuple[list[Entry], int]:
        """Of an object or an array."""
        opening = data[at]
        at = _after_blank(data, at + 1)
        found = []
        while data[at] not in b"}]":
            begin, name = at, None
            if opening == ord("{"):
                at = _end(data, at)
                word = data[begin + 1 : at - 1]
                name = json.loads(data[begin:at]) if b"\\" in word else word.decode()
                at = _after_blank(data, _after_blank(data, at) + 1)
            end = _end(data, at)
            found.append(Entry(name, begin, at, end))
            at = _after_blank(data, end)
            if data[at] == ord(","):
                at = _after_blank(data, at + 1)
        return found, at + 1

    def whole(
        self, data: bytes, place: Place, entries: Sequence[Entry], pieces: Sequence[Piece], named: bool
    ) -> bytes:
        """What stands between two entries stays between them; new ones are set apart as the first two are."""
        if not pieces:
            return b"{}" if named else b"[]"
        opening = data[place[0] : entries[0].begin] if entries else data[place[0] : place[0] + 1]
        closing = data[entries[-1].end : place[1]] if entries else data[place[1] - 1 : place[1]]
        between = {(one, other): data[one.end : other.begin] for one, other in pairwise(entries)}
        usual = next(iter(between.values()), b"," + opening[1:])
        made = opening + pieces[0].data
        for one, other in pairwise(pieces):
            known = between.get((one.entry, other.entry)) if one.entry and other.entry else None
            made += (known or usual) + other.data
        return made + closing

    def encode(self, value: Any) -> bytes:
        """In UTF-8 without white space."""
        return _bytes(write(value))

    def named(self, data: bytes, name: Any, value: bytes) -> bytes:
        """Behind a colon."""
        return _bytes(write(name)) + (b": " if b'": ' in data else b":") + value


JSON = Json()


def _write(value: Any, made: list[str], indent: int | None, line: str, steps: Steps) -> None:
    if isinstance(value, (dict, list)) and value:
        named = isinstance(value, dict)
        deeper = line if indent is None else line + " " * indent
        made.append("{" if named else "[")
        for place, item in enumerate(value):
            if place:
                made.append(",")
            if indent is not None:
                made.append(deeper)
            if named:
                if not isinstance(item, str):
                    raise Misfit(f"{item!r} cannot be a name in JSON", steps)
                made.append(f"{_string(item)}:{'' if indent is None else ' '}")
            inner = value[item] if isinstance(value, dict) else item
            _write(inner, made, indent, deeper, (*steps, item if named else place))
        if indent is not None:
            made.append(line)
        made.append("}" if named else "]")
    elif isinstance(value, str):
        made.append(_string(value))
    elif isinstance(value, Decimal):
        made.append(str(value))
    elif value is None or isinstance(value, (bool, int, float, dict, list)):
        made.append(json.dumps(value))
    else:
        raise Misfit(f"JSON has nothing for {type(value).__name__}", steps)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates, which UTF-8 does not have
        return _LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", text).encode()


def _once(items: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(items)
    if len(made) < len(items):
        names = [name for name, _ in items]
        twice = next(name for name in made if names.count(name) > 1)
        raise Misfit(f"the name {twice} occurs twice in one object")
    return made


def _integer(text: str) -> int | Number:
    return int(text) if len(text) < _MOST_DIGITS else Number(text)


def _after_blank(data: bytes, at: int) -> int:
    found = _BLANK.match(data, at)
    return at if found is None else found.end()


def _end(data: bytes, at: int) -> int:
    """Where the value ends that begins at a place."""
    first = data[at]
    if first in b"{[":
        depth = 0
        for sign in _SIGN.finditer(data, at):
            depth += 1 if sign[0] in (b"{", b"[") else -1 if sign[0] in (b"}", b"]") else 0
            if not depth:
                return sign.end()
    found = (_STRING if first == ord('"') else _PLAIN).match(data, at)
    if found is None:
        raise Misfit(f"it cannot be read from byte {at} on")
    return found.end()


_AS_SENT = json.JSONDecoder(parse_float=Number, parse_int=_integer)
_BY_PEOPLE = json.JSONDecoder(parse_float=Number, parse_int=_integer, object_pairs_hook=_once)
