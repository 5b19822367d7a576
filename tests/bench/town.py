"""A made-up system of any size: domains of services and topics in stages, links between them, loops."""

from __future__ import annotations

import numpy as np

from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    LoopId,
    OperationId,
    Place,
    ServerId,
)
from graph.layout.layout import LayoutEdge, LayoutRequest, Point, layout
from graph.model import (
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    LoopStatus,
    Operation,
    Server,
)
from gui.canvas.scene.sizes import Sizes

DOMAINS = (
    *("orders", "billing", "stock", "pricing", "users", "search", "shipping", "fraud", "media", "mail"),
    *("reports", "audit", "catalog", "support", "risk", "ledger", "content", "alerts", "metrics", "ads"),
)
STAGES = 8
FAR = 0.06
"""Part of the receivers that belong to another domain."""


def town(nodes: int, edges: int, loops: int = 6, seed: int = 7) -> DependencyGraph:
    """So many nodes, a third of them applications, and edges."""
    rng = np.random.default_rng(seed)
    server = ServerId("kafka", "127.0.0.1:9092")
    count = max(2, min(len(DOMAINS), nodes // 60))
    services, topics = nodes // 3, nodes - nodes // 3
    applications = [
        ApplicationId(f"{DOMAINS[at % count]}-service-{at // count:03d}") for at in range(services)
    ]
    channels = [
        ChannelId(server, ChannelKind.TOPIC, f"{DOMAINS[at % count]}.events-{at // count:04d}")
        for at in range(topics)
    ]
    of = [applications[domain::count] for domain in range(count)]
    operations: dict[OperationId, Operation] = {}

    def join(application: ApplicationId, action: Action, channel: ChannelId) -> None:
        key = OperationId(application, action, channel)
        sure = float(rng.choice([0.97, 0.97, 0.97, 0.8, 0.4]))
        state = EdgeState.OBSERVED if rng.random() < 0.93 else EdgeState.STALE
        operations[key] = Operation(key, sure, (), float(rng.pareto(1.2)) * 3, 20.0, state=state)

    def staged(at: int) -> float:
        return (at // count) * STAGES / max(1, topics // count)

    for at, channel in enumerate(channels):
        mine = of[at % count]
        place = int((staged(at) + rng.normal(0, 0.4)) * len(mine) / STAGES)
        join(mine[min(max(place, 0), len(mine) - 1)], Action.SEND, channel)
    while len(operations) < edges:
        at = int(rng.integers(topics))
        away = 1 + int(rng.integers(2)) if rng.random() < FAR else 0
        theirs = of[(at + away) % count]
        place = int((staged(at) + 1 + abs(rng.normal(0, 0.5))) * len(theirs) / STAGES)
        if place >= len(theirs):
            place = len(theirs) - 1 - int(rng.integers(max(1, len(theirs) // 10)))
        join(theirs[place], Action.RECEIVE, channels[at])
    found: dict[LoopId, FeedbackLoop] = {}
    for number in range(loops):
        mine, at = of[number % count], number // count + 1
        one, two = mine[len(mine) // 3], mine[(len(mine) // 3 + at) % len(mine)]
        there, back = (
            channels[(len(channels) // 3 // count + at * step) * count + number % count] for step in (1, 2)
        )
        way = (
            OperationId(two, Action.RECEIVE, there),
            OperationId(two, Action.SEND, back),
            OperationId(one, Action.RECEIVE, back),
            OperationId(one, Action.SEND, there),
        )
        operations |= {key: Operation(key, 0.97, (), 40.0, 30.0) for key in way}
        status = (LoopStatus.RUNAWAY, LoopStatus.ACTIVE, LoopStatus.BOUNDED)[number % 3]
        key = LoopId(f"loop-{number}")
        found[key] = FeedbackLoop(
            key, (there, two, back, one), way, status, 0.97, gain=1.2, laps_max=5, period_ms=900.0
        )
    return DependencyGraph(
        servers={server: Server(server, "town")},
        applications={
            key: Application(key, key.key, ApplicationKind.SERVICE, instances=2, lag=int(rng.pareto(1) * 9))
            for key in applications
        },
        channels={key: Channel(key, float(rng.pareto(1.1)) * 10) for key in channels},
        operations=operations,
        loops=found,
        feedback=frozenset(loop.edges[2] for loop in found.values()),
        to_ns=1,
    )


def places(graph: DependencyGraph, sizes: Sizes) -> dict[Place, Point]:
    """Where the layout puts everything."""
    boxes = sizes.boxes(graph, [*graph.applications, *graph.channels])
    edges = tuple(LayoutEdge(edge.source, edge.target, edge in graph.feedback) for edge in graph.edges())
    return dict(layout(LayoutRequest(tuple(boxes.values()), edges, fresh=True)).positions)
