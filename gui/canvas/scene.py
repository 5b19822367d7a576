"""The graph as things to draw, with their places: it mirrors graph and layout and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from graph.identity import ChannelId, EdgeId, LoopId, NodeId, OperationId
from graph.layout.layout import LayoutNode
from graph.model import (
    DANGER,
    ApplicationKind,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    LoopStatus,
    Operation,
)
from gui.canvas import badges as signs
from gui.canvas import labels, loops, wording
from gui.canvas.ports import ends
from gui.canvas.routing import Floats
from gui.canvas.sizes import CARD_MOST, NAME_MOST, PADDING, Sizes
from gui.canvas.ways import Way, lay
from gui.fonts import Role

MARGIN = 12.0
"""Room round the whole picture."""


@dataclass(frozen=True)
class NodeItem:
    """An application or a channel."""

    id: NodeId
    rect: QRectF
    title: str
    quiet: str = ""
    loud: str = ""
    """The part of the second line that is drawn in amber."""
    rate: str = ""
    unattributed: bool = False
    loop: LoopStatus | None = None
    """The worst loop through it, possible ones aside."""


@dataclass(frozen=True)
class EdgeItem:
    """An operation or a route."""

    id: EdgeId
    way: Way
    certainty: str
    width: float
    rate: float
    loop: LoopStatus | None = None
    state: EdgeState = EdgeState.OBSERVED

    @property
    def route(self) -> bool:
        """Whether the broker makes it."""
        return not isinstance(self.id, OperationId)

    @property
    def path(self) -> QPainterPath:
        """The way, for a painter."""
        return self.way.path


@dataclass(frozen=True)
class Stub:
    """A channel whose receivers cannot be seen."""

    channel: ChannelId
    start: tuple[float, float]
    words: str
    rect: QRectF


@dataclass(frozen=True, eq=False)
class Scene:
    """All that can be seen of a graph at once. Each one built is another, whatever it holds."""

    nodes: dict[NodeId, NodeItem] = field(default_factory=dict)
    edges: dict[EdgeId, EdgeItem] = field(default_factory=dict)
    stubs: tuple[Stub, ...] = ()
    badges: tuple[signs.Badge, ...] = ()
    names: dict[NodeId, labels.Name] = field(default_factory=dict)
    hidden_names: frozenset[NodeId] = frozenset()
    loops: dict[LoopId, FeedbackLoop] = field(default_factory=dict)
    bounds: QRectF = field(default_factory=QRectF)

    @cached_property
    def node_table(self) -> tuple[list[NodeId], Floats]:
        """The ids of all nodes, and their left, top, right and bottom, shape (n, 4)."""
        rects = [node.rect for node in self.nodes.values()]
        table = np.array([(r.left(), r.top(), r.right(), r.bottom()) for r in rects], dtype=np.float64)
        return list(self.nodes), table.reshape(-1, 4)

    @cached_property
    def node_looks(self) -> NDArray[np.int64]:
        """Each node from afar: 0 application, 1 channel; 4 more in an active loop, 6 in a runaway one."""
        loop = {LoopStatus.ACTIVE: 4, LoopStatus.RUNAWAY: 6}
        looks = [
            isinstance(node.id, ChannelId) + (loop.get(node.loop, 0) if node.loop else 0)
            for node in self.nodes.values()
        ]
        return np.array(looks, dtype=np.int64)

    @cached_property
    def edge_table(self) -> tuple[list[EdgeId], Floats]:
        """The ids of all edges, and 9 points along each, shape (n, 9, 2)."""
        points = [
            edge.way.points[np.linspace(0, len(edge.way.points) - 1, 9).astype(int)]
            for edge in self.edges.values()
        ]
        return list(self.edges), np.array(points, dtype=np.float64).reshape(-1, 9, 2)

    @cached_property
    def edge_extents(self) -> tuple[Floats, Floats]:
        """The least and the greatest x and y of every edge, each of shape (n, 2)."""
        table = self.edge_table[1]
        return table.min(axis=1, initial=np.inf), table.max(axis=1, initial=-np.inf)

    @cached_property
    def lines(self) -> object:
        """What the ground is painted from: equal for scenes that differ in words and figures alone."""
        edges = tuple(
            (each.id, id(each.way), each.certainty, each.width, each.loop, each.state)
            for each in self.edges.values()
        )
        return edges, self.stubs, tuple((each.id, each.status) for each in self.loops.values())

    @cached_property
    def edge_numbers(self) -> dict[EdgeId, int]:
        """The row of every edge in the tables."""
        return {edge: number for number, edge in enumerate(self.edges)}


def worst(graph: DependencyGraph) -> tuple[dict[EdgeId, LoopStatus], dict[NodeId, LoopStatus]]:
    """The worst status of the loops through each edge and node; possible loops do not count."""
    of_edge: dict[EdgeId, LoopStatus] = {}
    of_node: dict[NodeId, LoopStatus] = {}
    ranked = sorted(graph.loops.values(), key=lambda loop: DANGER.index(loop.status), reverse=True)
    for loop in ranked:
        if loop.status is not LoopStatus.POSSIBLE:
            of_edge.update(dict.fromkeys(loop.edges, loop.status))
            of_node.update(dict.fromkeys(loop.hops, loop.status))
    return of_edge, of_node


def _rect(box: tuple[float, float], at: tuple[float, float]) -> QRectF:
    return QRectF(at[0] - box[0] / 2, at[1] - box[1] / 2, *box)


def _node(
    graph: DependencyGraph, node: NodeId, rect: QRectF, sizes: Sizes, loop: LoopStatus | None
) -> NodeItem:
    if isinstance(node, ChannelId):
        channel = graph.channels.get(node)
        title = sizes.elided(Role.LABEL, node.name, NAME_MOST)
        return NodeItem(
            node, rect, title, rate=wording.rate(channel.rate_per_s if channel else None), loop=loop
        )
    application = graph.applications.get(node)
    if application is None:
        return NodeItem(node, rect, sizes.elided(Role.HEAD, node.key, CARD_MOST - 2 * PADDING), loop=loop)
    quiet, loud = wording.second_line(application)
    unattributed = application.kind is ApplicationKind.UNATTRIBUTED
    room = CARD_MOST - 2 * PADDING - (18 if unattributed else 0)
    return NodeItem(
        node,
        rect,
        sizes.elided(Role.HEAD, wording.name(application), room),
        sizes.elided(Role.SMALL, quiet, room),
        loud,
        unattributed=unattributed,
        loop=loop,
    )


def _edges(
    graph: DependencyGraph, ways: Mapping[EdgeId, Way], of_edge: Mapping[EdgeId, LoopStatus]
) -> dict[EdgeId, EdgeItem]:
    made = {}
    for edge, way in ways.items():
        found = graph.operations.get(edge) if isinstance(edge, OperationId) else graph.routes.get(edge)
        grounds = wording.grounds(found)
        rate = 0.0 if grounds in wording.UNSEEN else (found.rate_per_s if found else None) or 0.0
        state = found.state if isinstance(found, Operation) else EdgeState.OBSERVED
        # In steps, so that a rate that wavers does not have every line drawn again.
        width = 1.1 + 0.15 * round(6 * min(1.0, float(np.log10(1.0 + rate)) / 3.3))
        made[edge] = EdgeItem(edge, way, grounds, width, rate, of_edge.get(edge), state)
    return made


def _stubs(
    graph: DependencyGraph, rects: Mapping[NodeId, QRectF], boxes: Mapping[NodeId, LayoutNode]
) -> tuple[Stub, ...]:
    made = []
    for channel, words in wording.unreceived(graph).items():
        if channel in rects:
            x, y = rects[channel].right(), rects[channel].center().y()
            made.append(Stub(channel, (x, y), words, QRectF(x, y - 8, boxes[channel].tail, 16)))
    return tuple(made)


def geometry(graph: DependencyGraph, positions: Mapping[NodeId, tuple[float, float]], sizes: Sizes) -> object:
    """What the ways of edges depend on: equal answers, equal ways."""
    of_edge, _ = worst(graph)
    boxes = tuple(sizes.boxes(graph, positions).values())
    return boxes, tuple(positions.values()), tuple(graph.edges()), of_edge


def build(
    graph: DependencyGraph,
    positions: Mapping[NodeId, tuple[float, float]],
    sizes: Sizes,
    before: Scene | None = None,
) -> Scene:
    """Draw the nodes that have a position, and the edges between them.

    `before` is an earlier scene with the same geometry: what has its place there keeps it.
    """
    of_edge, of_node = worst(graph)
    boxes = sizes.boxes(graph, positions)
    rects = {node: _rect((box.width, box.height), positions[node]) for node, box in boxes.items()}
    nodes = {node: _node(graph, node, rect, sizes, of_node.get(node)) for node, rect in rects.items()}
    visible = {key: loop for key, loop in graph.loops.items() if all(node in rects for node in loop.hops)}
    if before is not None and before.loops.keys() == visible.keys():
        ways = {edge: item.way for edge, item in before.edges.items()}
        badges = signs.reworded(before.badges, visible, sizes)
        edges = _edges(graph, ways, of_edge)
        return replace(before, nodes=nodes, edges=edges, badges=badges, loops=visible)
    shown = [edge for edge in graph.edges() if all(node in rects for node in ends(edge))]
    stubs = _stubs(graph, rects, boxes)
    above = signs.forward_channels(visible.values(), rects)
    first = {
        node: labels.rect_for(rects[node], box.label, above=node in above)
        for node, box in boxes.items()
        if box.label
    }
    heads = {edge: loops.stroke(of_edge.get(edge)).head for edge in shown}
    ways = lay(shown, rects, [*first.values(), *(stub.rect for stub in stubs)], heads)
    edges = _edges(graph, {edge: ways[edge] for edge in shown}, of_edge)
    badges = signs.place_badges(visible.values(), rects, edges_points(edges), list(first.values()), sizes)
    names, hidden = labels.place(
        {node: (nodes[node].title, boxes[node].label) for node in first},
        rects,
        above,
        edges_points(edges),
        [badge.rect for badge in badges if badge.status is not LoopStatus.POSSIBLE],
    )
    bounds = QRectF()
    for rect in (*rects.values(), *(stub.rect for stub in stubs), *(name.rect for name in names.values())):
        bounds = bounds.united(rect)
    for edge in edges.values():
        low, high = edge.way.points.min(axis=0), edge.way.points.max(axis=0)
        bounds = bounds.united(QRectF(low[0], low[1], high[0] - low[0], high[1] - low[1]))
    if not bounds.isEmpty():
        bounds = bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    return Scene(nodes, edges, stubs, badges, names, hidden, visible, bounds)


def edges_points(edges: Mapping[EdgeId, EdgeItem]) -> dict[EdgeId, Floats]:
    """The points along every edge."""
    return {key: edge.way.points for key, edge in edges.items()}
