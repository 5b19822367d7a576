"""What transactions say of their channels: while they are open, and afterwards in the log."""

from __future__ import annotations

from typing import Any

from graph.identity import Action
from inspector.observation import ChannelGone, ProducersGone, TransactionSeen

SEND = Action.SEND
HOUR = 3600 * 1_000_000_000


def test_an_open_transaction_names_who_sends(world: Any) -> None:
    world.channels("orders")
    world.see(TransactionSeen(world.server, "shop-tx", 7, "Ongoing", ((world.topic("orders"), (0,)),)))
    operation = world.operation("shop", SEND, "orders")
    assert operation.confidence == 0.99
    (piece,) = operation.evidence
    assert piece.source == "kafka.describe-transactions"
    assert piece.detail == (
        "Transactional id shop-tx has written to orders in a transaction that was seen open."
    )


def test_what_was_seen_open_stays_when_it_is_over(world: Any) -> None:
    world.channels("orders")
    world.see(TransactionSeen(world.server, "shop-tx", 7, "Ongoing", ((world.topic("orders"), (0,)),)))
    seen_ns = world.now_ns
    world.wait(60)
    world.transaction("shop-tx", 7)
    (piece,) = world.operation("shop", SEND, "orders").evidence
    assert piece.last_seen_ns == seen_ns


def test_the_log_tells_of_earlier_times_and_producer_ids(world: Any) -> None:
    world.channels("orders", "payments")
    world.producer(3, "payments")
    writes = ((world.topic("orders"), (0,)), (world.topic("__consumer_offsets"), (3,)))
    early, late = world.now_ns - 5 * HOUR, world.now_ns - HOUR
    for at_ns in (late, early):
        world.see(TransactionSeen(world.server, "shop-tx", 3, "PrepareCommit", writes, at_ns))
    assert world.edges() == {("shop", "send", "orders"), ("shop", "send", "payments")}
    (piece,) = world.operation("shop", SEND, "orders").evidence
    assert (piece.source, piece.confidence) == ("kafka.transaction-log", 0.97)
    assert piece.first_seen_ns == early
    assert late - 30_000_000_000 < piece.last_seen_ns <= late


def test_a_channel_made_anew_has_none_of_the_old_transactions(world: Any) -> None:
    world.channels("orders")
    world.see(TransactionSeen(world.server, "shop-tx", 7, "Ongoing", ((world.topic("orders"), (0,)),)))
    world.see(ChannelGone(world.topic("orders")))
    world.channels("orders")
    assert world.edges() == set()


def test_an_id_without_a_producer_and_our_own_are_nobody(world: Any) -> None:
    world.channels("orders")
    world.see(TransactionSeen(world.server, "shop-tx", -1, "Empty"))
    world.see(TransactionSeen(world.server, "eventscope-tx", 7, "Ongoing", ((world.topic("orders"), (0,)),)))
    assert world.edges() == set()


def test_a_producer_id_that_is_no_more_has_no_name(world: Any) -> None:
    world.channels("orders")
    for producer_id in (7, 8, 9):
        world.transaction("shop-tx", producer_id)
    world.see(ProducersGone(world.server, frozenset({7, 9})))
    for producer_id in (7, 8):
        world.producer(producer_id, "orders")
    names = {each.name: each.aliases for each in world.graph().applications.values()}
    assert [alias.value for alias in names["shop"] if alias.kind == "producer-id"] == ["8"]
    assert [alias.value for alias in names[None]] == ["7"]
