"""Layouts: crossings of straight lines beside Graphviz dot in the same run, time from nothing and beside what
stands, and what moves when something is added. ms are the least of the processor's time for a whole call.

The systems are made: a third services, the rest topics, few of them with very many receivers, 2 to 9 stages,
some parts on their own, a few receivers that sit before where their topic is filled.
"""

from __future__ import annotations

import dataclasses
import math
import os
import shutil
import subprocess
from bisect import bisect
from collections.abc import Callable, Iterator
from itertools import accumulate
from random import Random
from time import process_time
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    NodeId,
    OperationId,
    Place,
    ServerId,
)
from graph.layout.layout import LayoutEdge, LayoutNode, LayoutRequest, Point, layout
from graph.loops.counting import Counting
from graph.loops.cycles import Structure
from graph.model import Application, ApplicationKind, Channel, DependencyGraph, Operation
from tests.gui.conftest import shop_graph

SERVER = ServerId("kafka", "127.0.0.1:9092")
BESIDE_DOT = {30: 40, 100: 155, 200: 310, 300: 500}
"""Edges of the systems that dot arranges as well, by their nodes."""
"""The largest takes dot 0.1 s; at 1,000 nodes it takes a minute."""
LARGE = ((1_000, 1_796), (10_000, 20_488), (10_000, 50_000))
SEEDS = range(1, 11)
REPEATS = 3
DOT_S = 60.0
COUNTED = 25_000
"""With more edges than these, crossings are those of a sample of them."""
SAMPLE = 15_000
"""Edges of such a sample."""

Floats = NDArray[np.float64]
Pair = tuple[int, int]
T = TypeVar("T")


def run() -> Iterator[str]:
    """Three tables: small, large, and changed ones."""
    yield from _beside_dot()
    yield from _from_nothing()
    yield from _changed()


def _beside_dot() -> Iterator[str]:
    if shutil.which("dot") is None:
        yield "dot is not installed: crossings stand alone (Debian has it in the package graphviz)"
    yield "nodes  edges  crossings: ours / dot for each seed, and in all      ms: ours / dot"
    systems = [[made(nodes, edges, seed) for seed in SEEDS] for nodes, edges in BESIDE_DOT.items()]
    for requests in [[asked(shop_graph())], *systems]:
        told, ours, others = [], 0, 0
        times: list[float] = []
        waits: list[float] = []
        for request in requests:
            took, found = _timed(lambda request=request: layout(request).positions)  # type: ignore[misc]
            own = crossings(request, found)
            drawn = _dot(request)
            ours, times = ours + own, [*times, took]
            if drawn is None:
                told.append(f"{own}")
                continue
            other = crossings(request, drawn[0])
            others, waits = others + other, [*waits, drawn[1]]
            told.append(f"{own}/{other}")
        share = f"{ours:,} of {others:,} = {ours / others:.2f}" if others else f"{ours:,}"
        wait = f"{sum(waits) / len(waits) * 1e3:.0f}" if waits else "-"
        size = f"{len(request.nodes):5}  {len(request.edges):5}"
        took = sum(times) / len(times)
        yield f"{size}  {' '.join(told)}   {share}   {took * 1e3:.0f} / {wait}"


def _from_nothing() -> Iterator[str]:
    yield "from nothing: nodes / edges    ms   crossings (a sketch had 29,300; 4.3 M)   width to height"
    for nodes, edges in LARGE:
        request = made(nodes, edges, 1)
        took, found = _timed(lambda request=request: layout(request).positions)  # type: ignore[misc]
        size = np.ptp(np.array(list(found.values())), axis=0)
        limit = 200 if nodes <= 1_000 else 1_400
        yield (
            f"  {nodes:6,} / {len(request.edges):6,}   {took * 1e3:8,.0f} (limit {limit:,})   "
            f"{_count(request, found)}   {size[0] / size[1]:.1f}"
        )


def _changed() -> Iterator[str]:
    yield "changed: nodes / edges    ms: one node and two edges more / the same less / nothing   moved, %"
    for nodes, edges in LARGE:
        request = made(nodes, edges, 1)
        before = layout(request).positions
        applications = [node.id for node in request.nodes if isinstance(node.id, ApplicationId)]
        new = ChannelId(SERVER, ChannelKind.TOPIC, "one more")
        more = LayoutRequest(
            (*request.nodes, LayoutNode(new, 54.0, 22.0, 66.0)),
            (*request.edges, LayoutEdge(applications[3], new), LayoutEdge(new, applications[-3])),
            before,
        )
        added, after = _timed(lambda more=more: layout(more).positions)  # type: ignore[misc]
        less = dataclasses.replace(request, previous=after)
        removed, again = _timed(lambda less=less: layout(less).positions)  # type: ignore[misc]
        same, _ = _timed(lambda more=more, after=after: layout(dataclasses.replace(more, previous=after)))  # type: ignore[misc]
        moved = sum(after[node] != at or again[node] != at for node, at in before.items())
        limit = 10 if nodes <= 1_000 else 70
        yield (
            f"  {nodes:6,} / {len(request.edges):6,}   {added * 1e3:6.1f} (limit {limit})"
            f" / {removed * 1e3:.1f} / {same * 1e3:.1f}   {100 * moved / len(before):.0f}"
        )


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    times = []
    for _ in range(REPEATS):
        start = process_time()
        found = act()
        times.append(process_time() - start)
    return min(times), found


# Systems


def made(nodes: int, edges: int, seed: int) -> LayoutRequest:
    """A system of so many nodes and about so many edges, as it is asked to be arranged."""
    return asked(system(nodes, edges, seed))


