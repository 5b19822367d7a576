from __future__ import annotations

from typing import Any

import pytest

from graph.model import Severity
from inspector.discovery.findings import subject_of
from inspector.observation import ChannelSeen


def rules(world: Any, topic: str) -> set[str]:
    channel = world.topic(topic)
    return {finding.rule for finding in world.graph().findings if finding.subject == channel}


def test_a_channel_that_never_held_a_record_is_unused(world: Any) -> None:
    world.channels("legacy", "emptied", "unknown")
    world.ends("legacy", 0)
    world.ends("emptied", 50, beginning=50)
    assert rules(world, "legacy") == {"unused-channel"}
    assert rules(world, "emptied") == set()
    assert rules(world, "unknown") == set()


def test_nobody_receives_only_after_somebody_could_have_been_seen(world: Any) -> None:
    world.channels("orders")
    world.ends("orders", 50)
    assert rules(world, "orders") == set()
    world.wait(6)
    assert rules(world, "orders") == {"no-receiver"}
    world.group("billing", ["billing-1"], "orders")
    assert rules(world, "orders") == set()


def test_a_group_on_the_server_settles_it_at_once(world: Any) -> None:
    world.channels("orders", "payments")
    world.ends("orders", 50)
    world.group("billing", ["billing-1"], "payments")
    (finding,) = [each for each in world.graph().findings if each.rule == "no-receiver"]
    assert finding.severity is Severity.NOTE
    assert finding.message == "Records are sent to orders and nobody receives them."


def test_internal_channels_have_no_findings(world: Any) -> None:
    world.see(ChannelSeen(world.topic("app-store-changelog"), 1, internal=True))
    world.ends("app-store-changelog", 0)
    assert rules(world, "app-store-changelog") == set()


def test_unrelated_types_make_a_generic_channel(world: Any) -> None:
    world.channels("company", "orders", "events")
    world.group("g", ["g-1"], "company", "orders", "events")
    for kind in ("OrderPlaced", "UserCreated", "StockMoved", "MailSent"):
        world.events("company", "/shop", 1, kind=kind)
    for kind in ("OrderPlaced", "OrderPaid", "OrderShipped", "OrderCancelled"):
        world.events("orders", "/shop", 1, kind=kind)
    assert rules(world, "company") == {"generic-channel"}
    assert rules(world, "orders") == set()
    assert rules(world, "events") == {"generic-channel"}


def test_the_gravest_findings_come_first(world: Any) -> None:
    world.channels("orders-dlq", "zzz")
    world.ends("orders-dlq", 3)
    world.ends("zzz", 0)
    severities = [finding.severity for finding in world.graph().findings]
    assert severities == [Severity.WARNING, Severity.NOTE]


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("OrderPlaced", "order"),
        ("order_placed", "order"),
        ("order.placed", "order"),
        ("com.acme.order.placed.v1", "order"),
        ("com.acme.OrderPlaced", "order"),
        ("Sales/OrderPlaced", "order"),
        ("v1", "v1"),
        ("", ""),
    ],
)
def test_what_a_type_is_about(name: str, subject: str) -> None:
    assert subject_of(name) == subject
