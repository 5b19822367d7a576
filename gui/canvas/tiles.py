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

from gui.canvas import painting
from gui.canvas.camera import Camera
from gui.canvas.painting import Step
from gui.canvas.view import View

logger = logging.getLogger("eventscope.canvas")

SIDE = 512
"""Pixels of the screen along a square."""
BYTES = 4
"""For each of its pixels."""
PATCH = 0.3
"""Up to this part of a square is painted anew by itself."""
HELD_S = 0.12
"""How long squares that are right again wait for the others in sight, so that all change together."""
MOST = 1.7
"""How much larger or smaller than it was painted a square is shown while the scale changes."""

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

    def missing(self, view: View) -> list[Key]:
        """The squares in the room of a view that are to be painted, those in the middle first."""
        self._span = SIDE / view.ratio
        wanted = list(self._wanted(view))
        middle = view.room.center()
        stale = []
        for key in wanted:
            tile = self._tiles.setdefault(key, Tile())
            if tile.stale:
                stale.append(key)
        place = {key: self._place(view, key).center() - middle for key in stale}
        return sorted(stale, key=lambda key: QPointF.dotProduct(place[key], place[key]))

    def _wanted(self, view: View) -> Iterator[Key]:
        camera, room, span = view.camera, view.room, self._span
        if view.scene.bounds.isEmpty():
            return
        shown = camera.transform.mapRect(view.scene.bounds.adjusted(-40, -40, 40, 40)).intersected(room)
        if shown.isEmpty():
            return
        columns = math.floor((shown.left() - camera.dx) / span), math.ceil((shown.right() - camera.dx) / span)
        rows = math.floor((shown.top() - camera.dy) / span), math.ceil((shown.bottom() - camera.dy) / span)
        for row in range(*rows):
            for column in range(*columns):
                yield camera.scale, column, row

    def _place(self, view: View, key: Key) -> QRectF:
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
        else:
            tile.coming = picture

    def change(self) -> None:
        """Show what is new."""
        for tile in self._tiles.values():
            if tile.coming is not None:
                tile.picture, tile.coming = tile.coming, None

    @property
    def waiting(self) -> bool:
        """Whether something new is not shown yet."""
        return any(tile.coming is not None for tile in self._tiles.values())

    def draw(self, painter: QPainter, view: View) -> None:
        """Show the layer in the room of a view, as far as there is something to show."""
        self._span = SIDE / view.ratio
        self._clock += 1
        wanted = list(self._wanted(view))
        lacking = [key for key in wanted if key not in self._tiles or self._tiles[key].picture is None]
        if lacking:
            self._stand_in(painter, view, lacking)
        for key in wanted:
            tile = self._tiles.get(key)
            if tile is None:
                continue
            tile.used = self._clock
            if tile.picture is not None:
                painter.drawPixmap(self._place(view, key).topLeft(), tile.picture)

    def _stand_in(self, painter: QPainter, view: View, lacking: list[Key]) -> None:
        scales = self.scales() - {view.camera.scale}
        if not scales:
            return
        area = QRectF()
        for key in lacking:
            area = area.united(self._place(view, key))
        painter.save()
        painter.setClipRect(area.intersected(view.room), Qt.ClipOperation.IntersectClip)
        order = sorted(scales, key=lambda scale: -abs(math.log2(scale / view.camera.scale)))
        for scale in order[-2:]:
            self.draw_scaled(painter, view, scale, area)
        painter.restore()

    def draw_scaled(self, painter: QPainter, view: View, scale: float, area: QRectF | None = None) -> None:
        """Show what was painted at another scale."""
        shown = view.room if area is None else area.intersected(view.room)
        source = QRectF(0, 0, SIDE, SIDE)
        for key, tile in self._tiles.items():
            if key[0] == scale and tile.picture is not None:
                place = self._place(view, key)
                if place.intersects(shown):
                    tile.used = self._clock
                    painter.drawPixmap(place, tile.picture, source)

    def trim(self, most: int) -> None:
        """Forget what was not shown for the longest time, until no more than so many bytes are kept."""
        size = SIDE * SIDE * BYTES
        held = [key for key, tile in self._tiles.items() if tile.picture is not None]
        surplus = len(held) - most // size
        if surplus > 0:
            for key in sorted(held, key=lambda key: self._tiles[key].used)[:surplus]:
                if self._tiles[key].used < self._clock:
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
            for step in self._steps:
                try:
                    step(painter)
                except Exception as error:
                    # One thing that cannot be drawn does not take the others with it.
                    logger.debug("a step of painting did not work", exc_info=True)
                    self.layer.defect = error
                painter.setOpacity(1.0)
                if time.perf_counter() >= until:
                    return False
        finally:
            painter.end()
        self.layer.put(self.key, self._picture)
        return True
