"""From node to node by the arrow keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QPointF

from graph.identity import Line, Place

COLUMN = 80.0
"""Px aside within which a node still counts as above or below another."""


def first(centres: Mapping[Place, QPointF]) -> Place | None:
    """Where to begin: the topmost of the leftmost nodes."""
    return min(centres, key=lambda node: (centres[node].x(), centres[node].y()), default=None)


def step(
    centres: Mapping[Place, QPointF], lines: Collection[Line], here: Place, dx: int, dy: int
) -> Place | None:
    """The node that an arrow key leads to: along an edge sideways, up and down within the column.

    `dx` and `dy` are -1, 0 or 1, y downwards; None where nothing lies that way.
    """
    start = centres[here]
    linked = {
        end for line in lines if here in (line.source, line.target) for end in (line.source, line.target)
    }
    best: tuple[float, Place] | None = None
    for node, centre in centres.items():
        way = centre - start
        along = way.x() * dx + way.y() * dy
        aside = abs(way.x() * dy) + abs(way.y() * dx)
        if along <= 1 or node == here or (dx and node not in linked) or (dy and aside > COLUMN):
            continue
        cost = along + 2 * aside
        if best is None or cost < best[0]:
            best = cost, node
    return best[1] if best else None
