"""Names and fields of schemas in the three languages that registries keep."""

from __future__ import annotations

import json

import pytest

from inspector.brokers.kafka.registry import schema_of
from inspector.observation import MessageSchema

AVRO = {"type": "record", "name": "Placed", "namespace": "shop", "fields": [{"name": "id"}, {"name": "by"}]}
PROTOBUF = 'syntax = "proto3";\npackage shop.v1;\nmessage Placed {\n  string id = 1;\n  int64 at = 2;\n}\n'


@pytest.mark.parametrize(
    ("told", "name", "fields"),
    [
        ({"schema": json.dumps(AVRO)}, "shop.Placed", ("by", "id")),
        ({"schema": json.dumps(AVRO | {"name": "x.Placed"})}, "x.Placed", ("by", "id")),
        ({"schema": '"string"'}, "", ()),
        ({"schemaType": "PROTOBUF", "schema": PROTOBUF}, "shop.v1.Placed", ("at", "id")),
        (
            {"schemaType": "JSON", "schema": '{"title": "Placed", "properties": {"id": {}}}'},
            "Placed",
            ("id",),
        ),
        ({"schemaType": "JSON", "schema": "true"}, "", ()),
        ({"schema": "not json"}, "", ()),
    ],
)
def test_the_record_and_its_fields(told: dict[str, str], name: str, fields: tuple[str, ...]) -> None:
    assert schema_of("s", 3, told) == MessageSchema("s", name, 3, fields)
