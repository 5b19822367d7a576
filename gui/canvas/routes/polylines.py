"""Chains of points one after the other in one array, and places along them by their distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gui.canvas.routes.routing import Floats

Numbers = NDArray[np.int64]


class Polylines:
    """Places along many lines at once; distances in px of the plane."""

    def __init__(self, points: Floats, counts: Numbers) -> None:
        """`points` of all lines in a row, shape (n, 2), and how many belong to each, at least one."""
        self._points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        self._first = np.cumsum(counts) - counts
        self._last = self._first + counts - 1
        step = np.diff(self._points, axis=0, append=self._points[-1:])
        step[self._last] = 0.0
        steps = np.hypot(*step.T)
        self._unit = step * np.divide(1.0, steps, out=np.zeros_like(steps), where=steps > 0)[:, None]
        # From the end of one line to the start of the next is no way, so one array serves all of them.
        self._along = np.cumsum(steps) - steps
        self._until = np.append(self._along[1:], self._along[-1:])
        self.begin: Floats = self._along[self._first]
        """Where each line begins, if all are one way."""
        self.lengths: Floats = self._along[self._last] - self.begin

    def __len__(self) -> int:
        return len(self._first)

    def at(self, line: Numbers, distance: Floats) -> Floats:
        """The points so far along lines, at most their lengths, shape (n, 2)."""
        place = self.begin[line] + distance
        begin, _, base, way = self.told(self.piece(line, place))
        found: Floats = base + way * (place - begin)[:, None]
        return found

    def piece(self, line: Numbers, place: Floats) -> Numbers:
        """The straight piece of a line on which a place is; places count on from line to line."""
        piece = np.searchsorted(self._along, place, side="right") - 1
        return np.clip(piece, self._first[line], np.maximum(self._last[line] - 1, self._first[line]))

    def told(self, piece: Numbers) -> tuple[Floats, Floats, Floats, Floats]:
        """Of straight pieces: the places at which they begin and end, their first points and directions."""
        return self._along[piece], self._until[piece], self._points[piece], self._unit[piece]


class Ride:
    """Travellers on lines, one after the other: from one time to the next most are on the same piece."""

    def __init__(self, ways: Polylines, line: Numbers) -> None:
        self._ways, self._line = ways, line
        self._start = ways.begin[line]
        # Of the piece that each is on: where it begins and ends, and what is on it.
        self._from, self._to = np.full(len(line), np.inf), np.full(len(line), -np.inf)
        self._base, self._way = np.zeros((len(line), 2)), np.zeros((len(line), 2))

    def at(self, distance: Floats) -> Floats:
        """Where they are so far along their lines, at most their lengths, shape (n, 2)."""
        place = self._start + distance
        left = np.flatnonzero((place < self._from) | (place >= self._to))
        if len(left):
            piece = self._ways.piece(self._line[left], place[left])
            self._from[left], self._to[left], self._base[left], self._way[left] = self._ways.told(piece)
        found: Floats = self._base + self._way * (place - self._from)[:, None]
        return found


def clipped(strokes: Floats, room: tuple[float, float, float, float]) -> tuple[Floats, Floats]:
    """Which part of each straight stroke lies in a rectangle: where it enters and leaves, 0 to 1 (Liang and
    Barsky 1984); it leaves before it enters where none does.

    Strokes are rows of x1, y1, x2, y2; the rectangle is left, top, right, bottom.
    """
    enter, leave = np.zeros(len(strokes)), np.ones(len(strokes))
    for axis in (0, 1):
        begin, step = strokes[:, axis], strokes[:, axis + 2] - strokes[:, axis]
        with np.errstate(divide="ignore", invalid="ignore"):
            first, last = (room[axis] - begin) / step, (room[axis + 2] - begin) / step
        still = step == 0.0
        outside = still & ((begin < room[axis]) | (begin > room[axis + 2]))
        enter = np.where(still, np.where(outside, 2.0, enter), np.maximum(enter, np.minimum(first, last)))
        leave = np.where(still, leave, np.minimum(leave, np.maximum(first, last)))
    return enter, leave


def dashed(strokes: Floats, begin: Floats, on: float, off: float) -> Floats:
    """Strokes cut into dashes; `begin` is how far along its line each starts, so that dashes run on."""
    length = np.hypot(strokes[:, 2] - strokes[:, 0], strokes[:, 3] - strokes[:, 1])
    strokes, begin, length = strokes[length > 0], begin[length > 0], length[length > 0]
    first = np.floor(begin / (on + off)).astype(np.int64)
    count = np.ceil((begin + length) / (on + off)).astype(np.int64) - first
    which = np.repeat(np.arange(len(strokes)), count)
    number = first[which] + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    start = np.clip(number * (on + off) - begin[which], 0.0, length[which])
    stop = np.clip(number * (on + off) + on - begin[which], 0.0, length[which])
    some = stop > start
    which, start, stop = which[some], start[some], stop[some]
    unit = (strokes[which, 2:] - strokes[which, :2]) / length[which, None]
    ends = strokes[which, :2] + unit * start[:, None], strokes[which, :2] + unit * stop[:, None]
    return np.concatenate(ends, axis=1)
