"""One line of text that is asked for, with what is wrong with it in words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Rule, Text, as_high_as_needed, column, row

WIDTH = 520


class LineDialog(QDialog):
    """Asks for a name or a note; Enter takes it."""

    wanted = Signal(str)
    """The text, without blanks around it."""

    def __init__(
        self,
        look: Look,
        title: str,
        intro: str,
        verb: str,
        why_not: Callable[[str], str],
        parent: QWidget,
        text: str = "",
        example: str = "",
    ) -> None:
        """`why_not` tells in a sentence why a text cannot be taken; empty where it can."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self._why_not = why_not
        self.field = QLineEdit(text)
        self.field.setProperty("large", True)
        self.field.setPlaceholderText(example)
        self.field.setAccessibleName(title)
        self.note = Text(role=Role.SECONDARY, tone="warn", wrap=True)
        self.take = Button(look, verb, "primary", run=self._take)
        self.take.setDefault(True)
        foot = row(self.note, Button(look, "Cancel", run=self.reject), self.take, gap=8)
        foot.setStretch(0, 1)
        self.setLayout(
            column(
                Text(title, Role.TITLE, wrap=True),
                Text(intro, tone="dim", wrap=True),
                6,
                self.field,
                6,
                Rule(),
                foot,
                gap=8,
                margins=(24, 20, 24, 18),
            )
        )
        self.field.textChanged.connect(self._say)
        self._say()
        self.field.selectAll()
        self.field.setFocus()

    def _say(self) -> None:
        reason = self._why_not(self.field.text().strip())
        self.note.setText(reason)
        self.take.setEnabled(not reason)
        self.take.setToolTip(reason)
        as_high_as_needed(self, WIDTH)

    def _take(self) -> None:
        if self.take.isEnabled():
            self.accept()
            self.wanted.emit(self.field.text().strip())
