"""Closed paths in the dependency graph: every possible feedback loop, by structure alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from graph.identity import ApplicationId, ChannelId, EdgeId, LoopId, NodeId
from graph.loops.arcs import HALF, HEAD, Ints, among, ends_of
from graph.loops.closing import ONE_BY_ONE, Closing
from graph.loops.counted import Counted
from graph.loops.counting import Counting
from graph.loops.held import Ring
from graph.loops.rings import Rings, shortest_first, way
from graph.loops.web import Web
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
    up to `small` arcs are looked at anew when anything in them changes, greater ones edge by edge. As many
    loops as `one_by_one` are looked for singly, more of them all at once.
    """

    def __init__(self, limit: int = LOOPS_LISTED, small: int = SMALL, one_by_one: int = ONE_BY_ONE) -> None:
        self._limit = limit
        self._small = small
        self._counted = Counted()
        self._web = Web()
        self._closing = Closing(self._web, one_by_one)
        self._weights = Weights(self._web, DependencyGraph())
        self._listings: dict[tuple[int, ...], _Listing] = {}
        self._paths: dict[Ring, LoopPath] = {}
        self._feedback: frozenset[EdgeId] = frozenset()
        self._cycles = Cycles()

    def update(self, graph: DependencyGraph, counting: Counting) -> Cycles:
        """What the structure says about a graph now; the very same value where nothing of that changed."""
        self._weights = Weights(self._web, graph)
        gone_edges, new_edges = self._counted.look(graph, counting)
        if not any(gone_edges) and not any(new_edges):
            return self._cycles
        web, closing = self._web, self._closing
        gone, new = web.remove(gone_edges), web.add(new_edges)
        touched = self._follow(gone.turned, new.turned)
        web.forget(gone.turned)
        changed = np.concatenate([gone.arcs, new.arcs])
        closing.turned.update(changed[among(changed, closing.arcs)].tolist())
        ends = {*(changed >> HALF).tolist(), *(changed & HEAD).tolist()} if self._paths else set()
        paths = {ring: path for ring, path in self._paths.items() if ends.isdisjoint(ring.nodes)}
        if touched or closing.turned or len(paths) < len(self._paths):
            self._paths = paths
            self._tell(touched, chain[EdgeId](*gone_edges))
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
        made = self._made(rings)
        return Enumeration(tuple(map(made.__getitem__, rings)), total - len(rings), complete)

    def _follow(self, gone: Ints, new: Ints) -> set[int]:
        """Brings components and feedback arcs up to date; the components in which anything changed.

        -1 stands for those that are gone.
        """
        web, closing = self._web, self._closing
        opened = gone[web.together(gone)]
        touched = set(web.part_of(opened).tolist())
        closing.remove(gone)
        if self._regrouped(opened, new):
            before = np.flatnonzero(np.isin(web.part, list(touched)))
            web.regroup()
            closing.part()
            touched = set(web.part[before].tolist())
        closed = new[web.together(new)]
        touched |= set(web.part_of(closed).tolist())
        many = len(opened) + len(closed) > SINGLY
        anew = {part for part in touched if part >= 0 and (many or self._is_small(web.parts[part]))}
        singly = closed[~np.isin(web.part_of(closed), list(anew))]
        closing.add(new[~among(new, np.sort(singly))])
        for arc in web.by_text(singly).tolist():
            closing.add(np.array([arc]))
            closing.close(arc)
        if len(opened) and touched - {-1} != anew:
            closing.mend(opened, self._weights)
        if anew:
            closing.choose(anew, self._weights)
        return touched

    def _is_small(self, members: Sequence[int]) -> bool:
        few = len(members) <= self._small
        return few and sum(len(self._web.arcs.out[node]) for node in members) <= self._small

    def _regrouped(self, gone: Ints, new: Ints) -> bool:
        """Whether arcs that went from within components, or came, may have changed which there are."""
        web = self._web
        if len(gone) + len(new) > SINGLY:
            return True
        out, into = web.arcs.out, web.arcs.into
        return any(not way(out, into, *ends_of(arc), web.words) for arc in gone.tolist()) or any(
            way(out, into, *ends_of(arc)[::-1], web.words) for arc in new[~web.together(new)].tolist()
        )

    def _tell(self, touched: Collection[int], gone: Iterable[EdgeId]) -> None:
        web = self._web
        anew = [
            part for part, members in enumerate(web.parts) if part in touched or members not in self._listings
        ]
        fresh = self._listed(anew)
        listings = {
            members: fresh[part] if part in fresh else self._listings[members]
            for part, members in enumerate(web.parts)
        }
        self._listings = listings
        self._tell_feedback(gone)
        rings = list(chain.from_iterable(listing.rings for listing in listings.values()))
        chosen = nsmallest(self._limit, rings)
        made = self._made([ring for ring in chosen if ring not in self._paths])
        self._paths = {ring: self._paths.get(ring) or made[ring] for ring in chosen}
        tangles = [members for members, listing in listings.items() if not listing.complete]
        tangles.sort(key=lambda members: (len(members), web.words[members[0]]))
        cycles = Cycles(
            loops=tuple(self._paths.values()),
            feedback=self._feedback,
            tangles=tuple(web.names(members) for members in tangles),
            more=sum(listing.more for listing in listings.values()) + len(rings) - len(chosen),
        )
        if cycles != self._cycles:
            self._cycles = cycles

    def _tell_feedback(self, gone: Iterable[EdgeId]) -> None:
        """Brings the feedback edges up to date: those that are gone, and those of arcs that turned."""
        web, turned = self._web, np.array(sorted(self._closing.turned), np.int64)
        self._closing.turned.clear()
        closes = among(turned, self._closing.arcs)
        forward = [edge for arc in turned[~closes].tolist() if arc in web.edge for edge in web.edges(arc)]
        closing = [edge for arc in turned[closes].tolist() for edge in web.edges(arc)]
        if left := self._feedback.intersection(chain(gone, forward)):
            self._feedback -= left
        if not self._feedback.issuperset(closing):
            self._feedback = self._feedback.union(closing)

    def _listed(self, parts: Sequence[int]) -> dict[int, _Listing]:
        """What is listed of components: the shortest ring through each feedback arc, then others."""
        web, closing, held = self._web, self._closing, self._closing.rings
        part = web.part[held.owner >> HALF]
        asked = np.zeros(len(web.parts), np.bool_)
        asked[parts] = True
        rows = np.flatnonzero(asked[part] & held.different())
        rows = rows[np.argsort(part[rows], kind="stable")]
        order = held.order(web.rank)
        ends = np.searchsorted(part[rows], parts, "right").tolist()
        arcs = np.bincount(web.part[closing.arcs >> HALF], minlength=len(web.parts))
        whole = arcs == np.bincount(part, minlength=len(web.parts))
        found: dict[int, _Listing] = {}
        begin = 0
        for at, end in zip(parts, ends, strict=True):
            closed = rows[begin:end]
            if len(closed) > self._limit:
                keys = order[closed]
                closed = closed[keys <= np.partition(keys, self._limit - 1)[self._limit - 1]]
            first = sorted(held.some(closed, web.words))[: self._limit]
            found[at] = self._listing(web.parts[at], first, end - begin, bool(whole[at]))
            begin = end
        return found

    def _listing(self, members: Sequence[int], first: list[Ring], count: int, whole: bool) -> _Listing:
        if count > len(first) or not whole:
            return _Listing(first, count - len(first), False)
        found = self._search(members, len(members), self._limit, LISTING_WORK)
        others = sorted(set(self._rings(found.rings)).difference(first))
        known = max(len(found.rings) + found.more, len(first) + len(others))
        listed = (first + others)[: self._limit]
        return _Listing(listed, known - len(listed), found.complete)

    def _search(self, members: Sequence[int], hops: int, limit: int, work: int) -> Rings:
        """Closed paths in one component, by the nodes' numbers in the web."""
        number = {node: at for at, node in enumerate(members)}
        neighbours = map(self._web.arcs.out.__getitem__, members)
        out = [sorted(number[head] for head in heads if head in number) for heads in neighbours]
        # Every loop passes a feedback arc.
        within = self._web.part_of(self._closing.arcs) == self._web.part[members[0]]
        roots = sorted({number[head] for head in (self._closing.arcs[within] & HEAD).tolist()})
        found = shortest_first(out, roots, hops, limit, work)
        return found._replace(rings=[tuple(members[at] for at in ring) for ring in found.rings])

    def _rings(self, found: Iterable[tuple[int, ...]]) -> list[Ring]:
        return [Ring.of(nodes, self._web.words) for nodes in found]

    def _made(self, rings: Sequence[Ring]) -> dict[Ring, LoopPath]:
        """Rings by the names of their nodes and edges, begun where they are fed."""
        arcs = np.array(list(chain.from_iterable(ring.arcs() for ring in rings)), np.int64)
        nodes, place = np.unique(arcs & HEAD, return_inverse=True)
        outside = iter(np.round(self._weights.into(nodes)[place] - self._weights.of(arcs), 6).tolist())
        return {ring: self._path(ring, list(islice(outside, ring.hops))) for ring in rings}

    def _path(self, ring: Ring, fed: list[float]) -> LoopPath:
        """`fed` is what leads to the end of each arc from outside the ring."""
        outside = fed[-1:] + fed[:-1]
        nodes = self._web.named(ring.nodes)

        def fed_from_outside(place: int) -> float:
            through = 0.0 if isinstance(nodes[place - 1], ChannelId) else outside[place - 1]
            return outside[place] + through

        channels = [place for place, node in enumerate(nodes) if isinstance(node, ChannelId)]
        entry = min(channels, key=lambda place: (-fed_from_outside(place), place))
        edges = list(map(self._weights.surest, ring.arcs()))
        return LoopPath(
            ring.id,
            tuple(nodes[entry:] + nodes[:entry]),
            tuple(edges[entry:] + edges[:entry]),
        )


def in_words(hops: Sequence[NodeId], names: Mapping[ApplicationId, str] | None = None) -> str:
    """A loop by its hops, as a person reads it: `prices → stock → prices`."""
    return " → ".join(plain(hop, names) for hop in (*hops, hops[0]))
