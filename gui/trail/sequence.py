"""The sequence diagram of a trail: a life line for each application, an arrow for each record."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from graph.model import ApplicationKind, LoopStatus
from gui.fonts import Role
from gui.look import Look
from gui.parts import marks
from gui.parts.marks import ChannelMark
from gui.theme import faded, mixed
from gui.trail import painting, rows
from gui.trail.diagram import Diagram
from gui.trail.rows import HEAD, ROW, Row, Shown
from inspector.trails.sequence import Arrow, Participant, sequence

TIMES, HOPS = 62.0, 104.0
"""Widths of the time at the left and of the hop latency at the right."""
PITCH_LEAST, PITCH_MOST = 84.0, 210.0
ARROW = 20.0
"""Height of an arrow within its row."""
BAR = 6.0
"""Width of the bar of an application at work."""
STUB = 20.0
"""Length of the arrow of a record that nothing known was caused by."""
ARC = 24.0
"""Breadth of the arrow of an application to itself."""
Span = tuple[float, float]


class SequenceDiagram(Diagram):
    """Time goes down row by row, not to scale; the latency of each hop stands at the right."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "Sequence diagram of the trail", TIMES, HOPS)
        self._pitch = PITCH_MOST
        self._arrows: list[Arrow | None] = []
        """By row."""
        self._column: dict[Participant, int] = {}
        self._busy: dict[Participant, list[Span]] = {}
        self._longest = 0

    def show_trail(self, shown: Shown | None) -> None:
        items = shown.items if shown is not None else ()
        made = sequence(items)
        self._column = {who: at for at, who in enumerate(made.participants)}
        by_key = {each.item.key: each for each in made.arrows}
        every = shown.rows if shown is not None else ()
        self._arrows = [by_key[row.item.key] if row.item is not None else None for row in every]
        self._longest = max((item.latency_ns or 0 for item in items), default=0)
        self._busy = self._spans()
        super().show_trail(shown)

    def _spans(self) -> dict[Participant, list[Span]]:
        """Where each application has something in hand: from a cause to the last it made of it."""
        at = {each.item.key: number for number, each in enumerate(self._arrows) if each is not None}
        found: dict[Participant, list[Span]] = {}
        for number, each in enumerate(self._arrows):
            if each is not None:
                cause = at.get(each.item.parent) if each.item.parent is not None else None
                begin = number if cause is None or each.item.first.routed else cause
                found.setdefault(each.source, []).append((begin * ROW + ARROW, number * ROW + ARROW))
        return {who: _joined(spans) for who, spans in found.items()}

    def arrange(self) -> None:
        count = max(1, len(self._column))
        self._pitch = min(max(self.room / count, PITCH_LEAST), PITCH_MOST) * self.zoom

    def wide(self) -> float:
        return self._pitch * max(1, len(self._column))

    def x_of(self, who: Participant) -> float:
        """Where a life line stands."""
        return (self._column[who] + 0.5) * self._pitch

    def choose(self, number: int | None) -> None:
        super().choose(number)
        arrow = self._arrows[number] if number is not None and number < len(self._arrows) else None
        if arrow is not None:
            ends = [arrow.source, *(target.participant for target in arrow.targets[:1])]
            for who in reversed(ends):  # who sent it matters most
                x, bar = self.x_of(who), self.horizontalScrollBar()
                half = self._pitch / 2
                bar.setValue(round(min(max(bar.value(), x + half - self.room), x - half)))

    # Painting

    def paint_head(self, painter: QPainter, room: QRectF) -> None:
        assert self.shown is not None
        theme, palette = self.look.theme, self.look.theme.palette
        for who in self._column:
            x, wide = self.x_of(who), min(self._pitch - 8, 176.0)
            if not room.left() - wide < x < room.right() + wide:
                continue
            box = QRectF(x - wide / 2, 2.5, wide, HEAD - 6)
            known = self.shown.graph.applications.get(who) if who is not None else None
            nameless = known is None or known.kind is ApplicationKind.UNATTRIBUTED
            line = QPen(palette.cardline if nameless else palette.accent, 1.1)
            if nameless:
                line.setDashPattern([3, 2])
            painter.setPen(line)
            painter.setBrush(palette.card)
            painter.drawRoundedRect(box, 5, 5)
            painting.words(
                painter,
                theme,
                box.adjusted(6, 0, -6, 0),
                self.shown.name(who),
                Role.LABEL,
                "dim" if nameless else "text",
                painting.CENTRE,
                italic=nameless,
            )

    def paint_sides(self, painter: QPainter, row: Row | None, left: QRectF, right: QRectF) -> None:
        """At the left the time since the beginning; at the right the latency of the hop, as a bar too."""
        theme, left, right = self.look.theme, left.adjusted(0, 0, -10, 0), right.adjusted(10, 0, -10, 0)
        if row is None:
            painting.words(painter, theme, left, "At", Role.COLUMN, "dim", painting.RIGHT)
            painting.words(painter, theme, right, "Hop latency", Role.COLUMN, "dim", painting.RIGHT)
            return
        item = row.item
        if item is None or self.shown is None:
            return
        at = rows.since(self.shown.trail, item)
        painting.words(painter, theme, left, at, Role.CELL, "dim", painting.RIGHT)
        if item.latency_ns is not None:
            words = QRectF(right.left(), right.top() + 3, right.width(), 15)
            painting.words(painter, theme, words, rows.latency(item), Role.HEAD, "text", painting.RIGHT)
            bar = QRectF(right.left(), right.top() + 20, right.width(), 3)
            paint_share(painter, self.look, bar, item.latency_ns, item.wait_ns, self._longest)

    def paint_ground(self, painter: QPainter, first: int, last: int) -> None:
        palette = self.look.theme.palette
        top, bottom = first * ROW, (last + 1) * ROW
        for who, spans in self._busy.items():
            x = self.x_of(who)
            painter.setPen(QPen(palette.line2, 1.0))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            painter.setPen(QPen(palette.accent, 1.0))
            painter.setBrush(palette.accentbg)
            begin = bisect_left([end for _, end in spans], top - ROW)
            until = bisect_right([start for start, _ in spans], bottom + ROW)
            for start, end in spans[begin:until]:
                painter.drawRoundedRect(QRectF(x - BAR / 2, start - 2, BAR, end - start + 5), 2, 2)
        for who in self._column.keys() - self._busy.keys():
            painter.setPen(QPen(palette.line2, 1.0))
            painter.drawLine(QPointF(self.x_of(who), top), QPointF(self.x_of(who), bottom))

    def paint_row(self, painter: QPainter, number: int, row: Row, y: float) -> None:
        assert self.shown is not None
        if row.more:
            room = QRectF(8, y, self.wide() - 16, ROW)
            painting.words(painter, self.look.theme, room, row.more, Role.BODY, "warn")
        elif row.missing is not None:
            self._paint_missing(painter, row, y)
        elif (arrow := self._arrows[number]) is not None:
            self._paint_arrow(painter, number, arrow, y)

    def _paint_arrow(self, painter: QPainter, number: int, arrow: Arrow, y: float) -> None:
        palette, item = self.look.theme.palette, arrow.item
        x, high = self.x_of(arrow.source), y + ARROW
        tint = palette.edge if item.first.loose else palette.accent
        ends = [self.x_of(target.participant) for target in arrow.targets]
        for target, end in zip(arrow.targets, ends, strict=True):
            style = painting.pen(target.ground, tint, 1.6 if len(item.steps) == 1 else 2.4)
            if end == x:
                self._paint_arc(painter, x, high, style)
                continue
            way = 1.0 if end > x else -1.0
            begin, stop = QPointF(x + way * BAR / 2, high), QPointF(end - way * BAR / 2, high)
            painting.arrow(painter, begin, stop, style)
        if not ends:
            painter.setPen(painting.pen(None, tint))
            painter.drawLine(QPointF(x + BAR / 2, high), QPointF(x + STUB, high))
            marks.paint(painter, self._mark(arrow), x + STUB, high, self.look.theme)
        self._paint_label(painter, number, arrow, x, ends)

    def _paint_arc(self, painter: QPainter, x: float, high: float, style: QPen) -> None:
        way = QPainterPath(QPointF(x + BAR / 2, high - 5))
        way.cubicTo(
            QPointF(x + ARC, high - 7), QPointF(x + ARC, high + 7), QPointF(x + BAR / 2 + 5, high + 4)
        )
        painter.setPen(style)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(way)
        painting.head(painter, QPointF(x + BAR / 2, high + 4), -1.0, style.color())

    def _paint_label(self, painter: QPainter, number: int, arrow: Arrow, x: float, ends: list[float]) -> None:
        """Type, lap and channel over the arrow, on a ground that life lines do not go through.

        What has no room over a short arrow goes on beyond it.
        """
        theme, item, y = self.look.theme, arrow.item, number * ROW
        near = min((end for end in ends if end != x), key=lambda end: abs(end - x), default=None)
        count = f" × {len(item.steps):,}" if len(item.steps) > 1 else ""
        parts = [(f"{item.first.type}{count}", Role.LABEL, "text")] if item.first.type else []
        if lap := rows.laps(item):
            parts.append((lap, Role.BADGE, "warn"))
        parts.append((item.first.channel.name + ("" if item.first.type else count), Role.SMALL, "dim"))
        widths = [painting.wide(theme, text, role) for text, role, _ in parts]
        gaps = list(accumulate(widths, lambda total, width: total + width + 6))
        span = self._pitch if near is None else abs(near - x)
        fitting = max(1, sum(total <= max(span, self._pitch) - 14 for total in gaps))
        left = x + 9 if near is None else min(x, near) + max(9.0, (span - gaps[fitting - 1]) / 2)
        left = max(2.0, min(left, self.wide() - gaps[fitting - 1] - 2))
        painter.fillRect(QRectF(left - 2, y + 2, gaps[fitting - 1] + 4, 12), self.ground(number))
        for (text, role, tone), width in zip(parts[:fitting], widths, strict=False):
            painting.words(painter, theme, QRectF(left, y + 1, width + 1, 14), text, role, tone)
            left += width + 6

    def _paint_missing(self, painter: QPainter, row: Row, y: float) -> None:
        assert row.of is not None
        theme, high = self.look.theme, y + ARROW
        x = self.x_of(row.of.first.application)
        style = painting.pen(None, theme.palette.warn, 1.4)
        style.setDashPattern([2, 2])
        begin = max(6.0, x - self._pitch * 0.72)
        painting.arrow(painter, QPointF(begin, high), QPointF(x - BAR / 2, high), style)
        painter.setPen(style)
        painter.setBrush(theme.palette.panel)
        painter.drawEllipse(QPointF(begin, high), 3.0, 3.0)
        room = QRectF(begin - 4, y + 1, max(80.0, x - begin), 14)
        painting.words(painter, theme, room, "not captured", Role.SECONDARY, "warn", italic=True)

    def _mark(self, arrow: Arrow) -> ChannelMark:
        assert self.shown is not None
        channel = arrow.item.first.channel
        statuses = [loop.status for loop in self.shown.graph.loops_through(channel)]
        loud = (LoopStatus.RUNAWAY, LoopStatus.ACTIVE)
        return ChannelMark(channel.kind, next((status for status in loud if status in statuses), None))


