"""How much room nodes and their names take, in px of the plane."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from graph.identity import ApplicationId, ChannelId, GroupId, Place
from graph.layout.layout import LayoutNode
from graph.model import Application, DependencyGraph
from gui.canvas.scene import wording
from gui.fonts import Role
from gui.theme import Theme

CARD = (122.0, 40.0)
CARD_MOST = 180.0
CHANNEL = (54.0, 22.0)
NAME_MOST = 150.0
GROUP = (168.0, 56.0)
"""A group that is drawn as one, with the cards behind it."""
APART = (36.0, 20.0)
"""Room that a group wants besides, for the bundles beside it and the badge of a loop inside."""
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
    _boxes: dict[Place, tuple[object, LayoutNode]] = field(default_factory=dict)

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

    def boxes(self, graph: DependencyGraph, nodes: Iterable[Place]) -> dict[Place, LayoutNode]:
        """The boxes of nodes, for the layout."""
        notes = _notes(graph)
        if len(self._boxes) > 50_000:
            self._boxes.clear()
        made = {}
        for node in nodes:
            about = _about(graph, node, notes)
            known = self._boxes.get(node)
            # Nearly all are as they were, and what is said of them is the very same object.
            if known is None or known[0] is not about:
                known = self._boxes[node] = about, self._box(node, about)
            made[node] = known[1]
        return made

    def abouts(self, graph: DependencyGraph, nodes: Sequence[Place]) -> list[Application | str | None]:
        """What the size of each node depends on: where that is the very same, so is the size."""
        notes, known = _notes(graph), graph.applications.get
        if not notes:
            return [*map(known, nodes)]  # type: ignore[arg-type]
        return [_about(graph, node, notes) for node in nodes]

    def _box(self, node: Place, about: Application | str | None) -> LayoutNode:
        if isinstance(node, GroupId):
            return LayoutNode(node, GROUP[0] + APART[0], GROUP[1] + APART[1])
        if isinstance(node, ChannelId):
            label = min(self.width(Role.LABEL, node.name), NAME_MOST)
            tail = STUB + 8 + self.width(Role.SMALL, about) if isinstance(about, str) else 0.0
            return LayoutNode(node, *CHANNEL, label=label, tail=tail)
        wide = self.width(Role.HEAD, node.key)
        if isinstance(about, Application):
            # With room for its figures to grow: a card that widens has every edge routed anew.
            lag = None if about.lag is None else max(about.lag, ROOMY)
            roomy = msgspec.structs.replace(about, lag=lag)
            words = " · ".join(wording.second_line(roomy))
            wide = max(self.width(Role.HEAD, wording.name(about)), self.width(Role.RATE, words))
        return LayoutNode(node, min(max(CARD[0], wide + 2 * PADDING), CARD_MOST), CARD[1])


def drawn(box: LayoutNode) -> tuple[float, float]:
    """Width and height that something is drawn with in its box."""
    return GROUP if isinstance(box.id, GroupId) else (box.width, box.height)


def _notes(graph: DependencyGraph) -> Mapping[ChannelId, str]:
    """What trails channels whose receivers cannot be seen."""
    if all(channel.receivers_visible for channel in graph.channels.values()):
        return {}
    return wording.unreceived(graph)


def _about(graph: DependencyGraph, node: Place, notes: Mapping[ChannelId, str]) -> Application | str | None:
    """What the size of a node depends on."""
    if isinstance(node, ApplicationId):
        return graph.applications.get(node)
    return notes.get(node) if isinstance(node, ChannelId) else None
