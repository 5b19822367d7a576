"""How long records take through each application, and how many they become: from every proven link."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from graph.branching.gain import ENOUGH
from graph.identity import Action, OperationId
from graph.reach import Branch
from inspector.causes.figures import in_ms
from inspector.causes.links import Window
from inspector.causes.ways import Causes


class Passages:
    """Links of one moment, each with the branch of the graph that it went along."""

    def __init__(self, window: Window, known: Causes) -> None:
        branches = [None if by is None else Branch(cause, by, effect) for cause, by, effect in known.steps]
        self._branches = {branch: at for at, branch in enumerate(branches) if branch is not None}
        taken = np.array([branch is not None for branch in branches], np.bool_)
        kept = taken[known.step]
        self._branch, self._parent = known.step[kept], known.parent[kept]
        self._latency = known.time[known.child[kept]] - known.time[self._parent]
        self._by_latency = np.argsort(self._latency)
        self._window = window

    def latencies_ms(self) -> dict[OperationId, float]:
        """The median time of each operation that records were seen to pass."""
        received = {
            at: OperationId(by, Action.RECEIVE, cause) for (cause, by, _), at in self._branches.items()
        }
        sent = {at: OperationId(by, Action.SEND, effect) for (_, by, effect), at in self._branches.items()}
        return self._medians(received) | self._medians(sent)

    def _medians(self, operation: Mapping[int, OperationId]) -> dict[OperationId, float]:
        """By the operation that stands for each branch."""
        numbers: dict[OperationId, int] = {}
        number = np.zeros(max(operation, default=-1) + 1, np.int32)
        for at, one in operation.items():
            number[at] = numbers.setdefault(one, len(numbers))
        passed = number[self._branch]
        order = self._by_latency[np.argsort(passed[self._by_latency], kind="stable")]
        counts = np.bincount(passed, minlength=len(numbers))
        middle = np.cumsum(counts) - counts + counts // 2
        medians = self._latency[order[middle]]
        return {one: in_ms(median) for one, median in zip(numbers, medians.tolist(), strict=True)}

    def branching(self, horizon_ns: int) -> dict[Branch, float]:
        """Records that one causes along each branch, where enough have had the time to cause some."""
        time = self._window.time
        found: dict[Branch, float] = {}
        for branch, number in self._branches.items():
            mine = self._branch == number
            ripe_ns = horizon_ns - int(self._latency[mine].max())
            rows = self._window.rows(branch.cause)
            parents = int((time[rows[~self._window.replayed[rows]]] <= ripe_ns).sum())
            if parents >= ENOUGH:
                found[branch] = int((time[self._parent[mine]] <= ripe_ns).sum()) / parents
        return found
