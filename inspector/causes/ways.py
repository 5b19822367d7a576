"""The ways that records took from cause to effect: every record followed on, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from graph.branching.lineage import Ints
from graph.identity import ApplicationId, ChannelId
from graph.model import Alias, DependencyGraph
from inspector.causes.links import Window

Between = Callable[[ChannelId, ChannelId], set[ApplicationId]]
"""The applications that receive from one channel and send to another."""
STEPS = 64
"""Steps of a way at most."""


class Step(NamedTuple):
    """From one channel to the next, through an application or by a route."""

    cause: ChannelId
    application: ApplicationId | None
    effect: ChannelId


@dataclass(frozen=True)
class Causes:
    """Records and what caused each, as parallel row numbers, with the step that lies between."""

    child: Ints
    parent: Ints
    """In ascending order."""
    step: Ints
    steps: list[Step]
    """By the numbers in `step`."""
    time: Ints
    """Of every row, as all that follows."""
    channel: Ints


def find_causes(
    window: Window, owner: Mapping[Alias, ApplicationId], between: Between, graph: DependencyGraph
) -> Causes:
    """All proven links that one application alone can have made, or else a route."""
    child, parent = window.caused()
    applications, sender = window.sent_by(owner)
    channels, width = window.channels, len(applications) + 1
    routes = {(route.source, route.target) for route in graph.routes}
    begun, of_link = _numbered(window.channel[parent] * width + sender[child] + 1, len(channels) * width)
    whole, of_link = _numbered(of_link * len(channels) + window.channel[child], len(begun) * len(channels))
    begin, effect = np.divmod(whole, max(1, len(channels)))
    cause, by = np.divmod(begun[begin], width)
    steps: dict[Step, int] = {}
    number = np.full(len(whole), -1)
    for at, (one, who, other) in enumerate(zip(cause.tolist(), by.tolist(), effect.tolist(), strict=True)):
        ends = channels[one], channels[other]
        possible = between(*ends)
        if who:
            possible = possible & {applications[who - 1]}
        if len(possible) == 1 or (not possible and ends in routes):
            step = Step(ends[0], next(iter(possible), None), ends[1])
            number[at] = steps.setdefault(step, len(steps))
    taken = number[of_link]
    known = np.flatnonzero((taken >= 0) & (child != parent))
    known = known[np.argsort(parent[known], kind="stable")]
    return Causes(child[known], parent[known], taken[known], list(steps), window.time, window.channel)


class Ways:
    """All ways as a tree of steps: records that took the same ones from the same channel stand at one node.

    A way begins at a record that no link leads to. It ends at one that caused nothing, where it comes back
    to a channel that it has been on, or after `STEPS` steps.
    """

    def __init__(self, known: Causes) -> None:
        children = np.bincount(known.parent, minlength=len(known.time))
        first = np.cumsum(children) - children
        effect = np.zeros(len(known.steps), np.int64)
        effect[known.step] = known.channel[known.child]
        begins = children > 0
        begins[known.child] = False
        row = root = np.flatnonzero(begins)
        channel, at = np.unique(known.channel[row], return_inverse=True)
        passed = channel[:, np.newaxis]
        """The channels of each way of one level."""
        before, step = [np.full(len(passed), -1)], [np.full(len(passed), -1)]
        ends = [np.empty((3, 0), np.int64)]
        size = len(passed)
        for level in range(1, STEPS + 1):
            many = children[row]
            up = np.repeat(np.arange(len(row)), many)
            if not len(up):
                break
            link = np.arange(len(up)) + np.repeat(first[row] - np.cumsum(many) + many, many)
            code, at = _numbered(at[up] * len(known.steps) + known.step[link], len(passed) * len(known.steps))
            above, taken = np.divmod(code, len(known.steps))
            came_back = (passed[above] == effect[taken, np.newaxis]).any(axis=1)
            before.append(above + size - len(passed))
            step.append(taken)
            passed = np.hstack((passed[above], effect[taken, np.newaxis]))
            root, row = root[up], known.child[link]
            over = came_back[at] | (children[row] == 0) | (level == STEPS)
            ends.append(np.stack((row[over], root[over], at[over] + size)))
            root, row, at = root[~over], row[~over], at[~over]
            size += len(passed)
        above_all = np.concatenate(before)
        self._before, self._step = above_all.tolist(), np.concatenate(step).tolist()
        length = np.repeat(np.arange(len(before)), [len(level) for level in before])
        goes_on = np.zeros(size, np.bool_)
        goes_on[above_all[above_all >= 0]] = True
        row, root, at = np.hstack(ends)
        row, root, at = row[~goes_on[at]], root[~goes_on[at]], at[~goes_on[at]]
        took = known.time[row] - known.time[root]
        order = np.lexsort((took, at))
        self._nodes, self._first, self._count = np.unique(at[order], return_index=True, return_counts=True)
        self._ends = row[order]
        self.median_ns = took[order[self._first + self._count // 2]]
        """Of each whole way; the ways that are part of a longer one from the same beginning are left out."""
        self.length = length[self._nodes]
        """How many steps each way has."""

    def steps(self, way: int) -> list[int]:
        """The steps of a way."""
        node = int(self._nodes[way])
        taken: list[int] = []
        while (before := self._before[node]) >= 0:
            taken.append(self._step[node])
            node = before
        return taken[::-1]

    def ends(self, way: int) -> Ints:
        """The last records of those that went a way."""
        ends: Ints = self._ends[self._first[way] : self._first[way] + self._count[way]]
        return ends


def _numbered(code: Ints, bound: int) -> tuple[Ints, Ints]:
    """The codes there are, in order, and for each of `code` its number among them. All are below `bound`."""
    if bound > 8 * len(code) + 4_096:  # a table of them all would take longer than sorting
        return np.unique(code, return_inverse=True)
    there = np.zeros(bound, np.bool_)
    there[code] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[code]
