"""The painted layers: still ones are kept until something in them changes, traffic moves between them."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from graph.identity import EdgeId, LoopId, NodeId
from gui import figures
from gui.canvas import edges as drawing
from gui.canvas import legend, minimap, painting
from gui.canvas.badges import Badge
from gui.canvas.camera import fitted
from gui.canvas.painting import View
from gui.canvas.scene import NodeItem, Scene
from gui.canvas.sizes import Sizes
from gui.canvas.traffic import Traffic
from gui.fonts import Role
from gui.theme import Theme

DASH_PX_PER_S = 18.0
PATCHES = 5
"""Nodes painted anew in one frame."""


class Stack:
    """Ground and figures as pixmaps, and the small map."""

    def __init__(self) -> None:
        self.empty = "Nothing is connected yet. Add a server to see who sends what to whom."
        self.waiting = ""
        """What to say instead while the first layout runs."""
        self._ground: View | None = None
        self._figures: View | None = None
        self._postponed = False
        self.behind = False
        """Whether the figures are still those of the view before, and want another frame."""
        self._paper = QPixmap(), QPixmap()
        self._drawn: dict[NodeId, NodeItem] = {}
        self._badges: tuple[Badge, ...] = ()
        """What the figures show now."""
        self._map: tuple[Scene, Theme, float, QPixmap] | None = None
        self._map_room = self._legend_room = QRectF()

    def forget(self) -> None:
        """Draw everything anew the next time."""
        self._ground = self._figures = None

    def postpone(self) -> None:
        """The scene was just built, which took its time: paint it in the frame after the next one."""
        self._postponed = True

    def wait(self, sentence: str) -> None:
        """Say that a layout runs; nothing when the sentence is empty."""
        if sentence != self.waiting:
            self.waiting = sentence
            self.forget()

    def over_minimap(self, place: QPointF) -> bool:
        """Whether a place of the widget lies on the minimap."""
        return self._map_room.contains(place)

    def still(self, view: View, sizes: Sizes) -> tuple[QPixmap, QPixmap]:
        """What lies under the traffic, and what lies over it.

        Where only the scene is another, its figures follow some nodes a frame: all at once hold up a frame.
        """
        postponed, behind = self._postponed, self.behind
        self._postponed = self.behind = False
        before = self._figures
        if before == view and not behind:
            return self._paper
        if postponed and before is not None and replace(before, scene=view.scene) == view:
            self.behind = True
            return self._paper
        size = (view.room.size() * view.ratio).toSize()
        if self._paper[0].size() != size or self._paper[0].devicePixelRatio() != view.ratio:
            self._paper = QPixmap(size), QPixmap(size)
            for pixmap in self._paper:
                pixmap.setDevicePixelRatio(view.ratio)
                # A new pixmap is opaque until something that is not is filled in.
                pixmap.fill(Qt.GlobalColor.transparent)
            self.forget()
        ground, above = self._paper
        alike = before is not None and replace(before, scene=view.scene, live=view.live) == view
        if not self._fits(view):
            painter = QPainter(ground)
            try:
                painting.ground(painter, view)
            finally:
                painter.end()
            self._ground = view
            self.behind = alike
            if alike:
                return self._paper
        painter = QPainter(above)
        try:
            if alike and before is not None and _patched(before, view):
                self._patch(painter, view, sizes)
            else:
                self._figure(painter, view, sizes, view.room)
                self._drawn, self._badges = dict(view.scene.nodes), view.scene.badges
        finally:
            painter.end()
        self._figures = view
        return self._paper

    def _patch(self, painter: QPainter, view: View, sizes: Sizes) -> None:
        """Paint anew where nodes and badges say something else, no more than holds up nobody."""
        scene = view.scene
        named = view.card >= painting.NAMED
        stale = [node for node in scene.nodes.values() if named and self._drawn.get(node.id) != node]
        self.behind = len(stale) > PATCHES
        places = [node.rect for node in stale[:PATCHES]]
        self._drawn.update((node.id, node) for node in stale[:PATCHES])
        if self._badges != scene.badges:
            places += [badge.rect for badge in (*self._badges, *scene.badges)]
            self._badges = scene.badges
        for place in places:
            seen = view.camera.transform.mapRect(place.adjusted(-3, -3, 3, 3))
            shown = QRectF(seen.toAlignedRect()).intersected(view.room)
            if not shown.isEmpty():
                self._figure(painter, view, sizes, shown)

    def _figure(self, painter: QPainter, view: View, sizes: Sizes, part: QRectF) -> None:
        painter.save()
        try:
            painter.setClipRect(part)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            painter.fillRect(part, Qt.GlobalColor.transparent)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            painting.figures(painter, view, part)
            painter.resetTransform()
            if part == view.room or any(
                part.intersects(over) for over in (self._map_room, self._legend_room)
            ):
                self._overlay(painter, view, sizes)
        finally:
            painter.restore()

    def _fits(self, view: View) -> bool:
        """Whether the ground would be painted the same."""
        ground = self._ground
        if ground is None or replace(ground, scene=view.scene) != view:
            return False
        return ground.scene is view.scene or ground.scene.lines == view.scene.lines

    def _overlay(self, painter: QPainter, view: View, sizes: Sizes) -> None:
        scene, theme = view.scene, view.theme
        self._map_room = self._legend_room = QRectF()
        if not scene.nodes:
            painter.setFont(theme.font(Role.BODY))
            painter.setPen(theme.palette.dim)
            where = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(view.room.adjusted(40, 0, -40, 0), where, self.waiting or self.empty)
            return
        named = view.card >= painting.NAMED
        count = len(scene.hidden_names)
        words = f"{figures.plural(count, 'name')} hidden" if count and named else ""
        lines = legend.entries(scene.edges.values()) if view.card >= painting.SHAPED else []
        room = view.room
        if _map_fits(view):
            self._map_room = minimap.room(room)
            room = room.adjusted(0, 0, self._map_room.left() - room.right(), 0)
            painter.drawPixmap(self._map_room.topLeft(), self._small(view))
            minimap.frame(painter, scene, theme, view.room, view.camera.seen(view.room))
        self._legend_room = legend.draw(painter, room, lines, words, theme, sizes)

    def _small(self, view: View) -> QPixmap:
        known = self._map
        if known is None or known[1:3] != (view.theme, view.ratio) or known[0].lines != view.scene.lines:
            picture = minimap.picture(view.scene, view.theme, view.ratio)
            known = self._map = view.scene, view.theme, view.ratio, picture
        return known[3]


def _patched(before: View, view: View) -> bool:
    """Whether nothing can have changed but in nodes and badges: a selected loop writes beside its edges."""
    return before.scene.names is view.scene.names and not isinstance(view.selected, LoopId)


def _map_fits(view: View) -> bool:
    """Beside a picture that is all in sight, the minimap shows only where it covers nothing."""
    scene, seen = view.scene, view.camera.seen(view.room)
    if not seen.adjusted(-1, -1, 1, 1).contains(scene.bounds):
        return True
    under = view.camera.seen(minimap.room(view.room))
    covered = [node.rect for node in scene.nodes.values()] + [name.rect for name in scene.names.values()]
    return not any(rect.intersects(under) for rect in covered)


def moving(painter: QPainter, view: View, traffic: Traffic, hovered: list[EdgeId], seconds: float) -> None:
    """Dots, moving dashes, and the edges under the pointer."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(view.room)
    theme, lit = view.theme, None if view.lit is None else view.lit[1]
    painter.save()
    painter.setTransform(view.camera.transform, combine=True)
    for key in view.live & view.scene.edges.keys():
        edge = view.scene.edges[key]
        shade = drawing.colour(edge, theme, lit=lit is None or key in lit)
        drawing.draw(painter, edge, theme, shade, offset=-seconds * DASH_PX_PER_S, arrows=False)
    for key in hovered:
        if view.scene.edges[key].loop is None:
            drawing.draw(painter, view.scene.edges[key], theme, theme.palette.accent)
    painter.restore()
    if view.card >= painting.NAMED / 2 and (lit is None or isinstance(view.selected, LoopId)):
        traffic.draw(painter, view.camera, view.room, theme, seconds)


def image(view: View, traffic: Traffic, scale: float) -> QImage:
    """The whole scene, with `scale` pixels for a px of the plane."""
    bounds = view.scene.bounds if not view.scene.bounds.isEmpty() else view.room
    size = QSize(max(1, round(bounds.width() * scale)), max(1, round(bounds.height() * scale)))
    made = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    room = QRectF(0, 0, size.width(), size.height())
    # A picture is one of the whole graph at rest: no moving dashes, nothing half faded in.
    camera = fitted(bounds, room, scale)
    whole = replace(view, camera=camera, room=room, ratio=1.0, live=frozenset(), fading={}, quick=False)
    painter = QPainter(made)
    try:
        painting.ground(painter, whole)
        painter.resetTransform()
        moving(painter, whole, traffic, [], 0.0)
        painter.resetTransform()
        painting.figures(painter, whole, room)
    finally:
        painter.end()
    return made
