"""The small pictures of a details panel: scale of a gain, latency of hops, growth by lap."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from graph.evidence import CERTAIN, LIKELY
from graph.model import LoopStatus
from gui import figures
from gui.canvas.scene import wording
from gui.fonts import Role
from gui.look import Look
from gui.loop_words import MULTIPLIES
from gui.parts import marks
from gui.parts.blocks import Gain, Growth, Hop, Hops
from gui.parts.paint import guarded
from gui.theme import faded

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
CENTRE = Qt.AlignmentFlag.AlignCenter


class Small(QWidget):
    """A painted widget of fixed height."""

    def __init__(self, look: Look, height: int) -> None:
        super().__init__()
        self.look = look
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())


class Scale(Small):
    """A gain with its 95 % interval on a scale from half to one and a half; 1.0 is marked."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, 36)
        self._gain: Gain | None = None

    def show_block(self, gain: Gain) -> None:
        """Show another gain."""
        self._gain = gain
        self.setAccessibleName(f"Gain {gain.gain}")
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        gain = self._gain
        if gain is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, width = self.look.theme, float(self.width())
        colour = theme.loop(gain.status).line
        ends = [end for end in (gain.low, gain.high, gain.gain) if end is not None]
        reach = max(0.5, *(abs(end - 1.0) * 1.15 for end in ends)) if ends else 0.5
        reach = min(reach, 9.0)

        def x_of(value: float) -> float:
            return min(max((value - 1.0 + reach) / (2 * reach), 0.0), 1.0) * (width - 12) + 6

        bar = QRectF(0, 8, width, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.palette.raised)
        painter.drawRoundedRect(bar, 2.5, 2.5)
        painter.setBrush(theme.palette.runbg)
        painter.drawRoundedRect(QRectF(x_of(1.0), 8, width - x_of(1.0), 5), 2.5, 2.5)
        if gain.low is not None and gain.high is not None:
            painter.setBrush(faded(colour, 0.45))
            painter.drawRoundedRect(
                QRectF(x_of(gain.low), 8, max(5.0, x_of(gain.high) - x_of(gain.low)), 5), 2.5, 2.5
            )
        painter.setPen(QPen(theme.palette.dim, 1))
        painter.drawLine(QPointF(x_of(1.0), 3), QPointF(x_of(1.0), 18))
        if gain.gain is not None:
            painter.setPen(QPen(theme.palette.panel, 1.5))
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x_of(gain.gain), 10.5), 5.5, 5.5)
        painter.setFont(theme.font(Role.SMALL))
        painter.setPen(theme.palette.dim)
        words = QRectF(0, 21, width, 14)
        painter.drawText(words, LEFT, "dies out")
        painter.drawText(words, RIGHT, "grows")
        painter.setFont(theme.font(Role.RATE))
        painter.setPen(theme.palette.text)
        painter.drawText(QRectF(x_of(1.0) - 20, 21, 40, 14), CENTRE, "1.0")
        painter.end()


