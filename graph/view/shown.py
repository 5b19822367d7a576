"""What is drawn of a graph by the settings of a view, and what each of them hides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from graph.evidence import MINUTE_NS
from graph.identity import BundleId, EdgeId, GroupId, Line, NodeId, OperationId, Place, Subject
from graph.model import DependencyGraph, Operation, Route
from graph.query.error import QueryError
from graph.query.moments import Clock
from graph.view import noise
from graph.view.focus import around
from graph.view.groups import Groups, grouped, members
from graph.view.index import Flags, Index, indexing
from graph.view.noise import Lasting
from graph.view.rows import Numbers, Rows
from graph.view.settings import TOGGLES, Focus, Grouping, ViewSettings
from graph.view.steps import Steps, done
from graph.view.things import Things

T = TypeVar("T")

CAUSES = (*TOGGLES, "hide", "find", "type", "only_loops", "focus")
"""What can hide something, in the order in which they do."""
HELD_NS = MINUTE_NS // 6
"""How long an expression takes in what it fitted last: a figure may waver about a bound."""
NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Tally:
    """What one setting takes out of the picture, or would take if it were on."""

    on: bool
    nodes: int = 0
    edges: int = 0
    """Those between two nodes that stay."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What is drawn. Where nothing of them changed, its parts are the very ones of the `Shown` before."""

    whole: DependencyGraph
    settings: ViewSettings
    place_rows: Rows[Place]
    line_rows: Rows[Line]
    members: Mapping[GroupId, tuple[NodeId, ...]]
    """The nodes in each group that is drawn as one."""
    bundles: Mapping[BundleId, tuple[EdgeId, ...]]
    """The edges of each line that stands for some."""
    inside: int
    """Edges that are not drawn because both ends are in one group."""
    hidden: Mapping[str, Tally]
    """By cause, one of `CAUSES`. What several causes hide counts for the first of those that are on."""
    mistakes: Mapping[str, QueryError]
    """What is wrong with `hide` or `find`, which then hide nothing."""
    _index: Index
    _lasting: Lasting
    _nodes: Flags
    _edges: Flags
    _groups: Groups
    _fitted: Mapping[str, _Fitted]

    @property
    def places(self) -> tuple[Place, ...]:
        """What has a place in the picture."""
        return self.place_rows.keys

    @property
    def lines(self) -> tuple[Line, ...]:
        """What joins two places, those that stand for several edges last."""
        return self.line_rows.keys

    @property
    def known(self) -> Sequence[Operation | Route | None]:
        """What the graph says of every line; None of those that stand for several edges."""
        if self._edges.all() and not self.bundles and not self.inside:
            return self._index.edges_of(self.whole)
        operations, routes = self.whole.operations.get, self.whole.routes.get
        return [
            operations(key) if isinstance(key, OperationId) else routes(key)  # type: ignore[arg-type]
            for key in self.lines
        ]

    def alike(self, other: Shown) -> bool:
        """Whether another is of the same things by the same settings, so that figures alone may differ."""
        return self._index is other._index and self.settings == other.settings

    @property
    def nodes(self) -> tuple[NodeId, ...]:
        """The applications and channels that are shown, alone or in a group."""
        return _chosen(self._index.nodes, self._nodes)

    @property
    def edges(self) -> tuple[EdgeId, ...]:
        """The edges that are shown, alone, in a bundle or inside a group."""
        return _chosen(self._index.edges, self._edges)

    def values(self, field: str) -> tuple[str, ...]:
        """All words that the nodes and edges of the whole graph have in a field of the query language."""
        noisy = {**self._lasting.flags, **noise.passing(self.whole, self._index, 0)}
        return Things(self.whole, self._index, noisy, Clock()).values(field)

    @cached_property
    def graph(self) -> DependencyGraph:
        """The graph cut down to what is shown; loops only where all of them is."""
        whole = self.whole
        if self._nodes.all() and self._edges.all() and len(whole.operations) == self._index.operations:
            return whole
        nodes, edges = set(self.nodes), set(self.edges)
        kept = {*nodes, *edges}
        return replace(
            whole,
            applications={key: each for key, each in whole.applications.items() if key in nodes},
            channels={key: each for key, each in whole.channels.items() if key in nodes},
            operations={key: each for key, each in whole.operations.items() if key in edges},
            routes={key: each for key, each in whole.routes.items() if key in edges},
            loops={key: loop for key, loop in whole.loops.items() if edges.issuperset(loop.edges)},
            feedback=whole.feedback & edges,
            findings=tuple(
                each
                for each in whole.findings
                if not isinstance(each.subject, NodeId | EdgeId) or each.subject in kept
            ),
            chains=tuple(each for each in whole.chains if nodes.issuperset(each.hops)),
        )

    def place(self, node: NodeId) -> Place | None:
        """Where a node is drawn: itself or its group; None where it is hidden."""
        number = self._index.number.get(node)
        if number is None or not self._nodes[number]:
            return None
        group = self._groups.group(number)
        return group if group is not None and self.settings.grouping.is_collapsed(group.name) else node

    def group(self, node: NodeId) -> GroupId | None:
        """The group that a node belongs to, drawn as one or not."""
        number = self._index.number.get(node)
        return None if number is None else self._groups.group(number)

    def line(self, edge: EdgeId) -> Line | None:
        """As what an edge is drawn; None where it is hidden or inside a group."""
        number = self._index.edge_number.get(edge)
        if number is None or not self._edges[number]:
            return None
        source, target = self.place(edge.source), self.place(edge.target)
        if source is None or target is None or (source == target and isinstance(source, GroupId)):
            return None
        grouped = isinstance(source, GroupId) or isinstance(target, GroupId)
        return BundleId(source, target) if grouped else edge

    def drawn(self, nodes: Iterable[Place], edges: Iterable[Line]) -> tuple[set[Place], set[Line]]:
        """As what nodes and edges are drawn; groups and bundles stand for themselves."""
        places = (each if isinstance(each, GroupId) else self.place(each) for each in nodes)
        lines = (each if isinstance(each, BundleId) else self.line(each) for each in edges)
        return {each for each in places if each is not None}, {each for each in lines if each is not None}


