"""Lines about a loop: where it could be cut, and the records of a trail round it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import figures, fonts, icons
from gui.fonts import Role
from gui.parts import marks
from gui.parts.around import Around
from gui.parts.blocks import CutFact, Cuts, StepFact, Steps
from gui.parts.lines import LeadingLine
from gui.parts.paint import guarded
from gui.parts.text import Text, column

LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class CutLine(LeadingLine):
    """What to stop, and beneath it what that costs; leads to the edge."""

    def __init__(self, around: Around) -> None:
        super().__init__(around.look)
        self._around = around
        self._cut: CutFact | None = None
        self._what = Text(role=Role.NAME, wrap=True)
        self._cost = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        for label in (self._what, self._cost):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setLayout(column(self._what, self._cost, gap=1, margins=(22, 3, 0, 4)))
        self.set_leading(True)

    def show_item(self, cut: CutFact) -> None:
        """Show another place to cut."""
        self._cut = cut
        self._what.setText(cut.what)
        self._cost.setText(f"{cut.cost} {cut.rate}".rstrip())
        self.setAccessibleName(f"{cut.what}. {cut.cost} {cut.rate}".rstrip())

    def go(self) -> None:
        if self._cut is not None:
            self._around.select(self._cut.edge)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paint_ground(painter)
        picture = icons.picture("cut", self.look.colour("dim"), 14, self.devicePixelRatioF())
        painter.drawPixmap(1, 5, picture)
        painter.end()


class StepLine(LeadingLine):
    """One record of a trail in two lines; leads to the record."""

    HEIGHT = 36

    def __init__(self, around: Around) -> None:
        super().__init__(around.look)
        self._around = around
        self._step: StepFact | None = None
        self.setFixedHeight(self.HEIGHT)
        self.set_leading(True)

    def sizeHint(self) -> QSize:
        return QSize(200, self.HEIGHT)

    def show_item(self, step: StepFact) -> None:
        """Show another record."""
        self._step = step
        self.setToolTip(f"{step.channel.name} {step.position}\n{step.why}\nEnter opens the record.")
        self.setAccessibleName(
            f"{step.number}: {step.channel.name} {step.position}, {step.after}, {step.why}"
        )
        self.update()

    def go(self) -> None:
        if self._step is not None:
            self._around.open_record(self._step.channel, self._step.position)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        step = self._step
        if step is None:
            return
        painter = QPainter(self)
        self.paint_ground(painter)
        theme, width = self.look.theme, float(self.width())
        marks.paint(painter, step.mark, 0, 10, theme)
        upper, lower = QRectF(22, 1, width - 22, 18), QRectF(22, 18, width - 22, 15)
        painter.setFont(theme.font(Role.HEAD))
        painter.setPen(theme.palette.text)
        painter.drawText(upper, RIGHT, step.after)
        taken = painter.fontMetrics().horizontalAdvance(step.after) + 10
        _elided(painter, theme.font(Role.NAME), step.channel.name, upper.adjusted(0, 0, -taken, 0))
        painter.setPen(theme.palette.dim)
        painter.setFont(fonts.font(Role.CELL))
        where = figures.place(step.position)
        painter.drawText(lower, RIGHT, where)
        taken = painter.fontMetrics().horizontalAdvance(where) + 10
        _elided(painter, theme.font(Role.SECONDARY), step.why, lower.adjusted(0, 0, -taken, 0))
        painter.end()


def _elided(painter: QPainter, font: QFont, text: str, room: QRectF) -> None:
    painter.setFont(font)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, LEFT, shown)


class _Lines(QWidget):
    """Lines below each other; one that stays keeps the focus."""

    def __init__(self, around: Around, kind: type[CutLine] | type[StepLine], gap: int) -> None:
        super().__init__()
        self._around, self._kind = around, kind
        self._lines: list[CutLine | StepLine] = []
        self._box: QVBoxLayout = column(gap=gap)
        self.setLayout(self._box)

    def show_block(self, block: Cuts | Steps) -> None:
        """Show other lines."""
        while len(self._lines) < len(block.items):
            self._lines.append(self._kind(self._around))
            self._box.addWidget(self._lines[-1])
        for line in self._lines[len(block.items) :]:
            line.hide()
            line.deleteLater()
        del self._lines[len(block.items) :]
        for line, item in zip(self._lines, block.items, strict=True):
            line.show_item(item)  # type: ignore[arg-type]


class CutsBlock(_Lines):
    """Places to cut."""

    def __init__(self, around: Around) -> None:
        super().__init__(around, CutLine, 2)


class StepsBlock(_Lines):
    """The records of a trail."""

    def __init__(self, around: Around) -> None:
        super().__init__(around, StepLine, 0)
