"""The way of an edge between two nodes, round what stands between them: numbers only, no Qt.

A way is a chain of cubic curves: an array of shape (3 n + 1, 2), of which every third point lies on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Knot = tuple[float, float]

CLEAR = 7.0
"""Room that a way keeps from what it passes."""
LANE = 9.0
"""Room between two ways side by side."""
ON_NODE = 1_000.0
"""How many times as bad it is to cross a node as to cross a name."""
PULL = 0.46
"""How far the handles of a curve reach along its span."""


def sample(curve: Floats, steps: int = 14) -> Floats:
    """Points along a way, shape (n * steps + 1, 2)."""
    weights = _weights(steps)
    parts = [weights @ curve[i : i + 4] for i in range(0, len(curve) - 1, 3)]
    return np.concatenate([*parts, curve[-1:]])


def closely(curve: Floats) -> Floats:
    """Points along a way so close together that no corner of a card passes between two of them."""
    longest = float(np.abs(np.diff(curve[::3, 0])).max())
    return sample(curve, min(max(16, 4 * round(longest / 48)), 200))


@cache
def _weights(steps: int) -> Floats:
    """Bernstein polynomials at even steps, shape (steps, 4)."""
    t = np.linspace(0.0, 1.0, steps, endpoint=False)
    return np.stack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3], axis=1)


def within(curve: Floats, room: tuple[float, float, float, float]) -> list[Floats]:
    """The parts of one cubic curve that may pass a rectangle (left, top, right, bottom).

    A curve is halved (de Casteljau) while it is long and its hull reaches out of the rectangle.
    """
    low, high = curve.min(axis=0), curve.max(axis=0)
    left, top, right, bottom = room
    if low[0] > right or high[0] < left or low[1] > bottom or high[1] < top:
        return []
    if high[0] - low[0] + high[1] - low[1] < 2 * (right - left + bottom - top):
        return [curve]
    first = (curve[1:] + curve[:-1]) / 2
    second = (first[1:] + first[:-1]) / 2
    middle = (second[0] + second[1]) / 2
    halves = (
        np.array([curve[0], first[0], second[0], middle]),
        np.array([middle, second[1], first[2], curve[3]]),
    )
    return [part for half in halves for part in within(half, room)]


def _slopes(knots: Sequence[Knot]) -> list[float]:
    """Slopes that never overshoot, level at both ends (Fritsch and Butland 1984)."""
    steps = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(knots)]
    inner = [
        0.0 if before * after <= 0 else 2.0 * before * after / (before + after)
        for before, after in pairwise(steps)
    ]
    return [0.0, *inner, 0.0]


def through(knots: Sequence[Knot]) -> Floats:
    """The smooth way through knots whose x only grow or only fall, level at both ends."""
    slopes = _slopes(knots)
    points: list[Knot] = [knots[0]]
    for (x0, y0), (x1, y1), m0, m1 in zip(knots, knots[1:], slopes, slopes[1:], strict=False):
        reach = (x1 - x0) * PULL
        points += [(x0 + reach, y0 + m0 * reach), (x1 - reach, y1 - m1 * reach), (x1, y1)]
    return np.array(points)


class Obstacles:
    """The rectangles that ways go round: shape (n, 4), left, top, right, bottom."""

    def __init__(self, rectangles: Floats, nodes: int | None = None) -> None:
        """The first `nodes` of them are worse to cross than the others; None for all."""
        self.rectangles = rectangles
        self.nodes = len(rectangles) if nodes is None else nodes
        self._lanes: dict[int, list[float]] = {}
        self.met = False
        """Whether the last `way` had to go round something, and may not have got past it."""

    def hit(self, points: Floats, own: Sequence[int], clear: float = CLEAR - 3.0) -> bool:
        """Whether any point lies in a rectangle, or too near to one, that is not the edge's own."""
        low, high = points.min(axis=0) - clear, points.max(axis=0) + clear
        table = self.rectangles
        near = (
            (table[:, 0] < high[0])
            & (table[:, 2] > low[0])
            & (table[:, 1] < high[1])
            & (table[:, 3] > low[1])
        )
        near[list(own)] = False
        boxes = table[near]
        if not len(boxes):
            return False
        x, y = points[:, :1], points[:, 1:]
        return bool(
            np.any(
                (x > boxes[:, 0] - clear)
                & (x < boxes[:, 2] + clear)
                & (y > boxes[:, 1] - clear)
                & (y < boxes[:, 3] + clear)
            )
        )

    def crossed(self, points: Floats, own: Sequence[int]) -> float:
        """How bad it is what points lie on, nodes before names; 0 for nothing that is not the edge's own."""
        table = self.rectangles
        x, y = points[:, :1], points[:, 1:]
        level = (x > table[:, 0] - 1) & (x < table[:, 2] + 1)
        touched = np.any(level & (y > table[:, 1] - 1) & (y < table[:, 3] + 1), axis=0)
        touched[list(own)] = False
        return float(touched[: self.nodes].sum() * ON_NODE + touched[self.nodes :].sum())

    def covers(self, points: Floats, own: Sequence[int]) -> bool:
        """Whether nodes lie over any point, their own ones too where it lies well within them."""
        edge = np.ones((self.nodes, 1))
        edge[list(own)] = -2.0
        table = self.rectangles[: self.nodes] + edge * (-1.0, -1.0, 1.0, 1.0)
        low, high = points.min(axis=0), points.max(axis=0)
        table = table[((table[:, :2] < high) & (table[:, 2:] > low)).all(axis=1)]
        x, y = points[:, :1], points[:, 1:]
        level = (x > table[:, 0]) & (x < table[:, 2])
        return bool(np.any(level & (y > table[:, 1]) & (y < table[:, 3])))

    def columns(self, left: float, right: float, own: Sequence[int]) -> list[tuple[float, float, Floats]]:
        """What stands between two heights of x, as columns: left, right, and the tops and bottoms in them."""
        table = self.rectangles
        inside = (table[:, 0] > left - 4) & (table[:, 2] < right + 4)
        inside[list(own)] = False
        boxes = table[inside]
        boxes = boxes[np.argsort(boxes[:, 0], kind="stable")]
        found: list[tuple[float, float, list[Floats]]] = []
        for box in boxes:
            if found and box[0] < found[-1][1]:
                start, end, members = found[-1]
                found[-1] = (start, max(end, float(box[2])), [*members, box[1::2]])
            else:
                found.append((float(box[0]), float(box[2]), [box[1::2]]))
        return [(start, end, np.array(members)) for start, end, members in found]

    def _levels(self, column: tuple[float, float, Floats], line: float) -> list[float]:
        start, end, spans = column
        used = self._lanes.get(round((start + end) / 40), [])
        wanted = [line, *(spans[:, 0] - CLEAR), *(spans[:, 1] + CLEAR)]
        wanted += [level + side * LANE for level in used for side in (-1, 1)]
        free = [
            float(level)
            for level in wanted
            if not np.any((spans[:, 0] - CLEAR + 0.5 < level) & (spans[:, 1] + CLEAR - 0.5 > level))
        ]
        clear = [level for level in free if all(abs(level - other) > LANE - 1 for other in used)]
        return clear or free

    def between(self, start: Knot, end: Knot, own: Sequence[int]) -> list[tuple[float, float, float]]:
        """A level for every column between two points: left, right, y; the least climbing in all."""
        forward = end[0] > start[0]
        left, right = (start, end) if forward else (end, start)
        columns = self.columns(left[0], right[0], own)
        if not columns:
            return []
        width = right[0] - left[0]
        best: list[tuple[float, list[float]]] = [(0.0, [])]
        heights = [left[1]]
        for column in columns:
            part = ((column[0] + column[1]) / 2 - left[0]) / width
            line = left[1] + (right[1] - left[1]) * part
            options = []
            for level in self._levels(column, line):
                cost, way = min(
                    ((c + abs(level - y), path) for (c, path), y in zip(best, heights, strict=True)),
                    key=lambda option: option[0],
                )
                options.append((cost + 0.04 * abs(level - line), [*way, level]))
            best = options
            heights = [path[-1] for _, path in options]
        _, levels = min((c + abs(path[-1] - right[1]), path) for c, path in best)
        found = [(c[0], c[1], level) for c, level in zip(columns, levels, strict=True)]
        return found if forward else found[::-1]

    def keep(self, levels: Sequence[tuple[float, float, float]]) -> None:
        """Remember the levels of a way, so that the next ones go beside it."""
        for start, end, level in levels:
            self._lanes.setdefault(round((start + end) / 40), []).append(level)

    def way(self, start: Knot, end: Knot, own: Sequence[int]) -> Floats:
        """The way between two points that are left and reached level."""
        direct = through([start, end])
        self.met = self.hit(closely(direct), own)
        if abs(end[0] - start[0]) < 1.0 or not self.met:
            return direct
        levels = self.between(start, end, own)
        index = 0
        while index < len(levels):
            fewer = levels[:index] + levels[index + 1 :]
            if self.hit(closely(through(_knots(start, fewer, end))), own):
                index += 1
            else:
                levels = fewer
        self.keep(levels)
        return through(_knots(start, levels, end))


def _knots(start: Knot, levels: Sequence[tuple[float, float, float]], end: Knot) -> list[Knot]:
    knots = [start]
    sign = 1.0 if end[0] > start[0] else -1.0
    for left, right, level in levels:
        for x in (left - 2, right + 2) if sign > 0 else (right + 2, left - 2):
            if (x - knots[-1][0]) * sign > 4 and (end[0] - x) * sign > 4:
                knots.append((x, level))
    return [*knots, end]


def corner(start: Knot, end: Knot, *, upright_start: bool) -> Floats:
    """A quarter of an ellipse between an upright and a level direction."""
    (x0, y0), (x1, y1) = start, end
    bow = 0.56
    if upright_start:
        handles = [(x0, y0 + (y1 - y0) * bow), (x1 + (x0 - x1) * (1 - bow), y1)]
    else:
        handles = [(x0 + (x1 - x0) * bow, y0), (x1, y1 + (y0 - y1) * (1 - bow))]
    return np.array([start, *handles, end])


def chain(*ways: Floats) -> Floats:
    """Ways joined end to start."""
    return np.concatenate([ways[0], *(way[1:] for way in ways[1:])])
