"""F1: all shortcuts on one page, and what keys do in the graph."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from gui.actions import Action, Actions
from gui.fonts import Role
from gui.parts.text import Text, column

IN_GRAPH = (
    ("From node to node", "Arrow keys"),
    ("Open what is selected", "Enter"),
    ("Next loop, the worst first", "L"),
    ("Mark one more", "Space"),
    ("Mark all", "Ctrl+A"),
    ("Nearer, farther", "+  -"),
    ("Show all", "F  Home"),
    ("Pan", "Drag, Shift+wheel"),
    ("Mark with a band", "Shift+drag"),
)
SORTS = {
    "Views of the graph": ("graph", "focus", "view", "group", "groups", "labels"),
    "Loops": ("loop", "loops", "alerts", "counting"),
    "Nodes and edges": ("node", "edge", "identity", "suggestions", "select"),
    "Events and time": ("record", "events", "replay", "chains", "trail", "moment", "time", "compare"),
}
"""Heads, and the first words of the ids of the actions under them; all others stand under `Window`."""
COLUMNS = 3
SIDES = (16, 10, 16, 10)


class ShortcutsDialog(QDialog):
    """What can be done with keys, by what it is about."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        blocks = [_block("In the graph", IN_GRAPH)]
        blocks += [_block(title, _lines(each)) for title, each in sorted_actions(actions).items() if each]
        page = QWidget()
        page.setObjectName("panel")
        grid = QGridLayout()
        grid.setContentsMargins(8, 0, 8, 12)
        rows = [0] * COLUMNS
        for block in sorted(blocks, key=lambda block: -block.sizeHint().height()):
            shortest = min(range(COLUMNS), key=rows.__getitem__)
            high = block.sizeHint().height()
            grid.addWidget(block, rows[shortest], shortest, high, 1, Qt.AlignmentFlag.AlignTop)
            rows[shortest] += high
        page.setLayout(grid)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(page)
        made = column(Text("Keyboard shortcuts", Role.TITLE), area, gap=8, margins=(16, 16, 8, 8))
        made.setStretch(1, 1)
        self.setLayout(made)
        wide, high = page.sizeHint().width() + 50, page.sizeHint().height() + 80
        self.resize(min(wide, parent.width() - 40), min(high, parent.height() - 80))


def sorted_actions(actions: Iterable[Action]) -> dict[str, list[Action]]:
    """Actions with shortcuts, by heads."""
    made: dict[str, list[Action]] = {**{title: [] for title in SORTS}, "Window": []}
    heads = {word: title for title, words in SORTS.items() for word in words}
    for action in actions:
        if action.shortcut:
            made[heads.get(action.id.partition(".")[0], "Window")].append(action)
    return made


def _lines(actions: Iterable[Action]) -> list[tuple[str, str]]:
    form = QKeySequence.SequenceFormat.NativeText
    return [
        (each.title, "  ".join(QKeySequence(key).toString(form) for key in each.shortcut.split(" | ")))
        for each in actions
    ]


def _block(title: str, lines: Iterable[tuple[str, str]]) -> QWidget:
    grid = QGridLayout()
    grid.setContentsMargins(*SIDES)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    grid.addWidget(Text(title, Role.HEAD), 0, 0, 1, 2)
    for number, (words, keys) in enumerate(lines, 1):
        key: QLabel = Text(keys, Role.CELL, "dim")
        grid.addWidget(Text(words), number, 0)
        grid.addWidget(key, number, 1, Qt.AlignmentFlag.AlignRight)
    made = QWidget()
    made.setLayout(grid)
    return made
