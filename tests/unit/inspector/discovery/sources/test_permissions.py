"""Edges that are permitted: bounded, never certain, and gone when the permission is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence import CERTAIN, LIKELY
from graph.identity import Action
from inspector.discovery.sources.permissions import EVERYBODY, login
from inspector.observation import MOST_PERMITTED, ChannelGone, ChannelSeen, Permission, PermissionsSeen

SEND, RECEIVE = Action.SEND, Action.RECEIVE


def grant(world: Any, *permissions: Permission) -> None:
    world.see(PermissionsSeen(world.server, permissions))


def test_a_principal_named_for_a_channel_that_nobody_else_may_use_counts_more(world: Any) -> None:
    world.channels("orders", "payments")
    grant(
        world,
        Permission("User:shop", SEND, "orders", prefix=False),
        Permission("User:shop", SEND, "payments", prefix=False),
        Permission("User:tills", SEND, "payments", prefix=False),
    )
    assert world.operation("shop", SEND, "orders").confidence == 0.5
    assert world.operation("shop", SEND, "payments").confidence == 0.3
    (piece,) = world.operation("shop", SEND, "orders").evidence
    assert (piece.source, piece.family) == ("kafka.acl", "permission")
    assert piece.detail == (
        "Only the principal User:shop is allowed to send to orders; nothing here says that it does."
    )


def test_a_prefix_permits_what_begins_so_now_and_later(world: Any) -> None:
    world.channels("orders.new", "refunds")
    grant(world, Permission("User:shop", RECEIVE, "orders.", prefix=True))
    assert world.edges() == {("shop", "receive", "orders.new")}
    world.channels("orders.paid")
    assert world.edges() == {("shop", "receive", "orders.new"), ("shop", "receive", "orders.paid")}
    assert world.operation("shop", RECEIVE, "orders.paid").confidence == 0.3
    world.see(ChannelGone(world.topic("orders.paid")))
    assert world.edges() == {("shop", "receive", "orders.new")}


def test_what_covers_very_many_channels_draws_none(world: Any) -> None:
    world.channels(*(f"t{number}" for number in range(MOST_PERMITTED + 1)))
    grant(
        world,
        Permission("User:admin", SEND, "*", prefix=False),
        Permission("User:team", SEND, "t", prefix=True),
        Permission(EVERYBODY, SEND, "t1", prefix=False),
        Permission("User:eventscope", SEND, "t1", prefix=False),
        Permission("User:shop", SEND, "t2", prefix=False),
    )
    assert world.edges() == {("shop", "send", "t2")}
    # It is not the only one that may: so may admin and team.
    assert world.operation("shop", SEND, "t2").confidence == 0.3


def test_what_is_denied_is_not_permitted(world: Any) -> None:
    world.channels("orders", "payments")
    grant(
        world,
        Permission("User:shop", SEND, "orders", prefix=False),
        Permission("User:shop", SEND, "payments", prefix=False),
        Permission("User:shop", RECEIVE, "payments", prefix=False),
        Permission("User:shop", SEND, "ord", prefix=True, allowed=False),
        Permission(EVERYBODY, RECEIVE, "*", prefix=False, allowed=False),
    )
    assert world.edges() == {("shop", "send", "payments")}


def test_a_permission_that_is_taken_away_is_no_edge_any_more(world: Any) -> None:
    world.channels("orders")
    grant(world, Permission("User:shop", SEND, "orders", prefix=False))
    grant(world)
    assert world.edges() == set()


def test_internal_channels_have_no_permitted_edges(world: Any) -> None:
    world.see(ChannelSeen(world.topic("__consumer_offsets"), 50, internal=True))
    grant(world, Permission("User:shop", RECEIVE, "__consumer_offsets", prefix=False))
    assert world.edges() == set()


def test_a_permission_supports_what_is_observed_of_the_same_name(world: Any) -> None:
    world.channels("orders")
    world.group("billing", ["billing-1"], "orders")
    grant(world, Permission("User:billing", RECEIVE, "orders", prefix=False))
    operation = world.operation("billing", RECEIVE, "orders")
    assert {piece.source for piece in operation.evidence} == {"kafka.group", "kafka.acl"}
    assert operation.confidence == pytest.approx(1 - 0.02 * 0.5, abs=0.001)


@pytest.mark.parametrize(
    ("principal", "name"),
    [
        ("User:shop", "shop"),
        ("User:CN=billing,OU=pay,O=Acme", "billing"),
        ("User:OU=pay, CN=billing", "billing"),
        ("User:a:b", "a:b"),
        ("shop", "shop"),
    ],
)
def test_the_name_in_a_principal(principal: str, name: str) -> None:
    assert login(principal) == name


NAMES = st.sampled_from(["a", "ab", "abc", "b", "*"])
RULES = st.builds(
    Permission,
    st.sampled_from(["User:one", "User:two", EVERYBODY]),
    st.sampled_from(Action),
    NAMES,
    st.booleans(),
    st.booleans(),
)


@given(rules=st.lists(RULES, max_size=8))
def test_edges_are_those_of_the_rules_read_one_by_one(new_world: Any, rules: list[Permission]) -> None:
    world = new_world()
    world.channels("a", "ab", "abc", "b")
    grant(world, *rules)
    expected = set()
    for channel in ("a", "ab", "abc", "b"):
        for rule in rules:
            holds = [
                each
                for each in rules
                if each.action is rule.action
                and (channel.startswith(each.name) if each.prefix else each.name in (channel, "*"))
            ]
            denied = any(not each.allowed and each.principal in (rule.principal, EVERYBODY) for each in holds)
            told = rule.principal != EVERYBODY and (rule.prefix or rule.name != "*")
            if rule in holds and rule.allowed and told and not denied:
                expected.add((rule.principal.removeprefix("User:"), str(rule.action), channel))
    assert world.edges() == expected
    assert all(operation.confidence < LIKELY < CERTAIN for operation in world.graph().operations.values())
