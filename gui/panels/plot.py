"""One plot over time with its key beside it. Importing this loads the plotting library."""

from __future__ import annotations

from typing import Any

import pyqtgraph
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.cells import LEFT
from gui.parts.paint import guarded
from gui.parts.text import Text, column, row

Series = list[tuple[float, float]]


class Key(QWidget):
    """Colours and names, one line each."""

    LINE, WIDTH = 17, 132

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.entries: list[tuple[QColor, str]] = []
        self.setFixedWidth(self.WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(self.WIDTH, self.LINE * 8)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(fonts.font(Role.SECONDARY))
        metrics = painter.fontMetrics()
        for number, (colour, name) in enumerate(self.entries):
            y = 6 + number * self.LINE
            painter.fillRect(QRectF(0, y + 7, 12, 3), colour)
            painter.setPen(self._look.colour("text"))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, self.WIDTH - 20)
            painter.drawText(QRectF(18, y, self.WIDTH - 18, self.LINE), LEFT, shown)
        painter.end()


class Plot(QWidget):
    """Lines over time."""

    def __init__(self, look: Look, title: str, *, utc: bool) -> None:
        super().__init__()
        self._look = look
        axis = pyqtgraph.DateAxisItem(utcOffset=0 if utc else None)
        self.plot: Any = pyqtgraph.PlotWidget(axisItems={"bottom": axis})
        self.plot.setAccessibleName(title)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self._key = Key(look)
        self._note = Text(role=Role.SECONDARY, tone="dim")
        inside = row(self.plot, self._key, gap=8)
        inside.setStretch(0, 1)
        made = column(row(Text(title, Role.HEAD), 6, self._note, None), inside, gap=4)
        made.setStretch(1, 1)
        self.setLayout(made)
        self.paint_again()

    def begin(self, start: float, end: float) -> None:
        """Take the lines out, and show these times, in seconds since 1970."""
        self.plot.clear()
        self._key.entries = []
        self.plot.setXRange(start, end, padding=0.01)

    def add(self, series: Series, colour: QColor, name: str, width: float) -> None:
        """A line; a single point is drawn as a dot."""
        times, values = [point[0] for point in series], [point[1] for point in series]
        dot = {"symbol": "o", "symbolSize": 6, "symbolBrush": colour, "symbolPen": None}
        pen = pyqtgraph.mkPen(colour, width=width)
        self.plot.plot(times, values, pen=pen, antialias=True, **(dot if len(series) == 1 else {}))
        self._key.entries.append((colour, name))

    def add_level(self, value: float) -> None:
        """A dashed line at a height."""
        pen = QPen(self._look.colour("dim"), 0, Qt.PenStyle.DashLine)
        self.plot.addItem(pyqtgraph.InfiniteLine(value, angle=0, pen=pen))

    def finish(self, note: str) -> None:
        """Say what is shown."""
        self._note.setText(note)
        self._key.update()

    def paint_again(self) -> None:
        """Use the colours of the theme."""
        self.plot.setBackground(self._look.colour("panel"))
        self.plot.showGrid(x=False, y=True, alpha=0.12)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(self._look.colour("line2"))
            axis.setTextPen(self._look.colour("dim"))
            axis.setTickFont(fonts.font(Role.SMALL))
            axis.enableAutoSIPrefix(False)
