"""Reports on their way to a client: coalesced, bounded, and never a queue that grows.

The newest graph and gauges replace older ones that were not sent yet; a graph is sent as the difference to
the one the client has. Problems replace each other by key. What remains are answers, which are few.
"""

from __future__ import annotations

from collections import deque

from graph.delta import diff
from graph.model import DependencyGraph
from inspector.link import Gauges, GraphChanged, Problem, ProblemSolved, Report

LIMIT = 1_000
"""Answers that wait at most; above it the oldest are dropped and counted."""


class Outbox:
    """Sans-I/O: `put` and `show` from the engine, `take` from whoever carries the reports."""

    def __init__(self) -> None:
        self._answers: deque[Report] = deque()
        self._problems: dict[str, Problem | ProblemSolved] = {}
        self._gauges: Gauges | None = None
        self._sent = DependencyGraph()
        self._newest = self._sent
        self.dropped = 0

    def put(self, report: Report) -> None:
        """Add one report."""
        match report:
            case Gauges():
                self._gauges = report
            case Problem() | ProblemSolved():
                self._problems.pop(report.key, None)
                self._problems[report.key] = report
            case _:
                if len(self._answers) >= LIMIT:
                    self._answers.popleft()
                    self.dropped += 1
                self._answers.append(report)

    def show(self, graph: DependencyGraph) -> None:
        """Make this the graph that the client shall have next."""
        self._newest = graph

    def take(self) -> list[Report]:
        """Everything that waits, as one batch; empty when nothing does."""
        batch: list[Report] = [*self._answers, *self._problems.values()]
        self._answers.clear()
        self._problems.clear()
        if self._newest is not self._sent:
            delta = diff(self._sent, self._newest)
            self._sent = self._newest
            if not delta.empty:
                batch.append(GraphChanged(delta))
        if self._gauges is not None:
            batch.append(self._gauges)
            self._gauges = None
        return batch
