"""The surroundings of something: what lies within so many edges of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.view.index import Flags, Index
from graph.view.settings import Focus


def around(found: Index, edges: Flags, start: Sequence[int], focus: Focus) -> Flags:
    """The nodes that a focus reaches from the start over some edges; up means against the flow."""
    source, target = found.source[edges], found.target[edges]
    if focus.direction == "up":
        source, target = target, source
    elif focus.direction == "both":
        source, target = np.concatenate((source, target)), np.concatenate((target, source))
    order = np.argsort(source, kind="stable")
    others = target[order]
    first = np.searchsorted(source[order], np.arange(len(found.nodes) + 1))
    near = np.zeros(len(found.nodes), dtype=np.bool_)
    rim = np.array(start, dtype=np.int64)
    left = len(found.nodes) if focus.hops is None else focus.hops
    near[rim] = True
    while len(rim) and left > 0:
        counts = first[rim + 1] - first[rim]
        ends = np.cumsum(counts)
        reached = others[np.repeat(first[rim + 1] - ends, counts) + np.arange(counts.sum())]
        rim = np.unique(reached[~near[reached]])
        near[rim] = True
        left -= 1
    return near
