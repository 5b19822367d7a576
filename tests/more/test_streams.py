"""The word count that Apache Kafka publishes as an example of Kafka Streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from graph.evidence import CERTAIN
from graph.identity import Action, ApplicationId, OperationId
from graph.model import ApplicationKind, DependencyGraph
from inspector.demo.broker import KafkaBroker
from tests.programs import STREAMS, STREAMS_OF_BROKER, Watching, java, properties, said

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

DEMO = "org.apache.kafka.streams.examples.wordcount.WordCountDemo"
INPUT, OUTPUT = "streams-plaintext-input", "streams-wordcount-output"


@pytest.fixture
def with_streams_groups(
    tmp_path_factory: pytest.TempPathFactory, start_server: Callable[[KafkaBroker], KafkaBroker]
) -> Iterator[str]:
    """A Kafka that coordinates streams groups (KIP-1071), which 4.1 does as an early access alone."""
    broker = KafkaBroker(
        tmp_path_factory.mktemp("streams"),
        properties={
            "unstable.api.versions.enable": "true",
            "unstable.feature.versions.enable": "true",
            "group.coordinator.rebalance.protocols": "classic,consumer,streams",
        },
        format_arguments=("--feature", "streams.version=1"),
    )
    start_server(broker)
    yield broker.bootstrap
    broker.stop()


async def test_a_streams_group(with_streams_groups: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.watch.PRODUCERS_S", 2.0)
    admin = AdminClient({"bootstrap.servers": with_streams_groups})
    for future in admin.create_topics([NewTopic(name, 1, 1) for name in (INPUT, OUTPUT)]).values():
        future.result(20)
    name = "word-count"
    text = properties(
        {
            "bootstrap.servers": with_streams_groups,
            "application.id": name,
            "commit.interval.ms": 200,
            "state.dir": "state",
            "group.protocol": "streams",
        }
    )
    expected = {("?", "send", INPUT), (name, "receive", INPUT), (name, "send", OUTPUT)}
    producer = Producer({"bootstrap.servers": with_streams_groups, "client.id": "typist"})
    with java(STREAMS_OF_BROKER, DEMO, "streams.properties", files={"streams.properties": text}):
        async with Watching([f"kafka://{with_streams_groups}"]) as watching:

            def found(graph: DependencyGraph) -> bool:
                producer.produce(INPUT, b"all streams lead to kafka")
                producer.poll(0)
                return said(graph) >= expected

            graph = await watching.until(found, 60)
    producer.flush(20)
    assert said(graph) == expected
    (made,) = [each for each in graph.applications.values() if each.name == name]
    assert (made.kind, made.instances) == (ApplicationKind.STREAM_PROCESSOR, 1)
    assert graph.unavailable == ()
    (kept,) = [each.id for each in graph.channels.values() if each.id.name.endswith("-repartition")]
    for action in Action:
        operation = graph.operations[OperationId(ApplicationId(name), action, kept)]
        assert operation.confidence >= CERTAIN
    subscription = graph.operations[OperationId(ApplicationId(name), Action.RECEIVE, kept)].evidence
    assert "kafka.group" in {piece.source for piece in subscription}


@pytest.mark.parametrize(
    ("application", "settings"),
    [
        ("word-count", {}),
        ("word-count-eos", {"processing.guarantee": "exactly_once_v2"}),
        ("word-count-own", {"client.id": "node-a"}),
    ],
)
async def test_input_output_and_kind(
    kafka: str, application: str, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.watch.PRODUCERS_S", 2.0)
    admin = AdminClient({"bootstrap.servers": kafka})
    known = admin.list_topics(timeout=20).topics
    for future in (
        admin.create_topics([NewTopic(name, 1, 1) for name in (INPUT, OUTPUT) if name not in known]).values()
        if INPUT not in known
        else ()
    ):
        future.result(20)
    text = properties(
        {
            "bootstrap.servers": kafka,
            "application.id": application,
            "commit.interval.ms": 200,
            "state.dir": "state",
        }
        | settings
    )
    with java(STREAMS, DEMO, "streams.properties", files={"streams.properties": text}):
        producer = Producer({"bootstrap.servers": kafka, "client.id": "typist"})

        async with Watching([f"kafka://{kafka}"]) as watching:

            def found(graph: object) -> bool:
                producer.produce(INPUT, b"all streams lead to kafka")
                producer.poll(0)
                edges = {edge for edge in said(graph, prefix="streams-") if edge[0] == application}  # type: ignore[arg-type]
                return edges == {(application, "receive", INPUT), (application, "send", OUTPUT)}

            graph = await watching.until(found, 60)
            (made,) = [each for each in graph.applications.values() if each.name == application]
            assert made.kind is ApplicationKind.STREAM_PROCESSOR
            assert said(graph, prefix="streams-") <= {
                ("?", "send", INPUT),
                (application, "receive", INPUT),
                (application, "send", OUTPUT),
                *((name, "receive", INPUT) for name in ("word-count", "word-count-eos")),
                *((name, "send", OUTPUT) for name in ("word-count", "word-count-eos")),
            }
        producer.flush(20)
