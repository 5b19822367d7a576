"""Finding inside of one record: fields of its tree, words of its text, bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Text, row
from inspector.decode.spans import Span, Step

Way = tuple[Step, ...]
"""Names and positions from the whole value to a field."""
MOST_VALUES = 200_000
"""Values of a tree that are looked at."""
MOST_FOUND = 1_000


class FindBar(QWidget):
    """A field for words, how many places have them, and steps between those."""

    wanted = Signal(str)
    """Other words are looked for."""
    stepped = Signal(int)
    """The place with this number is to be shown."""
    closed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find in this event")
        self.field.setAccessibleName("Find in this event")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self.wanted)
        self.field.returnPressed.connect(lambda: self.step(1))
        self.count = Text(role=Role.SECONDARY, tone="dim")
        before = Button(look, "", "flat", icon="caret-up", run=lambda: self.step(-1), tip="Place before")
        after = Button(look, "", "flat", icon="caret-down", run=lambda: self.step(1), tip="Next place")
        close = Button(look, "", "flat", icon="x", run=self.close_bar, tip="Close")
        for button in (before, after, close):
            button.setFixedWidth(26)
            button.setAccessibleName(button.toolTip())
        self.setLayout(row(self.field, self.count, before, after, close, gap=4, margins=(8, 4, 8, 4)))
        self._places, self._at = 0, -1
        self.hide()

    def open_bar(self) -> None:
        """Show it, the cursor in its field."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def close_bar(self) -> None:
        """Hide it; nothing is looked for any more."""
        self.hide()
        self.field.clear()
        self.closed.emit()

    def tell(self, places: int) -> None:
        """How many places there are; the first of them is shown."""
        self._places, self._at = places, -1
        self.count.setText("")
        if places:
            self.step(1)
        elif self.field.text():
            self.count.setText("nothing found")

    def step(self, by: int) -> None:
        """Go on to another place, from the last to the first."""
        if self._places:
            self._at = (self._at + by) % self._places
            more = "+" if self._places == MOST_FOUND else ""
            self.count.setText(f"{self._at + 1:,} of {self._places:,}{more}")
            self.stepped.emit(self._at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)


def in_tree(value: Any, words: str) -> list[Way]:
    """Ways to the fields whose name or value has the words, in any case; at most `MOST_FOUND`."""
    wanted = words.casefold()
    found: list[Way] = []
    waiting: list[tuple[Way, Any]] = [((), value)]
    for _ in range(MOST_VALUES):
        if not waiting or len(found) == MOST_FOUND:
            break
        way, each = waiting.pop()
        name = way[-1] if way and isinstance(way[-1], str) else ""
        leaf = "" if isinstance(each, dict | list | tuple | bytes) else _text(each)
        if wanted in name.casefold() or wanted in leaf.casefold():
            found.append(way)
        waiting += reversed([((*way, name), inner) for name, inner in _parts(each)])
    return found


def in_text(text: str, words: str) -> list[Span]:
    """Where in a text the words stand, in any case; at most `MOST_FOUND`."""
    found = re.finditer(re.escape(words), text, re.IGNORECASE)
    return [each.span() for each in islice(found, MOST_FOUND)]


def in_bytes(value: bytes, words: str) -> list[Span]:
    """Where the words stand in UTF-8, or the bytes that they are in hex; at most `MOST_FOUND`."""
    wanted = words.encode()
    if wanted not in value:
        try:
            wanted = bytes.fromhex(words)
        except ValueError:
            return []
    found: list[Span] = []
    at = value.find(wanted) if wanted else -1
    while at >= 0 and len(found) < MOST_FOUND:
        found.append((at, at + len(wanted)))
        at = value.find(wanted, at + len(wanted))
    return found


def _parts(value: Any) -> Sequence[tuple[Step, Any]]:
    if isinstance(value, dict):
        return [(str(name), inner) for name, inner in value.items()]
    return list(enumerate(value)) if isinstance(value, list | tuple) else ()


def _text(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
