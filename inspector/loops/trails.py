"""One record followed once round a loop: an example to look at, kept for a while so that it can be."""

from __future__ import annotations

from graph.identity import LoopId
from graph.model import LinkGrade, TrailStep
from inspector.causes.links import GRADES, NONE, TIME
from inspector.loops.rounds import Evidence, Hop, Round

KEPT_NS = 10_000_000_000
"""A trail is shown at least so long, unless its records are forgotten before."""


class Trails:
    """The trails that are shown now."""

    def __init__(self) -> None:
        self._shown: dict[LoopId, tuple[int, tuple[TrailStep, ...]]] = {}

    def trail(self, loop: LoopId, found: Round, evidence: Evidence, now_ns: int) -> tuple[TrailStep, ...]:
        """The way of a record that came round lately by the best proven links there are."""
        since_ns, shown = self._shown.get(loop, (0, ()))
        recent = now_ns - since_ns < KEPT_NS
        if shown and recent and shown[0].time_ns >= evidence.window.oldest_ns:
            return shown
        best = found.came[found.grades == found.grades.min()]
        made = _followed(int(best[-1]), found.hops, evidence)
        self._shown[loop] = (now_ns, made)
        return made

    def keep_only(self, loops: set[LoopId]) -> None:
        """Forget the trails of loops that are gone."""
        self._shown = {loop: shown for loop, shown in self._shown.items() if loop in loops}


def _followed(row: int, hops: tuple[Hop, ...], evidence: Evidence) -> tuple[TrailStep, ...]:
    steps: list[TrailStep] = []
    for hop in reversed(hops):
        links = evidence.links(hop)
        at = int(links.child.searchsorted(row))
        steps.append(_step(row, evidence, hop, GRADES[links.grade[at]]))
        row = int(links.parent[at])
    return (_step(row, evidence), *reversed(steps))


def _step(row: int, evidence: Evidence, hop: Hop | None = None, grade: LinkGrade | None = None) -> TrailStep:
    window, by = evidence.window, int(evidence.by[row])
    channel, position = window.place(row)
    sender = evidence.applications[by] if by != NONE else hop.application if hop else None
    time_ns = int(window.table[row, TIME])
    return TrailStep(channel, position.partition, position.offset, time_ns, sender, grade)
