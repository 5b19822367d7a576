"""Columns without an object for each entry: of few different entries, and of ids that headers say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

from inspector.pieces import Integers, Pieces

T = TypeVar("T")
U = TypeVar("U")
Source = tuple[int, int, int]
"""A header's place, and from where on how many of its bytes (-1: all) are an id."""


class _Column(Sequence[T], Generic[T]):
    """A column that knows its entries one by one."""

    def _entry(self, index: int) -> T:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._entry(at) for at in range(*index.indices(len(self)))]
        return self._entry(index)


class Few(_Column[T]):
    """Entries of which few are different."""

    __slots__ = ("different", "numbers")

    def __init__(self, different: list[T], numbers: Integers) -> None:
        self.different = different
        self.numbers = numbers
        """Which of them each entry is."""

    def __len__(self) -> int:
        return len(self.numbers)

    def _entry(self, index: int) -> T:
        return self.different[int(self.numbers[index])]

    def __iter__(self) -> Iterator[T]:
        return map(self.different.__getitem__, self.numbers.tolist())

    def part(self, places: Integers) -> Few[T]:
        """Some of the entries, in this order."""
        return Few(self.different, self.numbers[places])

    def named(self, name: Callable[[T], U]) -> Few[U]:
        """The same entries, each as something else."""
        return Few([*map(name, self.different)], self.numbers)


class Ids(_Column[str | None]):
    """Ids that headers say: plain text of ASCII, none of it null."""

    __slots__ = ("pieces", "source")

    def __init__(self, pieces: Pieces, source: Source) -> None:
        self.pieces = pieces
        self.source = source
        """Where they lie in the headers of their group."""

    def __len__(self) -> int:
        return len(self.pieces)

    def part(self, places: Integers) -> Ids:
        """Some of the ids, in this order."""
        return Ids(self.pieces.part(places), self.source)

    def _entry(self, index: int) -> str | None:
        found = self.pieces[index]
        return None if found is None else found.decode()

    def __iter__(self) -> Iterator[str | None]:
        return map(bytes.decode, self.pieces.tolist())  # type: ignore[arg-type]
