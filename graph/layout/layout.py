"""Where every node of the picture stands: layers from left to right, and nothing moves without need.

A first layout is layered: feedback edges are set aside, long edges get room of their own in the layers they
pass, the order within layers starts from a spectral coordinate, and heights follow the neighbours. Later
ones keep every known node where it was and find room for the new ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph.identity import NodeId
from graph.layout import arrangement, placement

Point = tuple[float, float]


@dataclass(frozen=True)
class LayoutNode:
    """A node to place: the size of its box, the name under or over it, and what trails it; all in px."""

    id: NodeId
    width: float
    height: float
    label: float = 0.0
    """0 where the name is inside the box."""
    tail: float = 0.0
    """Width of what stands right of the box on its own row, such as a note."""


@dataclass(frozen=True)
class LayoutEdge:
    """An edge to place by; `feedback` ones lead back to an earlier layer."""

    source: NodeId
    target: NodeId
    feedback: bool = False


@dataclass(frozen=True)
class LayoutRequest:
    """All that a layout depends on: the same request always gives the same layout."""

    nodes: tuple[LayoutNode, ...]
    edges: tuple[LayoutEdge, ...]
    previous: Mapping[NodeId, Point] = field(default_factory=dict)
    """Where nodes stood so far: they stay there."""
    pinned: frozenset[NodeId] = frozenset()
    """Nodes put there by hand: they stay even in a fresh layout."""
    fresh: bool = False
    """Whether to arrange everything anew but what is pinned."""


@dataclass(frozen=True)
class Layout:
    """The middle of every node in px, y downwards, and the layer it was put in."""

    positions: dict[NodeId, Point]
    layers: dict[NodeId, int]
    """Empty for a layout that only found room for new nodes."""


def layout(request: LayoutRequest) -> Layout:
    """Place all nodes of a request."""
    known = {node.id for node in request.nodes}
    edges = [
        edge
        for edge in dict.fromkeys(request.edges)
        if edge.source in known and edge.target in known and edge.source != edge.target
    ]
    kept = {
        node: point
        for node, point in request.previous.items()
        if node in known and (not request.fresh or node in request.pinned)
    }
    boxes = {
        node.id: placement.Box(node.width, node.height, node.label, node.tail)
        for node in sorted(request.nodes, key=lambda node: str(node.id))
    }
    links = sorted(
        {(edge.source, edge.target): edge.feedback for edge in edges}.items(),
        key=lambda link: (str(link[0][0]), str(link[0][1])),
    )
    if kept and not request.fresh:
        return Layout(placement.insert(boxes, links, kept), {})
    positions, layers = arrangement.arrange(boxes, links)
    return Layout(placement.around(boxes, positions, kept) if kept else positions, layers)
