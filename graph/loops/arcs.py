"""Arcs between numbered nodes, as sorted numbers, and the neighbours that they lead to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Arc = int
"""All edges from one node to another: the number of the first, shifted by `HALF`, and that of the other."""
HALF = 32
HEAD = (1 << HALF) - 1
BLOCK = 16
"""Nodes whose neighbours are looked up together."""
NO_ARCS: Ints = np.empty(0, np.int64)


def arc_of(tail: int, head: int) -> Arc:
    """The arc from one node to another."""
    return tail << HALF | head


def ends_of(arc: Arc) -> tuple[int, int]:
    """The numbers of the nodes that an arc leads from and to."""
    return arc >> HALF, arc & HEAD


def turned(arcs: Ints) -> Ints:
    """The arcs the other way round."""
    return (arcs & HEAD) << HALF | arcs >> HALF


def among(arcs: Ints, known: Ints) -> Bools:
    """Which arcs are known; those are sorted."""
    if not len(known):
        return np.zeros(len(arcs), np.bool_)
    near = known if len(known) == 1 else known[np.minimum(np.searchsorted(known, arcs), len(known) - 1)]
    found: Bools = near == arcs
    return found


class Neighbours(dict[int, tuple[int, ...]]):
    """For each node those that arcs lead to, read like a dictionary: it remembers whom it was asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.arcs = NO_ARCS
        """Sorted."""
        self.first: Ints = np.zeros(1, np.int64)
        """Where the arcs of each node begin, and where the last one's end."""

    def grow(self, count: int) -> None:
        """Makes room for so many nodes."""
        missing = count + 1 - len(self.first)
        self.first = np.concatenate([self.first, np.repeat(self.first[-1:], missing)])

    def add(self, arcs: Ints) -> None:
        """Adds arcs that are not there."""
        arcs = np.sort(arcs)
        self.arcs = np.insert(self.arcs, np.searchsorted(self.arcs, arcs), arcs)
        self._change(arcs, 1)

    def remove(self, arcs: Ints) -> None:
        """Removes arcs that are there."""
        self.arcs = np.delete(self.arcs, np.searchsorted(self.arcs, arcs))
        self._change(arcs, -1)

    def follow(self, nodes: Ints) -> tuple[Ints, Ints]:
        """The neighbours of some nodes, in their order, and for each the place of its node among those."""
        begin = self.first[nodes]
        size = self.first[nodes + 1] - begin
        place = np.repeat(np.arange(len(nodes)), size)
        at = np.arange(len(place)) + (begin - np.cumsum(size) + size)[place]
        return self.arcs[at] & HEAD, place

    def __missing__(self, node: int) -> tuple[int, ...]:
        unknown = [at for at in range(node - node % BLOCK, node - node % BLOCK + BLOCK) if at not in self]
        ends = self.first[unknown[0] : unknown[-1] + 2].tolist()
        heads = (self.arcs[ends[0] : ends[-1]] & HEAD).tolist()
        for at, (begin, end) in enumerate(pairwise(ends), unknown[0]):
            self[at] = tuple(heads[begin - ends[0] : end - ends[0]])
        return self[node]

    def _change(self, arcs: Ints, by: int) -> None:
        tails = arcs >> HALF
        self.first[1:] += by * np.cumsum(np.bincount(tails, minlength=len(self.first) - 1))
        if len(arcs) > len(self):
            self.clear()
        for tail in tails.tolist() if self else ():
            self.pop(tail, None)


class Arcs:
    """Arcs in both directions."""

    def __init__(self) -> None:
        self.out = Neighbours()
        self.into = Neighbours()

    def grow(self, count: int) -> None:
        """Makes room for so many nodes."""
        self.out.grow(count)
        self.into.grow(count)

    def add(self, arcs: Ints) -> None:
        """Adds arcs that are not there."""
        if len(arcs):
            self.out.add(arcs)
            self.into.add(turned(arcs))

    def remove(self, arcs: Ints) -> None:
        """Removes arcs that are there."""
        if len(arcs):
            self.out.remove(arcs)
            self.into.remove(turned(arcs))

    def steps(self, starts: Ints, most: int, *, back: bool = False) -> Ints:
        """How many steps it takes to each node, or from each; `most` and one where it takes more."""
        neighbours = self.into if back else self.out
        found: Ints = np.full(len(neighbours.first) - 1, most + 1)
        found[starts] = 0
        layer, step = starts, 0
        while len(layer) and step < most:
            step += 1
            near, _ = neighbours.follow(layer)
            found[near[found[near] > most]] = step
            layer = np.flatnonzero(found == step)
        return found

    def reached(self, starts: Ints, *, back: bool = False) -> Bools:
        """Which nodes are reached from any of some, or which reach any of them."""
        count = len(self.out.first) - 1
        return self.steps(starts, count, back=back) <= count
