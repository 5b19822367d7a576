"""The scene of a graph with very many nodes and lines: columns of numbers, made bit by bit.

Lines are curves between ports as everywhere, but do not go round what is in their way. Items with words are
made of what is looked at alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import is_
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
    NodeId,
    OperationId,
    Place,
    RouteId,
)
from graph.layout.layout import LayoutNode, Point
from graph.model import DependencyGraph, LoopStatus
from gui.canvas import badges as signs
from gui.canvas import curves, labels, loops, routing
from gui.canvas.content import AGES, CERTAINTIES, Content
from gui.canvas.crowd_names import unnamed
from gui.canvas.detail import drawn_loops, stubs_of
from gui.canvas.routing import Floats
from gui.canvas.scene import MARGIN, EdgeItem, NodeItem, Scene, look, rank, status
from gui.canvas.sizes import Sizes
from gui.canvas.tables import CHANNEL, POINTS, Lazily, LineTable, NodeTable, Numbers, Rows
from gui.canvas.ways import Way

BENT = 10_000
"""Curves that are made without a pause."""
CHUNK = 4_000
"""Items that are looked at without a pause."""
SMOOTH = 5
"""Straight pieces of each third of a line."""
NEAR = 90.0
"""Px round a line within which a badge keeps off nodes."""
Build = Generator[None, None, Scene]


@dataclass(frozen=True, eq=False)
class CrowdScene(Scene):
    """A scene that remembers what the next one can take over from it."""

    curves: NDArray[np.float32] | None = None
    heads: NDArray[np.float32] | None = None
    sides: tuple[Numbers, Numbers] | None = None
    ends: Floats | None = None
    """All that the curve of each line depends on: its ports, their sides, and whether it bows."""
    labels: NDArray[np.float32] | None = None
    """The width of the name outside each node; 0 for none."""

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
) -> Build:
    """Make a scene; between two steps of the generator there is time for others."""
    old = before if isinstance(before, CrowdScene) else None
    ids, rects, looks, named = yield from _nodes(content, places, sizes, old)
    nodes = NodeTable(ids, rects, looks)
    yield
    lines, source, target, kept = yield from _lines(content, ids, old)
    figures = yield from _figures(content, lines, old, kept)
    of_line = content.worst[0]
    ranks = np.full(len(lines), -1, np.int8)
    for line, loop in of_line.items():
        row = lines.number.get(line)
        if row is not None:
            ranks[row] = rank(loop)
    sure, age, route, width, rate = figures
    nowhere = np.zeros((0, POINTS, 2), np.float32)
    table = LineTable(lines, source, target, nowhere, sure, ranks, age, route, width, rate)
    scene = CrowdScene(content=content, node_table=nodes, labels=named)
    if old is not None and _stands(old, table, nodes, named):
        assert old.curves is not None
        table = replace(table, points=old.line_table.points)
        scene = replace(
            scene, curves=old.curves, heads=old.heads, sides=old.sides, ends=old.ends, bounds=old.bounds
        )
        hidden = old.hidden_names
    else:
        scene, table = yield from _geometry(scene, table, old, kept)
        yield
        earlier = (old.node_table, old.labels, old.hidden_names) if old is not None else ()
        hidden = unnamed(nodes, named, *earlier)
    yield
    scene = replace(scene, line_table=table, hidden_names=hidden)
    yield from _badges(scene, sizes)
    return _with_items(scene, sizes, places)


def _nodes(
    content: Content, places: Mapping[Place, Point], sizes: Sizes, old: CrowdScene | None
) -> Generator[None, None, tuple[Rows[Place], Floats, NDArray[np.int8], NDArray[np.float32]]]:
    keys = tuple(place for place in content.shown.places if place in places)
    before = old.node_table.ids if old is not None else None
    boxes: list[LayoutNode] = []
    middles: list[Point] = []
    for at in range(0, len(keys), CHUNK):
        part = keys[at : at + CHUNK]
        boxes += sizes.boxes(content.graph, part).values()
        middles += map(places.__getitem__, part)
        yield
    ids = before if before is not None and before.keys == keys else Rows(keys, before)
    half = np.array([(box.width, box.height) for box in boxes]).reshape(-1, 2) / 2
    middle = np.array(middles).reshape(-1, 2)
    named = np.array([box.label for box in boxes], dtype=np.float32)
    yield
    looks = np.array([look(key, None) for key in keys], dtype=np.int8)
    for place, loop in content.worst[1].items():
        row = ids.number.get(place)
        if row is not None:
            looks[row] = look(place, loop)
    return ids, np.concatenate([middle - half, middle + half], axis=1), looks, named


def _lines(
    content: Content, ids: Rows[Place], old: CrowdScene | None
) -> Generator[None, None, tuple[Rows[Line], Numbers, Numbers, Numbers]]:
    """Lines, the rows of their ends, and the row of each in the scene before, -1 for none."""
    shown = content.shown
    if old is not None and old.node_table.ids is ids and old.content.shown.lines is shown.lines:
        table = old.line_table
        return table.ids, table.source, table.target, np.arange(len(table.ids))
    number = ids.number
    rows = Rows(shown.lines, old.line_table.ids if old is not None else None)
    yield
    kept = np.full(len(rows), -1) if old is None else rows.kept(old.line_table.ids)
    fresh = np.flatnonzero(kept < 0)
    source, target = np.full(len(kept), -1), np.full(len(kept), -1)
    for at in range(0, len(fresh), CHUNK):
        part = fresh[at : at + CHUNK]
        some = [shown.lines[row] for row in part.tolist()]
        source[part] = [number.get(line.source, -1) for line in some]
        target[part] = [number.get(line.target, -1) for line in some]
        yield
    if old is not None:
        was = np.flatnonzero(kept >= 0)
        moved = np.full(len(old.node_table.ids), -1)
        known = ids.kept(old.node_table.ids)
        moved[known[known >= 0]] = np.flatnonzero(known >= 0)
        source[was], target[was] = (
            moved[old.line_table.source[kept[was]]],
            moved[old.line_table.target[kept[was]]],
        )
    placed = (source >= 0) & (target >= 0)
    yield
    if not placed.all():
        keys = tuple(line for line, there in zip(shown.lines, placed.tolist(), strict=True) if there)
        rows = Rows(keys, old.line_table.ids if old is not None else None)
    len(rows.number)
    return rows, source[placed], target[placed], kept[placed]


Columns = tuple[
    NDArray[np.int8], NDArray[np.int8], NDArray[np.bool_], NDArray[np.float32], NDArray[np.float32]
]


def _figures(
    content: Content, lines: Rows[Line], old: CrowdScene | None, kept: Numbers
) -> Generator[None, None, Columns]:
    """Certainty, age, whether it is a route, width and rate: of lines that say something new alone."""
    certainty, age = np.zeros(len(lines), np.int8), np.zeros(len(lines), np.int8)
    route = np.zeros(len(lines), np.bool_)
    width, rate = np.zeros(len(lines), np.float32), np.zeros(len(lines), np.float32)
    todo: Sequence[int] = range(len(lines))
    if old is not None:
        table, same = old.line_table, np.flatnonzero(kept >= 0)
        rows = kept[same]
        for mine, theirs in (
            (certainty, table.certainty),
            (age, table.age),
            (route, table.route),
            (width, table.width),
            (rate, table.rate),
        ):
            mine[same] = theirs[rows]
        todo = yield from _news(content, old.content, lines, kept)
    for number, at in enumerate(todo):
        line = lines[at]
        known = content.line(line)
        certainty[at], age[at] = CERTAINTIES.index(known.certainty), AGES.index(known.state)
        route[at], width[at], rate[at] = isinstance(line, RouteId), known.width, known.rate
        if number % (CHUNK // 4) == 0:
            yield
    return certainty, age, route, width, rate


def _news(
    content: Content, before: Content, lines: Rows[Line], kept: Numbers
) -> Generator[None, None, list[int]]:
    """The rows of lines of which the graph says something new."""
    was, now = before.graph, content.graph
    found: list[int] = []
    if was.operations is not now.operations:
        for at in range(0, len(lines), CHUNK):
            part = lines.keys[at : at + CHUNK]
            same = map(is_, map(was.operations.get, part), map(now.operations.get, part))  # type: ignore[arg-type]
            found += [at + row for row, alike in enumerate(same) if not alike]
            yield
    routed = [row for row, line in enumerate(lines.keys) if not isinstance(line, OperationId)]
    found += [row for row in routed if _differs(lines[row], before, content)]
    return sorted({*found, *np.flatnonzero(kept < 0).tolist()})


def _differs(line: Line, before: Content, now: Content) -> bool:
    if isinstance(line, BundleId):
        return True
    return before.graph.routes.get(cast("RouteId", line)) is not now.graph.routes.get(cast("RouteId", line))


def _stands(old: CrowdScene, table: LineTable, nodes: NodeTable, named: NDArray[np.float32]) -> bool:
    """Whether everything has the place that it had."""
    return (
        old.labels is not None
        and old.line_table.ids is table.ids
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
) -> Generator[None, None, tuple[CrowdScene, LineTable]]:
    """Ports of all lines, and curves of those whose ports are others than before."""
    nodes = scene.node_table
    channel = nodes.looks & 3 == CHANNEL
    source, target, count = table.source, table.target, len(table.source)
    first, last = curves.sides(nodes.rects, channel, source, target)
    yield
    node, side = np.concatenate([source, target]), np.concatenate([first, last])
    ports = curves.spread(nodes.rects, channel, node, side, np.concatenate([target, source]))
    yield
    heads = _heads(table.rank)
    stop = ports[count:] + curves.OUTWARD[last] * heads[:, None]
    pair, back = source * len(nodes.rects) + target, target * len(nodes.rects) + source
    upright = np.flatnonzero((first >= curves.TOP) & (last >= curves.TOP) & (first != last))
    mutual = np.zeros(count, np.bool_)
    mutual[upright] = np.isin(pair[upright], back)
    ends = np.concatenate([ports[:count], stop, first[:, None], last[:, None], mutual[:, None]], axis=1)
    yield
    bent, points = np.empty((count, 10, 2), np.float32), np.empty((count, POINTS, 2), np.float32)
    fresh = np.ones(count, np.bool_)
    if old is not None and old.ends is not None and old.curves is not None:
        same = np.flatnonzero(kept >= 0)
        same = same[(np.abs(old.ends[kept[same]] - ends[same]) < 1e-3).all(axis=1)]
        fresh[same] = False
        bent[same], points[same] = old.curves[kept[same]], old.line_table.points[kept[same]]
        yield
    todo = np.flatnonzero(fresh)
    for at in range(0, len(todo), BENT):
        some = todo[at : at + BENT]
        bent[some] = curves.bend(ports[:count][some], first[some], stop[some], last[some], mutual[some])
        points[some] = curves.sampled(bent[some], 3)
        yield
    table = replace(table, points=points)
    low, high = nodes.rects[:, :2].min(axis=0, initial=0.0), nodes.rects[:, 2:].max(axis=0, initial=0.0)
    if count:
        extents = table.extents
        low, high = np.minimum(low, extents[:, :2].min(axis=0)), np.maximum(high, extents[:, 2:].max(axis=0))
    bounds = QRectF(*low.tolist(), *(high - low).tolist())
    bounds = bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN + labels.HEIGHT)
    return replace(scene, curves=bent, heads=heads, sides=(first, last), ends=ends, bounds=bounds), table


def _badges(scene: CrowdScene, sizes: Sizes) -> Generator[None, None, None]:
    """Badges keep off what is near their lines."""
    made: list[signs.Badge] = []
    table, nodes = scene.line_table, scene.node_table
    for loop in drawn_loops(scene.content).values():
        rows = table.ids.chosen(cast("Iterable[Line]", loop.edges))
        if len(rows) < len(loop.edges) or loop.status is LoopStatus.POSSIBLE:
            continue
        points = table.points[rows].astype(np.float64)
        near: dict[Place, QRectF] = {
            key: rect_at(nodes, nodes.ids.number[key]) for key in cast("tuple[Place, ...]", loop.hops)
        }
        for line in points:
            x, y = line[POINTS // 2]
            for row in nodes.touching(QRectF(x - NEAR, y - NEAR, 2 * NEAR, 2 * NEAR)).tolist():
                near[nodes.ids[row]] = rect_at(nodes, row)
        own = {cast("EdgeId", table.ids[row]): way for row, way in zip(rows.tolist(), points, strict=True)}
        made += signs.place_badges([loop], cast("dict[NodeId, QRectF]", near), own, [], sizes)
        yield
    object.__setattr__(scene, "badges", tuple(made))


def rect_at(nodes: NodeTable, row: int) -> QRectF:
    """The rectangle of a row."""
    left, top, right, bottom = nodes.rects[row].tolist()
    return QRectF(left, top, right - left, bottom - top)


def _with_items(scene: CrowdScene, sizes: Sizes, places: Mapping[Place, Point]) -> CrowdScene:
    """The scene with items for whatever is asked for."""
    content, nodes, table = scene.content, scene.node_table, scene.line_table
    named, sides, bent, heads = scene.labels, scene.sides, scene.curves, scene.heads
    assert named is not None
    assert bent is not None

    def node(place: Place, row: int) -> NodeItem:
        scene.attend([row])
        return content.node(place, rect_at(nodes, row), sizes)

    def edge(line: Line, row: int) -> EdgeItem:
        scene.attend([int(table.source[row]), int(table.target[row])])
        curve = bent[row].astype(np.float64)
        assert sides is not None
        assert heads is not None
        out = curves.OUTWARD[sides[1][row]]
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

    shown = np.flatnonzero(named > 0)
    rows = Rows([nodes.ids[row] for row in shown.tolist() if nodes.ids[row] not in scene.hidden_names])
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
        names=Lazily(rows, lambda place, _: name(place, nodes.ids.number[place])),
        stubs=stubs_of(content, rects, boxes),
        loops={key: loop for key, (loop, _, _) in content.loops.items()},
    )
