"""Both still layers as one picture: what is shown of them while the camera moves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter, QPixmap, QRegion

from gui.canvas.layers.tiles import SIDE, WHOLE, Key, Layer
from gui.canvas.paint.view import View

BYTES = SIDE * SIDE * 4
MOST = 1.7
"""How much larger or smaller than it was painted a square is shown, where others can be had."""


class Joined:
    """Squares of all layers, one over the other."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """The lowest layer first, which is opaque."""
        self._layers = layers
        self._kept: dict[Key, tuple[list[int], QPixmap]] = {}
        """Of each square what it was made of, and the picture; the last one shown last."""

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        return len(self._kept) * BYTES

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def goal(self, view: View) -> float:
        """The scale to paint at while it changes: one at which all is there, if it is near enough."""
        wanted = view.camera.scale
        for away, scale in self._nearest(view):
            if away < math.log2(MOST) and self._share(view, scale) == 1.0:
                return scale
        return float(2.0 ** (round(2 * math.log2(wanted)) / 2))

    def _nearest(self, view: View) -> list[tuple[float, float]]:
        """Scales at which something is there, with how many times it must be doubled or halved."""
        wanted = view.camera.scale
        return sorted((abs(math.log2(scale / wanted)), scale) for scale in self._layers[0].scales())

    def _share(self, view: View, scale: float) -> float:
        """How much of what a view shows is there at a scale."""
        wanted = self._layers[0].wanted(view, scale)
        there = sum(all(layer.has(key) for layer in self._layers) for key in wanted)
        return there / len(wanted) if wanted else 1.0

    def lacking(self, keys: Iterable[Key]) -> list[Key]:
        """Squares that are there in every layer, but not yet as one."""
        return [key for key in keys if (made := self._made(key)) is not None and not self._right(key, made)]

    def _made(self, key: Key) -> list[QPixmap] | None:
        """The pictures of a square, if all are there."""
        found = [layer.picture(key) for layer in self._layers]
        return [picture for picture in found if picture is not None] if all(found) else None

    def _right(self, key: Key, made: Sequence[QPixmap]) -> bool:
        known = self._kept.get(key)
        return known is not None and known[0] == [picture.cacheKey() for picture in made]

    def join(self, key: Key) -> None:
        """Make one picture of those of a square."""
        made = self._made(key)
        if made is not None:
            picture = made[0].copy()
            painter = QPainter(picture)
            for other in made[1:]:
                painter.drawPixmap(0, 0, other)
            painter.end()
            self._kept[key] = [each.cacheKey() for each in made], picture

    def trim(self, most: int) -> None:
        """Forget what was not shown for the longest time, until no more than so many bytes are kept."""
        for key in list(self._kept)[: max(0, len(self._kept) - most // BYTES)]:
            del self._kept[key]

    def draw(self, painter: QPainter, view: View, goal: float) -> None:
        """Show what there is at a scale; where that is not all, under it what is nearest, and what there is
        most of.
        """
        room, scales = view.room.toAlignedRect(), [goal]
        bare = QRegion(room)
        if self._share(view, goal) < 1.0:
            others = [scale for _, scale in self._nearest(view) if scale != goal]
            scales += others[:1]
            scales += sorted(others[1:], key=lambda scale: -self._share(view, scale))[:1]
        else:
            bare -= QRegion(self._hull(view, goal))
        painter.setClipRegion(bare)
        painter.fillRect(room, view.theme.palette.canvas)
        painter.setClipRect(view.room)
        shown: list[list[Key]] = []
        free = QRegion(room)
        for scale in scales:
            shown.append([])
            for key in self._layers[0].wanted(view, scale):
                place = self._layers[0].place(view, key).toAlignedRect()
                if all(layer.has(key) for layer in self._layers) and free.intersects(place):
                    shown[-1].append(key)
            for key in shown[-1]:
                free -= QRegion(self._layers[0].place(view, key).toAlignedRect())
        for keys in reversed(shown):
            for key in keys:
                self._show(painter, view, key)

    def _hull(self, view: View, scale: float) -> QRect:
        """What the squares of a scale cover for certain, however their sides are rounded."""
        hull = QRectF()
        for key in self._layers[0].wanted(view, scale):
            hull = hull.united(self._layers[0].place(view, key))
        return hull.adjusted(2, 2, -2, -2).toRect() if not hull.isEmpty() else QRect()

    def _show(self, painter: QPainter, view: View, key: Key) -> None:
        made = self._made(key)
        if made is None:
            return
        if self._right(key, made):
            known = self._kept[key] = self._kept.pop(key)
            made = [known[1]]
        place = self._layers[0].place(view, key)
        for picture in made:
            if key[0] == view.camera.scale:
                painter.drawPixmap(place.topLeft(), picture)
            else:
                painter.drawPixmap(place, picture, WHOLE)
