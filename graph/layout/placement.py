"""Room for new nodes among those that stay where they are, and for whole groups beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.identity import NodeId

Point = tuple[float, float]
Link = tuple[tuple[NodeId, NodeId], bool]
"""Source, target, and whether the edge leads back."""

PITCH = 153.0
ROW = 56.0
NAME = 17.0
"""Height of a name that stands outside its node, with the gap between them."""
MARGIN = 8.0


@dataclass(frozen=True)
class Box:
    """The size of a node, and the width of the name under it."""

    width: float
    height: float
    label: float = 0.0
    tail: float = 0.0
    """Width of what stands right of it, on its own row."""

    @property
    def reach(self) -> tuple[float, float, float, float]:
        """How far node, name and tail reach from the middle: left, up, right, down."""
        side = max(self.width, self.label) / 2
        down = self.height / 2 + (NAME if self.label else 0.0)
        return side, self.height / 2, max(side, self.width / 2 + self.tail), down


class Floor:
    """What is taken: nodes and their names, as rectangles."""

    def __init__(self, count: int) -> None:
        self._taken: NDArray[np.float64] = np.empty((count, 4))
        self._count = 0

    def take(self, box: Box, at: Point) -> None:
        """Mark the room of a box with its middle at a point."""
        left, up, right, down = box.reach
        self._taken[self._count] = (at[0] - left, at[1] - up, at[0] + right, at[1] + down)
        self._count += 1

    def free(self, box: Box, at: Point) -> bool:
        """Whether a box fits there without touching another."""
        left, up, right, down = box.reach
        taken = self._taken[: self._count]
        return not bool(
            np.any(
                (taken[:, 0] < at[0] + right + MARGIN)
                & (taken[:, 2] > at[0] - left - MARGIN)
                & (taken[:, 1] < at[1] + down + MARGIN)
                & (taken[:, 3] > at[1] - up - MARGIN)
            )
        )

    def nearest(self, box: Box, wanted: Point) -> Point:
        """The free place nearest to a wanted one: up or down first, then in the columns beside."""
        step = 14.0
        best: tuple[float, Point] | None = None
        for column in (0, 1, -1, 2, -2):
            aside = abs(column) * PITCH * 1.4
            for row in range(self._count * 8 + 8):
                if best is not None and aside + row * step >= best[0]:
                    break
                for sign in (1, -1):
                    at = (wanted[0] + column * PITCH, wanted[1] + sign * row * step)
                    if self.free(box, at) and (best is None or aside + row * step < best[0]):
                        best = (aside + row * step, at)
        if best is None:
            bottom = float(self._taken[: self._count, 3].max())
            return wanted[0], bottom + box.height / 2 + MARGIN
        return best[1]


def _column(x: float, columns: Iterable[float]) -> float:
    """The nearest column that is already in use, where there is one near enough."""
    nearest = min(columns, key=lambda column: abs(column - x), default=x)
    return nearest if abs(nearest - x) <= PITCH / 3 else x


def _wish(
    node: NodeId, into: set[NodeId], out: set[NodeId], back: set[NodeId], at: Mapping[NodeId, Point]
) -> Point:
    senders = [at[other] for other in into if other in at]
    receivers = [at[other] for other in out if other in at]
    both = senders + receivers
    y = sum(point[1] for point in both) / len(both)
    if senders and receivers and min(p[0] for p in senders) > max(p[0] for p in receivers):
        # It only sends back: under the way forward, one column left of its sender.
        return min(p[0] for p in senders) - PITCH, max(point[1] for point in both) + ROW
    ahead = [at[other][0] for other in into - back if other in at]
    behind = [at[other][0] for other in out - back if other in at]
    if ahead:
        return max(ahead) + PITCH, y
    if behind:
        return min(behind) - PITCH, y
    return (max(p[0] for p in senders) + PITCH if senders else min(p[0] for p in receivers) - PITCH), y


def insert(
    boxes: Mapping[NodeId, Box], links: Sequence[Link], kept: Mapping[NodeId, Point]
) -> dict[NodeId, Point]:
    """Places for all boxes, the kept ones unmoved and the others beside what they are linked to."""
    into: dict[NodeId, set[NodeId]] = {node: set() for node in boxes}
    out: dict[NodeId, set[NodeId]] = {node: set() for node in boxes}
    back: dict[NodeId, set[NodeId]] = {node: set() for node in boxes}
    for (source, target), feedback in links:
        out[source].add(target)
        into[target].add(source)
        if feedback:
            back[source].add(target)
            back[target].add(source)
    at = dict(kept)
    floor = Floor(len(boxes))
    for node, point in kept.items():
        floor.take(boxes[node], point)
    waiting = [node for node in boxes if node not in at]
    while waiting:
        linked = [node for node in waiting if (into[node] | out[node]) & at.keys()]
        for node in linked or waiting[:1]:
            if linked:
                wish = _wish(node, into[node], out[node], back[node], at)
                wish = (_column(wish[0], {point[0] for point in at.values()}), wish[1])
            elif at:
                wish = (min(p[0] for p in at.values()), max(p[1] for p in at.values()) + ROW)
            else:
                wish = (0.0, 0.0)
            at[node] = floor.nearest(boxes[node], wish)
            floor.take(boxes[node], at[node])
        placed = set(linked or waiting[:1])
        waiting = [node for node in waiting if node not in placed]
    return at


def around(
    boxes: Mapping[NodeId, Box], positions: Mapping[NodeId, Point], pinned: Mapping[NodeId, Point]
) -> dict[NodeId, Point]:
    """The positions, with pinned nodes at theirs and whatever they would cover moved to the nearest room."""
    at = dict(pinned)
    floor = Floor(len(boxes))
    for node, point in pinned.items():
        floor.take(boxes[node], point)
    for node, point in positions.items():
        if node not in at:
            at[node] = floor.nearest(boxes[node], point)
            floor.take(boxes[node], at[node])
    return at


def pack(sizes: Sequence[tuple[float, float]], gap: float, aspect: float) -> list[Point]:
    """The top left corner of every rectangle, without overlap and with about the aspect as a whole.

    Each goes, tallest first, to the lowest place of a skyline that it fits (Jylänki 2010).
    """
    area = sum((width + gap) * (height + gap) for width, height in sizes)
    limit = max([width + gap for width, _ in sizes] + [(area * aspect) ** 0.5])
    skyline: list[tuple[float, float, float]] = [(0.0, limit, 0.0)]
    corners: list[Point] = [(0.0, 0.0)] * len(sizes)
    for index in sorted(range(len(sizes)), key=lambda number: (-sizes[number][1], number)):
        width, height = sizes[index][0] + gap, sizes[index][1] + gap
        best: Point | None = None
        for left, _, _ in skyline:
            if left + width > limit + 1e-6:
                continue
            top = max(t for a, b, t in skyline if a < left + width - 1e-6 and b > left + 1e-6)
            if best is None or (top, left) < (best[1], best[0]):
                best = (left, top)
        assert best is not None
        left, top = best
        corners[index] = best
        rest = [(a, min(b, left), t) for a, b, t in skyline if a < left - 1e-6]
        rest += [(max(a, left + width), b, t) for a, b, t in skyline if b > left + width + 1e-6]
        skyline = sorted([*rest, (left, left + width, top + height)])
    return corners