def asked(graph: DependencyGraph) -> LayoutRequest:
    """A graph as it is asked to be arranged, with boxes of usual sizes."""
    boxes = [LayoutNode(key, 122.0, 40.0) for key in graph.applications]
    boxes += [LayoutNode(key, 54.0, 22.0, 66.0) for key in graph.channels]
    lines = [LayoutEdge(key.source, key.target, key in graph.feedback) for key in graph.operations]
    return LayoutRequest(tuple(boxes), tuple(lines))


def system(nodes: int, edges: int, seed: int) -> DependencyGraph:
    """The graph of a made system, with its feedback edges."""
    count = nodes // 3
    services = [ApplicationId(f"service-{number:05}") for number in range(count)]
    topics = [ChannelId(SERVER, ChannelKind.TOPIC, f"topic-{number:05}") for number in range(nodes - count)]
    keys = [
        OperationId(services[service], action, topics[topic])
        for service, action, topic in _pairs(count, len(topics), edges, Random(seed))
    ]
    graph = DependencyGraph(
        applications={key: Application(key, key.key, ApplicationKind.SERVICE) for key in services},
        channels={key: Channel(key) for key in topics},
        operations={key: Operation(key, 0.95, ()) for key in keys},
    )
    return dataclasses.replace(graph, feedback=Structure().update(graph, Counting()).feedback)


def _pairs(services: int, topics: int, edges: int, random: Random) -> list[tuple[int, Action, int]]:
    """Who sends to and receives from which topic, sorted."""
    parts = max(2, round(0.35 * math.sqrt(services + topics)))
    share = [14.0, *(1.0 / number for number in range(2, parts + 1))]
    part = [*range(parts), *range(parts), *random.choices(range(parts), share, k=services)][:services]
    stages = [9, *(random.randint(2, 9) for _ in range(parts - 1))]
    stage = [random.randrange(stages[own]) for own in part]
    weight = [random.paretovariate(1.35) for _ in range(services)]
    rows: dict[Pair, list[int]] = {}
    for service in range(services):
        rows.setdefault((part[service], stage[service]), []).append(service)

    def someone(own: int, at: int) -> int | None:
        there = rows.get((own, at))
        return random.choices(there, [weight[each] for each in there])[0] if there else None

    makers = [*range(services), *random.choices(range(services), weight, k=topics - services)]
    found = {(maker, Action.SEND, topic) for topic, maker in enumerate(makers)}
    known = list(accumulate(random.paretovariate(1.35) for _ in range(topics)))
    for _ in range(30 * edges):
        if len(found) >= edges:
            break
        topic = bisect(known, random.random() * known[-1])
        own, at = part[makers[topic]], stage[makers[topic]]
        sends = random.random() < 0.15
        ahead = 0 if sends else 1
        while ahead and random.random() < 0.4:
            ahead += 1
        if (chosen := someone(own, at + ahead)) is not None:
            found.add((chosen, Action.SEND if sends else Action.RECEIVE, topic))
    for topic in range(topics):
        if random.random() < 0.004:
            early = someone(part[makers[topic]], random.randint(0, stage[makers[topic]]))
            if early is not None and early != makers[topic]:
                found.add((early, Action.RECEIVE, topic))
    return sorted(found)


# Crossings


def crossings(request: LayoutRequest, at: dict[Place, Point], sample: int | None = None) -> int:
    """Pairs of edges that share no end and cross when each is one straight line."""
    number = {node.id: row for row, node in enumerate(request.nodes)}
    points = np.array([at[node.id] for node in request.nodes])
    ends = np.array([(number[edge.source], number[edge.target]) for edge in request.edges])
    if sample is not None:
        ends = ends[np.random.default_rng(1).permutation(len(ends))[:sample]]
    total, chunk = 0, 500
    for start in range(0, len(ends), chunk):
        one, other = ends[start : start + chunk, None], ends[None, start:]
        a, b = points[one[..., 0]], points[one[..., 1]]
        c, d = points[other[..., 0]], points[other[..., 1]]
        crossed = (_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0)
        crossed &= np.arange(crossed.shape[1]) > np.arange(len(crossed))[:, None]
        for side in (0, 1):
            for far in (0, 1):
                crossed &= one[..., side] != other[..., far]
        total += int(np.count_nonzero(crossed))
    return total


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    """On which side of a line points lie, shape (n, m)."""
    side: Floats = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
    return side - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])


def _count(request: LayoutRequest, at: dict[Place, Point]) -> str:
    if len(request.edges) <= COUNTED:
        return f"{crossings(request, at):,}"
    part = (SAMPLE / len(request.edges)) ** 2
    return f"about {round(crossings(request, at, SAMPLE) / part, -3):,.0f}"


def _dot(request: LayoutRequest) -> tuple[dict[Place, Point], float] | None:
    """Where dot puts the nodes, and the processor's time it takes; None where it is not or takes too long."""
    if shutil.which("dot") is None:
        return None
    number = {node.id: row for row, node in enumerate(request.nodes)}
    lines = ['digraph { rankdir=LR; node [shape=box fixedsize=true label=""];']
    for row, node in enumerate(request.nodes):
        high = node.height + (17.0 if node.label else 0.0)
        lines.append(f"{row} [width={max(node.width, node.label) / 72:.3f} height={high / 72:.3f}];")
    lines += [f"{number[edge.source]} -> {number[edge.target]};" for edge in request.edges]
    before = os.times()
    try:
        told = subprocess.run(
            ["dot", "-Tplain"],
            input="\n".join([*lines, "}"]),
            capture_output=True,
            text=True,
            timeout=DOT_S,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return None
    after = os.times()
    ids: list[NodeId | Place] = [node.id for node in request.nodes]
    words = [line.split() for line in told.stdout.splitlines() if line.startswith("node ")]
    at = {ids[int(word[1])]: (float(word[2]), -float(word[3])) for word in words}
    return at, after.children_user - before.children_user
