"""From graph to scene: what of the graph is shown, where it stands, and what is on its way to its place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Generator, Mapping
from datetime import UTC, tzinfo
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from graph.identity import Place, Subject
from graph.layout.layout import Point
from graph.model import DependencyGraph
from graph.view.settings import LabelKind, ViewSettings
from graph.view.shown import Shown, shown
from gui.canvas.arranging.arranger import Arranger
from gui.canvas.motion import Motion
from gui.canvas.routes.ways import ROUND
from gui.canvas.scene import crowd, detail
from gui.canvas.scene.content import Content
from gui.canvas.scene.remarks import Marks
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import Sizes
from gui.theme import Theme
from gui.turns import FRAME_MS

logger = logging.getLogger("eventscope.canvas")

FEW = 300
"""Up to this many nodes glide to their new places; more would cost ten frames of routing."""
SLICE_S = 0.006
"""How long a large scene is worked on before others have their turn."""
FINE = time.get_clock_info("thread_time").resolution < 1e-3
WORKED = time.thread_time if FINE else time.perf_counter
"""Seconds that the window's thread worked, where they are told finely: while a busy computer lets it wait, it
holds nothing up.
"""
REST, LEAST_S = 2.0, 0.12
"""How many times as long as it took to look at a large graph the next one waits, and how long at least."""


class Picture(QObject):
    """Keeps the scene that belongs to the graph, the view on it and the places of nodes."""

    rebuilt = Signal(bool)
    """The scene is another one; True when known nodes moved."""
    drifted = Signal(bool)
    """Whether the picture has grown so far from a fresh layout that tidying is worth offering."""
    names_hidden = Signal(int)
    """How many names found no room."""
    failed = Signal(str, object)
    """What did not work, and the exception."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.graph = DependencyGraph()
        self.scene = Scene()
        self.sizes = Sizes(theme)
        self.motion = Motion()
        self.settings = ViewSettings()
        self.lively = False
        """Whether new nodes fade in and moved ones glide: somebody looks, and things may move."""
        self.content = Content()
        self._selected: Subject | None = None
        self._marks: Marks = {}
        self._zone: tzinfo = UTC
        self._labels = LabelKind.NONE
        self._glides = self._moved = False
        self._geometry: object = None
        self._building: Generator[None, None, Scene] | None = None
        self._made: Scene | None = None
        """A scene that is ready to be shown in the next turn."""
        self._again = False
        """Whether something changed since the scene that is being built was begun."""
        self._waiting = False
        """Whether a newer graph has come that was not looked at yet."""
        self._due = 0.0
        """When the next one may be looked at, by the steady clock."""
        self._later, self._place = QTimer(self), QTimer(self)
        for timer, act in ((self._later, self._catch_up), (self._place, self._arrange)):
            timer.setSingleShot(True)
            timer.timeout.connect(partial(self._guarded, act))
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(partial(self._guarded, self._build_on))
        self.arranger = Arranger(self)
        self.arranger.arranged.connect(self._arranged)

    @property
    def shown(self) -> Shown:
        """What is shown of the graph, and what each part of the view hides."""
        return self.content.shown

    @property
    def busy(self) -> bool:
        """Whether the scene is still to become what it should be."""
        return self._waiting or self._place.isActive() or self._under_way or self.arranger.busy

    @property
    def _under_way(self) -> bool:
        """Whether a large scene is being built."""
        return self._building is not None or self._made is not None

    def set_graph(self, graph: DependencyGraph) -> None:
        """Show a graph; where graphs come faster than pictures can follow, the newest one that has come."""
        self.graph = graph
        if not self._under_way and time.monotonic() >= self._due:
            self._look()
        else:
            self._waiting = True
            if not self._under_way:
                self._later.start(max(1, round(1e3 * (self._due - time.monotonic()))))

    def _catch_up(self) -> None:
        if self._waiting:
            self._look()

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            logger.exception("building the picture did not work")
            self._building = self._made = None
            self._turn.stop()
            self.failed.emit("building the picture", error)

    def set_zone(self, zone: tzinfo) -> None:
        """Times in the expressions of a view are meant in a zone."""
        self._zone = zone
        self._look()

    def set_marks(self, marks: Marks) -> None:
        """Mark what differs from another moment."""
        if marks != self._marks:
            self._marks = marks
            self._say()

    def set_view(self, settings: ViewSettings) -> None:
        """Show what the settings of a view leave, as they say."""
        self.settings = settings
        self._look()

    def set_labels(self, kind: LabelKind) -> None:
        """Write something on edges."""
        self._labels = kind
        self._say()

    def select(self, subject: Subject | None) -> None:
        """Something else is selected, which a focus goes by."""
        self._selected = subject
        focus = self.settings.focus
        if focus is not None and not focus.subjects:
            self._look()

    def set_theme(self, theme: Theme) -> None:
        """Measure with the fonts of another theme."""
        self.sizes = Sizes(theme)
        self._geometry = None
        self.rebuild()

    def positions(self) -> dict[Place, Point]:
        """Where every node stands, also those that are hidden now."""
        return dict(self.arranger.positions)

    def restore(self, positions: Mapping[Place, Point], pinned: Collection[Place] = ()) -> None:
        """Put nodes where they stood when a project was closed."""
        self.arranger.restore(positions, pinned)
        self._arrange()

    def tidy(self) -> None:
        """Arrange everything anew but what was put by hand."""
        self._glides = True
        self.arranger.tidy(self.shown, self.sizes)

    def move(self, places: Mapping[Place, Point]) -> None:
        """Put nodes by hand."""
        for node, to in places.items():
            self.arranger.pin(node, to)
        self.rebuild()

    def _look(self) -> None:
        graph, began = self.graph, WORKED()
        self._waiting = False
        found = shown(graph, self.settings, graph.to_ns, self._selected, self.shown, self._zone)
        self.content = Content(found, self._marks, self._labels)
        if len(found.lines) > ROUND:
            self._due = time.monotonic() + max(REST * (WORKED() - began), LEAST_S)
            self._place.start(FRAME_MS)
        else:
            self._due = 0.0
            self._arrange()

    def _say(self) -> None:
        self.content = Content(self.shown, self._marks, self._labels)
        self.rebuild()

    def _arrange(self) -> None:
        """Find places for what is shown, at once or in the background."""
        self._place.stop()
        self.arranger.arrange(self.shown, self.sizes)

    def _arranged(self, moved: bool) -> None:
        now, before = time.monotonic(), self.scene
        if self.lively and 0 < len(before.nodes) <= FEW:
            self.motion.appear(self.arranger.visible.keys() - before.nodes.keys(), now)
            # What moves by itself has not been looked at long.
            if moved and self._glides:
                centres = {node: item.rect.center() for node, item in before.nodes.items()}
                self.motion.move({node: (at.x(), at.y()) for node, at in centres.items()}, now)
        self._glides = self._glides and not moved
        self._moved = self._moved or moved
        self.rebuild()
        self.drifted.emit(self.arranger.drifted)

    def rebuild(self) -> None:
        """Make the scene of now: at once where it is small, else bit by bit."""
        small = len(self.shown.lines) <= ROUND
        if self._under_way and not small:
            self._again = True
            return
        self._building, self._made, self._again = None, None, False
        self._turn.stop()
        placed = self.motion.places(self.arranger.visible, time.monotonic())
        if not small:
            self._building = crowd.build(self.content, placed, self.sizes, self.scene)
            self._turn.start()
            return
        places = {place: placed[place] for place in self.shown.places if place in placed}
        key = detail.geometry(self.content, places, self.sizes)
        before = self.scene if self._geometry == key else None
        self._geometry = key
        self._show(detail.build(self.content, places, self.sizes, before))

    def _build_on(self) -> None:
        """Go on with a large scene for a while; a frame may come before it is shown."""
        if self._made is not None:
            scene, self._made = self._made, None
            self._turn.stop()
            self._show(scene)
            if self._waiting:
                self._later.start(max(1, round(1e3 * (self._due - time.monotonic()))))
            if self._again:
                self._again = False
                self.rebuild()
            return
        until = WORKED() + SLICE_S
        while self._building is not None and WORKED() < until:
            try:
                next(self._building)
            except StopIteration as done:
                self._building, self._made, self._geometry = None, done.value, None

    def close(self) -> None:
        """Wait for a layout that still runs, and build nothing more."""
        self._turn.stop()
        self._later.stop()
        self._place.stop()
        self._building, self._made, self._waiting = None, None, False
        self.arranger.close()

    def _show(self, scene: Scene) -> None:
        hidden = len(self.scene.hidden_names)
        self.scene = scene
        moved, self._moved = self._moved, False
        if len(scene.hidden_names) != hidden:
            self.names_hidden.emit(len(scene.hidden_names))
        self.rebuilt.emit(moved)
