"""A real MirrorMaker 2 between two real clusters, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from graph.identity import RouteKind
from graph.model import ApplicationKind, LoopStatus, Severity
from inspector.demo.broker import KafkaBroker
from tests.programs import CONNECT, Program, Watching, java, properties, said

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

IDENTITY = "org.apache.kafka.connect.mirror.IdentityReplicationPolicy"
UP_S = 90.0


@pytest.fixture
def clusters(start_server: Callable[[KafkaBroker], KafkaBroker]) -> Iterator[tuple[str, str]]:
    """`east` and `west`."""
    brokers = [KafkaBroker(), KafkaBroker()]
    try:
        east, west = (start_server(broker).bootstrap for broker in brokers)
        yield east, west
    finally:
        for broker in brokers:
            broker.stop()


def create(bootstrap: str, *names: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(name, 1, 1) for name in names]).values():
        future.result(20)


def write(bootstrap: str, topic: str, count: int) -> None:
    producer = Producer({"bootstrap.servers": bootstrap})
    for number in range(count):
        producer.produce(topic, b"%d" % number)
    assert producer.flush(20) == 0


def mirror_maker(east: str, west: str, **settings: str) -> Program:
    factors = (
        "replication", "checkpoints.topic.replication", "heartbeats.topic.replication",
        "offset-syncs.topic.replication", "offset.storage.replication", "status.storage.replication",
        "config.storage.replication",
    )  # fmt: skip
    text = properties(
        {
            "clusters": "east, west",
            "east.bootstrap.servers": east,
            "west.bootstrap.servers": west,
            "east->west.enabled": "true",
            "west->east.enabled": "true",
            "topics": "orders|payments",
            "refresh.topics.interval.seconds": 1,
            "offset.storage.partitions": 1,
            "status.storage.partitions": 1,
            **{f"{name}.factor": 1 for name in factors},
            **settings,
        }
    )
    main = "org.apache.kafka.connect.mirror.MirrorMaker"
    return java(CONNECT, main, "mirrors.properties", files={"mirrors.properties": text})


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.companions.EVERY_S", 1.0)


async def test_the_default_policy_gives_routes_and_no_loop(clusters: tuple[str, str]) -> None:
    east, west = clusters
    create(east, "orders")
    create(west, "payments")
    write(east, "orders", 5)
    write(west, "payments", 5)
    with mirror_maker(east, west):
        async with Watching([f"kafka://{east}", f"kafka://{west}"]) as watching:
            expected = {
                (f"kafka://{east}/topic/orders", f"kafka://{west}/topic/east.orders"),
                (f"kafka://{west}/topic/payments", f"kafka://{east}/topic/west.payments"),
                (f"kafka://{east}/topic/heartbeats", f"kafka://{west}/topic/east.heartbeats"),
                (f"kafka://{west}/topic/heartbeats", f"kafka://{east}/topic/west.heartbeats"),
            }
            senders = {
                ("MirrorMaker east→west", "send", "east.orders"),
                ("MirrorMaker west→east", "send", "west.payments"),
                ("?", "send", "orders"),
                ("?", "send", "payments"),
            }
            graph = await watching.until(
                lambda graph: (
                    {
                        (str(key.source), str(key.target))
                        for key, route in graph.routes.items()
                        if route.confidence >= 0.95
                    }
                    == expected
                    and said(graph) == senders
                ),
                UP_S,
            )
            assert {route.kind for route in graph.routes} == {RouteKind.MIRROR}
            kinds = {each.name: each.kind for each in graph.applications.values() if each.name}
            assert set(kinds.values()) == {ApplicationKind.CONNECTOR}
            assert not graph.loops
            assert not [finding for finding in graph.findings if finding.rule == "mirror-loop"]
            assert {channel.id.name for channel in graph.channels.values() if not channel.internal} == {
                "orders", "payments", "east.orders", "west.payments",
            }  # fmt: skip

        async with Watching([f"kafka://{west}"]) as alone:
            senders = {("MirrorMaker east→west", "send", "east.orders"), ("?", "send", "payments")}
            graph = await alone.until(lambda graph: said(graph) == senders)
            assert not graph.routes


async def test_the_identity_policy_is_reported_as_a_loop(clusters: tuple[str, str]) -> None:
    east, west = clusters
    for bootstrap in clusters:
        create(bootstrap, "orders")
    write(east, "orders", 3)
    with mirror_maker(east, west, **{"replication.policy.class": IDENTITY}):
        async with Watching([f"kafka://{east}", f"kafka://{west}"]) as watching:
            graph = await watching.until(lambda graph: graph.loops, UP_S)
            (loop,) = graph.loops.values()
            assert {str(hop) for hop in loop.hops} == {
                f"kafka://{address}/topic/orders" for address in clusters
            }
            assert loop.status in (LoopStatus.POSSIBLE, LoopStatus.ACTIVE, LoopStatus.RUNAWAY)
            (finding,) = [finding for finding in graph.findings if finding.rule == "mirror-loop"]
            assert finding.severity is Severity.ERROR
            assert "without end" in finding.message
            assert {edge for edge in said(graph) if edge[0] != "?"} == {
                ("MirrorMaker east→west", "send", "orders"),
                ("MirrorMaker west→east", "send", "orders"),
            }

        async with Watching([f"kafka://{west}"]) as alone:
            graph = await alone.until(
                lambda graph: any(finding.rule == "mirror-loop" for finding in graph.findings)
            )
            (finding,) = [finding for finding in graph.findings if finding.rule == "mirror-loop"]
            assert finding.severity is Severity.WARNING
            assert "may go round" in finding.message
