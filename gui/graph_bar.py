"""The bar over the graph: focus, groups, find and hide, and what to do with the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QToolButton, QWidget

from graph.view.settings import Focus, LabelKind, ViewSettings
from graph.view.things import VOCABULARY
from gui.actions import Actions
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice, tool
from gui.parts.text import Rule, Text, row
from gui.query_field import QueryField
from gui.query_help import QueryHelp
from gui.view_actions import GROUPS, HOPS, LABELS

NARROWEST, WIDEST = 96, 320
"""Width of a field."""
WIDE, NARROW = 112, 96
"""Width of a choice with long words, and of one with short ones."""
WORDY = "wordy"
"""The property of tool buttons that have words when there is room."""


class GraphBar(QWidget):
    """Tells what part of the graph to show. `values` are the words that a field of the graph has now."""

    def __init__(self, look: Look, actions: Actions, values: Callable[[str], Iterable[str]]) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setFixedHeight(36)
        self._actions = actions
        self._hops = QButtonGroup(self)
        chips = [self._chip(look, number) for number in range(len(HOPS))]
        chips[0].setChecked(True)
        self.find_field = QueryField(look, VOCABULARY, "Find in the graph", values)
        self.find_field.setPlaceholderText("Find: pricing*")
        self.hide_field = QueryField(look, VOCABULARY, "Hide from the graph", values)
        self.hide_field.setPlaceholderText("Hide: is:quiet")
        for field in (self.find_field, self.hide_field):
            field.setMinimumWidth(NARROWEST)
            field.setMaximumWidth(WIDEST)
        short = {f"group.{by}": words.removeprefix("Group ").capitalize() for by, words in GROUPS.items()}
        self.group = _choice(look, actions, "Group by", "What is drawn as one", short, WIDE)
        self.labels = _choice(look, actions, "Labels", "What is written on edges", LABELS, NARROW)
        help_ = Button(look, "", "flat", icon="question", run=self.show_help, tip="The query language")
        help_.setFixedWidth(26)
        help_.setAccessibleName("The query language")
        focus, hops = Text("Focus", Role.NAME, "dim"), Text("hops", Role.BODY, "dim")
        wordy = ("graph.upstream", "graph.downstream", "view.loops")
        ways = [tool(actions[key], words=True) for key in wordy]
        for way in ways:
            way.setProperty(WORDY, True)
        steps = [tool(actions[key]) for key in ("view.back", "view.forward")]
        rest = [tool(actions[key]) for key in ("graph.tidy", "graph.fit", "graph.motion", "graph.save")]
        rules = [Rule(upright=True, length=18) for _ in range(2)]
        self._giving: tuple[tuple[QWidget, ...], ...] = (
            (focus, hops),
            (ways[2],),
            (rules[1], *ways[:2]),
            (rest[-1],),
            (self.labels,),
        )
        """What gives way, one after the other, where there is not room for all."""
        fields = (self.find_field, self.hide_field)
        self._row = row(
            *steps, rules[0], focus, *chips, hops, rules[1], *ways, self.group, self.labels, *fields, help_,
            None, *rest, gap=4, margins=(8, 0, 8, 0),
        )  # fmt: skip
        for field, share in zip(fields, (30, 20), strict=True):
            self._row.setStretchFactor(field, share)
        self.setLayout(self._row)

    def _chip(self, look: Look, number: int) -> Button:
        key = HOPS[number][0]
        action = self._actions[f"focus.{key}"]
        chip = Button(look, key.capitalize(), "tab", tip=action.toolTip())
        chip.setCheckable(True)
        chip.clicked.connect(lambda _on=False: action.trigger())
        chip.setFixedWidth(36 if number == 0 else 26)
        chip.setStyleSheet("padding: 0;")
        self._hops.addButton(chip, number)
        return chip

    def show_view(self, view: ViewSettings) -> None:
        """Show what is chosen, whoever chose it."""
        hops = (view.focus or Focus()).hops
        number = next((at for at, (_key, _words, each) in enumerate(HOPS) if each == hops), 0)
        self._hops.button(number).setChecked(True)
        self.group.setCurrentIndex(self.group.findData(f"group.{view.grouping.by}"))
        self.find_field.show_query(view.find)
        self.hide_field.show_query(view.hide)

    def show_labels(self, kind: LabelKind) -> None:
        """Show what is written on edges."""
        self.labels.setCurrentIndex(self.labels.findData(f"labels.{kind.value}"))

    def show_help(self) -> None:
        """Open the page about the query language."""
        QueryHelp(VOCABULARY, self).open_under(self.hide_field)

    def go_find(self) -> None:
        """Put the cursor into the field."""
        self.find_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.find_field.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Where there is no room for words and fields, icons and the menu of all actions have to do.
        for widgets in self._giving:
            _say(widgets, words=True)
        for widgets in self._giving:
            if self._row.minimumSize().width() > self.width():
                _say(widgets, words=False)
        # What was hidden or shown just now has no event of its own before the next frame.
        self._row.invalidate()
        self._row.activate()

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 36)


def _choice(
    look: Look, actions: Actions, name: str, tip: str, words: Mapping[str, str], width: int
) -> Choice:
    """One of some actions, each by a short word."""
    made = Choice(look)
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setFixedWidth(width)
    for action, word in words.items():
        made.addItem(word, action)
    made.activated.connect(lambda at: actions[made.itemData(at)].trigger())
    return made


def _say(widgets: Iterable[QWidget], *, words: bool) -> None:
    """Have tool buttons with words say them beside their icons, and others be there, or not."""
    beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
    for widget in widgets:
        if isinstance(widget, QToolButton) and widget.property(WORDY):
            widget.setToolButtonStyle(beside if words else alone)
            widget.setMinimumWidth(widget.sizeHint().width() if words else 26)
        else:
            widget.setVisible(words)
