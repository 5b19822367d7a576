"""Which layer, from left to right, each node of a graph stands in, so that edges are short."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from graph.layout.coordinates import Bools, Ints
from graph.layout.shortest import Arc, shortest

EXACT = 1_200
"""Up to this many nodes the edges are made as short as they can be; above, nearly so."""
BESIDE = 2.0
"""How much more than others an edge weighs that ends at a channel which only sends back: it stands beside
its sender.
"""


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
    """A topological order (Kahn 1962); shorter than `count` where there is a circle."""
    waiting = [len(sources) for sources in into]
    order = [node for node in range(count) if not waiting[node]]
    for node in order:
        for following in out[node]:
            waiting[following] -= 1
            if not waiting[following]:
                order.append(following)
    return order


def _pulled(order: Sequence[int], out: list[list[int]], into: list[list[int]]) -> list[int]:
    """Longest-path layers, then every node drawn to the side where it has more edges.

    A source thus stands beside what it feeds, and a chain does not stretch. A node with as many edges on
    both sides stays beside its sender.
    """
    layer = [0] * len(order)
    for node in order:
        layer[node] = max([layer[source] for source in into[node]], default=-1) + 1
    for node in reversed(order):
        if out[node] and len(out[node]) >= len(into[node]):
            layer[node] = min([layer[target] for target in out[node]]) - 1
    for node in order:
        if into[node] and len(into[node]) >= len(out[node]):
            layer[node] = max([layer[source] for source in into[node]]) + 1
    return layer


def assign(count: int, arcs: Ints, feedback: Bools, channel: Bools) -> tuple[Ints, set[int]]:
    """The layer of each node 0 to `count` - 1 of a connected graph, from 0, and the channels that only send
    back.

    Such a channel receives from later layers than it sends to, and stands one layer left of its sender,
    so that a short loop becomes a ring. Every arc outside `feedback` and not at one of these channels
    leads to a later layer, as long as `feedback` opens every circle; circles it leaves are opened here.
    """
    pairs: list[Arc] = list(map(tuple, arcs.tolist()))
    forward = [pair for pair, back in zip(pairs, feedback.tolist(), strict=True) if not back]
    out, into = _neighbours(count, forward)
    order = _order(count, out, into)
    if len(order) < count:
        forward = acyclic(count, forward)
        out, into = _neighbours(count, forward)
        order = _order(count, out, into)
    closing = set(pairs).difference(forward)
    layer = _pulled(order, out, into)
    # What leads back does so as well where the rest of its circle is not shown.
    for source, target in sorted(closing):
        if (
            source != target
            and layer[target] >= layer[source]
            and not _reaches(out, source, source, [target])
        ):
            forward.append((target, source))
            out[target].append(source)
            into[source].append(target)
    if len(forward) + len(closing) > len(pairs):
        layer = _pulled(_order(count, out, into), out, into)
    returning = _returning(count, pairs, closing, out, channel)
    while returning:
        kept = [(a, b) for a, b in forward if a not in returning and b not in returning]
        out, into = _neighbours(count, kept)
        layer = _pulled(_order(count, out, into), out, into)
        wrong = {
            node
            for node, (senders, receivers) in returning.items()
            if max(layer[other] for other in receivers) + 2 > min(layer[other] for other in senders)
        }
        for node in wrong:
            del returning[node]
        if not wrong:
            break
    for node, (senders, _) in returning.items():
        layer[node] = min(layer[other] for other in senders) - 1
    if count <= EXACT:
        led = [(a, b) if layer[a] < layer[b] else (b, a) for a, b in pairs if layer[a] != layer[b]]
        layer = shortest(layer, led, [BESIDE if a in returning else 1.0 for a, _ in led])
        _settle(layer, led, returning)
    found = np.array(layer, dtype=np.int64)
    return found - found.min(), set(returning)


def _returning(
    count: int, arcs: Sequence[Arc], closing: Collection[Arc], out: list[list[int]], channel: Bools
) -> dict[int, tuple[list[int], list[int]]]:
    """Channels that close circles and do nothing else, with their senders and receivers: each receiver
    leads to a sender again.
    """
    ends = {node for arc in closing for node in arc if channel[node]}
    senders: dict[int, list[int]] = {node: [] for node in ends}
    receivers: dict[int, list[int]] = {node: [] for node in ends}
    for source, target in arcs:
        if source in ends:
            receivers[source].append(target)
        if target in ends:
            senders[target].append(source)
    return {
        node: (senders[node], receivers[node])
        for node in sorted(ends)
        if senders[node]
        and receivers[node]
        and all(
            (node, other) in closing or _reaches(out, other, node, senders[node]) for other in receivers[node]
        )
    }


def _reaches(out: list[list[int]], start: int, past: int, goals: Collection[int]) -> bool:
    """Whether some goal is reached from a node without passing another."""
    seen = {start, past}
    walk = [start]
    for node in walk:
        if node in goals:
            return True
        fresh = [other for other in out[node] if other not in seen]
        seen.update(fresh)
        walk += fresh
    return False


def _settle(layer: list[int], arcs: Sequence[Arc], but: Collection[int]) -> None:
    """Nodes that could as well stand elsewhere stand beside their sender."""
    out, into = _neighbours(len(layer), arcs)
    for node in sorted(range(len(layer)), key=layer.__getitem__):
        if node not in but and into[node] and len(into[node]) >= len(out[node]):
            layer[node] = max(layer[source] for source in into[node]) + 1
