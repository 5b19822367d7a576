"""A small, light set of arcs without which there is no loop: the feedback arcs.

An order of the nodes is sought that little weight runs against: first by levels that arcs climb by one
(trophic levels: MacKay, Johnson and Sansom 2020, "How directed is a directed network?"), then by moving
nodes to where the least weight runs against them. What still runs against the order is given back,
heaviest first, as long as it closes no cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from graph.identity import ChannelId
from graph.loops.arcs import HALF, Bools, Ints, among
from graph.loops.web import Web
from graph.loops.weights import Floats, Weights

STEPS = 24
"""Of conjugate gradients; the order needs no more exact levels."""
MOVES = 5
"""How often each node is moved."""
CLOSING = 0.1
"""How much lighter, at most, an arc counts that leads to where records come in from outside."""
TRIED = 4_096
"""Arcs tried to be given back; where there are more the answer is valid, and larger than need be."""


@dataclass(frozen=True)
class Knot:
    """Strongly connected components, nodes numbered one component after the other."""

    part: Ints
    """The component of each node, ascending."""
    source: Ints
    """Where each arc begins, ascending."""
    target: Ints
    weight: Floats
    """How much each arc wants to run forward, above 0."""
    kept: Bools
    """Arcs to be chosen again as long as they close a cycle."""
    fed: Floats
    """Weight that comes in from outside for each node, and draws it to the left."""
    side: Ints
    """A small number for each node; arcs lead mostly between nodes of different ones."""


def feedback_arcs(knot: Knot) -> Ints:
    """The places of the arcs, ascending. What is chosen in one component depends on that one alone."""
    place = _moved(knot, _ranks(_levels(knot), knot.part))
    against = (place[knot.source] >= place[knot.target]) | knot.kept
    tried = np.flatnonzero(against)
    tried = tried[np.lexsort((tried, -knot.weight[tried], knot.kept[tried]))]
    return np.sort(_closing(knot, place, ~against, tried))


def _ranks(keys: Floats, part: Ints) -> Floats:
    """The places of nodes by some keys, each component within its own range."""
    ranks = np.empty(len(part))
    ranks[np.lexsort((keys, part))] = np.arange(len(part))
    return ranks


def _summed(places: Ints, values: Floats, count: int) -> Floats:
    """The sums of the values that share a place."""
    sums: Floats = np.bincount(places, values, count).astype(np.float64, copy=False)
    return sums


def _levels(knot: Knot) -> Floats:
    """Levels for which the squares of what arcs climb more or less than 1 add up to the least."""
    count, parts = len(knot.part), int(knot.part[-1]) + 1
    weight = np.where(knot.kept, 0.0, knot.weight)

    def at_nodes(values: Floats) -> Floats:
        return _summed(knot.target, values, count) - _summed(knot.source, values, count)

    def by_part(values: Floats) -> Floats:
        return _summed(knot.part, values, parts)

    share = by_part(np.ones(count))
    rest = at_nodes(weight) - knot.fed
    rest -= (by_part(rest) / share)[knot.part]
    all_ends = _summed(knot.source, weight, count) + _summed(knot.target, weight, count)
    scale = 1.0 / np.maximum(all_ends, 1e-12)
    levels = np.zeros(count)
    ahead = eased = scale * rest
    length = by_part(rest * eased)
    for _ in range(STEPS):
        pull = at_nodes(weight * (ahead[knot.target] - ahead[knot.source]))
        along = by_part(ahead * pull)
        step = np.divide(length, along, out=np.zeros(parts), where=along > 1e-12)[knot.part]
        levels += step * ahead
        rest = rest - step * pull
        eased = scale * rest
        now = by_part(rest * eased)
        ahead = eased + np.divide(now, length, out=np.zeros(parts), where=length > 1e-12)[knot.part] * ahead
        length = now
    return levels


def _moved(knot: Knot, place: Floats) -> Floats:
    """Better places: the nodes of one side at a time move to where the least weight runs against them."""
    free = ~knot.kept
    source, target, weight = knot.source[free], knot.target[free], knot.weight[free]
    sides = [_Side(source, target, weight, knot.side == side) for side in np.unique(knot.side)]
    parts, count = knot.part[source], int(knot.part[-1]) + 1
    best, least = place, np.full(count, np.inf)
    for side in [None, *sides * MOVES]:
        if side is not None:
            place = _ranks(side.moved(place), knot.part)
        against = _summed(parts, weight * (place[source] > place[target]), count)
        better = against < least - 1e-9
        best = np.where(better[knot.part], place, best)
        least = np.where(better, against, least)
    return best


class _Side:
    """Nodes with their arcs, those of one node after the other."""

    def __init__(self, source: Ints, target: Ints, weight: Floats, among: Bools) -> None:
        node = np.concatenate([source, target])
        mine = np.flatnonzero(among[node])
        mine = mine[np.argsort(node[mine], kind="stable")]
        self._node = node[mine]
        self._other = np.concatenate([target, source])[mine]
        self._change = np.concatenate([weight, -weight])[mine]
        """What passing the other end from left to right adds to the weight that runs against the node."""
        self._key = self._node * (2 * len(among)) + (self._change < 0)
        self._first = np.flatnonzero(np.diff(self._node, prepend=-1))
        self._count = np.diff(self._first, append=len(mine))

    def moved(self, place: Floats) -> Floats:
        first, count = self._first, self._count
        if not len(first):
            return place
        others = place[self._other]
        order = np.argsort(self._key + (2 * others).astype(np.int64))
        others, change = others[order], self._change[order]
        total = np.cumsum(change)
        against = total - np.repeat(total[first] - change[first], count)
        least = np.minimum.reduceat(against, first)
        at = np.where(against <= np.repeat(least, count) + 1e-9, np.arange(len(order)), len(order))
        behind = np.minimum.reduceat(at, first)
        new = place.copy()
        new[self._node[first]] = np.where(least >= -1e-9, others[first] - 0.5, others[behind] + 0.5)
        return new


def _closing(knot: Knot, place: Floats, forward: Bools, tried: Ints) -> Ints:
    """Those of the tried arcs, in this order, that close a cycle with forward ones and those given back."""
    onward = knot.target[forward].tolist()
    ends = np.searchsorted(knot.source[forward], np.arange(len(knot.part) + 1)).tolist()
    out = [onward[begin:end] for begin, end in pairwise(ends)]
    # One bit for each tried arc, at all nodes that its head leads to; long integers are the fastest sets.
    bits = [0] * len(out)
    tails, heads = knot.source[tried].tolist(), knot.target[tried].tolist()
    for at, head in enumerate(heads):
        bits[head] |= 1 << at
    asked = set(tails)
    for node in np.argsort(place).tolist():
        if mine := bits[node]:
            for head in out[node]:
                bits[head] |= mine
            if node not in asked:
                bits[node] = 0
    open_ = [at for at, tail in enumerate(tails) if not bits[tail] >> at & 1][:TRIED]
    mask = (1 << open_[-1] + 1) - 1 if open_ else 0
    back = list(_given_back([bits[tails[at]] & mask for at in open_], open_))
    return np.delete(tried, back)


def _given_back(leads_to: Sequence[int], open_: Sequence[int]) -> Iterator[int]:
    """Those of the open arcs that close no cycle with the ones given back before them.

    Bit `j` of `leads_to[i]` says that the head of `j` leads to the tail of `i`, over forward arcs at first.
    """
    given, rows = 0, dict[int, int]()
    for at, led in zip(open_, leads_to, strict=True):
        left = given
        while todo := led & left:
            # What the last one given back leads to includes all that those before it do on its way.
            last = todo.bit_length() - 1
            led |= rows[last]
            left &= ~(rows[last] & (1 << last) - 1 | 1 << last)
        if not led >> at & 1:
            yield at
            given |= 1 << at
            rows[at] = led


def knot_of(web: Web, parts: Sequence[Sequence[int]], chosen: Ints, weights: Weights) -> tuple[Ints, Knot]:
    """Components of a web as arrays, and their arcs in the same order; `chosen` ones are sorted."""
    nodes = np.fromiter(chain.from_iterable(parts), np.int64)
    number = np.zeros(len(web.nodes), np.int64)
    number[nodes] = np.arange(len(nodes))
    tails, target = web.arcs.into.follow(nodes)
    arcs = tails << HALF | nodes[target]
    within = web.together(arcs)
    weight, source = weights.of(arcs), number[tails]
    fed = _summed(target[~within], weight[~within], len(nodes))
    # A loop is best closed where it is fed.
    load = _summed(target[within], weight[within], len(nodes))
    weight = weight * (1.0 - CLOSING * (fed / np.maximum(fed + load, 1e-12))[target])
    inner = np.flatnonzero(within)
    inner = inner[np.argsort(source[inner] * len(nodes) + target[inner])]
    arcs, source, target = arcs[inner], source[inner], target[inner]
    channel = np.array([isinstance(node, ChannelId) for node in web.named(nodes.tolist())], np.int64)
    routed = channel[source] & channel[target]
    sizes = [len(members) for members in parts]
    place = np.concatenate([np.arange(size) for size in sizes])
    part = np.repeat(np.arange(len(sizes)), sizes)
    # Where channels lead to channels, every other one stays where it is while its neighbours move.
    uneven = np.bincount(part[source], routed, len(sizes))[part] > 0
    knot = Knot(
        part=part,
        source=source,
        target=target,
        weight=np.maximum(weight[inner], 1e-6),
        kept=among(arcs, chosen),
        fed=fed,
        side=channel + (channel * uneven * (place % 2)),
    )
    return arcs, knot
