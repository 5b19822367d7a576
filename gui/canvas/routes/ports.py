"""Where edges leave and reach their nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QRectF

from graph.identity import ChannelId, Line, Place


class Side(Enum):
    """The side of a node, with its outward direction."""

    LEFT = (-1.0, 0.0)
    RIGHT = (1.0, 0.0)
    TOP = (0.0, -1.0)
    BOTTOM = (0.0, 1.0)

    @property
    def upright(self) -> bool:
        """Whether edges leave it up or down."""
        return self in (Side.TOP, Side.BOTTOM)


@dataclass(frozen=True)
class Port:
    """A point on the border of a node, and the side it is on."""

    x: float
    y: float
    side: Side

    def out(self, distance: float) -> tuple[float, float]:
        """The point so far outside the node."""
        return self.x + self.side.value[0] * distance, self.y + self.side.value[1] * distance


def ends(line: Line) -> tuple[Place, Place]:
    """Where a line begins and ends."""
    return line.source, line.target


def _forward(source: QRectF, target: QRectF) -> bool:
    return target.left() >= source.right() + 6


def _across(source: QRectF, target: QRectF) -> bool:
    return source.left() - 6 >= target.right()


def _sides(
    source: QRectF, target: QRectF, leaves: bool, arrives: bool, busy_left: bool, busy_right: bool
) -> tuple[Side, Side]:
    """The sides for one edge.

    `leaves` and `arrives` say whether source and target are channels; `busy_left` whether edges reach the
    source from the left, `busy_right` whether edges leave the target to the right.
    """
    if _forward(source, target):
        return Side.RIGHT, Side.LEFT
    down = target.center().y() >= source.center().y()
    if not _across(source, target):
        return (Side.BOTTOM, Side.TOP) if down else (Side.TOP, Side.BOTTOM)
    level_start = leaves and not busy_left
    level_end = arrives and not busy_right
    if level_start and level_end:
        return Side.LEFT, Side.RIGHT
    if level_end:
        beside = source.top() - 4 <= target.center().y() <= source.bottom() + 4
        return Side.LEFT if beside else Side.BOTTOM if down else Side.TOP, Side.RIGHT
    if level_start:
        beside = target.top() - 4 <= source.center().y() <= target.bottom() + 4
        return Side.LEFT, Side.RIGHT if beside else Side.TOP if down else Side.BOTTOM
    side = Side.TOP if leaves or arrives else Side.BOTTOM
    return side, side


def place(edges: Sequence[Line], rects: Mapping[Place, QRectF]) -> dict[Line, tuple[Port, Port]]:
    """Both ports of every edge; edges that share a side of an application are spread along it."""
    reached_left: set[Place] = set()
    left_right: set[Place] = set()
    for edge in edges:
        source, target = ends(edge)
        if _forward(rects[source], rects[target]):
            reached_left.add(target)
            left_right.add(source)
    shared: dict[tuple[Place, Side], list[tuple[float, int, int]]] = {}
    chosen: list[tuple[Side, Side]] = []
    for number, edge in enumerate(edges):
        source, target = ends(edge)
        pair = _sides(
            rects[source],
            rects[target],
            isinstance(source, ChannelId),
            isinstance(target, ChannelId),
            source in reached_left,
            target in left_right,
        )
        chosen.append(pair)
        for end, (node, other) in enumerate(((source, target), (target, source))):
            middle = rects[other].center()
            key = middle.x() if pair[end].upright else middle.y()
            shared.setdefault((node, pair[end]), []).append((key, number, end))
    points: dict[tuple[int, int], Port] = {}
    for (node, side), users in shared.items():
        rect = rects[node]
        level = isinstance(node, ChannelId) and not side.upright
        room = (rect.width() - 24 if side.upright else rect.height() - 16) if not level else 0.0
        step = min(12.0, room / (len(users) - 1)) if len(users) > 1 else 0.0
        for place_number, (_, number, end) in enumerate(sorted(users)):
            shift = (place_number - (len(users) - 1) / 2) * step
            x, y = rect.center().x(), rect.center().y()
            if side.upright:
                x, y = x + shift, rect.top() if side is Side.TOP else rect.bottom()
            else:
                x, y = rect.left() if side is Side.LEFT else rect.right(), y + shift
            points[number, end] = Port(x, y, side)
    return {edge: (points[number, 0], points[number, 1]) for number, edge in enumerate(edges)}
