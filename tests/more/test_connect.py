"""What connectors leave behind besides the common case: transactions, dead letters, renamed topics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from graph.model import ApplicationKind
from tests.programs import Watching, said
from tests.worker import PASSWORD, Worker

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

JSON = "org.apache.kafka.connect.json.JsonConverter"
ROUTER = {
    "transforms": "route",
    "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
    "transforms.route.regex": "(.*)",
    "transforms.route.replacement": "$1-routed",
}
LETTERS = {
    "errors.tolerance": "all",
    "errors.deadletterqueue.topic.name": "linked-dlq",
    "errors.deadletterqueue.topic.replication.factor": "1",
    "errors.deadletterqueue.context.headers.enable": "true",
}


@pytest.fixture
def worker(kafka: str) -> Iterator[Worker]:
    made = Worker(kafka, "more", **{"exactly.once.source.support": "enabled"})
    with made.program:
        made.program.until(lambda: made.ask("GET", "/connectors") == [])
        yield made


async def test_transactions_dead_letters_and_renamed_topics(
    kafka: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.companions.EVERY_S", 1.0)
    monkeypatch.setattr("inspector.brokers.kafka.watch.PRODUCERS_S", 2.0)
    monkeypatch.setattr("inspector.brokers.kafka.watch.TRANSACTIONS_S", 2.0)
    producer = Producer({"bootstrap.servers": kafka})
    producer.produce("linked-json", b"no json")
    assert producer.flush(20) == 0
    worker.connect("exact", "FileStreamSource", "in.txt", topic="linked-exact")
    worker.connect("routed", "FileStreamSource", "in.txt", topic="linked-in", **ROUTER)
    worker.connect(
        "strict", "FileStreamSink", "out.txt", topics="linked-json", **{"value.converter": JSON}, **LETTERS
    )
    # Its consumer looks every five minutes for new topics that match.
    often = {"topics.regex": ".*-routed", "consumer.override.metadata.max.age.ms": "1000"}
    worker.connect("many", "FileStreamSink", "many.txt", **often)
    expected = {
        ("exact", "send", "linked-exact"),
        ("routed", "send", "linked-in-routed"),
        ("?", "send", "linked-json"),
        ("strict", "receive", "linked-json"),
        ("strict", "send", "linked-dlq"),
        ("many", "receive", "linked-in-routed"),
    }
    url = f"kafka://{kafka}?connect=http://reader:{PASSWORD}@127.0.0.1:{worker.port}"
    async with Watching([url]) as watching:
        graph = await watching.until(lambda graph: said(graph, 0.9, "linked-") == expected, 90)
    assert said(graph, prefix="linked-") == expected
    names = {name for name, _, _ in expected} - {"?"}
    kinds = {each.name: each.kind for each in graph.applications.values() if each.name in names}
    assert kinds == dict.fromkeys(names, ApplicationKind.CONNECTOR)
    (exact,) = [each for each in graph.applications.values() if each.name == "exact"]
    assert "transactional-id" in {alias.kind for alias in exact.aliases}
