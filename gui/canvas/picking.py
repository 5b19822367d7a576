"""What lies under the pointer."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF

from graph.identity import EdgeId, LoopId, NodeId, Subject
from graph.model import LoopStatus
from gui.canvas.scene import Scene

REACH = 6.0
"""Px of the screen around an edge that still count as on it."""


def node_at(scene: Scene, point: QPointF) -> NodeId | None:
    """The node at a point of the plane; the last drawn wins."""
    ids, table = scene.node_table
    x, y = point.x(), point.y()
    inside = (table[:, 0] <= x) & (table[:, 2] >= x) & (table[:, 1] <= y) & (table[:, 3] >= y)
    found = np.flatnonzero(inside)
    if len(found):
        return ids[int(found[-1])]
    for node, name in scene.names.items():
        if name.rect.contains(point):
            return node
    return None


def badge_at(scene: Scene, point: QPointF, *, possible: bool = False) -> LoopId | None:
    """The loop whose badge is at a point of the plane; those of possible loops count on request."""
    for badge in reversed(scene.badges):
        if badge.rect.contains(point) and (possible or badge.status is not LoopStatus.POSSIBLE):
            return badge.loop
    return None


def edge_at(scene: Scene, point: QPointF, reach: float) -> EdgeId | None:
    """The edge nearest to a point of the plane, within `reach`."""
    ids, table = scene.edge_table
    if not ids:
        return None
    at = np.array([point.x(), point.y()])
    slack = reach + 60.0
    near = np.flatnonzero(np.all((table.min(axis=1) - slack < at) & (table.max(axis=1) + slack > at), axis=1))
    best: tuple[float, EdgeId] | None = None
    for number in near:
        way = scene.edges[ids[int(number)]].way.points
        start, step = way[:-1], np.diff(way, axis=0)
        part = ((at - start) * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-9)
        foot = start + step * np.clip(part, 0.0, 1.0)[:, None]
        distance = float(np.hypot(*(foot - at).T).min())
        if distance <= reach and (best is None or distance < best[0]):
            best = distance, ids[int(number)]
    return best[1] if best else None


def subject_at(scene: Scene, point: QPointF, scale: float) -> Subject | None:
    """Badge before node before edge, at a point of the plane seen at a scale."""
    return badge_at(scene, point) or node_at(scene, point) or edge_at(scene, point, REACH / max(scale, 0.05))
