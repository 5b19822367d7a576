"""The widget that shows the graph: what it is told, what it shows, and what people do with it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from graph.identity import ChannelId, EdgeId, LoopId, NodeId, Subject
from graph.layout.layout import Point
from graph.model import DependencyGraph, LoopStatus
from gui.canvas import focus, legend, painting, picking, scene, stack, wording
from gui.canvas.arranger import Arranger
from gui.canvas.camera import Camera, fitted
from gui.canvas.focus import Direction, GraphFilter, Hidden
from gui.canvas.gestures import Gestures
from gui.canvas.motion import Motion
from gui.canvas.painting import View
from gui.canvas.scene import Scene
from gui.canvas.sizes import CARD, Sizes
from gui.canvas.traffic import FRAME_MS, Traffic
from gui.canvas.trail import Leg, Trail
from gui.theme import Theme

logger = logging.getLogger("eventscope.canvas")

LIVE_DASHES = 60
"""Above this many doubtful edges their dashes stand still."""
STEADY_MS = 120
"""How long after the last drag or zoom everything is drawn finely again."""
REST_MS = 80
"""How long the pointer rests before what is under it lights up."""


class GraphCanvas(QWidget):
    """The dependency graph, alive: pan, zoom, pick, and watch records travel."""

    picked = Signal(object)
    """A Subject was clicked, or None for the ground."""
    activated = Signal(object)
    """A Subject was double-clicked, or Enter pressed on it."""
    failed = Signal(str)
    """Drawing went wrong, in one sentence; said once for each cause."""
    names_hidden = Signal(int)
    """How many names found no room."""
    drifted = Signal(bool)
    """Whether the picture has grown so far from a fresh layout that tidying is worth offering."""
    framed = Signal()
    """The part of the plane that is shown has changed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Dependency graph")
        self.setMinimumSize(240, 160)
        self._theme = theme
        self._sizes = Sizes(theme)
        self._graph = DependencyGraph()
        self._scene = Scene()
        self._camera = Camera()
        self._selected: Subject | None = None
        self._hover: Subject | None = None
        self._pointer: QPointF | None = None
        self._trail = Trail()
        self._lit: tuple[set[NodeId], set[EdgeId]] | None = None
        self._filter = GraphFilter()
        self._surroundings: tuple[int | None, Direction] | None = None
        self._shown: set[NodeId] = set()
        self._hidden = Hidden()
        self._animated = self._keep_fitted = True
        self._glides = self._ringed = self._alone = False
        self._geometry: object = None
        self._traffic = Traffic([])
        self._told: set[str] = set()
        self._stack = stack.Stack()
        self._motion = Motion()
        self._gestures = Gestures(self)
        self._arranger = Arranger(self)
        self._arranger.arranged.connect(self._arranged)
        self._clock = self._timer(FRAME_MS, self._tick, once=False)
        self._steady = self._timer(STEADY_MS, self.update)
        self._rest = self._timer(REST_MS, self._settle_hover)
        self._second = self._timer(FRAME_MS, self.update)

    def _timer(self, interval_ms: int, action: Callable[[], object], *, once: bool = True) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.setSingleShot(once)
        timer.timeout.connect(action)
        return timer

    # What it is told

    def set_graph(self, graph: DependencyGraph) -> None:
        """Show a graph. Only figures changed: nothing moves. New nodes: they find room beside the others."""
        self._graph = graph
        self._lit = focus.lit(graph, self._selected, self._trail.edges)
        self._shown, self._hidden = focus.shown(graph, self._filter)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours or another text size."""
        self._theme = theme
        self._sizes = Sizes(theme)
        self._geometry = None
        self._rebuild()

    def set_empty_text(self, sentence: str) -> None:
        """What to say when there is nothing to draw."""
        self._stack.empty = sentence
        self._redraw()

    def select(self, subject: Subject | None) -> None:
        """Select, without telling it back."""
        if subject != self._selected:
            self._selected = subject
            self.set_trail(())
            if self._surroundings is not None:
                self._arrange()

    def set_trail(self, edges: Sequence[EdgeId], times: Mapping[ChannelId, str] | None = None) -> None:
        """Light up the way that one event took; `times` since its start stand inside the channels."""
        self._trail.light(edges, times)
        self._light()

    def play_trail(self, legs: Sequence[Leg], times: Mapping[ChannelId, str]) -> None:
        """Light up a trail, and let a dot travel it where things may move."""
        self.set_trail([edge for leg in legs for edge in leg.edges], times)
        if self._animated:
            self._trail.play(legs, self._scene.edges, time.monotonic())
        self._watch_clock()

    def _light(self) -> None:
        self._lit = focus.lit(self._graph, self._selected, self._trail.edges)
        if self._alone or isinstance(self._selected, LoopId):
            self._make_traffic()
        self.update()

    def _make_traffic(self) -> None:
        edges = self._scene.edges
        self._alone = isinstance(self._selected, LoopId) and self._lit is not None
        chosen = self._lit[1] & edges.keys() if self._alone and self._lit else edges
        self._traffic = Traffic([edges[key] for key in chosen])

    def set_motion(self, on: bool) -> None:
        """Let traffic move, or stand still. A still picture says the same."""
        self._animated = on
        self._watch_clock()
        self.update()

    def set_filter(self, wanted: GraphFilter) -> Hidden:
        """Leave nodes out; how many each part of the filter takes."""
        self._filter = wanted
        self._shown, self._hidden = focus.shown(self._graph, wanted)
        self._arrange()
        return self._hidden

    def set_focus(self, hops: int | None, direction: Direction = "both") -> None:
        """Show only what lies within so many edges of the selection.

        None is without limit: all that leads to it (`up`), or that it leads to (`down`); with `both` it ends
        the focus.
        """
        self._surroundings = None if hops is None and direction == "both" else (hops, direction)
        self._arrange()
        self.fit()

    # What it shows

    @property
    def selected(self) -> Subject | None:
        """What is selected."""
        return self._selected

    @property
    def hidden(self) -> Hidden:
        """How many nodes each part of the filter takes."""
        return self._hidden

    @property
    def hidden_names(self) -> int:
        """How many names found no room."""
        return len(self._scene.hidden_names)

    @property
    def scene(self) -> Scene:
        """What is drawn."""
        return self._scene

    @property
    def camera(self) -> Camera:
        """Which part of it is shown."""
        return self._camera

    def positions(self) -> dict[NodeId, Point]:
        """Where every node stands, to keep with a project."""
        return dict(self._arranger.positions)

    def restore_positions(self, positions: Mapping[NodeId, Point]) -> None:
        """Put nodes where they stood when a project was closed."""
        self._arranger.restore(positions)
        self._arrange()

    def picture(self, scale: float = 1.0) -> QImage:
        """The whole graph as an image, with `scale` pixels for a px."""
        return stack.image(self._view(), self._traffic, scale)

    def subject_at(self, place: QPointF) -> Subject | None:
        """What is drawn at a place of the widget."""
        return picking.subject_at(self._scene, self._camera.plane(place), self._camera.scale)

    def over_minimap(self, place: QPointF) -> bool:
        """Whether a place of the widget lies on the minimap."""
        return self._stack.over_minimap(place)

    def describe(self, subject: Subject | None) -> str:
        """The tooltip of something."""
        return wording.describe(self._graph, subject)

    # Looking around

    def fit(self) -> None:
        """Show everything, never larger than life, and go on doing so while the graph grows."""
        self._keep_fitted = True
        self._set_camera(self._fitted())

    def zoom_by(self, factor: float) -> None:
        """Nearer or farther, about the middle."""
        self.zoom_at(factor, QRectF(self.rect()).center())

    def zoom_at(self, factor: float, at: QPointF) -> None:
        """Nearer or farther, about a place of the widget."""
        self._keep_fitted = False
        self._set_camera(self._camera.zoomed(factor, at))

    def pan(self, dx: float, dy: float) -> None:
        """Drag the picture by so many px."""
        self._keep_fitted = False
        self._set_camera(self._camera.moved(dx, dy))

    def center_on(self, subject: Subject) -> None:
        """Bring something to the middle."""
        area = QRectF()
        for node in focus.members(self._graph, subject) & self._scene.nodes.keys():
            area = area.united(self._scene.nodes[node].rect)
        if not area.isEmpty():
            self._keep_fitted = False
            self._set_camera(self._camera.centred(area.center(), QRectF(self.rect())))

    def tidy(self) -> None:
        """Arrange everything anew but what was put by hand."""
        self._glides = True
        self._arranger.tidy(self._graph, self._wanted(), self._sizes)

    def pick(self, subject: Subject | None) -> None:
        """Select, and tell."""
        self.select(subject)
        self.picked.emit(subject)

    def next_loop(self) -> None:
        """Select the next loop, the worst first."""
        order: list[Subject] = [
            badge.loop for badge in self._scene.badges if badge.status is not LoopStatus.POSSIBLE
        ]
        if order:
            at = order.index(self._selected) + 1 if self._selected in order else 0
            self.pick(order[at % len(order)])

    def move_node(self, node: NodeId, to: QPointF) -> None:
        """Put a node by hand; it stays there even when the rest is tidied."""
        self._keep_fitted = False
        self._arranger.pin(node, (to.x(), to.y()))
        self._rebuild()

    def hover(self, place: QPointF | None) -> None:
        """The pointer is at a place, or has left."""
        self._pointer = place
        self._rest.start()

    def _settle_hover(self) -> None:
        found = self.subject_at(self._pointer) if self._pointer is not None else None
        if found != self._hover:
            self._hover = found
            self.setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)
            self.update()

    # From graph to scene

    def _wanted(self) -> set[NodeId]:
        start = focus.members(self._graph, self._selected)
        if self._surroundings is None or not start:
            return self._shown
        hops, direction = self._surroundings
        return self._shown & focus.around(list(self._graph.edges()), start, hops, direction)

    def _arrange(self) -> None:
        self._arranger.arrange(self._graph, self._wanted(), self._sizes)
        self._stack.wait(self._arranger.sentence)
        self.update()

    def _arranged(self, moved: bool) -> None:
        now, before = time.monotonic(), self._scene.nodes
        if self._animated and before and self.isVisible():
            self._motion.appear(self._arranger.visible.keys() - before.keys(), now)
            # What moves by itself has not been looked at long; gliding would cost ten frames of routing.
            if moved and self._glides and len(before) <= painting.CROWD:
                centres = {node: item.rect.center() for node, item in before.items()}
                self._motion.move({node: (at.x(), at.y()) for node, at in centres.items()}, now)
        self._glides = self._glides and not moved
        self._keep_fitted = self._keep_fitted or moved
        self._rebuild()
        self.drifted.emit(self._arranger.drifted)

    def _rebuild(self) -> None:
        places = dict(self._motion.places(self._arranger.visible, time.monotonic()))
        hidden = self.hidden_names
        key = scene.geometry(self._graph, places, self._sizes)
        before = self._scene if self._geometry == key else None
        self._scene = scene.build(self._graph, places, self._sizes, before)
        self._geometry = key
        self._make_traffic()
        if self.hidden_names != hidden:
            self.names_hidden.emit(self.hidden_names)
        if self._keep_fitted:
            self._set_camera(self._fitted())
        self._watch_clock()
        self._stack.postpone()
        self.update()

    def _fitted(self) -> Camera:
        room, words = QRectF(self.rect()), legend.entries(self._scene.edges.values())
        foot = legend.height(words, room, self._sizes)
        return fitted(self._scene.bounds, room.adjusted(0, 0, 0, -foot))

    def _set_camera(self, camera: Camera) -> None:
        if camera != self._camera:
            self._camera = camera
            self._steady.start()
            self.framed.emit()
        self.update()

    # Painting

    def _redraw(self) -> None:
        self._stack.forget()
        self.update()

    def _view(self) -> View:
        far = CARD[0] * self._camera.scale < painting.NAMED
        dashed = self._traffic.dashed if self._animates() and not far else []
        return View(
            self._scene,
            self._theme,
            self._camera,
            QRectF(self.rect()),
            self.devicePixelRatioF(),
            self._selected,
            self._lit,
            focus.looked_at((self._hover, self._selected), self._scene.loops),
            frozenset(edge.id for edge in dashed) if len(dashed) <= LIVE_DASHES else frozenset(),
            self._motion.fading(time.monotonic()),
            self._trail.edges,
            self._trail.times,
            self._steady.isActive(),
        )

    def _paint(self) -> None:
        view = self._view()
        ground, figures = self._stack.still(view, self._sizes)
        if self._stack.behind:
            self._second.start()
        seconds = time.monotonic() % 86_400.0 if self._animates() else 0.0
        painter = QPainter(self)
        try:
            painter.drawPixmap(0, 0, ground)
            hovered = focus.hovered(self._hover, self._scene.edges)
            stack.moving(painter, view, self._traffic, hovered, seconds)
            self._trail.draw(painter, self._camera, self._theme, time.monotonic())
            painter.drawPixmap(0, 0, figures)
            if self._ringed:
                painter.setPen(self._theme.palette.accent)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        finally:
            painter.end()

    def _animates(self) -> bool:
        return self._animated and self._traffic.moves and self.isVisible()

    def close_background(self) -> None:
        """Wait for a layout that still runs."""
        self._arranger.close()

    def _watch_clock(self) -> None:
        now = time.monotonic()
        gliding = self._motion.fresh or self._motion.moving(now) or self._trail.place(now) is not None
        if self.isVisible() and (self._animates() or gliding):
            if not self._clock.isActive():
                self._clock.start()
        else:
            self._clock.stop()

    def _tick(self) -> None:
        def act() -> None:
            if self._motion.gliding(time.monotonic()):
                self._rebuild()
            self._watch_clock()
            self.update()

        self._guarded("moving", act)

    # Events

    def _guarded(self, what: str, action: Callable[[], object]) -> None:
        """Run an override's body: an exception that left it could end the program."""
        try:
            action()
        except Exception as error:
            cause = f"{what}: {type(error).__name__}: {error}"
            if cause not in self._told:
                self._told.add(cause)
                logger.exception("%s did not work", what)
                self.failed.emit(f"The graph could not be drawn in full ({cause}). The rest goes on.")

    def paintEvent(self, event: QPaintEvent) -> None:
        self._guarded("painting", self._paint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._keep_fitted:
            self._guarded("fitting", self.fit)

    def showEvent(self, event: QShowEvent) -> None:
        self._arranger.watched = True
        self._guarded("showing", self._watch_clock)

    def hideEvent(self, event: QHideEvent) -> None:
        self._arranger.watched = False
        self._clock.stop()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Only keys need a ring: a pointer is seen.
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._ringed = event.reason() in (*keys, Qt.FocusReason.ShortcutFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ringed = False
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._guarded("zooming", lambda: self._gestures.wheel(event))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._guarded("pressing", lambda: self._gestures.press(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._guarded("dragging", lambda: self._gestures.move(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._guarded("releasing", lambda: self._gestures.release(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._guarded("opening", lambda: self._gestures.double_click(event))

    def leaveEvent(self, event: QEvent) -> None:
        self.hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        def act() -> None:
            if not self._gestures.key(event):
                event.ignore()

        self._guarded("keys", act)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            self._guarded("tooltip", lambda: self._gestures.tooltip(event))
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(920, 450)
