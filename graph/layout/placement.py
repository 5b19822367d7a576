"""Room for new nodes among those that stay where they are, and for whole groups beside each other."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from graph.layout.coordinates import Floats

Point = tuple[float, float]
K = TypeVar("K", bound=Hashable)

PITCH = 153.0
ROW = 56.0
NAME = 17.0
"""Height of a name that stands outside its node, with the gap between them."""
MARGIN = 8.0
SHELVED = 200
"""More groups than this are put on shelves."""


def reaches(boxes: Floats) -> Floats:
    """How far nodes, names and tails reach from their middles: left, up, right, down, shape (n, 4).

    `boxes` holds width, height, width of the name under the box (0 for none), and of what trails it.
    """
    width, height, label, tail = boxes.T
    side = np.maximum(width, label) / 2
    down = height / 2 + np.where(label > 0, NAME, 0.0)
    return np.column_stack([side, height / 2, np.maximum(side, width / 2 + tail), down])


class Floor:
    """What is taken: nodes and their names, as rectangles."""

    def __init__(self, reach: Floats, points: Floats) -> None:
        """`reach` is that of nodes that stand at `points`, shapes (n, 4) and (n, 2)."""
        low, high = points - reach[:, :2], points + reach[:, 2:]
        self._taken = np.column_stack([low, high])
        self._columns = np.unique(points[:, 0])

    def take(self, reach: Floats, at: Point) -> None:
        """Mark the room of a node with its middle at a point."""
        row = [at[0] - reach[0], at[1] - reach[1], at[0] + reach[2], at[1] + reach[3]]
        self._taken = np.concatenate([self._taken, [row]])
        place = int(np.searchsorted(self._columns, at[0]))
        if place == len(self._columns) or self._columns[place] != at[0]:
            self._columns = np.insert(self._columns, place, at[0])

    def aligned(self, wanted: Point) -> Point:
        """A point in the nearest column that is already in use, where there is one near enough."""
        if not len(self._columns):
            return wanted
        nearest = float(self._columns[np.abs(self._columns - wanted[0]).argmin()])
        return (nearest, wanted[1]) if abs(nearest - wanted[0]) <= PITCH / 3 else wanted

    @property
    def below(self) -> Point:
        """A point under everything, at the left."""
        if not len(self._taken):
            return 0.0, 0.0
        return float(self._columns[0]), float(self._taken[:, 3].max()) + ROW / 2

    def nearest(self, reach: Floats, wanted: Point) -> Point:
        """The free place nearest to a wanted one: up or down first, then in the columns beside."""
        best: tuple[float, Point] | None = None
        for column in (0, 1, -1, 2, -2):
            aside = abs(column) * PITCH * 1.4
            if best is None or aside < best[0]:
                x = wanted[0] + column * PITCH
                y = self._level(reach, x, wanted[1])
                far = aside + abs(y - wanted[1])
                if best is None or far < best[0]:
                    best = far, (x, y)
        assert best is not None
        return best[1]

    def _level(self, reach: Floats, x: float, wanted: float) -> float:
        """The free height nearest to a wanted one, for a node in the middle of a column."""
        left, top, right, bottom = self._taken.T
        here = (left < x + reach[2] + MARGIN) & (right > x - reach[0] - MARGIN)
        lows, highs = top[here] - reach[3] - MARGIN, bottom[here] + reach[1] + MARGIN
        order = np.argsort(lows, kind="stable")
        lows, highs = lows[order], np.maximum.accumulate(highs[order])
        above = int(np.searchsorted(lows, wanted))
        if above == 0 or highs[above - 1] <= wanted:
            return wanted
        # What is taken round it, without a gap: from the last gap before it to the first one after.
        gaps = np.flatnonzero(lows[1:] >= highs[:-1]) + 1
        at = int(np.searchsorted(gaps, above - 1, side="right"))
        first = int(gaps[at - 1]) if at else 0
        last = int(gaps[at]) - 1 if at < len(gaps) else len(lows) - 1
        low, high = float(lows[first]), float(highs[last])
        return low if wanted - low < high - wanted else high


def _wish(into: Sequence[tuple[Point, bool]], out: Sequence[tuple[Point, bool]]) -> Point:
    """Where a node wants to stand: right of its senders, else left of its receivers, each with whether the
    edge leads back.
    """
    y = sum(point[1] for point, _ in (*into, *out)) / (len(into) + len(out))
    if into and out and min(p[0] for p, _ in into) > max(p[0] for p, _ in out):
        # It only sends back: under the way forward, one column left of its sender.
        return min(p[0] for p, _ in into) - PITCH, max(point[1] for point, _ in (*into, *out)) + ROW
    ahead = [point[0] for point, back in into if not back] or ([] if out else [point[0] for point, _ in into])
    if ahead:
        return max(ahead) + PITCH, y
    behind = [point[0] for point, back in out if not back]
    if behind:
        return min(behind) - PITCH, y
    return (max(p[0] for p, _ in into) + PITCH if into else min(p[0] for p, _ in out) - PITCH), y


def insert(
    floor: Floor,
    reach: Mapping[K, Floats],
    links: Iterable[tuple[tuple[K, K], bool]],
    at: Mapping[K, Point],
    hints: Mapping[K, Point],
) -> dict[K, Point]:
    """Places for new nodes beside what they are linked to.

    `reach` is that of the new ones in the order in which they are served, `links` are theirs: source,
    target, and whether the edge leads back. `at` is where others stand, `hints` where new ones stand if they
    can. What is found is taken from the floor.
    """
    into: dict[K, list[tuple[K, bool]]] = {}
    out: dict[K, list[tuple[K, bool]]] = {}
    for (source, target), back in links:
        out.setdefault(source, []).append((target, back))
        into.setdefault(target, []).append((source, back))
    found: dict[K, Point] = {}

    def standing(ends: Sequence[tuple[K, bool]]) -> list[tuple[Point, bool]]:
        points = [(found.get(other, at.get(other)), back) for other, back in ends]
        return [(point, back) for point, back in points if point is not None]

    def put(node: K, wish: Point) -> None:
        found[node] = floor.nearest(reach[node], wish)
        floor.take(reach[node], found[node])

    waiting = list(reach)
    while waiting:
        for node in waiting:
            senders, receivers = standing(into.get(node, ())), standing(out.get(node, ()))
            if node in hints:
                put(node, hints[node])
            elif senders or receivers:
                put(node, floor.aligned(_wish(senders, receivers)))
        rest = [node for node in waiting if node not in found]
        if len(rest) == len(waiting):
            put(rest.pop(0), floor.below)
        waiting = rest
    return found


def around(reach: Floats, points: Floats, pinned: Mapping[int, Point]) -> Floats:
    """The points, with pinned nodes at theirs and whatever they would cover moved to the nearest room.

    The others come along as far as the pinned ones stand from where they would.
    """
    numbers = np.array(list(pinned), dtype=np.int64)
    places = np.array(list(pinned.values()), dtype=np.float64)
    found = points + np.median(places - points[numbers], axis=0)
    found[numbers] = places
    low, high = found - reach[:, :2] - MARGIN, found + reach[:, 2:] + MARGIN
    covered = np.zeros(len(found), dtype=bool)
    for number in numbers.tolist():
        covered |= ((low < high[number] - MARGIN) & (high > low[number] + MARGIN)).all(axis=1)
    covered[numbers] = False
    floor = Floor(reach[~covered], found[~covered])
    for number in np.flatnonzero(covered).tolist():
        found[number] = floor.nearest(reach[number], tuple(found[number].tolist()))
        floor.take(reach[number], tuple(found[number].tolist()))
    return found


def pack(sizes: Sequence[tuple[float, float]], gap: float, aspect: float) -> list[Point]:
    """The top left corner of every rectangle, without overlap and with about the aspect as a whole.

    Each goes, tallest first, to the lowest place of a skyline that it fits (Jylänki 2010).
    """
    if len(sizes) > SHELVED:
        return _shelves(sizes, gap, aspect)
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


def _shelves(sizes: Sequence[tuple[float, float]], gap: float, aspect: float) -> list[Point]:
    """The same in rows, each as high as its first rectangle: quick, with more left free."""
    area = sum((width + gap) * (height + gap) for width, height in sizes)
    limit = max(max(width + gap for width, _ in sizes), (area * aspect) ** 0.5)
    corners: list[Point] = [(0.0, 0.0)] * len(sizes)
    left = top = high = 0.0
    for index in sorted(range(len(sizes)), key=lambda number: (-sizes[number][1], number)):
        width, height = sizes[index][0] + gap, sizes[index][1] + gap
        if left and left + width > limit:
            left, top, high = 0.0, top + high, 0.0
        corners[index] = (left, top)
        left, high = left + width, max(high, height)
    return corners
