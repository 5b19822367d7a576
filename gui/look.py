"""The theme in use and whether things may move: what the person chose, else what the system was told."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from gui import theme as themes
from gui.wishes import Wishes


class Look(QObject):
    """One for a window; whatever paints asks it for the theme each time."""

    changed = Signal()
    moved = Signal()
    """Whether things may move is otherwise now."""

    def __init__(
        self, theme: themes.Theme, parent: QObject | None = None, wishes: Wishes | None = None
    ) -> None:
        super().__init__(parent)
        self.chosen = self.theme = theme
        self.motion = True
        """Whether traffic moves, and what is new or tidied comes gently."""
        self._wishes = wishes
        self._contrast = self._still = False
        """What was last heard that the system wants."""
        if wishes is not None:
            wishes.changed.connect(self._heard)
            self._heard()

    def set_theme(self, theme: themes.Theme) -> None:
        """Use another theme from now on."""
        self.chosen = theme
        self._use(theme)

    def set_motion(self, on: bool) -> None:
        """Let things move, or not; the system's wish counts again when it changes."""
        if on != self.motion:
            self.motion = on
            self.moved.emit()

    def switch(self) -> None:
        """The next theme of those there are."""
        at = themes.NAMES.index(self.theme.name) + 1
        self.set_theme(themes.named(themes.NAMES[at % len(themes.NAMES)]))

    def colour(self, tone: str) -> QColor:
        """The colour of a role of the palette by its name; a copy, for the caller to change."""
        return QColor(getattr(self.theme.palette, tone))

    def _use(self, theme: themes.Theme) -> None:
        if theme != self.theme:
            self.theme = theme
            self.changed.emit()

    def _heard(self) -> None:
        assert self._wishes is not None
        contrast, still = self._wishes.contrast, self._wishes.still
        if contrast != self._contrast:
            self._contrast = contrast
            self._use(themes.contrast() if contrast else self.chosen)
        if still != self._still:
            self._still = still
            self.set_motion(not still)
