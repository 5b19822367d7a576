"""The names of the loops beside their lanes; a click selects one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.paint import guarded
from gui.timeline.lanes import HEIGHT, Lane


class Names(QWidget):
    """As many lines as there are lanes, each as high as its lane."""

    picked = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._lanes: list[Lane] = []
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self.update)

    def show_lanes(self, lanes: list[Lane]) -> None:
        """Show other names."""
        self._lanes = lanes
        self.setFixedHeight(HEIGHT * len(lanes))
        self.setAccessibleName("Loops: " + ", ".join(lane.name for lane in lanes))
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(fonts.font(Role.SMALL))
        painter.setPen(self._look.colour("dim"))
        for number, lane in enumerate(self._lanes):
            box = QRectF(0, number * HEIGHT, self.width() - 8, HEIGHT)
            name = painter.fontMetrics().elidedText(lane.name, Qt.TextElideMode.ElideMiddle, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, name)
        painter.end()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (lane := self._lane_at(event.position().y())) is not None:
            self.picked.emit(lane.loops[0])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            lane = self._lane_at(event.pos().y())
            QToolTip.showText(event.globalPos(), lane.name if lane is not None else "", self)
            return True
        return super().event(event)

    def _lane_at(self, y: float) -> Lane | None:
        number = int(y // HEIGHT)
        return self._lanes[number] if 0 <= number < len(self._lanes) else None
