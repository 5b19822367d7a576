"""The painted layers: still ones are kept until something in them changes, traffic moves between them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from graph.identity import Line
from gui import figures
from gui.canvas.layers.joined import Joined
from gui.canvas.layers.tiles import HELD_S, Job, Layer
from gui.canvas.paint import edges as drawing
from gui.canvas.paint import legend, minimap, painting
from gui.canvas.paint.camera import fitted
from gui.canvas.paint.traffic import Cover, Traffic
from gui.canvas.paint.view import NAMED, SHAPED, Mode, View
from gui.canvas.scene import changes
from gui.canvas.scene.regions import span
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import Sizes
from gui.fonts import Role

DASH_PX_PER_S = 18.0
FRAME_S = 0.004
"""How long a frame takes in all while the picture is being dragged: what showing it leaves is painted in."""
MOVING_S, SCALING_S = (0.001, 0.002), 0.0005
"""How long it may paint then at least and at most, and how long while its scale changes."""
RESTING_S = 0.014
"""The same while it rests."""
MAPPING_S = 0.001
"""How long a frame may paint at the minimap."""
CACHE = 76_000_000
"""Bytes of all pictures that are kept, or about six times what is in sight where that is more."""


class Stack:
    """Ground and figures in squares, and what lies over them."""

    def __init__(self) -> None:
        self.empty = "Nothing is connected yet. Add a server to see who sends what to whom."
        self.waiting = ""
        """What to say instead while the first layout runs."""
        self.behind = False
        """Whether something is still to be painted, and another frame is wanted."""
        self.explains = self.maps = True
        """Whether the legend and the minimap are wanted."""
        self._layers = (
            Layer(painting.ground_steps, opaque=True),
            Layer(painting.figure_steps, opaque=False),
        )
        self._joined = Joined(self._layers)
        self._job: Job | None = None
        self._view: View | None = None
        """The one before."""
        self._resting = False
        self._held_since: float | None = None
        self._cost = 0.0
        """Seconds that the last frame took but for what it painted anew."""
        self._map = minimap.Minimap()
        self._map_room = QRectF()
        self._legend: tuple[object, QRectF, QPixmap] | None = None
        self._words: tuple[Scene, int, list[str]] | None = None

    def forget(self) -> None:
        """Draw everything anew the next time."""
        self._job = self._view = None
        self._joined.clear()
        for layer in self._layers:
            layer.clear()

    def postpone(self) -> None:
        """The scene was just built, which took its time: paint nothing new in the next frame."""
        self._resting = True

    def wait(self, sentence: str) -> None:
        """Say that a layout runs; nothing when the sentence is empty."""
        self.waiting = sentence

    def over_minimap(self, place: QPointF) -> bool:
        """Whether a place of the widget lies on the minimap."""
        return self._map_room.contains(place)

    @property
    def size(self) -> int:
        """Bytes of all pictures that are kept."""
        return self._joined.size + sum(layer.size for layer in self._layers)

    def paint(
        self,
        painter: QPainter,
        view: View,
        sizes: Sizes,
        between: Callable[[QPainter], object],
        *,
        moving: bool = False,
        finish: bool = False,
    ) -> None:
        """A frame; what moves is painted `between` the still layers.

        Little is painted anew in a frame that is `moving`, and all of it in one that is to `finish`.
        """
        view = view.fitted()
        began = time.perf_counter()
        self._compare(view)
        goal = self._joined.goal(view) if view.quick else view.camera.scale
        least, most = MOVING_S
        spare = min(most, max(least, FRAME_S - self._cost))
        budget = SCALING_S if view.quick else spare if moving else RESTING_S
        worked = self._work(view, goal, math.inf if finish else budget)
        painter.setClipRect(view.room)
        if (view.moved or view.quick) and not finish:
            self._joined.draw(painter, view, goal)
            painter.save()
            between(painter)
            painter.restore()
        else:
            painter.fillRect(view.room, view.theme.palette.canvas)
            for layer in self._layers:
                layer.draw(painter, view)
                if layer is self._layers[0]:
                    painter.save()
                    between(painter)
                    painter.restore()
        room = int(view.room.width() * view.room.height() * view.ratio**2 * 4)
        for layer in self._layers:
            layer.trim(max(int(0.39 * CACHE), int(2.2 * room)))
        self._overlay(painter, view, sizes, finish=finish)
        self._cost = time.perf_counter() - began - worked
        for layer in self._layers:
            if layer.defect is not None:
                defect, layer.defect = layer.defect, None
                raise defect

    def _compare(self, view: View) -> None:
        """Find out what must be painted anew since the last frame."""
        before, self._view = self._view, view
        if before is None or before is view:
            return
        if (before.theme, before.ratio) != (view.theme, view.ratio):
            for layer in self._layers:
                layer.trim(0)
        if _look(before) != _look(view):
            for layer in self._layers:
                layer.spoil()
            self._job = None
        elif before.scene is not view.scene:
            areas = changes.between(before.scene, view.scene)
            for layer, spoilt in zip(self._layers, areas, strict=True):
                layer.spoil(spoilt)
        arrived = [node for node in before.fading if node not in view.fading and node in view.scene.nodes]
        if arrived:
            self._layers[1].spoil([view.scene.nodes[node].rect.adjusted(-9, -12, 12, 24) for node in arrived])

    def _work(self, view: View, scale: float, budget_s: float) -> float:
        """Paint anew for some time; how long it took, in seconds."""
        resting, self._resting = self._resting, False
        now = time.perf_counter()
        until = now + budget_s
        if self._job is not None and self._job.key[0] != scale:
            self._job = None
        stale = [(layer, key) for layer in self._layers for key in layer.missing(view, scale)]
        if view.quick:
            # What was right a moment ago will do until the scale rests.
            stale = [(layer, key) for layer, key in stale if not layer.has(key)]
        while not (resting and math.isfinite(budget_s)) and time.perf_counter() < until:
            if self._job is None:
                if not stale:
                    break
                layer, key = stale.pop(0)
                self._job = layer.job(view, key)
            if self._job.work(until):
                self._job = None
        waiting = any(layer.waiting for layer in self._layers)
        self.behind = bool(stale) or self._job is not None
        if waiting:
            self._held_since = self._held_since or now
            if not self.behind or now - self._held_since > HELD_S:
                for layer in self._layers:
                    layer.change()
                self._held_since = None
        if not self.behind and not resting:
            for key in self._joined.lacking(view, scale):
                self._joined.join(key)
                if time.perf_counter() > until:
                    break
        return time.perf_counter() - now

    def _overlay(self, painter: QPainter, view: View, sizes: Sizes, *, finish: bool) -> None:
        scene, theme = view.scene, view.theme
        self._map_room = QRectF()
        if not scene.node_table.ids:
            painter.setFont(theme.font(Role.BODY))
            painter.setPen(theme.palette.dim)
            where = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(view.room.adjusted(40, 0, -40, 0), where, self.waiting or self.empty)
            return
        room = view.room
        if self.maps and _map_fits(view):
            self._map_room = minimap.room(room)
            room = room.adjusted(0, 0, self._map_room.left() - room.right(), 0)
            self._map.draw(painter, view, math.inf if finish else MAPPING_S)
            self.behind |= self._map.behind
        self._explain(painter, view, room, sizes)

    def foot(self, scene: Scene, room: QRectF, sizes: Sizes) -> float:
        """How much of the bottom of a view the legend takes, beside the minimap."""
        left = minimap.room(room).left() if self.maps else room.right()
        return legend.height(self.words(scene), room.adjusted(0, 0, left - room.right(), 0), sizes)

    def words(self, scene: Scene) -> list[str]:
        """The words of the legend for what there is."""
        said = scene.content.said
        if not self.explains:
            return []
        if self._words is None or self._words[0] is not scene or self._words[1] != said:
            self._words = scene, said, legend.entries(scene.samples, scene.content.remarks)
        return self._words[2]

    def _explain(self, painter: QPainter, view: View, room: QRectF, sizes: Sizes) -> None:
        """The legend, and what is not drawn."""
        words = self.words(view.scene) if view.card >= SHAPED else []
        hidden = uncounted(view)
        if not words and not hidden:
            self._legend = None
            return
        key = tuple(words), hidden, view.theme, room.width(), room.bottom(), view.ratio, id(sizes)
        # While the scale changes, so do the numbers in it, faster than anybody reads.
        if self._legend is None or (self._legend[0] != key and not view.quick):
            high = legend.height([*words, *([hidden] if hidden else [])], room, sizes) + 12
            box = QRectF(room.left(), room.bottom() - high, room.width(), high)
            picture = QPixmap((box.size() * view.ratio).toSize())
            picture.setDevicePixelRatio(view.ratio)
            picture.fill(Qt.GlobalColor.transparent)
            drawn = QPainter(picture)
            try:
                drawn.setRenderHint(QPainter.RenderHint.Antialiasing)
                drawn.translate(-box.topLeft())
                legend.draw(drawn, room, words, hidden, view.theme, sizes)
            finally:
                drawn.end()
            self._legend = key, box, picture
        painter.drawPixmap(self._legend[1].topLeft(), self._legend[2])


def _look(view: View) -> object:
    """What all squares depend on, whatever the scene and wherever the camera."""
    parts = view.theme, view.ratio, view.selected, view.lit, view.possible, view.live, view.trail, view.times
    return *parts, view.mode, view.barred


def legend_words(view: View) -> list[str]:
    """The words of the legend for what is in a view."""
    return legend.entries(view.scene.samples, view.scene.content.remarks)


def uncounted(view: View) -> str:
    """What is not drawn for want of room, in words; empty where all is."""
    scene, said = view.scene, []
    if view.mode is Mode.FAR:
        found = scene.regions(span(view.camera.scale))
        bundles, total = len(found.bundled), int(found.bundled.sum())
        if bundles:
            said.append(f"{figures.plural(total, 'edge')} in {figures.plural(bundles, 'bundle')}")
        if found.inside + found.left:
            said.append(f"{found.inside + found.left:,} more show nearer by")
    elif math.isfinite(view.longest) and view.scene.line_table.lengths.max(initial=0.0) > view.longest:
        said.append("long edges by their ends")
    if view.card >= NAMED and scene.hidden_names:
        said.append(f"{figures.plural(len(scene.hidden_names), 'name')} hidden")
    return " · ".join(said)


def _map_fits(view: View) -> bool:
    """Beside a picture that is all in sight, the minimap shows only where it covers nothing."""
    scene, seen = view.scene, view.camera.seen(view.room)
    if not seen.adjusted(-1, -1, 1, 1).contains(scene.bounds):
        return True
    under = view.camera.seen(minimap.room(view.room))
    below = scene.node_table.touching(under.adjusted(-90, -20, 90, 20)).tolist()
    ids = scene.node_table.ids
    covered = [name.rect for row in below if (name := scene.names.get(ids[row])) is not None]
    table = scene.line_table
    passing = table.points[table.touching(under)].astype(np.float64)
    inside = (passing > (under.left(), under.top())) & (passing < (under.right(), under.bottom()))
    free = not len(scene.node_table.touching(under)) and not inside.all(axis=2).any()
    return free and not any(rect.intersects(under) for rect in covered)


def moving(
    painter: QPainter,
    view: View,
    traffic: Traffic,
    hovered: list[Line],
    seconds: float,
    under: Cover | None = None,
) -> None:
    """Dots but for those `under` nodes, moving dashes, lines under the pointer, and nodes that come in."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(view.room)
    theme, lit = view.theme, None if view.lit is None else view.lit.lines
    painter.save()
    painter.setTransform(view.camera.transform, combine=True)
    edges = view.scene.edges
    for key in view.live:
        if key in edges:
            shade = drawing.colour(
                edges[key], theme, lit=lit is None or key in lit, mark=edges[key].remark.mark
            )
            shade = theme.palette.accent if key == view.selected else shade
            moved, said = -seconds * DASH_PX_PER_S, edges[key].remark
            drawing.draw(painter, edges[key], theme, shade, offset=moved, arrows=False, remark=said)
    for key in hovered:
        if edges[key].loop is None:
            drawing.draw(painter, edges[key], theme, theme.palette.accent, remark=edges[key].remark)
    for node, part in view.fading.items():
        if node in view.scene.nodes and view.card >= SHAPED:
            painter.setOpacity(part)
            painting.draw_node(painter, view, node, coming=True)
            painter.setOpacity(1.0)
    painter.restore()
    traffic.draw(painter, view.camera, view.room, theme, seconds, under)


def image(view: View, traffic: Traffic, scale: float) -> QImage:
    """The whole scene, with `scale` pixels for a px of the plane."""
    bounds = view.scene.extent(scale) if not view.scene.bounds.isEmpty() else view.room
    size = QSize(max(1, round(bounds.width() * scale)), max(1, round(bounds.height() * scale)))
    made = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    room = QRectF(0, 0, size.width(), size.height())
    # A picture is one of the whole graph at rest: no moving dashes, nothing half faded in.
    camera = fitted(bounds, room, scale)
    whole = replace(
        view, camera=camera, room=room, ratio=1.0, live=frozenset(), fading={}, quick=False, mode=None
    )
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
