"""What loops did over time: their gain and rate, and the phases in which they were active or ran away."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from graph.identity import ChannelId, LoopId, NodeId
from graph.model import LoopStatus
from gui.background import Background
from gui.parts.blocks import Moment
from gui.session import Session
from inspector.store.courses import LoopMoment, LoopsThen

KEPT = 900
"""Moments kept for each loop, one a second while an engine reports."""
PHASES = 2_000
"""Phases kept for each loop."""
EVERY_MS = 1000


@dataclass
class Phase:
    """A loop had one status for some time."""

    start_ns: int
    end_ns: int | None
    """None while it goes on."""
    status: LoopStatus
    paused: bool
    """Whether it was told to run away, and nothing came round."""

    def lasts(self, time_ns: int) -> bool:
        """Whether it goes on at a time."""
        return self.start_ns <= time_ns and (self.end_ns is None or time_ns < self.end_ns)


class LoopHistory(QObject):
    """Moments and phases by loop, in order, as a capture has them; looked up again while it grows."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.phases: dict[LoopId, deque[Phase]] = {}
        """Of all loops that were ever more than possible."""
        self.hops: dict[LoopId, tuple[NodeId, ...]] = {}
        """The way round each of them."""
        self._moments: dict[LoopId, deque[Moment]] = {}
        self._open: dict[LoopId, Phase] = {}
        self._seen = -1
        self._background = Background(self)
        self._background.failed.connect(lambda sentence: session.trouble("history", sentence))
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(EVERY_MS)
        self._wait.timeout.connect(self._look_up)
        session.gauges_changed.connect(self._soon)
        session.opened.connect(self._look_up)
        self._look_up()

    def of(self, loop: LoopId) -> tuple[Moment, ...]:
        """Gain and rate of a loop; while a time is looked at, until then."""
        until = self._session.moment_ns
        found = self._moments.get(loop, ())
        return tuple(each for each in found if until is None or each.at_ns <= until)

    def turns(self) -> list[int]:
        """All times at which a loop began, ended or changed its status, in order."""
        found = {phase.start_ns for phases in self.phases.values() for phase in phases}
        found |= {end for phases in self.phases.values() for phase in phases if (end := phase.end_ns)}
        return sorted(found)

    def wild(self) -> tuple[frozenset[ChannelId], list[Phase]]:
        """The channels of loops that ever ran away, and when they did."""
        runaway = {
            loop: [each for each in phases if each.status is LoopStatus.RUNAWAY and not each.paused]
            for loop, phases in self.phases.items()
        }
        hops = {hop for loop, phases in runaway.items() if phases for hop in self.hops.get(loop, ())}
        channels = frozenset(hop for hop in hops if isinstance(hop, ChannelId))
        return channels, [each for phases in runaway.values() for each in phases]

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._wait.stop()
        self._background.close()

    def _soon(self) -> None:
        if not self._wait.isActive():
            self._wait.start()

    def _look_up(self) -> None:
        reader, seen = self._session.reader, self._seen
        if reader is not None and not self._background.busy:
            self._background.ask(lambda: reader.loops_then(seen, KEPT), self._take)

    def _take(self, found: Iterable[LoopsThen]) -> None:
        seen = self._seen
        for then in found:
            self._seen = then.id
            for loop in self._open.keys() - {each.loop for each in then.loops}:
                self._open.pop(loop).end_ns = then.at_ns
            for each in then.loops:
                self._note(then.at_ns, each)
        if self._seen != seen:
            self.changed.emit()

    def _note(self, at_ns: int, each: LoopMoment) -> None:
        if each.hops:
            self.hops[each.loop] = each.hops
        phase = self._open.get(each.loop)
        if phase is None or (phase.status, phase.paused) != (each.status, each.paused):
            if phase is not None:
                phase.end_ns = at_ns
            phase = self._open[each.loop] = Phase(at_ns, None, each.status, each.paused)
            self.phases.setdefault(each.loop, deque(maxlen=PHASES)).append(phase)
        if each.gain is not None or each.rate_per_s is not None:
            moment = Moment(at_ns, each.gain, each.gain_low, each.gain_high, each.rate_per_s)
            self._moments.setdefault(each.loop, deque(maxlen=KEPT)).append(moment)
