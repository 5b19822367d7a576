"""Ways and hubs: the processor's time to find them in 50,000 remembered records, and among 10,000 nodes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

from graph.hubs import find_hubs
from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Alias, DependencyGraph, Operation
from inspector.causes.causality import CAPACITY, Causality
from inspector.causes.chains import chains
from inspector.causes.links import Window
from inspector.causes.ways import find_causes
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits

REPEATS = 7
NODES, EDGES = 10_000, 50_000
SERVER = ServerId("kafka", "h:1")


def run() -> Iterator[str]:
    """A line for each size of system: the median of some runs."""
    graph = _random_graph()
    took_ms = _median_ms(lambda: find_hubs(graph))
    yield f"{NODES:,} nodes, {EDGES:,} operations: hubs in {took_ms:.0f} ms"
    for channels in (20, 200, 2_000):
        window, system = _remembered(channels)
        owner = {Alias("source", by.key): by for by in system}

        def find(window: Window = window, system: list[ApplicationId] = system) -> int:
            graph = DependencyGraph()
            known = find_causes(window, owner, lambda cause, _: {system[int(cause.name)]}, graph)  # noqa: B023
            return len(chains(known, window, graph))

        yield (
            f"{len(window):,} records on {channels:,} channels: {find()} ways in {_median_ms(find):.0f} ms"
        )


def _median_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return sorted(times)[REPEATS // 2] * 1e3


def _remembered(count: int) -> tuple[Window, list[ApplicationId]]:
    """Records that spread: each channel has one receiver, which sends to three."""
    rng = random.Random(3)
    places = [ChannelId(SERVER, ChannelKind.TOPIC, str(at)) for at in range(count)]
    system = [ApplicationId(f"application-{at}") for at in range(count)]
    onward = [[rng.randrange(count) for _ in range(3)] for _ in range(count)]
    causality = Causality()
    waiting: list[tuple[int, int | None, int, int]] = []
    now = 0
    for number in range(CAPACITY):
        if not waiting:
            now += 10_000_000
            waiting.append((rng.randrange(count), None, 0, now))
        at, by, cause, time_ns = waiting.pop()
        said = Traits(
            event_id=f"e{number}",
            parent_id=None if by is None else f"e{cause}",
            sender=None if by is None else Alias("source", system[by].key),
        )
        record = Record(places[at], Position(0, number), time_ns, None, b"")
        causality.fold(RecordsSeen(places[at], (record,)), [said])
        waiting += [
            (other, at, number, time_ns + rng.randrange(50_000_000))
            for other in onward[at]
            if rng.random() < 0.25
        ]
    return causality.settle(now, []), system


def _random_graph() -> DependencyGraph:
    rng = random.Random(5)
    half = NODES // 2
    operations: dict[OperationId, Operation] = {}
    while len(operations) < EDGES:
        by, at = rng.randrange(half), rng.randrange(half)
        if abs(by - at) < 400:  # layers, so that much is reached and not everything
            action = Action.SEND if by // 100 <= at // 100 else Action.RECEIVE
            place = ChannelId(SERVER, ChannelKind.TOPIC, str(at))
            key = OperationId(ApplicationId(f"application-{by}"), action, place)
            operations[key] = Operation(key, 1.0, ())
    return DependencyGraph(operations=operations)
