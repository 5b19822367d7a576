"""A widget that hands what people do to its gestures, and survives whatever goes wrong in that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.canvas.hands.gestures import Gestures

logger = logging.getLogger("eventscope.canvas")


class HandledWidget(QWidget):
    """Mouse, keys, menus and tooltips: an exception that left an override could end the program."""

    failed = Signal(str)
    """Something went wrong, in one sentence; said once for each cause."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gestures: Gestures
        self._told: set[str] = set()

    def guarded(self, what: str, action: Callable[[], object]) -> None:
        """Run an override's body."""
        try:
            action()
        except Exception as error:
            if self.is_new(what, error):
                logger.exception("%s did not work", what)

    def is_new(self, what: str, error: Exception) -> bool:
        """Tell of a defect, unless it was told before."""
        cause = f"{what}: {type(error).__name__}: {error}"
        new = cause not in self._told
        if new:
            self._told.add(cause)
            self.failed.emit(f"The graph could not be drawn in full ({cause}). The rest goes on.")
        return new

    def announce(self, words: str) -> None:
        """Have a screen reader say something."""
        said = words.replace("\n", ". ")
        self.setAccessibleDescription(said)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.guarded("zooming", lambda: self._gestures.wheel(event))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.guarded("pressing", lambda: self._gestures.press(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.guarded("dragging", lambda: self._gestures.move(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.guarded("releasing", lambda: self._gestures.release(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.guarded("opening", lambda: self._gestures.double_click(event))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.guarded("the menu", lambda: self._gestures.menu(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        def act() -> None:
            if not self._gestures.key(event):
                event.ignore()

        self.guarded("keys", act)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            self.guarded("tooltip", lambda: self._gestures.tooltip(event))
            return True
        return super().event(event)
