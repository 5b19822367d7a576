from __future__ import annotations

import json
from typing import Any

import pytest

from graph.identity import Action
from inspector.observation import ChannelGone, ProducersGone


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def senders(world: Any, topic: str) -> set[str | None]:
    graph = world.graph()
    return {
        graph.applications[key.application].name
        for key in graph.operations
        if key.action is Action.SEND and key.channel.name == topic
    }


@pytest.mark.parametrize("producer_id", [-1, 41])
def test_a_name_that_an_application_has_is_a_guess(world: Any, producer_id: int) -> None:
    world.channels("orders", "payments")
    world.group("billing-service", ["billing-1"], "orders")
    world.records("payments", 6, producer_id=producer_id, value=body(source="/billing-service"))
    operation = world.operation("billing-service", Action.SEND, "payments")
    assert operation.confidence == 0.5
    (piece,) = operation.evidence
    assert (piece.source, piece.family) == ("inferred.name", "inferred")
    assert piece.detail == (
        "6 records on payments have /billing-service in the body or in baggage, where a sender may be named."
    )
    assert senders(world, "payments") == {"billing-service", None}


def test_a_name_that_nothing_else_knows_is_nobodys(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing-service", ["billing-1"], "orders")
    world.records("payments", 6, value=body(source="google-ads"))
    world.records("payments", 4, value=body(source="billing-service"))
    assert senders(world, "payments") == {None}


def test_baggage_is_a_hint_too(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing-service", ["billing-1"], "orders")
    world.records("payments", 6, (("baggage", b"service.name=billing-service"),))
    assert senders(world, "payments") == {"billing-service", None}


def test_a_writer_that_is_named_otherwise_is_not_guessed(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing-service", ["billing-1"], "orders")
    world.transaction("ledger-tx-0", 41)
    world.records("payments", 6, producer_id=41, value=body(source="billing-service"))
    assert senders(world, "payments") == {"ledger"}


def test_very_many_names_are_none(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("shop-7", ["shop-7-1"], "orders")
    for number in range(40):
        world.records("payments", 6, value=body(source=f"store{number}x"))
    assert senders(world, "payments") == {None}


def test_what_is_gone_is_forgotten(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing-service", ["billing-1"], "orders")
    world.records("payments", 6, producer_id=41, value=body(source="billing-service"))
    world.records("orders", 6, value=body(source="billing-service"))
    world.see(ChannelGone(world.topic("orders")), ProducersGone(world.server, frozenset({41, 42})))
    world.channels("orders")
    world.group("billing-service", ["billing-1"], "orders")
    world.records("payments", 1, producer_id=41)
    assert senders(world, "orders") == set()
    assert "billing-service" not in senders(world, "payments")
