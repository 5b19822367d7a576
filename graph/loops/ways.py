"""The shortest ways between many pairs of nodes at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from graph.loops.arcs import Ints

Words = NDArray[np.uint64]

TOGETHER = 4_096
"""Pairs that ways are looked for at once."""
PLACE_NS = 60
"""What a place of one pair costs to go on from, by the neighbour."""
WORD_NS = 1
"""What 64 pairs cost to be told along one arc."""


class Ways:
    """Ways along arcs that are given by their ends, ordered by the first and then by the other."""

    def __init__(self, source: Ints, target: Ints, count: int) -> None:
        self._target = target
        self._count = count
        self._first = np.searchsorted(source, np.arange(count + 1))
        self._degree = np.diff(self._first)
        falling = np.argsort(-self._degree, kind="stable")
        self._falling = falling[: np.count_nonzero(self._degree)]
        self._start = self._first[self._falling]
        most = int(self._degree.max(initial=0))
        self._more = np.searchsorted(-self._degree[falling], -np.arange(1, most)).tolist()

    def shortest(self, starts: Ints, goals: Ints, work_ns: float) -> Iterator[tuple[Ints, Ints]]:
        """Which pairs have a way of some length, and these ways with both ends, one a row; short ones first.

        No start may be its own goal. Of several ways it is the first by the numbers of its nodes. The work is
        an estimate; what takes more is left out, as is what has no way.

        From the starts it is noted where each pair has come, in the order of the ways there; from the goals
        each pair is one bit, which goes against the arcs.
        """
        for begin in range(0, len(starts), TOGETHER):
            some = slice(begin, begin + TOGETHER)
            for found, ways in self._together(
                starts[some], goals[some], work_ns * len(starts[some]) / len(starts)
            ):
                yield found + begin, ways

    def _together(self, starts: Ints, goals: Ints, work_ns: float) -> Iterator[tuple[Ints, Ints]]:
        pair, node, came = np.arange(len(starts)), starts, np.arange(len(starts))
        steps: list[tuple[Ints, Ints]] = []
        near = [np.zeros((self._count, (len(goals) + 63) >> 6), np.uint64)]
        np.bitwise_or.at(near[0], (goals, pair >> 6), np.uint64(1) << (pair & 63).astype(np.uint64))
        while len(pair) and len(steps) + len(near) <= self._count:
            ahead = PLACE_NS * int(self._degree[node].sum())
            behind = WORD_NS * len(self._target) * near[0].shape[1]
            work_ns -= min(ahead, behind)
            if work_ns < 0:
                return
            if ahead <= behind:
                steps.append((node, came))
                node, came = self._follow(node)
                pair = pair[came]
                fresh = _first_of_each(pair * self._count + node)
                pair, node, came = pair[fresh], node[fresh], came[fresh]
            else:
                near.append(self._spread(near[-1]))
                if np.array_equal(near[-1], near[-2]):
                    return
            led = np.flatnonzero(_has(near[-1], node, pair))
            if len(led):
                led = led[np.diff(pair[led], prepend=-1) > 0]
                found = pair[led]
                way = [node[led]]
                back = came[led]
                for nodes, before in reversed(steps):
                    way.insert(0, nodes[back])
                    back = before[back]
                for bits in near[-2:0:-1]:
                    way.append(self._nearest(way[-1], found, bits))
                if len(near) > 1:
                    way.append(goals[found])
                yield found, np.stack(way, axis=1)
                open_ = np.ones(len(starts), np.bool_)
                open_[found] = False
                left = open_[pair]
                pair, node, came = pair[left], node[left], came[left]

    def _follow(self, nodes: Ints) -> tuple[Ints, Ints]:
        size = self._degree[nodes]
        place = np.repeat(np.arange(len(nodes)), size)
        at = np.arange(len(place)) + (self._first[nodes] - np.cumsum(size) + size)[place]
        return self._target[at], place

    def _spread(self, near: Words) -> Words:
        start = self._start
        reached = near[self._target[start]]
        for at, nodes in enumerate(self._more, 1):
            reached[:nodes] |= near[self._target[start[:nodes] + at]]
        farther = near.copy()
        farther[self._falling] |= reached
        return farther

    def _nearest(self, nodes: Ints, pairs: Ints, near: Words) -> Ints:
        """The first neighbour of each node that is near for its pair; there must be one."""
        to, place = self._follow(nodes)
        led = np.flatnonzero(_has(near, to, pairs[place]))
        return to[led[np.diff(place[led], prepend=-1) > 0]]


def _has(near: Words, nodes: Ints, pairs: Ints) -> Words:
    led: Words = near[nodes, pairs >> 6] >> (pairs & 63).astype(np.uint64) & np.uint64(1)
    return led


def _first_of_each(keys: Ints) -> Ints:
    """The places where keys come for the first time, ascending."""
    order = np.argsort(keys, kind="stable")
    firsts: Ints = np.sort(order[np.diff(keys[order], prepend=-1) > 0])
    return firsts
