"""How long records take through each application, and how many they become: from every proven link."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from graph.gain import ENOUGH
from graph.identity import Action, ApplicationId, ChannelId, OperationId
from graph.lineage import Ints
from graph.model import Alias
from graph.reach import Branch
from inspector.causality import Window
from inspector.laps import median_ms

Between = Callable[[ChannelId, ChannelId], set[ApplicationId]]
"""The applications that receive from one channel and send to another."""


class Passages:
    """Links of one moment, sorted by the branch of the graph that they went along."""

    def __init__(self, window: Window, owner: Mapping[Alias, ApplicationId], between: Between) -> None:
        child, parent = window.caused()
        self._window = window
        self._latency = window.time[child] - window.time[parent]
        self._parent = parent
        applications, sender = window.sent_by(owner)
        width, number = len(applications) + 1, len(window.channels)
        code = (window.channel[parent] * width + sender[child] + 1) * number + window.channel[child]
        order = np.argsort(code, kind="stable")
        starts = np.flatnonzero(np.diff(code[order], prepend=-1))
        self._links: dict[Branch, list[Ints]] = {}
        """Link numbers by branch; a sender that is not known is whoever alone it can be."""
        for first, rows in zip(code[order][starts].tolist(), np.split(order, starts[1:]), strict=True):
            before, effect_at = divmod(first, number)
            cause_at, sender_at = divmod(before, width)
            cause, effect = window.channels[cause_at], window.channels[effect_at]
            possible = between(cause, effect)
            if sender_at:
                possible = possible & {applications[sender_at - 1]}
            if len(possible) == 1:
                self._links.setdefault(Branch(cause, *possible, effect), []).append(rows)

    def latencies_ms(self) -> dict[OperationId, float]:
        """The median time of each operation that records were seen to pass."""
        passed: dict[OperationId, list[Ints]] = {}
        for (cause, application, effect), rows in self._links.items():
            passed.setdefault(OperationId(application, Action.RECEIVE, cause), []).extend(rows)
            passed.setdefault(OperationId(application, Action.SEND, effect), []).extend(rows)
        return {
            operation: median_ms(self._latency[np.concatenate(rows)]) for operation, rows in passed.items()
        }

    def branching(self, horizon_ns: int) -> dict[Branch, float]:
        """Records that one causes along each branch, where enough have had the time to cause some."""
        time = self._window.time
        found: dict[Branch, float] = {}
        for branch, parts in self._links.items():
            rows = np.concatenate(parts)
            ripe_ns = horizon_ns - int(self._latency[rows].max())
            parents = int((time[self._window.rows(branch.cause)] <= ripe_ns).sum())
            if parents >= ENOUGH:
                found[branch] = int((time[self._parent[rows]] <= ripe_ns).sum()) / parents
        return found
