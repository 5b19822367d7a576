"""What lies under the pointer."""

from __future__ import annotations

from math import inf

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from graph.identity import Line, LoopId, Place, Subject
from graph.model import LoopStatus
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.badges import extent
from gui.canvas.scene.scene import Scene

REACH = 6.0
"""Px of the screen around a line that still count as on it."""
SAG = 30.0
"""Px that a line may lie off the straight pieces of its row in the table."""
CLOSELY = 12
"""Lines that are looked at point by point."""
NAME_REACH = (-80.0, -26.0, 80.0, 26.0)
"""Px round a point in which the node stands whose name is there."""


def node_at(scene: Scene, point: QPointF) -> Place | None:
    """The node at a point of the plane, or whose name is there; the last drawn wins."""
    nodes = scene.node_table
    here = QRectF(point.x(), point.y(), 1e-6, 1e-6)
    found = nodes.touching(here)
    if len(found):
        return nodes.ids[int(found[-1])]
    for row in nodes.touching(here.adjusted(*NAME_REACH)):
        node = nodes.ids[int(row)]
        if node in scene.names and scene.names[node].rect.contains(point):
            return node
    return None


def badge_at(scene: Scene, point: QPointF, scale: float, *, possible: bool = False) -> LoopId | None:
    """The loop whose badge is at a point of the plane; those of possible loops count on request."""
    for badge in reversed(scene.badges):
        if extent(badge, scale).contains(point) and (possible or badge.status is not LoopStatus.POSSIBLE):
            return badge.loop
    return None


def line_at(scene: Scene, point: QPointF, reach: float, longest: float = inf) -> Line | None:
    """The line nearest to a point of the plane, within `reach`; those of loops, and none longer than so."""
    lines = scene.line_table
    slack = reach + SAG
    near = lines.touching(QRectF(point.x() - slack, point.y() - slack, 2 * slack, 2 * slack))
    if longest < inf:
        near = near[(lines.lengths[near] <= longest) | (lines.rank[near] >= 0)]
    if len(near) > CLOSELY:
        at = np.array([point.x(), point.y()], np.float32)
        off = lines.points[near] - at
        low, high = np.minimum(off[:, :-1], off[:, 1:]), np.maximum(off[:, :-1], off[:, 1:])
        near = near[((low < slack) & (high > -slack)).all(axis=2).any(axis=1)]
        near = near[np.argsort(_distances(lines.points[near].astype(np.float64), point))[:CLOSELY]]
    best: tuple[float, Line] | None = None
    for row in near.tolist():
        line = lines.ids[row]
        distance = float(_distances(scene.edges[line].way.points[None], point)[0])
        if distance <= reach and (best is None or distance < best[0]):
            best = distance, line
    return best[1] if best else None


def _distances(ways: Floats, point: QPointF) -> Floats:
    """How far a point is from each of some ways of shape (n, points, 2)."""
    at = np.array([point.x(), point.y()])
    start, step = ways[:, :-1], np.diff(ways, axis=1)
    part = ((at - start) * step).sum(axis=2) / np.maximum((step**2).sum(axis=2), 1e-9)
    foot = start + step * np.clip(part, 0.0, 1.0)[..., None]
    found: Floats = np.sqrt(((foot - at) ** 2).sum(axis=2)).min(axis=1)
    return found


def subject_at(scene: Scene, point: QPointF, scale: float, longest: float = inf) -> Subject | None:
    """Badge before node before line, at a point of the plane seen at a scale.

    Of lines longer than `longest`, only those of loops are drawn all the way and can be met.
    """
    found = badge_at(scene, point, scale) or node_at(scene, point)
    return found or line_at(scene, point, REACH / max(scale, 0.02), longest)
