"""Decides when to lay out: at once, beside what stands, or anew in a thread."""

from __future__ import annotations

import gc
from collections.abc import Collection, Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal

from graph.identity import EdgeId, NodeId
from graph.layout.layout import Layout, LayoutEdge, LayoutRequest, Point, layout
from graph.model import DependencyGraph
from gui.background import Background
from gui.canvas.ports import ends
from gui.canvas.sizes import Sizes

AT_ONCE = 60
"""Up to this many nodes a fresh layout takes less than a blink, and runs on the spot while nobody looks."""
GROWN = 0.2
"""While nobody has touched the picture, it is arranged anew when this part of it is new, or a circle is."""


def _undisturbed(request: LayoutRequest) -> Layout:
    """Lay out in a thread of the pool without collecting garbage there.

    A collection runs in whichever thread asks for memory, and a widget that it destroys outside the window's
    own thread ends the program.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return layout(request)
    finally:
        if collects:
            gc.enable()


class Arranger(QObject):
    """Keeps where every node stands, also of those that are hidden now."""

    arranged = Signal(bool)
    """Places are ready; True when known nodes moved."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.positions: dict[NodeId, Point] = {}
        self.visible: dict[NodeId, Point] = {}
        self.watched = False
        """Whether the picture is on the screen: arranging it anew must then not hold up a frame."""
        self.touched = False
        """Whether a person has moved nodes or restored places: then nothing moves unasked."""
        self._pinned: set[NodeId] = set()
        self._structure: object = None
        self._fresh: set[object] = set()
        self._back: frozenset[EdgeId] = frozenset()
        self._now: set[object] = set()
        self._wanted: tuple[NodeId, ...] = ()
        self._background = Background(self)

    @property
    def busy(self) -> bool:
        """Whether a layout is running in the pool."""
        return self._background.busy

    @property
    def sentence(self) -> str:
        """What to say while a layout runs in the pool; empty while none does."""
        return f"Arranging {len(self._wanted):,} applications and channels." if self.busy else ""

    @property
    def drifted(self) -> bool:
        """Whether much has changed since the last fresh layout."""
        return len(self._now ^ self._fresh) > GROWN * max(len(self._now), 1)

    def close(self) -> None:
        """Wait for a layout that still runs; it is not told any more."""
        self._background.close()

    def pin(self, node: NodeId, at: Point) -> None:
        """Put a node by hand."""
        self._pinned.add(node)
        self.touched = True
        self.positions[node] = at
        if node in self.visible:
            self.visible[node] = at

    def restore(self, positions: Mapping[NodeId, Point]) -> None:
        """Take over places from a project."""
        self.positions.update(positions)
        self.touched = self.touched or bool(positions)
        self._structure = None

    def _request(
        self, graph: DependencyGraph, nodes: Collection[NodeId], sizes: Sizes, fresh: bool
    ) -> LayoutRequest:
        edges = []
        for edge in graph.edges():
            source, target = ends(edge)
            if source in nodes and target in nodes:
                edges.append(LayoutEdge(source, target, edge in graph.feedback))
        return LayoutRequest(
            tuple(sizes.boxes(graph, nodes).values()),
            tuple(edges),
            self.positions,
            frozenset(self._pinned),
            fresh,
        )

    def arrange(self, graph: DependencyGraph, nodes: Collection[NodeId], sizes: Sizes) -> None:
        """Find places for nodes; emits `arranged` at once unless a large graph is laid out anew."""
        inside = {edge for edge in graph.edges() if all(node in nodes for node in ends(edge))}
        structure = (frozenset(nodes), frozenset(inside), graph.feedback)
        if structure == self._structure:
            self.arranged.emit(False)
            return
        self._structure = structure
        self._now = {*nodes, *inside, *(graph.feedback & inside)}
        known = sum(node in self.positions for node in nodes)
        grown = self.drifted and bool(self._now - self._fresh)
        circles = graph.feedback & inside
        fresh = not self.touched and (known < len(nodes) / 2 or grown or not circles <= self._back)
        self._back |= circles
        self._run(self._request(graph, nodes, sizes, fresh), moved=known > 0)

    def tidy(self, graph: DependencyGraph, nodes: Collection[NodeId], sizes: Sizes) -> None:
        """Arrange everything anew but what was put by hand."""
        self._run(self._request(graph, nodes, sizes, fresh=True), moved=True)

    def _run(self, request: LayoutRequest, *, moved: bool) -> None:
        self._wanted = tuple(node.id for node in request.nodes)
        again = self.watched and bool(self.visible)
        if request.fresh and (again or len(request.nodes) > AT_ONCE):
            self._background.ask(partial(_undisturbed, request), partial(self._take, fresh=True, moved=moved))
        else:
            self._background.cancel()
            self._take(layout(request), fresh=request.fresh, moved=moved and request.fresh)

    def _take(self, found: Layout, *, fresh: bool, moved: bool) -> None:
        self.positions.update(found.positions)
        self.visible = {node: found.positions[node] for node in self._wanted}
        if fresh:
            self._fresh = set(self._now)
        self.arranged.emit(moved)
