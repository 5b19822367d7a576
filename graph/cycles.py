"""Closed paths in the dependency graph: every possible feedback loop, by structure alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log10

import rustworkx

from graph.feedback import Pair, feedback_pairs
from graph.identity import ChannelId, EdgeId, LoopId, NodeId, OperationId
from graph.model import DependencyGraph
from graph.names import plain

LOOPS_LISTED = 100
"""Loops named one by one, shortest first; a graph that has more is a tangle."""
WORK = 200_000
"""Edges looked at in search of loops, shared among the components."""


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
    """Edges that close loops: without them the graph has none (internal channels aside)."""
    tangles: tuple[tuple[NodeId, ...], ...] = ()
    """Components that may have more loops than are listed."""


def find_cycles(
    graph: DependencyGraph,
    previous: frozenset[EdgeId] = frozenset(),
    limit: int = LOOPS_LISTED,
    work: int = WORK,
) -> Cycles:
    """Loops and feedback edges.

    Channels that a broker or framework made for itself do not count, nor do edges that are only permitted.

    `previous` are the feedback edges of the graph before, which are chosen again where they can be. The
    answer depends on the arguments alone, and takes bounded work: at most `limit` loops are named, the
    shortest one through each feedback edge before all others.
    """
    components = _components(graph)
    share = work // max(1, len(components))
    found: dict[LoopId, LoopPath] = {}
    feedback: set[EdgeId] = set()
    tangles: list[tuple[NodeId, ...]] = []
    for component in components:
        turned = component.feedback(previous)
        feedback.update(edge for pair in turned for edge in component.edges[pair])
        rings, complete = component.rings(sorted(turned), limit, share)
        paths = [component.path(ring) for ring in rings]
        found.update({path.id: path for path in paths})
        if not complete:
            tangles.append(component.nodes)
    loops = sorted(found.values(), key=lambda path: (len(path.hops), path.id))
    return Cycles(tuple(loops[:limit]), frozenset(feedback), tuple(tangles))


def uncounted(graph: DependencyGraph) -> frozenset[NodeId | EdgeId]:
    """The channels and edges that no loop is looked for on."""
    internal = {channel.id for channel in graph.channels.values() if channel.internal}
    return frozenset(internal | {each.id for each in graph.operations.values() if each.only_permitted})


def in_words(hops: Sequence[NodeId]) -> str:
    """A loop by its hops, as a person reads it: `prices → stock → prices`."""
    return " → ".join(plain(hop) for hop in (*hops, hops[0]))


def _components(graph: DependencyGraph) -> list[_Component]:
    apart = uncounted(graph)
    ends = [
        (edge, edge.source, edge.target)
        for edge in graph.edges()
        if apart.isdisjoint((edge, edge.source, edge.target)) and edge.source != edge.target
    ]
    number: dict[NodeId, int] = {}
    for _, source, target in ends:
        number.setdefault(source, len(number))
        number.setdefault(target, len(number))
    digraph: rustworkx.PyDiGraph[NodeId, None] = rustworkx.PyDiGraph()
    digraph.add_nodes_from(list(number))
    digraph.add_edges_from_no_data([(number[source], number[target]) for _, source, target in ends])
    parts = [part for part in rustworkx.strongly_connected_components(digraph) if len(part) > 1]
    owner = {at: index for index, part in enumerate(parts) for at in part}
    touching: list[list[tuple[EdgeId, NodeId, NodeId]]] = [[] for _ in parts]
    for end in ends:
        home = owner.get(number[end[2]])
        if home is not None:
            touching[home].append(end)
    names = list(number)
    made = [
        _Component(graph, tuple(sorted((names[at] for at in part), key=str)), near)
        for part, near in zip(parts, touching, strict=True)
    ]
    return sorted(made, key=lambda component: (len(component.nodes), str(component.nodes[0])))


class _Component:
    """One strongly connected component, its nodes numbered in the order of their names."""

    def __init__(
        self,
        graph: DependencyGraph,
        nodes: tuple[NodeId, ...],
        into: Sequence[tuple[EdgeId, NodeId, NodeId]],
    ) -> None:
        self.nodes = nodes
        self.edges: dict[Pair, list[EdgeId]] = {}
        """Parallel edges together, the most certain first."""
        number = {node: at for at, node in enumerate(nodes)}
        self._fed = [0.0] * len(nodes)
        self._weight: dict[Pair, float] = {}
        confidence: dict[EdgeId, float] = {}
        for edge, source, target in into:
            confidence[edge], weight = _weigh(graph, edge)
            if source not in number:
                self._fed[number[target]] += weight
                continue
            pair = (number[source], number[target])
            self.edges.setdefault(pair, []).append(edge)
            self._weight[pair] = self._weight.get(pair, 0.0) + weight
        for parallel in self.edges.values():
            parallel.sort(key=lambda edge: (-confidence[edge], str(edge)))
        self._next: list[list[int]] = [[] for _ in nodes]
        self._back: list[list[int]] = [[] for _ in nodes]
        for source_at, target_at in sorted(self.edges):
            self._next[source_at].append(target_at)
            self._back[target_at].append(source_at)

    def feedback(self, previous: frozenset[EdgeId]) -> set[Pair]:
        kept = [pair for pair, edges in self.edges.items() if previous.issuperset(edges)]
        return feedback_pairs(len(self.nodes), self._weight, self._fed, kept)

    def rings(self, turned: Iterable[Pair], limit: int, work: int) -> tuple[list[tuple[int, ...]], bool]:
        """Closed paths from their smallest number on, and whether these are all there are."""
        found: dict[tuple[int, ...], None] = {}
        for source, target in turned:
            if len(found) == limit or work <= 0:
                return list(found), False
            ring, work = self._shortest(target, source, work)
            if ring:
                found[_from_smallest(ring)] = None
        if len(self.edges) == len(self.nodes):
            return list(found), True
        budget = [work]
        for length in range(2, len(self.nodes) + 1):
            complete = True
            for root in range(len(self.nodes)):
                for closed in self._of_length(length, root, budget):
                    if closed is None:
                        complete = False
                    elif closed not in found:
                        if len(found) == limit:
                            return list(found), False
                        found[closed] = None
                if budget[0] <= 0:
                    return list(found), False
            if complete:
                break
        return list(found), True

    def _shortest(self, start: int, goal: int, work: int) -> tuple[tuple[int, ...], int]:
        came: dict[int, int] = {start: start}
        queue = deque([start])
        while queue and goal not in came and work > 0:
            node = queue.popleft()
            work -= 1 + len(self._next[node])
            for target in self._next[node]:
                if target not in came:
                    came[target] = node
                    queue.append(target)
        if goal not in came:
            return (), work
        ring = [goal]
        while ring[-1] != start:
            ring.append(came[ring[-1]])
        return tuple(ring[::-1]), work

    def _of_length(self, length: int, root: int, budget: list[int]) -> Iterator[tuple[int, ...] | None]:
        """Closed paths of one length whose smallest number is `root`; None says that longer ones may exist.

        Depth first, never to a node from where the root cannot be reached in the steps that are left.
        """
        distance, cut = self._distances(root, length - 1, budget)
        if cut:
            yield None
        path, inside = [root], {root}
        branches = [iter(self._next[root])]
        while branches and budget[0] > 0:
            for target in branches[-1]:
                budget[0] -= 1
                if target == root:
                    if len(path) == length:
                        yield tuple(path)
                elif target in distance and target not in inside:
                    if len(path) + distance[target] > length:
                        yield None
                        continue
                    path.append(target)
                    inside.add(target)
                    branches.append(iter(self._next[target]))
                    break
            else:
                branches.pop()
                inside.discard(path.pop())

    def _distances(self, root: int, most: int, budget: list[int]) -> tuple[dict[int, int], bool]:
        """Steps from each greater node to the root; True when some need more than `most` and are left out."""
        distance = {root: 0}
        queue = deque([root])
        while queue and budget[0] > 0:
            node = queue.popleft()
            budget[0] -= 1 + len(self._back[node])
            for source in self._back[node]:
                if source > root and source not in distance:
                    if distance[node] == most:
                        return distance, True
                    distance[source] = distance[node] + 1
                    queue.append(source)
        return distance, False

    def path(self, ring: tuple[int, ...]) -> LoopPath:
        pairs = list(zip(ring, ring[1:] + ring[:1], strict=True))
        members = set(ring)
        outside = {at: self._fed[at] + sum(source not in members for source in self._back[at]) for at in ring}

        def fed_from_outside(place: int) -> float:
            before = ring[place - 1]
            through = 0.0 if isinstance(self.nodes[before], ChannelId) else outside[before]
            return outside[ring[place]] + through

        channels = [place for place, at in enumerate(ring) if isinstance(self.nodes[at], ChannelId)]
        entry = min(channels, key=lambda place: (-fed_from_outside(place), ring[place]))
        hops = [self.nodes[at] for at in ring]
        edges = [self.edges[pair][0] for pair in pairs]
        digest = blake2b("\0".join(map(str, hops)).encode(), digest_size=8).hexdigest()
        return LoopPath(
            LoopId(digest), tuple(hops[entry:] + hops[:entry]), tuple(edges[entry:] + edges[:entry])
        )


def _from_smallest(ring: tuple[int, ...]) -> tuple[int, ...]:
    start = ring.index(min(ring))
    return ring[start:] + ring[:start]


def _weigh(graph: DependencyGraph, edge: EdgeId) -> tuple[float, float]:
    """Confidence of an edge, and how much it wants to run forward."""
    item = graph.operations[edge] if isinstance(edge, OperationId) else graph.routes[edge]
    return item.confidence, item.confidence * (1.0 + log10(1.0 + (item.rate_per_s or 0.0)))
