"""Dots that travel along edges: how many records pass, at a glance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from graph.model import LoopStatus
from gui.canvas import batches, loops
from gui.canvas import edges as drawing
from gui.canvas.camera import Camera
from gui.canvas.scene import EdgeItem
from gui.theme import Theme

MOST = 3_000
"""Dots at one time."""
STEP = 3.0
"""Distance of the stored points along an edge, px of the plane."""
FRAME_MS = 33


def speed(rate_per_s: float, *, loop: bool) -> float:
    """Px a second: by the logarithm of the rate, half as fast again in a loop."""
    return (14.0 + 16.0 * float(np.log10(1.0 + rate_per_s))) * (1.5 if loop else 1.0)


def spacing(edge: EdgeItem) -> float:
    """Px between two dots."""
    if edge.loop:
        return loops.stroke(edge.loop).dots or 40.0
    return max(30.0, 92.0 - 22.0 * float(np.log10(1.0 + edge.rate)))


class Traffic:
    """The dots of some edges; made anew when the edges or their rates change."""

    def __init__(self, edges: Sequence[EdgeItem]) -> None:
        self.dashed = [edge for edge in edges if edge.rate > 0 and drawing.moving(edge)]
        solid = [edge for edge in edges if edge.rate > 0 and not drawing.moving(edge)]
        tables, starts, lengths, speeds, offsets, owner = [], [], [], [], [], []
        self.groups: list[LoopStatus | None] = [None, *loops.STROKES]
        stored = 0
        budget = MOST
        for edge in sorted(solid, key=lambda edge: (-drawing.rank(edge), -edge.rate)):
            even, length = edge.way.even(STEP)
            number = max(1, int(length / spacing(edge)))
            if length < 8 or number > budget:
                continue
            budget -= number
            tables.append(even)
            starts += [stored] * number
            lengths += [len(even) - 1] * number
            speeds += [speed(edge.rate, loop=edge.loop is not None) * (len(even) - 1) / length] * number
            offsets += [((index + 0.5) / number) * (len(even) - 1) for index in range(number)]
            owner += [self.groups.index(edge.loop)] * number
            stored += len(even)
        self._table = np.concatenate([*tables, np.zeros((0, 2))])
        self._start = np.array(starts, dtype=np.int64)
        self._length = np.array(lengths, dtype=np.float64)
        self._speed = np.array(speeds)
        self._offset = np.array(offsets)
        self._owner = np.array(owner, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._start)

    @property
    def moves(self) -> bool:
        """Whether there is anything to animate."""
        return len(self) > 0 or bool(self.dashed)

    def points(self, seconds: float) -> NDArray[np.float64]:
        """Where the dots are on the plane at a time, shape (n, 2)."""
        place = (self._offset + self._speed * seconds) % np.maximum(self._length, 1e-9)
        whole = place.astype(np.int64)
        part = (place - whole)[:, None]
        index = self._start + whole
        found: NDArray[np.float64] = self._table[index] * (1 - part) + self._table[index + 1] * part
        return found

    def draw(self, painter: QPainter, camera: Camera, view: QRectF, theme: Theme, seconds: float) -> None:
        """The dots, in px of the screen."""
        if not len(self):
            return
        points = self.points(seconds) * camera.scale + (camera.dx, camera.dy)
        inside = (
            (points[:, 0] > view.left())
            & (points[:, 0] < view.right())
            & (points[:, 1] > view.top())
            & (points[:, 1] < view.bottom())
        )
        size = min(1.25, max(0.45, camera.scale))
        palette = theme.palette
        for number, status in enumerate(self.groups):
            chosen = points[inside & (self._owner == number)]
            if not len(chosen):
                continue
            bright = palette.canvas if theme.dark else palette.panel
            loud = status in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE)
            wide = {LoopStatus.RUNAWAY: 3.2, LoopStatus.ACTIVE: 2.0}.get(status, 4.0) if status else 4.0
            dot = QPen(bright if loud else palette.dot, wide * size)
            dot.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(dot)
            batches.points(painter, chosen)
