"""Phosphor icons, drawn in a colour of the palette."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPixmap, QPixmapCache

MEANINGS = {
    "loop": "arrows-clockwise",
    "runaway": "trend-up",
    "cut": "scissors",
    "read-only": "lock",
    "unlocked": "lock-open",
    "not visible": "eye-slash",
    "unattributed": "question",
    "trail": "tree-structure",
    "replay": "clock-counter-clockwise",
    "filter": "funnel",
    "columns": "sliders-horizontal",
    "confirm": "check",
    "acknowledge": "check-circle",
    "refused": "prohibit",
    "capture": "record",
    "stop": "stop",
    "more": "dots-three",
    "play": "play",
    "retry": "arrow-counter-clockwise",
    "redelivery": "repeat-once",
    "request-reply": "arrows-left-right",
    "saga": "list-numbers",
    "alert": "bell",
    "connector": "link",
    "stream processor": "shuffle",
    "error": "warning-octagon-fill",
    "warning": "warning-fill",
    "note": "info-fill",
    "contrast": "circle-half",
}
"""One icon for each meaning; other names are Phosphor's own."""


def picture(name: str, colour: QColor, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon for a meaning, or by Phosphor's name without prefix, `size` px square.

    `ratio` is the number of device pixels for each px.
    """
    key = f"icon {name} {colour.rgba()} {size} {ratio}"
    pixmap = QPixmap()
    if QPixmapCache.find(key, pixmap):
        return pixmap
    # Its import reads several font tables, which a start should not wait for.
    import qtawesome

    made = qtawesome.icon(f"ph.{MEANINGS.get(name, name)}", color=colour)
    drawn: QPixmap = made.pixmap(QSize(size, size), ratio)
    QPixmapCache.insert(key, drawn)
    return drawn


def icon(name: str, colour: QColor, size: int = 16, off: QColor | None = None) -> QIcon:
    """The same for a button or an action; `off` is its colour when it is disabled."""
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(picture(name, colour, size, ratio))
        if off is not None:
            made.addPixmap(picture(name, off, size, ratio), QIcon.Mode.Disabled)
    return made
