"""Always merging by a pattern: a regular expression, and the names that it would make one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QLineEdit, QScrollArea, QWidget

from graph.identity import ApplicationId
from graph.model import Alias, Suggestion
from gui import figures, fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Rule, Text, column, row
from inspector.project.document import why_no_pattern
from inspector.project.patterns import joined, proposals

MOST = 200
"""Sets of names that are listed."""


def _listed(names: Iterable[Alias]) -> str:
    return ", ".join(f"{name.kind.replace('-', ' ')} {name.value}" for name in names)


class PatternDialog(QDialog):
    """Proposals as buttons, a field to write another, and the names that it would join."""

    wanted = Signal(str)

    def __init__(
        self, look: Look, about: Suggestion, homes: Mapping[Alias, ApplicationId], parent: QWidget
    ) -> None:
        """`homes` tells which application each name is taken for now."""
        super().__init__(parent)
        self.setWindowTitle("Always merge by a pattern")
        self._homes = homes
        self._names = homes.keys() | {about.a, about.b}
        self.field = QLineEdit()
        self.field.setFont(fonts.font(Role.VALUE))
        self.field.setProperty("large", True)
        self.field.setAccessibleName("Pattern")
        self.field.textChanged.connect(self._typed)
        chips = row(gap=6)
        offered = proposals(about.a.value, about.b.value)
        for pattern in offered:
            chip = Button(look, pattern, "chip", run=partial(self.field.setText, pattern))
            chip.setFont(fonts.font(Role.CELL))
            chip.setMaximumWidth(280)
            chip.setToolTip(pattern)
            chips.addWidget(chip)
        chips.addStretch(1)
        self.found = Text(role=Role.CELL, wrap=True)
        self.found.setAlignment(Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        inside.setObjectName("panel")
        inside.setLayout(column(self.found, None, margins=(12, 10, 12, 10)))
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        area.setMinimumHeight(150)
        self.note = Text(tone="dim", wrap=True)
        self.take = Button(look, "Merge", "primary", run=self._take)
        help_ = (
            "A regular expression over whole names. Names that it matches with the same text in its "
            "groups ( ) become one application, now and whenever they are seen."
        )
        foot = row(self.note, Button(look, "Cancel", run=self.reject), self.take, gap=8)
        foot.setStretch(0, 1)
        self.setLayout(
            column(
                Text("Always merge by a pattern", Role.TITLE),
                Text(help_, tone="dim", wrap=True),
                4,
                self.field,
                chips,
                4,
                Text("What it would join", Role.SECTION),
                Rule(),
                area,
                Rule(),
                foot,
                gap=8,
                margins=(24, 20, 24, 18),
            )
        )
        self.resize(640, 460)
        self.field.setText(offered[0])
        self.field.selectAll()

    def sizeHint(self) -> QSize:
        return QSize(640, 460)

    def _typed(self, pattern: str) -> None:
        wrong = why_no_pattern(pattern)
        sets = [] if wrong else joined(pattern, self._names)
        news = [names for names in sets if self._parts(names) > 1]
        same = len(sets) - len(news)
        self.found.setText("\n\n".join(map(_listed, news[:MOST])) or "Nothing that is not one already.")
        self.found.set_tone("text" if news else "dim")
        merged = sum(map(self._parts, news))
        if wrong:
            note = f"{wrong[:1].upper()}{wrong[1:]}."
        elif not sets:
            note = "No two of the names that are known match it."
        else:
            note = f"{figures.plural(merged, 'application')} would be {len(news):,}." if news else ""
            note += f" {figures.plural(same, 'set')} of names {'is' if same == 1 else 'are'} one already." * (
                same > 0
            )
            note += f" {len(news) - MOST:,} are not listed." if len(news) > MOST else ""
        self.note.setText(note.strip())
        self.take.setText(f"Merge {merged:,} applications" if news else "Keep the pattern")
        self.take.setEnabled(bool(sets))
        self.take.setToolTip("" if sets else note)

    def _parts(self, names: Iterable[Alias]) -> int:
        """How many applications some names are taken for now; a name that is not seen counts as one."""
        return len({self._homes.get(name, name) for name in names})

    def _take(self) -> None:
        self.accept()
        self.wanted.emit(self.field.text())