def shown(
    graph: DependencyGraph,
    settings: ViewSettings,
    now_ns: int,
    selected: Subject | None = None,
    before: Shown | None = None,
    zone: tzinfo = UTC,
) -> Shown:
    """What is drawn of a graph.

    `now_ns` is the moment that is looked at, for channels that are quiet and for times in expressions, `zone`
    where times without one are meant. `before` is the last answer, which saves work where little changed, and
    tells what an expression fitted a short time ago: it is taken in for `HELD_NS` after that.
    """
    return done(showing(graph, settings, now_ns, selected, before, zone))


def showing(
    graph: DependencyGraph,
    settings: ViewSettings,
    now_ns: int,
    selected: Subject | None = None,
    before: Shown | None = None,
    zone: tzinfo = UTC,
) -> Steps[Shown]:
    """The same bit by bit."""
    earlier = before
    found = yield from indexing(graph, before._index if before is not None else None)
    yield
    last = before._fitted if before is not None else {}
    before = before if before is not None and before._index is found else None
    start = _start(graph, found, settings.focus, selected)
    sieve = _Sieve(found, start)
    lasting = noise.lasting(found, earlier._lasting if earlier is not None else None)
    yield
    noisy = {**lasting.flags, **noise.passing(graph, found, now_ns)}
    for toggle in TOGGLES:
        if getattr(settings.noise, toggle):
            sieve.drop(toggle, noisy[toggle] & ~sieve.wanted)
    known = Things(graph, found, noisy, Clock(now_ns, zone))
    mistakes: dict[str, QueryError] = {}
    fitted: dict[str, _Fitted] = {}
    for cause, act in (("hide", sieve.drop), ("find", sieve.keep)):
        text = getattr(settings, cause)
        if text.strip():
            try:
                fits = known.fitting(text)
            except QueryError as mistake:
                mistakes[cause] = mistake
                continue
            fitted[cause] = _Fitted.of(graph, (text, zone), now_ns, found, fits, last.get(cause))
            act(cause, *fitted[cause].lately)
            yield
    if settings.type:
        sieve.keep("type", noise.carrying(graph, found, settings.type))
    if settings.only_loops:
        sieve.keep("only_loops", np.zeros_like(sieve.nodes), noise.looping(graph, found))
    if settings.focus is not None and start:
        sieve.keep_nodes("focus", around(found, sieve.edges, start, settings.focus))
    hidden = dict(sieve.hidden)
    for toggle in TOGGLES:
        if toggle not in hidden:
            hidden[toggle] = Tally(False, int(np.count_nonzero(noisy[toggle] & sieve.nodes)))
    if not settings.only_loops:
        looping = found.touched(noise.looping(graph, found) & sieve.edges)
        hidden["only_loops"] = Tally(False, int(np.count_nonzero(sieve.nodes & ~looping)))
    yield
    groups = grouped(graph, found, settings.grouping.by, before._groups if before is not None else None)
    if (
        before is not None
        and before._groups is groups
        and before.settings.grouping == settings.grouping
        and np.array_equal(before._nodes, sieve.nodes)
        and np.array_equal(before._edges, sieve.edges)
    ):
        drawn = before.place_rows, before.line_rows, before.members, before.bundles, before.inside
    else:
        drawn = _drawn(found, sieve.nodes, sieve.edges, groups, settings.grouping, earlier)
    left = sieve.nodes, sieve.edges
    return Shown(graph, settings, *drawn, hidden, mistakes, found, lasting, *left, groups, fitted)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """When an expression fitted each node and edge last."""

    graph: DependencyGraph
    asked: tuple[str, tzinfo]
    """The expression, and the zone that its times are meant in."""
    now_ns: int
    rows: tuple[Rows[NodeId], Rows[EdgeId]]
    times: tuple[Numbers, Numbers]

    @classmethod
    def of(
        cls,
        graph: DependencyGraph,
        asked: tuple[str, tzinfo],
        now_ns: int,
        found: Index,
        fitting: tuple[Flags, Flags],
        before: _Fitted | None,
    ) -> _Fitted:
        """With what it fits now, and what it fitted before if that was the same one a short time ago."""
        rows = found.node_rows, found.edge_rows
        times = np.full(len(rows[0]), NEVER), np.full(len(rows[1]), NEVER)
        # What people decide changes a graph at the same moment, and is to be seen at once.
        if (
            before is not None
            and before.asked == asked
            and (graph is before.graph or 0 < now_ns - before.now_ns < HELD_NS)
        ):
            kept = rows[0].kept(before.rows[0]), rows[1].kept(before.rows[1])
            first, second = (np.append(known, NEVER) for known in before.times)
            times = first[kept[0]], second[kept[1]]
        for known, which in zip(times, fitting, strict=True):
            known[which] = now_ns
        return cls(graph, asked, now_ns, rows, times)

    @property
    def lately(self) -> tuple[Flags, Flags]:
        """The nodes and edges that it fits now, or did a short time ago."""
        since = self.now_ns - HELD_NS
        return self.times[0] > since, self.times[1] > since


