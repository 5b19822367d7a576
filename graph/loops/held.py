"""The rings that are held for feedback arcs, and which of them pass an arc."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

import numpy as np

from graph.identity import LoopId
from graph.loops.arcs import HALF, HEAD, NO_ARCS, Arc, Bools, Ints, among, arc_of
from graph.loops.rings import from_first

BITS = 24
"""Of the place of a node in the order of texts."""


class Ring(NamedTuple):
    """A closed path. Rings are ordered by length, then by the texts of their nodes."""

    hops: int
    words: tuple[str, ...]
    nodes: tuple[int, ...]
    """From the one whose text is the first."""

    @classmethod
    def of(cls, nodes: tuple[int, ...], words: Sequence[str]) -> Ring:
        """The ring that passes these nodes, wherever they begin."""
        nodes = from_first(nodes, words)
        return cls(len(nodes), tuple(map(words.__getitem__, nodes)), nodes)

    @property
    def id(self) -> LoopId:
        """The same for the same closed path, whatever else there is."""
        return LoopId(blake2b("\0".join(self.words).encode(), digest_size=8).hexdigest())

    def arcs(self) -> Iterator[Arc]:
        """Its arcs in order."""
        return map(arc_of, self.nodes, self.nodes[1:] + self.nodes[:1])


class Held:
    """One ring for each of some arcs, as columns: what holds for many is asked at once."""

    def __init__(self) -> None:
        self.owner: Ints = NO_ARCS
        """The arc that each is held for."""
        self.hops: Ints = NO_ARCS
        self.alone: Bools = NO_ARCS.astype(np.bool_)
        """Whether the owner is the only feedback arc on it, which proves that it closes a loop."""
        self._same: Ints = NO_ARCS
        """A number that rings share which pass the same arcs."""
        self._passed: Ints = NO_ARCS
        """The arcs of all rings in order."""
        self._place: Ints = NO_ARCS
        """To which ring each of these belongs."""

    def put(self, owner: Ints, ways: Ints, feedback: Ints) -> None:
        """Holds rings for arcs that have none: the ways from their heads back to their tails, one a row."""
        count, hops = ways.shape
        passed = ways << HALF | np.concatenate([ways[:, 1:], ways[:, :1]], axis=1)
        place = np.repeat(np.arange(len(self.owner), len(self.owner) + count), hops)
        sole = among(passed.ravel(), feedback).reshape(ways.shape).sum(axis=1) == 1
        self.owner = np.concatenate([self.owner, owner])
        self.hops = np.concatenate([self.hops, np.full(count, hops)])
        self.alone = np.concatenate([self.alone, sole])
        self._same = np.concatenate([self._same, _mixed(passed).sum(axis=1)])
        self._passed = np.concatenate([self._passed, passed.ravel()])
        self._place = np.concatenate([self._place, place])

    def drop(self, arcs: Ints) -> None:
        """Forgets the rings of arcs, if they have one."""
        left = ~among(self.owner, np.sort(arcs))
        if left.all():
            return
        kept = left[self._place]
        self._passed = self._passed[kept]
        self._place = (np.cumsum(left) - 1)[self._place[kept]]
        self.owner, self.hops = self.owner[left], self.hops[left]
        self.alone, self._same = self.alone[left], self._same[left]

    def passing(self, arcs: Ints) -> Ints:
        """The places of the rings that pass any of some arcs."""
        hit = np.zeros(len(self.owner), np.bool_)
        hit[self._place[among(self._passed, np.sort(arcs))]] = True
        return np.flatnonzero(hit)

    def different(self) -> Bools:
        """All rings but those that are held for another arc too."""
        told = self.alone.copy()
        shared = np.flatnonzero(~told)
        shared = shared[np.argsort(self._same[shared], kind="stable")]
        told[shared[np.flatnonzero(np.diff(self._same[shared], prepend=0))]] = True
        return told

    def order(self, rank: Ints) -> Ints:
        """Numbers that come in the order of the rings, or are the same where it takes more nodes to tell."""
        begin = np.cumsum(self.hops) - self.hops
        ends = rank[self._passed >> HALF] << BITS | rank[self._passed & HEAD]
        return self.hops << 2 * BITS | np.minimum.reduceat(ends, begin) if len(begin) else begin

    def some(self, places: Ints, words: Sequence[str]) -> list[Ring]:
        """The rings at some places."""
        hops = self.hops[places]
        ends = np.cumsum(hops)
        first = np.cumsum(self.hops)[places] - ends
        nodes = iter((self._passed[np.repeat(first, hops) + np.arange(hops.sum())] >> HALF).tolist())
        return [Ring.of(tuple(islice(nodes, size)), words) for size in hops.tolist()]


def _mixed(arcs: Ints) -> Ints:
    """Numbers whose sums differ for different sets of arcs, all but surely (SplitMix: Steele et al. 2014)."""
    mixed = arcs.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return (mixed ^ mixed >> np.uint64(31)).view(np.int64)
