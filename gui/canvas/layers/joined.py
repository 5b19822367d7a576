"""Both still layers as one picture: what is shown of them while the camera moves.

One large picture is copied to the screen in half the time that its squares take, so what is in sight and some
more is kept in one piece, which is moved on when the camera leaves it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap, QRegion

from gui.canvas.layers.tiles import BYTES, SIDE, WHOLE, Key, Layer
from gui.canvas.paint.view import View

MOST = 1.7
"""How much larger or smaller than it was painted a square is shown, where others can be had."""
BLURRED = 4.0
"""The same where all of it is there, and others are only being painted."""
MARGIN = 240
"""Px that are kept beyond each side of what is in sight."""
DENSE = 2.0
"""From so many pixels for a px on, half of them are shown while the scale changes: nobody sees a difference
then, and four times as many would take too long."""


class Joined:
    """Squares of all layers, one over the other and side by side."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """The lowest layer first, which is opaque."""
        self._layers = layers
        self._kind: object = None
        """What all of the picture depends on."""
        self._scale = 0.0
        self._room = QRect()
        """Which pixels of the plane at that scale the picture shows."""
        self._pictures: list[QPixmap] = []
        """It, and where pixels are dense, once more with half as many along each side."""
        self._drawn: dict[Key, list[int]] = {}
        """The squares that it shows, and what each was made of."""
        self._done = QRegion()
        """As far as they have been drawn."""
        self._joined: tuple[QRect, list[int]] | None = None
        """What was shown, and how often layers had changed, when none was lacking."""

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        return sum(picture.width() * picture.height() * BYTES for picture in self._pictures)

    def clear(self) -> None:
        """Forget everything."""
        self._kind, self._scale = None, 0.0
        self._pictures.clear()
        self._drawn.clear()
        self._done, self._joined = QRegion(), None

    def goal(self, view: View) -> float:
        """The scale to paint at while it changes: one at which all is there, if it is near enough."""
        whole = self._whole(view, MOST)
        return float(2.0 ** (round(2 * math.log2(view.camera.scale)) / 2)) if whole is None else whole

    def _whole(self, view: View, most: float) -> float | None:
        """A scale at which all that a view shows is there: that of the picture, or else the nearest."""
        wanted = view.camera.scale
        for scale in sorted(self._scales(view), key=lambda scale: scale != self._scale):
            if abs(math.log2(scale / wanted)) < math.log2(most) and self._share(view, scale) == 1.0:
                return scale
        return None

    def _scales(self, view: View) -> list[float]:
        """Scales at which something is there, the nearest first."""
        wanted = view.camera.scale
        return sorted(self._layers[0].scales(), key=lambda scale: abs(math.log2(scale / wanted)))

    def _share(self, view: View, scale: float) -> float:
        """How much of what a view shows is there at a scale."""
        wanted = self._layers[0].wanted(view, scale)
        there = sum(all(layer.has(key) for layer in self._layers) for key in wanted)
        return there / len(wanted) if wanted else 1.0

    def lacking(self, view: View, scale: float) -> list[Key]:
        """Turn to what a view shows at a scale, if all of it is there; the squares to be joined for that."""
        if scale != self._scale and self._share(view, scale) < 1.0:
            return []
        if self._turn(view, scale):
            return []
        state = self._room, [layer.changes for layer in self._layers]
        if state == self._joined:
            return []
        left, top, right, bottom = (side // SIDE for side in self._room.getCoords())  # type: ignore[attr-defined]
        near = [(scale, column, row) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        found = [key for key in near if not self._missing(key, self._made(key)).isEmpty()]
        self._joined = None if found else state
        return found

    def _missing(self, key: Key, made: Sequence[QPixmap]) -> QRegion:
        """The pixels of a square that the picture does not show as they are."""
        square = QRegion(self._square(key).intersected(self._room))
        right = self._drawn.get(key) == [picture.cacheKey() for picture in made]
        return square - self._done if right else square if made else QRegion()

    def _turn(self, view: View, scale: float) -> bool:
        """Let the picture show what a view does, and what is round it; whether it did not before."""
        pixels, camera = view.ratio * scale / view.camera.scale, view.camera
        seen = QRectF(-camera.dx, -camera.dy, view.room.width(), view.room.height())
        seen = QRectF(seen.topLeft() * pixels, seen.size() * pixels)
        kind = scale, view.ratio, view.theme, view.scene.reach.getRect(), view.room.size().toTuple()
        same = kind == self._kind
        if same and (view.quick or QRectF(self._room).contains(seen)):
            return False
        sides = (view.room.size() * view.ratio).toSize() + QSize(2, 2) * round(MARGIN * view.ratio)
        room = QRect(QPoint(), sides)
        room.moveCenter(seen.center().toPoint())
        room.moveTopLeft(QPoint(room.left() & ~1, room.top() & ~1))
        step = self._room.topLeft() - room.topLeft()
        if same and abs(step.x()) < sides.width() and abs(step.y()) < sides.height():
            for fold, picture in enumerate(self._pictures, 1):
                picture.scroll(step.x() // fold, step.y() // fold, picture.rect())
                painter = QPainter(picture)
                painter.scale(1 / fold, 1 / fold)
                painter.translate(-room.topLeft())
                # Where no square will ever be, the ground is all there is.
                for bare in QRegion(room) - QRegion(self._room):  # type: ignore[attr-defined]
                    painter.fillRect(bare, view.theme.palette.canvas)
                painter.end()
            self._done &= QRegion(room & self._room)
            self._drawn = {
                key: made for key, made in self._drawn.items() if room.intersects(self._square(key))
            }
        else:
            self.clear()
            for fold in (1, 2) if view.ratio >= DENSE else (1,):
                self._pictures.append(QPixmap(sides / fold))
        self._kind, self._scale, self._room = kind, scale, room
        if not self._drawn:
            for picture in self._pictures:
                picture.fill(view.theme.palette.canvas)
        return True

    def _square(self, key: Key) -> QRect:
        """The pixels of a square."""
        return QRect(key[1] * SIDE, key[2] * SIDE, SIDE, SIDE)

    def _made(self, key: Key) -> list[QPixmap]:
        """The pictures of a square, if all are there."""
        found = [picture for layer in self._layers if (picture := layer.picture(key)) is not None]
        return found if len(found) == len(self._layers) else []

    def join(self, key: Key) -> None:
        """Put a square into the picture."""
        made = self._made(key)
        part = self._missing(key, made)
        for fold, picture in enumerate(self._pictures, 1):
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.scale(1 / fold, 1 / fold)
            painter.translate(-self._room.topLeft())
            painter.setClipRegion(part)
            for each in made:
                painter.drawPixmap(QRectF(self._square(key)), each, WHOLE)
            painter.end()
        self._drawn[key] = [each.cacheKey() for each in made]
        self._done += part

    def draw(self, painter: QPainter, view: View, goal: float) -> None:
        """Show what there is at a scale, or while that changes, at another one if only there all is.

        Under what is not there stands what is nearest, and what there is most of.
        """
        whole = goal if not view.quick or self._share(view, goal) == 1.0 else self._whole(view, BLURRED)
        shown = [] if whole is None else self._layers[0].wanted(view, whole)
        there = {key: self._made(key) for key in shown}
        bare = (
            QRegion(view.room.toAlignedRect()) if whole is None else self._shown(painter, view, whole, there)
        )
        if bare.isEmpty():
            return
        if whole is None or not all(there.values()):
            shown = self._parts(view, goal, bare)
        painter.setClipRegion(bare)
        painter.fillRect(bare.boundingRect(), view.theme.palette.canvas)
        for key in shown:
            place = self._layers[0].place(view, key)
            if bare.intersects(place.toAlignedRect()):
                for picture in self._made(key):
                    if key[0] == view.camera.scale:
                        painter.drawPixmap(place.topLeft(), picture)
                    else:
                        painter.drawPixmap(place, picture, WHOLE)
        painter.setClipRect(view.room)

    def _shown(
        self, painter: QPainter, view: View, scale: float, there: Mapping[Key, list[QPixmap]]
    ) -> QRegion:
        """Show the picture, if it is one of a scale; where it shows nothing, or what is no longer so."""
        room = view.room.toAlignedRect()
        if self._scale != scale or not self._pictures:
            return QRegion(room)
        camera, grown = view.camera, view.camera.scale / scale / view.ratio
        place = QRectF(
            self._room.left() * grown + camera.dx,
            self._room.top() * grown + camera.dy,
            self._room.width() * grown,
            self._room.height() * grown,
        )
        picture = self._pictures[0 if camera.scale == scale else -1]
        if camera.scale == scale:
            picture.setDevicePixelRatio(view.ratio)
            painter.drawPixmap(place.topLeft(), picture)
            picture.setDevicePixelRatio(1.0)
        else:
            painter.drawPixmap(place, picture, QRectF(picture.rect()))
        bare = QRegion(room) - QRegion(place.adjusted(1, 1, -2, -2).toRect())
        for key, made in there.items():
            square = QRegion(self._square(key))
            for part in self._missing(key, made) if made else square:  # type: ignore[attr-defined]
                seen = QRectF(
                    part.left() * grown + camera.dx,
                    part.top() * grown + camera.dy,
                    part.width() * grown,
                    part.height() * grown,
                )
                bare += QRegion(seen.toAlignedRect().intersected(room))
        return bare

    def _parts(self, view: View, goal: float, bare: QRegion) -> list[Key]:
        """Squares of several scales for a part of the room, the best ones last; none that others cover."""
        others = [scale for scale in self._scales(view) if scale != goal]
        most = sorted(others[1:], key=lambda scale: -self._share(view, scale))[:1]
        shown: list[list[Key]] = []
        free = QRegion(bare)
        for scale in (goal, *others[:1], *most):
            places = {
                key: self._layers[0].place(view, key).toAlignedRect()
                for key in self._layers[0].wanted(view, scale)
                if all(layer.has(key) for layer in self._layers)
            }
            shown.append([key for key, place in places.items() if free.intersects(place)])
            for key in shown[-1]:
                free -= QRegion(places[key])
        return [key for keys in reversed(shown) for key in keys]
