"""What the query language knows of a graph."""

from __future__ import annotations

import pytest

from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    LoopId,
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
    EdgeState,
    FeedbackLoop,
    LoopStatus,
    MessageType,
    Operation,
    Route,
    Server,
)
from graph.query.moments import Clock
from graph.view.index import index
from graph.view.noise import lasting, passing
from graph.view.settings import ViewSettings
from graph.view.shown import shown
from graph.view.things import MARKS, VOCABULARY, Things

SERVER = ServerId("kafka", "127.0.0.1:9092")
NOW = 1_795_443_128_412_000_000
S = 1_000_000_000
ORDERS, DLT = (ChannelId(SERVER, ChannelKind.TOPIC, name) for name in ("orders", "orders.DLT"))
BILLING, NOBODY = ApplicationId("billing"), ApplicationId("?orders#7")
SEND = OperationId(BILLING, Action.SEND, ORDERS)
RECEIVE = OperationId(BILLING, Action.RECEIVE, ORDERS)
GUESS = OperationId(NOBODY, Action.SEND, ORDERS)
ROUTE = RouteId(ORDERS, DLT, RouteKind.DEAD_LETTER)
SEEN = (Evidence("kafka.groups", "g", 0.9, NOW - 900 * S, NOW - 60 * S, ""),)

GRAPH = DependencyGraph(
    {SERVER: Server(SERVER, "shop-kafka")},
    {
        BILLING: Application(
            BILLING,
            "billing",
            ApplicationKind.CONNECTOR,
            (Alias("group", "bill-1"),),
            lag=1200,
            owner="money",
        ),
        NOBODY: Application(NOBODY, None, ApplicationKind.UNATTRIBUTED),
    },
    {
        ORDERS: Channel(ORDERS, 1500.0, NOW - S, 12, 5_000_000, types=(MessageType("Placed"),)),
        DLT: Channel(DLT, 0.0, NOW - 3600 * S),
    },
    {
        SEND: Operation(SEND, 0.98, SEEN, 1500.0, 250.0),
        RECEIVE: Operation(RECEIVE, 0.7, (), 20.0, lag=1200, state=EdgeState.STALE),
        GUESS: Operation(GUESS, 0.4, ()),
    },
    {ROUTE: Route(ROUTE, 0.9, ())},
    {LoopId("a"): FeedbackLoop(LoopId("a"), (ORDERS, BILLING), (RECEIVE, SEND), LoopStatus.RUNAWAY, 0.7)},
)
NODES: dict[str, ApplicationId | ChannelId] = {
    "billing": BILLING,
    "nobody": NOBODY,
    "orders": ORDERS,
    "dlt": DLT,
}
EDGES: dict[str, OperationId | RouteId] = {"send": SEND, "receive": RECEIVE, "guess": GUESS, "route": ROUTE}


def fitting(text: str) -> set[str]:
    """The nodes and edges that an expression fits."""
    found = index(GRAPH)
    noisy = {**lasting(found).flags, **passing(GRAPH, found, NOW)}
    nodes, edges = Things(GRAPH, found, noisy, Clock(NOW)).fitting(text)
    numbers = {name: found.number[node] for name, node in NODES.items()}
    lines = {name: found.edge_number[edge] for name, edge in EDGES.items()}
    return {name for name, at in numbers.items() if nodes[at]} | {n for n, at in lines.items() if edges[at]}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("ORDERS", {"orders", "dlt"}),
        ("name:orders.dlt", {"dlt"}),
        ("name:producer*", {"nobody"}),
        ("alias:bill-*", {"billing"}),
        ("app:billing", {"billing", "send", "receive"}),
        ("app:billing channel:orders", {"send", "receive"}),
        ("channel:*.dlt", {"dlt", "route"}),
        ("not app:*", {"orders", "dlt", "route"}),
        ("team=money", {"billing", "send", "receive"}),
        ("kind:send", {"send", "guess"}),
        ("kind:topic", {"orders", "dlt"}),
        ("kind:dead-letter", {"route"}),
        ("kind:connector", {"billing"}),
        ("type:Placed", {"orders", "send", "receive", "guess", "route"}),
        ("rate>=1.5k", {"orders", "send"}),
        ("rate:1..30/s", {"receive"}),
        ("lag>1k", {"billing", "receive"}),
        ("latency>200ms", {"send"}),
        ("records>1M", {"orders"}),
        ("partitions:12", {"orders"}),
        ("fan-in:2", {"orders"}),
        ("fan-out:0", {"dlt"}),
        ("loop:run*", {"orders", "billing", "send", "receive"}),
        ("confidence<60%", {"guess"}),
        ("not confidence<60%", {"send", "receive", "route"}),
        ("evidence:kafka.*", {"send"}),
        ("status:stale", {"receive"}),
        ("is:unattributed or is:dead-letter", {"nobody", "dlt"}),
        ("is:quiet", {"dlt"}),
        ("is:leaf", {"dlt"}),
        ("since:-5m", {"orders", "send"}),
        ("until:-30m", {"dlt"}),
        ("at:-2h..-30m", {"dlt"}),
        ("server:shop-kafka", {*NODES, *EDGES}),
        ("server:*9092 kind:receive", {"receive"}),
    ],
)
def test_what_an_expression_fits(text: str, fits: set[str]) -> None:
    assert fitting(text) == fits


def test_every_mark_is_known_to_the_language() -> None:
    for mark in MARKS:
        assert not shown(GRAPH, ViewSettings(find=f"is:{mark}"), NOW).mistakes


def test_the_words_that_a_field_has_are_known() -> None:
    found = shown(GRAPH, ViewSettings(), NOW)
    assert found.values("app") == ("billing", "producer id 7")
    assert found.values("team") == ("money",)
    assert found.values("server") == ("127.0.0.1:9092", "kafka://127.0.0.1:9092", "shop-kafka")
    assert found.values("rate") == ()
    assert all(found.values(each.name) is not None for each in VOCABULARY.fields)
