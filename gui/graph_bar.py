"""The bar over the graph: focus, direction, find, and what to do with the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QWidget

from gui import fonts
from gui.actions import Actions
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, tool
from gui.parts.text import Rule, Text, row

HOPS: tuple[tuple[str, int | None], ...] = (("All", None), ("1", 1), ("2", 2), ("3", 3))


class GraphBar(QWidget):
    """Tells what part of the graph to show."""

    focus_wanted = Signal(object)
    """Hops, or None for all."""
    text_wanted = Signal(str)

    def __init__(self, look: Look, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setFixedHeight(36)
        self._group = QButtonGroup(self)
        chips = []
        for number, (words, _hops) in enumerate(HOPS):
            action = actions[f"focus.{words.lower()}"]
            chip = Button(look, words, "tab", tip=action.toolTip())
            chip.setCheckable(True)
            chip.clicked.connect(lambda _on=False, action=action: action.trigger())
            chip.setFixedWidth(40 if number == 0 else 28)
            chip.setStyleSheet("padding: 0;")
            self._group.addButton(chip, number)
            chips.append(chip)
        chips[0].setChecked(True)
        self.field = QLineEdit()
        self.field.setFont(fonts.font(Role.SECONDARY))
        self.field.setPlaceholderText("Find: pricing*")
        self.field.setClearButtonEnabled(True)
        self.field.setAccessibleName("Find in the graph")
        self.field.setMaximumWidth(230)
        self.field.setMinimumWidth(80)
        self.field.textChanged.connect(self.text_wanted)
        self.setLayout(
            row(
                Text("Focus", Role.NAME, "dim"),
                2,
                *chips,
                Text("hops", Role.BODY, "dim"),
                4,
                Rule(upright=True, length=18),
                tool(actions["graph.upstream"], words=True),
                tool(actions["graph.downstream"], words=True),
                None,
                self.field,
                tool(actions["graph.tidy"]),
                tool(actions["graph.fit"]),
                tool(actions["graph.motion"]),
                tool(actions["graph.save"]),
                gap=5,
                margins=(12, 0, 8, 0),
            )
        )

    def show_hops(self, hops: int | None) -> None:
        """Mark the button of a number of hops."""
        number = next(at for at, (_words, each) in enumerate(HOPS) if each == hops)
        self._group.button(number).setChecked(True)

    def go_find(self) -> None:
        """Put the cursor into the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