class HopList(Small):
    """The way round from top to bottom: each step with a bar as long as it takes, and its gain."""

    NODE, STEP, GAIN = 20, 18, 58

    def __init__(self, look: Look) -> None:
        super().__init__(look, 40)
        self._hops: Hops | None = None

    def show_block(self, hops: Hops) -> None:
        """Show another way."""
        self._hops = hops
        self.setFixedHeight(len(hops.items) * (self.NODE + self.STEP) + self.NODE)
        self.setAccessibleName("; ".join(map(_told, hops.items)))
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        hops = self._hops
        if hops is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, width = self.look.theme, float(self.width())
        colour = theme.loop(hops.status).line
        longest = max((hop.ms for hop in hops.items if hop.ms is not None), default=0.0)
        times = width - (self.GAIN if any(hop.gain is not None for hop in hops.items) else 0.0)
        y = 0.0
        for hop in hops.items:
            pen = QPen(colour, 1.6)
            if hop.confidence < CERTAIN:
                pen.setDashPattern([1.0, 1.6] if hop.confidence < LIKELY else [2.6, 1.8])
            painter.setPen(pen)
            painter.drawLine(QPointF(8, y + 15), QPointF(8, y + self.NODE + self.STEP + 5))
            marks.paint(painter, hop.mark, 0, y + 10, theme)
            painter.setFont(theme.font(Role.NAME))
            painter.setPen(theme.palette.text)
            name = painter.fontMetrics().elidedText(hop.name, Qt.TextElideMode.ElideMiddle, int(width - 30))
            painter.drawText(QRectF(28, y, width - 28, self.NODE), LEFT, name)
            self._step(painter, y + self.NODE, times, hop, longest, hops.status)
            y += self.NODE + self.STEP
        painter.setFont(theme.font(Role.BODY))
        painter.setPen(theme.palette.dim)
        room = QRectF(28, y, times - 28 - 58, self.NODE)
        back = painter.fontMetrics().elidedText(hops.back, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, LEFT, back)
        if hops.total_ms is not None:
            painter.setFont(theme.font(Role.HEAD))
            painter.setPen(theme.palette.text)
            painter.drawText(QRectF(0, y, times, self.NODE), RIGHT, wording.duration(hops.total_ms))
        painter.setPen(QPen(colour, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(3, y + 5, 10, 10), 40 * 16, 290 * 16)
        painter.end()

    def _step(
        self, painter: QPainter, y: float, width: float, hop: Hop, longest: float, status: LoopStatus
    ) -> None:
        theme, whole = self.look.theme, float(self.width())
        palette, colour = theme.palette, theme.loop(status).line
        middle = y + self.STEP / 2
        if hop.number:
            painter.setPen(QPen(palette.dim, 1.0))
            painter.setBrush(palette.panel)
            disc = QRectF(2, middle - 6.5, 13, 13)
            painter.drawEllipse(disc)
            painter.setFont(theme.font(Role.BADGE))
            painter.drawText(disc, CENTRE, str(hop.number))
        painter.setFont(theme.font(Role.SECONDARY))
        painter.setPen(palette.dim)
        painter.drawText(QRectF(28, y, 80, self.STEP), LEFT, hop.step)
        if hop.gain is not None:
            many = hop.gain >= MULTIPLIES
            painter.setFont(theme.font(Role.HEAD if many else Role.SECONDARY))
            painter.setPen(theme.loop_text(status) if many else palette.dim)
            painter.drawText(QRectF(0, y, whole, self.STEP), RIGHT, f"×{hop.gain:.2f}")
            if many:
                left = whole - painter.fontMetrics().horizontalAdvance(f"×{hop.gain:.2f}") - 9
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.loop_text(status))
                rise = (
                    QPointF(left, middle + 3),
                    QPointF(left + 6, middle + 3),
                    QPointF(left + 3, middle - 3),
                )
                painter.drawPolygon(rise)
        if hop.ms is None:
            painter.setPen(palette.dim)
            painter.setFont(theme.font(Role.SECONDARY))
            words = f"told with step {hop.within}" if hop.within else "not measured"
            painter.drawText(QRectF(0, y, width, self.STEP), RIGHT, words)
            return
        bar = QRectF(104, y + 6.5, max(20.0, width - 104 - 64), 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.raised)
        painter.drawRoundedRect(bar, 2.5, 2.5)
        painter.setBrush(colour)
        bar.setWidth(max(3.0, bar.width() * (hop.ms / longest if longest else 0.0)))
        painter.drawRoundedRect(bar, 2.5, 2.5)
        painter.setFont(theme.font(Role.HEAD))
        painter.setPen(palette.text)
        painter.drawText(QRectF(0, y, width, self.STEP), RIGHT, wording.duration(hop.ms))


def _told(hop: Hop) -> str:
    words = [f"{hop.name} {hop.step}"]
    if hop.ms is not None:
        words.append(wording.duration(hop.ms))
    if hop.gain is not None:
        words.append(f"each becomes {hop.gain:.2f}")
    return " ".join(words)


class GrowthBars(Small):
    """Records per lap of the longest chain."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, 64)
        self._growth: Growth | None = None

    def show_block(self, growth: Growth) -> None:
        """Show other laps."""
        self._growth = growth
        self.setAccessibleName("Records per lap: " + ", ".join(map(str, growth.counts)))
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        growth = self._growth
        if growth is None or not growth.counts:
            return
        painter = QPainter(self)
        theme, width, counts = self.look.theme, float(self.width()), growth.counts[-60:]
        colour = theme.loop(growth.status).line
        most = max(max(counts), 1)
        step = min(width / len(counts), 28.0)
        for number, count in enumerate(counts):
            high = max(2.0, count / most * 42)
            painter.fillRect(
                QRectF(number * step, 44 - high, max(1.5, step - 2.5), high),
                faded(colour, 0.35 + 0.65 * (number + 1) / len(counts)),
            )
        painter.setFont(theme.font(Role.SMALL))
        painter.setPen(theme.palette.dim)
        first = len(growth.counts) - len(counts) + 1
        painter.drawText(
            QRectF(0, 48, width, 14), LEFT, f"lap {first}: {figures.plural(counts[0], 'record')}"
        )
        painter.setFont(theme.font(Role.RATE))
        painter.setPen(theme.palette.text)
        painter.drawText(QRectF(0, 48, width, 14), RIGHT, f"lap {len(growth.counts)}: {counts[-1]:,}")
        painter.end()


class ConfidenceBar(Small):
    """How much a reason is believed, 0 to 1."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, 5)
        self._part = 0.0

    def show_part(self, part: float) -> None:
        """Show another confidence."""
        self._part = part
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.look.theme.palette
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.raised)
        painter.drawRoundedRect(QRectF(0, 1, self.width(), 4), 2, 2)
        painter.setBrush(palette.dot if self._part >= CERTAIN else palette.act)
        painter.drawRoundedRect(QRectF(0, 1, max(3.0, self.width() * self._part), 4), 2, 2)
        painter.end()
