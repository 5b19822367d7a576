"""The longest and slowest ways that records took, with where the time went.

Only proven causes count, and only where it is known who made the step. A way that is part of another is not
told besides: its records stopped half-way or are still going on, or their beginning has been forgotten. The
longer a record takes the more often it is cut off so; a way that takes a good part of the remembered time
looks faster than it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.branching.lineage import Ints
from graph.identity import NodeId
from graph.model import CausalPath, DependencyGraph
from inspector.causes.figures import in_ms, rounded
from inspector.causes.links import Window
from inspector.causes.waits import Waits
from inspector.causes.ways import Causes, Ways

MOST = 50
"""Ways that are told: half of them the longest, the others the slowest."""
_COMPARED = 100
"""The longest and the slowest so many are looked at."""
_SAMPLE = 200
"""The newest so many records of a way tell its times."""
_SHARES = 20
"""A share is told in steps of one in so many."""
_APART = chr(0x10FFFF)


def chains(known: Causes, window: Window, graph: DependencyGraph) -> tuple[CausalPath, ...]:
    """The ways that are remembered, the slowest first; figures are rounded, so that noise is no news."""
    ways, waits = Ways(known), Waits(known, window, graph)
    cause = np.full(len(window), -1)
    cause[known.child] = known.parent
    told = []
    for number, steps in _chosen(known, ways):
        ends = ways.ends(number)
        rows = [np.sort(ends)[-_SAMPLE:]]
        for _ in steps:
            rows.append(cause[rows[-1]])
        time = known.time[np.stack(rows[::-1])]
        took = [max(0.0, float(ns)) for ns in _medians(np.diff(time, axis=0))]
        told.append(
            CausalPath(
                hops=_hops(known, steps),
                latencies_ms=tuple(in_ms(ns) for ns in took),
                latency_ms=in_ms(float(_medians(time[-1:] - time[:1])[0])),
                between_share=_share(waits, steps, took),
                records=int(rounded(int(window.weight(ends).sum()))),
            )
        )
    return tuple(
        sorted(told, key=lambda path: (-path.latency_ms, -len(path.hops), [str(hop) for hop in path.hops]))
    )


def _chosen(known: Causes, ways: Ways) -> list[tuple[int, list[int]]]:
    """The ways that are told, with their steps: none that is part of another one, or of going on round it."""
    length = ways.length
    took = np.round(10 * np.log10(np.maximum(ways.median_ns, 1)))  # coarse, so that noise changes no order
    longest = np.lexsort((took, length))[::-1][:_COMPARED].tolist()
    slowest = np.lexsort((length, took))[::-1][:_COMPARED].tolist()
    steps = {number: ways.steps(number) for number in (*longest, *slowest)}
    text, whole = "", set()
    for number, way in sorted(
        steps.items(), key=lambda each: (-len(each[1]), -len(ways.ends(each[0])).bit_length(), each[1])
    ):
        if "".join(map(chr, way)) not in text:
            causes = [known.steps[step].cause for step in way]
            end = known.steps[way[-1]].effect
            again = way[causes.index(end) :] if end in causes else []
            text += "".join(map(chr, (*way, *again))) + _APART
            whole.add(number)
    first = [number for number in longest if number in whole][: MOST // 2]
    then = [number for number in slowest if number in whole and number not in first]
    return [(number, steps[number]) for number in (*first, *then)[:MOST]]


def _medians(values: Ints) -> Ints:
    return np.sort(values, axis=1)[:, values.shape[1] // 2]


def _hops(known: Causes, steps: Sequence[int]) -> tuple[NodeId, ...]:
    hops: list[NodeId] = [known.steps[steps[0]].cause]
    for step in steps:
        _, application, effect = known.steps[step]
        hops += [effect] if application is None else [application, effect]
    return tuple(hops)


def _share(waits: Waits, steps: Sequence[int], took: Sequence[float]) -> float | None:
    """The part of a way's time that records waited, where that is known of every step."""
    waited = [waits.wait_ns(step, ns) for step, ns in zip(steps, took, strict=True)]
    known = [ns for ns in waited if ns is not None]
    if len(known) < len(waited) or not sum(took):
        return None
    return round(_SHARES * sum(known) / sum(took)) / _SHARES
