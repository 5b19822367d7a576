"""Counts over time as bars, with a frame and marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.look import Look
from gui.parts.paint import guarded


class Histogram(QWidget):
    """Two layers of bars over one span of time; a click or a drag gives the time under it."""

    clicked_at = Signal(object)

    def __init__(self, look: Look, height: int, back: str, front: str) -> None:
        super().__init__()
        self._look = look
        self._tones = back, front
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.start_ns = self.end_ns = 0
        self._back: Sequence[int] = ()
        self._front: Sequence[int] = ()
        self.frame: tuple[int, int] | None = None
        self.tell: Callable[[int, int, int, int], str] | None = None
        """Words about a bar, from its span of time and its two counts."""
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, self.height())

    def show_counts(self, start_ns: int, end_ns: int, back: Sequence[int], front: Sequence[int]) -> None:
        """Show counts of equal spans between two times."""
        self.start_ns, self.end_ns, self._back, self._front = start_ns, end_ns, back, front
        self.update()

    def show_frame(self, span: tuple[int, int] | None) -> None:
        """Frame the part that a list shows."""
        if span != self.frame:
            self.frame = span
            self.update()

    def x_of(self, time_ns: int) -> float:
        """Where a time lies, in px."""
        span = max(1, self.end_ns - self.start_ns)
        return (time_ns - self.start_ns) / span * self.width()

    def time_at(self, x: float) -> int:
        """The time at a place."""
        return self.start_ns + int((self.end_ns - self.start_ns) * x / max(1, self.width()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        if self.end_ns > self.start_ns:
            x = min(max(0.0, event.position().x()), float(self.width()))
            self.clicked_at.emit(self.time_at(x))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self.tell and self._back:
            bars = len(self._back)
            bar = min(max(0, event.pos().x() * bars // max(1, self.width())), bars - 1)
            start, end = (self.time_at(at * self.width() / bars) for at in (bar, bar + 1))
            words = self.tell(start, end, self._back[bar], self._front[bar])
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_bars(painter, float(self.height()))
        if self.frame is not None and self.end_ns > self.start_ns:
            left, right = (self.x_of(at) for at in self.frame)
            box = QRectF(max(1.0, left - 3), 1, 0, self.height() - 2)
            box.setRight(min(self.width() - 1.0, max(right + 3, box.left() + 8)))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._look.colour("accent"), 1.2))
            ground = self._look.colour("accent")
            ground.setAlphaF(0.07)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 4, 4)
        painter.end()

    def paint_bars(self, painter: QPainter, bottom: float) -> None:
        """Draw the bars, the tallest as high as there is room."""
        most = max(self._back, default=0)
        if not most:
            return
        step = self.width() / len(self._back)
        thick = max(1.0, step - 1.2)
        for counts, tone in zip((self._back, self._front), self._tones, strict=True):
            colour = self._look.colour(tone)
            for number, count in enumerate(counts):
                if count:
                    high = max(1.5, count / most * (bottom - 3))
                    painter.fillRect(QRectF(number * step, bottom - high, thick, high), colour)
