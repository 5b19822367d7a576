"""Where a loop could be cut, what that would open besides, and who would get nothing any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from math import log10
from operator import itemgetter

import numpy as np
from msgspec.structs import replace

from graph.identity import ChannelId, EdgeId, LoopId, NodeId, OperationId
from graph.loops.arcs import HALF, HEAD, NO_ARCS, Bools, Ints, among, arc_of
from graph.loops.counted import Counted
from graph.loops.counting import Counting
from graph.loops.cycles import LoopPath
from graph.loops.numbered import Edges, Numbered
from graph.loops.ways import Words
from graph.model import Cut, DependencyGraph

NAMED = 20
"""Nodes named of those that a cut would starve."""
WORK = 5_000_000
"""Edges followed to find who would starve."""
TOGETHER = 1_024
"""Cuts tried in one walk through the graph."""
NONE = -1
"""An arc that there never is."""
SEEN = Counting()
"""As loops are looked for where nobody said otherwise."""

Starved = tuple[tuple[NodeId, ...], int]
"""Who gets nothing without an edge: those named, and how many more."""


def cuts(
    paths: Sequence[LoopPath],
    graph: DependencyGraph,
    counting: Counting = SEEN,
    work: int = WORK,
) -> dict[LoopId, tuple[Cut, ...]]:
    """Every edge of each loop, the cheapest to cut first, looked at once: see `Cutting`."""
    return Cutting().cuts(paths, graph, counting, work)


class Cutting:
    """Where loops could be cut, kept up to date as the graph changes.

    A cut costs what the edge carries, weighted by confidence, for everybody whom it starves and for each
    loop that it opens. Who starves is worked out from the entry of the loop, where its records come from:
    whoever outside the loop they reach, and would not without the edge. An entry that nobody but the loop
    feeds gets nothing itself without the edge that leads back to it. Records flow on internal channels and
    as replies too, whether or not these count for loops.
    """

    def __init__(self) -> None:
        self._counted = Counted()
        self._web = Numbered()
        self._own: set[EdgeId] = set()
        """Edges of loops that do not count for records."""
        self._starved: dict[LoopPath, list[Starved]] = {}

    def cuts(
        self, paths: Sequence[LoopPath], graph: DependencyGraph, counting: Counting = SEEN, work: int = WORK
    ) -> dict[LoopId, tuple[Cut, ...]]:
        """Every edge of each loop, the cheapest to cut first.

        Loops that `work` does not suffice for, the shortest coming first, have no entry in the answer.
        """
        self._look(paths, graph, counting)
        known = {path: self._starved[path] for path in paths if path in self._starved}
        missing = sorted((path for path in paths if path not in known), key=lambda path: len(path.hops))
        for some in _packs(missing):
            flow = _Flow(self._web, some)
            work = flow.follow(work)
            if work < 0:
                break
            known.update(zip(some, flow.starved(), strict=True))
        self._starved = known
        opens = Counter((edge.source, edge.target) for path in paths for edge in path.edges)
        return {path.id: _priced(graph, path, starved, opens) for path, starved in known.items()}

    def _look(self, paths: Sequence[LoopPath], graph: DependencyGraph, counting: Counting) -> None:
        """Follows the graph, and forgets who starves where that may have changed."""
        web = self._web
        gone, new = self._counted.look(graph, replace(counting, internal=True, request_reply=True))
        own = {edge for path in paths for edge in path.edges if edge not in self._counted}
        if own or self._own:
            less, more = set(chain[EdgeId](*gone)), set(chain[EdgeId](*new))
            gone, new = Edges.of((less | self._own) - own - more), Edges.of((more | own) - self._own - less)
            self._own = own
        if not any(gone) and not any(new):
            return
        left, came = web.remove(gone).turned, web.add(new).turned
        if self._starved:
            changed = np.concatenate([left, came])
            before = web.arcs.reached(changed >> HALF, back=True)
            before[changed & HEAD] = True
            self._starved = {
                path: starved
                for path, starved in self._starved.items()
                if not before[[web.number[hop] for hop in path.hops]].any()
            }
        web.forget(left)


class _Flow:
    """Where records go, with one bit for each loop and each cut of it: set where they come in spite of it."""

    def __init__(self, web: Numbered, paths: Sequence[LoopPath]) -> None:
        self._web = web
        self._paths = [[web.number[hop] for hop in path.hops] for path in paths]
        bits = sum(len(hops) + 1 for hops in self._paths)
        self._come: Words = np.zeros((len(web.nodes), (bits + 63) >> 6), np.uint64)

    def follow(self, work: int) -> int:
        """Lets records flow from the entries of all loops; what is left of `work`, below 0 if not enough."""
        cut, blocked = self._begin()
        out, come = self._web.arcs.out, self._come
        nodes = np.flatnonzero(come.any(axis=1))
        fresh = come[nodes]
        while len(nodes) and work >= 0:
            to, place = out.follow(nodes)
            work -= len(to)
            arcs, order = nodes[place] << HALF | to, np.argsort(to, kind="stable")
            through, arcs, to = fresh[place[order]], arcs[order], to[order]
            at = np.flatnonzero(among(arcs, cut))
            through[at] &= ~blocked[np.searchsorted(cut, arcs[at])]
            begin = np.flatnonzero(np.diff(to, prepend=-1))
            nodes = to[begin]
            fresh = (np.bitwise_or.reduceat(through, begin, axis=0) if len(to) else through) & ~come[nodes]
            come[nodes] |= fresh
            some = fresh.any(axis=1)
            nodes, fresh = nodes[some], fresh[some]
        return work

    def starved(self) -> Iterator[list[Starved]]:
        """For each edge of each loop who starves without it, applications before channels, by name."""
        come = np.ascontiguousarray(self._come.T)

        def has(bit: int) -> Bools:
            is_set: Bools = (come[bit >> 6] >> np.uint64(bit & 63) & np.uint64(1)).astype(np.bool_)
            return is_set

        rows: list[list[Ints]] = []
        bit = 0
        for hops in self._paths:
            fed = has(bit)
            fed[hops] = False
            rows.append([np.flatnonzero(fed & ~has(bit + at)) for at in range(1, len(hops) + 1)])
            bit += len(hops) + 1
        nodes, words = self._web.nodes, self._web.words
        some = np.unique(np.concatenate([NO_ARCS, *chain.from_iterable(rows)])).tolist()
        some.sort(key=lambda node: (isinstance(nodes[node], ChannelId), words[node]))
        rank = np.zeros(len(nodes), np.int64)
        rank[some] = np.arange(len(some))
        for row in rows:
            first = [np.sort(rank[starved])[:NAMED].tolist() for starved in row]
            yield [
                (tuple(nodes[some[at]] for at in named), len(starved) - len(named))
                for named, starved in zip(first, row, strict=True)
            ]

    def _begin(self) -> tuple[Ints, Words]:
        """Lets records come to where they begin; the arcs that are cut, and for which bits each is."""
        begin, arcs = [], []
        for hops in self._paths:
            entry, before = hops[0], hops[-1]
            # What nobody else feeds gets nothing without the last edge; the one before it goes on.
            alone = len(self._web.arcs.into[entry]) == 1
            begin += [*[entry] * len(hops), before if alone else entry]
            arcs += [NONE, *map(arc_of, hops, [*hops[1:], entry])]
        _set(self._come, np.array(begin, np.int64), np.arange(len(begin)))
        cut, place = np.unique(np.array(arcs, np.int64), return_inverse=True)
        blocked: Words = np.zeros((len(cut), self._come.shape[1]), np.uint64)
        _set(blocked, place, np.arange(len(arcs)))
        return cut, blocked


def _set(rows: Words, at: Ints, bits: Ints) -> None:
    np.bitwise_or.at(rows, (at, bits >> 6), np.uint64(1) << (bits & 63).astype(np.uint64))


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


def _priced(
    graph: DependencyGraph,
    path: LoopPath,
    starved: Sequence[Starved],
    opens: Mapping[tuple[NodeId, NodeId], int],
) -> tuple[Cut, ...]:
    priced: list[tuple[float, int, Cut]] = []
    for edge, (named, more) in zip(path.edges, starved, strict=True):
        confidence, rate, carried = _load(graph, edge)
        loops = opens[edge.source, edge.target]
        price = confidence * (1.0 + log10(1.0 + carried)) * (1 + len(named) + more) / loops
        # Of two alike the one that is farther from the entry.
        priced.append((price, -len(priced), Cut(edge, loops, named, rate, more)))
    return tuple(cut for _, _, cut in sorted(priced, key=itemgetter(0, 1)))


def _load(graph: DependencyGraph, edge: EdgeId) -> tuple[float, float | None, float]:
    """Confidence of an edge, the records a second that it is known to carry, and those that it may carry."""
    item = graph.edge(edge)
    beside = edge.channel if isinstance(edge, OperationId) else edge.source
    channel = graph.channels.get(beside)
    may = item.rate_per_s if item.rate_per_s is not None else channel.rate_per_s if channel else None
    return item.confidence, item.rate_per_s, may or 0.0