_Drawn = tuple[
    Rows[Place],
    Rows[Line],
    Mapping[GroupId, tuple[NodeId, ...]],
    Mapping[BundleId, tuple[EdgeId, ...]],
    int,
]


class _Sieve:
    """What is left, and what each cause took."""

    def __init__(self, found: Index, wanted: list[int]) -> None:
        self._index = found
        self.wanted = np.zeros(len(found.nodes), dtype=np.bool_)
        self.wanted[wanted] = True
        """What people look at: no toggle takes it from them."""
        self.nodes = np.ones(len(found.nodes), dtype=np.bool_)
        self.edges = np.ones(len(found.edges), dtype=np.bool_)
        self.hidden: dict[str, Tally] = {}

    def drop(self, cause: str, nodes: Flags, edges: Flags | None = None) -> None:
        """Take nodes and edges out, and applications that would be left without any edge."""
        found, left = self._index, self.nodes & ~nodes
        lines = self.edges & left[found.source] & left[found.target]
        if edges is not None:
            lines &= ~edges
        lonely = ~found.touched(lines)
        # Only what loses its last edge now: who was alone before is shown on purpose.
        lonely &= found.touched(self.edges) & ~self.wanted
        lonely[found.applications :] = False
        self._leave(cause, left & ~lonely, lines)

    def keep(self, cause: str, nodes: Flags, edges: Flags | None = None) -> None:
        """Leave only nodes and edges, and what is next to them, with all edges between nodes that stay."""
        found = self._index
        nodes = nodes & self.nodes
        near = nodes | found.touched((nodes[found.source] | nodes[found.target]) & self.edges)
        lines = near[found.source] & near[found.target]
        if edges is not None:
            lines |= edges
        lines &= self.edges
        self._leave(cause, near | found.touched(lines), lines)

    def keep_nodes(self, cause: str, nodes: Flags) -> None:
        """Leave only nodes, and the edges between them."""
        left = self.nodes & nodes
        self._leave(cause, left, self.edges & left[self._index.source] & left[self._index.target])

    def _leave(self, cause: str, nodes: Flags, edges: Flags) -> None:
        between = self.edges & ~edges & nodes[self._index.source] & nodes[self._index.target]
        gone = int(np.count_nonzero(self.nodes)) - int(np.count_nonzero(nodes))
        self.hidden[cause] = Tally(True, gone, int(np.count_nonzero(between)))
        self.nodes, self.edges = nodes, edges


