"""A real schema registry: Apicurio, through the interface that Confluent's has."""

from __future__ import annotations

import json
import tarfile
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from jgo.maven import MavenContext

from graph.model import DependencyGraph
from inspector.demo import jars
from tests.programs import JVM, Program, Watching, free_port

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]


def avro(name: str, *fields: str) -> dict[str, str]:
    made = [{"name": field, "type": "string", "default": ""} for field in fields]
    schema = {"type": "record", "name": name, "namespace": "shop", "fields": made}
    return {"schema": json.dumps(schema)}


def ask(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())
    except OSError:
        return None


def apicurio(folder: Path, port: int) -> Program:
    project = MavenContext().project("io.apicurio", "apicurio-registry-app").at_version("3.3.3")
    with tarfile.open(project.artifact(classifier="all", packaging="tar.gz").resolve()) as archive:
        archive.extractall(folder, filter="data")
    settings = {
        "http.host": "127.0.0.1",
        "http.port": port,
        "management.host": "127.0.0.1",
        "management.port": free_port(),
    }
    options = [f"-Dquarkus.{name}={value}" for name, value in settings.items()]
    return Program(str(jars.java()), *JVM, *options, "-jar", str(folder / "quarkus-run.jar"))


async def test_subjects_become_types_of_channels(
    kafka: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.companions.EVERY_S", 1.0)
    admin = AdminClient({"bootstrap.servers": kafka})
    names = ["schema-orders", "schema-payments", "schema-stock"]
    for future in admin.create_topics([NewTopic(name, 1, 1) for name in names]).values():
        future.result(20)
    producer = Producer({"bootstrap.servers": kafka})
    producer.produce("schema-orders", b"\x00\x00\x00\x00\x01\x04ab")
    producer.produce("schema-stock", b"\x00", headers=[("type", b"shop.Counted")])
    assert producer.flush(20) == 0

    port = free_port()
    url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
    with apicurio(tmp_path, port) as program:
        program.until(lambda: ask(f"{url}/subjects") == [], 120)
        for subject, schema in (
            ("schema-orders-value", avro("Placed", "id")),
            ("schema-orders-value", avro("Placed", "id", "by")),
            ("schema-orders-key", avro("Key", "id")),
            ("schema-payments-shop.Paid", avro("Paid", "sum")),
            ("shop.Counted", avro("Counted", "count")),
        ):
            assert "id" in ask(f"{url}/subjects/{subject}/versions", schema)

        async with Watching([f"kafka://{kafka}?registry={url}"]) as watching:

            def types(graph: DependencyGraph) -> set[tuple[str, str, tuple[str, ...], int]]:
                return {
                    (channel.id.name, kind.name, kind.fields, kind.versions)
                    for channel in graph.channels.values()
                    for kind in channel.types
                    if channel.id.name.startswith("schema-")
                }

            await watching.until(
                lambda graph: types(graph) == {
                    ("schema-orders", "shop.Placed", ("by", "id"), 2),
                    ("schema-payments", "shop.Paid", ("sum",), 1),
                    ("schema-stock", "shop.Counted", ("count",), 1),
                }
            )  # fmt: skip
    async with Watching([f"kafka://{kafka}?registry={url}"]) as watching:
        graph = await watching.until(lambda graph: graph.unavailable)
        assert [each.why for each in graph.unavailable] == [f"The schema registry at {url} does not answer."]
