"""The two typefaces of the window, from the files that ship with it, by role."""

from __future__ import annotations

from enum import Enum
from functools import cache

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFont, QFontDatabase

import resources

TEXT = "Inter"
MONO = "JetBrains Mono"


class Role(Enum):
    """What a piece of text is for: family, size in px at 100 %, weight."""

    FIGURE = (TEXT, 32, QFont.Weight.DemiBold)
    PAGE = (TEXT, 17, QFont.Weight.DemiBold)
    TITLE = (TEXT, 15, QFont.Weight.DemiBold)
    SECTION = (TEXT, 13, QFont.Weight.DemiBold)
    HEAD = (TEXT, 12, QFont.Weight.DemiBold)
    NAME = (TEXT, 12, QFont.Weight.Medium)
    BODY = (TEXT, 12, QFont.Weight.Normal)
    LABEL = (TEXT, 11, QFont.Weight.Medium)
    SECONDARY = (TEXT, 11, QFont.Weight.Normal)
    COLUMN = (TEXT, 11, QFont.Weight.DemiBold)
    SMALL = (TEXT, 10, QFont.Weight.Normal)
    RATE = (TEXT, 10, QFont.Weight.Medium)
    BADGE = (TEXT, 10, QFont.Weight.DemiBold)
    VALUE = (MONO, 12, QFont.Weight.Normal)
    CELL = (MONO, 11, QFont.Weight.Normal)


@cache
def load() -> tuple[str, ...]:
    """Make the shipped fonts known to Qt once; the families it found. Needs a QGuiApplication."""
    families: list[str] = []
    for name in resources.FONTS:
        number = QFontDatabase.addApplicationFontFromData(QByteArray(resources.font(name)))
        families += QFontDatabase.applicationFontFamilies(number)
    return tuple(dict.fromkeys(families))


@cache
def font(role: Role, *, scale: float = 1.0, italic: bool = False) -> QFont:
    """The font of a role, with figures of equal width and no hinting. Nobody changes what it gives."""
    load()
    family, size, weight = role.value
    made = QFont([family, "sans-serif" if family == TEXT else "monospace"])
    made.setPixelSize(max(1, round(size * scale)))
    made.setWeight(weight)
    made.setItalic(italic)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if family == TEXT:
        made.setFeature(QFont.Tag("tnum"), 1)
    else:
        made.setFeature(QFont.Tag("calt"), 0)
        made.setFeature(QFont.Tag("liga"), 0)
    return made
