"""The widget that shows the graph: what it is told, what it shows, and what people do with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import tzinfo

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from graph.identity import ChannelId, EdgeId, NodeId, Place, Subject
from graph.layout.layout import Point
from graph.model import DependencyGraph, LoopStatus
from graph.view.settings import LabelKind, ViewSettings
from graph.view.shown import Shown
from gui.canvas.hands.gestures import Gestures
from gui.canvas.hands.handled import HandledWidget
from gui.canvas.paint import marked, notes
from gui.canvas.paint.camera import Camera, framed
from gui.canvas.paint.trail import Leg
from gui.canvas.paint.view import View
from gui.canvas.picture import WORKED, Picture
from gui.canvas.scene import changes, wording
from gui.canvas.scene.remarks import Marks
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import Sizes
from gui.canvas.stage import Stage
from gui.frame_timer import FrameTimer
from gui.theme import Theme

STEADY_MS = 100
"""How long after the last drag or zoom everything is painted at its true scale."""
REST_MS = 80
"""How long the pointer rests before what is under it lights up."""


class GraphCanvas(HandledWidget):
    """The dependency graph, alive: pan, zoom, pick, and watch records travel."""

    picked = Signal(object)
    """A Subject was clicked, or None for the ground."""
    activated = Signal(object)
    """A Subject was double-clicked, or Enter pressed on it."""
    names_hidden = Signal(int)
    """How many names found no room."""
    drifted = Signal(bool)
    """Whether the picture has grown so far from a fresh layout that tidying is worth offering."""
    menu_wanted = Signal(object, QPoint)
    """A menu for a Subject, or None for the ground, at a place of the screen."""
    arranging = Signal(str)
    """How far a large layout is, in a sentence; empty when it is done."""
    placed = Signal()
    """Something was put by hand, or let go."""
    marked_changed = Signal()
    """Others are marked."""
    looked = Signal()
    """It is known what is shown of a newer graph."""
    view_changed = Signal()
    """Other settings say what is shown, or they say it of another selection."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gestures = Gestures(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Dependency graph")
        self.setMinimumSize(240, 160)
        self._picture = Picture(theme, self)
        self._picture.rebuilt.connect(self._rebuilt)
        self._picture.arranger.advanced.connect(self._wait)
        self._picture.drifted.connect(self.drifted)
        self._picture.names_hidden.connect(self.names_hidden)
        self._picture.failed.connect(self.is_new)
        self._picture.looked.connect(self.looked)
        self._stage = Stage(self._picture, theme)
        self._pointer: QPointF | None = None
        self.marked: frozenset[Place] = frozenset()
        self._band: QRectF | None = None
        self._said = ""
        self.notes: Mapping[NodeId, str] = {}
        """What people wrote on nodes."""
        self.head = 0.0
        """Px at the top that something lies over: what is fitted from then on stands under them."""
        self._keep_fitted = True
        self._framed = self.scene, self.sizes
        """What the camera was set for, or left for."""
        self._ringed = self._finish = False
        self._clock = FrameTimer(self, every=2)
        self._clock.timeout.connect(self._tick)
        self._steady = self._timer(STEADY_MS, self._settle)
        self._rest = self._timer(REST_MS, self._settle_hover)
        self._second = self._timer(0, self.update)

    def _timer(self, interval_ms: int, action: Callable[[], object]) -> QTimer:
        timer = QTimer(self, interval=interval_ms, singleShot=True)
        timer.timeout.connect(action)
        return timer

    # What it is told

    def set_graph(self, graph: DependencyGraph) -> None:
        """Show a graph. Only figures changed: nothing moves. New nodes: they find room beside the others."""
        self._picture.set_graph(graph)
        self._wait()

    def set_zone(self, zone: tzinfo) -> None:
        """In which zone times in the expressions of a view are meant."""
        self._picture.set_zone(zone)

    def set_marks(self, marks: Marks) -> None:
        """Mark what differs from another moment; empty for nothing."""
        self._picture.set_marks(marks)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours or another text size."""
        self._stage.theme = theme
        self._picture.set_theme(theme)

    def set_empty_text(self, sentence: str) -> None:
        """What to say when there is nothing to draw."""
        self._stage.stack.empty = sentence
        self.update()

    def select(self, subject: Subject | None) -> None:
        """Select, without telling it back."""
        if subject != self.selected:
            self._stage.select(subject)
            self._picture.select(subject)
            self._wait()
            if self.view.focus is not None:
                self.view_changed.emit()

    def set_trail(self, edges: Sequence[EdgeId], times: Mapping[ChannelId, str] | None = None) -> None:
        """Light up the way that one event took; `times` since its start stand inside the channels."""
        self._stage.light_up(edges, times)
        self.update()

    def play_trail(self, legs: Sequence[Leg], times: Mapping[ChannelId, str]) -> None:
        """Light up a trail, and let a dot travel it where things may move."""
        self.set_trail([edge for leg in legs for edge in leg.edges], times)
        if self._stage.animated:
            self._stage.play(legs)
        self._watch_clock()

    def set_motion(self, on: bool) -> None:
        """Let traffic move, or stand still. A still picture says the same."""
        self._stage.animated = on
        self._watch_clock()
        self.update()

    def set_view(self, settings: ViewSettings) -> Shown:
        """Show what the settings of a view leave; what that is, and how much each of them hides."""
        refocused = settings.focus != self.view.focus
        self._picture.set_view(settings)
        self._wait()
        if refocused:
            self.fit()
        self.view_changed.emit()
        return self.shown

    def set_notes(self, said: Mapping[NodeId, str]) -> None:
        """What people wrote on nodes."""
        if said != self.notes:
            self.notes = dict(said)
            self.update()

    def set_overlays(self, *, legend: bool, minimap: bool) -> None:
        """What lies over the picture."""
        self._stage.stack.explains, self._stage.stack.maps = legend, minimap
        self.update()

    def set_labels(self, kind: LabelKind) -> None:
        """What to write on edges."""
        self._picture.set_labels(kind)

    # What it shows

    @property
    def selected(self) -> Subject | None:
        """What is selected."""
        return self._stage.selected

    @property
    def view(self) -> ViewSettings:
        """What of the graph is to be shown."""
        return self._picture.settings

    @property
    def shown(self) -> Shown:
        """What that is, and how much each part of the view hides."""
        return self._picture.shown

    @property
    def busy(self) -> bool:
        """Whether the picture is still to become what it should be."""
        return self._picture.busy

    @property
    def scene(self) -> Scene:
        """What is drawn."""
        return self._picture.scene

    @property
    def sizes(self) -> Sizes:
        """How much room things take in the fonts of now."""
        return self._picture.sizes

    @property
    def camera(self) -> Camera:
        """Which part of it is shown."""
        return self._stage.camera

    def positions(self) -> dict[Place, Point]:
        """Where every node stands, to keep with a project."""
        return self._picture.positions()

    def restore_positions(self, positions: Mapping[Place, Point], pinned: Collection[Place] = ()) -> None:
        """Put nodes where they stood when a project was closed; some of them by hand."""
        self._picture.restore(positions, pinned)
        self._wait()

    @property
    def pinned(self) -> frozenset[Place]:
        """What people have put by hand."""
        return self._picture.arranger.pinned

    def unpin(self, places: Collection[Place]) -> None:
        """Let some places be arranged again."""
        for place in places:
            self._picture.arranger.unpin(place)
        self.placed.emit()

    def picture(self, scale: float = 1.0) -> QImage:
        """The whole graph as an image, with `scale` pixels for a px."""
        return self._stage.image(scale)

    def subject_at(self, place: QPointF) -> Subject | None:
        """What is drawn at a place of the widget."""
        return self._stage.subject_at(place)

    def places_of(self, subject: Subject | None) -> Collection[Place]:
        """The places that something consists of, as far as they are shown."""
        return self._stage.places(subject) if subject is not None else ()

    def over_minimap(self, place: QPointF) -> bool:
        """Whether a place of the widget lies on the minimap."""
        return self._stage.stack.over_minimap(place)

    def describe(self, subject: Subject | None) -> str:
        """The tooltip of something, with what people wrote on it."""
        words = wording.describe(self._picture.graph, subject)
        note = self.notes.get(subject, "") if isinstance(subject, NodeId) else ""
        return f"{words}\n“{note}”" if note else words

    # Looking around

    def fit(self) -> None:
        """Show everything, never larger than life, and go on doing so while the graph grows."""
        self._keep_fitted = True
        room = QRectF(self.rect())
        foot = self._stage.stack.foot(self.scene, room, self._picture.sizes)
        self._set_camera(framed(self.scene.extent, room.adjusted(0, 0, 0, -foot), self.head))

    def zoom_by(self, factor: float) -> None:
        """Nearer or farther, about the middle."""
        self.zoom_at(factor, QRectF(self.rect()).center())

    def zoom_at(self, factor: float, at: QPointF) -> None:
        """Nearer or farther, about a place of the widget."""
        self._keep_fitted = False
        self._set_camera(self.camera.zoomed(factor, at), quick=True)

    def pan(self, dx: float, dy: float) -> None:
        """Drag the picture by so many px."""
        self._keep_fitted = False
        self._set_camera(self.camera.moved(dx, dy), quick=True)

    def center_on(self, subject: Subject) -> None:
        """Bring something to the middle."""
        area = QRectF()
        for node in self._stage.places(subject):
            area = area.united(self.scene.nodes[node].rect)
        if not area.isEmpty():
            self._keep_fitted = False
            self._set_camera(self.camera.centred(area.center(), QRectF(self.rect())))

    def reveal(self, subject: Subject) -> None:
        """Bring something to the middle unless all of it is in sight."""
        seen = self.camera.seen(QRectF(self.rect()))
        if not all(map(seen.contains, self._rects(self.places_of(subject)).values())):
            self.center_on(subject)

    def tidy(self) -> None:
        """Arrange everything anew but what was put by hand."""
        self._picture.tidy()

    def stop_arranging(self) -> None:
        """Leave a large layout: what stands stays."""
        self._picture.arranger.cancel()

    @property
    def arranges(self) -> bool:
        """Whether a large layout is being worked out."""
        return self._picture.arranger.busy

    def pick(self, subject: Subject | None) -> None:
        """Select, and tell."""
        self.select(subject)
        self.picked.emit(subject)

    def next_loop(self) -> None:
        """Select the next loop, the worst first."""
        badges = self.scene.badges
        order: list[Subject] = [each.loop for each in badges if each.status is not LoopStatus.POSSIBLE]
        if order:
            at = order.index(self.selected) + 1 if self.selected in order else 0
            self.pick(order[at % len(order)])

    def move_nodes(self, node: Place, to: QPointF) -> None:
        """Put a node by hand, and with it all that are marked if it is; they stay there when tidied."""
        self._keep_fitted = False
        step = to - self.scene.nodes[node].rect.center()
        moved = self.marked if node in self.marked else {node}
        middles = {each: self.scene.nodes[each].rect.center() + step for each in moved}
        self._picture.move({each: (at.x(), at.y()) for each, at in middles.items()})
        self.placed.emit()

    # Several at once

    def mark(self, nodes: frozenset[Place]) -> None:
        """Mark some nodes, and no others; what is selected is marked with the first."""
        if nodes and not self.marked and isinstance(self.selected, Place):
            nodes |= {self.selected}
        if nodes != self.marked:
            self.marked = nodes
            self.marked_changed.emit()
            self.update()

    def stretch_band(self, band: QRectF) -> None:
        """Show what a band would mark."""
        self._band = band
        self.update()

    def take_band(self) -> None:
        """Mark what the band touches, too."""
        if self._band is not None:
            corners = self.camera.plane(self._band.topLeft()), self.camera.plane(self._band.bottomRight())
            self.mark(self.marked | marked.within(self._rects(self.scene.nodes), QRectF(*corners)))
        self._band = None
        self.update()

    def _rects(self, places: Iterable[Place]) -> dict[Place, QRectF]:
        """The rectangles of those that are shown."""
        nodes = self.scene.nodes
        return {each: nodes[each].rect for each in places if each in nodes}

    def hover(self, place: QPointF | None) -> None:
        """The pointer is at a place, or has left."""
        self._pointer = place
        self._rest.start()

    def _settle_hover(self) -> None:
        found = self.subject_at(self._pointer) if self._pointer is not None else None
        if found != self._stage.hover:
            self._stage.hover = found
            self.setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)
            self.update()

    # From graph to scene

    def _wait(self) -> None:
        words = self._picture.sentence
        self._stage.stack.wait(words)
        if words != self._said:
            self._said = words
            self.arranging.emit(words)
        self.update()

    def _rebuilt(self, moved: bool) -> None:
        self._keep_fitted = self._keep_fitted or moved
        self._stage.refresh(moved=moved)
        (before, sizes), self._framed = self._framed, (self.scene, self.sizes)
        same = sizes is self.sizes and changes.figures_alone(before, self.scene)
        if self._keep_fitted and not same:
            self.fit()
        self._watch_clock()
        self._stage.stack.postpone()
        self._wait()

    def _set_camera(self, camera: Camera, *, quick: bool = False) -> None:
        """Look at another part; `quick` while people are on the way to it."""
        if camera != self.camera:
            self._stage.move(camera, quick=quick)
            (self._steady if quick else self._rest).start()
        self.update()

    def _settle(self) -> None:
        self._stage.settle()
        self.update()

    # Painting

    def _paint(self, *, finish: bool = False) -> None:
        began = WORKED()
        self._stage.room = QRectF(self.rect())
        painter = QPainter(self)
        try:
            self._stage.paint(painter, self.devicePixelRatioF(), shown=self.isVisible(), finish=finish)
            if self.notes:
                notes.draw(painter, self.notes, self._rects(self.notes), self.camera, self._stage.theme)
            if self.marked or self._band is not None:
                marked.draw(painter, self.scene, self.marked, self._band, self.camera, self._stage.theme)
            if self._ringed:
                painter.setPen(self._stage.theme.palette.accent)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        finally:
            painter.end()
        self._picture.painted_s = WORKED() - began
        if self._stage.stack.behind:
            self._second.start()

    def sight(self) -> View:
        """What is looked at and from where, as it would be painted now."""
        return self._stage.view(self.devicePixelRatioF())

    def grab(self, rectangle: QRect | None = None) -> QPixmap:
        """A picture of the widget, with all that frames have not come to yet."""
        self._finish = True
        try:
            return super().grab(rectangle or self.rect())
        finally:
            self._finish = False

    def close_background(self) -> None:
        """Wait for a layout that still runs."""
        self._picture.close()

    def _watch_clock(self) -> None:
        self._picture.lively = self._stage.animated and self.isVisible()
        if self._stage.busy(shown=self.isVisible()):
            if not self._clock.isActive():
                self._clock.start()
        else:
            self._clock.stop()

    def _tick(self) -> None:
        def act() -> None:
            if self._picture.motion.gliding(time.monotonic()):
                self._picture.rebuild()
            self._watch_clock()
            self.update()

        self.guarded("moving", act)

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:
        self.guarded("painting", lambda: self._paint(finish=self._finish))

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._keep_fitted:
            self.guarded("fitting", self.fit)

    def showEvent(self, event: QShowEvent) -> None:
        self._picture.arranger.watched = True
        self.guarded("showing", self._watch_clock)

    def hideEvent(self, event: QHideEvent) -> None:
        self._picture.arranger.watched = self._picture.lively = False
        self._clock.stop()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Only keys need a ring: a pointer is seen.
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._ringed = event.reason() in (*keys, Qt.FocusReason.ShortcutFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ringed = False
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.hover(None)

    def sizeHint(self) -> QSize:
        return QSize(920, 450)
