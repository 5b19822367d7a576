"""What is looked at and what moves in it: the view, the dots and the trail, painted as a frame."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from graph.identity import BundleId, ChannelId, EdgeId, Line, Place, Subject
from graph.view.groups import members
from gui.canvas.hands import attention, picking
from gui.canvas.hands.attention import Lit
from gui.canvas.layers import stack
from gui.canvas.layers.stack import Stack
from gui.canvas.paint.camera import Camera
from gui.canvas.paint.traffic import Cover, Traffic
from gui.canvas.paint.trail import Leg, Trail
from gui.canvas.paint.view import NAMED, SHAPED, Mode, View, barred, mode
from gui.canvas.picture import Picture
from gui.canvas.routes import curves
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.crowd import CrowdScene
from gui.canvas.scene.regions import span
from gui.canvas.scene.tables import NodeTable, Numbers
from gui.theme import Theme

LIVE_DASHES = 20
"""Above this many doubtful lines their dashes stand still."""
TRAVELLED = 1_200
"""Lines that dots may travel at one time: the most dangerous and the busiest ones in sight."""
STEPS = 6
"""Pieces of each third of a curve that dots follow."""


class Stage:
    """Everything that a frame depends on besides the scene."""

    def __init__(self, picture: Picture, theme: Theme) -> None:
        self.picture = picture
        self.theme = theme
        self.camera = Camera()
        self.room = QRectF()
        self.selected: Subject | None = None
        self.hover: Subject | None = None
        self.trail = Trail()
        self.stack = Stack()
        self.animated = True
        self.quick = False
        """Whether the scale is changing."""
        self.panned = False
        """Whether the camera is moving at all."""
        self.lit: Lit | None = None
        self._mode: Mode | None = None
        self._barred = False
        self._traffic: Traffic | None = None
        self._late = 0
        """In how many frames dots are made for what is shown now; 0 where they are, or nothing is."""
        self._cover: tuple[NodeTable, Cover] | None = None
        self._dashed: frozenset[Line] = frozenset()

    def select(self, subject: Subject | None) -> None:
        """Something else is selected."""
        self.selected = subject
        self.light_up((), None)

    def light_up(self, edges: Sequence[EdgeId], times: Mapping[ChannelId, str] | None) -> None:
        """Light up the way that one event took."""
        self.trail.light(edges, times)
        self.refresh()

    def play(self, legs: Sequence[Leg]) -> None:
        """Let a dot travel a trail."""
        self.trail.play(legs, self.picture.scene.edges, time.monotonic())

    def refresh(self, *, moved: bool = True) -> None:
        """The scene is another one, or something else is to be bright.

        Where nothing `moved`, dots in a crowd go on as they were until there is time to make others.
        """
        before, self.lit = self.lit, attention.lit(self.picture.scene, self.selected, self.trail.edges)
        if moved or before != self.lit or not isinstance(self.picture.scene, CrowdScene):
            self._traffic = None
        self._late = 2

    def move(self, camera: Camera, *, quick: bool) -> None:
        """Look at another part; `quick` while people are on the way to it."""
        self.quick = quick and (self.quick or camera.scale != self.camera.scale)
        self.panned = quick
        far = abs(camera.scale / self.camera.scale - 1.0) > 0.25
        self.camera = camera
        if not quick or far:
            self.rest()

    def settle(self) -> None:
        """The camera has come to rest."""
        self.quick = self.panned = False
        self.rest()

    def rest(self) -> None:
        """Let dots travel what is in sight now."""
        if isinstance(self.picture.scene, CrowdScene):
            self._traffic = None

    @property
    def traffic(self) -> Traffic:
        """The dots of what is in sight."""
        if self._traffic is None:
            self._traffic, self._late = self._made_traffic(), 0
        return self._traffic

    def _made_traffic(self) -> Traffic:
        scene, view = self.picture.scene, self.view(1.0)
        table = scene.line_table
        rows: Numbers = np.arange(len(table.ids))
        if isinstance(scene, CrowdScene):
            rows = table.touching(view.seen)
        rows = rows[table.rate[rows] > 0]
        dashes = (table.certainty[rows] > 0) & ~table.route[rows]
        self._dashed = frozenset(table.ids[row] for row in rows[dashes][: LIVE_DASHES + 1].tolist())
        rows = rows[~dashes]
        if view.lit is not None:
            number = table.ids.number
            rows = rows[np.isin(rows, [number[line] for line in view.lit.lines if line in number])]
        elif view.mode is Mode.FAR:
            return self._bundled(view, rows[table.rank[rows] >= 0])
        rows = rows[table.lengths[rows] <= view.longest]
        if len(rows) > TRAVELLED:
            rows = rows[np.lexsort((-table.rate[rows], -table.rank[rows].astype(int)))[:TRAVELLED]]
        return Traffic(
            self._points(rows), table.rate[rows].astype(np.float64), table.rank[rows], self.camera.scale
        )

    def _points(self, rows: Numbers) -> list[Floats]:
        scene = self.picture.scene
        if isinstance(scene, CrowdScene) and scene.curves is not None:
            return list(curves.sampled(scene.curves[rows], STEPS).astype(np.float64))
        return [scene.edges[scene.line_table.ids[row]].way.points for row in rows.tolist()]

    def _bundled(self, view: View, loops: Numbers) -> Traffic:
        """Dots on bundles, as many as for one of their lines each, and on loops."""
        table, found = view.scene.line_table, view.scene.regions(span(view.camera.scale))
        ways = list(curves.cubics(found.ways, 3 * STEPS)) + self._points(loops)
        rates = np.concatenate([found.rates, table.rate[loops]])
        ranks = np.concatenate([np.full(len(found.ways), -1, np.int8), table.rank[loops]])
        return Traffic(ways, rates, ranks, self.camera.scale)

    def places(self, subject: Subject) -> set[Place]:
        """As what in the scene a subject is drawn."""
        found = self.picture.shown.drawn(members(self.picture.graph, subject), ())[0]
        if isinstance(subject, Place | BundleId):
            found |= {subject} if isinstance(subject, Place) else {subject.source, subject.target}
        return {place for place in found if place in self.picture.scene.nodes}

    def subject_at(self, place: QPointF) -> Subject | None:
        """What is drawn at a place of the widget."""
        longest = self.view(1.0).longest
        return picking.subject_at(self.picture.scene, self.camera.plane(place), self.camera.scale, longest)

    def view(self, ratio: float) -> View:
        """What is looked at now."""
        scene = self.picture.scene
        view = View(
            scene,
            self.theme,
            self.camera,
            self.room,
            ratio,
            self.selected,
            self.lit,
            attention.looked_at(scene, (self.hover, self.selected)),
            fading=self.picture.motion.fading(time.monotonic()),
            trail=self.trail.edges,
            times=self.trail.times,
            quick=self.quick,
            moved=self.panned or self.quick,
        )
        self._mode = mode(view, self._mode)
        self._barred = barred(view, self._barred)
        return replace(view, mode=self._mode, barred=self._barred)

    def frame(self, ratio: float, *, shown: bool) -> View:
        """The view of a frame, with the lines that are drawn with the traffic."""
        view = self.view(ratio)
        if self._late:
            self._late -= 1
            self._traffic = self._traffic if self._late else None
        live: frozenset[Line] = frozenset()
        if self.animates(shown=shown) and view.mode is Mode.DETAIL and view.card >= NAMED:
            live = self._dashed if len(self._dashed) <= LIVE_DASHES else frozenset()
        return replace(view, live=live)

    def paint(self, painter: QPainter, ratio: float, *, shown: bool, finish: bool = False) -> None:
        """A frame; `shown` while people can see it, `finish` to paint all that is still to come."""
        if not self.room.isEmpty():
            view = self.frame(ratio, shown=shown)
            seconds = time.monotonic() % 86_400.0 if self.animates(shown=shown) else 0.0
            hovered = attention.hovered(view.scene, self.hover)

            def between(under: QPainter) -> None:
                stack.moving(under, view, self.traffic, hovered, seconds, self._nodes_over(view))
                self.trail.draw(under, self.camera, self.theme, time.monotonic())

            moving = self.panned or self.quick or self.picture.busy
            self.stack.paint(painter, view, self.picture.sizes, between, moving=moving, finish=finish)

    def _nodes_over(self, view: View) -> Cover | None:
        """The nodes that hide dots where these are shown over all else; too small ones hide none."""
        if not view.moved or view.card < SHAPED:
            return None
        nodes, known, seen = view.scene.node_table, self._cover, view.seen
        if known is None or known[0] is not nodes or not known[1].serves(seen, self.camera.scale):
            wide, high = seen.width() / 4, seen.height() / 4
            room = seen.adjusted(-wide, -high, wide, high)
            known = self._cover = nodes, Cover(nodes.rects[nodes.touching(room)], room, self.camera.scale)
        return known[1]

    def animates(self, *, shown: bool) -> bool:
        """Whether something travels."""
        return shown and self.animated and (len(self.traffic) > 0 or bool(self._dashed))

    def busy(self, *, shown: bool) -> bool:
        """Whether frames are wanted although nothing happens."""
        now = time.monotonic()
        gliding = self.picture.motion.busy(now) or self.trail.place(now) is not None
        return shown and (gliding or self.animates(shown=True))

    def image(self, scale: float) -> QImage:
        """The whole graph, with `scale` pixels for a px."""
        return stack.image(self.view(1.0), self.traffic, scale)
