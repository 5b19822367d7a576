"""The words on loops: filled for a runaway loop, outlined for an active one, and where they find room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen

from graph.identity import ChannelId, EdgeId, LoopId, NodeId
from graph.model import DANGER, FeedbackLoop, LoopNature, LoopStatus
from gui import icons
from gui.canvas.routes.routing import Floats
from gui.canvas.scene import wording
from gui.canvas.scene.sizes import Sizes
from gui.fonts import Role
from gui.theme import LoopColours, Theme

ICON = 14.0
READ = 0.8
"""The least part of its size that the badge of a dangerous loop has on the screen."""
LOUD = (LoopStatus.RUNAWAY, LoopStatus.ACTIVE)
SMALLEST = 0.45
"""The scale of a picture that is as small as pictures with names get; room is kept for badges down to it."""
NAMED = 30.0
"""How far channels on a line reach over and under it, with their names."""
GROWN, LEAST = (3.0, 2.0, 1.5, 1.3), 1.15
FAR, BEYOND = 0.3, 26.0
"""What each px off the middle of a loop costs, and how far from its lines a badge stands outside of it."""
HALO = 7.0
"""Px round a badge that the lines of its own loop had better keep off."""
OUT = np.array([-1.0, -1.0, 1.0, 1.0])
"""Added to left, top, right and bottom, it makes a rectangle larger."""
WITHIN = tuple(sign * step for step in range(4, 25, 4) for sign in (1.0, -1.0))
"""Px off the middle of a ring where room is looked for within it: its upper half narrows to its channel."""
TRIED_AT_ONCE = 24
"""Places for which it is worked out at once what a badge there would cover."""
TRIED = {
    LoopStatus.POSSIBLE: ((0.5,), (-24.0, 24.0, 0.0)),
    LoopStatus.ACKNOWLEDGED: ((0.5, 0.3, 0.7), (-18.0, 18.0, 0.0, -40.0, 40.0)),
    LoopStatus.BOUNDED: ((0.5, 0.3, 0.7), (-18.0, 18.0, 0.0, -40.0, 40.0)),
    LoopStatus.ACTIVE: ((0.5, 0.3, 0.7, 0.15, 0.85), (-24.0, 24.0, 0.0, -40.0, 40.0, -60.0, 60.0)),
    LoopStatus.RUNAWAY: ((0.5, 0.3, 0.7, 0.15, 0.85), (-24.0, 24.0, 0.0, -40.0, 40.0, -60.0, 60.0)),
}
"""Parts of the way along an edge, and px off it, where room is looked for: the more, the worse a loop is."""
GLYPHS = {
    LoopNature.RETRY: "retry",
    LoopNature.REDELIVERY: "redelivery",
    LoopNature.REQUEST_REPLY: "request-reply",
    LoopNature.SAGA: "saga",
    LoopNature.REPLAY: "replay",
}


@dataclass(frozen=True)
class Badge:
    """The words on a loop."""

    loop: LoopId
    status: LoopStatus
    text: str
    rect: QRectF
    icon: str = "loop"
    paused: bool = False
    """Whether it ran away, and nothing comes round just now."""
    roomy: float = 1.0
    """How many times as large it may be where it is before it covers something."""
    beside: tuple[float, float, float] | None = None
    """Where a larger one stands: a point outside of the loop, and -1 for over it, 1 for under it."""


def glyph(loop: FeedbackLoop) -> str:
    """The icon in the badge of a loop: a tick for what is dealt with, else what kind it is."""
    if loop.status is LoopStatus.ACKNOWLEDGED:
        return "confirm"
    if loop.paused:
        return "pause"
    plain = "runaway" if loop.status is LoopStatus.RUNAWAY else "loop"
    return GLYPHS.get(loop.nature, plain)


def forward_channels(loops: Iterable[FeedbackLoop], rects: Mapping[NodeId, QRectF]) -> set[NodeId]:
    """The upper channels of loops drawn as a ring: their names stand above."""
    found: set[NodeId] = set()
    for loop in loops:
        channels = [hop for hop in loop.hops if isinstance(hop, ChannelId) and hop in rects]
        if len(loop.hops) == 4 and len(channels) == 2 and loop.status is not LoopStatus.POSSIBLE:
            upper, lower = sorted(channels, key=lambda node: rects[node].center().y())
            if abs(rects[upper].center().x() - rects[lower].center().x()) < rects[upper].width():
                found.add(upper)
    return found


def _overlap(rect: QRectF, others: Iterable[QRectF]) -> float:
    total = 0.0
    for other in others:
        common = rect.intersected(other)
        total += max(common.width(), 0.0) * max(common.height(), 0.0)
    return total


def covered(rect: QRectF, points: Floats) -> int:
    """How many of the points lie in a rectangle."""
    x, y = points[:, 0], points[:, 1]
    inside = (x > rect.left()) & (x < rect.right()) & (y > rect.top()) & (y < rect.bottom())
    return int(inside.sum())


def place_badges(
    loops: Iterable[FeedbackLoop],
    rects: Mapping[NodeId, QRectF],
    points: Mapping[EdgeId, Floats],
    names: Sequence[QRectF],
    sizes: Sizes,
) -> tuple[Badge, ...]:
    """A badge for every loop: in its middle where there is room, else at one of its edges."""
    taken = [*rects.values(), *names]
    badges: list[Badge] = []
    everything = np.concatenate([*points.values(), np.zeros((0, 2))])
    for loop in sorted(loops, key=lambda loop: (DANGER.index(loop.status), str(loop.id))):
        if not all(edge in points for edge in loop.edges):
            continue
        text = wording.badge(loop)
        size = _size(loop, text, sizes)
        if not loop.edges:
            badges.append(_over(loop, text, rects[loop.hops[0]], size))
            continue
        parts, shifts = TRIED[loop.status]
        own = np.concatenate([points[edge] for edge in loop.edges])
        middle = (own.min(axis=0) + own.max(axis=0)) / 2
        centres = [rects[hop].center() for hop in loop.hops]
        wanted = [
            tuple(middle),
            (sum(c.x() for c in centres) / len(centres), sum(c.y() for c in centres) / len(centres)),
        ]
        if loop.status in LOUD:
            wanted += [(middle[0], middle[1] + shift) for shift in WITHIN]
            beyond = size[1] / 2 + BEYOND
            wanted += [(middle[0], own[:, 1].min() - beyond), (middle[0], own[:, 1].max() + beyond)]
        wanted += [
            (x, y + shift)
            for part in parts
            for edge in loop.edges
            for x, y in (points[edge][int(len(points[edge]) * part)],)
            for shift in shifts
        ]
        solid = [*taken, *(badge.rect for badge in badges)]
        best: tuple[float, QRectF] | None = None
        for at in range(0, len(wanted), TRIED_AT_ONCE):
            corners = np.array(wanted[at : at + TRIED_AT_ONCE]) - np.array(size) / 2
            rooms = np.concatenate([corners, corners + size], axis=1)
            costs = _costs(rooms, solid, everything, own)
            costs += FAR * np.hypot(*(corners + np.array(size) / 2 - middle).T)
            for (x, y), whole in zip(corners.tolist(), costs.tolist(), strict=True):
                if best is None or whole < best[0] - 1e-6:
                    best = whole, QRectF(x, y, *size)
            if best is not None and best[0] == 0:
                break
        if best is not None:
            made = _badge(loop, text, best[1])
            if loop.status in LOUD:
                edges = own[:, 1].min() - NAMED, own[:, 1].max() + NAMED
                made = _with_room(made, solid, everything, own, edges)
            badges.append(made)
    return tuple(badges)


def _costs(rooms: Floats, solid: Sequence[QRectF], lines: Floats, own: Floats) -> Floats:
    """What rectangles cover: rows of left, top, right, bottom."""
    left, top, right, bottom = (rooms + 2.0 * OUT).T[:, :, None]
    other = np.array([rect.getCoords() for rect in solid]).reshape(-1, 4).T
    wide = (np.minimum(right, other[2]) - np.maximum(left, other[0])).clip(0)
    high = (np.minimum(bottom, other[3]) - np.maximum(top, other[1])).clip(0)
    near = (rooms + HALO * OUT).T[:, :, None]
    under = _inside(np.stack([left, top, right, bottom]), lines) * 25 + _inside(near, own) * 2
    costs: Floats = (wide * high).sum(axis=1) * 4 + under
    return costs


def _inside(sides: Floats, points: Floats) -> Floats:
    """How many of the points lie in each rectangle; `sides` has the shape (4, rectangles, 1)."""
    x, y = points.T
    left, top, right, bottom = sides
    counts: Floats = ((x > left) & (x < right) & (y > top) & (y < bottom)).sum(axis=1, dtype=np.float64)
    return counts


def _with_room(
    badge: Badge, solid: Sequence[QRectF], lines: Floats, own: Floats, edges: tuple[float, float]
) -> Badge:
    """The badge with how large it may become, and where it stands when it is larger.

    `own` are those of `lines` that are of its loop: to cover these does little harm.
    """
    x = float(own[:, 0].min() + own[:, 0].max()) / 2

    def cost(rect: QRectF) -> float:
        return _overlap(rect, solid) + 40.0 * covered(rect, lines) - 35.0 * covered(rect, own)

    at_rest = cost(badge.rect)
    sides = [(x, y, sign) for y, sign in zip(edges, (-1.0, 1.0), strict=True)]
    beside = min(sides, key=lambda side: cost(_standing(badge.rect, side, 2.0)))

    def stays(grown: float) -> bool:
        """Whether it covers no more where it is than at rest, or than beside the loop."""
        return cost(scaled(badge.rect, grown)) <= max(at_rest, cost(_standing(badge.rect, beside, grown)))

    roomy = next((grown for grown in GROWN if stays(grown)), LEAST)
    return replace(badge, roomy=roomy, beside=beside)


def scaled(rect: QRectF, factor: float) -> QRectF:
    """A rectangle so many times as large about its middle."""
    grown = QRectF(QPointF(), rect.size() * factor)
    grown.moveCenter(rect.center())
    return grown


def _standing(rect: QRectF, side: tuple[float, float, float], factor: float) -> QRectF:
    grown = scaled(rect, factor)
    x, y, sign = side
    grown.moveCenter(QPointF(x, y + sign * grown.height() / 2))
    return grown


def _badge(loop: FeedbackLoop, text: str, rect: QRectF) -> Badge:
    return Badge(loop.id, loop.status, text, rect, glyph(loop), loop.paused)


def _over(loop: FeedbackLoop, text: str, card: QRectF, size: tuple[float, float]) -> Badge:
    """The badge of a loop that lies within a group: on the upper edge of its card, over the name."""
    rect = QRectF(QPointF(), QSizeF(*size))
    rect.moveCenter(QPointF(card.center().x(), card.top() - size[1] / 4))
    return replace(_badge(loop, text, rect), beside=(rect.center().x(), rect.bottom(), -1.0))


def _size(loop: FeedbackLoop, text: str, sizes: Sizes) -> tuple[float, float]:
    loud = loop.status in LOUD
    wide = sizes.width(Role.COLUMN if loud else Role.RATE, text) + ICON + (26 if loud else 20)
    return wide, 26.0 if loud else 20.0


def reworded(
    badges: Iterable[Badge], loops: Mapping[LoopId, FeedbackLoop], sizes: Sizes
) -> tuple[Badge, ...]:
    """The same badges in their places, with the words of now."""
    made = []
    for badge in badges:
        loop = loops[badge.loop]
        text = wording.badge(loop)
        rect = QRectF(QPointF(), QSizeF(*_size(loop, text, sizes)))
        rect.moveCenter(badge.rect.center())
        made.append(replace(_badge(loop, text, rect), roomy=badge.roomy, beside=badge.beside))
    return tuple(made)


def extent(badge: Badge, scale: float) -> QRectF:
    """The room a badge takes on the plane when a px of that is `scale` px of the screen.

    Those of dangerous loops are read from afar: they do not get smaller than nearly their full size.
    """
    grown = _growth(badge.status, scale)
    if badge.beside is None or grown <= badge.roomy:
        return scaled(badge.rect, grown)
    return _standing(badge.rect, badge.beside, grown)


def _growth(status: LoopStatus, scale: float) -> float:
    return max(1.0, READ / scale) if status in LOUD else 1.0


def draw_badge(
    painter: QPainter, badge: Badge, theme: Theme, ratio: float, *, lit: bool, scale: float = 1.0
) -> None:
    """Filled for a runaway loop, outlined for an active one, plain for the others; within its `extent`."""
    grown = _growth(badge.status, scale)
    if grown > 1.0:
        painter.save()
        painter.translate(extent(badge, scale).center())
        painter.scale(grown, grown)
        painter.translate(-badge.rect.center())
        draw_badge(painter, badge, theme, ratio, lit=lit)
        painter.restore()
        return
    colours, palette = theme.loop(badge.status), theme.palette
    if badge.paused:
        colours = replace(colours, badge=palette.canvas, badge_text=theme.loop_text(badge.status))
    if not lit:
        colours = LoopColours(palette.line, palette.canvas, palette.canvas, palette.ghost, palette.canvas)
    rect = badge.rect
    loud = badge.status in LOUD
    painter.setFont(theme.font(Role.COLUMN if loud else Role.RATE))
    if badge.status is LoopStatus.ACKNOWLEDGED:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.canvas)
    else:
        outline = colours.line if badge.status is not LoopStatus.POSSIBLE else palette.line2
        style = Qt.PenStyle.DashLine if badge.paused else Qt.PenStyle.SolidLine
        painter.setPen(QPen(outline, 1.3 if loud else 1.0, style))
        painter.setBrush(colours.badge if badge.status is not LoopStatus.POSSIBLE else palette.canvas)
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    left = rect.left() + (9 if loud else 7)
    place = QRectF(left, rect.center().y() - ICON / 2, ICON, ICON)
    picture = icons.picture(badge.icon, colours.badge_text, round(ICON * 2), ratio)
    painter.drawPixmap(place, picture, QRectF(picture.rect()))
    painter.setPen(colours.badge_text)
    text = QRectF(QPointF(place.right() + 4, rect.top()), QPointF(rect.right() - 6, rect.bottom()))
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, badge.text)
