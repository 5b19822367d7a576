"""Graphs whose names are as bad as names can be."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    EdgeId,
    LoopId,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import (
    Alias,
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    LoopStatus,
    MessageType,
    Operation,
    Route,
    Server,
    Severity,
)

KAFKA, RABBIT = ServerId("kafka", "shop:9092,shop-2:9092"), ServerId("rabbitmq", "rabbit:5672")
ORDERS, STATUS = ChannelId(KAFKA, ChannelKind.TOPIC, "orders"), ChannelId(KAFKA, ChannelKind.TOPIC, "status")
MAILS = ChannelId(RABBIT, ChannelKind.QUEUE, "mails")
DEAD = ChannelId(RABBIT, ChannelKind.EXCHANGE, "mails.dead")
BILLING, MAILER, GHOST = ApplicationId("billing"), ApplicationId("mailer"), ApplicationId("?orders#7")


def evidence(family: str, confidence: float = 0.5) -> Evidence:
    return Evidence(f"{family}.x", family, confidence, 0, 1, f"It was told by {family}.")


def operation(
    application: ApplicationId, action: Action, channel: ChannelId, confidence: float = 0.95, **facts: object
) -> Operation:
    why = facts.pop("evidence", (evidence("kafka", confidence),))
    return Operation(OperationId(application, action, channel), confidence, why, **facts)  # type: ignore[arg-type]


def shop() -> DependencyGraph:
    """Two servers, a loop that runs away, every certainty, a dead letter, a sender without a name."""
    operations = [
        operation(BILLING, Action.RECEIVE, ORDERS, rate_per_s=1300.0, hop_latency_ms=4, lag=7),
        operation(BILLING, Action.SEND, STATUS, 0.7, rate_per_s=12),
        operation(MAILER, Action.RECEIVE, STATUS, 0.99),
        operation(MAILER, Action.SEND, MAILS, 0.3),
        operation(MAILER, Action.SEND, ORDERS, 0.95),
        operation(GHOST, Action.SEND, ORDERS, 0.4),
        operation(BILLING, Action.SEND, MAILS, 0.5, evidence=(evidence("permission"),)),
        operation(BILLING, Action.RECEIVE, MAILS, 0.5, evidence=(evidence("declared"),)),
    ]
    edges: tuple[EdgeId, ...] = (operations[0].id, operations[1].id, operations[2].id, operations[4].id)
    hops: tuple[NodeId, ...] = (ORDERS, BILLING, STATUS, MAILER)
    loop = FeedbackLoop(LoopId("a1"), hops, edges, LoopStatus.RUNAWAY, 0.7, gain=1.18)
    route = RouteId(MAILS, DEAD, RouteKind.DEAD_LETTER)
    return DependencyGraph(
        {KAFKA: Server(KAFKA, "shop"), RABBIT: Server(RABBIT, "mail")},
        {
            BILLING: Application(
                BILLING,
                "billing",
                ApplicationKind.SERVICE,
                (Alias("group", "billing-group"), Alias("client-id", "b-1"), Alias("client-id", "b-2")),
                owner="Team Money",
                description="Writes bills.",
            ),
            MAILER: Application(MAILER, "mailer", ApplicationKind.STREAM_PROCESSOR, instances=2),
            GHOST: Application(GHOST, None, ApplicationKind.UNATTRIBUTED, detail="producer id 7"),
        },
        {
            ORDERS: Channel(ORDERS, 1300.0, 10**18, types=(MessageType("Order Placed", 1.0, ("id", "sku")),)),
            STATUS: Channel(STATUS, 12.0),
            MAILS: Channel(MAILS, None),
            DEAD: Channel(DEAD, 0.0),
        },
        {each.id: each for each in operations},
        {route: Route(route, 0.99, (evidence("rabbit"),))},
        {loop.id: loop},
        frozenset({edges[3]}),
        (
            Finding("runaway-loop", Severity.ERROR, loop.id, "It runs away."),
            Finding("unused", Severity.NOTE, MAILS, "Nobody."),
        ),
        from_ns=0,
        to_ns=1_795_443_128_412_000_000,
    )


def named(names: list[str]) -> DependencyGraph:
    """A chain of an application and a channel for each name, with everything called so."""
    applications, channels, operations, routes = {}, {}, {}, {}
    last: ChannelId | None = None
    for name in dict.fromkeys(names):
        key, place = ApplicationId(name), ChannelId(KAFKA, ChannelKind.TOPIC, name)
        applications[key] = Application(
            key, name, ApplicationKind.SERVICE, (Alias("group", name),), owner=name
        )
        channels[place] = Channel(place, types=(MessageType(name, 0.0, (name,)),))
        for each in (operation(key, Action.SEND, place), operation(key, Action.RECEIVE, last or place)):
            operations[each.id] = each
        if last is not None:
            route = RouteId(last, place, RouteKind.MIRROR)
            routes[route] = Route(route, 0.9, ())
        last = place
    made = DependencyGraph({KAFKA: Server(KAFKA, "shop")}, applications, channels, operations, routes)
    return replace(made, feedback=frozenset(operations))


NASTY = (
    'a"b',
    "back\\",
    "\\n",
    "two\nlines",
    "[x](y)",
    "<b>&amp;</b>",
    "end",
    "style a:#b;",
    "%% no",
    "`",
    "#quot;",
)
NAMES = st.lists(
    st.sampled_from(NASTY) | st.text(min_size=1, max_size=30) | st.text("ab\"'\\\n{}[]|", min_size=1),
    min_size=1,
    max_size=4,
) | st.text(min_size=1).map(lambda text: [(text * 1000)[:1000]])
