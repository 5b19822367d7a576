"""Where people have learnt to find things: read from the file beside the project, and written there again."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from graph.identity import GroupId, NodeId, Place
from graph.model import DependencyGraph
from gui.canvas.canvas import GraphCanvas
from gui.session import Session
from inspector.errors import ProjectError
from inspector.project import places

PROBLEM = "places"
SOON_MS = 2_000
"""How long after the last drag its place is written down."""


class PlaceKeeper(QObject):
    """Follows the project of a session: what it knows the place of is put there as soon as it is seen."""

    def __init__(self, session: Session, canvas: GraphCanvas) -> None:
        super().__init__(canvas)
        self._session, self._canvas = session, canvas
        self._path = places.beside(session.decisions.file.path)
        self._known: places.Places = {}
        self._looked: set[Place] = set()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.write)
        canvas.placed.connect(self._soon.start)
        session.decisions.changed.connect(self._follow)
        self.read()

    def _follow(self) -> None:
        path = places.beside(self._session.decisions.file.path)
        if path != self._path:
            self.write()
            self._path = path
            self.read()

    def read(self) -> None:
        """Take over the places of the project as it is now."""
        self._looked = set()
        try:
            self._known = places.read(self._path)
        except ProjectError as failure:
            self._known = {}
            self._session.trouble(PROBLEM, failure.message, failure.remedy)
            return
        self._session.solve(PROBLEM)
        groups = {key: _group(key) for key in self._known}
        self._put({group: self._known[key] for key, group in groups.items() if group is not None})

    def expect(self, graph: DependencyGraph) -> None:
        """Put what is new in a graph where it stood; to be told before the canvas is."""
        # Applications of another system may be called the same: places are those of a system with channels.
        if not any(str(channel) in self._known for channel in graph.channels):
            return
        nodes: set[NodeId] = {*graph.applications, *graph.channels}
        fresh = nodes - self._looked
        self._looked |= fresh
        found = {node: self._known.get(str(node)) for node in fresh}
        self._put({node: at for node, at in found.items() if at is not None})

    def _put(self, found: dict[Place, places.Place]) -> None:
        if found:
            pinned = [each for each, at in found.items() if at.pinned]
            self._canvas.restore_positions({each: (at.x, at.y) for each, at in found.items()}, pinned)

    def write(self) -> None:
        """Write down where everything stands; what keeps it from that is told once."""
        self._soon.stop()
        pinned = self._canvas.pinned
        now = {str(key): places.Place(*at, key in pinned) for key, at in self._canvas.positions().items()}
        if not now or now.items() <= self._known.items():
            return
        try:
            places.write(self._path, now)
        except ProjectError as failure:
            self._session.trouble(PROBLEM, failure.message, failure.remedy)
        else:
            self._known = {**self._known, **now}


def _group(key: str) -> GroupId | None:
    kind, _, rest = key.partition("/")
    by, _, name = rest.partition("/")
    return GroupId(by, name) if kind == "group" and name else None
