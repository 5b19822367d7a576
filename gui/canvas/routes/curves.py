"""The ways of very many edges at once: ports and curves as arrays, not round what stands between.

The rules are those of `ports` and `ways`; a curve is three cubics in a row, an array of shape (10, 2).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.canvas.routes.routing import PULL, Floats
from gui.canvas.routes.ways import DETOUR

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEFT, RIGHT, TOP, BOTTOM = range(4)
OUTWARD = np.array([(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)])
"""The direction out of each side."""
BOW = 0.56
"""How round a quarter turn is."""
APART = 6.0
"""Px between two nodes from which on one counts as left of the other."""


def onward(rects: Floats, source: Numbers, target: Numbers) -> tuple[Flags, Flags]:
    """Which nodes some edge reaches from the left, and which ones some edge leaves to the right."""
    forward = rects[target, 0] >= rects[source, 2] + APART
    reached, leaving = np.zeros(len(rects), bool), np.zeros(len(rects), bool)
    reached[target[forward]] = True
    leaving[source[forward]] = True
    return reached, leaving


def sides(
    rects: Floats, channel: Flags, source: Numbers, target: Numbers, met: tuple[Flags, Flags]
) -> tuple[Numbers, Numbers]:
    """The side on which each edge leaves its source and the one on which it reaches its target.

    `rects` are left, top, right, bottom of all nodes, shape (n, 4); source and target are their numbers, and
    `met` is what `onward` says of all edges.
    """
    begin, end = rects[source], rects[target]
    forward = end[:, 0] >= begin[:, 2] + APART
    across = begin[:, 0] - APART >= end[:, 2]
    reached, leaving = met
    y0, y1 = begin[:, 1] + begin[:, 3], end[:, 1] + end[:, 3]
    down = y1 >= y0
    level_start = channel[source] & ~reached[source]
    level_end = channel[target] & ~leaving[target]
    same = np.where(channel[source] | channel[target], TOP, BOTTOM)
    beside_source = (begin[:, 1] - 4 <= y1 / 2) & (y1 / 2 <= begin[:, 3] + 4)
    beside_target = (end[:, 1] - 4 <= y0 / 2) & (y0 / 2 <= end[:, 3] + 4)
    upright = np.where(down, BOTTOM, TOP), np.where(down, TOP, BOTTOM)
    bent = np.where(beside_source, LEFT, upright[0]), np.where(beside_target, RIGHT, upright[1])
    cases = [forward, ~across, level_start & level_end, level_end, level_start]
    first = np.select(cases, [RIGHT, upright[0], LEFT, bent[0], LEFT], same)
    last = np.select(cases, [LEFT, upright[1], RIGHT, RIGHT, bent[1]], same)
    return first, last


def spread(rects: Floats, channel: Flags, node: Numbers, side: Numbers, other: Numbers) -> Floats:
    """The port of every end of an edge: ends that share a side of a node stand in the order of their others.

    All three number nodes or sides by end; the answer has the shape (ends, 2).
    """
    centres = (rects[:, :2] + rects[:, 2:]) / 2
    upright = side >= TOP
    key = np.where(upright, centres[other, 0], centres[other, 1])
    group = node * 4 + side
    low = key.min(initial=0.0)
    # One key for both: groups are far enough apart that places within them cannot mix.
    order = np.argsort(group * (key.max(initial=0.0) - low + 1.0) + (key - low), kind="stable")
    ordered = group[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(order) else order
    count = np.diff(np.r_[first, len(order)])
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order)) - np.repeat(first, count)
    users = np.empty(len(order))
    users[order] = np.repeat(count, count)
    size = rects[node, 2:] - rects[node, :2]
    room = np.where(upright, size[:, 0] - 24, np.where(channel[node], 0.0, size[:, 1] - 16))
    shift = (rank - (users - 1) / 2) * np.minimum(12.0, room / np.maximum(users - 1, 1))
    ports = centres[node]
    ports[upright, 0] += shift[upright]
    ports[~upright, 1] += shift[~upright]
    corner = rects[node, np.array([0, 2, 1, 3])[side]]
    ports[upright, 1] = corner[upright]
    ports[~upright, 0] = corner[~upright]
    return ports


@cache
def _split(parts: int) -> Floats:
    """A cubic cut into equal parts, as weights of its four points, shape (3 parts + 1, 4)."""
    made = [np.array([1.0, 0, 0, 0])]
    for part in range(parts):
        made += [_blossom(part / parts, (part + 1) / parts, step) for step in (1, 2, 3)]
    return np.array(made)


def _blossom(a: float, b: float, step: int) -> Floats:
    """Weights of the polar form of a cubic at a, a, b; a, b, b; or b, b, b (Ramshaw 1987)."""
    first, second, third = {1: (a, a, b), 2: (a, b, b), 3: (b, b, b)}[step]
    u, v, w = 1 - first, 1 - second, 1 - third
    return np.array(
        [
            u * v * w,
            first * v * w + u * second * w + u * v * third,
            first * second * w + first * v * third + u * second * third,
            first * second * third,
        ]
    )


@cache
def _sampling(steps: int) -> Floats:
    """Weights of the ten points of a curve for `steps` points along each of its cubics and its end."""
    t = np.linspace(0.0, 1.0, steps, endpoint=False)
    cubic = np.stack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3], axis=1)
    made = np.zeros((3 * steps + 1, 10))
    for part in range(3):
        made[part * steps : (part + 1) * steps, 3 * part : 3 * part + 4] = cubic
    made[-1, -1] = 1.0
    return made


def sampled(curves: NDArray[np.floating[Any]], steps: int) -> NDArray[np.floating[Any]]:
    """Points along curves of shape (n, 10, 2): shape (n, 3 steps + 1, 2)."""
    flat = curves.transpose(1, 0, 2).reshape(10, 2 * len(curves))
    found = _sampling(steps).astype(curves.dtype) @ flat
    return np.ascontiguousarray(found.reshape(3 * steps + 1, len(curves), 2).transpose(1, 0, 2))


def _level(start: Floats, stop: Floats) -> Floats:
    """Cubics that leave and arrive level, shape (n, 4, 2)."""
    reach = np.zeros_like(start)
    reach[:, 0] = (stop[:, 0] - start[:, 0]) * PULL
    return np.stack([start, start + reach, stop - reach, stop], axis=1)


def _corner(start: Floats, end: Floats, *, upright_start: bool) -> Floats:
    """Quarters of ellipses, shape (n, 4, 2)."""
    step = end - start
    first, second = start.copy(), end.copy()
    if upright_start:
        first[:, 1] += step[:, 1] * BOW
        second[:, 0] -= step[:, 0] * (1 - BOW)
    else:
        first[:, 0] += step[:, 0] * BOW
        second[:, 1] -= step[:, 1] * (1 - BOW)
    return np.stack([start, first, second, end], axis=1)


def _radius(width: Floats, height: Floats) -> Floats:
    return np.minimum(np.abs(width) * 0.8, np.maximum(34.0, 1.7 * np.abs(height)))


def _chained(*cubics: Floats) -> Floats:
    return np.concatenate([cubics[0], *(each[:, 1:] for each in cubics[1:])], axis=1)


def bend(start: Floats, first: Numbers, stop: Floats, last: Numbers, mutual: Flags) -> Floats:
    """The curves from ports to ports by their sides, shape (n, 10, 2).

    `mutual` are edges between nodes that another edge joins the other way: they bow apart.
    """
    made = np.empty((len(start), 10, 2))
    up_first, up_last = first >= TOP, last >= TOP
    level = ~up_first & ~up_last
    made[level] = _split(3) @ _level(start[level], stop[level])
    short = up_first & up_last & (first != last)
    bow = np.where(mutual, np.where(first == BOTTOM, 16.0, -16.0), 0.0)[short]
    rise = (stop[short] - start[short]) / 3
    aside = np.column_stack([bow, np.zeros_like(bow)])
    one, two = start[short] + aside, stop[short] + aside
    one[:, 1] += rise[:, 1]
    two[:, 1] -= rise[:, 1]
    made[short] = _split(3) @ np.stack([start[short], one, two, stop[short]], axis=1)
    arc = up_first & up_last & (first == last)
    made[arc] = _arcs(start[arc], stop[arc], np.where(first[arc] == TOP, -1.0, 1.0))
    leaving, arriving = up_first & ~up_last, ~up_first & up_last
    for chosen, begin, end in ((leaving, start, stop), (arriving, stop, start)):
        turn = end[chosen].copy()
        step = begin[chosen] - turn
        turn[:, 0] = begin[chosen][:, 0] - np.sign(step[:, 0]) * _radius(step[:, 0], step[:, 1])
        if begin is start:
            round_first = _corner(begin[chosen], turn, upright_start=True)
            made[chosen] = _chained(round_first, _split(2) @ _level(turn, end[chosen]))
        else:
            rest = _split(2) @ _level(end[chosen], turn)
            made[chosen] = _chained(rest, _corner(turn, begin[chosen], upright_start=False))
    return made


def _arcs(start: Floats, stop: Floats, sign: Floats) -> Floats:
    """Over or under both nodes and back to the left."""
    run = np.maximum(start[:, 1] * sign, stop[:, 1] * sign) * sign + sign * DETOUR
    half = (start[:, 0] - stop[:, 0]) / 2
    first = np.column_stack([start[:, 0] - _radius(half, run - start[:, 1]), run])
    last = np.column_stack([stop[:, 0] + _radius(half, run - stop[:, 1]), run])
    return _chained(
        _corner(start, first, upright_start=True),
        _level(first, last),
        _corner(last, stop, upright_start=False),
    )


def cubics(ways: Floats, steps: int) -> Floats:
    """Points along single cubics of shape (n, 4, 2): shape (n, steps + 1, 2)."""
    t = np.linspace(0.0, 1.0, steps + 1)
    weights = np.stack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3], axis=1)
    found: Floats = np.einsum("pk,nkd->npd", weights, ways)
    return found
