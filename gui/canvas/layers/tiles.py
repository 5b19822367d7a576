"""A layer of the picture in squares that are painted bit by bit and kept until what they show changes.

While a square is not there yet, or no longer right, an older one stands in for it, if need be one that was
painted at another scale.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from gui.canvas.paint import painting
from gui.canvas.paint.camera import Camera
from gui.canvas.paint.painting import Step
from gui.canvas.paint.view import View

logger = logging.getLogger("eventscope.canvas")

SIDE = 512
"""Pixels of the screen along a square."""
BYTES = 4
"""For each of its pixels."""
PATCH = 0.3
"""Up to this part of a square is painted anew by itself."""
HELD_S = 0.12
"""How long squares that are right again wait for the others in sight, so that all change together."""
WHOLE = QRectF(0, 0, SIDE, SIDE)

Key = tuple[float, int, int]
"""The scale, and the place among the squares of that scale: column and row."""


@dataclass
class Tile:
    """One square."""

    picture: QPixmap | None = None
    """What is shown."""
    coming: QPixmap | None = None
    """What is shown as soon as all in sight are ready."""
    stale: bool = True
    """Whether it shows something that is no longer so, or nothing."""
    dirty: QRectF | None = None
    """The part of the plane that is stale; None for all of it."""
    used: int = 0


class Layer:
    """The squares of one layer."""

    def __init__(self, steps: Callable[[View], Iterator[Step]], *, opaque: bool) -> None:
        self._steps = steps
        self._opaque = opaque
        self._tiles: dict[Key, Tile] = {}
        self._clock = 0
        self.changes = 0
        """How often something else is shown than before."""
        self.defect: Exception | None = None
        """What went wrong in painting."""

    def spoil(self, areas: Iterable[QRectF] | None = None) -> None:
        """Parts of the plane look otherwise now; None for all of it."""
        if areas is None:
            for tile in self._tiles.values():
                tile.stale, tile.dirty = True, None
            return
        sides = [(area.left(), area.top(), area.right(), area.bottom()) for area in areas]
        table = np.array(sides, dtype=np.float64).reshape(-1, 4)
        for (scale, column, row), tile in self._tiles.items():
            if tile.stale and tile.dirty is None:
                continue
            span, more = self._span / scale, 3 / scale
            left, top = column * span - more, row * span - more
            right, bottom = left + span + 2 * more, top + span + 2 * more
            near = table[
                (table[:, 0] < right) & (table[:, 2] > left) & (table[:, 1] < bottom) & (table[:, 3] > top)
            ]
            if len(near):
                low, high = near[:, :2].min(axis=0) - more, near[:, 2:].max(axis=0) + more
                area = QRectF(*low.tolist(), *(high - low).tolist())
                tile.dirty = area if tile.dirty is None else tile.dirty.united(area)
                tile.stale = True

    _span: float = SIDE
    """Px of the widget along a square."""

    def scales(self) -> set[float]:
        """The scales at which something is there to be shown."""
        return {scale for (scale, _, _), tile in self._tiles.items() if tile.picture is not None}

    def missing(self, view: View, scale: float) -> list[Key]:
        """The squares of a scale in the room of a view that are to be painted, those in the middle first."""
        wanted, middle = self.wanted(view, scale), view.room.center()
        stale = [key for key in wanted if self._tiles.setdefault(key, Tile()).stale]
        place = {key: self.place(view, key).center() - middle for key in stale}
        return sorted(stale, key=lambda key: QPointF.dotProduct(place[key], place[key]))

    def wanted(self, view: View, scale: float) -> list[Key]:
        """The squares of a scale that lie in the room of a view."""
        self._span = SIDE / view.ratio
        camera, side = view.camera, self._span * view.camera.scale / scale
        if view.scene.bounds.isEmpty():
            return []
        shown = camera.transform.mapRect(view.scene.reach.adjusted(-40, -40, 40, 40)).intersected(view.room)
        if shown.isEmpty():
            return []
        left, right = (shown.left() - camera.dx) / side, (shown.right() - camera.dx) / side
        top, bottom = (shown.top() - camera.dy) / side, (shown.bottom() - camera.dy) / side
        columns = range(math.floor(left), math.ceil(right))
        return [
            (scale, column, row) for row in range(math.floor(top), math.ceil(bottom)) for column in columns
        ]

    def has(self, key: Key) -> bool:
        """Whether there is something to show of a square."""
        tile = self._tiles.get(key)
        return tile is not None and tile.picture is not None

    def picture(self, key: Key) -> QPixmap | None:
        """What is shown of a square; it stays in use."""
        tile = self._tiles.get(key)
        if tile is None:
            return None
        tile.used = self._clock
        return tile.picture

    def place(self, view: View, key: Key) -> QRectF:
        """Where a square is seen."""
        scale, column, row = key
        grown = view.camera.scale / scale
        side = self._span * grown
        return QRectF(column * side + view.camera.dx, row * side + view.camera.dy, side, side)

    def job(self, view: View, key: Key) -> Job:
        """The work of painting a square."""
        tile, span = self._tiles[key], self._span
        scale, column, row = key
        camera = Camera(scale, -column * span, -row * span)
        room = QRectF(0, 0, span, span)
        old = tile.coming or tile.picture
        if tile.dirty is not None and old is not None:
            part = camera.transform.mapRect(tile.dirty).intersected(room)
            part = QRectF(part.toAlignedRect()).intersected(room)
            if part.width() * part.height() <= PATCH * span * span:
                room = part
            else:
                old = None
        else:
            old = None
        tile.stale, tile.dirty = False, None
        if old is not None:
            picture = QPixmap(old)
        else:
            picture = QPixmap(QSize(SIDE, SIDE))
            picture.setDevicePixelRatio(view.ratio)
            picture.fill(view.theme.palette.canvas if self._opaque else Qt.GlobalColor.transparent)
        return Job(self, key, replace(view, camera=camera, room=room), picture, self._steps, self._opaque)

    def put(self, key: Key, picture: QPixmap) -> None:
        """A square is painted."""
        tile = self._tiles.get(key)
        if tile is None:
            return
        if tile.picture is None:
            tile.picture = picture
            self.changes += 1
        else:
            tile.coming = picture

    def change(self) -> None:
        """Show what is new."""
        self.changes += 1
        for tile in self._tiles.values():
            if tile.coming is not None:
                tile.picture, tile.coming = tile.coming, None

    @property
    def waiting(self) -> bool:
        """Whether something new is not shown yet."""
        return any(tile.coming is not None for tile in self._tiles.values())

    def draw(self, painter: QPainter, view: View) -> None:
        """Show the layer in the room of a view, as far as there is something to show."""
        wanted = {key: self.picture(key) for key in self.wanted(view, view.camera.scale)}
        lacking = [key for key, picture in wanted.items() if picture is None]
        if lacking:
            self._stand_in(painter, view, lacking)
        for key, picture in wanted.items():
            if picture is not None:
                painter.drawPixmap(self.place(view, key).topLeft(), picture)

    def _stand_in(self, painter: QPainter, view: View, lacking: list[Key]) -> None:
        scales = self.scales() - {view.camera.scale}
        if not scales:
            return
        area = QRectF()
        for key in lacking:
            area = area.united(self.place(view, key))
        painter.save()
        painter.setClipRect(area.intersected(view.room), Qt.ClipOperation.IntersectClip)
        order = sorted(scales, key=lambda scale: -abs(math.log2(scale / view.camera.scale)))
        for scale in order[-2:]:
            for key in self.wanted(view, scale):
                picture, place = self.picture(key), self.place(view, key)
                if picture is not None and place.intersects(area):
                    painter.drawPixmap(place, picture, WHOLE)
        painter.restore()

    def trim(self, most: int) -> None:
        """Forget what was not shown for the longest time, until no more than so many bytes are kept."""
        self._clock += 1
        size = SIDE * SIDE * BYTES
        held = [key for key, tile in self._tiles.items() if tile.picture is not None]
        surplus = len(held) - most // size
        if surplus > 0:
            # What shows most of the plane stands in for all else, and is left longest.
            least = min(held)[0]
            for key in sorted(held, key=lambda key: (key[0] == least, self._tiles[key].used))[:surplus]:
                if self._tiles[key].used < self._clock - 1:
                    del self._tiles[key]
        if len(self._tiles) > 4 * len(held) + 64:
            self._tiles = {key: tile for key, tile in self._tiles.items() if tile.picture is not None}

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        held = sum((tile.picture is not None) + (tile.coming is not None) for tile in self._tiles.values())
        return held * SIDE * SIDE * BYTES

    def clear(self) -> None:
        """Forget everything."""
        self._tiles.clear()


class Job:
    """A square that is being painted."""

    def __init__(
        self,
        layer: Layer,
        key: Key,
        view: View,
        picture: QPixmap,
        steps: Callable[[View], Iterator[Step]],
        opaque: bool,
    ) -> None:
        self.layer, self.key, self.view = layer, key, view
        self._picture, self._opaque = picture, opaque
        self._steps = steps(view)
        self._begun = False
        self._pace = 0.0
        """How long a step has taken of late, in seconds."""

    def work(self, until: float) -> bool:
        """Paint until a time of `time.perf_counter`; whether it is done."""
        painter = QPainter(self._picture)
        try:
            if not self._begun:
                painter.setClipRect(self.view.room)
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
                ground = self.view.theme.palette.canvas if self._opaque else Qt.GlobalColor.transparent
                painter.fillRect(self.view.room, ground)
                painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
                self._begun = True
            painting.begin(painter, self.view)
            began = time.perf_counter()
            for step in self._steps:
                try:
                    step(painter)
                except Exception as error:
                    # One thing that cannot be drawn does not take the others with it.
                    logger.debug("a step of painting did not work", exc_info=True)
                    self.layer.defect = error
                painter.setOpacity(1.0)
                now = time.perf_counter()
                self._pace = (self._pace + now - began) / 2
                began = now
                if now + self._pace >= until:
                    return False
        finally:
            painter.end()
        self.layer.put(self.key, self._picture)
        return True
