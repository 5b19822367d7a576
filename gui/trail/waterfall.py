"""The waterfall of a trail: a bar for each hop from the time of its cause to its own, to scale."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.canvas.scene import wording
from gui.fonts import Role
from gui.look import Look
from gui.theme import faded, mixed
from gui.trail import painting, rows
from gui.trail.diagram import Diagram
from gui.trail.rows import HEAD, ROW, Row, Shown
from inspector.trails.folding import Item

LEFT, RIGHT = 14.0, 118.0
"""Room before the first time and after the last one, where words stand."""
TICKS = 92.0
"""Px between two times in the head, about."""
HIGH = 10.0
STEPS = (1, 2, 5)


class Waterfall(Diagram):
    """Time goes to the right. Waiting is pale and work full, where it is known which is which."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "Waterfall of the trail")
        self._row_of: dict[int, int] = {}
        """The row of each record."""

    def show_trail(self, shown: Shown | None) -> None:
        every = shown.rows if shown is not None else ()
        self._row_of = {
            step.row: number
            for number, row in enumerate(every)
            if row.item is not None
            for step in row.item.steps
        }
        super().show_trail(shown)

    def wide(self) -> float:
        return LEFT + self._long() + RIGHT

    def _long(self) -> float:
        return max(120.0, self.room - LEFT - RIGHT) * self.zoom

    def x_of(self, time_ns: int) -> float:
        """Where a time stands."""
        assert self.shown is not None
        trail = self.shown.trail
        return LEFT + (time_ns - trail.began_ns) / max(1, trail.took_ns) * self._long()

    # Painting

    def _ticks(self) -> list[tuple[float, str]]:
        assert self.shown is not None
        took_ns = max(1, self.shown.trail.took_ns)
        step = _round_step(took_ns * TICKS / self._long())
        made, at = [], 0
        while at <= took_ns:
            made.append((LEFT + at / took_ns * self._long(), wording.duration(at / 1e6) if at else "0"))
            at += step
        return made

    def paint_head(self, painter: QPainter, room: QRectF) -> None:
        for x, words in self._ticks():
            if room.left() - TICKS < x < room.right() + TICKS:
                place = QRectF(x + 4, 0, TICKS, HEAD)
                painting.words(painter, self.look.theme, place, words, Role.SMALL, "dim")
                painter.setPen(QPen(self.look.colour("line2"), 1.0))
                painter.drawLine(QPointF(x, 6), QPointF(x, HEAD))

    def paint_ground(self, painter: QPainter, first: int, last: int) -> None:
        painter.setPen(QPen(self.look.colour("line"), 1.0))
        for x, _ in self._ticks():
            painter.drawLine(QPointF(x, first * ROW), QPointF(x, (last + 1) * ROW))

    def paint_row(self, painter: QPainter, number: int, row: Row, y: float) -> None:
        theme = self.look.theme
        if row.item is None:
            tone, text = ("warn", row.more) if row.more else ("warn", "not captured")
            x = LEFT if row.of is None else max(LEFT, self.x_of(row.of.first.time_ns) - 90)
            painting.words(painter, theme, QRectF(x, y, 320, ROW), text, Role.BODY, tone, italic=not row.more)
            return
        self._paint_bar(painter, number, row.item, y)

    def _paint_bar(self, painter: QPainter, number: int, item: Item, y: float) -> None:
        assert self.shown is not None
        theme, palette, first = self.look.theme, self.look.theme.palette, item.first
        middle = y + ROW / 2
        x = self.x_of(first.time_ns)
        end = self.x_of(item.last_ns)
        if first.parent is None or first.latency_ns is None:
            painter.setPen(QPen(palette.accent, 1.6))
            painter.setBrush(palette.panel)
            painter.drawEllipse(QPointF(x, middle), 3.6, 3.6)
            self._paint_words(painter, item, end + 10, y)
            return
        begin = self.x_of(first.time_ns - first.latency_ns)
        self._paint_link(painter, number, item, begin, middle)
        bar = QRectF(min(begin, x), middle - HIGH / 2, max(2.0, abs(x - begin)), HIGH)
        painter.setPen(Qt.PenStyle.NoPen)
        if first.wait_ns is None or first.latency_ns <= 0:
            painter.setBrush(mixed(palette.accent, palette.panel, 0.62))
            painter.drawRoundedRect(bar, 2, 2)
        else:
            waited = bar.width() * min(1.0, first.wait_ns / first.latency_ns)
            painter.setBrush(faded(palette.accent, 0.28))
            painter.drawRoundedRect(bar, 2, 2)
            painter.setBrush(palette.accent)
            painter.drawRoundedRect(bar.adjusted(waited, 0, 0, 0), 2, 2)
        if len(item.steps) > 1:
            self._paint_many(painter, item, middle)
        painter.setPen(QPen(palette.text, 1.6))
        painter.drawLine(QPointF(x, middle - HIGH / 2 - 2), QPointF(x, middle + HIGH / 2 + 2))
        self._paint_words(painter, item, max(x, end, begin) + 7, y)
        if self.current == number:
            painter.setPen(QPen(theme.palette.accent, 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(bar.adjusted(-2, -2, 2, 2), 3, 3)

    def _paint_many(self, painter: QPainter, item: Item, middle: float) -> None:
        """A thin line from the first to the last of several, with a mark for each as far as there is room."""
        palette = self.look.theme.palette
        painter.setPen(QPen(palette.accent, 1.0))
        xs = sorted({round(self.x_of(step.time_ns)) for step in item.steps})
        painter.drawLine(QPointF(xs[0], middle), QPointF(xs[-1], middle))
        for x in xs:
            painter.drawLine(QPointF(x, middle - 3), QPointF(x, middle + 3))

    def _paint_link(self, painter: QPainter, number: int, item: Item, x: float, middle: float) -> None:
        """From the mark of the cause down to the beginning of the bar, in the style of the link."""
        cause = self._row_of.get(item.first.parent) if item.first.parent is not None else None
        if cause is not None and cause != number:
            painter.setPen(painting.pen(item.first.ground, self.look.colour("edge"), 1.2))
            painter.drawLine(QPointF(x, cause * ROW + ROW / 2 + HIGH / 2 + 2), QPointF(x, middle))

    def _paint_words(self, painter: QPainter, item: Item, x: float, y: float) -> None:
        """Latency and share after the bar."""
        assert self.shown is not None
        theme = self.look.theme
        parts = [(rows.latency(item), Role.HEAD, "text")]
        if part := rows.share(item, self.shown.trail):
            parts.append((part, Role.SECONDARY, "dim"))
        if len(item.steps) > 1:
            parts.append((f"× {len(item.steps):,}", Role.SECONDARY, "dim"))
        for text, role, tone in parts:
            if text:
                x += painting.words(painter, theme, QRectF(x, y, 200, ROW), text, role, tone) + 7


def _round_step(least_ns: float) -> int:
    """The next round time that is not below one."""
    size = 1_000
    while True:
        for step in STEPS:
            if step * size >= least_ns:
                return step * size
        size *= 10
