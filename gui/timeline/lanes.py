"""The lanes of a time line: when each loop was active or ran away, told by fill, height and words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from graph.identity import LoopId
from graph.loops.cycles import in_words
from graph.model import DANGER, DependencyGraph, LoopStatus
from graph.names import plain, shown_names
from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.loop_history import LoopHistory, Phase
from gui.panels.details_evidence import loop_name
from gui.timeline.span import Span

MOST = 3
"""Lanes; what is more shares the last one."""
HEIGHT = 16
WORDS = {
    LoopStatus.RUNAWAY: "runaway",
    LoopStatus.ACTIVE: "active",
    LoopStatus.BOUNDED: "bounded",
    LoopStatus.ACKNOWLEDGED: "acknowledged",
}


@dataclass(frozen=True)
class Lane:
    """One loop, or those that found no lane of their own."""

    loops: tuple[LoopId, ...]
    name: str
    phases: tuple[Phase, ...]
    """The mildest first, so that the worst is painted over it."""

    def at(self, time_ns: int) -> Phase | None:
        """The worst phase at a time."""
        found = (each for each in self.phases if each.lasts(time_ns))
        return min(found, key=lambda each: DANGER.index(each.status), default=None)


def _danger(lane: Lane) -> tuple[int, int]:
    return min(DANGER.index(each.status) for each in lane.phases), lane.phases[0].start_ns


def lanes(history: LoopHistory, graph: DependencyGraph) -> list[Lane]:
    """A lane for each loop that was ever more than possible, the worst first; acknowledged ones are quiet."""
    made = []
    for key, phases in history.phases.items():
        known = graph.loops.get(key)
        quiet = known is not None and known.status is LoopStatus.ACKNOWLEDGED
        shown = tuple(
            Phase(each.start_ns, each.end_ns, LoopStatus.ACKNOWLEDGED, False) if quiet else each
            for each in phases
        )
        way = history.hops.get(key, ())
        name = (
            loop_name(graph, known)
            if known is not None
            else in_words(way, shown_names(graph))
            if way
            else plain(key)
        )
        made.append(Lane((key,), name, shown))
    made.sort(key=_danger)
    if len(made) <= MOST:
        return made
    rest = made[MOST - 1 :]
    shared = (phase for lane in rest for phase in lane.phases)
    milder = sorted(shared, key=lambda each: -DANGER.index(each.status))
    loops = tuple(loop for lane in rest for loop in lane.loops)
    return [*made[: MOST - 1], Lane(loops, f"{len(rest)} more loops", tuple(milder))]


def paint(painter: QPainter, look: Look, lane: Lane, span: Span, room: QRectF) -> None:
    """Paint the phases of a lane that can be seen in a strip."""
    painter.setPen(QPen(look.colour("line"), 1))
    painter.drawLine(room.bottomLeft(), room.bottomRight())
    for phase in lane.phases:
        end_ns = span.end_ns if phase.end_ns is None else phase.end_ns
        left = max(span.x_of(phase.start_ns, room.width()), -4.0)
        right = min(span.x_of(end_ns, room.width()), room.width() + 4.0)
        if right < 0 or left > room.width():
            continue
        box = QRectF(room.left() + left, room.top() + 2, max(right - left, 2.0), room.height() - 4)
        _paint_phase(painter, look, phase, box, room)


def _paint_phase(painter: QPainter, look: Look, phase: Phase, box: QRectF, room: QRectF) -> None:
    """Runaway is a full bar, active an outlined one, bounded and acknowledged a line, paused a broken one."""
    colour, middle = look.colour, box.center().y()
    words, ink = WORDS.get(phase.status, ""), colour("dim")
    if phase.paused:
        painter.setPen(QPen(colour("run"), 2, Qt.PenStyle.DashLine))
        painter.drawLine(int(box.left()), int(middle), int(box.right()), int(middle))
        return
    if phase.status is LoopStatus.RUNAWAY:
        painter.fillRect(box, colour("run"))
        ink = colour("onrun")
    elif phase.status is LoopStatus.ACTIVE:
        painter.setPen(QPen(colour("act"), 1.2))
        painter.setBrush(colour("actbg"))
        painter.drawRect(box.adjusted(0.5, 1.5, -0.5, -1.5))
        ink = colour("warn")
    else:
        painter.fillRect(QRectF(box.left(), middle - 1, box.width(), 2), colour("ack"))
        return
    seen = box.intersected(room)
    painter.setFont(fonts.font(Role.BADGE))
    if seen.width() > painter.fontMetrics().horizontalAdvance(words) + 10:
        painter.setPen(ink)
        painter.drawText(seen.adjusted(5, -1, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
