"""Very many nodes and lines as plain as can be, straight from the tables of the scene."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from graph.identity import Place
from graph.model import LoopStatus
from gui.canvas.paint import batches
from gui.canvas.paint import edges as drawing
from gui.canvas.paint.view import SHAPED, Mode, View
from gui.canvas.routes.polylines import Polylines, clipped, dashed
from gui.canvas.routes.routing import Floats
from gui.canvas.scene.content import AGES, CERTAINTIES
from gui.canvas.scene.regions import Regions, span
from gui.canvas.scene.tables import ACTIVE, CHANNEL, GROUP, RUNAWAY, Numbers
from gui.fonts import Role
from gui.theme import Theme, faded, mixed

if TYPE_CHECKING:
    from gui.canvas.paint.painting import Step

BATCH = 300
"""Lines that are drawn without a pause."""
SMOOTH = 40
"""The same for smooth ones."""
CELL = 16.0
"""Cells of the screen that names of regions take, in px."""
CURVES = 6
"""The same for curves."""
STUB = 70.0
"""How much of a long line is drawn at each end, in px of the screen."""
HEAD = 6.0
"""Length of the barbs of a plain line, in px of the screen."""
BAR = 2.0
"""Least height of a bar, in px of the screen."""


def lines(view: View, rows: Numbers) -> Iterator[Step]:
    """Lines but for those of loops: bundles far out, else plain ones in batches of one look."""
    table, palette, scale = view.scene.line_table, view.theme.palette, view.camera.scale
    lit = np.zeros(0, np.int64) if view.lit is None else table.ids.chosen(view.lit.lines)
    if view.mode is Mode.FAR:
        if view.lit is None:
            yield from _bundles(view)
            return
        rows = lit
    rows = rows[(table.rank[rows] < 0) | (view.lit is not None)]
    bright = np.isin(rows, lit) if view.lit is not None else np.ones(len(rows), np.bool_)
    far = view.card < SHAPED
    fine = view.mode is Mode.FINE
    if not far:
        long = table.lengths[rows] > view.longest
        apart = rows[long]
        for at in range(0, len(apart), BATCH):
            yield from _ends(view, apart[at : at + BATCH])
        rows, bright = rows[~long], bright[~long]
    for on in (False, True):
        chosen = rows[(bright == on) & ((table.rank[rows] < 0) | ~bright)]
        for age in np.unique(table.age[chosen]).tolist():
            tint = palette.line
            if on:
                plain = palette.edge if view.lit is not None or fine else _thin(view)
                tint = mixed(plain, palette.canvas, drawing.FRESH[AGES[age]])
            aged = chosen[table.age[chosen] == age]
            for sure in np.unique(table.certainty[aged]).tolist() if fine else (0,):
                own = aged[table.certainty[aged] == sure] if fine else aged
                step = SMOOTH if fine else BATCH
                for at in range(0, len(own), step):
                    part = own[at : at + step]
                    strokes = _strokes(view, part, CERTAINTIES[sure], straight=far)
                    yield partial(_batch, strokes=strokes, tint=tint, fine=fine)
                    if fine:
                        heads = _heads(table.points[part].astype(np.float64), scale)
                        yield partial(_batch, strokes=_inside(view, heads), tint=tint, fine=True)


def _ends(view: View, rows: Numbers) -> Iterator[Step]:
    """Long lines by their ends alone, which pale away: what passes would cover what stands here.

    Bruckdorfer and Kaufmann, Mad at edge crossings? Break the edges! (2012)
    """
    palette, scale = view.theme.palette, view.camera.scale
    points = view.scene.line_table.points[rows].astype(np.float64)
    reach = STUB / scale
    seen = view.seen.adjusted(-reach, -reach, reach, reach)
    left, top, right, bottom = _corners(seen)
    for at, ahead in ((0, 1), (-1, -2)):
        tip = points[:, at]
        near = ((tip > (left, top)) & (tip < (right, bottom))).all(axis=1)
        way = points[near] if at == 0 else points[near][:, ::-1]
        if not len(way):
            continue
        along = Polylines(way.reshape(-1, 2), np.full(len(way), way.shape[1]))
        every = np.arange(len(way))
        marks = [along.at(every, np.minimum(along.lengths, reach * part)) for part in (0.0, 0.4, 0.75, 1.0)]
        for strength, begin, end in zip((0.8, 0.5, 0.25), marks, marks[1:], strict=False):
            tint = mixed(palette.edge, palette.canvas, strength)
            yield partial(_batch, strokes=np.concatenate([begin, end], axis=1), tint=tint, fine=False)
        if ahead < 0:
            heads = _heads(np.stack([marks[1], marks[0]], axis=1), scale)
            yield partial(_batch, strokes=heads, tint=mixed(palette.edge, palette.canvas, 0.8), fine=False)


def _corners(area: QRectF) -> tuple[float, float, float, float]:
    return area.left(), area.top(), area.right(), area.bottom()


def _thin(view: View) -> QColor:
    """Many lines at once are drawn quieter, in an opaque mix of edge and ground."""
    palette = view.theme.palette
    return mixed(palette.edge, palette.canvas, 0.55 if view.card < SHAPED else 0.8)


def _batch(painter: QPainter, *, strokes: Floats, tint: QColor, fine: bool) -> None:
    pen = QPen(tint, 1.2 if fine else 0)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, fine)
    batches.lines(painter, strokes)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _inside(view: View, strokes: Floats) -> Floats:
    enter, leave = clipped(strokes, _corners(view.seen))
    found: Floats = strokes[enter < leave]
    return found


def _strokes(view: View, rows: Numbers, certainty: str, *, straight: bool) -> Floats:
    """Straight pieces of lines that may touch the room, in rows of x1, y1, x2, y2."""
    smooth = view.mode is Mode.FINE and not straight
    found = view.scene.line_points(rows) if smooth else view.scene.line_table.points[rows]
    points = found.astype(np.float64)
    if straight:
        points = points[:, [0, -1]]
    strokes = np.concatenate([points[:, :-1], points[:, 1:]], axis=2)
    pattern = drawing.DASHES[certainty]
    if not pattern or straight:
        return _inside(view, strokes.reshape(-1, 4))
    steps = np.hypot(strokes[..., 2] - strokes[..., 0], strokes[..., 3] - strokes[..., 1])
    along = (np.cumsum(steps, axis=1) - steps).reshape(-1)
    strokes = strokes.reshape(-1, 4)
    enter, leave = clipped(strokes, _corners(view.seen))
    some = enter < leave
    strokes, enter, leave, length = (
        strokes[some],
        enter[some, None],
        leave[some, None],
        steps.reshape(-1)[some],
    )
    step = strokes[:, 2:] - strokes[:, :2]
    ends = np.concatenate([strokes[:, :2] + step * enter, strokes[:, :2] + step * leave], axis=1)
    on, off = max(pattern[0], 1.2) / view.camera.scale, pattern[1] / view.camera.scale
    return dashed(ends, along[some] + length * enter[:, 0], on, off)


def _heads(points: Floats, scale: float) -> Floats:
    """Two barbs at the end of every line."""
    tip, ahead = points[:, -1], points[:, -1] - points[:, -2]
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    aside = ahead[:, ::-1] * (-1, 1)
    size = HEAD / max(scale, 0.5)
    ends = [tip - ahead * size + aside * size * side for side in (-0.4, 0.4)]
    return np.concatenate([np.concatenate([tip, end], axis=1) for end in ends])


def _bundles(view: View) -> Iterator[Step]:
    """One curve for all lines from one region to another: the more, the wider and the stronger."""
    found, palette = view.scene.regions(span(view.camera.scale)), view.theme.palette
    if not len(found.bundled):
        return
    left, top, right, bottom = _corners(view.seen.adjusted(-9, -9, 9, 9))
    low, high = found.ways.min(axis=1), found.ways.max(axis=1)
    near = ((low < (right, bottom)) & (high > (left, top))).all(axis=1)
    share = np.log1p(found.bundled) / np.log1p(found.bundled.max())
    steps = np.minimum((share * 6).astype(int), 5)
    for step in np.unique(steps[near]).tolist():
        pen = QPen(mixed(palette.edge, palette.canvas, 0.22 + 0.13 * step), 0.8 + 0.75 * step)
        pen.setCosmetic(True)
        ways = found.ways[near & (steps == step)].tolist()
        for at in range(0, len(ways), CURVES):
            yield partial(_curves, ways=ways[at : at + CURVES], pen=pen)


def _curves(painter: QPainter, *, ways: list[list[list[float]]], pen: QPen) -> None:
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath()
    for begin, first, second, end in ways:
        path.moveTo(*begin)
        path.cubicTo(*first, *second, *end)
    painter.drawPath(path)


def bars(painter: QPainter, view: View, rows: Numbers) -> None:
    """Nodes as plain rectangles, one batch for each look."""
    palette, nodes = view.theme.palette, view.scene.node_table
    far = view.card < SHAPED
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not far)
    table, looks = nodes.rects[rows], nodes.looks[rows]
    high = np.maximum(table[:, 3] - table[:, 1], BAR / view.camera.scale)
    middle = (table[:, 1] + table[:, 3]) / 2
    sides = np.column_stack([table[:, 0], middle - high / 2, table[:, 2] - table[:, 0], high])
    quiet = np.zeros(len(rows), np.bool_)
    if view.lit is not None:
        quiet = ~np.isin(rows, nodes.ids.chosen(view.lit.places))
    for look in np.unique(looks).tolist():
        channel = look & 3 == CHANNEL
        line = (
            palette.topicl
            if channel
            else palette.text
            if look & 3 == GROUP
            else palette.dim
            if far
            else palette.cardline
        )
        fill = palette.topic if channel else palette.card
        if look & (ACTIVE | RUNAWAY):
            line = view.theme.loop(LoopStatus.RUNAWAY if look & RUNAWAY else LoopStatus.ACTIVE).line
        for dim in (True, False):
            tint = palette.line2 if dim else line
            outline = QPen(tint, 1.0)
            outline.setCosmetic(True)
            painter.setPen(Qt.PenStyle.NoPen if far else outline)
            painter.setBrush(tint if far else fill)
            batches.rectangles(painter, sides[(looks == look) & (quiet == dim)])
    chosen = nodes.ids.number.get(view.selected) if isinstance(view.selected, Place) else None
    if chosen is not None:
        left, top, right, bottom = nodes.rects[chosen].tolist()
        painter.fillRect(
            QRectF(left, top, right - left, max(bottom - top, BAR / view.camera.scale)), palette.accent
        )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def names(painter: QPainter, view: View) -> None:
    """The names of regions, where most of what stands there is called alike; the largest find room first."""
    found, palette = view.scene.regions(span(view.camera.scale)), view.theme.palette
    painter.save()
    painter.setTransform(view.camera.transform.inverted()[0], combine=True)
    room = view.room.translated(-view.camera.dx, -view.camera.dy)
    plates = _plates(found, view.camera.scale, view.theme)
    for row, plate in [each for each in plates if each[1].intersects(room)]:
        shown = plate.translated(view.camera.dx, view.camera.dy)
        painter.fillRect(shown, faded(palette.canvas, 0.86))
        inside = shown.adjusted(4, 0, -4, 0)
        painter.setFont(view.theme.font(Role.SMALL))
        painter.setPen(palette.faint)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, right, f"{found.counts[row]:,}")
        painter.setFont(view.theme.font(Role.COLUMN))
        painter.setPen(palette.text)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, left, found.names[row])
    painter.restore()


def _plates(found: Regions, scale: float, theme: Theme) -> list[tuple[int, QRectF]]:
    """The regions whose names find room, and where on the screen, seen from the origin of the plane."""
    known = found.plates.get((scale, id(theme)))
    if known is not None:
        return known
    bold, small = QFontMetricsF(theme.font(Role.COLUMN)), QFontMetricsF(theme.font(Role.SMALL))
    wide = {name: bold.horizontalAdvance(name) for name in {*found.names}}
    figure = small.horizontalAdvance("0")
    taken: set[tuple[int, int]] = set()
    made = []
    for row in np.argsort(-found.counts, kind="stable").tolist():
        name = found.names[row]
        if not name:
            continue
        x, y = (found.middles[row] * scale).tolist()
        across = wide[name] + 14 + figure * len(f"{found.counts[row]:,}")
        plate = QRectF(x - across / 2, y - 8, across, 16)
        columns = range(int(plate.left() // CELL), int(plate.right() // CELL) + 1)
        cells = {(column, int(edge // CELL)) for column in columns for edge in (plate.top(), plate.bottom())}
        if taken.isdisjoint(cells):
            taken |= cells
            made.append((row, plate))
    found.plates[scale, id(theme)] = made
    return made
