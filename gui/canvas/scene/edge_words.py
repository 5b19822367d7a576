"""Words on edges, such as latencies: beside their line where there is room, else left out and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from graph.identity import Line
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.labels import crossed, touches
from gui.canvas.scene.remarks import LineRemark
from gui.canvas.scene.sizes import Sizes
from gui.fonts import Role
from gui.theme import Theme, faded

MOST = 400
"""Words at one time; looking for room takes its time."""
HEIGHT = 13.0
PARTS = (0.4, 0.6, 0.5, 0.28, 0.72)
"""Where on the way along an edge room is looked for: first beside the dot of a quiet one, in its middle."""
CLEAR = 3.0
"""Px between a line and the words beside it."""
PLATE = 0.86


@dataclass(frozen=True)
class EdgeWords:
    """What is written beside an edge, and where."""

    line: Line
    text: str
    rect: QRectF
    loud: bool = False
    pill: bool = False
    """Whether they are the number of edges that are drawn as one, on the line itself."""


def place(
    remarks: Mapping[Line, LineRemark],
    points: Mapping[Line, Floats],
    solid: Iterable[QRectF],
    sizes: Sizes,
) -> tuple[tuple[EdgeWords, ...], int]:
    """Room for the words of edges, and how many found none.

    `points` are those along every edge, in order; `solid` is what words keep off: nodes, names and badges.
    """
    wanted = [(line, remark) for line, remark in remarks.items() if remark.words and line in points]
    wanted.sort(key=lambda each: (not each[1].loud, -each[1].count))
    boxes = [(rect.left(), rect.top(), rect.right(), rect.bottom()) for rect in solid]
    taken = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    lines = np.concatenate([*points.values(), np.zeros((0, 2))])
    lines = lines[np.argsort(lines[:, 0], kind="stable")]
    made: list[EdgeWords] = []
    for line, remark in wanted[:MOST]:
        pill = remark.count > 1
        wide = sizes.width(Role.BADGE, remark.words) + (12.0 if pill else 6.0)
        rect = _room(points[line], wide, taken, lines, (0.0,) if pill else (1.0, -1.0, 0.0))
        if rect is not None:
            made.append(EdgeWords(line, remark.words, rect, remark.loud, pill))
            row = (rect.left(), rect.top(), rect.right(), rect.bottom())
            taken = np.concatenate([taken, np.array([row])])
    return tuple(made), len(wanted) - len(made)


def _room(way: Floats, wide: float, taken: Floats, lines: Floats, sides: Sequence[float]) -> QRectF | None:
    best: tuple[float, QRectF] | None = None
    for part in PARTS:
        at = int(part * (len(way) - 1))
        ahead = way[min(at + 1, len(way) - 1)] - way[max(at - 1, 0)]
        dx, dy = (ahead / max(float(np.hypot(*ahead)), 1e-9)).tolist()
        for side in sides:
            x = way[at, 0] + side * dy * (wide / 2 + CLEAR)
            y = way[at, 1] - side * dx * (HEIGHT / 2 + CLEAR)
            rect = QRectF(x - wide / 2, y - HEIGHT / 2, wide, HEIGHT)
            if touches(taken, rect):
                continue
            # On its own line it hides a part of that: the last thing to try.
            cost = float(_crossed(lines, rect)) if side else 2.0
            if best is None or cost < best[0]:
                best = cost, rect
            if cost == 0:
                return rect
    return best[1] if best else None


def _crossed(lines: Floats, rect: QRectF) -> int:
    return crossed(lines, rect.adjusted(0, 1, 0, -1))


def draw(painter: QPainter, words: EdgeWords, theme: Theme, *, lit: bool) -> None:
    """The words on a plate; the number of edges in a pill."""
    palette = theme.palette
    if words.pill:
        painter.setPen(palette.edge if lit else palette.line)
        painter.setBrush(palette.panel)
        painter.drawRoundedRect(words.rect, HEIGHT / 2, HEIGHT / 2)
    else:
        painter.fillRect(words.rect, faded(palette.canvas, PLATE))
    painter.setFont(theme.font(Role.BADGE if words.loud or words.pill else Role.RATE))
    painter.setPen(palette.ghost if not lit else palette.warn if words.loud else palette.dim)
    painter.drawText(words.rect.adjusted(-4, -1, 4, 1), Qt.AlignmentFlag.AlignCenter, words.text)


def bundle_width(count: int) -> float:
    """The width of a line that stands for so many edges, in px."""
    return 1.6 + min(6.0, 1.1 * float(np.log2(max(1, count))))
