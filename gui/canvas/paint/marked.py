"""Several nodes at once: rings round those that are marked, and the band that marks them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from graph.identity import Place
from gui.canvas.paint.camera import Camera
from gui.canvas.paint.view import NAMED
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import CARD
from gui.theme import Theme, faded

GAP = 4.0
"""Px of the screen between a node and its ring."""


def within(rects: Mapping[Place, QRectF], band: QRectF) -> frozenset[Place]:
    """The nodes that a band touches, both in px of the plane."""
    return frozenset(node for node, rect in rects.items() if rect.intersects(band))


def draw(
    painter: QPainter,
    scene: Scene,
    places: Collection[Place],
    band: QRectF | None,
    camera: Camera,
    theme: Theme,
) -> None:
    """Draw rings round the marked nodes and their names, and the band, in px of the widget."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.palette.accent, 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    names = scene.names if camera.scale * CARD[0] >= NAMED else {}
    for place in places:
        if place in scene.nodes:
            rect = scene.nodes[place].rect
            around = rect.united(names[place].rect) if place in names else rect
            ring = camera.transform.mapRect(around).adjusted(-GAP, -GAP, GAP, GAP)
            painter.drawRoundedRect(ring, 8.0, 8.0)
    if band is not None:
        painter.setPen(QPen(theme.palette.accent, 1.0, Qt.PenStyle.DashLine))
        painter.setBrush(faded(theme.palette.accent, 0.10))
        painter.drawRect(band)
    painter.restore()
