"""The colour rules of lists of events: the first one that holds for an event gives its colour."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QDialog, QLineEdit, QScrollArea, QWidget

from graph.query.error import QueryError
from gui import fonts
from gui.decisions import Decisions
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice
from gui.parts.text import Rule, Text, column, row
from inspector.project.colours import COLOURS, replaced
from inspector.project.model import ColourRule

WIDTH, HEIGHT = 640, 420


class _Line(QWidget):
    """One rule, to be changed."""

    def __init__(self, look: Look, rule: ColourRule, changed: Callable[[], object]) -> None:
        super().__init__()
        self.query = QLineEdit(rule.query)
        self.query.setFont(fonts.font(Role.CELL))
        self.query.setPlaceholderText("type:PaymentFailed or value.total>1000")
        self.query.setAccessibleName("Events that the rule is for")
        self.query.textChanged.connect(lambda _text: changed())
        self.colour = Choice(look)
        self.colour.setFixedWidth(110)
        self.colour.setIconSize(QSize(14, 14))
        self.colour.setAccessibleName("Their colour")
        for number, name in enumerate(COLOURS):
            self.colour.addItem(_swatch(look, number), name.capitalize(), name)
        self.colour.setCurrentIndex(COLOURS.index(rule.colour))
        self.colour.activated.connect(lambda _at: changed())
        self.up = Button(look, "", "flat", icon="arrow-up", tip="Before the one above")
        self.gone = Button(look, "", "flat", icon="x", tip="Take the rule away")
        for button in (self.up, self.gone):
            button.setFixedWidth(28)
            button.setAccessibleName(button.toolTip())
        made = row(self.query, self.colour, self.up, self.gone, gap=6)
        made.setStretch(0, 1)
        self.setLayout(made)

    @property
    def rule(self) -> ColourRule:
        """As it is written now."""
        return ColourRule(self.query.text().strip(), COLOURS[self.colour.currentIndex()])


class ColourDialog(QDialog):
    """Writes the rules of the project."""

    def __init__(
        self, look: Look, decisions: Decisions, check: Callable[[str], None], query: str, parent: QWidget
    ) -> None:
        """`check` raises QueryError for a query with a mistake; `query` is what a new rule begins with."""
        super().__init__(parent)
        self.setWindowTitle("Colour rules")
        self._look, self._decisions, self._check, self._query = look, decisions, check, query
        self.lines: list[_Line] = []
        self._rows = column(gap=6)
        page = QWidget()
        page.setObjectName("panel")
        page.setLayout(column(self._rows, None, margins=(0, 0, 6, 0)))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        self.note = Text(role=Role.SECONDARY, tone="warn", wrap=True)
        self.take = Button(look, "Use these rules", "primary", run=self._take)
        foot = row(self.note, Button(look, "Cancel", run=self.reject), self.take, gap=8)
        foot.setStretch(0, 1)
        add = Button(look, "Add a rule", icon="plus", run=self._add)
        intro = "The first rule that holds for an event colours its row. They are kept in the project file."
        made = column(
            Text("Colour rules", Role.TITLE), Text(intro, tone="dim", wrap=True), 6, area, row(add, None),
            Rule(), foot, gap=8, margins=(24, 20, 24, 18),
        )  # fmt: skip
        made.setStretch(3, 1)
        self.setLayout(made)
        self.resize(WIDTH, HEIGHT)
        for rule in decisions.project.colour_rules:
            self._append(rule)
        if not self.lines:
            self._add()
        self._changed()

    @property
    def rules(self) -> tuple[ColourRule, ...]:
        """What is written now, without empty ones."""
        return tuple(line.rule for line in self.lines if line.rule.query)

    def _add(self) -> None:
        used = {line.rule.colour for line in self.lines}
        colour = next((each for each in COLOURS if each not in used), COLOURS[0])
        asked = any(line.rule.query == self._query for line in self.lines)
        self._append(ColourRule("" if asked else self._query, colour))
        self.lines[-1].query.setFocus()
        self._changed()

    def _append(self, rule: ColourRule) -> None:
        line = _Line(self._look, rule, self._changed)
        line.up.clicked.connect(partial(self._lift, line))
        line.gone.clicked.connect(partial(self._drop, line))
        self.lines.append(line)
        self._rows.addWidget(line)

    def _lift(self, line: _Line) -> None:
        at = self.lines.index(line)
        if at:
            self.lines.insert(at - 1, self.lines.pop(at))
            self._rows.removeWidget(line)
            self._rows.insertWidget(at - 1, line)
            self._changed()

    def _drop(self, line: _Line) -> None:
        self.lines.remove(line)
        self._rows.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._changed()

    def _changed(self) -> None:
        wrong = ""
        for number, line in enumerate(self.lines):
            line.up.setEnabled(number > 0)
            mistake = self._mistake(line.rule.query)
            line.query.setProperty("wrong", bool(mistake))
            line.query.style().unpolish(line.query)
            line.query.style().polish(line.query)
            line.query.setToolTip(mistake)
            wrong = wrong or mistake
        same = self.rules == self._decisions.project.colour_rules
        self.note.setText(wrong)
        self.take.setEnabled(not wrong and not same)
        self.take.setToolTip(wrong or ("Nothing was changed." if same else ""))

    def _mistake(self, query: str) -> str:
        try:
            self._check(query)
        except QueryError as mistake:
            return mistake.message
        return ""

    def _take(self) -> None:
        if self._decisions.decide(replaced(self._decisions.project, self.rules)):
            self.accept()


def _swatch(look: Look, number: int) -> QIcon:
    picture = QPixmap(14, 14)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.theme.palette.rules[number])
    painter.drawRoundedRect(QRectF(1, 1, 12, 12), 3, 3)
    painter.end()
    return QIcon(picture)
