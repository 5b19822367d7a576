"""Where one scene looks otherwise than the one before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF

from graph.view.rows import Rows
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.badges import Badge, extent, scaled
from gui.canvas.scene.edge_words import EdgeWords
from gui.canvas.scene.scene import Areas, Scene
from gui.canvas.scene.tables import Key, LineTable, Numbers

MOST = 400
"""Areas that are told one by one; where more changed, all did."""
HALO = 24.0
"""Px that a line reaches beyond its points: its halo, its arrow, its words."""
AROUND = (-12.0, -24.0, 14.0, 8.0)
"""Px that a node with its marks reaches beyond its rectangle."""
FARTHEST = 0.1
"""The scale at which badges reach as far over the plane as is reckoned with."""

Placed = Badge | EdgeWords


def between(before: Scene, now: Scene) -> tuple[Areas, Areas]:
    """The parts of the plane where ground and figures changed; None for more than can be told."""
    if before.stubs != now.stubs:
        return None, None
    figures = _nodes(before, now)
    if figures is not None and before.badges != now.badges:
        figures += _others(before.badges, now.badges)
    return ground(before, now), figures


def ground(before: Scene, now: Scene, bent: Numbers | None = None) -> Areas:
    """Where lines and the words on them changed; None for more than can be told. It is looked for once.

    `bent` are the rows of all lines whose points may be others, where that is known.
    """
    if before not in now.ground_news:
        found = _lines(before.line_table, now.line_table, bent)
        if found is not None and before.words != now.words:
            found += _others(before.words, now.words)
        now.ground_news[before] = found
    return now.ground_news[before]


def _others(before: Sequence[Placed], now: Sequence[Placed]) -> list[QRectF]:
    """Where those stand that are not among both."""
    gone, come = [x for x in before if x not in now], [x for x in now if x not in before]
    rooms = (
        extent(each, FARTHEST).united(scaled(each.rect, each.roomy)) if isinstance(each, Badge) else each.rect
        for each in (*gone, *come)
    )
    return [room.adjusted(-3, -3, 3, 3) for room in rooms]


def _rects(table: Floats) -> list[QRectF]:
    return [QRectF(a, b, c - a, d - b) for a, b, c, d in table.tolist()]


def _rows(before: Rows[Key], now: Rows[Key]) -> tuple[Numbers, Numbers]:
    """For every row of now the one before, -1 for none, and the rows before that are gone."""
    kept = now.kept(before)
    gone = np.ones(len(before), np.bool_)
    gone[kept[kept >= 0]] = False
    return kept, np.flatnonzero(gone)


def _lines(before: LineTable, now: LineTable, bent: Numbers | None) -> Areas:
    kept, gone = _rows(before.ids, now.ids)
    same = np.flatnonzero(kept >= 0)
    old = kept[same]
    other = (
        (before.certainty[old] != now.certainty[same])
        | (before.rank[old] != now.rank[same])
        | (before.age[old] != now.age[same])
        | (np.abs(before.width[old] - now.width[same]) > 1e-3)
    )
    if before.points is not now.points:
        at = slice(None) if bent is None else np.flatnonzero(np.isin(same, bent))
        moved = np.abs(before.points[old[at]] - now.points[same[at]]) > 0.05
        other[at] |= moved.any(axis=(1, 2))
    changed, fresh = same[other], np.flatnonzero(kept < 0)
    if 2 * len(changed) + len(gone) + len(fresh) > MOST:
        return None
    extents = np.concatenate(
        [before.extents[gone], before.extents[old[other]], now.extents[changed], now.extents[fresh]]
    )
    return [rect.adjusted(-HALO, -HALO, HALO, HALO) for rect in _rects(extents.astype(np.float64))]


def _nodes(before: Scene, now: Scene) -> Areas:
    was, table = before.node_table, now.node_table
    kept, gone = _rows(was.ids, table.ids)
    same = np.flatnonzero(kept >= 0)
    old = kept[same]
    other = (was.looks[old] != table.looks[same]) | (np.abs(was.rects[old] - table.rects[same]) > 0.05).any(
        axis=1
    )
    other |= before.hidden[old] != now.hidden[same]
    said = now.reworded(before, same[~other])
    rows, fresh = same[other], np.flatnonzero(kept < 0)
    if 2 * len(rows) + len(gone) + len(fresh) + len(said) > MOST:
        return None
    places = _rects(
        np.concatenate([was.rects[gone], was.rects[old[other]], table.rects[rows], table.rects[fresh]])
    )
    found = [rect.adjusted(-90, AROUND[1], 90, 24) for rect in places]
    found += [rect.adjusted(*AROUND) for rect in _rects(table.rects[said])]
    return found


def alike_from_afar(before: Scene, now: Scene) -> bool:
    """Whether both look the same when they are very small."""
    return (
        np.array_equal(before.node_table.rects, now.node_table.rects)
        and np.array_equal(before.node_table.looks, now.node_table.looks)
        and before.line_table.points is now.line_table.points
        and np.array_equal(before.line_table.rank, now.line_table.rank)
    )


def figures_alone(before: Scene, now: Scene) -> bool:
    """Whether nothing but figures differs from the scene before.

    By them things may come and go, where a view shows only what has certain ones; but nothing new is known,
    nothing waits for its place, and nothing moved.
    """
    scenes = before, now
    if not now.content.shown.alike(before.content.shown) or any(
        len(scene.node_table.ids) < len(scene.content.shown.places) for scene in scenes
    ):
        return False
    kept = now.node_table.ids.kept(before.node_table.ids)
    here, there = now.node_table.rects[kept >= 0], before.node_table.rects[kept[kept >= 0]]
    return bool((np.abs(here[:, :2] + here[:, 2:] - there[:, :2] - there[:, 2:]) < 1).all())
