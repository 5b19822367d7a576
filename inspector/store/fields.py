"""What stands at the paths of JSON values, as columns: a comparison asks these and parses nothing.

A path is the names that lead to it; lists on the way and at its end are gone through, each element by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, compress
from typing import Any, TypeVar

import msgspec
import numpy as np
import orjson
from msgspec import Struct
from numpy.typing import NDArray

from inspector.pieces import Pieces
from inspector.store.packing import (
    FEW,
    Damaged,
    Integers,
    TextColumn,
    few_texts,
    integers,
    pack,
    read_integers,
    read_texts,
    texts,
)

MOST = 128
"""Paths of a block that have columns."""
DEEPEST = 8
_AT_ONCE = 512
"""Values that are parsed together: what they are made of stays near the processor."""
_NAMES = 256
"""Different names in one place; where there are more, they are values rather than names: no columns."""
_ROOM, _SHARE = 4096, 6
"""Columns take at most so many bytes and this part of what the values of a block do, the smallest first."""

NULL, FALSE, TRUE, NUMBER, TEXT, PARTS = range(6)
"""Kinds of what stands at a path; the last one is an object or a list."""
_KINDS = {type(None): NULL, bool: FALSE, int: NUMBER, float: NUMBER, str: TEXT, dict: PARTS, list: PARTS}
_SORTS, _SHELL = {dict, list}, dict[str, Any]()
_FLOATS = 255
"""In place of an exponent: numbers that are no short decimals."""
_EXACT = 1 << 53

T = TypeVar("T")
Path = tuple[str, ...]
Entries = tuple[list[Any], NDArray[np.int64]]
"""Values, and the record that each stands in."""
Places = NDArray[np.int64]
Fits = Callable[[Any], bool]
OfNumbers = Callable[[NDArray[np.float64]], NDArray[np.bool_]]


class FieldIndex(Struct, array_like=True):
    """Which paths of a block have columns; of others nothing is known."""

    paths: list[tuple[Path, int]]
    """With the kinds of their parts."""
    strange: list[int]
    """Records whose value is no plain JSON, so that columns say nothing of it; ascending."""


class _Packed(Struct, array_like=True):
    """A column as it is kept."""

    count: int
    owners: bytes
    kinds: bytes
    exponent: int
    numbers: bytes
    texts: bytes


class Field(Struct):
    """All that stands at one path in the values of a block."""

    owners: Integers
    """By entry: the record that it stands in, ascending."""
    kinds: Integers
    """By entry."""
    numbers: NDArray[np.float64]
    """Of the entries that are numbers, in order."""
    texts: TextColumn
    """Of the entries that are texts, in order."""

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return self.owners.nbytes + self.kinds.nbytes + self.numbers.nbytes + self.texts.size

    def fitting(
        self, fits: Fits, of_numbers: OfNumbers | None, of_texts: Callable[[TextColumn], Integers]
    ) -> tuple[Places, Places]:
        """Records in which something fits, and those to be looked at, some of them several times.

        `of_texts`: which of the texts that a column tells apart may fit. Without `of_numbers`, records with
        numbers are to be looked at.
        """
        found = np.array([fits(None), fits(False), fits(True), False, False, fits({})])[self.kinds]
        left = np.empty(0, np.int64)
        if len(self.numbers):
            which = self.kinds == NUMBER
            if of_numbers is None:
                left = self.owners[which]
            else:
                found[which] = of_numbers(self.numbers)
        if len(self.texts):
            answers = np.zeros(len(self.texts.lengths), np.bool_)
            for place in of_texts(self.texts).tolist():
                answers[place] = fits((self.texts.told(place) or b"").decode())
            if answers.any():
                numbers = self.texts.numbers
                found[self.kinds == TEXT] = answers if numbers is None else answers[numbers]
        return self.owners[found], left


def fields(values: Sequence[bytes | None], kinds: range) -> tuple[bytes, dict[int, bytes]]:
    """Which paths the values of a block have, and their columns by the kinds of their parts, as blobs."""
    entries: dict[Path, list[Entries]] = {}
    strange: list[int] = []
    for start in range(0, len(values), _AT_ONCE):
        documents, places = _parsed(values[start : start + _AT_ONCE], start, strange)
        _walk((), documents, places, entries)
    made = [(path, column) for path, some in entries.items() if (column := _column(some)) is not None]
    made.sort(key=lambda each: len(each[1]))
    room = _ROOM + sum(map(len, filter(None, values))) // _SHARE
    index, parts = FieldIndex([], strange), {}
    for kind, (path, column) in zip(kinds, made, strict=False):
        room -= len(column)
        if room < 0:
            break
        index.paths.append((path, kind))
        parts[kind] = column
    return pack(msgspec.msgpack.encode(index)), parts


def read_index(data: bytes) -> FieldIndex:
    """Which paths have columns; raises Damaged."""
    return _decoded(data, FieldIndex)


def read_field(data: bytes) -> Field:
    """A column; raises Damaged."""
    packed = _decoded(data, _Packed)
    kinds = read_integers(packed.kinds, packed.count)
    count = int(np.count_nonzero(kinds == NUMBER))
    if packed.exponent == _FLOATS:
        if len(packed.numbers) != 8 * count:
            raise Damaged("its columns have another length")
        numbers = np.frombuffer(packed.numbers, "<f8")
    else:
        numbers = read_integers(packed.numbers, count) / 10.0**packed.exponent
    words = read_texts(packed.texts, int(np.count_nonzero(kinds == TEXT)))
    if kinds.max(initial=0) > PARTS or kinds.min(initial=0) < 0:
        raise Damaged("its columns cannot be read")
    return Field(read_integers(packed.owners, packed.count), kinds, numbers, words)


def _decoded(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise Damaged("its columns cannot be read") from error


def _parsed(values: Sequence[bytes | None], start: int, strange: list[int]) -> tuple[list[Any], Places]:
    """Values as parts, and the records that they are of; those that are no JSON are added to `strange`."""
    places = [place for place, value in enumerate(values) if value]
    try:
        return [orjson.loads(values[place] or b"") for place in places], np.array(places, np.int64) + start
    except orjson.JSONDecodeError:
        documents, read = [], []
        for place in places:
            try:
                documents.append(orjson.loads(values[place] or b""))
                read.append(start + place)
            except orjson.JSONDecodeError:
                strange.append(start + place)
        return documents, np.array(read, np.int64)


def _walk(path: Path, values: list[Any], owners: Places, entries: dict[Path, list[Entries]]) -> None:
    """Add what stands at a path and below; lists are gone through as `inspector.search.paths.values` does."""
    sorts = set(map(type, values))
    if path:
        entries.setdefault(path, []).append((_freed(values, sorts), owners))
    if dict in sorts:
        _walk_names(path, *_those(dict, values, owners, sorts), entries)
    if list in sorts:
        lists, of = _those(list, values, owners, sorts)
        elements = [*chain.from_iterable(lists)]
        of = np.repeat(of, np.fromiter(map(len, lists), np.int64, len(lists)))
        sorts = set(map(type, elements))
        if path and elements:
            entries[path].append((_freed(elements, sorts), of))
        if dict in sorts:
            _walk_names(path, *_those(dict, elements, of, sorts), entries)


def _freed(values: list[Any], sorts: set[type]) -> list[Any]:
    """Values without what is in objects and lists, so that its memory is soon used again."""
    if sorts.isdisjoint(_SORTS):
        return values
    return [_SHELL] * len(values) if sorts <= _SORTS else [_SHELL if type(v) in _SORTS else v for v in values]


def _walk_names(path: Path, objects: list[Any], owners: Places, entries: dict[Path, list[Entries]]) -> None:
    shapes = set(map(tuple, objects))
    names = set(chain.from_iterable(shapes))
    if len(names) > _NAMES or len(path) >= DEEPEST:
        return
    for name in names:
        if all(name in shape for shape in shapes):
            _walk((*path, name), [each[name] for each in objects], owners, entries)
        else:
            have = [name in each for each in objects]
            _walk((*path, name), [each[name] for each in compress(objects, have)], owners[have], entries)


def _those(sort: type, values: list[Any], owners: Places, sorts: set[type]) -> tuple[list[Any], Places]:
    if len(sorts) == 1:
        return values, owners
    are = [type(value) is sort for value in values]
    return [*compress(values, are)], owners[are]


def _column(pieces: list[Entries]) -> bytes | None:
    """A column, packed; None where numbers are too large to be told apart in it."""
    values, owners = pieces[0]
    if len(pieces) > 1:
        values = [*chain.from_iterable(some for some, _ in pieces)]
        owners = np.concatenate([some for _, some in pieces])
        if (owners[1:] < owners[:-1]).any():
            order = np.argsort(owners, kind="stable")
            values, owners = [values[place] for place in order.tolist()], owners[order]
    sorts = set(map(type, values))
    if len(sorts) == 1:
        kinds = np.full(len(values), _KINDS[next(iter(sorts))])
        figures, words = values if sorts & {int, float} else [], values if str in sorts else []
    else:
        kinds = np.fromiter(map(_KINDS.__getitem__, map(type, values)), np.int64, len(values))
        figures = [value for value in values if type(value) in (int, float)]
        words = [value for value in values if type(value) is str]
    if bool in sorts:
        kinds[[place for place, value in enumerate(values) if value is True]] = TRUE
    if figures and max(max(figures), -min(figures)) > _EXACT:
        return None
    exponent, numbers = _numbers(np.array(figures, np.float64))
    made = _Packed(
        len(values),
        integers(owners, differences=True),
        integers(kinds),
        exponent,
        numbers,
        _texts(words),
    )
    return pack(msgspec.msgpack.encode(made))


def _texts(words: list[str]) -> bytes:
    if len(words) >= FEW and len(set(words[:FEW])) <= FEW // 2:
        number = {word: place for place, word in enumerate(dict.fromkeys(words))}
        if len(number) <= FEW:
            which = np.fromiter(map(number.__getitem__, words), np.int64, len(words))
            return few_texts(_pieces([*number]), which)
    return texts(_pieces(words), many=True)


def _pieces(words: list[str]) -> Pieces:
    whole = "".join(words)
    if not whole.isascii():
        return Pieces.of([word.encode() for word in words])
    return Pieces.packed(whole.encode(), np.fromiter(map(len, words), np.int64, len(words)))


def _numbers(values: NDArray[np.float64]) -> tuple[int, bytes]:
    """Numbers as whole ones times ten to the power of something, where that is exact, or as they are."""
    for exponent in range(5):
        whole = np.rint(values * 10.0**exponent)
        if (np.abs(whole) <= _EXACT).all() and (whole / 10.0**exponent == values).all():
            return exponent, integers(whole.astype(np.int64))
    return _FLOATS, values.astype("<f8").tobytes()
