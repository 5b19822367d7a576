"""A real Kafka Connect beside the real Kafka, with the file connectors that come with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.model import Application, ApplicationKind, DependencyGraph, EdgeState, Unavailable
from inspector.demo.broker import KafkaBroker
from tests.programs import Watching, free_port, said
from tests.worker import PASSWORD, Worker

pytestmark = pytest.mark.kafka


@pytest.fixture
def kafka(kafka_server: KafkaBroker) -> str:
    return kafka_server.bootstrap


@pytest.fixture
def worker(kafka: str) -> Iterator[Worker]:
    made = Worker(kafka, "shop")
    with made.program:
        made.program.until(lambda: made.ask("GET", "/connectors") == [])
        yield made


def application(graph: DependencyGraph, name: str) -> Application | None:
    return next((each for each in graph.applications.values() if each.name == name), None)


def hidden(graph: DependencyGraph) -> Unavailable | None:
    return next((each for each in graph.unavailable if each.what.startswith("Kafka Connect")), None)


async def test_connectors_are_found_with_their_channels_kinds_and_state(
    kafka: str, worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.companions.EVERY_S", 0.5)
    worker.connect("file-import", "FileStreamSource", "in.txt", topic="connect-in")
    worker.connect("file-export", "FileStreamSink", "out.txt", topics="connect-in")
    worker.connect("broken", "FileStreamSink", "/nowhere/out.txt", topics="connect-in")
    address = f"127.0.0.1:{worker.port}"

    async with Watching([f"kafka://{kafka}?connect=http://reader@{address}"]) as watching:
        refused = hidden(await watching.until(hidden))
        assert refused is not None
        assert refused.why == f"There is no password for reader at http://{address}."
        assert "EVENTSCOPE_CONNECT_PASSWORD" in refused.remedy

    async with Watching([f"kafka://{kafka}?connect=http://reader:wrong@{address}"]) as watching:
        refused = hidden(await watching.until(hidden))
        assert refused is not None
        assert refused.why == f"Kafka Connect at http://{address} refuses the login of reader."

    monkeypatch.setenv("EVENTSCOPE_CONNECT_PASSWORD", PASSWORD)
    async with Watching([f"kafka://{kafka}?connect=http://reader@{address}"]) as watching:
        expected = {("file-import", "send", "connect-in"), ("file-export", "receive", "connect-in")}
        graph = await watching.until(
            lambda graph: (
                {edge for edge in said(graph, 0.95) if edge[2] == "connect-in"} == expected
                and any(each.rule == "failed-connector" for each in graph.findings)
            )
        )
        assert {edge for edge in said(graph) if edge[2] == "connect-in"} == expected
        for name, description in (
            ("file-import", f"FileStreamSource from file {worker.program.folder}/in.txt"),
            ("file-export", f"FileStreamSink to file {worker.program.folder}/out.txt"),
            ("broken", "FileStreamSink to file /nowhere/out.txt"),
        ):
            found = application(graph, name)
            assert found is not None
            assert (found.kind, found.description) == (ApplicationKind.CONNECTOR, description)
        (failure,) = [each for each in graph.findings if each.rule == "failed-connector"]
        assert failure.message.startswith(
            "1 of 1 tasks of connector broken failed: Couldn't find or create file"
        )
        assert hidden(graph) is None

        worker.ask("DELETE", "/connectors/broken")
        await watching.until(
            lambda graph: any(
                operation.state is EdgeState.HISTORIC
                for key, operation in graph.operations.items()
                if key.application.key == "connect-broken"
            )
        )
    assert PASSWORD not in caplog.text


async def test_what_is_no_connect_of_this_kafka_is_told(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.companions.EVERY_S", 0.5)
    nobody = f"http://127.0.0.1:{free_port()}"
    async with Watching([f"kafka://{kafka}?connect={nobody},http://{kafka},file:///etc"]) as watching:
        graph = await watching.until(
            lambda graph: len([each for each in graph.unavailable if "Kafka Connect" in each.what]) == 3
        )
    assert {each.why for each in graph.unavailable if "Kafka Connect" in each.what} == {
        f"Kafka Connect at {nobody} does not answer.",
        f"Kafka Connect at http://{kafka} does not answer.",
        "The address of Kafka Connect is not one of a web server.",
    }
