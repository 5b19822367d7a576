"""Lines between nodes: confidence is line style, a loop is width, halo and colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from graph.certainty import UNSEEN
from graph.model import DANGER, EdgeState, LoopStatus
from graph.view.changed import Mark
from gui.canvas.paint import loops, marks, problems
from gui.canvas.scene.remarks import PLAIN, LineRemark
from gui.canvas.scene.scene import EdgeItem, Stub
from gui.canvas.scene.sizes import STUB
from gui.fonts import Role
from gui.theme import Theme, mixed

DASHES: dict[str, tuple[float, ...]] = {
    "certain": (),
    "likely": (7.0, 4.0),
    "guessed": (0.1, 4.0),
    "declared": (7.0, 3.5, 0.1, 3.5),
    "permitted": (1.2, 4.8),
}
"""On and off in px for a thin line, by what is known; one dot has the width of its line."""
HATCH = 5.0
"""How much wider a line is than others that is nothing but strokes across its way."""
FRESH = {EdgeState.OBSERVED: 1.0, EdgeState.STALE: 0.5, EdgeState.HISTORIC: 0.28}
"""How much of its colour an edge has, by the age of its evidence."""
ROUTE = 4.0
HOLLOW = 3.0
"""How much longer the arrow is where records may not arrive, so that its inside is seen."""
MARK_AT = 0.4
"""How far along a line its mark stands, and from its end its problems: off the dot of a quiet one."""
MARKED = 1.8
"""Least width of a line that is new."""


def width(edge: EdgeItem) -> float:
    """The width of the line of an edge."""
    return max(edge.width, loops.stroke(edge.loop).width if edge.loop else 0.0)


def pen(certainty: str, colour: QColor, wide: float, offset: float = 0.0) -> QPen:
    """A pen in the style of a confidence; `offset` moves its dashes by so many px."""
    wide += HATCH if certainty == "permitted" else 0.0
    made = QPen(colour, wide)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pattern = DASHES[certainty]
    dotted = any(part < 1 for part in pattern)
    made.setCapStyle(Qt.PenCapStyle.RoundCap if dotted else Qt.PenCapStyle.FlatCap)
    if pattern:
        grown = 1.0 if wide < 2 or certainty == "permitted" else 1.0 + wide / 8
        # Round ends need room, or dots run together.
        least = (0.01, wide * 1.9 if dotted else 0.0)
        made.setDashPattern([max(part * grown, least[at % 2]) / wide for at, part in enumerate(pattern)])
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


def colour(edge: EdgeItem, theme: Theme, *, lit: bool, mark: Mark | None = None) -> QColor:
    """The colour of the line of an edge; `mark` is how it differs from another moment."""
    if not lit:
        return theme.palette.line
    if mark is not None and mark is not Mark.CHANGED:
        return marks.tint(mark, theme)
    tint = theme.loop(edge.loop).line if edge.loop else theme.palette.edge
    return mixed(tint, theme.palette.canvas, FRESH[edge.state])


def draw(
    painter: QPainter,
    edge: EdgeItem,
    theme: Theme,
    tint: QColor,
    *,
    lines: bool = True,
    offset: float = 0.0,
    seen: QRectF | None = None,
    arrows: bool = True,
    remark: LineRemark = PLAIN,
) -> None:
    """One edge with its arrows; without `lines` only these, without `arrows` only the one at its end.

    Of a solid line, only the part near what is `seen` is given to the painter: the cost of a line is its
    length, not what is left of it after clipping.
    """
    wide = max(width(edge), MARKED if remark.mark is Mark.ADDED else 0.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if lines and edge.route:
        painter.setPen(pen(edge.certainty, tint, ROUTE))
        painter.drawPath(edge.path)
        painter.setPen(QPen(theme.palette.canvas, ROUTE - 2.2))
        painter.drawPath(edge.path)
    elif lines:
        gone = remark.mark is Mark.GONE
        painter.setPen(marks.dashed(tint, wide) if gone else pen(edge.certainty, tint, wide, offset))
        part = seen is not None and edge.certainty == "certain"
        painter.drawPath(edge.way.near(seen) if part and seen is not None else edge.path)
    if arrows and edge.loop:
        loops.arrows(painter, edge.way, edge.loop, tint)
    hollow = theme.palette.canvas if remark.at_most_once else None
    arrow(painter, edge, tint, hollow)
    points = edge.way.points
    if remark.mark:
        marks.draw(painter, remark.mark, QPointF(*points[int(MARK_AT * len(points))].tolist()), theme)
    if remark.problems:
        at = QPointF(*points[int((1 - MARK_AT) * len(points))].tolist())
        problems.draw(painter, remark.problems, at, theme, painter.device().devicePixelRatioF())


def arrow(painter: QPainter, edge: EdgeItem, tint: QColor, hollow: QColor | None = None) -> None:
    """The arrow at the receiver, filled with another colour where records may not arrive."""
    head_at(painter, edge.way.tip, edge.way.heading, loops.stroke(edge.loop).head, tint, hollow)


def head_at(
    painter: QPainter,
    tip: Sequence[float],
    ahead: Sequence[float],
    long: float,
    tint: QColor,
    hollow: QColor | None = None,
) -> None:
    """An arrow head of a length, pointing along a unit vector."""
    long += HOLLOW if hollow else 0.0
    half = long * (0.36 if long < 9 else 0.42)
    (x, y), (dx, dy) = tip, ahead
    base = QPointF(x - dx * long, y - dy * long)
    aside = QPointF(-dy * half, dx * half)
    if hollow:
        outline = QPen(tint, 1.3)
        outline.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(outline)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(hollow or tint)
    painter.drawPolygon(QPolygonF([QPointF(x, y), base + aside, base - aside]))


def moving(edge: EdgeItem) -> bool:
    """Whether the dash of an edge moves instead of dots along it."""
    return edge.certainty not in ("certain", *UNSEEN) and not edge.route


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
