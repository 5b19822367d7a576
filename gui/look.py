"""The theme in use, and the news that it changed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from gui import theme as themes


class Look(QObject):
    """One for a window; whatever paints asks it for the theme each time."""

    changed = Signal()

    def __init__(self, theme: themes.Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme

    def set_theme(self, theme: themes.Theme) -> None:
        """Use another theme from now on."""
        self.theme = theme
        self.changed.emit()

    def switch(self) -> None:
        """From light to dark and back."""
        self.set_theme(themes.light() if self.theme.dark else themes.dark())

    def colour(self, tone: str) -> QColor:
        """The colour of a role of the palette by its name; a copy, for the caller to change."""
        return QColor(getattr(self.theme.palette, tone))
