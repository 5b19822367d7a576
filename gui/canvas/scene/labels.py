"""Names of channels: under the shape or over it, never on a node, left out where there is no room."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from graph.identity import Line, Place
from gui.canvas.routes.routing import Floats

HEIGHT = 14.0
DISTANCE = 3.0


@dataclass(frozen=True)
class Name:
    """A name and where it stands."""

    text: str
    rect: QRectF


def rect_for(shape: QRectF, width: float, *, above: bool) -> QRectF:
    """Where the name of a shape stands."""
    top = shape.top() - DISTANCE - HEIGHT if above else shape.bottom() + DISTANCE
    return QRectF(shape.center().x() - width / 2, top, width, HEIGHT)


def place(
    names: Mapping[Place, tuple[str, float]],
    rects: Mapping[Place, QRectF],
    above: Collection[Place],
    points: Mapping[Line, Floats],
    badges: Sequence[QRectF],
) -> tuple[dict[Place, Name], frozenset[Place]]:
    """A place for every name, and those that found none.

    `names` are text and width; those `above` are first tried over their shape. A name avoids nodes, badges
    and other names always, and edges where it can.
    """
    order = list(rects)
    boxes = [rects[node] for node in order] + list(badges)
    solid = np.array([(r.left(), r.top(), r.right(), r.bottom()) for r in boxes]).reshape(-1, 4)
    taken = np.empty((len(names), 4))
    lines = np.concatenate([*points.values(), np.zeros((0, 2))])
    lines = lines[np.argsort(lines[:, 0], kind="stable")]
    found: dict[Place, Name] = {}
    hidden: set[Place] = set()
    for node, (text, width) in names.items():
        best: tuple[int, QRectF] | None = None
        for over in (True, False) if node in above else (False, True):
            rect = rect_for(rects[node], width, above=over)
            wide = rect.adjusted(-1, 0, 1, 0)
            if touches(solid, wide) or touches(taken[: len(found)], wide):
                continue
            cost = crossed(lines, rect.adjusted(2, 1, -2, -1))
            if best is None or cost < best[0]:
                best = (cost, rect)
            if cost == 0:
                break
        if best is None:
            hidden.add(node)
            continue
        rect = best[1]
        taken[len(found)] = (rect.left(), rect.top(), rect.right(), rect.bottom())
        found[node] = Name(text, rect)
    return found, frozenset(hidden)


def touches(table: Floats, rect: QRectF) -> bool:
    """Whether a rectangle meets one of a table of them: left, top, right and bottom by row."""
    return bool(
        np.any(
            (table[:, 0] < rect.right())
            & (table[:, 2] > rect.left())
            & (table[:, 1] < rect.bottom())
            & (table[:, 3] > rect.top())
        )
    )


def crossed(lines: Floats, rect: QRectF) -> int:
    """How many points of lines, sorted from left to right, lie in a rectangle."""
    first, last = np.searchsorted(lines[:, 0], [rect.left(), rect.right()])
    heights = lines[first:last, 1]
    return int(((heights > rect.top()) & (heights < rect.bottom())).sum())
