"""Headers of many records by column: records whose headers have the same names are a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np
from msgspec import Struct

from inspector.pieces import Integers, Pieces

Headers = tuple[tuple[str, bytes | None], ...]
"""In their order, duplicates kept; a header's value may be null."""
Shape = tuple[str, ...]
"""The names of a record's headers, in order."""


class HeaderGroup(Struct, frozen=True):
    """Records whose headers have the same names, and the values of each header."""

    names: Shape
    places: Integers
    """Which records they are, ascending."""
    values: list[Pieces]

    def part(self, slots: Integers, places: Integers) -> HeaderGroup:
        """Some of these records, at other places."""
        return HeaderGroup(self.names, places, [each.part(slots) for each in self.values])


class HeaderColumns(Sequence[Headers]):
    """The headers of each record of a batch."""

    def __init__(self, count: int, groups: list[HeaderGroup]) -> None:
        """Each of `count` records is in one of the groups."""
        self._count = count
        self.groups = groups

    @classmethod
    def of(cls, headers: Sequence[Headers]) -> HeaderColumns:
        """Headers by column."""
        if isinstance(headers, cls):
            return headers
        alike: dict[Shape, list[int]] = {}
        for place, each in enumerate(headers):
            alike.setdefault(tuple([name for name, _ in each]), []).append(place)
        groups = []
        for names, places in alike.items():
            values = zip(*([value for _, value in headers[place]] for place in places), strict=True)
            groups.append(HeaderGroup(names, np.array(places, np.int64), [*map(Pieces.of, values)]))
        return cls(len(headers), groups)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Headers: ...
    @overload
    def __getitem__(self, index: slice) -> list[Headers]: ...
    def __getitem__(self, index: int | slice) -> Headers | list[Headers]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(self._count))]
        numbers, slots = self.where
        group, slot = self.groups[int(numbers[index])], int(slots[index])
        return tuple((name, values[slot]) for name, values in zip(group.names, group.values, strict=True))

    def __iter__(self) -> Iterator[Headers]:
        found: list[Headers] = [()] * self._count
        for group in self.groups:
            pairs = [
                [(name, one) for one in values]
                for name, values in zip(group.names, group.values, strict=True)
            ]
            for place, each in zip(group.places.tolist(), zip(*pairs, strict=True), strict=bool(pairs)):
                found[place] = each
        return iter(found)

    @cached_property
    def where(self) -> tuple[Integers, Integers]:
        """The group of each record, and its slot there."""
        numbers, slots = np.zeros(self._count, np.int64), np.zeros(self._count, np.int64)
        for number, group in enumerate(self.groups):
            numbers[group.places] = number
            slots[group.places] = np.arange(len(group.places))
        return numbers, slots

    def part(self, places: Integers) -> HeaderColumns:
        """The headers of some records, in this order."""
        numbers, slots = (each[places] for each in self.where)
        groups = []
        for number, group in enumerate(self.groups):
            mine = np.flatnonzero(numbers == number)
            if len(mine):
                groups.append(group.part(slots[mine], mine))
        return HeaderColumns(len(places), groups)

    @property
    def sizes(self) -> Integers:
        """Bytes of the names and values of each record's headers."""
        found = np.zeros(self._count, np.int64)
        for group in self.groups:
            if group.values:
                values = sum(np.maximum(each.lengths, 0) for each in group.values)
                found[group.places] = values + len("".join(group.names))
        return found
