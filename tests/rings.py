"""Graphs with one loop in them, made by hand."""

from __future__ import annotations

from graph.evidence import Evidence
from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.loops.counting import Counting
from graph.loops.cycles import Structure
from graph.model import (
    Alias,
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    LoopStatus,
    Operation,
    Server,
    Severity,
)

SERVER = ServerId("kafka", "broker:9092")
FINDINGS = {
    LoopStatus.RUNAWAY: ("runaway-loop", Severity.ERROR),
    LoopStatus.ACTIVE: ("feedback-loop", Severity.WARNING),
    LoopStatus.BOUNDED: ("bounded-loop", Severity.NOTE),
    LoopStatus.POSSIBLE: ("possible-loop", Severity.NOTE),
}


def topic(name: str, server: ServerId = SERVER) -> ChannelId:
    return ChannelId(server, ChannelKind.TOPIC, name)


def edge(application: ApplicationId, action: Action, channel: ChannelId) -> Operation:
    piece = Evidence("kafka.groups", "groups", 0.95, 1, 1, "It is a member of the group.")
    return Operation(OperationId(application, action, channel), 0.95, (piece,))


def ring(
    status: LoopStatus = LoopStatus.ACTIVE,
    gain: tuple[float, float, float] | None = None,
    *,
    server: ServerId = SERVER,
    to_ns: int = 1_000_000_000,
) -> DependencyGraph:
    """`prices -> stock -> levels -> pricing -> prices` with what a watch says of it; gain, low and high."""
    prices, levels = topic("prices", server), topic("levels", server)
    stock, pricing = ApplicationId("stock"), ApplicationId("pricing")
    operations = [
        edge(stock, Action.RECEIVE, prices),
        edge(stock, Action.SEND, levels),
        edge(pricing, Action.RECEIVE, levels),
        edge(pricing, Action.SEND, prices),
    ]
    known = {
        "channels": {each: Channel(each) for each in (prices, levels)},
        "operations": {each.id: each for each in operations},
    }
    (path,) = Structure().update(DependencyGraph(**known), Counting()).loops  # type: ignore[arg-type]
    loop = FeedbackLoop(
        id=path.id,
        hops=(prices, stock, levels, pricing),
        edges=tuple(each.id for each in operations),
        status=status,
        confidence=0.95,
        gain=gain and gain[0],
        gain_low=gain and gain[1],
        gain_high=gain and gain[2],
    )
    rule, severity = FINDINGS[status]
    return DependencyGraph(
        servers={server: Server(server, server.address)},
        applications={
            each: Application(
                each,
                each.key,
                ApplicationKind.SERVICE,
                (Alias("group", each.key), Alias("client-id", f"{each.key}-7")),
            )
            for each in (stock, pricing)
        },
        **known,  # type: ignore[arg-type]
        loops={loop.id: loop},
        findings=(Finding(rule, severity, loop.id, f"prices → stock: gain {loop.gain}."),),
        from_ns=1,
        to_ns=to_ns,
    )


def the_loop(graph: DependencyGraph) -> FeedbackLoop:
    (loop,) = graph.loops.values()
    return loop
