"""Which edges to turn round so that a picture with loops still flows from left to right.

Works on one strongly connected component whose nodes are the numbers 0 to n-1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from heapq import heapify, heappop, heappush

Pair = tuple[int, int]
"""An edge by the numbers of its source and its target."""

SEARCH_BUDGET = 200_000
"""Edges looked at while the set is made smaller; past that it stays valid and may be larger than needed."""


def feedback_pairs(
    size: int, weight: Mapping[Pair, float], fed: Sequence[float], kept: Collection[Pair] = ()
) -> set[Pair]:
    """A small set of light edges without which the component has no cycle.

    `weight` holds all edges and how much each wants to run forward; `fed[node]` is the weight that comes
    in from outside, and draws the node to the left. Edges in `kept` are chosen again as long as they
    still close a cycle, so that a picture does not turn round when the graph grows. An order is found by
    the greedy rule of Eades, Lin and Smyth (1993), with weights; every edge against it is put back,
    heaviest first, if it closes no cycle.
    """
    old = {pair for pair in kept if pair in weight}
    place = _order(size, {pair: heavy for pair, heavy in weight.items() if pair not in old}, fed)
    new = {pair for pair in weight if pair not in old and place[pair[0]] >= place[pair[1]]}
    forward: list[list[int]] = [[] for _ in range(size)]
    for source, target in weight:
        if (source, target) not in old and (source, target) not in new:
            forward[source].append(target)
    chosen = old | new
    budget = SEARCH_BUDGET
    for pair in sorted(chosen, key=lambda pair: (pair in old, -weight[pair], pair)):
        reached, budget = _reaches(forward, pair[1], pair[0], budget)
        if budget <= 0:
            break
        if not reached:
            forward[pair[0]].append(pair[1])
            chosen.discard(pair)
    return chosen


def _reaches(forward: Sequence[Sequence[int]], start: int, goal: int, budget: int) -> tuple[bool, int]:
    if start == goal:
        return True, budget
    seen = {start}
    stack = [start]
    while stack and budget > 0:
        node = stack.pop()
        budget -= 1 + len(forward[node])
        if goal in forward[node]:
            return True, budget
        fresh = [target for target in forward[node] if target not in seen]
        seen.update(fresh)
        stack += fresh
    return False, budget


def _order(size: int, weight: Mapping[Pair, float], fed: Sequence[float]) -> list[int]:
    """The place of each node from left to right: sources left, sinks right, else the largest surplus left."""
    into: list[list[int]] = [[] for _ in range(size)]
    out: list[list[int]] = [[] for _ in range(size)]
    surplus = list(fed)
    for (source, target), heavy in weight.items():
        out[source].append(target)
        into[target].append(source)
        surplus[source] += heavy
        surplus[target] -= heavy
    waiting_in, waiting_out = [len(nodes) for nodes in into], [len(nodes) for nodes in out]
    sinks = [node for node in range(size) if not out[node]]
    sources = [node for node in range(size) if not into[node]]
    heap = [(-surplus[node], node) for node in range(size)]
    heapify(heap)
    left: list[int] = []
    right: list[int] = []
    placed = [False] * size
    while len(left) + len(right) < size:
        if sinks:
            node, side = sinks.pop(), right
        elif sources:
            node, side = sources.pop(), left
        else:
            key, node = heappop(heap)
            side = left
            if -key != surplus[node]:
                continue
        if placed[node]:
            continue
        placed[node] = True
        side.append(node)
        for source in into[node]:
            if not placed[source]:
                surplus[source] -= weight[source, node]
                waiting_out[source] -= 1
                heappush(heap, (-surplus[source], source))
                if not waiting_out[source]:
                    sinks.append(source)
        for target in out[node]:
            if not placed[target]:
                surplus[target] += weight[node, target]
                waiting_in[target] -= 1
                heappush(heap, (-surplus[target], target))
                if not waiting_in[target]:
                    sources.append(target)
    place = [0] * size
    for at, node in enumerate(left + right[::-1]):
        place[node] = at
    return place
