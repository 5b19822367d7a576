"""What is shown of 10,000 nodes and 50,000 edges, where only figures changed and where all is new."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from msgspec.structs import replace as changed

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Application, ApplicationKind, Channel, DependencyGraph, Operation
from graph.view.settings import Focus, Grouping, Noise, ViewSettings
from graph.view.shown import Shown, shown

NODES, EDGES = 10_000, 50_000
REPEATS = 5
MOVED = 20
"""Edges of which half are gone, and half are said last, where there are others."""
NOW = 1_795_443_128_412_000_000
SERVER = ServerId("kafka", "127.0.0.1:9092")
DOMAINS, TEAMS = 100, 40
VIEWS = {
    "all": ViewSettings(Noise(internal=False)),
    "all toggles": ViewSettings(Noise(True, True, True, True, True, True, True)),
    "find by name": ViewSettings(find="topic.12"),
    "find by confidence": ViewSettings(find="confidence<20%"),
    "hide an application's edges": ViewSettings(hide="app:team1-*"),
    "find by rate or loop": ViewSettings(find="rate>1 or loop:runaway"),
    "two hops of focus": ViewSettings(focus=Focus((ApplicationId("team1-app-1"),), 2)),
    "grouped by prefix": ViewSettings(grouping=Grouping("prefix")),
    "grouped by team": ViewSettings(grouping=Grouping("team")),
}


def run() -> Iterator[str]:
    """A line for each view: the processor's time, the least of some."""
    graph = _graph()
    busier = replace(
        graph,
        channels={key: changed(each, rate_per_s=7.0) for key, each in graph.channels.items()},
        operations={key: changed(each, rate_per_s=7.0) for key, each in graph.operations.items()},
    )
    rewired = replace(graph, operations=dict(list(graph.operations.items())[MOVED:]))
    rewired.operations.update(list(graph.operations.items())[:MOVED:2])
    for name, view in VIEWS.items():
        first = shown(graph, view, NOW)
        cold = _least_ms(partial(shown, graph, view, NOW))
        warm = _least_ms(partial(shown, busier, view, NOW, before=first))
        edges = _least_ms(partial(shown, rewired, view, NOW, before=first))
        yield (
            f"{name}: {len(first.places):,} places, {len(first.lines):,} lines; "
            f"new {cold:.0f} ms, other figures {warm:.0f} ms, other edges {edges:.0f} ms"
        )


def _least_ms(work: Callable[[], Shown]) -> float:
    """Without the collection of garbage, which the window does between frames."""
    times = []
    for _ in range(REPEATS):
        gc.collect()
        gc.disable()
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
        gc.enable()
    return min(times) * 1e3


def _graph() -> DependencyGraph:
    rng = random.Random(1)
    applications = [ApplicationId(f"team{at % TEAMS}-app-{at}") for at in range(NODES // 2)]
    channels = [
        ChannelId(SERVER, ChannelKind.TOPIC, f"domain{at % DOMAINS}.topic.{at}") for at in range(NODES // 2)
    ]
    operations: dict[OperationId, Operation] = {}
    while len(operations) < EDGES:
        action = rng.choice((Action.SEND, Action.RECEIVE))
        key = OperationId(rng.choice(applications), action, rng.choice(channels))
        operations[key] = Operation(key, rng.random(), (), 100 * rng.random())
    return DependencyGraph(
        applications={
            key: Application(key, key.key, ApplicationKind.SERVICE, owner=key.key.partition("-")[0])
            for key in applications
        },
        channels={key: Channel(key, 1.0, NOW, internal=at % 50 == 0) for at, key in enumerate(channels)},
        operations=operations,
    )
