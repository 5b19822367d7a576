"""What the lines mean: only those that are on the screen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from graph.model import DANGER
from gui.canvas import edges as drawing
from gui.canvas import loops, wording
from gui.canvas.scene import EdgeItem
from gui.canvas.sizes import Sizes
from gui.fonts import Role
from gui.theme import Theme, faded, mixed

HEIGHT = 20.0
LINE, GAP = 26.0, 18.0
LOOPS = {f"{status.value} loop": status for status in DANGER}
ORDER = (*LOOPS, "certain", "likely", "guessed", *wording.UNSEEN, "route", *wording.AGES.values())


def entries(edges: Iterable[EdgeItem]) -> list[str]:
    """The words needed for some edges, in a fixed order; none where all are certain and plain."""
    seen = {edge.certainty for edge in edges if not edge.route}
    seen |= {"route" for edge in edges if edge.route}
    seen |= {wording.AGES[edge.state] for edge in edges if edge.state in wording.AGES}
    seen |= {f"{edge.loop.value} loop" for edge in edges if edge.loop}
    words: list[str] = [word for word in ORDER if word in seen]
    return words if words != ["certain"] else []


def _rows(words: list[str], room: float, sizes: Sizes) -> tuple[float, float, list[list[str]]]:
    """Length of the lines, gap between entries, and the entries in as few rows as there is room for."""
    for line, gap in ((LINE, GAP), (0.6 * LINE, 0.5 * GAP)):
        rows: list[list[str]] = [[]]
        left = room - 20
        for word in words:
            wide = _wide(word, line, sizes)
            if rows[-1] and wide > left:
                rows.append([])
                left = room - 20
            rows[-1].append(word)
            left -= wide + gap
        if len(rows) == 1:
            break
    return line, gap, rows


def _wide(word: str, line: float, sizes: Sizes) -> float:
    return sizes.width(Role.RATE, word) + (line + 6 if word in ORDER else 0.0)


def height(words: list[str], view: QRectF, sizes: Sizes) -> float:
    """How much of the bottom of a view the legend takes."""
    return HEIGHT * len(_rows(words, view.width(), sizes)[2]) + 8 if words else 0.0


def draw(
    painter: QPainter, view: QRectF, words: list[str], hidden: str, theme: Theme, sizes: Sizes
) -> QRectF:
    """The legend at the bottom of a view, and how many names are hidden; the room it took."""
    every = [*words, *([hidden] if hidden else [])]
    if not every:
        return QRectF()
    line, gap, rows = _rows(every, view.width(), sizes)
    widths = [sum(_wide(word, line, sizes) + gap for word in row) - gap for row in rows]
    wide, high = max(widths) + 20, HEIGHT * len(rows)
    box = QRectF(view.center().x() - wide / 2, view.bottom() - high - 8, wide, high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faded(theme.palette.canvas, 0.86))
    painter.drawRoundedRect(box, HEIGHT / 2, HEIGHT / 2)
    painter.setFont(theme.font(Role.RATE))
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        x, y = view.center().x() - width / 2, box.top() + HEIGHT * (number + 0.5)
        for word in row:
            taken = _wide(word, line, sizes)
            text = QRectF(x, y - HEIGHT / 2, taken + 2, HEIGHT)
            if word in ORDER:
                _sample(painter, word, QPointF(x, y), QPointF(x + line, y), theme)
                text.setLeft(x + line + 6)
            painter.setPen(theme.palette.faint)
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, word)
            x += taken + gap
    return box


def _sample(painter: QPainter, word: str, begin: QPointF, end: QPointF, theme: Theme) -> None:
    palette = theme.palette
    if word in LOOPS:
        status = LOOPS[word]
        tint, shape = theme.loop(status).line, loops.stroke(status)
        painter.setPen(drawing.pen("certain", tint, shape.width))
        painter.drawLine(begin, end)
        if shape.arrows:
            middle = (begin + end) / 2
            loops.head(painter, (middle.x() + 5, middle.y()), (1.0, 0.0), status, tint)
        return
    if word == "route":
        painter.setPen(drawing.pen("certain", palette.edge, drawing.ROUTE))
        painter.drawLine(begin, end)
        painter.setPen(QPen(palette.canvas, drawing.ROUTE - 2.2))
    else:
        age = next((state for state, words in wording.AGES.items() if words == word), None)
        tint = mixed(palette.edge, palette.canvas, drawing.FRESH[age]) if age else palette.edge
        painter.setPen(drawing.pen("certain" if age else word, tint, 1.5))
    painter.drawLine(begin, end)
