"""A query made ready for blocks: what columns answer first, and whole blocks before single records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from inspector.errors import CaptureError
from inspector.record import Record
from inspector.search.part import Mask, Part, Places, Table
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
    def fits(self, part: Part, at: Places) -> Mask:
        """Which of some places of a part fit, each `at` by itself. `known` was asked before."""


class All(Step):
    """Every record."""

    def holds(self, record: Record, traits: Traits) -> bool:
        """Yes."""
        return True

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """All of them."""
        every = np.ones(len(table), np.bool_)
        return every, every

    def fits(self, part: Part, at: Places) -> Mask:
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

    def fits(self, part: Part, at: Places) -> Mask:
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
        return reduce(joined, [sure for sure, _ in found]), reduce(joined, [may for _, may in found])

    def fits(self, part: Part, at: Places) -> Mask:
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
        count = len(table)
        return np.zeros(count, np.bool_), np.ones(count, np.bool_)

    def fits(self, part: Part, at: Places) -> Mask:
        """What is masked is asked record by record, as it may be seen."""
        if not (part.table.masks.any and self.maskable):
            return self._told(self.seen, part, at)
        found = np.zeros(len(at), np.bool_)
        hidden = part.table.hidden[part.places[at]]
        for some, look in ((~hidden, self.seen), (hidden, self._each)):
            if some.any():
                found[some] = self._told(look, part, at[some])
        return found

    def _told(self, look: Callable[[Part, Places], Mask], part: Part, at: Places) -> Mask:
        try:
            return look(part, at)
        except CaptureError:
            part.lost[at] = True
            return np.zeros(len(at), np.bool_)

    def seen(self, part: Part, at: Places) -> Mask:
        """The same where nothing is masked. Raises CaptureError."""
        return self._each(part, at)

    def _each(self, part: Part, at: Places) -> Mask:
        return np.array([self._holds(*part.record(place)) for place in at.tolist()], np.bool_)
