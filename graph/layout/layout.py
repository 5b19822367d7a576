"""Where every node of the picture stands: layers from left to right, and nothing moves without need.

A first layout is layered: feedback edges are set aside, layers keep edges short, the order within layers
starts from spectral coordinates, and nodes are moved to where the straight lines at them cross the fewest
others. Later ones keep every known node where it was and find room for the new ones.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import cast

import numpy as np
from msgspec import Struct

from graph.identity import ChannelId, Place
from graph.layout import placement
from graph.layout.arrangement import Sketch, Tell, arrange
from graph.layout.coordinates import Floats, Ints

Point = tuple[float, float]

CHUNK = 2_000
"""Items that are looked at without a pause."""


class LayoutNode(Struct, frozen=True):
    """A node to place: the size of its box, the name under or over it, and what trails it; all in px."""

    id: Place
    width: float
    height: float
    label: float = 0.0
    """0 where the name is inside the box."""
    tail: float = 0.0
    """Width of what stands right of the box on its own row, such as a note."""


class LayoutEdge(Struct, frozen=True):
    """An edge to place by; `feedback` ones lead back to an earlier layer."""

    source: Place
    target: Place
    feedback: bool = False


@dataclass(frozen=True)
class LayoutRequest:
    """All that a layout depends on: the same request always gives the same layout."""

    nodes: tuple[LayoutNode, ...]
    edges: tuple[LayoutEdge, ...]
    previous: Mapping[Place, Point] = field(default_factory=dict)
    """Where nodes stood so far: they stay there."""
    pinned: frozenset[Place] = frozenset()
    """Nodes put there by hand: they stay even in a fresh layout."""
    fresh: bool = False
    """Whether to arrange everything anew but what is pinned."""
    near: Mapping[Place, Point] = field(default_factory=dict)
    """Where nodes without a place stand if they can."""


@dataclass(frozen=True)
class Layout:
    """The middle of every node in px, y downwards, and the layer it was put in."""

    positions: dict[Place, Point]
    layers: dict[Place, int] = field(default_factory=dict)
    """Empty for a layout that only found room for new nodes."""


@dataclass(frozen=True)
class Task:
    """A request by number, as it can cross to another process: those that stay, then by their ids."""

    sketch: Sketch
    """For a layout that only finds room, with the edges of new nodes alone."""
    kept: dict[int, Point]
    """Nodes that stay where they were."""
    near: dict[int, Point]
    fresh: bool

    def run(self, tell: Tell = lambda done: None) -> tuple[Floats, Ints]:
        """The middle of every node, shape (n, 2), and its layer; no layers where it only finds room."""
        reach = placement.reaches(self.sketch.boxes)
        if self.fresh:
            points, depth = arrange(self.sketch, tell)
            return placement.around(reach, points, self.kept) if self.kept else points, depth
        points = np.zeros((len(reach), 2))
        points[list(self.kept)] = np.array(list(self.kept.values()))
        floor = placement.Floor(reach[list(self.kept)], points[list(self.kept)])
        new = {node: reach[node] for node in range(len(reach)) if node not in self.kept}
        arcs = [(a, b) for a, b in self.sketch.arcs.tolist()]
        links = zip(arcs, self.sketch.feedback.tolist(), strict=True)
        for node, at in placement.insert(floor, new, links, self.kept, self.near).items():
            points[node] = at
        return points, np.empty(0, dtype=np.int64)


def layout(request: LayoutRequest, tell: Tell = lambda done: None) -> Layout:
    """Place all nodes of a request."""
    if not request.fresh and all(node.id in request.previous for node in request.nodes):
        return Layout({node.id: request.previous[node.id] for node in request.nodes})
    work = prepared(request)
    while True:
        try:
            next(work)
        except StopIteration as done:
            ids, task = done.value
            break
    return laid_out(ids, *task.run(tell))


Prepared = tuple[list[Place], Task]
"""A task, and the ids of its nodes in their order."""


def prepared(request: LayoutRequest) -> Generator[None, None, Prepared]:
    """Make the task of a request, some items at a time."""
    previous = request.previous
    known = {node.id for node in request.nodes if node.id in previous}
    fresh = request.fresh or not known
    keep = known & request.pinned if fresh else known
    nodes = [] if fresh else [node for node in request.nodes if node.id in keep]
    texts: list[tuple[str, LayoutNode]] = []
    for start in range(0, len(request.nodes), CHUNK):
        part = request.nodes[start : start + CHUNK]
        texts += [(str(node.id), node) for node in part if fresh or node.id not in keep]
        yield
    texts.sort(key=itemgetter(0))
    nodes += [node for _, node in texts]
    number = {node.id: at for at, node in enumerate(nodes)}
    yield
    count, rows = len(nodes), []
    for start in range(0, len(request.edges), CHUNK):
        rows += [
            (number[edge.source] * count + number[edge.target]) * 2 + edge.feedback
            for edge in request.edges[start : start + CHUNK]
            if (fresh or edge.source not in keep or edge.target not in keep)
            and edge.source in number
            and edge.target in number
            and edge.source != edge.target
        ]
        yield
    # Of two edges between the same nodes the one that leads back comes last, and counts for both.
    keys = np.unique(np.array(rows, dtype=np.int64))
    keys = keys[np.append(keys[1:] // 2 != keys[:-1] // 2, True)] if len(keys) else keys
    boxes = np.array([(node.width, node.height, node.label, node.tail) for node in nodes]).reshape(-1, 4)
    channel = np.array([isinstance(node.id, ChannelId) for node in nodes], dtype=bool)
    arcs = np.column_stack(np.divmod(keys // 2, max(count, 1)))
    yield
    kept = {number[node]: previous[node] for node in keep}
    near = {number[node]: at for node, at in request.near.items() if node in number and node not in keep}
    return list(number), Task(Sketch(boxes, channel, arcs, keys % 2 == 1), kept, near, fresh)


def laid_out(ids: Sequence[Place], points: Floats, depth: Ints) -> Layout:
    """The layout that the answer to a task tells."""
    rows = cast("list[Point]", list(map(tuple, points.tolist())))
    return Layout(dict(zip(ids, rows, strict=True)), dict(zip(ids, depth.tolist(), strict=False)))
