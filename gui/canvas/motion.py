"""What moves besides traffic: new nodes come in, and a tidied picture glides to its new places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graph.identity import Place
from graph.layout.layout import Point

FADE_S = 0.15
MOVE_S = 0.3


class Motion:
    """Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._born: dict[Place, float] = {}
        self._before: Mapping[Place, Point] = {}
        self._since = float("-inf")

    def appear(self, nodes: Iterable[Place], now: float) -> None:
        """Nodes are new."""
        self._born.update(dict.fromkeys(nodes, now))

    def move(self, before: Mapping[Place, Point], now: float) -> None:
        """Nodes leave these places for new ones."""
        self._before, self._since = before, now

    def moving(self, now: float) -> bool:
        """Whether nodes are on their way."""
        return now - self._since < MOVE_S

    def gliding(self, now: float) -> bool:
        """Whether they are, or have just arrived and were not yet shown there."""
        if self.moving(now):
            return True
        arrived, self._before = bool(self._before), {}
        return arrived

    def fading(self, now: float) -> dict[Place, float]:
        """How far each new node has come in, 0 to 1; those that are there are forgotten."""
        self._born = {node: since for node, since in self._born.items() if now - since < FADE_S}
        return {node: (now - since) / FADE_S for node, since in self._born.items()}

    def busy(self, now: float) -> bool:
        """Whether anything is on its way, or was new when last asked."""
        return bool(self._born) or self.moving(now)

    def places(self, goal: Mapping[Place, Point], now: float) -> Mapping[Place, Point]:
        """Where nodes are on their way: fast at first, then slower."""
        if not self.moving(now):
            return goal
        part = 1.0 - (1.0 - (now - self._since) / MOVE_S) ** 3
        way = {}
        for node, (x, y) in goal.items():
            x0, y0 = self._before.get(node, (x, y))
            way[node] = (x0 + (x - x0) * part, y0 + (y - y0) * part)
        return way
