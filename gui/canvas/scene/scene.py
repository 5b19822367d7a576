"""All that can be seen of a graph at once, with its places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from graph.identity import ChannelId, GroupId, Line, LoopId, Place, RouteId
from graph.model import DANGER, EdgeState, FeedbackLoop, LoopStatus
from graph.view.steps import Steps
from gui.canvas.routes.ways import Way
from gui.canvas.scene import badges as signs
from gui.canvas.scene import labels
from gui.canvas.scene.content import AGES, CERTAINTIES, Content, NodeItem, rank
from gui.canvas.scene.edge_words import EdgeWords
from gui.canvas.scene.regions import Regions, regions
from gui.canvas.scene.remarks import PLAIN, LineRemark
from gui.canvas.scene.tables import (
    ACTIVE,
    APPLICATION,
    CHANNEL,
    GROUP,
    RUNAWAY,
    Flags,
    LineTable,
    NodeTable,
    Numbers,
    Picked,
)

__all__ = [
    "MARGIN",
    "Areas",
    "EdgeItem",
    "LineLook",
    "NodeItem",
    "Scene",
    "Stub",
    "joined_bounds",
    "look",
    "rank",
    "status",
]

Areas = list[QRectF] | None
"""Parts of the plane; None for all of it."""

MARGIN = 12.0
"""Room round the whole picture."""


@dataclass(frozen=True)
class EdgeItem:
    """An operation, a route, or several drawn as one."""

    id: Line
    way: Way
    certainty: str
    width: float
    rate: float
    loop: LoopStatus | None = None
    state: EdgeState = EdgeState.OBSERVED
    remark: LineRemark = PLAIN

    @property
    def route(self) -> bool:
        """Whether the broker makes it."""
        return isinstance(self.id, RouteId)

    @property
    def path(self) -> QPainterPath:
        """The way, for a painter."""
        return self.way.path


class LineLook(NamedTuple):
    """How a line looks besides its width."""

    certainty: str
    loop: LoopStatus | None
    state: EdgeState
    route: bool


@dataclass(frozen=True)
class Stub:
    """A channel whose receivers cannot be seen."""

    channel: ChannelId
    start: tuple[float, float]
    words: str
    rect: QRectF


@dataclass(frozen=True, eq=False)
class Scene:
    """Nodes and lines with their places. Each one built is another, whatever it holds."""

    nodes: Mapping[Place, NodeItem] = field(default_factory=dict)
    edges: Mapping[Line, EdgeItem] = field(default_factory=dict)
    stubs: tuple[Stub, ...] = ()
    badges: tuple[signs.Badge, ...] = ()
    names: Mapping[Place, labels.Name] = field(default_factory=dict)
    hidden: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    """The rows of nodes whose names find no room."""
    loops: Mapping[LoopId, FeedbackLoop] = field(default_factory=dict)
    bounds: QRectF = field(default_factory=QRectF)
    node_table: NodeTable = field(default_factory=NodeTable)
    line_table: LineTable = field(default_factory=LineTable)
    content: Content = field(default_factory=Content)
    words: tuple[EdgeWords, ...] = ()
    """What is written on lines."""

    @property
    def hidden_names(self) -> Set[Place]:
        """The nodes whose names find no room."""
        return Picked(self.node_table.ids, self.hidden)

    def loop_lines(self, loop: LoopId) -> tuple[Line, ...]:
        """The lines that a loop is drawn as."""
        found = self.content.loops.get(loop)
        return found[2] if found else ()

    def extent(self, scale: float) -> QRectF:
        """What holds all of it where a px of the plane is `scale` px of the screen: badges stay readable."""
        reach = [signs.extent(each, max(scale, signs.SMALLEST)) for each in self.badges]
        return self.bounds.united(joined_bounds(reach)) if not self.bounds.isEmpty() else self.bounds

    @cached_property
    def reach(self) -> QRectF:
        """What holds all of it at any scale at which there are names."""
        return self.extent(0.0)

    def lines_at(self, place: Place) -> list[Line]:
        """The lines that begin or end at a place."""
        number = self.node_table.ids.number.get(place)
        if number is None:
            return []
        return [self.line_table.ids[row] for row in self.line_table.at([number]).tolist()]

    def line_points(self, rows: Numbers) -> NDArray[np.floating[Any]]:
        """Points along the lines of some rows, finer than those of the table where there are any."""
        return self.line_table.points[rows]

    def attend(self, rows: Iterable[int]) -> None:
        """Get ready to be asked for the nodes of some rows."""

    def reworded(self, before: Scene, rows: Numbers) -> Numbers:
        """Which of some rows of nodes say something else than in the scene before."""
        if before.nodes is self.nodes:
            return rows[:0]
        ids = self.node_table.ids
        return np.array(
            [row for row in rows.tolist() if self.nodes[ids[row]] != before.nodes[ids[row]]], np.int64
        )

    @cached_property
    def ground_news(self) -> WeakKeyDictionary[Scene, Areas]:
        """Where its ground was found to look otherwise than that of other scenes, as of `changes.ground`."""
        return WeakKeyDictionary()

    def regions(self, size: tuple[float, float]) -> Regions:
        """What it consists of from afar; `size` is that of a region, in px of the plane."""
        found = self._regions.get(size)
        if found is None:
            found = self._regions[size] = regions(self.node_table, self.line_table, size)
        return found

    @cached_property
    def _regions(self) -> dict[tuple[float, float], Regions]:
        return {}

    @cached_property
    def samples(self) -> list[LineLook]:
        """The looks of lines that there are."""
        table = self.line_table
        looks = ((table.certainty.astype(np.int64) * 8 + table.rank + 1) * 4 + table.age) * 2 + table.route
        return [
            LineLook(CERTAINTIES[code // 64], status(code // 8 % 8 - 1), AGES[code // 2 % 4], bool(code % 2))
            for code in np.flatnonzero(np.bincount(looks)).tolist()
        ]

    def prepare(self, before: Scene) -> Steps[None]:
        """Work out bit by bit what was asked of the scene before, and will be asked of this one."""
        for size in list(before._regions)[-1:]:
            self.regions(size)
            yield


def look(place: Place, loop: LoopStatus | None) -> int:
    """The number of a node's look from afar."""
    kind = CHANNEL if isinstance(place, ChannelId) else GROUP if isinstance(place, GroupId) else APPLICATION
    return kind + {LoopStatus.ACTIVE: ACTIVE, LoopStatus.RUNAWAY: RUNAWAY}.get(loop, 0) if loop else kind


def status(number: int) -> LoopStatus | None:
    """The status of a rank."""
    return None if number < 0 else DANGER[len(DANGER) - number]


def joined_bounds(rects: Sequence[QRectF]) -> QRectF:
    """What holds all rectangles, with a margin."""
    bounds = QRectF()
    for rect in rects:
        bounds = bounds.united(rect)
    return bounds if bounds.isEmpty() else bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
