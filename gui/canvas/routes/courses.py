"""The courses of very many lines: ports and curves, worked out anew only near what has changed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui.canvas.routes import curves
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.tables import CHANNEL, POINTS, LineTable, NodeTable, Numbers

Flags = NDArray[np.bool_]
Small = NDArray[np.float32]

BENT = 4_000
"""Curves that are made without a pause."""
SAME = 1e-3
"""Px by which ends may differ and have the same curve."""


@dataclass(frozen=True, eq=False)
class Courses:
    """The curves of all lines, and all that they depend on."""

    curves: Small
    """Three cubics in a row each, shape (lines, 10, 2)."""
    points: Small
    """Points along each, shape (lines, POINTS, 2)."""
    ends: Floats
    """Where each begins and where its arrow does, both sides, and whether it bows; shape (lines, 7)."""
    fresh: Numbers
    """The rows of those that were bent anew."""

    @property
    def sides(self) -> tuple[Numbers, Numbers]:
        """The sides on which each line leaves and is received."""
        return self.ends[:, 4].astype(np.int64), self.ends[:, 5].astype(np.int64)


@dataclass(frozen=True, eq=False)
class Before:
    """The courses of an earlier scene."""

    nodes: NodeTable
    lines: LineTable
    heads: Small
    curves: Small
    ends: Floats


Work = Generator[None, None, Courses]


def courses(nodes: NodeTable, table: LineTable, heads: Small, before: Before | None, kept: Numbers) -> Work:
    """The courses of all lines; `heads` are the lengths of their arrows, `kept` their rows before."""
    near = None if before is None or not len(before.ends) else _near(nodes, table, before, kept)
    yield
    if before is None or near is None:
        ends = yield from _all_ends(nodes, table, heads)
        rows = np.arange(len(ends))
    else:
        ends, rows = yield from _some_ends(nodes, table, heads, before, kept, near)
    yield
    if before is not None and len(before.ends):
        was = before.ends[kept[rows]]
        rows = rows[(kept[rows] < 0) | (np.abs(was - ends[rows]) >= SAME).any(axis=1)]
        bent, points = np.take(before.curves, kept, axis=0), np.take(before.lines.points, kept, axis=0)
        yield
    else:
        bent = np.empty((len(ends), 10, 2), np.float32)
        points = np.empty((len(ends), POINTS, 2), np.float32)
    for at in range(0, len(rows), BENT):
        some = rows[at : at + BENT]
        side = ends[some, 4].astype(np.int64), ends[some, 5].astype(np.int64)
        mutual = ends[some, 6] > 0
        bent[some] = curves.bend(ends[some, :2], side[0], ends[some, 2:4], side[1], mutual)
        points[some] = curves.sampled(bent[some], 3)
        yield
    return Courses(bent, points, ends, rows)


def _all_ends(nodes: NodeTable, table: LineTable, heads: Small) -> Generator[None, None, Floats]:
    channel, source, target = nodes.looks & 3 == CHANNEL, table.source, table.target
    met = curves.onward(nodes.rects, source, target)
    first, last = np.empty_like(source), np.empty_like(source)
    for at in range(0, len(source), BENT):
        part = slice(at, at + BENT)
        first[part], last[part] = curves.sides(nodes.rects, channel, source[part], target[part], met)
        yield
    node, side, other = np.concatenate([[source, first, target], [target, last, source]], axis=1)
    ports = np.empty((len(node), 2))
    # Ends of one node go together.
    part_of = np.cumsum(np.bincount(node, minlength=1))[node] // (2 * BENT)
    for number in range(int(part_of.max(initial=-1)) + 1):
        ends = np.flatnonzero(part_of == number)
        ports[ends] = curves.spread(nodes.rects, channel, node[ends], side[ends], other[ends])
        yield
    stop = ports[len(source) :] + curves.OUTWARD[last] * heads[:, None]
    bows = _bows(len(nodes.rects), source, target, first, last)
    return np.concatenate([ports[: len(source)], stop, first[:, None], last[:, None], bows[:, None]], axis=1)


def _bows(count: int, source: Numbers, target: Numbers, first: Numbers, last: Numbers) -> Flags:
    """Which upright lines have another beside them that leads back."""
    pair, back = source * count + target, target * count + source
    upright = np.flatnonzero((first >= curves.TOP) & (last >= curves.TOP) & (first != last))
    bows = np.zeros(len(source), np.bool_)
    bows[upright] = np.isin(pair[upright], back)
    return bows


def _near(nodes: NodeTable, table: LineTable, before: Before, kept: Numbers) -> Flags | None:
    """The nodes at whose lines something is otherwise; None for very many of them.

    These are the ones at either end of lines that came or went, and at lines of nodes that came or moved.
    """
    source, target = table.source, table.target
    rows, place = nodes.ids.kept(before.nodes.ids), before.nodes.ids.kept(nodes.ids)
    if not len(before.nodes.rects):
        return None
    moved = (rows < 0) | (nodes.rects != before.nodes.rects[rows]).any(axis=1)
    went = np.ones(len(before.ends), np.bool_)
    went[kept[kept >= 0]] = False
    left = place[np.concatenate([before.lines.source[went], before.lines.target[went]])]
    other = (kept < 0) | moved[source] | moved[target]
    near = moved
    near[left[left >= 0]] = near[source[other]] = near[target[other]] = True
    return near if 2 * np.count_nonzero(near[source] | near[target]) < len(source) else None


def _some_ends(
    nodes: NodeTable, table: LineTable, heads: Small, before: Before, kept: Numbers, near: Flags
) -> Generator[None, None, tuple[Floats, Numbers]]:
    """The ends of all lines, and the rows of those that may be others than before."""
    channel, source, target = nodes.looks & 3 == CHANNEL, table.source, table.target
    ends = np.take(before.ends, kept, axis=0)
    mine = np.flatnonzero(near[source] | near[target])
    # On which side a line ends depends on all other lines there.
    around = np.zeros(len(near), np.bool_)
    around[source[mine]] = around[target[mine]] = True
    rows = np.flatnonzero(around[source] | around[target])
    met = curves.onward(nodes.rects, source[rows], target[rows])
    first, last = curves.sides(nodes.rects, channel, source[rows], target[rows], met)
    inside = np.searchsorted(rows, mine)
    side = np.stack([first[inside], last[inside]], axis=1)
    yield
    turned = mine[(kept[mine] < 0) | (ends[mine, 4:6] != side).any(axis=1)]
    ends[mine, 4:6] = side
    ends[mine, 6] = _bows(len(near), source[mine], target[mine], *side.T)
    spread = near.copy()
    longer = np.flatnonzero((before.heads[kept] != heads) | (kept < 0))
    spread[source[turned]] = spread[target[turned]] = spread[target[longer]] = True
    rows = np.flatnonzero(spread[source] | spread[target])
    yield
    node = np.concatenate([source[rows], target[rows]])
    sides = np.concatenate([ends[rows, 4], ends[rows, 5]]).astype(np.int64)
    here = spread[node]
    others = np.concatenate([target[rows], source[rows]])[here]
    ports = np.empty((len(node), 2))
    ports[here] = curves.spread(nodes.rects, channel, node[here], sides[here], others)
    begins, ended = here[: len(rows)], here[len(rows) :]
    ends[rows[begins], :2] = ports[: len(rows)][begins]
    out = curves.OUTWARD[sides[len(rows) :][ended]] * heads[rows[ended]][:, None]
    ends[rows[ended], 2:4] = ports[len(rows) :][ended] + out
    return ends, np.union1d(rows, mine)
