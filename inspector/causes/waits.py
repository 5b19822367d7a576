"""How long records wait for an application before it takes them in hand.

From outside, a record's time through an application is waiting and work in one. They are told apart by the
records that found it idle, all that it had taken in hand before being answered: they did not wait, and
their median time is that of the work. What others take longer is waiting. That times of arrival and of
completion alone show when a server was busy is from R. C. Larson, "The queue inference engine: deducing
queue statistics from transactional data", Management Science 36 (1990). What causes nothing is not seen to
keep an application busy, so that waiting is told too short rather than too long; where records were left
out of the memory it is not told so at all.

An application that was never seen idle has a backlog, or does many things at once. Where its lag is many
records for each instance, the mean wait is the lag by the rate at which it is fed: J. D. C. Little, "A proof
for the queuing formula L = λW", Operations Research 9 (1961). Lag is counted to the last commit, which may
come long after the work: a wait longer than the whole step tells nothing.
"""

from __future__ import annotations

import numpy as np

from graph.branching.lineage import Flags, Ints, quantile
from graph.identity import Action, ApplicationId, ChannelId, OperationId
from graph.model import DependencyGraph
from inspector.causes.links import Window
from inspector.causes.ways import Causes

IDLE_NEEDED = 10
"""Records that must have found the application idle."""
BACKLOG = 10
"""From so many waiting records for each instance on a lag is a backlog."""
_TIME_BITS = 42
"""So many bits of nanoseconds are more than an hour; records that say to be farther off do not matter."""


class Waits:
    """The waits of one moment."""

    def __init__(self, known: Causes, window: Window, graph: DependencyGraph) -> None:
        self._known = known
        self._window = window
        self._graph = graph
        self._fed_by: dict[ApplicationId | None, set[ChannelId]] = {}
        for step in known.steps:
            self._fed_by.setdefault(step.application, set()).add(step.cause)
        numbers = {application: number for number, application in enumerate(self._fed_by)}
        by = np.array([numbers[step.application] for step in known.steps], np.int64)[known.step]
        idle = _found_idle(known, by)
        passed = known.step[idle]
        order = np.argsort(passed, kind="stable")
        self._alone_ns = (known.time[known.child] - known.time[known.parent])[idle][order]
        """How long those took that found the application idle, by step."""
        self._starts = np.searchsorted(passed[order], np.arange(len(known.steps) + 1))
        self._work_ns: dict[int, float | None] = {}

    def wait_ns(self, step: int, took_ns: float) -> float | None:
        """How much of the time that records took for a step they waited; None where nothing tells.

        What a route takes is waiting.
        """
        cause, application, _ = self._known.steps[step]
        if application is None:
            return took_ns
        if step not in self._work_ns:
            self._work_ns[step] = self._work(step, application)
        if (work_ns := self._work_ns[step]) is not None:
            return max(0.0, took_ns - work_ns)
        backlog_ns = self._backlog_ns(application, cause)
        return backlog_ns if backlog_ns is not None and backlog_ns <= took_ns else None

    def _work(self, step: int, application: ApplicationId) -> float | None:
        """How long the application works on a record of a step, where enough found it idle."""
        alone = self._alone_ns[self._starts[step] : self._starts[step + 1]]
        window = self._window
        if len(alone) < IDLE_NEEDED or window.sample.one_in > 1:
            return None
        if any(window.gaps(channel) for channel in self._fed_by[application]):
            return None
        return max(0.0, quantile(alone, 0.5))

    def _backlog_ns(self, application: ApplicationId, cause: ChannelId) -> float | None:
        graph = self._graph
        received = graph.operations.get(OperationId(application, Action.RECEIVE, cause))
        channel, program = graph.channels.get(cause), graph.applications.get(application)
        rate = channel.rate_per_s if channel else None
        if received is None or received.lag is None or not rate:
            return None
        instances = (program.instances if program else None) or 1
        return received.lag / rate * 1e9 if received.lag >= BACKLOG * instances else None


def _found_idle(known: Causes, by: Ints) -> Flags:
    """Whether a record came when all that its application, by number, had taken in hand had been answered.

    One that was answered more than once stands in several places.
    """
    half = 1 << (_TIME_BITS - 1)
    middle = int(np.median(known.time)) if len(known.time) else 0
    time = np.clip(known.time - middle + half, 0, 2 * half - 1)
    apart = by << _TIME_BITS  # so that one application after the other is looked at in one go
    began, ended = apart + time[known.parent], apart + time[known.child]
    order = np.argsort(began, kind="stable")
    again = np.append(False, known.parent[order][1:] == known.parent[order][:-1])[: len(order)]
    first = np.maximum.accumulate(np.where(again, 0, np.arange(len(order))))
    busy_until = np.append(-1, np.maximum.accumulate(ended[order]))
    idle = np.empty(len(order), np.bool_)
    idle[order] = began[order] >= busy_until[first]
    return idle
