"""Crossings of the straight lines between nodes, and heights that make them fewer.

Bends of long edges are not in it: what is counted is what is drawn from node to node.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.layout.coordinates import Bools, Floats, Ints, Room

STEEP = 1e9
"""What stands for a line so steep that it is out of reach."""
PULL = 2e-4
"""How many crossings a px weighs between a place and the middle of its neighbours."""
LEVEL = 4
"""How much more than others a line draws its ends to each other that is to be level."""
STEPS = np.linspace(0.0, 1.0, 9)
"""The parts of its way that a place is tried at."""


class Lines:
    """Straight lines between points whose x stand fast, while their heights change.

    For each end of each line, and each other line that passes the same x, one row tells between which
    heights of that end the two cross: heights and crossings are linear in each other as long as all other
    points stand still.
    """

    def __init__(self, x: Floats, lines: Ints, place: Ints, shift: Floats, level: Bools) -> None:
        """`lines` are pairs of points, shape (m, 2); each point stands `shift` below its place. Those `level`
        draw their ends to each other more than others do.
        """
        drawn = np.concatenate([lines, np.repeat(lines[level], LEVEL - 1, axis=0)])
        lines = np.where((x[lines[:, 0]] > x[lines[:, 1]])[:, None], lines[:, ::-1], lines)
        lines = lines[x[lines[:, 0]] < x[lines[:, 1]]]
        lines = lines[np.argsort(x[lines[:, 0]], kind="stable")]
        a, b = lines.T
        left, right = x[a], x[b]
        # Each line meets those that begin after it and before it ends.
        number = np.arange(len(lines))
        later = np.searchsorted(left, right) - number - 1
        first = np.repeat(number, later)
        second = np.arange(len(first)) - np.repeat(np.cumsum(later) - later, later) + first + 1
        apart = (a[first] != a[second]) & (b[first] != b[second])
        first, second = first[apart], second[apart]
        start, width = left[second], right - left
        stop = np.minimum(right[first], right[second])
        # How far along the first line the two begin and cease to pass the same x, and along the second.
        one, two = (start - left[first]) / width[first], (stop - left[first]) / width[first]
        into, away = np.zeros(len(first)), (stop - start) / width[second]
        self._pairs = first, second, one, two, into, away
        first, second = np.concatenate([first, second]), np.concatenate([second, first])
        one, into = np.concatenate([one, into]), np.concatenate([into, one])
        two, away = np.concatenate([two, away]), np.concatenate([away, two])
        own = np.concatenate([a[first], b[first]])
        # Numbers of 16 bits are sorted by their digits, which takes a fraction of the time.
        by_place = place[own].astype(np.int16 if len(place) < 1 << 15 else np.int64)
        order = np.argsort(by_place, kind="stable")
        self._own = own[order]
        self._far = np.concatenate([b[first], a[first]])[order]
        both = np.concatenate([second, second])[order]
        self._left, self._right = a[both], b[both]
        self._start, self._stop = np.tile(into, 2)[order], np.tile(away, 2)[order]
        self._open = 1 / np.maximum(np.concatenate([1 - one, one])[order], 1 / STEEP)
        self._close = 1 / np.maximum(np.concatenate([1 - two, two])[order], 1 / STEEP)
        count = int(place.max()) + 1
        self._rows = np.concatenate([[0], np.cumsum(np.bincount(place[own], minlength=count))]).tolist()
        self.place, self.shift, self._lines = place, shift, lines
        self._known: tuple[Floats, Bools] | None = None
        """What was last asked of all pairs, and for which heights."""
        self.points: list[list[int]] = [[] for _ in range(count)]
        """The points of each place."""
        for point, at in enumerate(place.tolist()):
            self.points[at].append(point)
        ends, others = np.concatenate([drawn, drawn[:, ::-1]]).T
        cuts = np.cumsum(np.bincount(place[ends], minlength=count))[:-1]
        self.near: list[Ints] = np.split(others[np.argsort(place[ends], kind="stable")], cuts)
        """The points that lines lead to from each place."""

    def spans(self, y: Floats, place: int) -> tuple[Floats, Floats]:
        """Between which heights of a place its lines cross others; `y` are the heights of points."""
        rows = slice(self._rows[place], self._rows[place + 1])
        far, level = y[self._far[rows]], y[self._left[rows]]
        climb = y[self._right[rows]] - level
        one = far + (level + climb * self._start[rows] - far) * self._open[rows]
        two = far + (level + climb * self._stop[rows] - far) * self._close[rows]
        shift = self.shift[self._own[rows]]
        return np.minimum(one, two) - shift, np.maximum(one, two) - shift

    def heights(self, places: Floats) -> Floats:
        """Those of points, from those of places."""
        return places[self.place] + self.shift

    def _crossing(self, y: Floats) -> Bools:
        """Which pairs of lines cross: who is above changes on the way that they have in common."""
        if self._known is not None and np.array_equal(self._known[0], y):
            return self._known[1]
        first, second, one, two, into, away = self._pairs
        level = y[self._lines[:, 0]]
        climb = y[self._lines[:, 1]] - level
        apart = level[first] - level[second]
        here, there = climb[first], climb[second]
        crossing: Bools = (apart + here * one - there * into) * (apart + here * two - there * away) < 0
        self._known = y.copy(), crossing
        return crossing

    def crossed_at(self, y: Floats) -> Ints:
        """How many crossings the lines at each place have; `y` are the heights of points."""
        crossing = self._crossing(y)
        lines = np.concatenate([self._pairs[0][crossing], self._pairs[1][crossing]])
        return np.bincount(self.place[self._lines[lines]].ravel(), minlength=len(self.points))

    def crossed(self, places: Floats) -> int:
        """How many pairs of lines cross."""
        return int(np.count_nonzero(self._crossing(self.heights(places))))

    def climb(self, places: Floats) -> float:
        """How far all lines climb or fall, in px."""
        y = self.heights(places)[self._lines]
        return float(np.abs(y[:, 1] - y[:, 0]).sum())

    def costs(self, y: Floats, place: int, wanted: Floats) -> Floats:
        """What it costs that a place stands at each of some heights: crossings, and a little for climbing."""
        low, high = self.spans(y, place)
        low.sort()
        high.sort()
        near = self.near[place]
        far: Floats = np.abs(wanted - np.add.reduce(y[near]) / len(near))
        crossed: Ints = low.searchsorted(wanted) - high.searchsorted(wanted, "right")
        return crossed + PULL * far

    def put(self, y: Floats, places: Floats, place: int, height: float) -> None:
        """Move a place, and its points with it."""
        places[place] = height
        points = self.points[place]
        y[points] = height + self.shift[points]


def refined(lines: Lines, layers: Sequence[Ints], places: Floats, room: Room, passes: int) -> Floats:
    """Heights of places, each moved within its layer to where its straight lines cross the fewest others.

    Sifting (Matuszewski et al. 1999), with the lines as they are drawn in place of links between layers.
    """
    places = places.copy()
    y = lines.heights(places)
    for number in range(passes):
        moved = False
        crossed = lines.crossed_at(y)
        for layer in layers if number % 2 == 0 else layers[::-1]:
            if len(layer) < 2 or not crossed[layer].any():
                continue
            order = layer[np.argsort(places[layer], kind="stable")]
            changed = False
            for place in layer[crossed[layer] > 0].tolist():
                at = int((order == place).argmax())
                rest = np.concatenate([order[:at], order[at + 1 :]])
                levels = places[rest]
                wanted = np.empty(len(order))
                wanted[1:-1] = (levels[1:] + levels[:-1]) / 2
                wanted[0], wanted[-1] = levels[0] - room.row, levels[-1] + room.row
                wanted[at] = places[place]
                costs = lines.costs(y, place, wanted)
                best = int(costs.argmin())
                if best != at and costs[best] < costs[at]:
                    changed = True
                    order = np.concatenate([rest[:best], [place], rest[best:]])
                    lines.put(y, places, place, float(wanted[best]))
            if changed:
                places[order] = room.fitted(order, places[order], np.ones(len(order)))
                y = lines.heights(places)
                moved = True
        if not moved:
            break
    return places


def drawn_in(lines: Lines, layers: Sequence[Ints], places: Floats, room: Room, passes: int) -> Floats:
    """Heights nearer to the neighbours', in the same order within each layer and with no more crossings."""
    places = places.copy()
    y = lines.heights(places)
    for number in range(passes):
        for layer in layers if number % 2 == 0 else layers[::-1]:
            order = layer[np.argsort(places[layer], kind="stable")]
            steps = np.diff(room.offsets(order))
            for at, place in enumerate(order.tolist()):
                near = lines.near[place]
                if not len(near):
                    continue
                middle = float(y[near].mean())
                here = float(places[place])
                low = float(places[order[at - 1]] + steps[at - 1]) if at else min(here, middle)
                high = float(places[order[at + 1]] - steps[at]) if at < len(steps) else max(here, middle)
                goal = min(max(middle, low), high)
                if abs(goal - here) < 1.0:
                    continue
                wanted = here + (goal - here) * STEPS
                lines.put(y, places, place, float(wanted[lines.costs(y, place, wanted).argmin()]))
    return places
