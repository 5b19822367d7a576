"""The ways of all edges: which ports they join, and round what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from graph.identity import Line, Place
from gui.canvas.routes import ports, routing
from gui.canvas.routes.detours import Detours, Site
from gui.canvas.routes.ports import Port, Side
from gui.canvas.routes.routing import Floats, Knot, Obstacles

DETOUR = 26.0
"""How far a way that leads back swings out over or under its nodes."""
DETOURS = (1.0, 0.7, 0.45, 1.4, 2.0, 2.8)
"""How many times as far it may swing where something is in its way, the likeliest first."""
ROUND = 500
"""Up to this many edges, ways go round nodes; above, they are straight curves."""
TURNED = 30.0
"""How many px longer a detour may be that leaves and reaches its nodes at the sides where others do."""
MOST_DETOURS = 60
"""Up to so many ways are led round what no curve goes round."""


@dataclass(frozen=True, eq=False)
class Way:
    """The drawn line of one edge."""

    curve: Floats
    points: Floats
    """Points along it, shape (n, 2), for picking and for traffic."""
    tip: tuple[float, float]
    heading: tuple[float, float]
    """Unit vector in which the arrow points."""

    @cached_property
    def path(self) -> QPainterPath:
        """The same for a painter."""
        made = QPainterPath(QPointF(*self.curve[0]))
        for index in range(1, len(self.curve), 3):
            first, second, end = self.curve[index : index + 3]
            made.cubicTo(*first, *second, *end)
        return made

    def even(self, step: float) -> tuple[Floats, float]:
        """Points about `step` apart along it, shape (n, 2), and how long it is."""
        found = self._even.get(step)
        if found is None:
            steps = np.hypot(*np.diff(self.points, axis=0).T)
            along = np.concatenate([[0.0], np.cumsum(steps)])
            length = float(along[-1])
            places = np.linspace(0.0, length, max(2, int(length / step) + 1))
            table = np.column_stack([np.interp(places, along, self.points[:, axis]) for axis in (0, 1)])
            found = self._even[step] = table, length
        return found

    @cached_property
    def _even(self) -> dict[float, tuple[Floats, float]]:
        return {}

    def near(self, seen: QRectF) -> QPainterPath:
        """The curves of it that pass a rectangle or come near it."""
        room = seen.adjusted(-40, -40, 40, 40)
        corners = (room.left(), room.top(), room.right(), room.bottom())
        made = QPainterPath()
        for index in range(0, len(self.curve) - 1, 3):
            for part in routing.within(self.curve[index : index + 4], corners):
                made.moveTo(*part[0])
                made.cubicTo(*part[1], *part[2], *part[3])
        return made


def _level(start: Knot, end: Knot, own: Sequence[int], obstacles: Obstacles) -> Floats:
    return obstacles.way(start, end, own)


def _radius(width: float, height: float) -> float:
    return min(abs(width) * 0.8, max(34.0, 1.7 * abs(height)))


def _over(
    start: Knot, stop: Knot, sign: float, detour: float, own: Sequence[int], obstacles: Obstacles
) -> Floats:
    """Out over both nodes, or under them, and in again."""
    run = max(start[1] * sign, stop[1] * sign) * sign + sign * detour
    half = (start[0] - stop[0]) / 2
    first = (start[0] - _radius(half, run - start[1]), run)
    last = (stop[0] + _radius(half, run - stop[1]), run)
    return routing.chain(
        routing.corner(start, first, upright_start=True),
        _level(first, last, own, obstacles),
        routing.corner(last, stop, upright_start=False),
    )


def _round(
    begin: Port, end: Port, head: float, own: Sequence[int], obstacles: Obstacles
) -> tuple[float, Floats]:
    """The best way over both nodes, or under them, and how bad it is what it crosses."""
    tried: list[tuple[float, int, Floats]] = []
    for number, part in enumerate(DETOURS):
        sign = begin.side.value[1]
        way = _over((begin.x, begin.y), end.out(head), sign, DETOUR * part, own, obstacles)
        tried.append((obstacles.crossed(routing.sample(way), own), number, way))
        if tried[-1][0] == 0.0:
            break
    cost, _, way = min(tried)
    return cost, way


def _flipped(port: Port, rect: QRectF) -> Port:
    """The same port on the opposite side of its node, up or down."""
    up = port.side is Side.BOTTOM
    return Port(port.x, rect.top() if up else rect.bottom(), Side.TOP if up else Side.BOTTOM)


def _back(begin: Port, stop: Knot, stop_side: Side, own: Sequence[int], obstacles: Obstacles) -> Floats:
    """A way that leads left, with a quarter turn at each end that leaves its node up or down."""
    start = (begin.x, begin.y)
    if not begin.side.upright and not stop_side.upright:
        return _level(start, stop, own, obstacles)
    width = start[0] - stop[0]
    if begin.side.upright:
        turn = (start[0] - _radius(width, stop[1] - start[1]), stop[1])
        bend = routing.corner(start, turn, upright_start=True)
        return routing.chain(bend, _level(turn, stop, own, obstacles))
    turn = (stop[0] + _radius(width, stop[1] - start[1]), start[1])
    bend = routing.corner(turn, stop, upright_start=False)
    return routing.chain(_level(start, turn, own, obstacles), bend)


def _upright(begin: Port, stop: Knot, mutual: float) -> Floats:
    """A short way between two nodes of one column; those of a pair bow apart."""
    start = (begin.x, begin.y)
    rise = (stop[1] - start[1]) / 3
    return np.array([start, (start[0] + mutual, start[1] + rise), (stop[0] + mutual, stop[1] - rise), stop])


def lay(
    edges: Sequence[Line],
    rects: Mapping[Place, QRectF],
    names: Collection[QRectF],
    heads: Mapping[Line, float],
) -> dict[Line, Way]:
    """The way of every edge. `names` are further rectangles to go round, `heads` the lengths of arrows."""
    sites = ports.place(edges, rects)
    index = {node: number for number, node in enumerate(rects)}
    table = [(r.left(), r.top(), r.right(), r.bottom()) for r in (*rects.values(), *names)]
    near = len(edges) <= ROUND
    obstacles = Obstacles(np.array(table if near else [], dtype=np.float64).reshape(-1, 4), len(rects))
    detours = Detours(obstacles.rectangles[: len(rects)], obstacles.rectangles[len(rects) :])
    led = 0
    pairs = {ports.ends(edge) for edge in edges}
    ways: dict[Line, Way] = {}

    def length(edge: Line) -> float:
        begin, end = sites[edge]
        return abs(end.x - begin.x) + abs(end.y - begin.y)

    for edge in sorted(edges, key=lambda edge: (length(edge), str(edge))):
        begin, end = sites[edge]
        source, target = ports.ends(edge)
        own = (index[source], index[target]) if near else ()
        stop = end.out(heads[edge])
        if begin.side is Side.RIGHT:
            curve = _level((begin.x, begin.y), stop, own, obstacles)
        elif begin.side.upright and end.side.upright and begin.side is not end.side:
            bow = 16.0 if (target, source) in pairs else 0.0
            curve = _upright(begin, stop, bow if begin.side is Side.BOTTOM else -bow)
        elif begin.side.upright and end.side.upright:
            cost, curve = _round(begin, end, heads[edge], own, obstacles)
            if cost >= routing.ON_NODE:
                sides = _flipped(begin, rects[source]), _flipped(end, rects[target])
                less, other = _round(*sides, heads[edge], own, obstacles)
                if less < cost:
                    end, curve = sides[1], other
        else:
            curve = _back(begin, stop, end.side, own, obstacles)
        direct = begin.side is Side.RIGHT and not obstacles.met
        if near and not direct and led < MOST_DETOURS and obstacles.covers(routing.closely(curve), own):
            led += 1
            found = _detour(detours, (begin, rects[source]), (end, rects[target]), heads[edge])
            curve, end = found or (curve, end)
        heading = (-end.side.value[0], -end.side.value[1])
        tip = end.out(1.0)
        ways[edge] = Way(curve, routing.sample(curve), tip, heading)
    return ways


def _detour(
    detours: Detours, source: tuple[Port, QRectF], target: tuple[Port, QRectF], head: float
) -> tuple[Floats, Port] | None:
    """A way that may leave and reach its nodes at any side, and where it ends."""
    begins, ends = _sites(*source), _sites(*target)
    found = detours.way(
        [_site(port, 0.0, Side.RIGHT) for port in begins], [_site(port, head, Side.LEFT) for port in ends]
    )
    return None if found is None else (found[2], ends[found[1]])


def _sites(port: Port, rect: QRectF) -> list[Port]:
    """The port, and the middles of the other sides."""
    middle = rect.center()
    sides = {
        Side.LEFT: (rect.left(), middle.y()),
        Side.RIGHT: (rect.right(), middle.y()),
        Side.TOP: (middle.x(), rect.top()),
        Side.BOTTOM: (middle.x(), rect.bottom()),
    }
    return [port, *(Port(x, y, side) for side, (x, y) in sides.items() if side is not port.side)]


def _site(port: Port, distance: float, usual: Side) -> Site:
    return port.out(distance), port.side.value, 0.0 if port.side is usual else TURNED
