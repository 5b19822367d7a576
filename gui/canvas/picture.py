"""From graph to scene: what of the graph is shown, where it stands, and what is on its way to its place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, tzinfo
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from graph.identity import Place, Subject
from graph.layout.layout import Point
from graph.model import DependencyGraph
from graph.view.settings import LabelKind, ViewSettings
from graph.view.shown import Shown, showing
from graph.view.steps import Steps, done
from gui.canvas.arranging.arranger import Arranger, arranging
from gui.canvas.motion import Motion
from gui.canvas.routes.ways import ROUND
from gui.canvas.scene import crowd, detail
from gui.canvas.scene.content import Content
from gui.canvas.scene.remarks import Marks
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import Sizes
from gui.theme import Theme

logger = logging.getLogger("eventscope.canvas")

FEW = 300
"""Up to this many nodes glide to their new places; more would cost ten frames of routing."""
TURN_S = 0.014
"""How long painting and a slice of work take together, so that frames are on time."""
LEAST_S, MOST_S = 0.003, 0.008
"""How long a slice takes at least and at most."""
FINE = time.get_clock_info("thread_time").resolution < 1e-3
WORKED = time.thread_time if FINE else time.perf_counter
"""Seconds that the window's thread worked, where they are told finely: while a busy computer lets it wait, it
holds nothing up.
"""
EVERY_S = 0.1
"""How often at most a newer large graph is looked at."""


class Picture(QObject):
    """Keeps the scene that belongs to the graph, the view on it and the places of nodes."""

    rebuilt = Signal(bool)
    """The scene is another one; True when known nodes moved."""
    drifted = Signal(bool)
    """Whether the picture has grown so far from a fresh layout that tidying is worth offering."""
    names_hidden = Signal(int)
    """How many names found no room."""
    looked = Signal()
    """It is known what is shown of a newer graph."""
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
        self.painted_s = 0.0
        """How long painting has taken last, as `WORKED` counts: a slice of work has the rest of a frame."""
        self._selected: Subject | None = None
        self._marks: Marks = {}
        self._zone: tzinfo = UTC
        self._labels = LabelKind.NONE
        self._glides = self._moved = False
        self._geometry: object = None
        self._looking: Steps[Shown] | None = None
        self._found: Shown | None = None
        """What is shown of a newer graph, whose places are found in the next turn."""
        self._building: Steps[Scene] | None = None
        self._made: Scene | None = None
        """A scene that is ready to be shown in the next turn."""
        self._again = False
        """Whether something changed since the scene that is being built was begun."""
        self._waiting = False
        """Whether a newer graph has come that was not looked at yet."""
        self._due = 0.0
        """When the next one may be looked at, by the steady clock."""
        self._later, self._turn = QTimer(self), QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(partial(self._guarded, self._catch_up))
        self._turn.setInterval(0)
        self._turn.timeout.connect(partial(self._guarded, self._work))
        self.arranger = Arranger(self)
        self.arranger.arranged.connect(self._arranged)

    @property
    def shown(self) -> Shown:
        """What is shown of the graph, and what each part of the view hides."""
        return self.content.shown

    @property
    def busy(self) -> bool:
        """Whether the scene is still to become what it should be."""
        return self._waiting or self._turn.isActive() or self.arranger.busy

    @property
    def sentence(self) -> str:
        """What to say where nothing is drawn yet, or a layout is worked out; empty otherwise."""
        arranger = self.arranger
        words = arranger.sentence
        if arranger.progress is not None:
            return words + f" {arranger.progress:.0%} done; Ctrl+. stops it."
        if not words and not self.scene.node_table.ids and (self._waiting or self._turn.isActive()):
            return arranging(len(self.graph.applications) + len(self.graph.channels))
        return words

    @property
    def _under_way(self) -> bool:
        """Whether a large scene is being built."""
        return self._building is not None or self._made is not None

    def set_graph(self, graph: DependencyGraph) -> None:
        """Show a graph; where graphs come faster than pictures can follow, the newest one that has come."""
        self.graph = graph
        if len(graph.operations) + len(graph.routes) <= ROUND:
            self._look()
            self.looked.emit()
            return
        self._waiting = True
        self._wait()

    def _wait(self) -> None:
        """Look at a graph that waits as soon as the one before is shown, and some time has passed."""
        if self._waiting and not self._turn.isActive() and not self._later.isActive():
            self._later.start(max(0, round(1e3 * (self._due - time.monotonic()))))

    def _catch_up(self) -> None:
        if self._waiting and not self._turn.isActive():
            self._waiting = False
            self._due = time.monotonic() + EVERY_S
            self._looking = self._showing()
            self._turn.start()

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            logger.exception("building the picture did not work")
            self._rest()
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

    def _showing(self) -> Steps[Shown]:
        graph = self.graph
        return showing(graph, self.settings, graph.to_ns, self._selected, self.shown, self._zone)

    def _look(self) -> None:
        """Know at once what is shown; a large scene follows bit by bit."""
        self._waiting, self._looking, self._found = False, None, done(self._showing())
        self.content = Content(self._found, self._marks, self._labels)
        if len(self._found.lines) > ROUND:
            self._turn.start()
        else:
            self._arrange()

    def _say(self) -> None:
        self.content = Content(self.shown, self._marks, self._labels)
        self.rebuild()

    def _arrange(self) -> None:
        """Find places for what is shown, at once or in the background."""
        self._found = None
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

    def _work(self) -> None:
        """Go on for a while: look at a newer graph, find places, build; a frame may come between each."""
        if self._made is not None:
            scene, self._made = self._made, None
            self._show(scene)
            if self._again:
                self._again = False
                self.rebuild()
        elif self._looking is None and self._building is None and self._found is not None:
            self._arrange()
        else:
            self._go_on(WORKED() + min(MOST_S, max(LEAST_S, TURN_S - self.painted_s)))
        if not (self._under_way or self._looking is not None or self._found is not None):
            self._turn.stop()
            self._wait()

    def _go_on(self, until: float) -> None:
        while self._building is not None and WORKED() < until:
            try:
                next(self._building)
            except StopIteration as end:
                self._building, self._made, self._geometry = None, end.value, None
                return
        while self._looking is not None and WORKED() < until:
            try:
                next(self._looking)
            except StopIteration as end:
                self._looking, self._found = None, end.value
                self.content = Content(end.value, self._marks, self._labels)
                self.looked.emit()

    def _rest(self) -> None:
        """Leave what is under way."""
        self._turn.stop()
        self._later.stop()
        self._looking = self._found = self._building = self._made = None
        self._waiting = False

    def close(self) -> None:
        """Wait for a layout that still runs, and build nothing more."""
        self._rest()
        self.arranger.close()

    def _show(self, scene: Scene) -> None:
        hidden = len(self.scene.hidden_names)
        self.scene = scene
        moved, self._moved = self._moved, False
        if len(scene.hidden_names) != hidden:
            self.names_hidden.emit(len(scene.hidden_names))
        self.rebuilt.emit(moved)
