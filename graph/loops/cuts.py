"""Where a loop could be cut, what that would open besides, and who would get nothing any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Sequence
from heapq import nsmallest
from itertools import chain
from math import log10
from operator import itemgetter

from graph.identity import ChannelId, EdgeId, LoopId, NodeId, OperationId
from graph.loops.counting import Counting
from graph.loops.cycles import LoopPath
from graph.loops.web import ends
from graph.model import Cut, DependencyGraph, Operation, Route

NAMED = 20
"""Nodes named of those that a cut would starve."""
WORK = 1_000_000
"""Edges followed to find who would starve."""
TOGETHER = 1_024
"""Cuts tried in one walk through the graph."""
SEEN = Counting()
"""As loops are looked for where nobody said otherwise."""


def cuts(
    paths: Sequence[LoopPath],
    graph: DependencyGraph,
    counting: Counting = SEEN,
    work: int = WORK,
) -> dict[LoopId, tuple[Cut, ...]]:
    """Every edge of each loop, the cheapest to cut first.

    A cut costs what the edge carries, weighted by confidence, for everybody whom it starves and for each
    loop that it opens. Who starves is worked out from the entry of the loop, where its records come from:
    whoever outside the loop they reach, and would not without the edge. Records flow on internal channels
    and as replies too, whether or not these count for loops. Loops that `work` does not suffice for, the
    shortest coming first, have no entry in the answer.
    """
    opens = Counter((edge.source, edge.target) for path in paths for edge in path.edges)
    flow = _Flow(graph, {edge for path in paths for edge in path.edges}, counting)
    found: dict[LoopId, tuple[Cut, ...]] = {}
    for together in _packs(sorted(paths, key=lambda path: (len(path.hops), path.id))):
        work = flow.follow(together, work)
        if work < 0:
            break
        for path, starved in zip(together, flow.starved(together), strict=True):
            priced: list[tuple[float, int, Cut]] = []
            for edge, (named, more) in zip(path.edges, starved, strict=True):
                confidence, rate, carried = _load(graph, edge)
                loops = opens[edge.source, edge.target]
                price = confidence * (1.0 + log10(1.0 + carried)) * (1 + len(named) + more) / loops
                # Of two alike the one that is farther from the entry.
                priced.append((price, -len(priced), Cut(edge, loops, named, rate, more)))
            found[path.id] = tuple(cut for _, _, cut in sorted(priced, key=itemgetter(0, 1)))
    return found


def _packs(paths: Sequence[LoopPath]) -> Iterator[list[LoopPath]]:
    pack: list[LoopPath] = []
    size = 0
    for path in paths:
        if pack and size + len(path.edges) > TOGETHER:
            yield pack
            pack, size = [], 0
        pack.append(path)
        size += len(path.edges)
    if pack:
        yield pack


def _load(graph: DependencyGraph, edge: EdgeId) -> tuple[float, float | None, float]:
    """Confidence of an edge, the records a second that it is known to carry, and those that it may carry."""
    item = graph.edge(edge)
    beside = edge.channel if isinstance(edge, OperationId) else edge.source
    channel = graph.channels.get(beside)
    may = item.rate_per_s if item.rate_per_s is not None else channel.rate_per_s if channel else None
    return item.confidence, item.rate_per_s, may or 0.0


class _Flow:
    """Where records go, with one bit for each cut that is tried: set where they come in spite of it."""

    def __init__(self, graph: DependencyGraph, loops: Container[EdgeId], counting: Counting) -> None:
        number: dict[NodeId, int] = {}
        following: list[list[int]] = []
        for edge in chain[Operation | Route](graph.operations.values(), graph.routes.values()):
            if counting.counts(edge) or edge.id in loops:
                source, target = ends(edge.id)
                if (tail := number.get(source)) is None:
                    tail = number[source] = len(number)
                    following.append([])
                if (head := number.get(target)) is None:
                    head = number[target] = len(number)
                    following.append([])
                following[tail].append(head)
        self._number = number
        self._next = following
        self._come = [0] * len(number)

    def follow(self, paths: Sequence[LoopPath], work: int) -> int:
        """Lets records flow from the entries of all loops; what is left of `work`, below 0 if not enough."""
        cut: dict[int, dict[int, int]] = {}
        fresh: dict[int, int] = {}
        bit = 1
        for path in paths:
            hops = [self._number[hop] for hop in path.hops]
            fresh[hops[0]] = fresh.get(hops[0], 0) | ((1 << len(hops)) - 1) * bit
            for source, target in zip(hops, hops[1:] + hops[:1], strict=True):
                ways = cut.setdefault(source, {})
                ways[target] = ways.get(target, 0) | bit
                bit <<= 1
        come = self._come = [0] * len(self._number)
        for node, bits in fresh.items():
            come[node] = bits
        following = self._next
        while fresh and work >= 0:
            after: dict[int, int] = {}
            for node, bits in fresh.items():
                work -= len(following[node])
                cuts_here = cut.get(node)
                for target in following[node]:
                    through = bits & ~cuts_here.get(target, 0) if cuts_here else bits
                    known = come[target]
                    both = known | through
                    if both != known:
                        come[target] = both
                        after[target] = after.get(target, 0) | (both ^ known)
            fresh = after
        return work

    def starved(self, paths: Sequence[LoopPath]) -> list[list[tuple[tuple[NodeId, ...], int]]]:
        """For each edge of each loop who starves without it: those named, and how many more."""
        alike: dict[int, list[NodeId]] = {}
        for node, bits in zip(self._number, self._come, strict=True):
            alike.setdefault(bits, []).append(node)
        found = []
        first = 0
        for path in paths:
            size = len(path.edges)
            whole = (1 << size) - 1
            starved: list[list[NodeId]] = [[] for _ in path.edges]
            for bits, nodes in alike.items():
                mine = bits >> first & whole
                # The last edge leads back to the entry: who gets nothing without it gets nothing at all.
                if mine != whole and mine >> size - 1:
                    for at in range(size):
                        if not mine >> at & 1:
                            starved[at] += nodes
            found.append([_named(set(nodes).difference(path.hops)) for nodes in starved])
            first += size
        return found


def _named(nodes: set[NodeId]) -> tuple[tuple[NodeId, ...], int]:
    """The applications before the channels, by name."""
    named = nsmallest(NAMED, nodes, key=lambda node: (isinstance(node, ChannelId), str(node)))
    return tuple(named), len(nodes) - len(named)
