"""The way of an edge that no curve leads past what stands about: level and upright pieces with round corners.

A shortest way (A*, Hart, Nilsson and Raphael 1968) over the lines that run close by all rectangles.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gui.canvas.routes.routing import Floats, Knot, chain

CLEAR = 9.0
"""Room that a way keeps from what it passes; less where it would be shut in."""
LEAST = 3.0
ROUND = 22.0
"""Largest radius of a corner."""
TURN = 40.0
"""How many px longer a way may be that has one turn less."""
SOFT = 3.0
"""How many times as long a piece counts that crosses a name or lies on another detour."""
WINDOW = (70.0, 200.0, 420.0)
"""How far beside its ends a way is looked for: at first, and then."""
MOST = 120
"""Rectangles that are gone round; where more stand near, the way is left as it is."""

Level = tuple[float, float, float, float]
Step = tuple[int, int, int]
"""A crossing, and whether it was reached level (0) or upright (1)."""
Site = tuple[Knot, Knot, float]
"""Where a way may begin or end, the unit vector that leads away from the node there, and what that costs."""


class Detours:
    """Finds ways round `solid` rectangles, which are never crossed, and `soft` ones, which cost; both of
    shape (n, 4): left, top, right, bottom.
    """

    def __init__(self, solid: Floats, soft: Floats) -> None:
        self._solid, self._soft = solid, soft
        self._laid: list[Level] = []

    def way(self, starts: Sequence[Site], ends: Sequence[Site]) -> tuple[int, int, Floats] | None:
        """The shortest way from one of some sites to one of others: their numbers and its curves; None where
        there is none.
        """
        for room in WINDOW:
            for clear in (CLEAR, LEAST):
                found = self._within(starts, ends, room, clear)
                if found is not None:
                    first, last, knots = found
                    self._laid += [_box(a, b) for a, b in pairwise(knots)]
                    return first, last, rounded(knots)
        return None

    def _within(
        self, starts: Sequence[Site], ends: Sequence[Site], room: float, clear: float
    ) -> tuple[int, int, list[Knot]] | None:
        points = np.array([site[0] for site in (*starts, *ends)])
        window = np.concatenate([points.min(axis=0) - room, points.max(axis=0) + room])
        solid = _touching(self._solid, window)
        if len(solid) > MOST:
            return None
        soft = _touching(np.concatenate([self._soft, np.array(self._laid).reshape(-1, 4)]), window)
        grid = _Grid(solid, soft, [_out(site, clear) for site in (*starts, *ends)], window, clear)
        begin = [grid.at(_out(site, clear)) for site in starts]
        goals = {grid.at(_out(site, clear)): number for number, site in enumerate(ends)}
        found = grid.search(
            [(at, site[1], site[2], n) for n, (at, site) in enumerate(zip(begin, starts, strict=True))],
            {at: (number, ends[number][1], ends[number][2]) for at, number in goals.items()},
        )
        if found is None:
            return None
        first, last, knots = found
        return first, last, _straight([starts[first][0], *knots, ends[last][0]])


class _Grid:
    """The lines that run close by rectangles, and which pieces between their crossings are free."""

    def __init__(
        self, solid: Floats, soft: Floats, more: Sequence[Knot], window: Floats, clear: float
    ) -> None:
        self.xs = _lines(solid[:, 0] - clear, solid[:, 2] + clear, [p[0] for p in more], window[0], window[2])
        self.ys = _lines(solid[:, 1] - clear, solid[:, 3] + clear, [p[1] for p in more], window[1], window[3])
        # Lines that run just as far from a rectangle as they should are free.
        grown = solid + np.array([-1.0, -1.0, 1.0, 1.0]) * (clear - 0.5)
        self.level = _costs(self.xs, self.ys, grown, soft, axis=0)
        self.upright = _costs(self.ys, self.xs, grown, soft, axis=1)

    def at(self, point: Knot) -> tuple[int, int]:
        """The crossing at a point."""
        return int(np.searchsorted(self.xs, point[0] - 1e-6)), int(np.searchsorted(self.ys, point[1] - 1e-6))

    def search(
        self,
        starts: Sequence[tuple[tuple[int, int], Knot, float, int]],
        goals: dict[tuple[int, int], tuple[int, Knot, float]],
    ) -> tuple[int, int, list[Knot]] | None:
        """The cheapest way: numbers of its start and its goal, and its crossings."""
        xs, ys, level, upright = (
            self.xs.tolist(),
            self.ys.tolist(),
            self.level.tolist(),
            self.upright.tolist(),
        )
        wide, high = len(xs), len(ys)
        # At least so far is it still from every line to the goals.
        ahead, aside = (
            _distances(lines, sorted(lines[goal[axis]] for goal in goals))
            for axis, lines in enumerate((xs, ys))
        )
        queue: list[tuple[float, float, Step, Step | None, int]] = []
        for (x, y), way, cost, number in starts:
            heappush(queue, (cost + ahead[x] + aside[y], cost, (x, y, 0 if way[0] else 1), None, number))
        came: dict[Step, tuple[Step | None, int]] = {}
        while queue:
            _, cost, step, before, number = heappop(queue)
            if step in came:
                continue
            came[step] = before, number
            x, y, along = step
            if x < 0:
                goal = before
                assert goal is not None
                return number, goals[goal[:2]][0], self._back(came, goal)
            goal_here = goals.get((x, y))
            if goal_here is not None:
                turned = along != (0 if goal_here[1][0] else 1)
                total = cost + goal_here[2] + TURN * turned
                heappush(queue, (total, total, (-1, goal_here[0], 0), step, number))
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                u, v = x + dx, y + dy
                if not (0 <= u < wide and 0 <= v < high):
                    continue
                piece = level[y][min(x, u)] if dx else upright[x][min(y, v)]
                if piece == np.inf:
                    continue
                there = u, v, 0 if dx else 1
                if there not in came:
                    total = cost + piece + TURN * (there[2] != along)
                    heappush(queue, (total + ahead[u] + aside[v], total, there, step, number))
        return None

    def _back(
        self,
        came: dict[Step, tuple[Step | None, int]],
        last: Step,
    ) -> list[Knot]:
        knots: list[Knot] = []
        step: Step | None = last
        while step is not None:
            knots.append((float(self.xs[step[0]]), float(self.ys[step[1]])))
            step = came[step][0]
        return knots[::-1]


def _distances(lines: Sequence[float], goals: Sequence[float]) -> list[float]:
    return [max(goals[0] - line, line - goals[-1], 0.0) for line in lines]


def _touching(boxes: Floats, window: Floats) -> Floats:
    low, high = boxes[:, :2] < window[2:], boxes[:, 2:] > window[:2]
    return boxes[low.all(axis=1) & high.all(axis=1)]


def _lines(before: Floats, after: Floats, more: Sequence[float], least: float, most: float) -> Floats:
    every = np.concatenate([before, after, more])
    return np.unique(np.round(every[(every >= least) & (every <= most)], 3))


def _costs(along: Floats, across: Floats, solid: Floats, soft: Floats, axis: int) -> Floats:
    """What each piece between two neighbouring crossings costs, shape (across, along - 1)."""
    lengths = np.diff(along)
    made = np.tile(lengths, (len(across), 1))
    for boxes, times in ((soft, SOFT), (solid, np.inf)):
        low, high = boxes[:, axis], boxes[:, axis + 2]
        lower, upper = boxes[:, 1 - axis], boxes[:, 3 - axis]
        beside = (along[:-1, None] < high) & (along[1:, None] > low)
        on = (across[:, None] > lower) & (across[:, None] < upper)
        hit = (on.astype(np.float32) @ beside.T.astype(np.float32)) > 0
        made[hit] *= times
    return made


def _out(site: Site, distance: float) -> Knot:
    (x, y), (dx, dy), _ = site
    return round(x + dx * distance, 3), round(y + dy * distance, 3)


def _box(one: Knot, other: Knot) -> Level:
    wide = CLEAR / 2
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    return left - wide, top - wide, right + wide, bottom + wide


def _straight(knots: Sequence[Knot]) -> list[Knot]:
    """Only the knots where the way turns."""
    kept = [knots[0]]
    for knot, after in pairwise(knots[1:]):
        before = kept[-1]
        same = [
            abs(before[axis] - knot[axis]) < 0.01 and abs(knot[axis] - after[axis]) < 0.01 for axis in (0, 1)
        ]
        if not any(same):
            kept.append(knot)
    return [*kept, knots[-1]]


def rounded(knots: Sequence[Knot]) -> Floats:
    """Level and upright pieces as curves, with a quarter of a circle at every turn."""
    points: NDArray[np.float64] = np.array(knots, dtype=np.float64)
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    ahead = steps / np.maximum(lengths, 1e-9)[:, None]
    parts: list[Floats] = []
    at = points[0]
    for turn in range(1, len(points) - 1):
        # A piece between two turns is shared by both; the first and the last belong to one.
        rooms = [lengths[n] / (1 if n in (0, len(lengths) - 1) else 2) for n in (turn - 1, turn)]
        radius = min(ROUND, *rooms)
        begin, end = points[turn] - ahead[turn - 1] * radius, points[turn] + ahead[turn] * radius
        parts += [_line(at, begin)] if np.hypot(*(begin - at)) > 0.01 else []
        bow = 0.5523 * radius
        parts.append(np.array([begin, begin + ahead[turn - 1] * bow, end - ahead[turn] * bow, end]))
        at = end
    if not parts or np.hypot(*(points[-1] - at)) > 0.01:
        parts.append(_line(at, points[-1]))
    return chain(*parts)


def _line(begin: Floats, end: Floats) -> Floats:
    return np.array([begin, begin + (end - begin) / 3, end - (end - begin) / 3, end])
