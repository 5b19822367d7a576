"""Records that wait, as a card that fills from the left: ten times as many, one step further."""

from __future__ import annotations

from math import log10

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from gui.canvas.scene.wording import NOTABLE_LAG
from gui.theme import Theme

FULL = 1_000_000
"""Waiting records with which a card is full."""
FOOT = 3.5


def share(lag: int) -> float:
    """How much of a card is filled, 0 to 1, on a logarithmic scale."""
    return min(1.0, log10(1 + max(0, lag)) / log10(1 + FULL))


def notable(lag: int) -> int:
    """The lag where it is a warning, else none."""
    return lag if lag >= NOTABLE_LAG else 0


def fill(painter: QPainter, rect: QRectF, radius: float, lag: int, theme: Theme) -> None:
    """Fill a rounded card from its left, with a bar at its foot: both amber from where a lag is notable."""
    part = share(lag)
    if part <= 0:
        return
    palette, warn = theme.palette, bool(notable(lag))
    whole = QPainterPath()
    whole.addRoundedRect(rect, radius, radius)
    painter.setPen(Qt.PenStyle.NoPen)
    for top, colour in (
        (rect.top(), palette.warnbg if warn else palette.topic),
        (rect.bottom() - FOOT, palette.act if warn else palette.topicl),
    ):
        room = QPainterPath()
        room.addRect(QRectF(rect.left(), top, rect.width() * part, rect.bottom() - top))
        painter.setBrush(colour)
        painter.drawPath(whole.intersected(room))
