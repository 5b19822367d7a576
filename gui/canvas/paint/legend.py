"""What lines and signs mean: only those that are on the screen."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from graph.certainty import UNSEEN
from graph.identity import ChannelKind
from graph.model import DANGER, LoopStatus, Severity
from graph.view.changed import Mark
from gui.canvas.paint import edges as drawing
from gui.canvas.paint import lag, loops, marks, problems, shapes
from gui.canvas.scene import wording
from gui.canvas.scene.remarks import LineRemark, NodeRemark, Problems
from gui.canvas.scene.scene import EdgeItem, LineLook
from gui.canvas.scene.sizes import Sizes
from gui.fonts import Role
from gui.theme import Theme, faded, mixed

HEIGHT = 20.0
LINE, GAP = 26.0, 18.0
LOOPS = {f"{status.value} loop": status for status in DANGER}
LOSSY, BUNDLE, LAG, PROBLEM = "at most once", "several edges", "records waiting", "problem"
ORDER = (
    *LOOPS,
    *("certain", "likely", "guessed", *UNSEEN),
    *("route", LOSSY, BUNDLE, *wording.AGES.values(), LAG, PROBLEM),
    *(each.value for each in (*Mark, *ChannelKind)),
)


def entries(
    edges: Iterable[EdgeItem | LineLook],
    remarks: Iterable[NodeRemark | LineRemark] = (),
    kinds: Collection[ChannelKind] = (),
) -> list[str]:
    """The words for some edges, what is said of nodes and lines, and kinds of channels, in a fixed order.

    None where all are certain and plain; kinds only where there are several.
    """
    seen = {kind.value for kind in kinds} if len(kinds) > 1 else set()
    for edge in edges:
        seen.add("route" if edge.route else edge.certainty)
        if edge.state in wording.AGES:
            seen.add(wording.AGES[edge.state])
        if edge.loop:
            seen.add(f"{edge.loop.value} loop")
    for remark in remarks:
        if remark.mark:
            seen.add(remark.mark.value)
        if remark.problems:
            seen.add(PROBLEM)
        if isinstance(remark, NodeRemark):
            if remark.lag >= wording.NOTABLE_LAG:
                seen.add(LAG)
            continue
        if remark.at_most_once:
            seen.add(LOSSY)
        if remark.count > 1:
            seen.add(BUNDLE)
    words = [word for word in ORDER if word in seen]
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
    middle = (begin + end) / 2
    if word in LOOPS:
        status = LOOPS[word]
        tint, shape = theme.loop(status).line, loops.stroke(status)
        line = drawing.pen("certain", tint, shape.width)
        if status is LoopStatus.POSSIBLE:
            line.setDashPattern([part / shape.width for part in loops.POSSIBLE])
        painter.setPen(line)
        painter.drawLine(begin, end)
        if shape.arrows:
            loops.head(painter, (middle.x() + 5, middle.y()), (1.0, 0.0), status, tint)
    elif word in tuple(Mark):
        marks.draw(painter, Mark(word), end - QPointF(marks.RADIUS, 0), theme)
    elif word in tuple(ChannelKind):
        room = QRectF(end.x() - 20, end.y() - 4.5, 20, 9)
        pen = QPen(theme.palette.topicl, 1.0)
        shapes.outlined(painter, room, ChannelKind(word), theme.palette.topic, pen)
    elif word == PROBLEM:
        problems.draw(painter, Problems(Severity.WARNING), end - QPointF(6, 0), theme, 2.0)
    elif word == LAG:
        card = QRectF(begin.x(), begin.y() - 5.5, end.x() - begin.x(), 11)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.palette.card)
        painter.drawRoundedRect(card, 3, 3)
        lag.fill(painter, card, 3, 1_000, theme)
        painter.setPen(QPen(theme.palette.cardline, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(card, 3, 3)
    else:
        _line(painter, word, begin, end, theme)


def _line(painter: QPainter, word: str, begin: QPointF, end: QPointF, theme: Theme) -> None:
    palette = theme.palette
    if word in ("route", BUNDLE):
        painter.setPen(drawing.pen("certain", palette.edge, drawing.ROUTE))
        painter.drawLine(begin, end)
        if word == "route":
            painter.setPen(QPen(palette.canvas, drawing.ROUTE - 2.2))
            painter.drawLine(begin, end)
        return
    age = next((state for state, words in wording.AGES.items() if words == word), None)
    tint = mixed(palette.edge, palette.canvas, drawing.FRESH[age]) if age else palette.edge
    painter.setPen(drawing.pen(word if word in drawing.DASHES else "certain", tint, 1.5))
    painter.drawLine(begin, end)
    if word == LOSSY:
        drawing.head_at(painter, (end.x(), end.y()), (1.0, 0.0), 7.0, palette.edge, palette.canvas)
