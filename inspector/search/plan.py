"""A query made ready for blocks: what columns answer first, and whole blocks before single records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from inspector.errors import CaptureError
from inspector.record import Record
from inspector.search.part import Mask, Part, Table
from inspector.traits import Traits

Holds = Callable[[Record, Traits], bool]


class Step(ABC):
    """One part of a query."""

    cost: int = 0
    """Of what is asked together, that of the least is asked first."""

    @abstractmethod
    def holds(self, record: Record, traits: Traits) -> bool:
        """Whether one record fits."""

    @abstractmethod
    def known(self, table: Table) -> tuple[Mask, Mask]:
        """Rows that surely fit, and those that may, as far as columns in memory say."""

    @abstractmethod
    def fits(self, part: Part, at: NDArray[np.int64]) -> Mask:
        """Which of some places of a part fit, each `at` by itself. `known` was asked before."""


class All(Step):
    """Every record."""

    def holds(self, record: Record, traits: Traits) -> bool:
        """Yes."""
        return True

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """All of them."""
        every = np.ones(len(table.rows), np.bool_)
        return every, every

    def fits(self, part: Part, at: NDArray[np.int64]) -> Mask:
        """All of them."""
        return np.ones(len(at), np.bool_)


class Not(Step):
    """What does not fit."""

    def __init__(self, inner: Step) -> None:
        self._inner = inner
        self.cost = inner.cost

    def holds(self, record: Record, traits: Traits) -> bool:
        """The opposite."""
        return not self._inner.holds(record, traits)

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """What may not is what surely does not, turned around."""
        sure, may = self._inner.known(table)
        return ~may, ~sure

    def fits(self, part: Part, at: NDArray[np.int64]) -> Mask:
        """The opposite."""
        return ~self._inner.fits(part, at)


class Several(Step):
    """`and`, or where `enough` is true `or`: the first answer that is `enough` ends it."""

    def __init__(self, steps: Sequence[Step], enough: bool) -> None:
        self._steps = sorted(steps, key=lambda each: each.cost)
        self._enough = enough
        self.cost = self._steps[-1].cost

    def holds(self, record: Record, traits: Traits) -> bool:
        """By each in turn."""
        return any(each.holds(record, traits) is self._enough for each in self._steps) is self._enough

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """Sure of all and possible of all, or of any."""
        found = [each.known(table) for each in self._steps]
        joined = np.logical_or if self._enough else np.logical_and
        return joined.reduce([sure for sure, _ in found]), joined.reduce([may for _, may in found])

    def fits(self, part: Part, at: NDArray[np.int64]) -> Mask:
        """Each is asked about what is still open."""
        found = np.full(len(at), not self._enough)
        left = np.arange(len(at))
        for each in self._steps:
            ended = each.fits(part, at[left]) == self._enough
            found[left[ended]] = self._enough
            left = left[~ended]
            if not len(left):
                break
        return found


class Test(Step):
    """One comparison, or free text. By itself it looks at each record."""

    cost = 9
    maskable = True
    """Whether masks change what it sees."""

    def __init__(self, holds: Holds) -> None:
        self._holds = holds

    def holds(self, record: Record, traits: Traits) -> bool:
        """By its record and traits."""
        return self._holds(record, traits)

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """Nothing."""
        count = len(table.rows)
        return np.zeros(count, np.bool_), np.ones(count, np.bool_)

    def fits(self, part: Part, at: NDArray[np.int64]) -> Mask:
        """What is masked is asked record by record, as it may be seen."""
        found = np.zeros(len(at), np.bool_)
        masked = part.table.masks.any and self.maskable
        hidden = part.table.hidden[part.places[at]] if masked else np.zeros(len(at), np.bool_)
        for some, look in ((~hidden, self.seen), (hidden, self._each)):
            if some.any():
                try:
                    found[some] = look(part, at[some])
                except CaptureError:
                    part.lost[at[some]] = True
        return found

    def seen(self, part: Part, at: NDArray[np.int64]) -> Mask:
        """The same where nothing is masked. Raises CaptureError."""
        return self._each(part, at)

    def _each(self, part: Part, at: NDArray[np.int64]) -> Mask:
        return np.array([self._holds(*part.record(place)) for place in at.tolist()], np.bool_)
