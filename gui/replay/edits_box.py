"""Changes of all events that are sent, one rule to a line, with what is wrong with the one being written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Elided, Text, column, emptied, row
from inspector.errors import InspectorError
from inspector.replay.edit import Edit, Edits
from inspector.replay.rules import HELP, edits_of, patch_of, told


class EditsBox(QWidget):
    """A list of edits."""

    changed = Signal()
    typed = Signal()
    """The change that is being written is another one; `coming` has it."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._edits: list[Edit] = []
        self._seed = str(uuid4())
        self.rule = QLineEdit()
        self.rule.setFont(fonts.font(Role.CELL))
        self.rule.setAccessibleName("Change to be made to every event")
        self.rule.setPlaceholderText("value.status=NEW, header.x=1, mask value.card, drop header.trace*")
        self.rule.setToolTip(HELP)
        self.rule.returnPressed.connect(self.add)
        self.rule.textEdited.connect(self._typed)
        self._wrong = Text(role=Role.SECONDARY, tone="run", wrap=True)
        self._wrong.hide()
        add = Button(look, "Add", "link", run=self.add, tip="Add this change · Enter")
        self.new_ids = Button(look, "New ids", "link", run=lambda: self.add("new-ids"),
            tip="Every event gets a new id; a header links it to the old one")  # fmt: skip
        self.patch = Button(
            look, "JSON Patch…", "link", run=self._choose_patch, tip="Apply a file (RFC 6902)"
        )
        self._list = column(gap=2)
        head = row(Text("Changes by rule", tone="dim"), None, self.new_ids, self.patch, gap=8)
        self.setLayout(column(head, self._list, row(self.rule, add, gap=6), self._wrong, gap=4))

    @property
    def edits(self) -> Edits:
        """All of them, in their order."""
        return Edits(tuple(self._edits))

    @property
    def coming(self) -> tuple[Edits, str]:
        """All of them with the one that is being written, and why that one is not among them yet."""
        text = self.rule.text().strip()
        try:
            return Edits((*self._edits, *(edits_of([text], self._seed).steps if text else ()))), ""
        except InspectorError as wrong:
            return self.edits, str(wrong)

    def add(self, rule: str = "") -> None:
        """Add what a rule says, or what is written in the field."""
        text = rule or self.rule.text().strip()
        if not text:
            return
        try:
            made = edits_of([text], self._seed).steps
        except InspectorError as wrong:
            self._say(str(wrong))
            return
        if not rule:
            self.rule.clear()
        self._put([*self._edits, *made])

    def add_patch(self, text: str) -> None:
        """Add a JSON Patch."""
        try:
            self._put([*self._edits, patch_of(text)])
        except InspectorError as wrong:
            self._say(str(wrong))

    def remove(self, number: int) -> None:
        """Take one out again."""
        self._put([each for place, each in enumerate(self._edits) if place != number])

    def _put(self, edits: list[Edit]) -> None:
        self._edits = edits
        self._say("")
        emptied(self._list)
        for number, edit in enumerate(edits):
            words = told(edit)
            line = QWidget()
            line.setObjectName("raised")
            away = Button(self._look, "", "flat", icon="x", run=partial(self.remove, number))
            away.setFixedWidth(28)
            away.setAccessibleName(f"Remove: {words}")
            away.setToolTip("Remove this change")
            said = row(Elided(words, Role.CELL), away, gap=4, margins=(8, 0, 0, 0))
            said.setStretch(0, 1)
            line.setLayout(said)
            self._list.addWidget(line)
        self.changed.emit()

    def _choose_patch(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Apply a JSON Patch", "", "JSON Patch (*.json)")
        if not path:
            return
        try:
            self.add_patch(Path(path).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as failure:
            self._say(f"{path} cannot be read: {failure}.")

    def _typed(self, _text: str) -> None:
        self._say("")
        self.typed.emit()

    def _say(self, sentence: str) -> None:
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))
