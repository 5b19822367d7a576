"""Closed paths in the dependency graph: every possible feedback loop, by structure alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain
from typing import NamedTuple

from graph.identity import ChannelId, EdgeId, LoopId, NodeId
from graph.loops.closing import Closing, Ring
from graph.loops.counted import Counted
from graph.loops.counting import Counting
from graph.loops.rings import Rings, shortest_first, way
from graph.loops.web import Arc, Web
from graph.loops.weights import Weights
from graph.model import DependencyGraph
from graph.names import plain

LOOPS_LISTED = 100
"""Loops named one by one, shortest first; a graph that has more is a tangle."""
HOPS = 6
"""How long the loops are that are counted on request."""
COUNTING_WORK = 5_000_000
"""Arcs looked at for that."""
LISTING_WORK = 50_000
"""Most arcs looked at to list the loops of one component."""
SMALL = 400
"""Arcs from the nodes of a component that is looked at anew whatever changes in it."""
SINGLY = 32
"""Arcs that change at once in a greater component, and are accounted for one by one."""


@dataclass(frozen=True)
class LoopPath:
    """One closed path. `edges[i]` leads from `hops[i]` to the next hop, the last one back to the first."""

    id: LoopId
    hops: tuple[NodeId, ...]
    """Starts at the channel that is fed most from outside the path."""
    edges: tuple[EdgeId, ...]


@dataclass(frozen=True)
class Cycles:
    """All that the structure says about loops."""

    loops: tuple[LoopPath, ...] = ()
    """Shortest first."""
    feedback: frozenset[EdgeId] = frozenset()
    """Edges that close loops: without them the counted ones make none, and each of them closes one."""
    tangles: tuple[tuple[NodeId, ...], ...] = ()
    """Components that may have more loops than were found."""
    more: int = 0
    """Loops that were found and are not listed; where there are tangles there may be more than these."""


class Enumeration(NamedTuple):
    """All loops up to some length, or as many as were asked for."""

    loops: tuple[LoopPath, ...]
    """Shortest first."""
    more: int
    """Others that were counted and are not named."""
    complete: bool
    """Whether these are all; else there are at least as many more, and maybe others."""


class _Listing(NamedTuple):
    rings: list[Ring]
    more: int
    complete: bool


class Structure:
    """The loops of a graph that changes, kept up to date: what does not concern loops costs next to nothing.

    A feedback edge stays one as long as it closes a loop. Within bounded work the answer is exact: the loops
    are the shortest one through each feedback edge, then others by length, as many as `limit`. Components of
    up to `small` arcs are looked at anew when anything in them changes, greater ones edge by edge.
    """

    def __init__(self, limit: int = LOOPS_LISTED, small: int = SMALL) -> None:
        self._limit = limit
        self._small = small
        self._counted = Counted()
        self._web = Web()
        self._closing = Closing(self._web)
        self._weights = Weights(self._web, DependencyGraph())
        self._listings: dict[tuple[int, ...], _Listing] = {}
        self._paths: dict[Ring, LoopPath] = {}
        self._feedback: frozenset[EdgeId] = frozenset()
        self._cycles = Cycles()

    def update(self, graph: DependencyGraph, counting: Counting) -> Cycles:
        """What the structure says about a graph now; the very same value where nothing of that changed."""
        self._weights = Weights(self._web, graph)
        gone_edges, new_edges = self._counted.look(graph, counting)
        if not gone_edges and not new_edges:
            return self._cycles
        web = self._web
        gone, new = web.remove(gone_edges), web.add(new_edges)
        changed = web.arcs([*gone_edges, *new_edges])
        touched = self._follow(gone, new)
        web.forget(gone)
        ends = {node for arc in changed for node in arc}
        paths = {ring: path for ring, path in self._paths.items() if ends.isdisjoint(ring.nodes)}
        if not self._closing.arcs.keys().isdisjoint(changed):
            self._closing.turned = True
        if touched or self._closing.turned or len(paths) < len(self._paths):
            self._paths = paths
            self._tell(touched)
        return self._cycles

    @property
    def nodes(self) -> int:
        """How many nodes are held in memory."""
        return len(self._web.nodes)

    def enumerate(
        self, hops: int = HOPS, limit: int = LOOPS_LISTED, work: int = COUNTING_WORK
    ) -> Enumeration:
        """The loops of up to some hops, on the edges of the last `update`; at most `limit` are named.

        `work` bounds the arcs that are looked at, the small components first.
        """
        rings: list[Ring] = []
        total, complete = 0, True
        for members in sorted(self._web.parts, key=len):
            found = self._search(members, hops, limit, work)
            rings = nsmallest(limit, rings + self._rings(found.rings))
            total += len(found.rings) + found.more
            complete, work = complete and found.complete, found.work
        return Enumeration(tuple(map(self._path, rings)), total - len(rings), complete)

    def _follow(self, gone: Sequence[Arc], new: Sequence[Arc]) -> set[int]:
        """Brings components and feedback arcs up to date; the components in which anything changed.

        -1 stands for those that are gone.
        """
        web, closing = self._web, self._closing
        opened = [arc for arc in gone if web.together(arc)]
        before = {node for part in {web.part[tail] for tail, _ in opened} for node in web.parts[part]}
        closing.remove(gone)
        if self._regrouped(opened, new):
            web.regroup()
            closing.part()
        closed = [arc for arc in new if web.together(arc)]
        touched = {web.part[node] for node in before} | {web.part[tail] for tail, _ in closed}
        many = len(opened) + len(closed) > SINGLY
        anew = {part for part in touched if part >= 0 and (many or self._is_small(web.parts[part]))}
        singly = [arc for arc in closed if web.part[arc[0]] not in anew]
        closing.add(list(set(new).difference(singly)) if singly else new)
        for arc in sorted(singly, key=web.text):
            closing.add([arc])
            closing.close(arc)
        if opened and touched - {-1} != anew:
            closing.mend(opened, self._weights)
        if anew:
            closing.choose(anew, self._weights)
        return touched

    def _is_small(self, members: Sequence[int]) -> bool:
        few = len(members) <= self._small
        return few and sum(len(self._web.out[node]) for node in members) <= self._small

    def _regrouped(self, gone: Sequence[Arc], new: Sequence[Arc]) -> bool:
        """Whether arcs that went from within components, or came, may have changed which there are."""
        web = self._web
        if len(gone) + len(new) > SINGLY:
            return True
        return any(not way(web.out, web.into, *arc, web.words)[0] for arc in gone) or any(
            not web.together(arc) and way(web.out, web.into, arc[1], arc[0], web.words)[0] for arc in new
        )

    def _tell(self, touched: Collection[int]) -> None:
        web = self._web
        closing = self._closing
        closed: list[list[Ring]] = [[] for _ in web.parts]
        for ring in closing.rings.different:
            closed[web.part[ring.nodes[0]]].append(ring)
        whole = [True] * len(web.parts)
        if len(closing.rings) < len(closing.arcs):
            for arc in closing.arcs.keys() - closing.rings.keys():
                whole[web.part[arc[0]]] = False
        listings: dict[tuple[int, ...], _Listing] = {}
        rings: list[Ring] = []
        more = 0
        tangles: list[tuple[int, ...]] = []
        for part, members in enumerate(web.parts):
            listing = None if part in touched else self._listings.get(members)
            if listing is None:
                listing = self._listing(members, closed[part], whole[part])
            listings[members] = listing
            rings += listing.rings
            more += listing.more
            if not listing.complete:
                tangles.append(members)
        self._listings = listings
        if closing.turned:
            self._feedback = frozenset(chain.from_iterable(map(web.edges.__getitem__, closing.arcs)))
            closing.turned = False
        chosen = nsmallest(self._limit, rings)
        self._paths = {ring: self._paths.get(ring) or self._path(ring) for ring in chosen}
        tangles.sort(key=lambda members: (len(members), web.words[members[0]]))
        cycles = Cycles(
            loops=tuple(self._paths.values()),
            feedback=self._feedback,
            tangles=tuple(web.named(members) for members in tangles),
            more=more + len(rings) - len(chosen),
        )
        if cycles != self._cycles:
            self._cycles = cycles

    def _listing(self, members: Sequence[int], closed: list[Ring], whole: bool) -> _Listing:
        """The shortest ring through each feedback arc of a component, then others by length."""
        first = nsmallest(self._limit, closed)
        if len(closed) > len(first) or not whole:
            return _Listing(first, len(closed) - len(first), False)
        found = self._search(members, len(members), self._limit, LISTING_WORK)
        others = sorted(set(self._rings(found.rings)).difference(closed))
        known = max(len(found.rings) + found.more, len(closed) + len(others))
        listed = (first + others)[: self._limit]
        return _Listing(listed, known - len(listed), found.complete)

    def _search(self, members: Sequence[int], hops: int, limit: int, work: int) -> Rings:
        """Closed paths in one component, by the nodes' numbers in the web."""
        web = self._web
        number = {node: at for at, node in enumerate(members)}
        out = [sorted(number[head] for head in web.out[node] if head in number) for node in members]
        # Every loop passes a feedback arc.
        roots = sorted({number[head] for _, head in self._closing.arcs if head in number})
        found = shortest_first(out, roots, hops, limit, work)
        return found._replace(rings=[tuple(members[at] for at in ring) for ring in found.rings])

    def _rings(self, found: Iterable[tuple[int, ...]]) -> list[Ring]:
        return [Ring.of(nodes, self._web.words) for nodes in found]

    def _path(self, ring: Ring) -> LoopPath:
        arcs = list(ring.arcs())
        outside: dict[int, float] = {
            arc[1]: round(self._weights.into(arc[1]) - weight, 6)
            for arc, weight in zip(arcs, self._weights.of(arcs).tolist(), strict=True)
        }
        nodes = self._web.named(ring.nodes)

        def fed_from_outside(place: int) -> float:
            through = 0.0 if isinstance(nodes[place - 1], ChannelId) else outside[ring.nodes[place - 1]]
            return outside[ring.nodes[place]] + through

        channels = [place for place, node in enumerate(nodes) if isinstance(node, ChannelId)]
        entry = min(channels, key=lambda place: (-fed_from_outside(place), place))
        edges = list(map(self._weights.surest, arcs))
        return LoopPath(
            LoopId(ring.digest),
            tuple(nodes[entry:] + nodes[:entry]),
            tuple(edges[entry:] + edges[:entry]),
        )


def in_words(hops: Sequence[NodeId]) -> str:
    """A loop by its hops, as a person reads it: `prices → stock → prices`."""
    return " → ".join(plain(hop) for hop in (*hops, hops[0]))
