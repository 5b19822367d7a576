from __future__ import annotations

import json
from typing import Any

import pytest

from graph.model import MessageType
from inspector.discovery.message_types import fields
from inspector.record import Record
from inspector.traits import read


def types(world: Any, topic: str) -> dict[str, MessageType]:
    return {kind.name: kind for kind in world.graph().channels[world.topic(topic)].types}


def body(**values: object) -> bytes:
    return json.dumps(values).encode()


def test_fields_of_the_newest_sample_and_how_often_they_changed(world: Any) -> None:
    world.channels("orders")
    for value in (body(id=1, total=5), body(id=2, total=5), body(id=3, total=5, coupon="x")):
        world.records("orders", 1, (("ce_type", b"OrderPlaced"),), value=value)
        world.wait(2)

    kind = types(world, "orders")["OrderPlaced"]
    assert kind.fields == ("coupon", "id", "total")
    assert kind.versions == 2
    (finding,) = [each for each in world.graph().findings if each.rule == "schema-change"]
    assert "coupon came" in finding.message


def test_an_optional_field_that_comes_and_goes_is_two_versions_not_many(world: Any) -> None:
    world.channels("orders")
    for number in range(10):
        value = body(id=1) if number % 2 else body(id=1, coupon="x")
        world.records("orders", 1, (("ce_type", b"OrderPlaced"),), value=value)
        world.wait(2)
    assert types(world, "orders")["OrderPlaced"].versions == 2


def test_bodies_without_a_type_count_only_as_json_objects(world: Any) -> None:
    world.channels("text", "json")
    world.records("text", 3, value=b"hello")
    world.records("json", 3, value=body(a=1))
    assert types(world, "text") == {}
    assert types(world, "json")["untyped"].fields == ("a",)


def test_types_share_the_rate_of_the_channel(world: Any) -> None:
    world.channels("orders")
    for step in range(2):
        world.ends("orders", step * 100)
        world.events("orders", "/shop", 9, kind="OrderPlaced")
        world.events("orders", "/shop", 1, kind="OrderCancelled")
        world.wait(1)
    found = types(world, "orders")
    assert found["OrderPlaced"].rate_per_s == pytest.approx(90)
    assert found["OrderCancelled"].rate_per_s == pytest.approx(10)


def test_at_most_fifty_samples_a_second(world: Any) -> None:
    names = [f"topic-{number}" for number in range(80)]
    world.channels(*names)
    for name in names:
        world.records(name, 1, value=body(a=1))
    sampled = [name for name in names if types(world, name)]
    assert len(sampled) == 50
    world.wait(1)
    for name in names:
        world.records(name, 1, value=body(a=1))
    assert len([name for name in names if types(world, name)]) > 50


@pytest.mark.parametrize(
    ("headers", "value", "expected"),
    [
        ((), body(b=1, a=2), ("a", "b")),
        ((), b"  " + body(a=1), ("a",)),
        (
            (("content-type", b"application/cloudevents+json"),),
            body(specversion="1.0", source="/s", data={"x": 1}),
            ("x",),
        ),
        ((), body(schema={}, payload={"p": 1}), ("p",)),
        ((), b"[1]", None),
        ((), b"{broken", None),
        ((), b"", None),
        ((), None, None),
        ((), b'{"a":"' + b"x" * 70_000 + b'"}', None),
    ],
)
def test_fields_of_bodies(world: Any, headers: Any, value: Any, expected: Any) -> None:
    record: Record = world.record("orders", headers, value=value)
    assert fields(record, read(record)) == expected
