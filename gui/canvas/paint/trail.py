"""The way that records took, lit up in the picture, and a dot that travels it step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from graph.identity import ChannelId, EdgeId, Line
from gui.canvas.paint.camera import Camera
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.scene import EdgeItem
from gui.theme import Theme

STEP = 3.0
LEAST_S, MOST_S = 2.5, 7.0
"""How long a dot travels in all, however long the records took."""
LEG_S = 0.4
"""How long it takes for a leg at least, so that none is missed."""
DOT = 6.0


@dataclass(frozen=True)
class Leg:
    """One step of a trail: the edges to the next channel, and the time it took, in ms."""

    edges: tuple[EdgeId, ...]
    ms: float


@dataclass
class Trail:
    """What is lit, and where its dot is. Times are seconds of any steady clock."""

    edges: tuple[EdgeId, ...] = ()
    times: dict[ChannelId, str] = field(default_factory=dict)
    _ways: list[tuple[float, float, Floats]] = field(default_factory=list)
    """Begin, end and points of each leg."""
    _since: float = float("-inf")

    def light(self, edges: Sequence[EdgeId], times: Mapping[ChannelId, str] | None) -> None:
        """Light up a way; `times` stand inside the channels."""
        self.edges, self.times, self._ways = tuple(edges), dict(times or {}), []

    def play(self, legs: Sequence[Leg], drawn: Mapping[Line, EdgeItem], now: float) -> None:
        """Let a dot travel the legs in order, longer where the records took longer."""
        whole = sum(leg.ms for leg in legs)
        room = min(max(whole / 1e3, LEAST_S), MOST_S)
        spans = [max(LEG_S, room * leg.ms / whole if whole > 0 else 0.0) for leg in legs]
        ends = list(accumulate(spans))
        self._ways = [
            (end - span, end, np.concatenate([drawn[edge].way.even(STEP)[0] for edge in leg.edges]))
            for leg, span, end in zip(legs, spans, ends, strict=True)
            if leg.edges and all(edge in drawn for edge in leg.edges)
        ]
        self._since = now

    def place(self, now: float) -> tuple[float, float] | None:
        """Where the dot is on the plane; None where none travels."""
        spent = now - self._since
        for begin, end, points in self._ways:
            if begin <= spent < end:
                at = (spent - begin) / (end - begin) * (len(points) - 1)
                first, part = points[int(at)], at - int(at)
                x, y = first + (points[min(int(at) + 1, len(points) - 1)] - first) * part
                return float(x), float(y)
        return None

    def draw(self, painter: QPainter, camera: Camera, theme: Theme, now: float) -> None:
        """The dot, in px of the screen."""
        place = self.place(now)
        if place is None:
            return
        painter.setPen(QPen(theme.palette.panel, 2.0))
        painter.setBrush(theme.palette.accent)
        size = DOT * min(1.3, max(0.7, camera.scale))
        painter.drawEllipse(camera.screen(QPointF(*place)), size, size)
