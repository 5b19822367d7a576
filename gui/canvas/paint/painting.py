"""The still parts of the picture in two layers, so that traffic can move between them.

Order: halos, edges, loops | traffic | nodes, names on a plate, badges. A layer is painted in steps, of which
each takes about a millisecond at most, so that frames can come in between. Clipping comes before any drawing:
it makes lines up to 27 times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from graph.identity import ChannelId, Line, LoopId, Place
from graph.model import LoopStatus
from gui import loop_words
from gui.canvas.paint import crowded, loops, shapes
from gui.canvas.paint import edges as drawing
from gui.canvas.paint.view import DETAILED, NAMED, SHAPED, Mode, View
from gui.canvas.scene import badges, edge_words, wording
from gui.canvas.scene.scene import EdgeItem, Scene
from gui.canvas.scene.tables import Numbers
from gui.fonts import Role
from gui.theme import faded

__all__ = ["NAMED", "SHAPED", "View", "figure_steps", "figures", "ground", "ground_steps"]

PLATE = 0.82
AHEAD = 12
"""Nodes of which it is looked up at a time what is said of them, and names drawn without a pause."""
BARS = 2_000
"""Bars that are drawn without a pause."""
BARBS, ASIDE = 5.0, 11.0
"""How far words at a hop keep off all lines, and how far off the middle of their own they stand, in px."""

Step = Callable[[QPainter], object]


def begin(painter: QPainter, view: View) -> None:
    """Set a painter up for the steps of a layer."""
    painter.setClipRect(view.room, Qt.ClipOperation.IntersectClip)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )
    painter.setTransform(view.camera.transform, combine=True)


def ground(painter: QPainter, view: View) -> None:
    """Halos, edges and loops, on the colour of the canvas, at once."""
    painter.fillRect(view.room, view.theme.palette.canvas)
    begin(painter, view)
    for step in ground_steps(view.fitted()):
        step(painter)


def figures(painter: QPainter, view: View, part: QRectF) -> None:
    """Nodes, names and badges that touch a part of the room, at once; the painter clips to it."""
    begin(painter, view)
    for step in figure_steps(replace(view.fitted(), room=part)):
        step(painter)


def ground_steps(view: View) -> Iterator[Step]:
    """Halos, edges and loops that touch the room."""
    lines = view.scene.line_table
    rows = lines.touching(view.seen)
    if view.mode is not Mode.DETAIL:
        yield from crowded.lines(view, rows)
        for edge in _edges(view, rows[lines.rank[rows] >= 0]):
            if view.lit is None or edge.id in view.lit.lines:
                yield partial(_loop_far, view=view, edge=edge)
        yield lambda painter: _chosen(painter, view)
        yield lambda painter: _trail(painter, view)
        return
    order = rows[np.argsort(lines.rank[rows], kind="stable")]
    glowing = _edges(view, order[lines.rank[order] > 0])
    bright = [edge for edge in glowing if view.lit is None or edge.id in view.lit.lines]
    yield lambda painter: drawing.halos(painter, bright, view.theme)
    seen = view.camera.seen(view.room)
    ids = lines.ids
    for row in order.tolist():
        yield partial(_edge, view=view, key=ids[row], seen=seen)
    yield lambda painter: _possible(painter, view)
    yield lambda painter: _chosen(painter, view)
    for stub in view.scene.stubs:
        if stub.rect.adjusted(-20, 0, 20, 0).intersects(view.seen):
            yield partial(drawing.draw_stub, stub=stub, theme=view.theme, lit=view.shows(stub.channel))
    yield lambda painter: _trail(painter, view)
    for words in view.scene.words:
        if words.rect.intersects(view.seen) and view.card >= NAMED:
            bright_words = view.lit is None or words.line in view.lit.lines
            yield partial(edge_words.draw, words=words, theme=view.theme, lit=bright_words)


def _edges(view: View, rows: Numbers) -> list[EdgeItem]:
    """Items of lines, the least dangerous first."""
    lines = view.scene.line_table
    order = rows[np.argsort(lines.rank[rows], kind="stable")]
    return [view.scene.edges[lines.ids[row]] for row in order.tolist()]


def _edge(painter: QPainter, view: View, key: Line, seen: QRectF) -> None:
    edge = view.scene.edges[key]
    bright = view.lit is None or edge.id in view.lit.lines
    tint = drawing.colour(edge, view.theme, lit=bright, mark=edge.remark.mark)
    drawing.draw(
        painter, edge, view.theme, tint, lines=edge.id not in view.live, seen=seen, remark=edge.remark
    )


def _chosen(painter: QPainter, view: View) -> None:
    if view.lit is not None and view.selected in view.scene.edges:
        chosen = view.scene.edges[view.selected]  # type: ignore[index]
        if chosen.path.controlPointRect().adjusted(-9, -9, 9, 9).intersects(view.seen):
            drawing.draw(painter, chosen, view.theme, view.theme.palette.accent, remark=chosen.remark)


def _trail(painter: QPainter, view: View) -> None:
    lines = dict.fromkeys(view.scene.content.shown.line(edge) for edge in view.trail)
    for key in lines:
        if key is not None and key in view.scene.edges:
            edge = view.scene.edges[key]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(drawing.pen(edge.certainty, view.theme.palette.accent, 3.0))
            painter.drawPath(edge.path)
            drawing.arrow(painter, edge, view.theme.palette.accent)


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
    for loop in view.possible:
        for line in view.scene.loop_lines(loop):
            item = view.scene.edges.get(line)
            if item and item.loop is None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                for pen in (QPen(palette.canvas, drawing.width(item) + 1.6), dashes):
                    painter.setPen(pen)
                    painter.drawPath(item.path)
                drawing.arrow(painter, item, tint)


def figure_steps(view: View) -> Iterator[Step]:
    """Nodes, names and badges that touch the room."""
    nodes = view.scene.node_table
    near = view.camera.seen(view.room).adjusted(-10, -10, 10, 10)
    rows = nodes.touching(near)
    named = view.card >= NAMED
    if view.mode is Mode.FAR or view.card < SHAPED or view.barred:
        for at in range(0, len(rows), BARS):
            yield partial(crowded.bars, view=view, rows=rows[at : at + BARS])
        if view.mode is Mode.FAR:
            yield lambda painter: crowded.names(painter, view)
    else:
        for at in range(0, len(rows), AHEAD):
            part = rows[at : at + AHEAD].tolist()
            yield partial(_attend, view=view, rows=part)
            for row in part:
                yield partial(draw_node, view=view, key=nodes.ids[row])
        if named:
            # A name reaches beyond its node, so that of a neighbour may lie here, too.
            wide = nodes.touching(view.seen.adjusted(-90, -20, 90, 20))
            for at in range(0, len(wide), AHEAD):
                yield partial(_names, view=view, rows=wide[at : at + AHEAD].tolist())
    for badge in view.scene.badges:
        room = badges.extent(badge, view.camera.scale)
        far = view.mode is Mode.FAR and badge.status not in badges.LOUD
        if not far and room.adjusted(-4, -4, 4, 4).intersects(view.seen):
            yield partial(_badge, view=view, badge=badge)
    if named and isinstance(view.selected, LoopId):
        yield lambda painter: _hops(painter, view)


def _attend(_painter: QPainter, *, view: View, rows: list[int]) -> None:
    view.scene.attend(rows)


def draw_node(painter: QPainter, view: View, key: Place, *, coming: bool = False) -> None:
    """One node; those that fade in only where they are `coming`."""
    if (key in view.fading) != coming:
        return
    node = view.scene.nodes[key]
    lit, chosen = view.shows(key), key == view.selected
    if isinstance(key, ChannelId) and key in view.times:
        node = replace(node, rate=view.times[key])
    if view.card >= NAMED:
        shapes.draw(painter, node, view.theme, lit=lit, chosen=chosen, ratio=view.ratio, remark=node.remark)
    else:
        shapes.draw_plain(painter, node, view.theme, lit=lit, chosen=chosen, remark=node.remark)


def _names(painter: QPainter, view: View, rows: list[int]) -> None:
    palette, scene = view.theme.palette, view.scene
    plate = faded(palette.canvas, PLATE)
    for row in rows:
        node = scene.node_table.ids[row]
        if node not in scene.names or not view.shows(node) or node in view.fading:
            continue
        name = scene.names[node]
        if not name.rect.adjusted(-10, -2, 10, 2).intersects(view.seen):
            continue
        marked = scene.nodes[node].loop in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE)
        painter.fillRect(name.rect.adjusted(-2, 0, 2, 0), plate)
        painter.setFont(view.theme.font(Role.COLUMN if marked or node == view.selected else Role.LABEL))
        painter.setPen(palette.accent if node == view.selected else palette.text)
        painter.drawText(name.rect.adjusted(-8, -1, 8, 1), Qt.AlignmentFlag.AlignCenter, name.text)


def _badge(painter: QPainter, view: View, badge: badges.Badge) -> None:
    if badge.status is not LoopStatus.POSSIBLE or badge.loop in view.possible:
        _, places, way = view.scene.content.loops[badge.loop]
        own = view.lit is None or (view.lit.lines.issuperset(way) and view.lit.places.issuperset(places))
        badges.draw_badge(painter, badge, view.theme, view.ratio, lit=own, scale=view.camera.scale)


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
        if rect is None:
            continue
        taken.append(rect)
        painter.fillRect(rect, faded(palette.canvas, PLATE))
        painter.setPen(view.theme.loop_text(loop.status))
        painter.drawText(rect.adjusted(-4, 0, 4, 0), Qt.AlignmentFlag.AlignCenter, text)


def beside(scene: Scene, edge: Line, wide: float, taken: Sequence[QRectF] = ()) -> QRectF | None:
    """Room for a word beside an edge: off names, lines and what is `taken`, as near as can be.

    None where it would lie on a node or a badge wherever it stands.
    """
    points = scene.edges[edge].way.points
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    around = QRectF(left, top, right - left, bottom - top).adjusted(-wide - 20, -40, wide + 20, 40)
    near = scene.line_table.touching(around)
    lines = scene.line_table.points[near].reshape(-1, 2).astype(np.float64)
    if len(near) <= DETAILED:
        lines = np.concatenate([scene.edges[scene.line_table.ids[row]].way.points for row in near.tolist()])
    nodes = [scene.node_table.ids[row] for row in scene.node_table.touching(around).tolist()]
    cards = [scene.nodes[node].rect for node in nodes]
    solid = [scene.names[node].rect for node in nodes if node in scene.names]
    solid += taken
    cards += [badge.rect for badge in scene.badges]
    best: tuple[float, QRectF] | None = None
    for part in (0.5, 0.35, 0.65, 0.2, 0.8):
        x, y = points[int(part * (len(points) - 1))]
        aside = wide / 2 + ASIDE
        tried = ((0.0, -ASIDE - 7), (aside, 0.0), (-aside, 0.0), (0.0, ASIDE + 7))
        for dx, dy in (*tried, (aside, -9.0), (-aside, -9.0), (aside, 9.0), (-aside, 9.0)):
            rect = QRectF(x + dx - wide / 2, y + dy - 7, wide, 14)
            cost = abs(part - 0.5) * 10 + 6.0 * badges.covered(
                rect.adjusted(-BARBS, -BARBS, BARBS, BARBS), lines
            )
            roomy = rect.adjusted(-5, -5, 5, 5)
            cost += sum(40.0 for other in solid if other.intersects(roomy))
            if any(card.intersects(roomy) for card in cards):
                continue
            if best is None or cost < best[0]:
                best = cost, rect
    return best[1] if best is not None else None
