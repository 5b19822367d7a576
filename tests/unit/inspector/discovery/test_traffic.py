"""Rates of channels and operations, and how steady they are."""

from __future__ import annotations

from typing import Any

import pytest

from graph.delta import diff
from graph.identity import Action
from inspector.observation import ProducerSeen

SEND, RECEIVE = Action.SEND, Action.RECEIVE


def test_rates_come_from_offsets_and_commits_and_are_shared_by_what_was_read(world: Any) -> None:
    world.channels("orders")
    for step in range(3):
        world.ends("orders", step * 100)
        world.commit("billing", "orders", step * 50)
        world.events("orders", "/alpha", 6)
        world.events("orders", "/bravo", 2)
        assert (world.graph().channels[world.topic("orders")].rate_per_s is None) == (step == 0)
        world.wait(2)

    assert world.graph().channels[world.topic("orders")].rate_per_s == 50.0
    assert world.operation("billing", RECEIVE, "orders").rate_per_s == 25.0
    assert world.operation("alpha", SEND, "orders").rate_per_s == pytest.approx(37.5)
    assert world.operation("bravo", SEND, "orders").rate_per_s == pytest.approx(12.5)


def test_batch_headers_share_the_rate_where_they_were_read(world: Any) -> None:
    world.channels("orders")
    for step in range(2):
        world.ends("orders", step * 100)
        world.batch("orders", 30, producer_id=1)
        world.batch("orders", 10, producer_id=2)
        world.transaction("alpha-tx", 1)
        world.transaction("bravo-tx", 2)
        world.wait(2)

    assert world.operation("alpha", SEND, "orders").rate_per_s == pytest.approx(37.5)


def test_sequence_numbers_tell_the_pace_where_nothing_was_read(world: Any) -> None:
    world.channels("orders")
    world.transaction("alpha-tx", 1)
    world.transaction("bravo-tx", 2)
    for step in range(2):
        world.producer(1, "orders", sequence=step * 90)
        world.producer(2, "orders", sequence=step * 30)
        world.wait(3)

    assert world.operation("alpha", SEND, "orders").rate_per_s == pytest.approx(30)
    assert world.operation("bravo", SEND, "orders").rate_per_s == pytest.approx(10)


def test_a_rate_that_is_not_observed_any_more_is_not_known(world: Any) -> None:
    world.channels("orders")
    world.ends("orders", 0)
    world.wait(2)
    world.ends("orders", 20)
    assert world.graph().channels[world.topic("orders")].rate_per_s == 10
    world.wait(120)
    assert world.graph().channels[world.topic("orders")].rate_per_s is None


def test_a_steady_system_gives_empty_deltas(world: Any) -> None:
    world.channels("orders")

    def tick() -> None:
        world.wait(1)
        world.group("billing", ["billing-1"], "orders")
        world.producer(1000, "orders", sequence=int(world.now_ns / 1e8))
        world.transaction("shop-tx", 1000)

    for _ in range(3):
        tick()
    before = world.graph()
    tick()
    assert diff(before, world.graph()).empty


def test_steady_traffic_changes_only_channels(world: Any) -> None:
    world.channels("orders")
    for second in range(40):
        world.wait(1)
        world.ends("orders", second * 100 + second % 3)
        world.batch("orders", 100, producer_id=5)
        world.transaction("shop-tx", 5)
    before = world.graph()
    changed = 0
    for second in range(40, 60):
        world.wait(1)
        world.ends("orders", second * 100 + second % 3)
        world.batch("orders", 100, producer_id=5)
        after = world.graph()
        changed += len(diff(before, after).operations)
        before = after
    assert changed <= 3


def test_the_last_record_is_never_in_the_future(world: Any) -> None:
    world.channels("orders")
    ahead = world.now_ns + 10**18
    world.see(ProducerSeen(world.topic("orders"), 0, 1, 0, 5, ahead))
    assert world.graph().channels[world.topic("orders")].last_record_ns == world.now_ns


def test_a_new_epoch_of_a_producer_does_not_look_like_a_burst(world: Any) -> None:
    world.channels("orders")
    world.transaction("alpha-tx", 1)
    world.transaction("bravo-tx", 2)
    for sequence in (1_000_000, 9):
        world.producer(1, "orders", sequence=sequence)
        world.producer(2, "orders", sequence=5)
        world.wait(5)
    assert world.operation("alpha", SEND, "orders").rate_per_s == pytest.approx(2)
