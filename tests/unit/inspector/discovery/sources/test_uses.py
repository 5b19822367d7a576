"""What a broker lists of its clients."""

from __future__ import annotations

from typing import Any

from graph.identity import Action
from graph.model import EdgeState
from inspector.observation import ChannelGone, Use, UsesSeen


def listed(world: Any, *clients: str, topic: str = "orders") -> None:
    uses = (Use(client, Action.RECEIVE, world.topic(topic), f"{client} listens.") for client in clients)
    world.see(UsesSeen(world.server, "nats.subscription", 0.98, tuple(uses)))


def test_who_is_listed_receives(world: Any) -> None:
    world.channels("orders")
    listed(world, "billing", "eventscope")
    assert world.edges() == {("billing", "receive", "orders")}
    operation = world.operation("billing", Action.RECEIVE, "orders")
    assert operation.confidence == 0.98
    assert [piece.source for piece in operation.evidence] == ["nats.subscription"]


def test_who_is_listed_no_more_is_history(world: Any) -> None:
    world.channels("orders")
    listed(world, "billing", "shipping")
    for _ in range(10):
        world.wait(20)
        listed(world, "shipping")
    assert world.operation("billing", Action.RECEIVE, "orders").state is EdgeState.HISTORIC
    assert world.operation("shipping", Action.RECEIVE, "orders").state is EdgeState.OBSERVED


def test_a_channel_that_is_gone_has_no_receivers(world: Any) -> None:
    world.channels("orders", "paid")
    listed(world, "billing")
    world.see(ChannelGone(world.topic("orders")))
    world.channels("orders")
    assert not world.edges()


def test_records_without_a_name_are_those_of_the_one_who_is_listed_to_send(world: Any) -> None:
    world.channels("orders", "paid", "bills")
    for topic, senders in {"orders": ("shop",), "paid": ("billing", "till")}.items():
        uses = tuple(Use(each, Action.SEND, world.topic(topic), f"{each} sends.") for each in senders)
        world.see(UsesSeen(world.server, f"{topic}.rates", 0.98, uses))
    for topic in ("orders", "paid", "bills"):
        world.records(topic, 5)
    assert world.edges() == {
        ("shop", "send", "orders"),
        ("billing", "send", "paid"),
        ("till", "send", "paid"),
        ("?kafka://broker:9092/topic/paid#anonymous", "send", "paid"),
        ("?kafka://broker:9092/topic/bills#anonymous", "send", "bills"),
    }