def _start(graph: DependencyGraph, found: Index, focus: Focus | None, selected: Subject | None) -> list[int]:
    """The numbers of the nodes that a focus is on."""
    if focus is None:
        return []
    subjects = focus.subjects or (() if selected is None else (selected,))
    nodes = {node for subject in subjects for node in members(graph, subject, found)}
    return sorted(found.number[node] for node in nodes if node in found.number)


def _drawn(
    found: Index, nodes: Flags, edges: Flags, groups: Groups, grouping: Grouping, before: Shown | None
) -> _Drawn:
    """Places, lines, the members of groups, the edges of bundles, and how many edges lie inside groups."""
    were = (before.place_rows, before.line_rows) if before is not None else (None, None)
    if not groups.ids:
        return _left(found.node_rows, nodes, were[0]), _left(found.edge_rows, edges, were[1]), {}, {}, 0
    count = len(found.nodes)
    closed = np.array([grouping.is_collapsed(group.name) for group in groups.ids], dtype=np.bool_)
    group = np.where(nodes, groups.of, -1)
    if len(closed):
        group = np.where(closed[group], group, -1)
    alone = group < 0
    inside: dict[GroupId, list[NodeId]] = {}
    for at, number in zip(np.flatnonzero(~alone).tolist(), group[~alone].tolist(), strict=True):
        inside.setdefault(groups.ids[number], []).append(found.nodes[at])
    places: tuple[Place, ...] = (*found.nodes, *groups.ids)
    place = np.where(alone, np.arange(count), count + group)
    begin, end = place[found.source], place[found.target]
    bundled = edges & ((begin >= count) | (end >= count))
    inner = bundled & (begin == end)
    which = np.flatnonzero(bundled & ~inner)
    pairs: dict[tuple[int, int], list[EdgeId]] = {}
    for at, *pair in zip(which.tolist(), begin[which].tolist(), end[which].tolist(), strict=True):
        pairs.setdefault((pair[0], pair[1]), []).append(found.edges[at])
    bundles = {BundleId(places[a], places[b]): tuple(each) for (a, b), each in pairs.items()}
    lines: tuple[Line, ...] = (*_chosen(found.edges, edges & ~bundled), *bundles)
    return (
        Rows((*_chosen(found.nodes, nodes & alone), *inside), were[0]),
        Rows(lines, were[1]),
        {group: tuple(each) for group, each in inside.items()},
        bundles,
        int(np.count_nonzero(inner)),
    )


def _left(rows: Rows[Any], flags: Flags, before: Rows[Any] | None) -> Rows[Any]:
    return rows if flags.all() else Rows(_chosen(rows.keys, flags), before)


def _chosen(items: tuple[T, ...], flags: Flags) -> tuple[T, ...]:
    return items if flags.all() else tuple(items[at] for at in np.flatnonzero(flags).tolist())
