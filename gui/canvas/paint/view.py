"""What is looked at and from where: all that the picture depends on, and how much of it that lets be seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from math import inf

from PySide6.QtCore import QRectF

from graph.identity import ChannelId, EdgeId, Line, LoopId, Place, Subject
from gui.canvas.hands.attention import Lit
from gui.canvas.paint.camera import Camera
from gui.canvas.scene.scene import Scene
from gui.canvas.scene.sizes import CARD
from gui.theme import Theme

NAMED = 55.0
"""Cards narrower than this on the screen have no text."""
SHAPED = 20.0
"""Cards narrower than this are bars."""
DETAILED = 500
"""Up to so many lines on the screen each is drawn by itself."""
FINE = 1_500
"""Up to so many lines on the screen they are smooth, and dashed where they are doubtful."""
SLACK = 2.0
"""How many times as many it may become before less is drawn of each."""
BUNDLED = 1_500
"""From so many lines in all, those between two regions are drawn as one while cards are bars."""
SHAPES = 900
"""Up to so many nodes on the screen have their shape while they have no text."""


class Mode(IntEnum):
    """How much of each thing is drawn."""

    FAR = 0
    """Regions and bundles."""
    CROWD = 1
    """Lines as plain as can be."""
    FINE = 2
    """Lines that are smooth, and dashed where they are doubtful."""
    DETAIL = 3


LONGEST = {Mode.CROWD: 260.0, Mode.FINE: 1_400.0}
"""Px of the screen from which on a line is drawn by its ends where many are in sight."""


@dataclass(frozen=True)
class View:
    """All that the still layers depend on."""

    scene: Scene
    theme: Theme
    camera: Camera
    room: QRectF
    ratio: float = 1.0
    selected: Subject | None = None
    lit: Lit | None = None
    """What stays bright; None when all does."""
    possible: frozenset[LoopId] = frozenset()
    """Possible loops to show."""
    live: frozenset[Line] = frozenset()
    """Lines that are drawn with the traffic."""
    fading: dict[Place, float] = field(default_factory=dict)
    """How far new nodes have come in, 0 to 1: they are drawn with the traffic until they are there."""
    trail: tuple[EdgeId, ...] = ()
    times: dict[ChannelId, str] = field(default_factory=dict)
    """What to write inside channels instead of their rates."""
    quick: bool = False
    """Whether the scale is changing: what is painted at another one may be shown until it rests."""
    moved: bool = False
    """Whether the camera is on its way: what travels is then shown over all that stands still."""
    mode: Mode | None = None
    """How much of each thing is drawn; None: as fits what is in the room."""
    barred: bool = False
    """Whether nodes are bars although their shape could be seen."""

    @property
    def card(self) -> float:
        """The width of a card on the screen."""
        return CARD[0] * self.camera.scale

    @property
    def seen(self) -> QRectF:
        """The part of the plane that is in the room, and a little more."""
        return self.camera.seen(self.room).adjusted(-20, -20, 20, 20)

    @property
    def longest(self) -> float:
        """Lines longer than this are drawn by their ends alone, in px of the plane; 0 where none is drawn."""
        if self.lit is not None or self.mode is None or self.card < SHAPED:
            return 0.0 if self.mode is Mode.FAR else inf
        return LONGEST.get(self.mode, inf) / self.camera.scale

    def shows(self, place: Place) -> bool:
        """Whether a node is lit."""
        return self.lit is None or place in self.lit.places

    def fitted(self) -> View:
        """The same with a mode."""
        return self if self.mode is not None else replace(self, mode=mode(self), barred=barred(self))


def mode(view: View, before: Mode | None = None) -> Mode:
    """How much of each thing fits the room; what was drawn `before` is kept up for a while."""
    lines = view.scene.line_table
    if view.card < SHAPED:
        return Mode.FAR if len(lines.ids) > BUNDLED else Mode.CROWD
    if len(lines.ids) <= DETAILED:
        return Mode.DETAIL
    rows = lines.touching(view.seen)
    if len(rows) <= DETAILED * (SLACK if before is Mode.DETAIL else 1.0):
        return Mode.DETAIL
    passing = lines.lengths[rows] * view.camera.scale > LONGEST[Mode.FINE]
    return (
        Mode.FINE
        if len(rows) - passing.sum() <= FINE * (SLACK if before is Mode.FINE else 1.0)
        else Mode.CROWD
    )


def barred(view: View, before: bool = False) -> bool:
    """Whether too many nodes are in sight to draw the shape of each."""
    nodes = view.scene.node_table
    if view.card >= NAMED or len(nodes.ids) <= SHAPES:
        return False
    return len(nodes.touching(view.seen)) > (SHAPES / SLACK if before else SHAPES)
