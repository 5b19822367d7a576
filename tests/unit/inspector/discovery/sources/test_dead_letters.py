from __future__ import annotations

from typing import Any

from graph.identity import Action, RouteKind
from inspector.observation import ProducersGone
from inspector.record import Headers

ORIGIN: Headers = (
    ("x-original-topic", b"orders"),
    ("x-original-partition", bytes(4)),
    ("x-original-offset", (7).to_bytes(8, "big")),
)


def test_spring_cloud_stream_names_the_group_in_the_topic(world: Any) -> None:
    world.channels("orders", "error.orders.billing")
    world.records("error.orders.billing", 3, ORIGIN)
    operation = world.operation("billing", Action.SEND, "error.orders.billing")
    assert {piece.source for piece in operation.evidence} == {"headers.dead-letter"}
    assert not world.graph().routes


def test_a_topic_of_another_name_is_where_dead_letters_go(world: Any) -> None:
    world.channels("orders", "parked")
    world.records("parked", 3, ORIGIN)
    (route,) = world.graph().routes
    assert (route.source.name, route.target.name, route.kind) == ("orders", "parked", RouteKind.DEAD_LETTER)
    assert not any(
        key.action is Action.SEND and key.application.key == "billing" for key in world.graph().operations
    )


def test_a_group_of_eventscope_is_nobody(world: Any) -> None:
    world.channels("orders", "error.orders.eventscope-1")
    world.records("error.orders.eventscope-1", 3, ORIGIN)
    assert not any("eventscope" in key.application.key.split("#")[-1] for key in world.graph().operations)


def test_letters_of_producer_ids_that_are_no_more_stay_those_of_the_group(world: Any) -> None:
    world.channels("orders", "error.orders.billing")
    for producer_id in (7, 8, -1):
        world.records("error.orders.billing", 3, ORIGIN, producer_id)
    world.see(ProducersGone(world.server, frozenset({7, 8})))
    (piece,) = world.operation("billing", Action.SEND, "error.orders.billing").evidence
    assert piece.detail.startswith("9 records on error.orders.billing are copies")
    assert [alias.kind for alias in world.application("billing").aliases] == ["group"]
