"""What a schema registry declares, in the types of channels."""

from __future__ import annotations

from typing import Any

import pytest

from graph.model import MessageType
from inspector.discovery.sources import schemas
from inspector.discovery.sources.schemas import with_declared
from inspector.observation import MessageSchema, SchemasSeen

TYPED = (("type", b"shop.Placed"),)


def types(world: Any, channel: str) -> tuple[MessageType, ...]:
    found: tuple[MessageType, ...] = world.graph().channels[world.topic(channel)].types
    return found


def registry(world: Any, *schemas: MessageSchema) -> None:
    world.see(SchemasSeen(world.server, "http://registry:8081", schemas))


@pytest.mark.parametrize("subject", ["orders-value", "orders-shop.Placed"])
def test_a_subject_names_its_channel(world: Any, subject: str) -> None:
    world.channels("orders", "other")
    registry(world, MessageSchema(subject, "shop.Placed", 3, ("id",)))
    assert types(world, "orders") == (MessageType("shop.Placed", 0.0, ("id",), 3),)
    assert types(world, "other") == ()


@pytest.mark.parametrize("subject", ["orders-key", "gone-value", "orders", "shop.Placed"])
def test_keys_and_unknown_subjects_declare_nothing(world: Any, subject: str) -> None:
    world.channels("orders")
    registry(world, MessageSchema(subject, "shop.Placed", 1))
    assert types(world, "orders") == ()


def test_a_record_without_a_channel_adds_to_where_it_is_seen(world: Any) -> None:
    world.channels("orders", "other")
    world.records("orders", 3, TYPED)
    registry(world, MessageSchema("shop.Placed", "shop.Placed", 4, ("id",)))
    (kind,) = types(world, "orders")
    assert (kind.name, kind.fields, kind.versions) == ("shop.Placed", ("id",), 4)
    assert types(world, "other") == ()


def test_a_subject_that_is_deleted_goes(world: Any) -> None:
    world.channels("orders")
    registry(world, MessageSchema("orders-value", "shop.Placed", 1))
    registry(world)
    assert types(world, "orders") == ()


def test_seen_and_declared_types_are_joined_by_name() -> None:
    seen = (MessageType("b", 2.0, ("x",), 1),)
    declared = [MessageType("c", 0.0, (), 2), MessageType("b", 0.0, ("y",), 5)]
    assert with_declared(seen, declared, 2.0) == (
        MessageType("b", 2.0, ("x",), 5),
        MessageType("c", 0.0, (), 2),
    )
    assert with_declared((), declared[:1], 2.0) == (MessageType("c", 2.0, (), 2),)


def test_of_very_many_types_only_those_seen_last_are_remembered(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "MOST_NAMED", 3)
    world.channels("orders", "other")
    for kind in ("a", "b", "c", "a", "d"):
        world.records("orders", 1, (("type", kind.encode()),))
    registry(world, *(MessageSchema(kind, kind, 1, (f"{kind}-id",)) for kind in "abcd"))
    assert {kind.name for kind in types(world, "orders") if kind.fields} == {"a", "c", "d"}
