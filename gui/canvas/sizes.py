"""How much room nodes and their names take, in px of the plane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from graph.identity import ChannelId, NodeId
from graph.layout.layout import LayoutNode
from graph.model import DependencyGraph
from gui.canvas import wording
from gui.fonts import Role
from gui.theme import Theme

CARD = (122.0, 40.0)
CARD_MOST = 180.0
CHANNEL = (54.0, 22.0)
NAME_MOST = 150.0
STUB = 42.0
"""Length of the dotted line where receivers cannot be seen."""
PADDING = 12.0
ROOMY = 9_999
"""A lag that any card with one has room for."""


@dataclass
class Sizes:
    """Measures texts in the fonts of a theme; remembers what it measured."""

    theme: Theme
    _known: dict[tuple[Role, str], float] = field(default_factory=dict)
    _metrics: dict[Role, QFontMetricsF] = field(default_factory=dict)

    def metrics(self, role: Role) -> QFontMetricsF:
        """The metrics of the font for a role."""
        if role not in self._metrics:
            self._metrics[role] = QFontMetricsF(self.theme.font(role))
        return self._metrics[role]

    def width(self, role: Role, text: str) -> float:
        """The width of a text."""
        key = role, text
        if key not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[key] = self.metrics(role).horizontalAdvance(text)
        return self._known[key]

    def elided(self, role: Role, text: str, room: float) -> str:
        """The text, with its middle left out where it is too wide."""
        if self.width(role, text) <= room:
            return text
        return self.metrics(role).elidedText(text, Qt.TextElideMode.ElideMiddle, room)

    def boxes(self, graph: DependencyGraph, nodes: Iterable[NodeId]) -> dict[NodeId, LayoutNode]:
        """The boxes of nodes, for the layout."""
        notes = wording.unreceived(graph)
        return {node: self._box(graph, node, notes) for node in nodes}

    def _box(self, graph: DependencyGraph, node: NodeId, notes: Mapping[ChannelId, str]) -> LayoutNode:
        if isinstance(node, ChannelId):
            label = min(self.width(Role.LABEL, node.name), NAME_MOST)
            tail = STUB + 8 + self.width(Role.SMALL, notes[node]) if node in notes else 0.0
            return LayoutNode(node, *CHANNEL, label=label, tail=tail)
        application = graph.applications.get(node)
        wide = self.width(Role.HEAD, wording.node_name(graph, node))
        if application is not None:
            # With room for its figures to grow: a card that widens has every edge routed anew.
            lag = None if application.lag is None else max(application.lag, ROOMY)
            roomy = msgspec.structs.replace(application, lag=lag)
            wide = max(wide, self.width(Role.RATE, " · ".join(wording.second_line(roomy))))
        return LayoutNode(node, min(max(CARD[0], wide + 2 * PADDING), CARD_MOST), CARD[1])
