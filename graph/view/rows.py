"""Rows of tables by key, and which row of another table each was: at little cost where little changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress, count, pairwise
from operator import is_not, ne
from typing import Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key")
Numbers = NDArray[np.int64]

CHUNK = 4_000
"""Keys that are numbered without a pause."""
PIECE = 512
"""Keys that are compared at once."""
MOST = 400
"""Up to so many keys that came and stretches of keys that went are found by comparing two tables in order."""
SPENT = 2
"""How many times as many serials as there are keys are given before they are given anew."""


class Rows(Sequence[Key], Generic[Key]):
    """The keys of the rows of a table, in order, each once.

    A table that is made after another shares its serials: a number for every key that was ever seen, so that
    two of them are compared as arrays.
    """

    def __init__(self, keys: Sequence[Key] = (), before: Rows[Key] | None = None) -> None:
        self.keys = tuple(keys)
        self._serials: Numbers = np.arange(len(self.keys))
        if before is None or len(before._family) > SPENT * (len(self.keys) + PIECE):
            return
        kept = _aligned(before, self.keys)
        if kept is None:
            kept = before.of(self.keys)
        # In place of the property of the same name: the serials are those of the table before.
        self._family = before._family
        if len(before):
            self._serials = before._serials[kept]
        new = np.flatnonzero(kept < 0).tolist()
        for row in new:
            self._serials[row] = self._family.setdefault(self.keys[row], len(self._family))

    @cached_property
    def _family(self) -> dict[Key, int]:
        """The serial of every key of this table and of those made after it."""
        return {key: at for at, key in enumerate(self.keys)}

    def number_bit_by_bit(self) -> Iterator[None]:
        """Make ready for all that is asked by key; between two steps there is time for others."""
        if "_family" not in self.__dict__:
            made: dict[Key, int] = {}
            for at in range(0, len(self.keys), CHUNK):
                part = self.keys[at : at + CHUNK]
                made.update(zip(part, range(at, at + len(part)), strict=True))
                yield
            self._family = made

    @cached_property
    def _row(self) -> Numbers:
        """The row of every serial, and -1 at the end for all others."""
        made = np.full(int(self._serials.max(initial=-1)) + 2, -1)
        made[self._serials] = np.arange(len(self.keys))
        return made

    def kept(self, before: Rows[Key]) -> Numbers:
        """The row that each key had before; -1 for new ones."""
        if before is self:
            return np.arange(len(self.keys))
        if before._family is not self._family:
            return before.of(self.keys)
        return before._of(self._serials)

    def of(self, keys: Iterable[Key]) -> Numbers:
        """The row of each of some keys; -1 for those that have none."""
        known = self._family
        return self._of(np.array([known.get(key, -1) for key in keys], dtype=np.int64))

    def _of(self, serials: Numbers) -> Numbers:
        found: Numbers = self._row[np.minimum(serials, len(self._row) - 1)]
        return found

    def find(self, key: object) -> int | None:
        """The row of a key; None where it has none."""
        serial = self._family.get(key, -1)  # type: ignore[arg-type]
        row = int(self._row[serial]) if serial < len(self._row) else -1
        return None if row < 0 else row

    @property
    def number(self) -> Mapping[Key, int]:
        """The row of every key."""
        return _Number(self)

    def same(self, other: Rows[Key]) -> bool:
        """Whether another table has the same keys in the same order."""
        if self._family is other._family:
            return np.array_equal(self._serials, other._serials)
        return self.keys == other.keys

    @overload
    def __getitem__(self, at: int) -> Key: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Key]: ...
    def __getitem__(self, at: int | slice) -> Key | Sequence[Key]:
        return self.keys[at]

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)

    def chosen(self, keys: Iterable[Key]) -> Numbers:
        """The rows of some keys, in order; those without a row are left out."""
        found = np.unique(self.of(keys))
        return found[found >= 0]


class _Number(Mapping[Key, int], Generic[Key]):
    """The rows of a table as a mapping."""

    def __init__(self, rows: Rows[Key]) -> None:
        self._rows = rows

    def __getitem__(self, key: Key) -> int:
        row = self._rows.find(key)
        if row is None:
            raise KeyError(key)
        return row

    def __contains__(self, key: object) -> bool:
        return self._rows.find(key) is not None

    def __iter__(self) -> Iterator[Key]:
        return iter(self._rows.keys)

    def __len__(self) -> int:
        return len(self._rows)


def _aligned(before: Rows[Key], new: tuple[Key, ...]) -> Numbers | None:
    """For every key the row it had before, -1 for none; None where many differ, or the order is another."""
    old, at, row = before.keys, 0, 0
    kept = np.full(len(new), -1)
    for _ in range(MOST):
        while (most := min(len(old) - row, len(new) - at, PIECE)) and (
            old[row : row + most] == new[at : at + most]
        ):
            kept[at : at + most] = np.arange(row, row + most)
            row, at = row + most, at + most
        if not most:
            return kept
        pairs = map(ne, old[row : row + most], new[at : at + most])
        same = next(compress(count(), pairs))
        kept[at : at + same] = np.arange(row, row + same)
        row, at = row + same, at + same
        was = before.find(new[at])
        if was is None:
            at += 1
        elif was > row:
            row = was
        else:
            return None
    return None


def differing(kept: Numbers, before: Sequence[object], now: Sequence[object]) -> Numbers:
    """The rows whose item is not the very one that it was, and those that are new.

    `kept` is the row that each item of `now` had in `before`, -1 for new ones.
    """
    other = kept < 0
    starts = np.flatnonzero(np.diff(np.where(other, -5, kept), prepend=-3) != 1).tolist()
    for start, end in pairwise([*starts, len(kept)]):
        row = int(kept[start])
        if row >= 0:
            pairs = map(is_not, before[row : row + end - start], now[start:end])
            other[start:end] = np.fromiter(pairs, np.bool_, end - start)
    return np.flatnonzero(other)
