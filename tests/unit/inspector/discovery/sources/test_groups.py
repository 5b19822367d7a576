"""Patterns that groups are subscribed by, and members of whom only the log tells."""

from __future__ import annotations

from typing import Any

import pytest

from graph.identity import Action, ChannelId, ChannelKind, ServerId
from graph.model import Alias, EdgeState
from inspector.observation import ChannelSeen, GroupSeen, Member, MemberSeen

RECEIVE = Action.RECEIVE


def detail(world: Any, group: str, topic: str) -> str:
    (piece,) = world.operation(group, RECEIVE, topic).evidence
    return str(piece.detail)


def test_a_pattern_is_told_for_what_it_brought(world: Any) -> None:
    world.channels("pay-a", "pay-b", "orders")
    every = tuple(world.topic(name) for name in ("orders", "pay-a", "pay-b"))
    members = (
        Member("1", "ledger-1", "h", every, "^pay.*", (world.topic("orders"),)),
        Member("2", "ledger-2", "h", (world.topic("pay-b"),)),
    )
    world.see(GroupSeen(world.server, "ledger", "consumer", "Stable", members))
    assert "subscribed to pay-a by the pattern ^pay.*, with 2 members" in detail(world, "ledger", "pay-a")
    assert "pattern" not in detail(world, "ledger", "orders")
    assert "pattern" not in detail(world, "ledger", "pay-b")  # another member names it


def test_a_member_that_was_never_met_is_known_by_the_log(world: Any) -> None:
    world.channels("orders")
    at_ns = world.now_ns - 90 * 60 * 1_000_000_000
    member = Member("1", "nightly-job", "h", (world.topic("orders"),))
    world.see(MemberSeen(world.server, "report-of-the-day", "classic", member, at_ns))
    assert detail(world, "report-of-the-day", "orders").startswith("Group report-of-the-day had members")
    (piece,) = world.operation("report-of-the-day", RECEIVE, "orders").evidence
    assert piece.last_seen_ns == at_ns
    assert Alias("client-id", "nightly-job") in world.application("report-of-the-day").aliases


@pytest.mark.parametrize("empty", [True, False])
def test_the_log_does_not_change_how_many_members_there_are(world: Any, empty: bool) -> None:
    world.channels("orders")
    world.group("billing", [] if empty else ["billing-1"], "orders")
    for number in range(3):
        member = Member(str(number), f"billing-{number}", "h", (world.topic("orders"),))
        world.see(MemberSeen(world.server, "billing", "classic", member, world.now_ns))
    assert world.application("billing").instances == (0 if empty else 1)


def test_we_are_not_a_member(world: Any) -> None:
    world.channels("orders")
    member = Member("1", "eventscope-ann", "h", (world.topic("orders"),))
    world.see(MemberSeen(world.server, "billing", "classic", member, world.now_ns))
    assert world.edges() == set()


def test_a_group_deleted_on_one_server_lives_on_another_of_that_name(world: Any) -> None:
    other = ServerId("kafka", "other:9092")
    there = ChannelId(other, ChannelKind.TOPIC, "orders")
    world.see(ChannelSeen(there, 1))
    world.channels("orders")
    world.group("billing", [], "orders")
    for _ in range(7):
        member = Member("1", "billing-1", "h", (there,))
        world.see(GroupSeen(other, "billing", "classic", "Stable", (member,)))
        world.wait(60)
        world.group("audit", ["audit-1"], "orders")
    states = {key.channel: each.state for key, each in world.graph().operations.items()}
    assert states[there] is EdgeState.OBSERVED
    assert world.application("billing").detail == ""
    world.see(GroupSeen(other, "billing", "classic", "Empty", ()))
    world.wait(400)
    world.see(GroupSeen(other, "audit", "classic", "Empty", ()))
    assert world.application("billing").detail.startswith("gone, last seen")


def test_a_deleted_group_has_neither_a_lag_nor_instances(world: Any) -> None:
    world.channels("orders")
    world.ends("orders", 100)
    world.group("billing", ["billing-1"], "orders")
    world.commit("billing", "orders", 60)
    world.group("billing", [])
    assert (world.application("billing").instances, world.application("billing").lag) == (0, 40)
    world.wait(400)
    world.group("audit", ["audit-1"], "orders")
    assert (world.application("billing").instances, world.application("billing").lag) == (None, None)
    assert world.operation("billing", RECEIVE, "orders").lag is None
