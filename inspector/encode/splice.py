"""The bytes of a changed document, in which all that did not change keeps the bytes that it had."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

Place = tuple[int, int]
"""First byte and the one behind the last."""


class Entry(NamedTuple):
    """One entry of an object or a list, by where it lies in the bytes."""

    name: Any
    """None in a list."""
    begin: int
    """Where its name begins; in a list the same as `value`."""
    value: int
    end: int


class Piece(NamedTuple):
    """One entry of a changed object or list."""

    entry: Entry | None
    """The one that it was; None for a new one."""
    data: bytes
    """Name and value."""


class Grammar(Protocol):
    """How a format puts entries into objects and lists."""

    def extent(self, data: bytes) -> Place:
        """Where the value begins and ends in all the bytes."""

    def entries(self, data: bytes, at: int) -> tuple[list[Entry], int]:
        """What lies in the object or list that begins at a place, and where that ends."""

    def whole(
        self, data: bytes, place: Place, entries: Sequence[Entry], pieces: Sequence[Piece], named: bool
    ) -> bytes:
        """An object (`named`) or list that lies at a place, with other entries."""

    def encode(self, value: Any) -> bytes:
        """A new value. Raises ValueError where the format has nothing for it."""

    def named(self, data: bytes, name: Any, value: bytes) -> bytes:
        """A new entry of an object, in the style of the document."""


def spliced(data: bytes, grammar: Grammar, old: Any, new: Any) -> bytes:
    """The bytes of `new`, where `old` is what `data` says."""
    if same(old, new):
        return data
    begin, end = grammar.extent(data)
    return data[:begin] + _Splice(data, grammar).value(begin, end, old, new) + data[end:]


def same(one: Any, other: Any) -> bool:
    """Whether two documents are written alike: `1`, `1.0`, `1.00` and `true` differ, and so does order."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return len(one) == len(other) and all(
            same(a, b) and same(one[a], other[b]) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (float, Decimal)):
        return repr(one) == repr(other)
    return bool(one == other)


class _Splice:
    def __init__(self, data: bytes, grammar: Grammar) -> None:
        self._data, self._grammar = data, grammar

    def value(self, begin: int, end: int, old: Any, new: Any) -> bytes:
        if same(old, new):
            return self._data[begin:end]
        if type(old) is not type(new) or not isinstance(new, (dict, list)):
            return self._grammar.encode(new)
        entries, end = self._grammar.entries(self._data, begin)
        named = isinstance(new, dict)
        pieces = (self._object if named else self._list)(entries, old, new)
        return self._grammar.whole(self._data, (begin, end), entries, pieces, named)

    def _object(self, entries: Sequence[Entry], old: Any, new: Any) -> list[Piece]:
        last = {entry.name: entry for entry in entries}  # of names that occur twice the last one counts
        stay = [name for name in new if name in last]
        if stay == [name for name in last if name in new]:
            kept = [entry for entry in entries if entry.name in new]
        else:
            kept = [last[name] for name in stay]
        pieces = [
            Piece(entry, self._kept(entry, old, new))
            if entry is last[entry.name]
            else Piece(entry, self._data[entry.begin : entry.end])
            for entry in kept
        ]
        names = [entry.name for entry in kept]
        at = 0
        for name, value in new.items():
            if name in last:
                at = len(names) - names[::-1].index(name)
            else:
                pieces.insert(
                    at, Piece(None, self._grammar.named(self._data, name, self._grammar.encode(value)))
                )
                names.insert(at, name)
                at += 1
        return pieces

    def _kept(self, entry: Entry, old: dict[Any, Any], new: dict[Any, Any]) -> bytes:
        value = self.value(entry.value, entry.end, old[entry.name], new[entry.name])
        return self._data[entry.begin : entry.value] + value

    def _list(self, entries: Sequence[Entry], old: Any, new: Any) -> list[Piece]:
        """What is alike at both ends stays; between them places are changed, then added or taken away."""
        shorter = min(len(old), len(new))
        head = next((i for i in range(shorter) if not same(old[i], new[i])), shorter)
        rest = shorter - head
        tail = next((i for i in range(rest) if not same(old[-1 - i], new[-1 - i])), rest)
        pieces = []
        for place, value in enumerate(new):
            if place < len(new) - tail:
                entry = entries[place] if place < len(old) - tail else None
                before = old[place] if entry else None
            else:
                entry, before = entries[place - len(new)], value
            pieces.append(
                Piece(None, self._grammar.encode(value))
                if entry is None
                else Piece(entry, self.value(entry.value, entry.end, before, value))
            )
        return pieces
