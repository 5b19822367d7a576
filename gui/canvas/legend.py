"""What the lines mean: only those that are on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.canvas import edges as drawing
from gui.canvas import wording
from gui.canvas.scene import EdgeItem
from gui.canvas.sizes import Sizes
from gui.fonts import Role
from gui.theme import Theme, faded, mixed

HEIGHT = 20.0
LINE, GAP = 26.0, 18.0
ORDER = ("certain", "likely", "guessed", *wording.UNSEEN, "route", *wording.AGES.values())


def entries(edges: Iterable[EdgeItem]) -> list[str]:
    """The words needed for some edges, in a fixed order; none where all are certain and plain."""
    seen = {edge.certainty for edge in edges if not edge.route}
    seen |= {"route" for edge in edges if edge.route}
    seen |= {wording.AGES[edge.state] for edge in edges if edge.state in wording.AGES}
    words: list[str] = [word for word in ORDER if word in seen]
    return words if words != ["certain"] else []


def draw(
    painter: QPainter, view: QRectF, words: list[str], hidden: str, theme: Theme, sizes: Sizes
) -> QRectF:
    """The legend at the bottom of a view, and how many names are hidden; the room it took."""
    palette = theme.palette
    for line, gap in ((LINE, GAP), (0.6 * LINE, 0.5 * GAP)):
        parts = [(word, line + 6 + sizes.width(Role.RATE, word)) for word in words]
        parts += [(hidden, sizes.width(Role.RATE, hidden))] if hidden else []
        wide = sum(width for _, width in parts) + gap * (len(parts) - 1)
        if wide + 20 <= view.width():
            break
    if not parts:
        return QRectF()
    box = QRectF(view.center().x() - wide / 2 - 10, view.bottom() - HEIGHT - 8, wide + 20, HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faded(palette.canvas, 0.86))
    painter.drawRoundedRect(box, HEIGHT / 2, HEIGHT / 2)
    x, y = box.left() + 10, box.center().y()
    painter.setFont(theme.font(Role.RATE))
    for word, width in parts:
        text = QRectF(x, box.top(), width + 2, HEIGHT)
        if word != hidden:
            if word == "route":
                painter.setPen(drawing.pen("certain", palette.edge, drawing.ROUTE))
                painter.drawLine(QPointF(x, y), QPointF(x + line, y))
                painter.setPen(QPen(palette.canvas, drawing.ROUTE - 2.2))
            else:
                age = next((state for state, words in wording.AGES.items() if words == word), None)
                tint = mixed(palette.edge, palette.canvas, drawing.FRESH[age]) if age else palette.edge
                painter.setPen(drawing.pen("certain" if age else word, tint, 1.5))
            painter.drawLine(QPointF(x, y), QPointF(x + line, y))
            text.setLeft(x + line + 6)
        painter.setPen(palette.faint)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, word)
        x += width + gap
    return box