def paint_share(
    painter: QPainter, look: Look, room: QRectF, latency_ns: int, wait_ns: int | None, whole_ns: int
) -> None:
    """A bar for the time of a hop, the right end at the right: waiting pale, in the service full.

    Where it is not known which is which, all of it is of one middle tone.
    """
    palette = look.theme.palette
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.line)
    painter.drawRoundedRect(room, 1.5, 1.5)
    if whole_ns <= 0 or latency_ns <= 0:
        return
    long = max(2.0, room.width() * min(1.0, latency_ns / whole_ns))
    bar = QRectF(room.right() - long, room.top(), long, room.height())
    if wait_ns is None:
        painter.setBrush(mixed(palette.accent, palette.panel, 0.62))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        return
    waited = long * min(1.0, wait_ns / latency_ns)
    painter.setBrush(faded(palette.accent, 0.30))
    painter.drawRoundedRect(QRectF(bar.left(), bar.top(), waited, bar.height()), 1.5, 1.5)
    painter.setBrush(palette.accent)
    painter.drawRoundedRect(bar.adjusted(waited, 0, 0, 0), 1.5, 1.5)


def _joined(spans: list[Span]) -> list[Span]:
    """Spans that touch made one, in order."""
    made: list[Span] = []
    for begin, end in sorted(spans):
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((begin, end))
    return made
