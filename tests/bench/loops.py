"""Loops by their records: the processor's time to measure 100 loops over 50,000 remembered records."""

from __future__ import annotations

import time
from collections.abc import Iterator

from graph.model import DependencyGraph
from inspector.causes.causality import CAPACITY
from inspector.loops.watch import LoopWatch
from tests.made_shop import START, S, Shop, about, graph_of, once

REPEATS = 7
LOOPS = 100
SECONDS = 110
GAIN = 0.8
OVERLOAD_PER_S = 3_500


def run() -> Iterator[str]:
    """A line for each kind of links, and one for more records than can be remembered."""
    for flows in (False, True):
        graph, watch = _many(flows)
        times = sorted(_measured_s(watch, graph, SECONDS + 5) for _ in range(REPEATS))
        links = "flows" if flows else "causes"
        yield (
            f"{CAPACITY:,} records that name their {links}, {LOOPS} loops: "
            f"measured in {times[REPEATS // 2] * 1e3:.0f} ms (median)"
        )
    yield _overload()


def _many(flows: bool) -> tuple[DependencyGraph, LoopWatch]:
    watch = LoopWatch()
    made = Shop(watch, flows=flows)
    words: list[str] = []
    for number in range(LOOPS):
        one, two, there, back = (f"{name}{number}" for name in ("one", "two", "there", "back"))
        words += [f"{there} < {one}", f"{there} > {two}", f"{back} < {two}", f"{back} > {one}"]
        made.reactions += [(one, there, two, about(GAIN), 0.45), (two, back, one, once, 0.45)]
        made.feed(one, "outside", CAPACITY / LOOPS / SECONDS * (1 - GAIN) / (1 + GAIN), SECONDS)
    made.run(SECONDS + 5)
    return graph_of(*words), watch


def _measured_s(watch: LoopWatch, graph: DependencyGraph, seconds: float) -> float:
    began = time.process_time()
    watch.measure(graph, START + int(seconds * S))
    return time.process_time() - began


def _overload() -> str:
    watch = LoopWatch()
    made = Shop(watch)
    made.reactions = [("one", "there", "two", about(GAIN), 0.45), ("two", "back", "one", once, 0.45)]
    made.feed("one", "outside", OVERLOAD_PER_S * (1 - GAIN) / (1 + GAIN), SECONDS)
    graph = graph_of("there < one", "there > two", "back < two", "back > one")
    times = []
    for half in range(2 * SECONDS):
        made.run(half / 2)
        times.append(_measured_s(watch, graph, half / 2))
    (loop,) = watch.measure(graph, START + SECONDS * S).loops.values()
    return (
        f"{OVERLOAD_PER_S:,} records a second for {SECONDS} s, two looks a second: "
        f"{sorted(times)[-20] * 1e3:.0f} ms for all but the 20 longest; gain {loop.gain} "
        f"({loop.gain_low} to {loop.gain_high}), made with {GAIN}"
    )
