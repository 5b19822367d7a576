"""Edges and applications grow old, and what is gone stays as history."""

from __future__ import annotations

from typing import Any

import pytest

import inspector.discovery.ageing as ageing
from graph.identity import Action
from graph.model import EdgeState
from inspector.observation import ChannelGone, Observation, ProducerSeen, ProducersGone, RecordsSeen

SEND, RECEIVE = Action.SEND, Action.RECEIVE
MINUTE, HOUR = 60, 3600


def sender(world: Any) -> Any:
    (operation,) = (each for each in world.graph().operations.values() if each.id.action is SEND)
    return operation


def test_what_is_written_is_observed_then_stale_then_historic_and_worth_less_and_less(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    fresh = sender(world)
    assert (fresh.state, fresh.confidence) == (EdgeState.OBSERVED, 0.99)
    world.wait(14 * MINUTE)
    assert sender(world).state is EdgeState.OBSERVED
    world.wait(2 * MINUTE)
    assert (sender(world).state, sender(world).confidence) == (EdgeState.STALE, 0.99)
    world.wait(23 * HOUR)
    assert (sender(world).state, sender(world).confidence) == (EdgeState.STALE, pytest.approx(0.495))
    world.wait(HOUR)
    assert (sender(world).state, sender(world).confidence) == (EdgeState.HISTORIC, pytest.approx(0.495))
    world.wait(24 * HOUR)
    assert sender(world).confidence == pytest.approx(0.99 / 4, abs=0.01)


def test_a_sender_with_a_name_is_worth_half_after_a_day_and_one_without_after_an_hour(world: Any) -> None:
    world.channels("orders", "bills")
    world.producer(7, "orders")
    world.events("bills", "/billing", count=9)
    named_at_first = world.operation("billing", SEND, "bills").confidence
    world.wait(HOUR + 60)
    named = world.operation("billing", SEND, "bills")
    (unnamed,) = (each for each in world.graph().operations.values() if each.id != named.id)
    assert unnamed.confidence == pytest.approx(0.495)
    assert named.confidence == pytest.approx(named_at_first, abs=0.05)
    world.wait(24 * HOUR)
    assert world.operation("billing", SEND, "bills").confidence == pytest.approx(named_at_first / 2, abs=0.05)


def test_confidence_falls_once_an_hour_and_nothing_flickers_between(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    world.wait(24 * HOUR + 1)
    first = sender(world)
    for _ in range(5):
        world.wait(10 * MINUTE)
        assert sender(world) is first
    world.wait(10 * MINUTE)
    assert sender(world).confidence < first.confidence


def test_one_that_writes_again_is_observed_again(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    world.wait(HOUR)
    assert sender(world).state is EdgeState.STALE
    world.producer(7, "orders", sequence=11)
    assert (sender(world).state, sender(world).confidence) == (EdgeState.OBSERVED, 0.99)


def test_a_clock_that_is_behind_does_not_make_a_sender_stale(world: Any) -> None:
    world.channels("orders")
    for sequence in (1, 2):
        behind_ns = world.now_ns - HOUR * 1_000_000_000
        world.see(ProducerSeen(world.topic("orders"), 0, 7, 0, sequence, behind_ns))
        world.wait(5)
    assert sender(world).state is EdgeState.OBSERVED


def test_records_that_lay_there_before_are_as_old_as_they_say_and_new_ones_are_new(world: Any) -> None:
    world.channels("orders")
    world.ends("orders", 3)
    old = [world.record("orders", (("ce_source", b"/shop"),)) for _ in range(3)]
    world.wait(2 * HOUR)
    world.see(RecordsSeen(world.topic("orders"), tuple(old)))
    assert sender(world).state is EdgeState.STALE
    late = world.record("orders", (("ce_source", b"/shop"),))
    world.wait(2 * HOUR)
    world.see(RecordsSeen(world.topic("orders"), (late,)))
    assert sender(world).state is EdgeState.OBSERVED


def test_the_name_of_a_silent_producer_does_not_keep_its_edge_fresh(world: Any) -> None:
    world.channels("orders", "audit")
    world.ends("audit", 0)
    world.producer(7, "orders")
    world.events("audit", "/shop", 5, producer_id=7)
    world.wait(HOUR)
    world.events("audit", "/shop", 5, producer_id=7)
    world.transaction("shop-tx", 7)
    assert world.operation("shop", SEND, "orders").state is EdgeState.STALE
    assert world.operation("shop", SEND, "audit").state is EdgeState.OBSERVED


def test_a_group_without_members_is_stale_after_the_time_of_a_restart(world: Any) -> None:
    world.channels("orders")
    world.group("billing", ["billing-1"], "orders")
    for _ in range(11):
        world.wait(5)
        world.group("billing", [], "orders")
    assert world.operation("billing", RECEIVE, "orders").state is EdgeState.OBSERVED
    world.wait(10)
    assert world.operation("billing", RECEIVE, "orders").state is EdgeState.STALE
    world.group("billing", ["billing-2"], "orders")
    assert world.operation("billing", RECEIVE, "orders").state is EdgeState.OBSERVED


def test_a_group_with_members_stays_observed_though_nothing_is_sent(world: Any) -> None:
    world.channels("orders")
    for _ in range(60):
        world.group("billing", ["billing-1"], "orders")
        world.wait(MINUTE)
    assert world.operation("billing", RECEIVE, "orders").state is EdgeState.OBSERVED


def test_a_group_that_is_not_told_any_more_is_historic_with_its_commits_and_says_so(world: Any) -> None:
    world.channels("orders")
    world.group("billing", ["billing-1"], "orders")
    world.commit("billing", "orders", 5)
    world.commit("billing", "orders", 6)
    world.group("billing", [])
    for _ in range(8):
        world.wait(MINUTE)
        world.group("audit", ["audit-1"], "orders")
    assert world.operation("billing", RECEIVE, "orders").state is EdgeState.HISTORIC
    assert world.operation("audit", RECEIVE, "orders").state is EdgeState.OBSERVED
    assert world.application("billing").detail == "gone, last seen 2027-01-15T08:00:00Z"
    assert world.application("audit").detail == ""


def test_only_receivers_that_are_gone_are_no_receivers(world: Any) -> None:
    world.channels("orders")
    world.ends("orders", 5)
    world.group("billing", ["billing-1"], "orders")
    assert "no-receiver" not in {finding.rule for finding in world.graph().findings}
    world.wait(25 * HOUR)
    assert "no-receiver" in {finding.rule for finding in world.graph().findings}


def test_a_deleted_channel_takes_even_historic_edges_with_it(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    world.wait(30 * HOUR)
    assert sender(world).state is EdgeState.HISTORIC
    world.see(ChannelGone(world.topic("orders")))
    assert world.graph().operations == {}
    assert world.graph().applications == {}


def test_an_unnamed_sender_that_is_gone_stays_and_says_when_it_was_last_seen(world: Any) -> None:
    world.channels("orders")
    world.producer(7, "orders")
    world.wait(100 * HOUR)
    (application,) = world.graph().applications.values()
    assert application.detail == "producer id 7, gone, last seen 2027-01-15T08:00:00Z"


def test_of_producer_ids_that_are_gone_only_the_newest_are_kept(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ageing, "MOST_HISTORIC", 3)
    world.channels("jobs")
    for number in range(10):
        world.producer(number, "jobs")
        world.events("jobs", "/nightly-job", 5, producer_id=number)
        world.wait(MINUTE)
    world.graph()
    world.wait(30 * HOUR)
    world.producer(99, "jobs")
    world.graph()  # here the others are forgotten
    world.wait(2)
    aliases = {alias.value for each in world.graph().applications.values() for alias in each.aliases}
    assert aliases == {"7", "8", "9", "99", "/nightly-job"}
    assert world.operation("nightly-job", SEND, "jobs").state is EdgeState.HISTORIC


def test_producer_ids_are_forgotten_all_at_once(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ageing, "MOST_HISTORIC", 3)
    world.channels("jobs")
    for number in range(10):
        world.producer(number, "jobs")
        world.wait(MINUTE)
    world.wait(30 * HOUR)
    folded: list[Observation] = []
    fold = world.discovery.fold

    def watched(observations: list[Observation], now_ns: int) -> None:
        folded.extend(observations)
        fold(observations, now_ns)

    monkeypatch.setattr(world.discovery, "fold", watched)
    world.graph()
    assert folded == [ProducersGone(world.server, frozenset(range(7)))]
