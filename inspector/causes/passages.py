"""How long records take through each application, and how many they become: from every proven link."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from graph.branching.gain import ENOUGH
from graph.identity import Action, ApplicationId, ChannelId, OperationId
from graph.model import Alias
from graph.reach import Branch
from inspector.causes.figures import in_ms
from inspector.causes.links import Window

Between = Callable[[ChannelId, ChannelId], set[ApplicationId]]
"""The applications that receive from one channel and send to another."""


class Passages:
    """Links of one moment, each with the branch of the graph that it went along."""

    def __init__(self, window: Window, owner: Mapping[Alias, ApplicationId], between: Between) -> None:
        child, parent = window.caused()
        applications, sender = window.sent_by(owner)
        width, number = len(applications) + 1, max(1, len(window.channels))
        code = (window.channel[parent] * width + sender[child] + 1) * number + window.channel[child]
        codes, link_code = np.unique(code, return_inverse=True)
        self._branches: dict[Branch, int] = {}
        branch_of_code: list[int] = []
        for one in codes.tolist():
            before, effect = divmod(one, number)
            cause, by = divmod(before, width)
            possible = between(window.channels[cause], window.channels[effect])
            if by:
                possible = possible & {applications[by - 1]}
            at = -1
            if len(possible) == 1:  # a sender that is not known is whoever alone it can be
                found = Branch(window.channels[cause], next(iter(possible)), window.channels[effect])
                at = self._branches.setdefault(found, len(self._branches))
            branch_of_code.append(at)
        branch = np.array(branch_of_code, np.int64)[link_code]
        kept = branch >= 0
        self._branch = branch[kept]
        self._parent = parent[kept]
        self._latency = (window.time[child] - window.time[parent])[kept]
        self._by_latency = np.argsort(self._latency)
        self._window = window

    def latencies_ms(self) -> dict[OperationId, float]:
        """The median time of each operation that records were seen to pass."""
        received = [OperationId(by, Action.RECEIVE, cause) for cause, by, _ in self._branches]
        sent = [OperationId(by, Action.SEND, effect) for _, by, effect in self._branches]
        return self._medians(received) | self._medians(sent)

    def _medians(self, operation: list[OperationId]) -> dict[OperationId, float]:
        """By the operation that stands for each branch."""
        numbers: dict[OperationId, int] = {}
        number = np.array([numbers.setdefault(one, len(numbers)) for one in operation], np.int32)
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
