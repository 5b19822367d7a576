"""Columns of an answer as bars or lines, chosen by people."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Choice
from gui.parts.paint import guarded
from gui.parts.text import Text, column, row
from gui.sql.answer import AnswerModel
from gui.sql.series import Drawn, Series, drawn, short, ticks

FOOT, GAP, LABEL = 22, 8, 84
"""Px below the plot for names, beside its numbers, and that a name needs at least."""
ALL = "All numbers"


class Canvas(QWidget):
    """Draws what it is given."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.drawn = Drawn()
        self.bars = True
        self.setAccessibleName("Chart of the answer")
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(360, 180)

    def show_drawn(self, what: Drawn, *, bars: bool) -> None:
        """Draw this."""
        self.drawn, self.bars = what, bars
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.drawn.names and self.drawn.series:
            self._paint(painter)
        painter.end()

    def _marks(self) -> list[float]:
        return ticks(self.drawn.low, self.drawn.high, max(2, (self.height() - FOOT) // 46))

    def _area(self) -> QRectF:
        metrics = QFontMetricsF(fonts.font(Role.SMALL))
        left = max(metrics.horizontalAdvance(short(each)) for each in self._marks()) + GAP + 4
        return QRectF(left, 10, self.width() - left - 14, self.height() - FOOT - 10)

    def _x(self, area: QRectF, number: int) -> float:
        """The middle of a place."""
        at = self.drawn.at
        if self.bars:
            return area.left() + (number + 0.5) * area.width() / len(at)
        span = at[-1] - at[0]
        return area.left() + (area.width() * (at[number] - at[0]) / span if span else area.width() / 2)

    def _paint(self, painter: QPainter) -> None:
        area, marks = self._area(), self._marks()
        low, high = marks[0], marks[-1]

        def y(value: float) -> float:
            return area.bottom() - (value - low) / (high - low) * area.height()

        painter.setFont(fonts.font(Role.SMALL))
        for mark in marks:
            painter.setPen(QPen(self._look.colour("line2" if mark == 0 else "line"), 1))
            painter.drawLine(QPointF(area.left(), y(mark)), QPointF(area.right(), y(mark)))
            painter.setPen(self._look.colour("dim"))
            beside = QRectF(0, y(mark) - 8, area.left() - GAP, 16)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short(mark))
        for number, series in enumerate(self.drawn.series):
            if self.bars:
                self._paint_bars(painter, area, number, series, y(0), [y(v or 0.0) for v in series.values])
            else:
                self._paint_line(painter, area, number, series, [y(v or 0.0) for v in series.values])
        self._paint_names(painter, area)

    def _paint_bars(
        self,
        painter: QPainter,
        area: QRectF,
        number: int,
        series: Series,
        ground: float,
        tops: list[float],
    ) -> None:
        pitch = area.width() / len(tops)
        room = min(pitch * 0.78, 64.0)
        thick = max(1.0, room / len(self.drawn.series))
        for at, (value, top) in enumerate(zip(series.values, tops, strict=True)):
            if value is not None:
                left = self._x(area, at) - room / 2 + number * thick
                bar = QRectF(QPointF(left, top), QPointF(left + max(1.0, thick - 1), ground)).normalized()
                painter.fillRect(bar, self._colour(number))

    def _paint_line(
        self, painter: QPainter, area: QRectF, number: int, series: Series, tops: list[float]
    ) -> None:
        painter.setPen(QPen(self._colour(number), 1.6))
        painter.setBrush(self._colour(number))
        run = QPolygonF()
        for at, (value, top) in enumerate(zip(series.values, tops, strict=True)):
            if value is not None:
                run.append(QPointF(self._x(area, at), top))
            if value is None or at == len(tops) - 1:
                if run.size() == 1:
                    painter.drawEllipse(run.at(0), 2.0, 2.0)
                painter.drawPolyline(run)
                run = QPolygonF()

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        names = self.drawn.names
        every = max(1, -(-len(names) * LABEL // max(1, int(area.width()))))
        pitch = area.width() / len(names) * every
        metrics = painter.fontMetrics()
        painter.setPen(self._look.colour("dim"))
        end = 0.0
        for number in range(0, len(names), every):
            shown = metrics.elidedText(names[number], Qt.TextElideMode.ElideMiddle, int(pitch - 8))
            wide = metrics.horizontalAdvance(shown)
            left = min(max(area.left(), self._x(area, number) - wide / 2), self.width() - wide - 2.0)
            if left > end:
                painter.drawText(QPointF(left, self.height() - 6.0), shown)
                end = left + wide + GAP

    def _colour(self, number: int) -> QColor:
        types = self._look.theme.palette.types
        return types[number % len(types)]

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self.drawn.names:
            area = self._area()
            at = min(
                range(len(self.drawn.names)), key=lambda each: abs(self._x(area, each) - event.pos().x())
            )
            QToolTip.showText(event.globalPos(), self.words(at), self)
            return True
        return super().event(event)

    def words(self, at: int) -> str:
        """What stands at a place."""
        told = (
            f"{each.name}: {'null' if (value := each.values[at]) is None else f'{value:,.15g}'}"
            for each in self.drawn.series
        )
        return "\n".join((self.drawn.names[at], *told))


class AnswerChart(QWidget):
    """What lies across, what goes upwards, and how it is drawn."""

    def __init__(self, look: Look, model: AnswerModel) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._model, self._look = model, look
        self.kind, self.across, self.upwards = Choice(look), Choice(look), Choice(look)
        self.kind.addItems(["Bars", "Lines"])
        self.canvas = Canvas(look)
        self.note = Text(role=Role.SECONDARY, tone="dim")
        self.key = Text(role=Role.SECONDARY)
        self.key.setTextFormat(Qt.TextFormat.RichText)
        labels = [Text(name, Role.SECONDARY, "dim") for name in ("of", "by")]
        for choice, name in ((self.kind, "Form"), (self.upwards, "Upwards"), (self.across, "Across")):
            choice.setAccessibleName(name)
            choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
            choice.currentIndexChanged.connect(self._draw)
        head = row(
            self.kind, labels[0], self.upwards, labels[1], self.across, 8, self.key, None, self.note, gap=6,
            margins=(8, 4, 12, 0),
        )  # fmt: skip
        made = column(head, self.canvas, gap=2)
        made.setStretch(1, 1)
        self.setLayout(made)
        model.modelReset.connect(self._take)
        model.layoutChanged.connect(self._draw)
        look.changed.connect(self._draw)

    @property
    def _numbers(self) -> list[int]:
        return [at for at in range(self._model.columnCount()) if self._model.numbers(at)]

    def _take(self) -> None:
        """Offer the columns of another answer; what was chosen stays where it is there again."""
        names, numbers = self._model.answer.names, self._numbers
        several = [ALL] if len(numbers) > 1 else []
        plain = next((at for at in range(len(names)) if at not in numbers), 0)
        upwards = [names[at] for at in numbers] + several
        self._offer(self.across, list(names), plain)
        last = next((place for place, at in reversed([*enumerate(numbers)]) if at != plain), 0)
        self._offer(self.upwards, upwards, last)
        self._draw()

    def _offer(self, choice: Choice, names: list[str], usual: int) -> None:
        before = choice.currentText()
        choice.blockSignals(True)
        choice.clear()
        choice.addItems(names)
        choice.setCurrentIndex(names.index(before) if before in names else min(usual, len(names) - 1))
        choice.blockSignals(False)

    def _draw(self) -> None:
        numbers, across = self._numbers, self.across.currentIndex()
        if not numbers or across < 0:
            self.canvas.show_drawn(Drawn(), bars=True)
            self.key.setText("")
            self.note.setText("No column of the answer holds numbers." if self._model.rowCount() else "")
            return
        every = self.upwards.currentText() == ALL
        chosen = [at for at in numbers if at != across] if every else [numbers[self.upwards.currentIndex()]]
        bars = self.kind.currentIndex() == 0
        what = drawn(self._model.ordered(), across, chosen, bars=bars)
        self.canvas.show_drawn(what, bars=bars)
        types = self._look.theme.palette.types
        self.key.setText(
            " &nbsp; ".join(
                f'<span style="color:{types[at % len(types)].name()}">■</span> {_escaped(each.name)}'
                for at, each in enumerate(what.series)
            )
            if len(what.series) > 1
            else ""
        )
        first = f"The first {len(what.names):,} rows are drawn." if what.left_out else ""
        self.note.setText(first)


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;")
