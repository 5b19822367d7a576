"""Bytes that a match cannot do without: what is looked for in a whole block before any record is."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from inspector.store.packing import Integers, TextColumn
from inspector.store.text import Occurs, occurrences, odd

FOLDING = {
    b"\xc3\x9f": b"s", b"\xc4\xb0": b"i", b"\xc5\x89": b"n", b"\xc5\xbf": b"s", b"\xc7\xb0": b"j",
    b"\xe1\xba": b"ahstwy", b"\xe2\x84\xaa": b"k", b"\xef\xac": b"filst",
}  # fmt: skip
"""How all letters begin in UTF-8 that are no ASCII and fold, in lower case, to some of these of ASCII."""
_ASCII = re.compile(r"[\x20-\x7f]+")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\U0010ffff\"\\/]+")


class Needle(Struct, frozen=True):
    """What to look for in texts. No bytes: there is nothing that has to occur."""

    wanted: bytes = b""
    folded: bool = True
    """In lower case, and found as such; otherwise as it is written."""
    json: bool = False
    """Whether it has to occur in plain JSON only; values of another sort are looked at anyway."""
    begins: bool = False
    ends: bool = False
    """Whether it is the beginning or the end of a whole key, header, or id: an index tells these."""

    @property
    def indexed(self) -> bytes:
        """As an index has it."""
        return b"\n" * self.begins + self.wanted.lower() + b"\n" * self.ends

    def among(self, column: TextColumn) -> Integers:
        """The texts that a column tells apart that have it, or may for another reason."""
        data = column.data
        if not self.wanted:
            return np.arange(len(column.lengths))
        if self.folded:
            if foldable(data, self.wanted) or (self.json and not is_utf8(data)):
                return np.arange(len(column.lengths))
            data = data.lower()
        found = occurrences(column, data, self.wanted)
        return np.union1d(found, odd(column)) if self.json else found


def literal(pattern: str, wild: bool, json: bool = False) -> Needle:
    """Of a text that is compared in any case: its longest run that data holds just so.

    `wild`: with a `*` for anything. In JSON some letters may be escaped.
    """
    parts = pattern.casefold().split("*") if wild else [pattern.casefold()]
    return Needle(_longest(parts, _PLAIN if json else _ASCII).lower(), json=json)


def whole(pattern: str, wild: bool) -> Needle:
    """The same of a whole key, header or id."""
    found, folded = literal(pattern, wild), pattern.casefold()
    text = found.wanted.decode()
    begins = bool(text) and folded.startswith(text)
    return replace(
        found, begins=begins, ends=bool(text) and (folded == text if begins else folded.endswith(text))
    )


def of_name(name: str) -> Needle:
    """The name of a field in JSON.

    Not one of figures alone, which is how fields of Protobuf without a schema are called.
    """
    if name.isdigit():
        return Needle()
    if name.isascii() and _PLAIN.fullmatch(name):
        return Needle(f'"{name}"'.encode(), folded=False, json=True)
    return Needle(_longest([name], _PLAIN), folded=False, json=True)


def of_words(occurs: Occurs) -> Needle:
    """Free text, where that is found as bytes."""
    return Needle(occurs.ascii or b"", folded=False)


def foldable(data: bytes, wanted: bytes) -> bool:
    """Whether letters may occur that are no ASCII but are the same as some of those that are looked for."""
    return any(
        # A single byte is found many times as fast as two.
        letter[:1] in data and letter in data
        for letter, same in FOLDING.items()
        if not set(same).isdisjoint(wanted)
    )


def is_utf8(data: bytes) -> bool:
    """Whether it is text in UTF-8: in other charsets letters fold that nothing here knows of."""
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def _longest(parts: Iterable[str], run: re.Pattern[str]) -> bytes:
    found = [each for part in parts for each in run.findall(part)]
    return max(found, key=len, default="").encode()
