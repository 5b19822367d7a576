"""The scene of a graph with very many nodes and lines: columns of numbers, made bit by bit.

Lines are curves between ports as everywhere, but do not go round what is in their way. Items with words are
made of what is looked at alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, takewhile
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from graph.identity import (
    ApplicationId,
    BundleId,
    ChannelId,
    EdgeId,
    Line,
    LoopId,
    NodeId,
    Place,
    RouteId,
)
from graph.layout.layout import LayoutNode, Point
from graph.model import DependencyGraph, LoopStatus
from graph.view.rows import Rows, differing
from graph.view.steps import Steps
from gui.canvas.paint import loops
from gui.canvas.routes import curves, routing
from gui.canvas.routes.courses import Before, courses
from gui.canvas.routes.routing import Floats
from gui.canvas.routes.ways import Way
from gui.canvas.scene import badges as signs
from gui.canvas.scene import changes, labels
from gui.canvas.scene.badges import Badge
from gui.canvas.scene.content import AGES, CERTAINTIES, Content
from gui.canvas.scene.crowd_names import unnamed
from gui.canvas.scene.detail import drawn_loops, stubs_of
from gui.canvas.scene.scene import MARGIN, EdgeItem, NodeItem, Scene, look, rank, status
from gui.canvas.scene.sizes import Sizes, drawn
from gui.canvas.scene.tables import POINTS, Lazily, LineTable, NodeTable, Numbers, Picked

CHUNK, MEASURED = 2_000, 400
"""Items that are looked at without a pause, and nodes whose names are measured."""
SMOOTH = 5
"""Straight pieces of each third of a line."""
NEAR = 90.0
"""Px round a line within which a badge keeps off nodes."""


@dataclass(frozen=True, eq=False)
class CrowdScene(Scene):
    """A scene that remembers what the next one can take over from it."""

    curves: NDArray[np.float32] | None = None
    heads: NDArray[np.float32] | None = None
    ends: Floats | None = None
    """All that the curve of each line depends on, as in `Courses`."""
    labels: NDArray[np.float32] | None = None
    """The width of the name outside each node; 0 for none."""
    sizes: Sizes | None = None
    facts: tuple[Sequence[object], Sequence[object], Sequence[object]] = ((), (), ())
    """What the size of each node depends on, its place, and what is known of each line."""
    grounds: Mapping[LoopId, object] = field(default_factory=dict)
    """What the place of each badge depends on."""

    def line_points(self, rows: Numbers) -> NDArray[np.floating[Any]]:
        assert self.curves is not None
        return curves.sampled(self.curves[rows], SMOOTH)

    def attend(self, rows: Iterable[int]) -> None:
        ids, table = self.node_table.ids, self.line_table
        new = [row for row in rows if not self.content.knows(ids[row])]
        if new:
            self.content.attend([ids[row] for row in new], [table.ids[at] for at in table.at(new).tolist()])

    def reworded(self, before: Scene, rows: Numbers) -> Numbers:
        """Only nodes that were looked at can show something that is no longer so."""
        shown = before.nodes.made if isinstance(before.nodes, Lazily) else before.nodes
        ids, was, now = self.node_table.ids, before.content.graph, self.content.graph
        if before.content.marks != self.content.marks:
            return rows
        known = np.array([row for row in ids.chosen(shown) if _news_of(ids[row], was, now)], dtype=np.int64)
        return known[np.isin(known, rows)]


def _news_of(place: Place, was: DependencyGraph, now: DependencyGraph) -> bool:
    """Whether anything but its edges may say something new of a place."""
    if isinstance(place, ApplicationId):
        return was.applications.get(place) is not now.applications.get(place)
    if isinstance(place, ChannelId):
        return was.channels.get(place) is not now.channels.get(place)
    return True


def build(
    content: Content, places: Mapping[Place, Point], sizes: Sizes, before: Scene | None = None
) -> Steps[Scene]:
    """Make a scene; between two steps of the generator there is time for others."""
    old = before if isinstance(before, CrowdScene) and before.sizes is sizes else None
    nodes, named, abouts, spots = yield from _nodes(content, places, sizes, old)
    yield
    lines, source, target, kept = yield from _lines(content, nodes.ids, old)
    known = content.shown.known
    if lines is not content.shown.line_rows:
        known = [known[row] for row in lines.kept(content.shown.line_rows).tolist()]
    yield
    figures = yield from _figures(content, lines, known, old, kept)
    ranks = np.full(len(lines), -1, np.int8)
    for line, loop in content.worst[0].items():
        if (row := lines.find(line)) is not None:
            ranks[row] = rank(loop)
    sure, age, route, width, rate = figures
    nowhere = np.zeros((0, POINTS, 2), np.float32)
    table = LineTable(lines, source, target, nowhere, sure, ranks, age, route, width, rate)
    facts = abouts, spots, known
    scene = CrowdScene(content=content, node_table=nodes, labels=named, sizes=sizes, facts=facts)
    yield
    if old is not None and _stands(old, table, nodes, named):
        table = replace(table, points=old.line_table.points)
        table.take_over(old.line_table, np.arange(len(lines)), kept[:0])
        scene = replace(scene, curves=old.curves, heads=old.heads, ends=old.ends, bounds=old.bounds)
        hidden, bent = old.hidden, kept[:0]
    else:
        scene, table, bent = yield from _geometry(scene, table, old, kept)
        yield
        earlier = (old.node_table, old.labels, old.hidden) if old is not None else ()
        hidden = unnamed(nodes, named, *earlier)
    yield
    scene = replace(scene, line_table=table, hidden=hidden)
    placed, grounds = yield from _badges(scene, sizes, old)
    yield
    made = _with_items(replace(scene, badges=placed, grounds=grounds), sizes)
    if before is not None:
        yield
        changes.ground(before, made, bent if before is old else None)
        yield
        yield from made.prepare(before)
    return made


_Nodes = tuple[NodeTable, NDArray[np.float32], Sequence[object], Sequence[object]]


def _nodes(
    content: Content, places: Mapping[Place, Point], sizes: Sizes, old: CrowdScene | None
) -> Steps[_Nodes]:
    """All nodes, the widths of their names, what their sizes depend on, and where they stand."""
    ids = content.shown.place_rows
    if not all(map(places.__contains__, ids.keys)):
        ids = Rows(tuple(filter(places.__contains__, ids.keys)), ids)
    keys = ids.keys
    yield
    abouts: Sequence[object] = sizes.abouts(content.graph, keys)
    spots: Sequence[object] = [*map(places.__getitem__, keys)]
    rects, looks = np.empty((len(keys), 4)), np.empty(len(keys), np.int8)
    named, todo = np.empty(len(keys), np.float32), range(len(keys))
    if old is not None and len(old.node_table.ids):
        table, kept = old.node_table, ids.kept(old.node_table.ids)
        rects, looks, named = table.rects[kept], table.looks[kept] & 3, old.labels[kept]  # type: ignore[index]
        changed = [differing(kept, was, now) for was, now in zip(old.facts, (abouts, spots), strict=False)]
        todo = np.union1d(*changed).tolist()
    yield
    for at in range(0, len(todo), MEASURED):
        rows = todo[at : at + MEASURED]
        part = [keys[row] for row in rows]
        boxes = sizes.boxes(content.graph, part)
        half = np.array([drawn(boxes[key]) for key in part]).reshape(-1, 2) / 2
        middle = np.array([places[key] for key in part]).reshape(-1, 2)
        rects[rows] = np.concatenate([middle - half, middle + half], axis=1)
        named[rows] = [boxes[key].label for key in part]
        looks[rows] = [look(key, None) for key in part]
        yield
    for place, loop in content.worst[1].items():
        if (row := ids.find(place)) is not None:
            looks[row] = look(place, loop)
    if old is not None and ids.same(old.node_table.ids):
        ids = old.node_table.ids
    return NodeTable(ids, rects, looks), named, abouts, spots


def _lines(
    content: Content, ids: Rows[Place], old: CrowdScene | None
) -> Steps[tuple[Rows[Line], Numbers, Numbers, Numbers]]:
    """Lines, the rows of their ends, and the row of each in the scene before, -1 for none."""
    shown = content.shown
    if old is not None and old.node_table.ids is ids and old.content.shown.lines is shown.lines:
        table = old.line_table
        return table.ids, table.source, table.target, np.arange(len(table.ids))
    rows = shown.line_rows
    kept = np.full(len(rows), -1) if old is None else rows.kept(old.line_table.ids)
    source, target = np.full(len(kept), -1), np.full(len(kept), -1)
    if old is not None:
        was = np.flatnonzero(kept >= 0)
        moved = old.node_table.ids.kept(ids)
        source[was] = moved[old.line_table.source[kept[was]]]
        target[was] = moved[old.line_table.target[kept[was]]]
    fresh = np.flatnonzero(kept < 0)
    for at in range(0, len(fresh), CHUNK):
        part = fresh[at : at + CHUNK]
        some = [shown.lines[row] for row in part.tolist()]
        source[part] = ids.of([line.source for line in some])
        target[part] = ids.of([line.target for line in some])
        yield
    placed = (source >= 0) & (target >= 0)
    if not placed.all():
        rows = Rows(tuple(compress(shown.lines, placed.tolist())), rows)
    return rows, source[placed], target[placed], kept[placed]


Columns = tuple[
    NDArray[np.int8], NDArray[np.int8], NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32]
]


def _figures(
    content: Content,
    lines: Rows[Line],
    known: Sequence[object],
    old: CrowdScene | None,
    kept: Numbers,
) -> Steps[Columns]:
    """Certainty, age, whether it is a route, width and rate: of lines that say something new alone."""
    certainty, age = np.zeros(len(lines), np.int8), np.zeros(len(lines), np.int8)
    route = np.zeros(len(lines), np.bool_)
    width, rate = np.zeros(len(lines), np.float32), np.zeros(len(lines), np.float32)
    todo: Sequence[int] = range(len(lines))
    if old is not None and len(old.line_table.ids):
        table = old.line_table
        certainty, age, route = table.certainty[kept], table.age[kept], table.route[kept]
        width, rate = table.width[kept], table.rate[kept]
        news = differing(kept, old.facts[2], known)
        # Several drawn as one come last.
        first = len(lines) - sum(
            1 for _ in takewhile(lambda line: isinstance(line, BundleId), lines.keys[::-1])
        )
        marks = {key for key, _ in content.marks.items() ^ old.content.marks.items()}
        marked = lines.chosen(cast("Iterable[Line]", marks))
        todo = np.unique(np.concatenate([news, np.arange(first, len(lines)), marked])).tolist()
    yield
    for number, at in enumerate(todo):
        line = lines[at]
        seen = content.line(line)
        certainty[at], age[at] = CERTAINTIES.index(seen.certainty), AGES.index(seen.state)
        route[at], width[at], rate[at] = isinstance(line, RouteId), seen.width, seen.rate
        if number % (CHUNK // 4) == 0:
            yield
    return certainty, age, route, width, rate


def _stands(old: CrowdScene, table: LineTable, nodes: NodeTable, named: NDArray[np.float32]) -> bool:
    """Whether everything has the place that it had."""
    return (
        old.labels is not None
        and old.line_table.ids.same(table.ids)
        and np.array_equal(old.node_table.rects, nodes.rects)
        and np.array_equal(old.labels, named)
        and np.array_equal(_heads(old.line_table.rank), _heads(table.rank))
    )


def _heads(ranks: NDArray[np.int8]) -> NDArray[np.float32]:
    """The length of the arrow of every line."""
    made = np.empty(len(ranks), np.float32)
    for number in np.unique(ranks).tolist():
        made[ranks == number] = loops.stroke(status(number)).head
    return made


def _geometry(
    scene: CrowdScene, table: LineTable, old: CrowdScene | None, kept: Numbers
) -> Steps[tuple[CrowdScene, LineTable, Numbers]]:
    """The scene and the table with their curves, and the rows of those that were bent anew."""
    nodes, heads, before = scene.node_table, _heads(table.rank), None
    if old is not None:
        assert old.curves is not None
        assert old.heads is not None
        assert old.ends is not None
        before = Before(old.node_table, old.line_table, old.heads, old.curves, old.ends)
    found = yield from courses(nodes, table, heads, before, kept)
    table = replace(table, points=found.points)
    if old is not None:
        table.take_over(old.line_table, kept, found.fresh)
    yield
    low, high = nodes.rects[:, :2].min(axis=0, initial=0.0), nodes.rects[:, 2:].max(axis=0, initial=0.0)
    if len(table.ids):
        extents = table.extents
        low, high = np.minimum(low, extents[:, :2].min(axis=0)), np.maximum(high, extents[:, 2:].max(axis=0))
    bounds = QRectF(*low.tolist(), *(high - low).tolist())
    bounds = bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN + labels.HEIGHT)
    scene = replace(scene, curves=found.curves, heads=heads, ends=found.ends, bounds=bounds)
    return scene, table, found.fresh


def _badges(
    scene: CrowdScene, sizes: Sizes, old: CrowdScene | None
) -> Steps[tuple[tuple[Badge, ...], dict[LoopId, object]]]:
    """Badges, which keep off what is near their lines, and what the place of each depends on."""
    made: list[Badge] = []
    grounds: dict[LoopId, object] = {}
    before = {badge.loop: badge for badge in old.badges} if old is not None else {}
    table, nodes = scene.line_table, scene.node_table
    for loop in drawn_loops(scene.content).values():
        rows = table.ids.chosen(cast("Iterable[Line]", loop.edges))
        if len(rows) < len(loop.edges) or loop.status is LoopStatus.POSSIBLE:
            continue
        points = table.points[rows].astype(np.float64)
        around = [nodes.ids.number[key] for key in cast("tuple[Place, ...]", loop.hops)]
        for x, y in points[:, POINTS // 2].tolist():
            around += nodes.touching(QRectF(x - NEAR, y - NEAR, 2 * NEAR, 2 * NEAR)).tolist()
        near = sorted(set(around))
        ground = grounds[loop.id] = loop.status, points.tobytes(), nodes.rects[near].tobytes()
        known = before.get(loop.id)
        if old is not None and known is not None and old.grounds.get(loop.id) == ground:
            made += signs.reworded([known], {loop.id: loop}, sizes)
            continue
        rects = {nodes.ids[row]: rect_at(nodes, row) for row in near}
        own = {cast("EdgeId", table.ids[row]): way for row, way in zip(rows.tolist(), points, strict=True)}
        made += signs.place_badges([loop], cast("dict[NodeId, QRectF]", rects), own, [], sizes)
        yield
    return tuple(made), grounds


def rect_at(nodes: NodeTable, row: int) -> QRectF:
    """The rectangle of a row."""
    left, top, right, bottom = nodes.rects[row].tolist()
    return QRectF(left, top, right - left, bottom - top)


def _with_items(scene: CrowdScene, sizes: Sizes) -> CrowdScene:
    """The scene with items for whatever is asked for."""
    content, nodes, table = scene.content, scene.node_table, scene.line_table
    named, ends, bent, heads = scene.labels, scene.ends, scene.curves, scene.heads
    assert named is not None
    assert bent is not None

    def node(place: Place, row: int) -> NodeItem:
        scene.attend([row])
        return content.node(place, rect_at(nodes, row), sizes)

    def edge(line: Line, row: int) -> EdgeItem:
        scene.attend([int(table.source[row]), int(table.target[row])])
        curve = bent[row].astype(np.float64)
        assert ends is not None
        assert heads is not None
        out = curves.OUTWARD[int(ends[row, 5])]
        tip = curve[-1] - out * (float(heads[row]) - 1.0)
        way = Way(
            curve, routing.sample(curve), (float(tip[0]), float(tip[1])), (-float(out[0]), -float(out[1]))
        )
        known = content.line(line)
        return EdgeItem(
            line, way, known.certainty, known.width, known.rate, known.loop, known.state, content.remark(line)
        )

    def name(place: Place, row: int) -> labels.Name:
        rect = labels.rect_for(rect_at(nodes, row), float(named[row]), above=False)
        return labels.Name(scene_nodes[place].title, rect)

    scene_nodes: Lazily[Place, NodeItem] = Lazily(nodes.ids, node)
    boxes: Mapping[Place, LayoutNode] = {}
    stubbed = [channel for channel in content.unreceived if channel in nodes.ids.number]
    if stubbed:
        boxes = sizes.boxes(content.graph, stubbed)
    rects: dict[Place, QRectF] = {key: rect_at(nodes, nodes.ids.number[key]) for key in stubbed}
    return replace(
        scene,
        nodes=scene_nodes,
        edges=Lazily(table.ids, edge),
        names=Lazily(nodes.ids, name, Picked(nodes.ids, (named > 0) & ~scene.hidden)),
        stubs=stubs_of(content, rects, boxes),
        loops={key: loop for key, (loop, _, _) in content.loops.items()},
    )
