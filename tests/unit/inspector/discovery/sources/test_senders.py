"""How far a name in the headers of a record is that of its writer."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from graph.identity import Action
from inspector.conventions.rules import HeaderRule, Rules
from inspector.observation import RecordsSeen
from inspector.record import Headers
from inspector.traits import read


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SW8 = f"1-{b64('t')}-{b64('s')}-3-{b64('billing')}-{b64('i')}-{b64('/e')}-{b64('k')}".encode()


@pytest.mark.parametrize(
    ("headers", "technique", "confidence"),
    [
        ((("NServiceBus.OriginatingEndpoint", b"billing"),), "nservicebus", 0.97),
        ((("sw8", SW8),), "skywalking", 0.95),
        ((("rbs2-sender-address", b"billing"),), "rebus", 0.9),
        ((("ce_source", b"/billing"),), "cloudevents", 0.8),
        (
            (("task", b"t"), ("id", b"1"), ("root_id", b"1"), ("origin", b"gen1@billing-7d9f8b6c5d-x2v4z")),
            "celery",
            0.8,
        ),
        ((("service.name", b"billing"),), "headers", 0.7),
    ],
)
def test_how_far_a_family_is_believed(
    world: Any, headers: Headers, technique: str, confidence: float
) -> None:
    world.channels("payments")
    world.records("payments", 3, headers)
    operation = world.operation("billing", Action.SEND, "payments")
    assert operation.confidence == confidence
    assert [piece.source for piece in operation.evidence] == [f"headers.{technique}"]


def test_a_rule_of_a_person_is_believed_more_than_a_convention(world: Any) -> None:
    world.channels("payments")
    rules = Rules.of([HeaderRule("sender", header="x-app")])
    made = tuple(
        world.record("payments", (("ce_source", b"/gateway"), ("x-app", b"billing"))) for _ in range(3)
    )
    seen = RecordsSeen(world.topic("payments"), made)
    world.discovery.fold_records(seen, [read(each, rules) for each in made], world.now_ns)
    operation = world.operation("billing", Action.SEND, "payments")
    assert operation.confidence == 0.95
    assert [(piece.source, piece.family) for piece in operation.evidence] == [("headers.rule", "headers")]
    assert len(world.graph().applications) == 1


def test_a_relay_of_one_sender_is_told_as_what_it_is(world: Any) -> None:
    world.channels("orders", "audit")
    headers = [(("ce_source", b"/shop"), ("ce_id", b"e%d" % number)) for number in range(8)]
    for topic, producer_id in (("orders", 7), ("audit", 9)):
        world.wait(0.1)
        made = tuple(world.record(topic, each, producer_id) for each in headers)
        world.see(RecordsSeen(world.topic(topic), made))
    graph = world.graph()
    senders = {
        key.channel.name: graph.applications[key.application]
        for key in graph.operations
        if key.action is Action.SEND
    }
    assert senders["orders"].name == "shop"
    assert senders["audit"].name is None
    assert senders["audit"].detail == "producer id 9, copies events of another channel"
