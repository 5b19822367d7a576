"""Connectors from what Kafka Connect answers (shapes as Connect 4.1.0 gives them)."""

from __future__ import annotations

from typing import Any

import pytest

from graph.identity import Action, ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka.connect import connector, without_login
from inspector.observation import Connector

SERVER = ServerId("kafka", "broker:9092")


def told(kind: str, config: dict[str, str], *states: str, trace: str = "") -> dict[str, Any]:
    tasks = [
        {
            "id": number,
            "state": state,
            "worker_id": "w:8083",
            **({"trace": trace} if state == "FAILED" else {}),
        }
        for number, state in enumerate(states)
    ]
    status = {"connector": {"state": "RUNNING", "worker_id": "w:8083"}, "tasks": tasks, "type": kind}
    return {"info": {"config": config, "type": kind}, "status": status}


def read(
    kind: str, config: dict[str, str], used: list[str] | None = None, *states: str, trace: str = ""
) -> Connector:
    return connector(SERVER, "c", told(kind, config, *states, trace=trace), used)


def topics(*names: str) -> tuple[ChannelId, ...]:
    return tuple(ChannelId(SERVER, ChannelKind.TOPIC, name) for name in names)


def test_a_sink_receives_and_a_source_sends() -> None:
    sink = read("sink", {"topics": "b, a", "topics.regex": "x.*"}, ["a"], "RUNNING", "RUNNING")
    assert (sink.action, sink.channels, sink.configured) == (Action.RECEIVE, topics("a"), topics("a", "b"))
    assert (sink.pattern, sink.running, sink.trouble) == ("x.*", 2, "")
    source = read("source", {"topic": "a", "topics.regex": "x.*"}, None)
    assert (source.action, source.channels, source.configured) == (Action.SEND, None, topics("a"))
    assert source.pattern == ""


def test_transforms_of_a_source_may_rename() -> None:
    assert read("source", {"topic": "a", "transforms": "route"}).renames
    assert not read("source", {"topic": "a"}).renames


@pytest.mark.parametrize(("kind", "client"), [("sink", "consumer"), ("source", "producer")])
def test_clients_that_are_sent_to_another_kafka_say_nothing_of_this_one(kind: str, client: str) -> None:
    config = {"topics": "a", "topic": "a", f"{client}.override.bootstrap.servers": "other:9092"}
    away = read(kind, config, ["a"])
    assert (away.channels, away.configured, away.pattern, away.dead_letters) == (None, (), "", None)


def test_only_a_sink_has_dead_letters() -> None:
    config = {"errors.deadletterqueue.topic.name": "dlq", "topics": "a"}
    assert read("sink", config).dead_letters == topics("dlq")[0]
    assert read("source", config).dead_letters is None


def test_a_failed_task_is_told_with_its_reason() -> None:
    trace = "org.apache.kafka.connect.errors.ConnectException: No file at http://ann:pw@h/x\n\tat org.apache"
    assert read("sink", {}, None, "RUNNING", "FAILED", trace=trace).trouble == (
        "1 of 2 tasks of connector c failed: No file at http://h/x."
    )
    whole = told("sink", {}, "RUNNING")
    whole["status"]["connector"] = {"state": "FAILED", "trace": "java.lang.NullPointerException"}
    assert (
        connector(SERVER, "c", whole, None).trouble == "Connector c failed: java.lang.NullPointerException."
    )


@pytest.mark.parametrize(
    ("kind", "config", "description"),
    [
        ("source", {"connector.class": "FileStreamSource", "file": "/in"}, "FileStreamSource from file /in"),
        (
            "sink",
            {
                "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector",
                "connection.url": "jdbc:postgresql://ann:secret@db:5432/shop?password=secret",
            },
            "JdbcSinkConnector to database jdbc:postgresql://db:5432/shop",
        ),
        (
            "source",
            {
                "connector.class": "io.debezium.connector.mysql.MySqlConnector",
                "database.hostname": "db",
                "database.password": "secret",
                "table.include.list": "shop.orders",
            },
            "MySqlConnector from database db, shop.orders",
        ),
        ("source", {"connector.class": "com.acme.Own"}, "Own"),
    ],
)
def test_what_is_at_the_other_end(kind: str, config: dict[str, str], description: str) -> None:
    assert read(kind, config).description == description


@pytest.mark.parametrize(
    "text",
    [
        "mongodb://ann:secret@h1,h2/db",
        "https://secret@h/",
        "jdbc:oracle:thin:ann/secret@h:1521:db",
        "jdbc:sqlserver://h;user=ann;password=secret",
        "http://h?token=secret",
        "jdbc:mysql://bob:p@secret@h:3306/x",
        "jdbc:oracle:thin:bob/p@secret@//h",
        "cannot reach bob:secret@h",
    ],
)
def test_logins_are_left_out(text: str) -> None:
    assert "secret" not in without_login(text)
    assert "h" in without_login(text)


def test_mirrors_and_debezium_say_what_else_they_are_called() -> None:
    mirror = {"source.cluster.alias": "east", "target.cluster.alias": "west"}
    assert read("source", mirror).mirror == ("east", "west")
    config = {"connector.class": "io.debezium.connector.mysql.MySqlConnector", "topic.prefix": "shop"}
    assert read("source", config).logical_name == "shop"
    assert read("source", {"connector.class": "com.acme.Own", "topic.prefix": "shop"}).logical_name == ""
