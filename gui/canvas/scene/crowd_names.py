"""Names in a crowd: all stand under their nodes, and those that would touch something are left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from gui.canvas.routes.routing import Floats
from gui.canvas.scene import labels
from gui.canvas.scene.tables import Flags, NodeTable

Widths = NDArray[np.float32]
FEW = 200
"""Up to so many changes of place, room for names is looked for near these alone."""
CELL = (128.0, 64.0)
"""Cells of the plane in which rectangles are compared, in px."""


def unnamed(
    nodes: NodeTable,
    named: Widths,
    was: NodeTable | None = None,
    had: Widths | None = None,
    hidden_before: Flags | None = None,
) -> Flags:
    """The rows of the nodes whose names find no room under them; `named` are the widths of names, 0 for none.

    `was`, `had` and `hidden_before` tell the same of an earlier scene: then it is looked for anew only where
    something changed.
    """
    if was is None or had is None or hidden_before is None or not len(was.ids):
        return hidden(nodes.rects, named)
    kept = nodes.ids.kept(was.ids)
    same = np.flatnonzero(kept >= 0)
    stays = (nodes.rects[same] == was.rects[kept[same]]).all(axis=1) & (named[same] == had[kept[same]])
    still = np.zeros(len(was.ids), np.bool_)
    still[kept[same[stays]]] = True
    gone = was.rects[~still]
    moved = np.ones(len(kept), np.bool_)
    moved[same[stays]] = False
    areas = np.concatenate([gone, nodes.rects[moved]])
    if len(areas) > FEW:
        return hidden(nodes.rects, named)
    found: Flags = hidden_before[kept] & (kept >= 0)
    boxes = [QRectF(left, top, right - left, bottom - top) for left, top, right, bottom in areas.tolist()]
    if boxes:
        inner = np.concatenate([nodes.touching(box.adjusted(-150, -45, 150, 45)) for box in boxes])
        reach = [nodes.touching(box.adjusted(-300, -90, 300, 90)) for box in boxes]
        around = np.unique(np.concatenate(reach))
        near = np.isin(around, inner)
        found[around[near]] = hidden(nodes.rects[around], named[around])[near]
    return found


def hidden(rects: Floats, named: Widths) -> Flags:
    """Which names would touch a node, or a name of an earlier node."""
    rows = np.flatnonzero(named > 0)
    middle = (rects[rows, 0] + rects[rows, 2]) / 2
    top = rects[rows, 3] + labels.DISTANCE
    half = named[rows] / 2 + 1
    names = np.column_stack([middle - half, top + 1, middle + half, top + labels.HEIGHT - 1])
    every = np.concatenate([rects, names])
    low = np.floor(every[:, :2] / CELL).astype(np.int64)
    high = np.floor(every[:, 2:] / CELL).astype(np.int64)
    wide = high - low + 1
    count = wide[:, 0] * wide[:, 1]
    who = np.repeat(np.arange(len(every)), count)
    within = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
    cell = (low[who, 0] + within % wide[who, 0]) * 1_000_003 + low[who, 1] + within // wide[who, 0]
    order = np.lexsort((who, cell))
    who, cell = who[order], cell[order]
    found_none = np.zeros(len(every), np.bool_)
    for step in range(1, len(who)):
        pair = np.flatnonzero(cell[step:] == cell[:-step])
        if not len(pair):
            break
        one, two = every[who[pair]], every[who[pair + step]]
        touch = (one[:, 0] < two[:, 2]) & (one[:, 2] > two[:, 0])
        touch &= (one[:, 1] < two[:, 3]) & (one[:, 3] > two[:, 1])
        # In a cell, those with the lower number come first: nodes before names.
        found_none[who[pair + step][touch]] = True
    found = np.zeros(len(rects), np.bool_)
    found[rows] = found_none[len(rects) :]
    return found
