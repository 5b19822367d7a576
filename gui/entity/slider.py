"""The versions of an entity on a line: one tick each, to be gone through by mouse and keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look import Look
from gui.parts.paint import guarded
from inspector.trails.entity import Version

HIGH = 26
ENDS = 12.0
KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
    Qt.Key.Key_Home: -1_000_000,
    Qt.Key.Key_End: 1_000_000,
}


class VersionSlider(QWidget):
    """A tick is as high as many paths changed; a cross is a tombstone, an amber gap what was not captured."""

    moved = Signal(int)
    """A version, by its number."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._versions: tuple[Version, ...] = ()
        self.current = 0
        self.setFixedHeight(HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Versions")
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, HIGH)

    def show_versions(self, versions: Sequence[Version], current: int) -> None:
        """Show other versions."""
        self._versions = tuple(versions)
        self.choose(current)

    def choose(self, current: int) -> None:
        """Another version is current, without telling."""
        self.current = current
        count = len(self._versions)
        self.setAccessibleDescription(f"Version {current + 1} of {count}" if count else "")
        self.update()

    def x_of(self, number: int) -> float:
        """Where a version stands."""
        return ENDS + (self.width() - 2 * ENDS) * (number / max(1, len(self._versions) - 1))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, base = self._look.theme.palette, HIGH - 8.0
        painter.setPen(QPen(palette.line2, 2.0))
        painter.drawLine(QPointF(ENDS, base), QPointF(self.width() - ENDS, base))
        if not self._versions:
            painter.end()
            return
        painter.setPen(QPen(palette.accent, 2.0))
        painter.drawLine(QPointF(ENDS, base), QPointF(self.x_of(self.current), base))
        most = max(1, *(len(version.changes) for version in self._versions))
        for number, version in enumerate(self._versions):
            x, event_ = self.x_of(number), version.event
            passed = number <= self.current
            if event_.gap:
                before = self.x_of(max(0, number - 1))
                painter.fillRect(QRectF(before + 2, base - 1, max(2.0, x - before - 4), 2), palette.act)
            if event_.tombstone:
                painter.setPen(QPen(palette.text, 1.4))
                painter.drawLine(QPointF(x - 3, base - 9), QPointF(x + 3, base - 3))
                painter.drawLine(QPointF(x - 3, base - 3), QPointF(x + 3, base - 9))
                continue
            high = 3 + 10 * len(version.changes) / most
            painter.setPen(QPen(palette.accent if passed else palette.ghost, 1.6))
            painter.drawLine(QPointF(x, base - high), QPointF(x, base))
        x = self.x_of(self.current)
        painter.setPen(QPen(palette.panel, 1.6))
        painter.setBrush(palette.accent)
        painter.drawEllipse(QPointF(x, base), 5.5, 5.5)
        if self.hasFocus():
            painter.setPen(QPen(palette.accent, 1.3))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()

    def _go(self, number: int) -> None:
        number = min(max(number, 0), len(self._versions) - 1)
        if self._versions and number != self.current:
            self.choose(number)
            self.moved.emit(number)

    def _at(self, x: float) -> int:
        room = max(1.0, self.width() - 2 * ENDS)
        return round((x - ENDS) / room * (len(self._versions) - 1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(self._at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(self._at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in KEYS:
            self._go(self.current + KEYS[key])
        else:
            super().keyPressEvent(event)
