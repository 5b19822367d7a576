"""Dots that travel along lines: how many records pass, at a glance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from graph.model import LoopStatus
from gui.canvas.paint import batches, loops
from gui.canvas.paint.camera import Camera
from gui.canvas.routes.polylines import Polylines, Ride
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.scene import status
from gui.theme import Theme

MOST = 3_000
"""Dots at one time."""
SHORTEST = 8.0
"""Px of the plane; on shorter lines nothing travels."""
LEAST_GAP = 7.0
"""Px of the screen between two dots."""
CELL = 6
"""Px of the screen to which it is known whether something covers a dot."""


def speed(rate_per_s: float, *, loop: bool) -> float:
    """Px a second: by the logarithm of the rate, half as fast again in a loop."""
    return (14.0 + 16.0 * float(np.log10(1.0 + rate_per_s))) * (1.5 if loop else 1.0)


def spacing(rate_per_s: float, loop: LoopStatus | None) -> float:
    """Px between two dots."""
    if loop:
        return loops.stroke(loop).dots or 40.0
    return max(30.0, 92.0 - 22.0 * float(np.log10(1.0 + rate_per_s)))


class Traffic:
    """The dots of some lines; made anew when the lines or their rates change."""

    def __init__(
        self, lines: Sequence[Floats], rates: Floats, ranks: NDArray[np.int8], scale: float = 1.0
    ) -> None:
        """Points along each line, its records a second, and the rank of its worst loop, -1 for none.

        `scale` is px of the screen for a px of the plane: far out, dots keep apart on the screen.
        """
        counts = np.array([len(each) for each in lines], dtype=np.int64)
        every = np.concatenate([*lines, np.zeros((0, 2))])
        ways = Polylines(every, counts) if len(lines) else None
        length = ways.lengths if ways else np.zeros(0)
        loop = [status(int(rank)) for rank in ranks]
        gap = np.array([spacing(float(rate), each) for rate, each in zip(rates, loop, strict=True)])
        gap = np.maximum(gap, LEAST_GAP / scale)
        number = np.where(
            (length < SHORTEST) | (rates <= 0), 0, np.maximum(1, length // np.maximum(gap, 1e-9))
        )
        order = np.lexsort((-rates, -ranks.astype(np.int64)))
        fits = np.cumsum(number[order]) <= MOST
        number[order[~fits]] = 0
        number = number.astype(np.int64)
        line = np.repeat(np.arange(len(length)), number)
        within = np.arange(len(line)) - np.repeat(np.cumsum(number) - number, number)
        # The dots of the worst loops come last, over all others.
        drawn = np.argsort(ranks[line], kind="stable")
        self._line, within = line[drawn], within[drawn]
        self._length = np.maximum(length[self._line], 1e-9)
        self._offset = (within + 0.5) / np.maximum(number[self._line], 1) * self._length
        fast = np.array(
            [speed(float(rate), loop=each is not None) for rate, each in zip(rates, loop, strict=True)]
        )
        self._speed = fast[self._line] * max(1.0, 0.4 / scale) if len(length) else np.zeros(0)
        self._sheets: dict[object, QPixmap] = {}
        every, column = np.unique(ranks[self._line], return_inverse=True)
        self._statuses = [status(rank) for rank in every.tolist()]
        self._column = column.astype(np.int64)
        self._ride = Ride(ways, self._line) if ways else None

    def __len__(self) -> int:
        return len(self._line)

    def points(self, seconds: float) -> Floats:
        """Where the dots are on the plane at a time, shape (n, 2)."""
        if self._ride is None:
            return np.zeros((0, 2))
        return self._ride.at((self._offset + self._speed * seconds) % self._length)

    def draw(
        self,
        painter: QPainter,
        camera: Camera,
        view: QRectF,
        theme: Theme,
        seconds: float,
        under: Cover | None = None,
    ) -> None:
        """The dots, in px of the screen, but for those `under` something."""
        if not len(self):
            return
        at, seen = self.points(seconds), camera.seen(view)
        x, y = at.T
        inside = (x > seen.left()) & (x < seen.right()) & (y > seen.top()) & (y < seen.bottom())
        shown = np.flatnonzero(inside)
        at = at[shown]
        if under is not None:
            free = ~under.over(at)
            shown, at = shown[free], at[free]
        points = at * camera.scale + (camera.dx, camera.dy)
        size = min(1.25, max(0.5, camera.scale))
        sheet = self._sheet(theme, size, painter.device().devicePixelRatioF())
        batches.stamps(painter, points, sheet, self._column[shown], len(self._statuses))

    def _sheet(self, theme: Theme, size: float, ratio: float) -> QPixmap:
        """A dot for each status side by side."""
        palette = theme.palette
        looks = []
        for worst in self._statuses:
            bright = palette.canvas if theme.dark else palette.panel
            loud = worst in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE)
            wide = {LoopStatus.RUNAWAY: 3.2, LoopStatus.ACTIVE: 2.0}.get(worst, 4.0) if worst else 4.0
            looks.append((bright if loud else palette.dot, round(wide * size, 1)))
        key = ratio, *((tint.rgba(), wide) for tint, wide in looks)
        if key not in self._sheets:
            self._sheets[key] = _sheet(looks, ratio)
        return self._sheets[key]


class Cover:
    """Where some rectangles lie in a part of the plane, to a few px of the screen."""

    def __init__(self, rects: Floats, room: QRectF, scale: float) -> None:
        """`rects` are rows of left, top, right, bottom; `scale` is px of the screen for one of the plane."""
        self.room, self.scale, cell = room, scale, CELL / scale
        self._corner, self._cell = (room.left(), room.top()), cell
        across, down = int(room.width() / cell) + 2, int(room.height() / cell) + 2
        sides = np.rint((rects - np.tile(self._corner, 2)) / cell).astype(np.int64)
        left, top, right, bottom = sides.clip(0, (across - 1, down - 1, across - 1, down - 1)).T
        begun = np.zeros((down, across), np.int16)
        for x, y, step in ((left, top, 1), (right, bottom, 1), (right, top, -1), (left, bottom, -1)):
            np.add.at(begun, (y, x), step)
        self._table = begun.cumsum(axis=0, dtype=np.int16).cumsum(axis=1, dtype=np.int16) > 0

    def serves(self, seen: QRectF, scale: float) -> bool:
        """Whether it tells of all that is seen at a scale."""
        return self.room.contains(seen) and 0.5 < scale / self.scale < 2.0

    def over(self, points: Floats) -> NDArray[np.bool_]:
        """Which points of its part of the plane lie under some rectangle."""
        column, row = ((points - self._corner) / self._cell).astype(np.int64).T
        found: NDArray[np.bool_] = self._table[row, column]
        return found


def _sheet(looks: Sequence[tuple[QColor, float]], ratio: float) -> QPixmap:
    """Dots of a colour and a width side by side, each in the middle of a square of whole pixels."""
    side = round((int(np.ceil(max(wide for _, wide in looks))) + 2) * ratio)
    made = QPixmap(side * len(looks), side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for column, (tint, wide) in enumerate(looks):
            painter.setBrush(tint)
            radius = wide * ratio / 2
            painter.drawEllipse(QPointF(side * (column + 0.5), side / 2), radius, radius)
    finally:
        painter.end()
    made.setDevicePixelRatio(ratio)
    return made
