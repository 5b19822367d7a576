"""Which part of the plane the widget shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTransform

NEAREST = 3.0
FARTHEST = 0.005
HEAD = 44.0
"""Px at the top of a view that are left free where that costs nothing: alerts are told there."""


@dataclass(frozen=True)
class Camera:
    """`screen = plane * scale + (dx, dy)`, in px."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    @property
    def transform(self) -> QTransform:
        """From the plane to the screen."""
        return QTransform(self.scale, 0.0, 0.0, self.scale, self.dx, self.dy)

    def screen(self, point: QPointF) -> QPointF:
        """Where a point of the plane is seen."""
        return QPointF(point.x() * self.scale + self.dx, point.y() * self.scale + self.dy)

    def plane(self, point: QPointF) -> QPointF:
        """The point of the plane that is seen at a place."""
        return QPointF((point.x() - self.dx) / self.scale, (point.y() - self.dy) / self.scale)

    def seen(self, view: QRectF) -> QRectF:
        """The part of the plane that a rectangle of the screen shows."""
        return QRectF(self.plane(view.topLeft()), self.plane(view.bottomRight()))

    def moved(self, dx: float, dy: float) -> Camera:
        """The camera after dragging the picture by so many px."""
        return replace(self, dx=self.dx + dx, dy=self.dy + dy)

    def zoomed(self, factor: float, at: QPointF) -> Camera:
        """Nearer or farther, with the place under `at` held."""
        scale = min(NEAREST, max(min(FARTHEST, self.scale), self.scale * factor))
        held = self.plane(at)
        return Camera(scale, at.x() - held.x() * scale, at.y() - held.y() * scale)

    def centred(self, point: QPointF, view: QRectF) -> Camera:
        """The same scale with a point of the plane in the middle."""
        middle = view.center()
        return replace(self, dx=middle.x() - point.x() * self.scale, dy=middle.y() - point.y() * self.scale)


def framed(extent: Callable[[float], QRectF], view: QRectF, covered: float = 0.0) -> Camera:
    """All of a picture in the middle of `view`, never larger than life; `extent` is what it takes at a scale.

    It keeps off the top `covered` px, and off all of `HEAD` where that makes it no smaller.
    """
    free = view.adjusted(0, covered, 0, 0)
    made = fitted(extent(1.0), free)
    for _ in range(2):
        # What grows as the scale sinks makes it sink a little further.
        made = fitted(extent(made.scale), free)
    above = made.screen(extent(made.scale).topLeft()).y() - free.top()
    return made.moved(0.0, max(0.0, min(HEAD - covered - above, above)))


def fitted(bounds: QRectF, view: QRectF, most: float = 1.0) -> Camera:
    """All of `bounds` within `view`, in the middle, and never larger than `most`."""
    if bounds.isEmpty() or view.isEmpty():
        return Camera().centred(bounds.center(), view)
    scale = min(view.width() / bounds.width(), view.height() / bounds.height(), most)
    return Camera(scale).centred(bounds.center(), view)
