"""The time line itself: records a second, a lane for each loop, the playhead, and the compared moment."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from gui import figures, fonts
from gui.actions import Actions
from gui.canvas.scene import wording
from gui.fonts import Role
from gui.look import Look
from gui.parts.paint import guarded
from gui.session import Session
from gui.timeline import lanes
from gui.timeline.lanes import HEIGHT, WORDS, Lane
from gui.timeline.span import SECOND, Span

BARS, AXIS = 30, 14
DAY = 86_400 * SECOND
ZOOM = 1.25
"""One notch of the wheel."""
STEP, LEAP = 0.01, 0.1
"""What an arrow key and what a page key moves on by, in parts of what is shown."""


@dataclass(frozen=True)
class Counts:
    """Records in equal parts of a span: all, and those on channels of loops that run away."""

    span: Span
    every: Sequence[int]
    loud: Sequence[int]
    known_ns: int | None
    """When the graph was first known; before that only records are there to be looked at."""


class Chart(QWidget):
    """Drag to look at a time, with Shift to compare from it; drag the axis to move; the wheel zooms."""

    spanned = Signal(object)
    """A Span is wanted."""
    seized = Signal()
    """A person takes the playhead."""
    loop_picked = Signal(object)

    def __init__(self, session: Session, look: Look, actions: Actions) -> None:
        super().__init__()
        self._session, self._look, self._actions = session, look, actions
        self.span: Span | None = None
        self.bounds: Span | None = None
        self.counts: Counts | None = None
        self.lanes: list[Lane] = []
        self.turns: list[int] = []
        """When loops began, ended or changed their status."""
        self._grip = ""
        self._panned = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Time line")
        self.setFixedHeight(BARS + AXIS)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, self.height())

    # What is shown

    def show_span(self, span: Span | None, bounds: Span | None) -> None:
        """Show a part of what there is."""
        self.span, self.bounds = span, bounds
        self.update()

    def show_counts(self, counts: Counts) -> None:
        """Show other counts; they may be of another span than the one that is shown."""
        self.counts = counts
        self.update()

    def show_lanes(self, shown: list[Lane], turns: list[int]) -> None:
        """Show what loops did."""
        self.lanes, self.turns = shown, turns
        self.setFixedHeight(BARS + HEIGHT * len(shown) + AXIS)
        self.update()

    @property
    def playhead_ns(self) -> int | None:
        """The time that is looked at, or the newest."""
        wanted = self._session.travel.wanted_ns
        return wanted if wanted is not None else self.bounds.end_ns if self.bounds else None

    def x_of(self, time_ns: int) -> float:
        """Where a time lies, in px."""
        return self.span.x_of(time_ns, float(self.width())) if self.span is not None else 0.0

    def time_at(self, x: float) -> int:
        """The time at a place; no further than what is shown."""
        return self.span.time_at(x, float(self.width())) if self.span is not None else 0

    def lane_at(self, y: float) -> Lane | None:
        """The lane at a height."""
        number = int((y - BARS) // HEIGHT)
        return self.lanes[number] if 0 <= number < len(self.lanes) else None

    # Painting

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.span is None:
            return
        painter = QPainter(self)
        painter.setFont(fonts.font(Role.SMALL))
        self._paint_ground(painter, self.span)
        self._paint_bars(painter, self.span)
        self._paint_unknown(painter)
        wide = float(self.width())
        for number, lane in enumerate(self.lanes):
            room = QRectF(0, BARS + number * HEIGHT, wide, HEIGHT)
            lanes.paint(painter, self._look, lane, self.span, room)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(fonts.font(Role.SMALL))
        self._paint_axis(painter, self.span)
        self._paint_mark(painter)
        self._paint_playhead(painter)
        if self.hasFocus():
            painter.setPen(QPen(self._look.colour("accent"), 1.3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.7, 0.7, -0.7, -0.7))
        painter.end()

    def _paint_ground(self, painter: QPainter, span: Span) -> None:
        """The part that is compared, and the part of which no graph is known."""
        foot = self.height() - AXIS
        mark, head = self._session.travel.mark_ns, self.playhead_ns
        if mark is not None and head is not None:
            left, right = sorted((self.x_of(mark), self.x_of(head)))
            painter.fillRect(QRectF(left, 0, right - left, foot), self._look.colour("accentbg"))
        known = self.counts.known_ns if self.counts is not None else None
        until = self.x_of(known) if known is not None else 0.0
        if until > 0:
            painter.fillRect(QRectF(0, 0, min(until, self.width()), foot), self._look.colour("raised"))

    def _paint_unknown(self, painter: QPainter) -> None:
        """Words over the part of which no graph is known."""
        known = self.counts.known_ns if self.counts is not None else None
        until = min(self.x_of(known), self.width()) if known is not None else 0.0
        words = "before the graph was known"
        metrics = painter.fontMetrics()
        if until > metrics.horizontalAdvance(words) + 12:
            room = QRectF(3, 2, metrics.horizontalAdvance(words) + 6, metrics.height())
            painter.fillRect(room, self._look.colour("raised"))
            painter.setPen(self._look.colour("dim"))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_bars(self, painter: QPainter, span: Span) -> None:
        counts = self.counts
        if counts is None or not counts.every:
            return
        most = max(counts.every)
        step = counts.span.length_ns / len(counts.every) / span.length_ns * self.width()
        first = self.x_of(counts.span.start_ns)
        thick = max(1.0, step - 1.2)
        for numbers, tone in ((counts.every, "line2"), (counts.loud, "run")):
            colour = self._look.colour(tone)
            for number, count in enumerate(numbers):
                x = first + number * step
                if count and -step < x < self.width():
                    high = max(1.5, count / most * (BARS - 3))
                    painter.fillRect(QRectF(x, BARS - high, thick, high), colour)

    def _paint_axis(self, painter: QPainter, span: Span) -> None:
        step, ticks = span.ticks(float(self.width()))
        top = self.height() - AXIS
        for at in ticks:
            x = self.x_of(at)
            words = _tick(at, step, self._session.zone)
            if 24 < x < self.width() - 24:
                painter.setPen(self._look.colour("line2"))
                painter.drawLine(QPointF(x, top), QPointF(x, top + 3))
                painter.setPen(self._look.colour("dim"))
                painter.drawText(QRectF(x - 30, top + 2, 60, 12), Qt.AlignmentFlag.AlignCenter, words)

    def _paint_mark(self, painter: QPainter) -> None:
        mark = self._session.travel.mark_ns
        if mark is None:
            return
        x = self.x_of(mark)
        accent = self._look.colour("accent")
        painter.setPen(QPen(accent, 1.3, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - AXIS))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawPolygon(QPolygonF([QPointF(x, 1), QPointF(x + 9, 4.5), QPointF(x, 8)]))
        self._label(painter, f"compared with {figures.clock_short(mark, self._session.zone)}", x + 3, 9)

    def _paint_playhead(self, painter: QPainter) -> None:
        at_ns = self.playhead_ns
        if at_ns is None:
            return
        x = self.x_of(at_ns)
        if not -1.0 <= x <= self.width() + 1.0:
            return
        x = min(max(x, 3.0), self.width() - 3.0)
        painter.setPen(QPen(self._look.colour("accent"), 1.5))
        painter.drawLine(QPointF(x, 3), QPointF(x, self.height() - AXIS))
        painter.setBrush(self._look.colour("accent"))
        painter.drawEllipse(QPointF(x, 4), 3, 3)
        if self._session.travel.wanted_ns is not None:
            top = self.height() - AXIS
            self._label(painter, figures.clock_short(at_ns, self._session.zone), x - 28, top, solid=True)

    def _label(self, painter: QPainter, words: str, x: float, y: float, *, solid: bool = False) -> None:
        """Words on a plate that stays within the line."""
        painter.setFont(fonts.font(Role.BADGE if solid else Role.SMALL))
        wide = painter.fontMetrics().horizontalAdvance(words) + 8.0
        box = QRectF(min(max(x, 0.0), self.width() - wide), y, wide, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.colour("accent" if solid else "accentbg"))
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(self._look.colour("onaccent" if solid else "accent"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    # Hands

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.span is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        place = event.position()
        if place.y() >= self.height() - AXIS:
            self._grip, self._panned = "axis", place.x()
        else:
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._grip = "mark" if shift else "playhead"
        self._drag(place.x())

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        on_axis = self._grip == "axis" or event.position().y() >= self.height() - AXIS
        self.setCursor(Qt.CursorShape.SizeHorCursor if on_axis else Qt.CursorShape.ArrowCursor)
        if self._grip:
            self._drag(event.position().x())

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = ""

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        lane = self.lane_at(event.position().y())
        if lane is not None:
            self.loop_picked.emit(lane.loops[0])

    def _drag(self, x: float) -> None:
        if self._grip == "axis":
            self._pan(self._panned - x)
            self._panned = x
        elif self._grip == "mark":
            self._session.travel.compare_from(self.time_at(x))
        elif self._grip == "playhead":
            self._go(self.time_at(x))

    def _go(self, time_ns: int) -> None:
        self.seized.emit()
        if self.bounds is not None:
            self._session.look_at(min(max(time_ns, self.bounds.start_ns), self.bounds.end_ns))

    def _pan(self, px: float) -> None:
        if self.span is not None and self.bounds is not None:
            by_ns = int(px / max(self.width(), 1) * self.span.length_ns)
            self.spanned.emit(self.span.moved(by_ns, self.bounds))

    def zoom(self, factor: float, at_ns: int | None = None) -> None:
        """Show `factor` times as much, about a time; without one, about the playhead."""
        at_ns = self.playhead_ns if at_ns is None else at_ns
        if self.span is not None and self.bounds is not None and at_ns is not None:
            self.spanned.emit(self.span.zoomed(factor, at_ns, self.bounds))

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta()
        if abs(steps.x()) > abs(steps.y()):
            self._pan(-float(steps.x()))
        elif steps.y():
            self.zoom(ZOOM ** (-steps.y() / 120), self.time_at(event.position().x()))
        event.accept()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, at_ns = Qt.Key(event.key()), self.playhead_ns
        if self.span is None or at_ns is None:
            event.ignore()
            return
        far = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        parts = {
            Qt.Key.Key_Left: -STEP,
            Qt.Key.Key_Right: STEP,
            Qt.Key.Key_PageUp: -LEAP,
            Qt.Key.Key_PageDown: LEAP,
        }
        if far and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.go_turn(1 if key is Qt.Key.Key_Right else -1)
        elif key in parts:
            self._go(at_ns + int(parts[key] * self.span.length_ns))
        elif key is Qt.Key.Key_Home:
            self._go(self.span.start_ns)
        elif key is Qt.Key.Key_End:
            self._session.look_at(None)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1 / ZOOM)
        elif key is Qt.Key.Key_Minus:
            self.zoom(ZOOM)
        else:
            event.ignore()

    def go_turn(self, way: int) -> None:
        """To the next time, or the one before, at which a loop began, ended or changed its status."""
        at_ns = self.playhead_ns
        if at_ns is None:
            return
        number = bisect_right(self.turns, at_ns) if way > 0 else bisect_left(self.turns, at_ns) - 1
        if 0 <= number < len(self.turns):
            self._go(self.turns[number])

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        at_ns = self.playhead_ns if by_key else self.time_at(float(event.pos().x()))
        if self.span is None or at_ns is None:
            return
        menu = self.menu(at_ns, None if by_key else self.lane_at(float(event.pos().y())))
        menu.exec(event.globalPos())
        menu.deleteLater()

    def menu(self, at_ns: int, lane: Lane | None) -> QMenu:
        """What can be done at a time, and with the loop of a lane."""
        menu, travel = QMenu(self), self._session.travel
        clock = figures.clock_short(at_ns, self._session.zone)
        menu.addAction(f"Show {clock}").triggered.connect(lambda: self._go(at_ns))
        menu.addAction(f"Compare from {clock}").triggered.connect(lambda: travel.compare_from(at_ns))
        phase = lane.at(at_ns) if lane is not None else None
        if lane is not None and phase is not None:
            start_ns, loop = phase.start_ns, lane.loops[0]
            words = f"Compare from before {lane.name} was {WORDS.get(phase.status, phase.status.value)}"
            menu.addAction(words).triggered.connect(lambda: travel.compare_from(start_ns - 1))
            menu.addAction(f"Select {lane.name}").triggered.connect(lambda: self.loop_picked.emit(loop))
        menu.addSeparator()
        for key in ("time.play", "time.compare.end", "moment.now"):
            menu.addAction(self._actions[key])
        return menu

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            self._tell(event)
            return True
        return super().event(event)

    @guarded
    def _tell(self, event: QHelpEvent) -> None:
        QToolTip.showText(event.globalPos(), self.describe(QPointF(event.pos())), self)

    def describe(self, place: QPointF) -> str:
        """What is at a place: the time, how much was sent, and what the loop there did."""
        if self.span is None:
            return ""
        at_ns, lane, counts = self.time_at(place.x()), self.lane_at(place.y()), self.counts
        parts = [figures.clock_short(at_ns, self._session.zone)]
        if lane is not None:
            phase = lane.at(at_ns)
            status = "no record came round" if phase is None else WORDS.get(phase.status, phase.status.value)
            parts.append(f"{lane.name}: {'paused' if phase is not None and phase.paused else status}")
        elif counts is not None and counts.every and counts.span.start_ns <= at_ns < counts.span.end_ns:
            number = (at_ns - counts.span.start_ns) * len(counts.every) // counts.span.length_ns
            seconds = counts.span.length_ns / len(counts.every) / SECOND
            parts.append(wording.rate(counts.every[number] / seconds))
        return " · ".join(parts)


def _tick(at_ns: int, step_ns: int, zone: tzinfo) -> str:
    """The time of a tick; where a day begins, the day."""
    when = figures.moment(at_ns, zone)
    if step_ns >= 60 * SECOND and (step_ns >= DAY or not (when.hour or when.minute)):
        return f"{when.day} {when:%b}"
    return f"{when:%H:%M}" if step_ns >= 60 * SECOND else f"{when:%H:%M:%S}"
