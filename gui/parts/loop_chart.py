"""Gain and rate of a loop over time: the gain with its 95 % interval as a band, and the line at 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF

from gui.canvas.scene import wording
from gui.fonts import Role
from gui.look import Look
from gui.parts.blocks import Course, Moment
from gui.parts.drawings import LEFT, RIGHT, Small
from gui.parts.paint import guarded
from gui.theme import faded

GAIN, RATE, FOOT, GAP = 60.0, 26.0, 14.0, 16.0
"""Heights of the two parts, of the times beneath, and of the words over each part."""
BETWEEN = 6.0
MOST = 5.0
"""Gains above are drawn at the upper edge."""
SCALE = 30.0
"""Room for the words of the scale at the right."""


class CourseChart(Small):
    """Two parts over one axis of time."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, int(2 * GAP + BETWEEN + GAIN + RATE + FOOT))
        self._course: Course | None = None

    def show_block(self, course: Course) -> None:
        """Show another course."""
        self._course = course
        gains = [each.gain for each in course.moments if each.gain is not None]
        said = f"from {gains[0]:.2f} to {gains[-1]:.2f}" if gains else "not measured"
        self.setAccessibleName(f"Gain {said} between {course.begin} and {course.end}")
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        course = self._course
        if course is None or len(course.moments) < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, width = self.look.theme, float(self.width())
        inner = width - SCALE
        start, end = course.moments[0].at_ns, course.moments[-1].at_ns
        place = [(each.at_ns - start) / max(end - start, 1) * inner for each in course.moments]
        self._gain(painter, course, place, QRectF(0, GAP, inner, GAIN))
        self._rate(painter, course, place, QRectF(0, 2 * GAP + BETWEEN + GAIN, inner, RATE))
        painter.setFont(theme.font(Role.SMALL))
        painter.setPen(theme.palette.dim)
        foot = QRectF(0, self.height() - FOOT, inner, FOOT)
        painter.drawText(foot, LEFT, course.begin)
        painter.drawText(foot, RIGHT, course.end)
        painter.end()

    def _gain(self, painter: QPainter, course: Course, place: Sequence[float], room: QRectF) -> None:
        theme, palette = self.look.theme, self.look.theme.palette
        colour = theme.loop(course.status).line
        values = [v for m in course.moments for v in (m.gain, m.low, m.high) if v is not None]
        low = max(0.0, min([0.8, *values]))
        high = min(MOST, max([1.2, *values]))

        def y_of(value: float) -> float:
            return room.bottom() - (min(max(value, low), high) - low) / (high - low) * room.height()

        painter.fillRect(
            QRectF(0, room.top(), room.width(), y_of(1.0) - room.top()), faded(palette.run, 0.07)
        )
        for run in _runs(course.moments, place):
            upper = [QPointF(x, y_of(m.high)) for x, m in run if m.high is not None]
            lower = [QPointF(x, y_of(m.low)) for x, m in run if m.low is not None]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faded(colour, 0.25))
            painter.drawPolygon(QPolygonF(upper + lower[::-1]))
            painter.setPen(QPen(colour, 1.8))
            painter.drawPolyline(QPolygonF([QPointF(x, y_of(m.gain or 0.0)) for x, m in run]))
        painter.setPen(QPen(palette.text, 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(0, y_of(1.0)), QPointF(room.width(), y_of(1.0)))
        last = next((m.gain for m in reversed(course.moments) if m.gain is not None), None)
        self._words(painter, room, "Gain, with its 95 % interval", "" if last is None else f"×{last:.2f}")
        painter.setFont(theme.font(Role.SMALL))
        scale = [(1.0, "1.0"), *((v, f"{v:.1f}") for v in (low, high) if abs(y_of(v) - y_of(1.0)) > 11)]
        for value, word in scale:
            painter.setPen(palette.text if value == 1.0 else palette.dim)
            painter.drawText(QRectF(room.right() + 5, y_of(value) - 7, SCALE - 5, 14), LEFT, word)

    def _rate(self, painter: QPainter, course: Course, place: Sequence[float], room: QRectF) -> None:
        palette = self.look.theme.palette
        rates = [m.rate or 0.0 for m in course.moments]
        most = max(rates) or 1.0
        points = [
            QPointF(x, room.bottom() - rate / most * room.height())
            for x, rate in zip(place, rates, strict=True)
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(faded(palette.dot, 0.3))
        painter.drawPolygon(
            QPolygonF([QPointF(0, room.bottom()), *points, QPointF(place[-1], room.bottom())])
        )
        painter.setPen(QPen(palette.dot, 1.4))
        painter.drawPolyline(QPolygonF(points))
        self._words(painter, room, "Records a second that came round", wording.rate(rates[-1]))
        painter.setPen(palette.dim)
        painter.setFont(self.look.theme.font(Role.SMALL))
        painter.drawText(QRectF(room.right() + 5, room.top() - 7, SCALE - 5, 14), LEFT, f"{most:.3g}")

    def _words(self, painter: QPainter, room: QRectF, title: str, now: str) -> None:
        over = QRectF(room.left(), room.top() - GAP, room.width(), GAP)
        painter.setFont(self.look.theme.font(Role.SMALL))
        painter.setPen(self.look.theme.palette.dim)
        painter.drawText(over, LEFT, title)
        painter.setFont(self.look.theme.font(Role.BADGE))
        painter.setPen(self.look.theme.palette.text)
        painter.drawText(over, RIGHT, now)


def _runs(moments: Sequence[Moment], place: Sequence[float]) -> Iterator[list[tuple[float, Moment]]]:
    """The moments without a break in what was measured, with their places."""
    run: list[tuple[float, Moment]] = []
    for x, moment in zip(place, moments, strict=True):
        if moment.gain is not None:
            run.append((x, moment))
        elif run:
            yield run
            run = []
    if run:
        yield run
