"""A shop with two loops, as the canvas gets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    LoopId,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import (
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    LoopStatus,
    Operation,
    Route,
)
from gui import theme
from gui.canvas.canvas import GraphCanvas

SERVER = ServerId("kafka", "127.0.0.1:9092")
WAYS = """
storefront-api > carts.events > order-service
storefront-api > clickstream > fraud-check
? > supplier.feed > inventory-service
order-service > orders.status > notifications
order-service > orders.placed > fraud-check
orders.placed ~ inventory-service
order-service > payments.requests > payment-service
payment-service > payments.events > shipping-service
payments.events > analytics-sink
notifications > email.outbox > mailer
fraud-check > fraud.scores > analytics-sink
fraud-check > fraud.review
inventory-service > inventory.levels > replenishment
replenishment > stock.adjustments > inventory-service
pricing-engine > price.changes > promo-service
promo-service ~ promo.updates > pricing-engine
postgres-cdc > catalog.products > pricing-engine
catalog.products ~ search-indexer
postgres-cdc > customers.changes > search-indexer
"""
RATES = {
    "carts.events": 214.0,
    "clickstream": 1300.0,
    "supplier.feed": 4.0,
    "orders.status": 55.0,
    "orders.placed": 18.0,
    "payments.requests": 20.0,
    "payments.events": 18.0,
    "email.outbox": 31.0,
    "fraud.scores": 18.0,
    "fraud.review": 0.2,
    "inventory.levels": 26.0,
    "stock.adjustments": 16.0,
    "price.changes": 96.0,
    "promo.updates": 113.0,
    "catalog.products": 2.0,
    "customers.changes": 7.0,
}
INSTANCES = {
    "storefront-api": (6, 0),
    "order-service": (4, 3),
    "pricing-engine": (2, 88),
    "promo-service": (1, 152),
}
CONFIDENCE = {">": 0.97, "~": 0.71, "?": 0.45}


def node(word: str) -> NodeId:
    return ChannelId(SERVER, ChannelKind.TOPIC, word) if word in RATES else ApplicationId(word)


def operation(source: NodeId, target: NodeId, confidence: float) -> Operation:
    if isinstance(source, ApplicationId):
        assert isinstance(target, ChannelId)
        key, rate = OperationId(source, Action.SEND, target), RATES.get(target.name, 5.0)
    else:
        assert isinstance(target, ApplicationId)
        key, rate = OperationId(target, Action.RECEIVE, source), RATES.get(source.name, 5.0)
    why = Evidence(
        "kafka.describe-producers", "broker", confidence, 0, 1, "Producer id 1000 wrote to partition 3."
    )
    return Operation(key, confidence, (why,), rate_per_s=rate)


def loop(digest: str, *words: str, status: LoopStatus, gain: float, period_ms: float) -> FeedbackLoop:
    hops = tuple(node(word) for word in words)
    edges = tuple(operation(a, b, 1.0).id for a, b in zip(hops, (*hops[1:], hops[0]), strict=True))
    return FeedbackLoop(
        LoopId(digest),
        hops,
        edges,
        status,
        0.7,
        gain=gain,
        gain_low=gain - 0.07,
        gain_high=gain + 0.08,
        period_ms=period_ms,
        hop_latencies_ms=(1580.0, 12.0, 780.0, 34.0),
    )


@pytest.fixture
def shop() -> DependencyGraph:
    operations = {}
    words: dict[str, None] = {}
    for line in filter(None, WAYS.splitlines()):
        parts = line.split(" ")
        words.update(dict.fromkeys(parts[::2]))
        for source, mark, target in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
            made = operation(node(source), node(target), CONFIDENCE["?" if source == "?" else mark])
            operations[made.id] = made
    applications, channels = {}, {}
    for word in words:
        key = node(word)
        if isinstance(key, ChannelId):
            channels[key] = Channel(key, RATES[word], receivers_visible=word != "fraud.review")
        elif word == "?":
            applications[key] = Application(
                key, None, ApplicationKind.UNATTRIBUTED, detail="producer id 4021"
            )
        else:
            instances, lag = INSTANCES.get(word, (2, 0))
            applications[key] = Application(key, word, ApplicationKind.SERVICE, instances=instances, lag=lag)
    loops = (
        loop(
            "run",
            *("price.changes", "promo-service", "promo.updates", "pricing-engine"),
            status=LoopStatus.RUNAWAY,
            gain=1.13,
            period_ms=2410.0,
        ),
        loop(
            "act",
            *("inventory.levels", "replenishment", "stock.adjustments", "inventory-service"),
            status=LoopStatus.ACTIVE,
            gain=0.62,
            period_ms=900.0,
        ),
    )
    back = frozenset(
        operation(node(a), node(b), 1.0).id
        for a, b in (("promo.updates", "pricing-engine"), ("stock.adjustments", "inventory-service"))
    )
    return DependencyGraph(
        applications=applications,
        channels=channels,
        operations=operations,
        loops={item.id: item for item in loops},
        feedback=back,
    )


@pytest.fixture
def rabbit() -> DependencyGraph:
    """Every shape there is, routes, and a retry that goes round."""
    server = ServerId("rabbitmq", "127.0.0.1:5672")
    exchange, charge, retry, subject, stream = (
        ChannelId(server, kind, name)
        for kind, name in (
            (ChannelKind.EXCHANGE, "payments"),
            (ChannelKind.QUEUE, "payments.charge"),
            (ChannelKind.QUEUE, "payments.retry"),
            (ChannelKind.SUBJECT, "orders.>"),
            (ChannelKind.STREAM, "audit"),
        )
    )
    routes = [
        RouteId(exchange, charge, RouteKind.BINDING),
        RouteId(charge, retry, RouteKind.DEAD_LETTER),
        RouteId(retry, charge, RouteKind.DEAD_LETTER),
    ]
    service, long, echo = (
        ApplicationId(name) for name in ("payment-service", "a-very-" + "long-" * 20 + "name", "echo")
    )
    operations = [
        operation(charge, service, 0.97),
        operation(service, subject, 0.97),
        operation(subject, long, 0.4),
        operation(service, stream, 0.7),
        operation(stream, echo, 0.97),
        operation(echo, stream, 0.97),
    ]
    loops = [
        FeedbackLoop(
            LoopId("retry"), (charge, retry), tuple(routes[1:]), LoopStatus.ACKNOWLEDGED, 1.0, laps_max=5
        ),
        FeedbackLoop(
            LoopId("echo"), (stream, echo), (operations[4].id, operations[5].id), LoopStatus.POSSIBLE, 0.97
        ),
    ]
    return DependencyGraph(
        applications={
            key: Application(key, key.key, ApplicationKind.SERVICE) for key in (service, long, echo)
        },
        channels={key: Channel(key, 18.0) for key in (exchange, charge, retry, subject, stream)},
        operations={item.id: item for item in operations},
        routes={key: Route(key, 1.0, (), rate_per_s=18.0) for key in routes},
        loops={item.id: item for item in loops},
        feedback=frozenset({routes[2], operations[5].id}),
    )


@pytest.fixture
def grown(shop: DependencyGraph) -> DependencyGraph:
    """The shop with one application more."""
    key = ApplicationId("returns")
    made = operation(node("orders.placed"), key, 0.97)
    return replace(
        shop,
        applications={**shop.applications, key: Application(key, "returns", ApplicationKind.SERVICE)},
        operations={**shop.operations, made.id: made},
    )


@pytest.fixture
def many() -> DependencyGraph:
    """150 nodes in three rows of services and topics."""
    operations, applications, channels = {}, {}, {}
    for number in range(100):
        topic = ChannelId(SERVER, ChannelKind.TOPIC, f"topic.{number:03d}")
        channels[topic] = Channel(topic, float(number))
        for made in (
            operation(ApplicationId(f"service-{number // 2:02d}"), topic, 0.97),
            operation(topic, ApplicationId(f"service-{min(49, number // 2 + 1 + number % 7):02d}"), 0.8),
        ):
            operations[made.id] = made
            key = made.id.application
            applications[key] = Application(key, key.key, ApplicationKind.SERVICE, instances=1)
    return DependencyGraph(applications=applications, channels=channels, operations=operations)


@pytest.fixture
def named() -> Callable[[str], NodeId]:
    return node


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[GraphCanvas]:
    """A shown canvas of the size it has in the window; a failure in it fails the test."""
    made = GraphCanvas(theme.light())
    qtbot.addWidget(made)
    told: list[str] = []
    made.failed.connect(told.append)
    made.resize(920, 450)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close_background()
    assert told == []
