"""Which layer, from left to right, each node of a graph stands in."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

Arc = tuple[int, int]


def _neighbours(count: int, arcs: Collection[Arc]) -> tuple[list[list[int]], list[list[int]]]:
    out: list[list[int]] = [[] for _ in range(count)]
    into: list[list[int]] = [[] for _ in range(count)]
    for source, target in arcs:
        out[source].append(target)
        into[target].append(source)
    return out, into


def acyclic(count: int, arcs: Sequence[Arc]) -> list[Arc]:
    """The arcs without those that close a circle in a depth-first walk, and without loops on one node."""
    out, into = _neighbours(count, arcs)
    state = bytearray(count)
    closing: set[Arc] = set()
    for root in sorted(range(count), key=lambda node: (bool(into[node]), node)):
        if state[root]:
            continue
        state[root] = 1
        walk = [(root, iter(out[root]))]
        while walk:
            node, rest = walk[-1]
            following = next(rest, None)
            if following is None:
                state[node] = 2
                walk.pop()
            elif state[following] == 1:
                closing.add((node, following))
            elif not state[following]:
                state[following] = 1
                walk.append((following, iter(out[following])))
    return [arc for arc in arcs if arc not in closing]


def _order(count: int, out: list[list[int]], into: list[list[int]]) -> list[int]:
    """A topological order (Kahn 1962)."""
    waiting = [len(sources) for sources in into]
    ready = deque(node for node in range(count) if not waiting[node])
    order = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for following in out[node]:
            waiting[following] -= 1
            if not waiting[following]:
                ready.append(following)
    return order


def _tight(count: int, arcs: Collection[Arc]) -> list[int]:
    """Longest-path layers, then every node drawn to the side where it has more edges.

    A source thus stands beside what it feeds, and a chain does not stretch. A node with as many edges on
    both sides stays beside its sender.
    """
    out, into = _neighbours(count, arcs)
    order = _order(count, out, into)
    layer = [0] * count
    for node in order:
        layer[node] = max((layer[source] + 1 for source in into[node]), default=0)
    for node in reversed(order):
        if out[node] and len(out[node]) >= len(into[node]):
            layer[node] = min(layer[target] for target in out[node]) - 1
    for node in order:
        if into[node] and len(into[node]) >= len(out[node]):
            layer[node] = max(layer[source] for source in into[node]) + 1
    return layer


def _reaches(out: list[list[int]], start: int, goals: Collection[int]) -> bool:
    seen = {start}
    walk = [start]
    while walk:
        node = walk.pop()
        if node in goals:
            return True
        for following in out[node]:
            if following not in seen:
                seen.add(following)
                walk.append(following)
    return False


def assign(
    count: int, arcs: Sequence[Arc], feedback: Collection[Arc], channels: Collection[int]
) -> tuple[list[int], set[int]]:
    """The layer of each node 0 to `count` - 1, from 0, and the channels that only send back.

    Such a channel receives from later layers than it sends to, and stands one layer left of its sender,
    so that a short loop becomes a ring. Every arc outside `feedback` and not at one of these channels
    leads to a later layer, as long as `feedback` opens every circle; circles it leaves are opened here.
    """
    forward = acyclic(count, [arc for arc in arcs if arc not in feedback])
    feedback = set(arcs).difference(forward)
    both_out, both_into = _neighbours(count, arcs)
    returning = {
        node
        for arc in feedback
        for node in arc
        if node in channels and both_out[node] and both_into[node] and arc[0] != arc[1]
    }
    while True:
        kept = [arc for arc in forward if arc[0] not in returning and arc[1] not in returning]
        layer = _tight(count, kept)
        out, _ = _neighbours(count, kept)
        wrong = {
            node
            for node in returning
            if max(layer[target] for target in both_out[node])
            >= min(layer[source] for source in both_into[node])
            or not all(_reaches(out, target, both_into[node]) for target in both_out[node])
        }
        if not wrong:
            break
        returning -= wrong
    for node in returning:
        layer[node] = min(layer[source] for source in both_into[node]) - 1
    lowest = min(layer, default=0)
    return [number - lowest for number in layer], returning
