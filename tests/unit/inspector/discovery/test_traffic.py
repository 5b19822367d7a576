"""Rates of channels and operations, and how steady they are."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.delta import diff
from graph.identity import Action, ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.discovery.facts import Actor, Anonymous, Writer
from inspector.discovery.traffic import SEQUENCES, Traffic
from inspector.discovery.window import SECOND_NS
from inspector.observation import (
    BatchSeen,
    ChannelGone,
    Observation,
    OffsetsSeen,
    Permission,
    PermissionsSeen,
    ProducerSeen,
)

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


def _busy(world: Any, read: int) -> None:
    """100 records a second by three senders, of which only some batches are read, and those of one sender."""
    world.channels("orders")
    world.transaction("alpha-tx", 1)
    world.transaction("bravo-tx", 2)
    for step in range(4):
        world.ends("orders", step * 1000)
        world.producer(1, "orders", sequence=step * 600)
        world.producer(2, "orders", sequence=step * 300)
        if step:
            world.batch("orders", read * 9 // 10, producer_id=2)
            world.batch("orders", read // 10)
            world.records("orders", 3)
        world.wait(10)


def test_sequence_numbers_share_the_rate_where_records_are_skipped(world: Any) -> None:
    _busy(world, read=100)
    assert world.operation("alpha", SEND, "orders").rate_per_s == pytest.approx(60)
    assert world.operation("bravo", SEND, "orders").rate_per_s == pytest.approx(30)
    key = f"?{world.topic('orders')}#anonymous"
    assert world.operation(key, SEND, "orders").rate_per_s == pytest.approx(10)


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(0, 9), st.integers(0, 9)), max_size=6
    )
)
def test_senders_never_have_more_than_the_channel(
    new_world: Any, steps: list[tuple[int, int, int, int]]
) -> None:
    world = new_world()
    world.channels("orders")
    first = second = end = 0
    for alpha, bravo, read, nameless in steps:
        first, second, end = first + alpha, second + bravo, end + alpha + bravo + nameless
        world.producer(1, "orders", sequence=first)
        world.producer(2, "orders", sequence=second)
        world.ends("orders", end)
        world.batch("orders", read, producer_id=1)
        world.records("orders", nameless)
        world.batch("orders", nameless)
        world.wait(5)
    graph = world.graph()
    rate = graph.channels[world.topic("orders")].rate_per_s
    rates = [operation.rate_per_s or 0.0 for operation in graph.operations.values()]
    assert rate is None or sum(rates) <= 1.01 * rate
    assert min(rates, default=0.0) >= 0.0


def test_what_was_read_shares_the_rate_where_nothing_is_skipped(world: Any) -> None:
    _busy(world, read=1000)
    assert world.operation("bravo", SEND, "orders").rate_per_s == pytest.approx(90)


def test_sequence_numbers_that_begin_anew_after_the_last_go_on(world: Any) -> None:
    world.channels("orders")
    world.transaction("alpha-tx", 1)
    world.transaction("bravo-tx", 2)
    for sequence in (SEQUENCES - 10, 10):
        world.producer(1, "orders", sequence=sequence)
        world.producer(2, "orders", sequence=sequence + 5 if sequence < 100 else 0)
        world.wait(2)
    assert world.operation("alpha", SEND, "orders").rate_per_s == pytest.approx(10)


def test_a_producer_whose_numbers_stand_still_is_idle(world: Any) -> None:
    world.channels("orders")
    world.transaction("alpha-tx", 1)
    world.transaction("bravo-tx", 2)
    for step in range(4):
        world.producer(1, "orders", sequence=step * 90)
        if step < 2:
            world.producer(2, "orders", sequence=step * 90)
        world.wait(3)
    assert world.operation("alpha", SEND, "orders").rate_per_s == pytest.approx(30)
    assert world.operation("bravo", SEND, "orders").rate_per_s == 0.0


def test_a_producer_that_wakes_up_has_the_pace_of_now(world: Any) -> None:
    world.channels("orders")
    world.transaction("alpha-tx", 1)
    world.transaction("bravo-tx", 2)
    for step in range(6):
        world.producer(1, "orders", sequence=step * 90)
        if step in (0, 5):
            world.producer(2, "orders", sequence=100 * step)
        if step < 5:
            world.wait(10)
    assert world.operation("bravo", SEND, "orders").rate_per_s == pytest.approx(50)


def test_who_is_only_permitted_to_send_has_no_part_in_the_rate(world: Any) -> None:
    world.channels("orders")
    permission = Permission("User:archive", SEND, "orders", prefix=False)
    world.see(PermissionsSeen(world.server, (permission,)))
    world.transaction("alpha-tx", 1)
    world.producer(1, "orders")
    for end in (0, 100):
        world.ends("orders", end)
        world.wait(2)
    assert world.operation("alpha", SEND, "orders").rate_per_s == 50
    assert world.operation("archive", SEND, "orders").rate_per_s is None


SERVER = ServerId("kafka", "one:9092")
ORDERS = ChannelId(SERVER, ChannelKind.TOPIC, "orders")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ends", "ends", "batch", "producer", "nothing", "gone"]),
            st.integers(0, 2),
            st.integers(0, 300),
            st.sampled_from([0.0, 0.5, 4.0, 30.0, 61.0]),
        ),
        max_size=10,
    )
)
def test_rates_that_are_kept_are_those_that_would_be_worked_out(
    steps: list[tuple[str, int, int, float]],
) -> None:
    traffic, now_ns, written = Traffic(), 100 * SECOND_NS, 0
    senders: list[frozenset[Actor]] = [
        frozenset([Writer(SERVER, 0), Alias("group", "billing")]),
        frozenset([Writer(SERVER, 1)]),
        frozenset([Anonymous(ORDERS)]),
        frozenset([Alias("principal", "User:ann")]),
    ]
    for kind, producer, count, wait_s in steps:
        written += count
        seen: dict[str, Observation] = {
            "ends": OffsetsSeen(ORDERS, {0: 0}, {0: written}),
            "batch": BatchSeen(
                ORDERS, 0, written, count, 100, now_ns, producer - 1, 0, 0, False, False, "none"
            ),
            "producer": ProducerSeen(ORDERS, 0, producer, 0, written, now_ns),
            "gone": ChannelGone(ORDERS),
        }
        if kind in seen:
            traffic.see(seen[kind], now_ns)
        now_ns += int(wait_s * SECOND_NS)
        anew = copy.deepcopy(traffic)
        for flow in anew.flows.values():
            flow.answer = None
        known = senders if count % 4 else senders[:1]
        assert traffic.send_rates(ORDERS, known, now_ns) == anew.send_rates(ORDERS, known, now_ns)
