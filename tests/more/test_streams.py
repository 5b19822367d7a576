"""The word count that Apache Kafka publishes as an example of Kafka Streams."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from graph.model import ApplicationKind
from tests.programs import STREAMS, Watching, java, properties, said

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

INPUT, OUTPUT = "streams-plaintext-input", "streams-wordcount-output"


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
    main = "org.apache.kafka.streams.examples.wordcount.WordCountDemo"
    with java(STREAMS, main, "streams.properties", files={"streams.properties": text}):
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
