"""Feedback loops by structure: found from nothing, counted, kept up to date and cut, beside networkx in the
same run. Garbage is collected as in the engine's process. ms: wall min / wall median / processor min."""

from __future__ import annotations

import dataclasses
import gc
import multiprocessing
import resource
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time

import networkx
from msgspec import structs

from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    EdgeId,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.loops.counting import Counting
from graph.loops.cuts import Cutting, cuts
from graph.loops.cycles import Structure
from graph.model import Application, ApplicationKind, Channel, DependencyGraph, Operation, Route

NODES = 10_000
SYSTEMS = {"dense": (50_000, 0.06), "sparse": (20_000, 0.05)}
"""Operations, and the share of them that leads back to where records come from."""
SERVER = ServerId("kafka", "127.0.0.1:9092")
SEEN = (Evidence("kafka.groups", "group", 0.95, 1, 2, "It is subscribed."),)
REPEATS = 7
EDITS = 200
CUT = 31
"""Of the edits the last ones, after each of which cuts are brought up to date too."""
HOPS = 6
NETWORKX_SECONDS = 5.0
"""After that long networkx is asked no more for the loops of some length."""

Figures = tuple[float, float, float]
"""Seconds: shortest, median, and least of the processor's time."""
Edge = Operation | Route


def system(operations: int, backward: float, seed: int = 1) -> DependencyGraph:
    """Applications and channels along a line that records go down, mostly to what is near; a few are hubs."""
    random = Random(seed)
    applications = [ApplicationId(f"service-{number:05}") for number in range(NODES * 4 // 10)]
    channels = [
        ChannelId(SERVER, ChannelKind.TOPIC, f"topic-{number:05}") for number in range(NODES * 6 // 10)
    ]
    random.shuffle(applications)
    random.shuffle(channels)
    made: dict[OperationId, Operation] = {}
    while len(made) < operations:
        at = random.random()
        far = -random.random() / 2 if random.random() < backward else abs(random.gauss(0.0, 0.06))
        action = Action.SEND if random.random() < 0.45 else Action.RECEIVE
        there = at + far if action is Action.SEND else at - far
        if 0.0 <= there < 1.0:
            place = int(there * len(channels))
            if random.random() < 0.05:
                place -= place % 200
            key = OperationId(applications[int(at * len(applications))], action, channels[place])
            sure, rate = (
                random.choice([0.4, 0.7, 0.95, 0.98]),
                random.choice([None, 0.1, 5.0, 120.0, 3_000.0]),
            )
            made[key] = Operation(key, sure, SEEN, rate)
    return DependencyGraph(
        applications={key: Application(key, key.key, ApplicationKind.SERVICE) for key in applications},
        channels={key: Channel(key) for key in channels},
        operations=made,
    )


def complete(size: int = 200) -> DependencyGraph:
    """Every channel leads to every other."""
    channels = [ChannelId(SERVER, ChannelKind.TOPIC, f"topic-{number:03}") for number in range(size)]
    keys = [RouteId(one, two, RouteKind.MIRROR) for one in channels for two in channels if one != two]
    return DependencyGraph(routes={key: Route(key, 0.95, SEEN) for key in keys})


def run() -> Iterator[str]:
    """A table for each system."""
    with _as_in_the_engine():
        for name, (operations, backward) in SYSTEMS.items():
            graph = system(operations, backward)
            yield f"{name}: {NODES} nodes, {operations} operations"
            yield from _rows(graph)
            yield from _beside(graph)
            yield f"  memory of a process with graph and loops, MB: {_memory(name):.0f} (limit 300)"
        yield "complete: every one of 200 channels to every other"
        yield from _rows(complete())


def _rows(graph: DependencyGraph) -> Iterator[str]:
    counting = Counting()
    gc.collect()
    gc.freeze()
    held: list[Structure] = []

    def anew() -> None:
        held.append(Structure())
        held[-1].update(graph, counting)

    full = _measured(anew)
    structure = held[-1]
    held.clear()
    gc.collect()
    gc.freeze()
    cycles = structure.update(graph, counting)
    counted = structure.enumerate(HOPS)
    others = f"{counted.more} more" if counted.complete else f"at least {counted.more} more"
    yield _row("components, feedback edges, shortest loops", full, 400)
    yield f"    {len(cycles.feedback)} feedback edges, {len(cycles.loops)} loops named, {cycles.more} others"
    yield f"    tangles of {', '.join(str(len(nodes)) for nodes in cycles.tangles)} nodes"
    yield _row(f"loops up to {HOPS} hops", _measured(lambda: structure.enumerate(HOPS)), 1_000)
    yield f"    {len(counted.loops)} named, {others}"
    yield _row("cuts of the loops listed", _measured(lambda: cuts(cycles.loops, graph)), None)
    for what, times in _edited(structure, graph).items():
        yield _row(f"{what} ({len(times)})", _figures(times), 50 if what.startswith("cuts") else 10)


def _edited(structure: Structure, graph: DependencyGraph) -> dict[str, list[tuple[float, float]]]:
    """What it takes to follow a graph in which one edge comes, or goes, or rates change."""
    random = Random(2)
    edges: dict[EdgeId, Edge] = dict(graph.operations.items())
    edges.update(graph.routes.items())
    known = list(edges.values())
    nodes = sorted({node for key in edges for node in (key.source, key.target)}, key=str)
    kinds = ("one edge more", "one edge less", "rates only")
    times: dict[str, list[tuple[float, float]]] = {what: [] for what in (*kinds, "cuts after that")}
    cutting = Cutting()
    for turn in range(EDITS):
        what = kinds[turn % 3]
        if what == "one edge more":
            edge = _between(random, random.choice(known), nodes)
            edges[edge.id] = edge
        elif what == "one edge less":
            del edges[random.choice(list(edges))]
        else:
            for key in random.sample(list(edges), 1_000):
                edges[key] = structs.replace(edges[key], rate_per_s=random.random())
        now = dataclasses.replace(
            graph,
            channels=dict(graph.channels),
            operations={edge.id: edge for edge in edges.values() if isinstance(edge, Operation)},
            routes={edge.id: edge for edge in edges.values() if isinstance(edge, Route)},
        )
        wall, processor = perf_counter(), process_time()
        cycles = structure.update(now, Counting())
        times[what].append((perf_counter() - wall, process_time() - processor))
        if turn >= EDITS - CUT:
            wall, processor = perf_counter(), process_time()
            cutting.cuts(cycles.loops, now)
            times["cuts after that"].append((perf_counter() - wall, process_time() - processor))
    return {**times, "cuts after that": times["cuts after that"][1:]}


def _between(random: Random, like: Edge, nodes: list[NodeId]) -> Edge:
    """An edge from or to where another one is, and any other node."""
    if isinstance(like, Operation):
        channel = random.choice([node for node in nodes if isinstance(node, ChannelId)])
        return Operation(OperationId(like.id.application, random.choice(list(Action)), channel), 0.9, SEEN)
    target = random.choice([node for node in nodes if isinstance(node, ChannelId) and node != like.id.source])
    return Route(RouteId(like.id.source, target, RouteKind.BRIDGE), 0.9, SEEN)


def _beside(graph: DependencyGraph) -> Iterator[str]:
    """What networkx takes for the same."""
    arcs = [(key.source, key.target) for key in graph.edges()]
    made: list[networkx.DiGraph] = []
    built = _measured(lambda: made.append(networkx.DiGraph(arcs)), 3)
    plain = made[-1]
    parts = _measured(lambda: sum(1 for _ in networkx.strongly_connected_components(plain)), 3)
    cycles = Structure().update(graph, Counting())

    def shortest() -> None:
        for edge in cycles.feedback:
            networkx.bidirectional_shortest_path(plain, edge.target, edge.source)

    yield _row("networkx: build the graph", built)
    yield _row("networkx: components alone", parts)
    yield _row("networkx: shortest loop through each of our feedback edges", _measured(shortest, 3))
    start = perf_counter()
    found = 0
    for _ in networkx.simple_cycles(plain, length_bound=HOPS):
        found += 1
        if perf_counter() - start > NETWORKX_SECONDS:
            break
    took = perf_counter() - start
    stopped = ", stopped" if took > NETWORKX_SECONDS else ""
    yield f"  networkx: loops up to {HOPS} hops: {found} in {took * 1e3:,.0f} ms{stopped}"


@contextmanager
def _as_in_the_engine() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _measured(act: Callable[[], object], repeats: int = REPEATS) -> Figures:
    times = []
    for _ in range(repeats):
        wall, processor = perf_counter(), process_time()
        act()
        times.append((perf_counter() - wall, process_time() - processor))
    return _figures(times)


def _figures(times: list[tuple[float, float]]) -> Figures:
    walls = [wall for wall, _ in times]
    return min(walls), median(walls), min(processor for _, processor in times)


def _row(what: str, figures: Figures, limit_ms: int | None = None) -> str:
    told = " / ".join(f"{seconds * 1e3:8,.1f}" for seconds in figures)
    return f"  {what:60}{told}" + (f"   limit {limit_ms:,}" if limit_ms else "")


def _memory(name: str) -> float:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_peak_mb, name).result()


def _peak_mb(name: str) -> float:
    graph = system(*SYSTEMS[name])
    structure = Structure()
    cycles = structure.update(graph, Counting())
    structure.enumerate(HOPS)
    cuts(cycles.loops, graph)
    status = Path("/proc/self/status")
    if status.exists():
        # What `getrusage` says on Linux includes the process that started this one.
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
