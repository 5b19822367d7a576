"""The still parts of the picture in two layers, so that traffic can move between them.

Order: halos, edges, loops | traffic | nodes, names on a plate, badges. Clipping comes before any drawing:
it makes lines up to 27 times faster.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from graph.identity import ApplicationId, ChannelId, EdgeId, LoopId, NodeId, Subject
from graph.model import LoopStatus
from gui import loop_words
from gui.canvas import badges, batches, loops, shapes, wording
from gui.canvas import edges as drawing
from gui.canvas.camera import Camera
from gui.canvas.scene import EdgeItem, NodeItem, Scene
from gui.canvas.sizes import CARD
from gui.fonts import Role
from gui.theme import Theme, faded, mixed

NAMED = 55.0
"""Cards narrower than this on the screen have no text."""
SHAPED = 20.0
"""Cards narrower than this are bars."""
CROWD = 300
"""From so many edges on the screen they are drawn as plain lines."""
BUSY = 80
"""The same while the picture is being dragged or zoomed."""
PLATE = 0.82


@dataclass(frozen=True)
class View:
    """All that the still layers depend on."""

    scene: Scene
    theme: Theme
    camera: Camera
    room: QRectF
    ratio: float = 1.0
    selected: Subject | None = None
    lit: tuple[set[NodeId], set[EdgeId]] | None = None
    """What stays bright; None when all does."""
    possible: frozenset[LoopId] = frozenset()
    """Possible loops to show."""
    live: frozenset[EdgeId] = frozenset()
    """Edges whose lines are drawn with the traffic."""
    fading: dict[NodeId, float] = field(default_factory=dict)
    """How far new nodes have come in, 0 to 1."""
    trail: tuple[EdgeId, ...] = ()
    times: dict[ChannelId, str] = field(default_factory=dict)
    """What to write inside channels instead of their rates."""
    quick: bool = False
    """Whether the camera is moving: many lines are then drawn plainly until it rests."""

    @property
    def card(self) -> float:
        """The width of a card on the screen."""
        return CARD[0] * self.camera.scale

    def shows(self, node: NodeId) -> bool:
        """Whether a node is lit."""
        return self.lit is None or node in self.lit[0]


def _begin(painter: QPainter, view: View) -> None:
    painter.setClipRect(view.room, Qt.ClipOperation.IntersectClip)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )
    painter.setTransform(view.camera.transform, combine=True)


def _visible_edges(view: View) -> list[EdgeItem]:
    ids, _ = view.scene.edge_table
    if not ids:
        return []
    seen = view.camera.seen(view.room).adjusted(-20, -20, 20, 20)
    low, high = view.scene.edge_extents
    inside = (
        (low[:, 0] < seen.right())
        & (high[:, 0] > seen.left())
        & (low[:, 1] < seen.bottom())
        & (high[:, 1] > seen.top())
    )
    return [view.scene.edges[ids[number]] for number in np.flatnonzero(inside).tolist()]


def _visible_nodes(view: View, part: QRectF) -> list[NodeItem]:
    ids, table = view.scene.node_table
    seen = view.camera.seen(part).adjusted(-6, -6, 6, 6)
    inside = (
        (table[:, 0] < seen.right())
        & (table[:, 2] > seen.left())
        & (table[:, 1] < seen.bottom())
        & (table[:, 3] > seen.top())
    )
    return [view.scene.nodes[ids[number]] for number in np.flatnonzero(inside).tolist()]


def ground(painter: QPainter, view: View) -> None:
    """Halos, edges and loops, on the colour of the canvas."""
    painter.fillRect(view.room, view.theme.palette.canvas)
    _begin(painter, view)
    visible = sorted(_visible_edges(view), key=drawing.rank)
    lit = None if view.lit is None else view.lit[1]
    bright = [edge for edge in visible if lit is None or edge.id in lit]
    if len(visible) > (BUSY if view.quick else CROWD) or view.card < SHAPED:
        plain = [edge for edge in visible if edge.loop is None or (lit is not None and edge.id not in lit)]
        _crowd(painter, view, plain, lit)
        visible = [edge for edge in visible if edge.loop and (lit is None or edge.id in lit)]
        for edge in visible:
            _loop_far(painter, view, edge)
        return
    drawing.halos(painter, bright, view.theme)
    seen = view.camera.seen(view.room)
    for edge in visible:
        tint = drawing.colour(edge, view.theme, lit=lit is None or edge.id in lit)
        drawing.draw(painter, edge, view.theme, tint, lines=edge.id not in view.live, seen=seen)
    _possible(painter, view)
    if view.lit is not None and view.selected in view.scene.edges:
        chosen = view.scene.edges[view.selected]
        drawing.draw(painter, chosen, view.theme, view.theme.palette.accent)
    for stub in view.scene.stubs:
        drawing.draw_stub(painter, stub, view.theme, lit=view.shows(stub.channel))
    _trail(painter, view)


def _trail(painter: QPainter, view: View) -> None:
    for key in view.trail:
        if key in view.scene.edges:
            edge = view.scene.edges[key]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(drawing.pen(edge.certainty, view.theme.palette.accent, 3.0))
            painter.drawPath(edge.path)
            drawing.arrow(painter, edge, view.theme.palette.accent)


def _crowd(
    painter: QPainter, view: View, edges: Collection[EdgeItem], lit: Collection[EdgeId] | None
) -> None:
    """Edges as one batch of plain lines: straight far out, bent nearer by."""
    painter.setRenderHint(
        QPainter.RenderHint.Antialiasing, view.card >= SHAPED and len(edges) < 4 * CROWD and not view.quick
    )
    _, table = view.scene.edge_table
    number = view.scene.edge_numbers
    for bright in (False, True):
        chosen = [number[e.id] for e in edges if (lit is None or e.id in lit) is bright]
        if not chosen:
            continue
        points = table[chosen]
        if view.card < SHAPED:
            points = points[:, [0, -1]]
        ends = np.concatenate([points[:, :-1], points[:, 1:]], axis=2).reshape(-1, 4)
        palette = view.theme.palette
        pen = QPen((palette.edge if lit is not None else _thin(view)) if bright else palette.line, 0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        batches.lines(painter, ends)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _thin(view: View) -> QColor:
    """Many edges at once are drawn quieter, in an opaque mix of edge and ground."""
    palette = view.theme.palette
    return mixed(palette.edge, palette.canvas, 0.55 if view.card < SHAPED else 0.8)


def _loop_far(painter: QPainter, view: View, edge: EdgeItem) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wide = drawing.width(edge) * 0.6
    looks = [(drawing.colour(edge, view.theme, lit=True), max(1.4, wide))]
    if edge.loop and loops.stroke(edge.loop).halo:
        looks.insert(0, (view.theme.loop(edge.loop).halo, 3.4 * wide))
    for tint, width in looks:
        pen = QPen(tint, width)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPath(edge.path)


def _possible(painter: QPainter, view: View) -> None:
    """Thin dashes in the place of the line: nothing was seen to go this way round."""
    tint, palette = view.theme.loop(LoopStatus.POSSIBLE).line, view.theme.palette
    thin = loops.stroke(LoopStatus.POSSIBLE).width
    dashes = QPen(tint, thin, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    dashes.setDashPattern([part / thin for part in loops.POSSIBLE])
    for key in view.possible:
        loop = view.scene.loops.get(key)
        for edge in loop.edges if loop else ():
            item = view.scene.edges.get(edge)
            if item and item.loop is None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for pen in (QPen(palette.canvas, drawing.width(item) + 1.6), dashes):
                    painter.setPen(pen)
                    painter.drawPath(item.path)
                drawing.arrow(painter, item, tint)


def figures(painter: QPainter, view: View, part: QRectF) -> None:
    """Nodes, names and badges that touch a part of the room; the painter clips to it."""
    _begin(painter, view)
    named = view.card >= NAMED
    nodes = _visible_nodes(view, part) if view.card >= SHAPED else []
    if view.card < SHAPED or (not named and len(_visible_nodes(view, view.room)) > CROWD // 2):
        _bars(painter, view)
        return
    for node in nodes:
        if node.id in view.fading:
            painter.setOpacity(view.fading[node.id])
        lit, chosen = view.shows(node.id), node.id == view.selected
        if isinstance(node.id, ChannelId) and node.id in view.times:
            node = replace(node, rate=view.times[node.id])
        if named:
            shapes.draw(painter, node, view.theme, lit=lit, chosen=chosen, ratio=view.ratio)
        else:
            shapes.draw_plain(painter, node, view.theme, lit=lit, chosen=chosen)
        painter.setOpacity(1.0)
    if named:
        _names(painter, view, part)
    for badge in view.scene.badges:
        if badge.status is not LoopStatus.POSSIBLE or badge.loop in view.possible:
            own = view.lit is None or set(view.scene.loops[badge.loop].edges) <= view.lit[1]
            badges.draw_badge(painter, badge, view.theme, view.ratio, lit=own)
    if named and isinstance(view.selected, LoopId):
        _hops(painter, view)


def _bars(painter: QPainter, view: View) -> None:
    """Nodes as plain rectangles, one batch for each look."""
    palette, scene = view.theme.palette, view.scene
    far = view.card < SHAPED
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not far)
    ids, table = scene.node_table
    high = np.maximum(table[:, 3] - table[:, 1], 2.0 / view.camera.scale)
    middle = (table[:, 1] + table[:, 3]) / 2
    rows = np.column_stack([table[:, 0], middle - high / 2, table[:, 2] - table[:, 0], high])
    looks = scene.node_looks.copy()
    if view.lit is not None:
        looks[[node not in view.lit[0] for node in ids]] = 2
    run, act = view.theme.loop(LoopStatus.RUNAWAY).line, view.theme.loop(LoopStatus.ACTIVE).line
    fills = (palette.card, palette.topic) * 4
    tints = (palette.dim, palette.topicl) if far else (palette.cardline, palette.topicl)
    lines = (*tints, palette.line2, palette.line2, act, act, run, run)
    for look, (fill, line) in enumerate(zip(fills, lines, strict=True)):
        chosen = rows[np.minimum(looks, 7) == look]
        outline = QPen(line, 1.0)
        outline.setCosmetic(True)
        painter.setPen(Qt.PenStyle.NoPen if far else outline)
        painter.setBrush(line if far else fill)
        batches.rectangles(painter, chosen)
    chosen_node = (
        scene.nodes.get(view.selected) if isinstance(view.selected, ApplicationId | ChannelId) else None
    )
    if chosen_node is not None:
        painter.fillRect(chosen_node.rect, palette.accent)


def _names(painter: QPainter, view: View, part: QRectF) -> None:
    palette = view.theme.palette
    plate = faded(palette.canvas, PLATE)
    seen = view.camera.seen(part).adjusted(-4, -2, 4, 2)
    for node, name in view.scene.names.items():
        if not name.rect.intersects(seen) or not view.shows(node):
            continue
        painter.setOpacity(view.fading.get(node, 1.0))
        marked = view.scene.nodes[node].loop in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE)
        painter.fillRect(name.rect.adjusted(-2, 0, 2, 0), plate)
        painter.setFont(view.theme.font(Role.COLUMN if marked or node == view.selected else Role.LABEL))
        painter.setPen(palette.accent if node == view.selected else palette.text)
        painter.drawText(name.rect.adjusted(-8, -1, 8, 1), Qt.AlignmentFlag.AlignCenter, name.text)
    painter.setOpacity(1.0)


def _hops(painter: QPainter, view: View) -> None:
    """The numbers of the hops of the selected loop, the two slowest times, and where records multiply."""
    loop = view.scene.loops.get(view.selected) if isinstance(view.selected, LoopId) else None
    if loop is None:
        return
    times = dict(zip(loop.edges, loop.hop_latencies_ms, strict=False))
    slow = sorted((edge for edge in times if times[edge]), key=lambda edge: -(times[edge] or 0.0))[:2]
    taken: list[QRectF] = []
    palette = view.theme.palette
    for number, at in enumerate(loop_words.way_round(loop), 1):
        edge, gain = loop.edges[at], loop_words.hop_gain(loop, at)
        if edge not in view.scene.edges:
            continue
        points = view.scene.edges[edge].way.points
        x, y = points[len(points) // 2].tolist()
        loops.draw_number(painter, number, (x, y), view.theme)
        taken.append(QRectF(x - loops.NUMBER, y - loops.NUMBER, 2 * loops.NUMBER, 2 * loops.NUMBER))
        words = [wording.duration(times[edge] or 0.0)] if edge in slow else []
        if gain is not None and gain >= loop_words.MULTIPLIES:
            words.append(f"×{gain:.2f}")
        if not words:
            continue
        painter.setFont(view.theme.font(Role.COLUMN))
        text = " · ".join(words)
        rect = beside(view.scene, edge, painter.fontMetrics().horizontalAdvance(text) + 4.0, taken)
        taken.append(rect)
        painter.fillRect(rect, faded(palette.canvas, PLATE))
        painter.setPen(view.theme.loop_text(loop.status))
        painter.drawText(rect.adjusted(-4, 0, 4, 0), Qt.AlignmentFlag.AlignCenter, text)


def beside(scene: Scene, edge: EdgeId, wide: float, taken: Sequence[QRectF] = ()) -> QRectF:
    """Room for a word beside an edge: off nodes, badges, lines and what is `taken`, as near as can be."""
    points = scene.edges[edge].way.points
    lines = np.concatenate([item.way.points for item in scene.edges.values()])
    solid = [node.rect for node in scene.nodes.values()]
    solid += [name.rect for name in scene.names.values()] + [badge.rect for badge in scene.badges]
    solid += taken
    best: tuple[float, QRectF] | None = None
    for part in (0.5, 0.35, 0.65, 0.2, 0.8):
        x, y = points[int(part * (len(points) - 1))]
        for dx, dy in ((0.0, -15.0), (wide / 2 + 9, 0.0), (-wide / 2 - 9, 0.0), (0.0, 15.0)):
            rect = QRectF(x + dx - wide / 2, y + dy - 7, wide, 14)
            cost = abs(part - 0.5) * 10 + 6.0 * badges.covered(rect, lines)
            cost += sum(40.0 for other in solid if other.intersects(rect.adjusted(-5, -5, 5, 5)))
            if best is None or cost < best[0]:
                best = cost, rect
    assert best is not None
    return best[1]
