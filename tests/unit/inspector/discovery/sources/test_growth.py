"""Channels that grow where nothing can be read of who writes."""

from __future__ import annotations

from typing import Any

import pytest

from graph.evidence import CERTAIN, LIKELY
from graph.identity import Action, RouteKind
from inspector.observation import RouteSeen, TransactionSeen


def grow(world: Any, topic: str) -> None:
    for step in range(5):
        world.ends(topic, 10 * step)
        world.wait(5)


@pytest.mark.parametrize("explained", [False, True])
def test_growth_proves_a_sender_unless_transactions_may_be_all_of_it(world: Any, explained: bool) -> None:
    world.channels("orders")
    if explained:
        world.see(TransactionSeen(world.server, "shop-tx", 7, "Ongoing", ((world.topic("orders"), (0,)),)))
    grow(world, "orders")
    unseen = world.operation(f"?{world.topic('orders')}#anonymous", Action.SEND, "orders")
    assert (unseen.confidence < LIKELY) is explained
    assert (unseen.confidence >= CERTAIN) is not explained
    assert (("shop", "send", "orders") in world.edges()) is explained


def test_what_can_be_read_needs_no_unseen_sender(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    grow(world, "orders")
    assert [key.application.key for key in world.graph().operations] == [f"?{world.topic('orders')}#7"]


def test_what_comes_by_a_route_was_sent_elsewhere(world: Any) -> None:
    world.channels("orders", "kept")
    route = (world.topic("orders"), world.topic("kept"), RouteKind.BINDING)
    world.see(RouteSeen(*route, "nats.stream", 0.99, "Stream kept keeps what comes over orders."))
    grow(world, "kept")
    assert not world.graph().operations
