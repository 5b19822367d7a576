from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    FeedbackLoop,
    Finding,
    LoopStatus,
    Operation,
    Route,
    Server,
    Severity,
    Unavailable,
)
from graph.names import plain
from graph.topology import document, moment

SERVER = ServerId("kafka", "127.0.0.1:9092")
ORDERS = ChannelId(SERVER, ChannelKind.TOPIC, "orders")
AUDIT = ChannelId(SERVER, ChannelKind.TOPIC, "audit")
BILLING = ApplicationId("billing")
UNNAMED = ApplicationId(f"?{ORDERS}#4021")
SENDS = OperationId(BILLING, Action.SEND, ORDERS)
MIRRORS = RouteId(ORDERS, AUDIT, RouteKind.MIRROR)
START_NS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9


def example() -> DependencyGraph:
    piece = Evidence("kafka.describe-producers", "producer-id", 0.99, START_NS, START_NS, "It wrote.")
    aliases = (Alias("group", "billing"), Alias("source", "/billing"), Alias("producer-id", "7"))
    loop = FeedbackLoop(
        LoopId("ab12"),
        (ORDERS, BILLING),
        (SENDS,),
        LoopStatus.ACTIVE,
        0.95,
        weakest=SENDS,
        gain=0.8,
        chains=4,
    )
    return DependencyGraph(
        servers={SERVER: Server(SERVER, "local")},
        applications={
            UNNAMED: Application(UNNAMED, None, ApplicationKind.UNATTRIBUTED),
            BILLING: Application(BILLING, "billing", ApplicationKind.SERVICE, aliases, 0.97),
        },
        channels={
            ORDERS: Channel(ORDERS, 12.5, START_NS + 500_000_000),
            AUDIT: Channel(AUDIT),
        },
        operations={SENDS: Operation(SENDS, 0.98, (piece,), 12.5)},
        routes={MIRRORS: Route(MIRRORS, 0.9, ())},
        loops={loop.id: loop},
        findings=(Finding("feedback-loop", Severity.ERROR, loop.id, "Round."),),
        unavailable=(Unavailable("receivers", "Refused.", "Allow it."),),
        from_ns=START_NS,
        to_ns=START_NS + 10**9,
    )


def test_the_whole_document() -> None:
    server, orders, audit = "kafka://127.0.0.1:9092", f"{SERVER}/topic/orders", f"{SERVER}/topic/audit"
    nobody = f"application/?{orders}#4021"
    assert document(example()) == {
        "format": "eventscope-topology/1",
        "observed_from": "2026-01-01T00:00:00Z",
        "observed_to": "2026-01-01T00:00:01Z",
        "servers": [{"id": server, "system": "kafka", "address": "127.0.0.1:9092"}],
        "applications": [
            {
                "id": nobody,
                "name": None,
                "aliases": [],
                "confidence": 1.0,
                "owner": None,
                "description": None,
            },
            {
                "id": "application/billing",
                "name": "billing",
                "aliases": ["/billing"],
                "confidence": 0.97,
                "owner": None,
                "description": None,
            },
        ],
        "channels": [
            {
                "id": audit,
                "server": server,
                "kind": "topic",
                "name": "audit",
                "rate_per_s": None,
                "last_record_at": None,
            },
            {
                "id": orders,
                "server": server,
                "kind": "topic",
                "name": "orders",
                "rate_per_s": 12.5,
                "last_record_at": "2026-01-01T00:00:00.500Z",
            },
        ],
        "operations": [
            {
                "application": "application/billing",
                "action": "send",
                "channel": orders,
                "confidence": 0.98,
                "rate_per_s": 12.5,
                "hop_latency_ms": None,
                "evidence": [
                    {
                        "source": "kafka.describe-producers",
                        "confidence": 0.99,
                        "last_seen": "2026-01-01T00:00:00Z",
                        "detail": "It wrote.",
                    }
                ],
            }
        ],
        "routes": [{"source": orders, "target": audit, "kind": "mirror"}],
        "loops": [
            {
                "id": "loop/ab12",
                "hops": [orders, "application/billing"],
                "status": "active",
                "gain": 0.8,
                "gain_low": None,
                "gain_high": None,
                "chains": 4,
                "laps_median": None,
                "laps_max": None,
                "period_ms": None,
                "doubling_time_s": None,
                "confidence": 0.95,
                "weakest": {"application": "application/billing", "action": "send", "channel": orders},
            }
        ],
        "findings": [
            {
                "rule": "feedback-loop",
                "severity": "error",
                "subject": "loop/ab12",
                "message": "Round.",
            }
        ],
        "unavailable": [{"what": "receivers", "why": "Refused.", "remedy": "Allow it."}],
    }


def test_it_is_json_and_does_not_depend_on_the_order_of_the_graph() -> None:
    graph = example()
    mixed = replace(
        graph,
        applications=dict(reversed(graph.applications.items())),
        channels=dict(reversed(graph.channels.items())),
    )
    assert json.dumps(document(graph)) == json.dumps(document(mixed))


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_500_000, "1970-01-01T00:00:00.001Z"),
        (-1_000_000_000, "1969-12-31T23:59:59Z"),
        (None, None),
        (1 << 80, None),
    ],
)
def test_moments(ns: int | None, text: str | None) -> None:
    assert moment(ns) == text


@given(st.integers())
def test_no_moment_makes_it_fail(ns: int) -> None:
    text = moment(ns)
    assert text is None or text.endswith("Z")


def test_plain_names() -> None:
    assert plain(SENDS) == "billing sends to orders"
    assert plain(OperationId(BILLING, Action.RECEIVE, ORDERS)) == "billing receives from orders"
    assert plain(MIRRORS) == "orders to audit"
    assert plain(UNNAMED) == "producer id 4021"
    assert plain(ApplicationId(f"?{ORDERS}#anonymous")) == "unnamed sender to orders"
    assert plain(SERVER) == "127.0.0.1:9092"
    assert plain(LoopId("ab")) == "loop ab"
