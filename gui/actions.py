"""Everything that can be done, as data: a name, a shortcut, and a reason where it cannot be done now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from gui import icons
from gui.look import Look

REMEMBERED = 12
UNTOLD = ("palette", "select.none")
"""Actions that nobody looks for among what was done lately."""


def _always() -> str:
    return ""


@dataclass(frozen=True)
class Action:
    """One thing a person can do."""

    id: str
    title: str
    run: Callable[[], object]
    shortcut: str = ""
    """Several are parted by ` | `; the first is the one that is told."""
    icon: str = ""
    why_not: Callable[[], str] = _always
    """The reason why it cannot be done now, one sentence; empty when it can."""
    checked: Callable[[], bool] | None = None
    """For a switch: whether it is on."""


class Actions(QObject):
    """The actions of a window, as Qt has them."""

    def __init__(self, look: Look, owner: QWidget) -> None:
        super().__init__(owner)
        self._look = look
        self._owner = owner
        self._specs: dict[str, Action] = {}
        self._made: dict[str, QAction] = {}
        self.done: list[str] = []
        """The ids of what was done lately, the last first."""
        look.changed.connect(self._recolour)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._specs.values())

    def __getitem__(self, action_id: str) -> QAction:
        return self._made[action_id]

    def why_not(self, action_id: str) -> str:
        """Why an action cannot be done now."""
        return self._specs[action_id].why_not()

    def add(self, *specs: Action) -> None:
        """Make actions; their shortcuts work in the whole window."""
        for spec in specs:
            made = QAction(spec.title, self._owner)
            if spec.shortcut:
                made.setShortcuts([QKeySequence(each) for each in spec.shortcut.split(" | ")])
            made.setIconVisibleInMenu(False)
            made.setCheckable(spec.checked is not None)
            made.triggered.connect(lambda _on=False, spec=spec: self._do(spec))
            self._specs[spec.id], self._made[spec.id] = spec, made
            self._owner.addAction(made)
            self._colour(spec, made)
        self.refresh()

    def _do(self, spec: Action) -> None:
        if spec.id not in UNTOLD:
            self.done = [spec.id, *(each for each in self.done if each != spec.id)][:REMEMBERED]
        spec.run()

    def refresh(self) -> None:
        """Ask every action whether it can be done, and say why where it cannot."""
        for key, spec in self._specs.items():
            made, reason = self._made[key], spec.why_not()
            made.setEnabled(not reason)
            if spec.checked is not None:
                made.setChecked(spec.checked())
            shortcut = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            made.setToolTip(" · ".join(part for part in (spec.title, shortcut, reason) if part))

    def _colour(self, spec: Action, made: QAction) -> None:
        if spec.icon:
            made.setIcon(icons.icon(spec.icon, self._look.colour("dim"), off=self._look.colour("ghost")))

    def _recolour(self) -> None:
        for key, spec in self._specs.items():
            self._colour(spec, self._made[key])
