"""Who came from whom among the records of one channel, once round a loop: laps, chains and offspring."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Lineage:
    """Records on the entry channel of a loop, as parallel arrays.

    A record whose ancestry runs in a circle, which only wrong pointers can do, counts as having no parent.
    """

    born_ns: Ints
    """When each record was sent."""
    parent: Ints
    """The record on the same channel that it came from, once round; -1 where there is none."""
    laps: Ints = field(init=False)
    """How many times round each record has come since the first of its chain."""
    root: Ints = field(init=False)
    """The first record of its chain."""

    def __post_init__(self) -> None:
        parent, laps, root = _descend(self.parent)
        object.__setattr__(self, "parent", parent)
        object.__setattr__(self, "laps", laps)
        object.__setattr__(self, "root", root)

    @cached_property
    def children(self) -> Ints:
        """The records that came round."""
        return np.flatnonzero(self.parent >= 0)

    @cached_property
    def return_ns(self) -> Ints:
        """Time once round of each child; clocks that disagree can make one negative."""
        return self.born_ns[self.children] - self.born_ns[self.parent[self.children]]

    @cached_property
    def ordered_return_ns(self) -> Ints:
        """The same, the shortest first."""
        return np.sort(self.return_ns)

    @cached_property
    def offspring(self) -> Ints:
        """How many records each record caused, once round."""
        return np.bincount(self.parent[self.children], minlength=len(self.parent))

    @cached_property
    def chains(self) -> Ints:
        """The first records of the chains that came round at least once."""
        return np.unique(self.root[self.children])

    @cached_property
    def longest(self) -> Ints:
        """The last lap of each chain, parallel to `chains`."""
        return self.greatest(self.laps)[self.chains]

    def greatest(self, values: Ints) -> Ints:
        """The greatest of some values, none below 0, in each chain; it stands at the chain's first record."""
        greatest = np.zeros(len(self.parent), np.int64)
        np.maximum.at(greatest, self.root, values)
        return greatest

    def lap_counts(self) -> tuple[int, ...]:
        """Records per lap of the longest chain, the first record included; empty where none came round."""
        if not len(self.chains):
            return ()
        root = self.chains[np.argmax(self.longest)]
        return tuple(np.bincount(self.laps[self.root == root]).tolist())


def _descend(parent: Ints) -> tuple[Ints, Ints, Ints]:
    """Parents without circles, generations, and founders, by pointer doubling."""
    here = np.arange(len(parent))
    jump: Ints = np.where(parent >= 0, parent, here)
    laps = (parent >= 0).astype(np.int64)
    for _ in range(len(parent).bit_length()):
        further = jump[jump]
        if np.array_equal(further, jump):
            break
        laps = laps + laps[jump]
        jump = further
    circling = parent[jump] >= 0
    if circling.any():
        return _descend(np.where(circling, -1, parent))
    return parent, laps, jump


def quantile(values: NDArray[Any], share: float) -> float:
    """The quantile of a sample that is not empty; numpy's own is slow on small ones."""
    return at_share(np.sort(values), share)


def at_share(ordered: NDArray[Any], share: float) -> float:
    """The quantile of a sample in its order."""
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))])
