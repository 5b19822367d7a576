"""Patterns that groups are subscribed by, and members of whom only the log tells."""

from __future__ import annotations

from typing import Any

import pytest

from graph.identity import Action
from graph.model import Alias
from inspector.observation import GroupSeen, Member, MemberSeen

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
