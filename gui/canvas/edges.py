"""Lines between nodes: confidence is line style, a loop is width, halo and colour."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from graph.model import DANGER, LoopStatus
from gui.canvas import loops
from gui.canvas.scene import EdgeItem, Stub
from gui.canvas.sizes import STUB
from gui.fonts import Role
from gui.theme import Theme

DASHES = {"certain": (), "likely": (7.0, 4.0), "guessed": (0.1, 4.0)}
"""On and off in px for a thin line, by confidence; one dot has the width of its line."""
ROUTE = 4.0


def width(edge: EdgeItem) -> float:
    """The width of the line of an edge."""
    return max(edge.width, loops.stroke(edge.loop).width if edge.loop else 0.0)


def pen(certainty: str, colour: QColor, wide: float, offset: float = 0.0) -> QPen:
    """A pen in the style of a confidence; `offset` moves its dashes by so many px."""
    made = QPen(colour, wide)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    made.setCapStyle(Qt.PenCapStyle.RoundCap if certainty == "guessed" else Qt.PenCapStyle.FlatCap)
    on_off = DASHES[certainty]
    if on_off:
        grown = 1.0 if wide < 2 else 1.0 + wide / 8
        apart = max(on_off[1] * grown, wide * 1.9 if certainty == "guessed" else 0.0)
        on = max(on_off[0] * grown, 0.01)
        made.setDashPattern([on / wide, apart / wide])
        made.setDashOffset(offset / wide)
    return made


def halos(painter: QPainter, edges: Iterable[EdgeItem], theme: Theme) -> None:
    """The glow under loops, one shape for each status so that overlaps do not add up."""
    joined: dict[LoopStatus, QPainterPath] = {}
    for edge in edges:
        if edge.loop and loops.stroke(edge.loop).halo:
            joined.setdefault(edge.loop, QPainterPath()).addPath(edge.path)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for status, path in joined.items():
        glow = QPen(theme.loop(status).halo, loops.STROKES[status].halo)
        glow.setCapStyle(Qt.PenCapStyle.RoundCap)
        glow.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, glow)


def rank(edge: EdgeItem) -> int:
    """Order of drawing: the worst loop last, on top."""
    return -1 if edge.loop is None else len(DANGER) - DANGER.index(edge.loop)


def colour(edge: EdgeItem, theme: Theme, *, lit: bool) -> QColor:
    """The colour of the line of an edge."""
    if not lit:
        return theme.palette.line
    return theme.loop(edge.loop).line if edge.loop else theme.palette.edge


def draw(
    painter: QPainter,
    edge: EdgeItem,
    theme: Theme,
    tint: QColor,
    *,
    lines: bool = True,
    offset: float = 0.0,
    seen: QRectF | None = None,
) -> None:
    """One edge with its arrow; without `lines` only the arrow.

    Of a solid line, only the part near what is `seen` is given to the painter: the cost of a line is its
    length, not what is left of it after clipping.
    """
    wide = width(edge)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if lines and edge.route:
        painter.setPen(pen(edge.certainty, tint, ROUTE))
        painter.drawPath(edge.path)
        painter.setPen(QPen(theme.palette.canvas, ROUTE - 2.2))
        painter.drawPath(edge.path)
    elif lines:
        painter.setPen(pen(edge.certainty, tint, wide, offset))
        part = seen is not None and edge.certainty == "certain"
        painter.drawPath(edge.way.near(seen) if part and seen is not None else edge.path)
    arrow(painter, edge, tint)


def arrow(painter: QPainter, edge: EdgeItem, tint: QColor) -> None:
    """The arrow at the receiver."""
    head = loops.stroke(edge.loop).head
    half = head * (0.36 if head < 9 else 0.42)
    (x, y), (dx, dy) = edge.way.tip, edge.way.heading
    base = QPointF(x - dx * head, y - dy * head)
    aside = QPointF(-dy * half, dx * half)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawPolygon(QPolygonF([QPointF(x, y), base + aside, base - aside]))


def moving(edge: EdgeItem) -> bool:
    """Whether the dash of an edge moves instead of dots along it."""
    return edge.certainty != "certain" and not edge.route


def draw_stub(painter: QPainter, stub: Stub, theme: Theme, *, lit: bool) -> None:
    """A dotted line that ends in words: nobody was seen there, which is not the same as nobody."""
    palette = theme.palette
    (x, y), end = stub.start, stub.start[0] + STUB
    painter.setPen(pen("guessed", palette.edge if lit else palette.line, 1.3))
    painter.drawLine(QPointF(x + 3, y), QPointF(end, y))
    if lit:
        painter.setPen(palette.faint)
        painter.setFont(theme.font(Role.SMALL))
        room = QRectF(end + 6, y - 8, stub.rect.width(), 16)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, stub.words)
