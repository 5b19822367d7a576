"""The scene of a graph small enough to be drawn with care: every line goes round what is in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import msgspec
import numpy as np
from PySide6.QtCore import QRectF

from graph.identity import EdgeId, Line, NodeId, Place
from graph.layout.layout import LayoutNode, Point
from graph.model import FeedbackLoop, LoopStatus
from graph.view.rows import Rows
from gui.canvas.paint import loops
from gui.canvas.routes.ports import ends
from gui.canvas.routes.routing import Floats
from gui.canvas.routes.ways import Way, lay
from gui.canvas.scene import badges as signs
from gui.canvas.scene import edge_words, labels, tables
from gui.canvas.scene.badges import Badge
from gui.canvas.scene.content import AGES, CERTAINTIES, Content, NodeItem
from gui.canvas.scene.edge_words import EdgeWords
from gui.canvas.scene.scene import EdgeItem, Scene, Stub, joined_bounds, look, rank
from gui.canvas.scene.sizes import Sizes, drawn
from gui.canvas.scene.tables import LineTable, NodeTable

Places = Mapping[Place, Point]


def geometry(content: Content, places: Places, sizes: Sizes) -> object:
    """What the ways of edges depend on: equal answers, equal ways."""
    boxes = tuple(sizes.boxes(content.graph, places).values())
    return boxes, tuple(places.values()), content.shown.lines, content.worst[0]


def build(content: Content, places: Places, sizes: Sizes, before: Scene | None = None) -> Scene:
    """Draw the nodes that have a position, and the lines between them.

    `before` is an earlier scene with the same geometry: what has its place there keeps it.
    """
    shown = content.shown
    lines = [line for line in shown.lines if line.source in places and line.target in places]
    content.attend(places, lines)
    boxes = sizes.boxes(content.graph, places)
    rects = {node: rect(box, places[node]) for node, box in boxes.items()}
    nodes = {node: content.node(node, each, sizes) for node, each in rects.items()}
    found = {key: loop for key, (loop, _, _) in content.loops.items()}
    rings = drawn_loops(content)
    if before is not None and before.loops.keys() == found.keys():
        edges = _edges(content, {line: before.edges[line].way for line in lines})
        node_table, line_table = _tables(nodes, edges)
        return replace(
            before,
            nodes=nodes,
            edges=edges,
            badges=signs.reworded(before.badges, found, sizes),
            loops=found,
            content=content,
            words=_words(edges, nodes, before.names, before.badges, sizes),
            node_table=node_table,
            line_table=line_table,
        )
    stubs = stubs_of(content, rects, boxes)
    plain = cast("dict[NodeId, QRectF]", rects)
    above = cast("set[Place]", signs.forward_channels(rings.values(), plain))
    first = {
        node: labels.rect_for(rects[node], box.label, above=node in above)
        for node, box in boxes.items()
        if box.label
    }
    heads = {line: loops.stroke(content.worst[0].get(line)).head for line in lines}
    ways = lay(lines, rects, [*first.values(), *(stub.rect for stub in stubs)], heads)
    edges = _edges(content, {line: ways[line] for line in lines})
    points = {key: edge.way.points for key, edge in edges.items()}
    badges = signs.place_badges(
        rings.values(), plain, cast("dict[EdgeId, Floats]", points), list(first.values()), sizes
    )
    names, hidden = labels.place(
        {node: (nodes[node].title, boxes[node].label) for node in first},
        rects,
        above,
        points,
        [badge.rect for badge in badges if badge.status is not LoopStatus.POSSIBLE],
    )
    ways_round = [way.path.boundingRect() for way in ways.values()]
    bounds = joined_bounds(
        [
            *rects.values(),
            *(s.rect for s in stubs),
            *(n.rect for n in names.values()),
            *ways_round,
            *(badge.rect for badge in badges),
        ]
    )
    words = _words(edges, nodes, names, badges, sizes)
    tables_of = _tables(nodes, edges)
    nowhere = np.array([node in hidden for node in nodes], np.bool_)
    return Scene(nodes, edges, stubs, badges, names, nowhere, found, bounds, *tables_of, content, words)


def rect(box: LayoutNode, at: Point) -> QRectF:
    """The rectangle of a node with its middle at a point."""
    wide, high = drawn(box)
    return QRectF(at[0] - wide / 2, at[1] - high / 2, wide, high)


def drawn_loops(content: Content) -> dict[object, FeedbackLoop]:
    """The loops with the places and lines that each is drawn as; of those within one group the worst."""
    made: dict[object, FeedbackLoop] = {}
    inside: set[Place] = set()
    for key in sorted(content.loops, key=lambda key: -rank(content.loops[key][0].status)):
        loop, places, lines = content.loops[key]
        if lines or places[0] not in inside:
            made[key] = msgspec.structs.replace(loop, hops=places, edges=lines)
            inside.update(() if lines else places)
    return made


def stubs_of(
    content: Content, rects: Mapping[Place, QRectF], boxes: Mapping[Place, LayoutNode]
) -> tuple[Stub, ...]:
    """The notes at channels whose receivers cannot be seen."""
    made = []
    for channel, words in content.unreceived.items():
        if channel in rects:
            x, y = rects[channel].right(), rects[channel].center().y()
            made.append(Stub(channel, (x, y), words, QRectF(x, y - 8, boxes[channel].tail, 16)))
    return tuple(made)


def _edges(content: Content, ways: Mapping[Line, Way]) -> dict[Line, EdgeItem]:
    made = {}
    for line, way in ways.items():
        known = content.line(line)
        made[line] = EdgeItem(
            line,
            way,
            known.certainty,
            known.width,
            known.rate,
            known.loop,
            known.state,
            content.remark(line),
        )
    return made


def _words(
    edges: Mapping[Line, EdgeItem],
    nodes: Mapping[Place, NodeItem],
    names: Mapping[Place, labels.Name],
    badges: tuple[Badge, ...],
    sizes: Sizes,
) -> tuple[EdgeWords, ...]:
    """The words on lines, where they find room."""
    said = {line: item.remark for line, item in edges.items() if item.remark.words}
    if not said:
        return ()
    solid = [node.rect for node in nodes.values()] + [name.rect for name in names.values()]
    solid += [badge.rect for badge in badges]
    points = {line: item.way.points for line, item in edges.items()}
    return edge_words.place(said, points, solid, sizes)[0]


def _tables(nodes: Mapping[Place, NodeItem], edges: Mapping[Line, EdgeItem]) -> tuple[NodeTable, LineTable]:
    corners = [each.rect.getCoords() for each in nodes.values()]
    looks = [look(node, item.loop) for node, item in nodes.items()]
    node_table = NodeTable(
        Rows(tuple(nodes)), np.array(corners, dtype=np.float64).reshape(-1, 4), np.array(looks, dtype=np.int8)
    )
    number, items = node_table.ids.number, list(edges.values())
    spans = [
        item.way.points[np.linspace(0, len(item.way.points) - 1, tables.POINTS).astype(int)] for item in items
    ]
    line_table = LineTable(
        Rows(tuple(edges)),
        np.array([number[ends(line)[0]] for line in edges], dtype=np.int64),
        np.array([number[ends(line)[1]] for line in edges], dtype=np.int64),
        np.array(spans, dtype=np.float32).reshape(-1, tables.POINTS, 2),
        np.array([CERTAINTIES.index(item.certainty) for item in items], dtype=np.int8),
        np.array([rank(item.loop) for item in items], dtype=np.int8),
        np.array([AGES.index(item.state) for item in items], dtype=np.int8),
        np.array([item.route for item in items], dtype=np.bool_),
        np.array([item.width for item in items], dtype=np.float32),
        np.array([item.rate for item in items], dtype=np.float32),
    )
    return node_table, line_table
