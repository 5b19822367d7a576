"""Closed paths among numbered nodes: the shortest one through an arc, and all of them, the shortest first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from graph.loops.arcs import Neighbours


def way(out: Neighbours, into: Neighbours, start: int, goal: int, words: Sequence[str]) -> tuple[int, ...]:
    """The shortest way from one node to another; empty if there is none.

    Of several the first by the texts of its nodes, so that it depends on the arcs alone.
    """
    if goal in out[start]:
        return start, goal
    ahead, behind = [{start}], [{goal}]
    known_ahead, known_behind = {start}, {goal}
    while True:
        if len(ahead[-1]) <= len(behind[-1]):
            fresh, side, known, other = (
                set().union(*map(out.__getitem__, ahead[-1])),
                ahead,
                known_ahead,
                behind,
            )
        else:
            fresh, side, known, other = (
                set().union(*map(into.__getitem__, behind[-1])),
                behind,
                known_behind,
                ahead,
            )
        fresh -= known
        side.append(fresh)
        if not other[-1].isdisjoint(fresh):
            return _first(out, into, ahead, behind, words)
        if not fresh:
            return ()
        known |= fresh


def _first(
    out: Neighbours,
    into: Neighbours,
    ahead: list[set[int]],
    behind: list[set[int]],
    words: Sequence[str],
) -> tuple[int, ...]:
    """The first way by its texts through layers whose last ones touch."""
    (node,) = ahead[0]
    layers = [ahead[-1] & behind[-1]]
    for layer in ahead[-2:0:-1]:
        layers.append(layer.intersection(chain.from_iterable(map(into.__getitem__, layers[-1]))))
    path = [node]
    for layer in (*layers[::-1], *behind[-2::-1]):
        nodes = layer.intersection(out[node])
        node = nodes.pop() if len(nodes) == 1 else min(nodes, key=words.__getitem__)
        path.append(node)
    return tuple(path)


def from_first(ring: tuple[int, ...], words: Sequence[str]) -> tuple[int, ...]:
    """The same closed path, begun at the node whose text is the first."""
    start = ring.index(min(ring, key=words.__getitem__))
    return ring[start:] + ring[:start]


class Rings(NamedTuple):
    """Closed paths, the shortest first."""

    rings: list[tuple[int, ...]]
    more: int
    """Others that were counted."""
    complete: bool
    """Whether these are all that there are, within the hops asked for."""
    work: int
    """What is left of it."""


def shortest_first(
    out: Sequence[Sequence[int]], roots: Sequence[int], hops: int, limit: int, work: int
) -> Rings:
    """All closed paths of up to `hops` arcs in one component; at most `limit` are kept, the others counted.

    Every one must pass one of the `roots`. `work` bounds the arcs that are looked at.
    """
    if sum(map(len, out)) == len(out):
        # One ring and nothing else, however long.
        ring = [0]
        while (node := out[ring[-1]][0]) != 0:
            ring.append(node)
        fits = len(ring) <= hops
        return Rings([tuple(ring)] * (fits and limit > 0), fits and limit <= 0, True, work)
    into: list[list[int]] = [[] for _ in out]
    for node, targets in enumerate(out):
        for target in targets:
            into[target].append(node)
    rings: list[tuple[int, ...]] = []
    more = 0
    for length in range(2, hops + 1):
        search = _Search(out, into, length, work)
        for root in roots:
            more += search.through(root, rings, limit)
            if search.work <= 0:
                return Rings(rings, more, False, 0)
        work = search.work
        if not search.longer:
            break
    return Rings(rings, more, True, work)


class _Search:
    """Closed paths of one length. A root that was searched is passed no more."""

    def __init__(
        self, out: Sequence[Sequence[int]], into: Sequence[Sequence[int]], length: int, work: int
    ) -> None:
        self._out, self._into = out, into
        self._length = length
        self._passed = bytearray(len(out))
        self.work = work
        self.longer = False
        """Whether a way was given up that may close later."""

    def through(self, root: int, rings: list[tuple[int, ...]], limit: int) -> int:
        """Adds closed paths through a root as long as there is room, and returns how many found none.

        Depth first, never to a node from where the root cannot be reached with the arcs that are left;
        nodes far from it are held to be one arc farther than those that were measured.
        """
        distance = self._distances(root)
        far = self._length // 2 + 1
        most, out, passed = self._length, self._out, self._passed
        path, left_out, looked = [root], 0, 0
        passed[root] = 1
        branches = [iter(out[root])]
        while branches:
            depth = len(path)
            for target in branches[-1]:
                looked += 1
                if not passed[target]:
                    left = distance.get(target, far)
                    if depth + left > most:
                        self.longer = True
                    elif depth + 1 == most:
                        if len(rings) < limit:
                            rings.append((*path, target))
                        else:
                            left_out += 1
                        self.longer = self.longer or not all(map(passed.__getitem__, out[target]))
                    else:
                        path.append(target)
                        passed[target] = 1
                        branches.append(iter(out[target]))
                        break
            else:
                branches.pop()
                passed[path.pop()] = 0
            if looked > self.work:
                break
        self.work -= looked
        passed[root] = 1
        return left_out

    def _distances(self, root: int) -> dict[int, int]:
        distance: dict[int, int] = {root: 0}
        layer = [root]
        for steps in range(1, self._length // 2 + 1):
            after = []
            for node in layer:
                self.work -= len(self._into[node])
                for source in self._into[node]:
                    if source not in distance and not self._passed[source]:
                        distance[source] = steps
                        after.append(source)
            layer = after
        return distance
