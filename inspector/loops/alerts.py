"""Alerts about feedback loops: each is told once when records prove it, until it was calm for a while."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from graph.evidence import MINUTE_NS
from graph.identity import ApplicationId, LoopId
from graph.loops.cycles import in_words
from graph.model import DANGER, DependencyGraph, FeedbackLoop, LoopStatus
from graph.names import plain, shown_names
from graph.topology import moment

FORMAT = "eventscope-alert/1"
CALM_NS = 5 * MINUTE_NS
"""A loop that was not seen to be as bad for so long may be told again."""

_LEVELS = {
    LoopStatus.ACTIVE: (LoopStatus.ACTIVE,),
    LoopStatus.RUNAWAY: (LoopStatus.ACTIVE, LoopStatus.RUNAWAY),
}
"""What is told with each status: who knows of a runaway loop need not be told that it is active."""


class Alert(Struct, frozen=True):
    """A loop that became active or runaway and that nobody acknowledged, or whose limit is broken."""

    loop: FeedbackLoop
    level: LoopStatus
    """`active` or `runaway`."""
    at_ns: int
    names: dict[ApplicationId, str] = {}
    """What the applications on it are shown by."""

    @classmethod
    def of(cls, graph: DependencyGraph, loop: FeedbackLoop, level: LoopStatus) -> Alert:
        """About a loop of a graph, at the time of the graph."""
        names = {key: name for key, name in shown_names(graph).items() if key in loop.hops}
        return cls(loop, level, graph.to_ns, names)

    @property
    def _way(self) -> str:
        return in_words(self.loop.hops, self.names)

    @property
    def title(self) -> str:
        """A few words, for a notification."""
        if self.loop.broken_limit:
            return "An acknowledged loop broke its limit"
        if self.level is not LoopStatus.RUNAWAY:
            return "A feedback loop is active"
        if self.loop.paused:
            return "A loop ran away and is paused"
        low = self.loop.gain_low
        return "A loop may be running away" if low is not None and low < 1.0 else "A loop runs away"

    @property
    def strength(self) -> str:
        """The gain with its 95 % interval, such as `×1.14 (0.98–1.31)`; empty where it was not measured."""
        gain, low, high = self.loop.gain, self.loop.gain_low, self.loop.gain_high
        between = "" if low is None or high is None else f" ({low:.2f}–{high:.2f})"
        return "" if gain is None else f"×{gain:.2f}{between}"

    @property
    def message(self) -> str:
        """One or two sentences: which loop, and how strong it is."""
        loop = self.loop
        told = [f"{self.title}: {self._way}."]
        if loop.broken_limit:
            told.append(loop.broken_limit)
        elif loop.gain is not None:
            between = (
                "" if loop.gain_low is None else f" (95 % between {loop.gain_low:g} and {loop.gain_high:g})"
            )
            told.append(f"Each record causes {loop.gain:g} others once round{between}.")
        return " ".join([*told, *self._growth()])

    @property
    def brief(self) -> str:
        """Which loop, and what `title` and `strength` leave out."""
        return " ".join(filter(None, (f"{self._way}.", self.loop.broken_limit, *self._growth())))

    def _growth(self) -> list[str]:
        doubling = self.loop.doubling_time_s
        grows = doubling is not None and self.level is LoopStatus.RUNAWAY and not self.loop.paused
        return [f"Traffic doubles about every {doubling:g} s."] if grows else []

    def document(self) -> dict[str, Any]:
        """The alert for other programs; chats show its `text`."""
        loop = self.loop
        return {
            "format": FORMAT,
            "text": self.message,
            "title": self.title,
            "level": str(self.level),
            "at": moment(self.at_ns),
            "loop": {
                "id": str(loop.id),
                "hops": [str(hop) for hop in loop.hops],
                "names": [plain(hop, self.names) for hop in loop.hops],
                "gain": loop.gain,
                "gain_low": loop.gain_low,
                "gain_high": loop.gain_high,
                "doubling_time_s": loop.doubling_time_s,
                "rate_per_s": loop.rate_per_s,
                "acknowledged": None if loop.acknowledged is None else loop.acknowledged.reason,
                "broken_limit": loop.broken_limit or None,
            },
        }


class Alerts:
    """Sans-I/O: give `look` every new graph. The time is that of the graphs."""

    def __init__(self, calm_ns: int = CALM_NS) -> None:
        self._calm_ns = calm_ns
        self._told: dict[tuple[LoopId, LoopStatus, bool], int] = {}
        """When a loop was last seen to be at least as bad as it was told to be, or to break its limit."""

    def look(self, graph: DependencyGraph) -> list[Alert]:
        """What a person does not know yet, the worst first."""
        now_ns = graph.to_ns
        self._told = {key: at for key, at in self._told.items() if now_ns - at < self._calm_ns}
        alerts = []
        for loop in graph.loops.values():
            level = level_of(loop)
            if level is None:
                continue
            broken = bool(loop.broken_limit)
            if (loop.id, level, broken) not in self._told:
                alerts.append(Alert.of(graph, loop, level))
            # Who knows that a limit is broken need not be told of the loop besides.
            known = {False, broken}
            self._told.update({(loop.id, each, limit): now_ns for each in _LEVELS[level] for limit in known})
        return sorted(alerts, key=lambda alert: (DANGER.index(alert.level), alert.loop.id))


def level_of(loop: FeedbackLoop) -> LoopStatus | None:
    """How bad a loop is for somebody who acknowledged what was acknowledged."""
    if loop.status in _LEVELS:
        return loop.status
    return LoopStatus.ACTIVE if loop.broken_limit else None
