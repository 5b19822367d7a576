"""Bytes as real writers make them: fastavro, Google's runtime, msgspec, cbor2, gzip."""

from __future__ import annotations

import gzip
import io
import json as plain_json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import cbor2
import fastavro
import msgspec
import pytest
import zstandard
from google.protobuf.message import Message

from inspector.decode.avro import fingerprint_of
from inspector.decode.proto_messages import descriptor
from inspector.decode.proto_messages import message as parsed
from inspector.decode.schemas import Language, Schema
from inspector.encode.body import Body, Sealed, open_part
from inspector.encode.misfit import Misfit
from tests.unit.inspector.decode.test_proto_messages import SOURCE
from tests.unit.inspector.encode.kept import decoding, record

ORDER = {
    "type": "record", "name": "Order", "namespace": "shop", "fields": [
        {"name": "id", "type": "long"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]}},
        {"name": "lines", "type": {"type": "array", "items": {
            "type": "record", "name": "Line", "fields": [
                {"name": "sku", "type": "string"}, {"name": "count", "type": "int"}]}}},
        {"name": "raw", "type": "bytes"},
    ],
}  # fmt: skip
VALUE = {
    "id": 7, "note": None, "at": datetime(2026, 1, 2, 3, 4, 5, 678000, UTC), "price": Decimal("1.20"),
    "state": "NEW", "lines": [{"sku": "a-1", "count": 2}], "raw": b"\0\xff",
}  # fmt: skip
AVRO = Schema(Language.AVRO, plain_json.dumps(ORDER))
PROTO = Schema(Language.PROTOBUF, SOURCE)
JSON_SCHEMA = Schema(
    Language.JSON,
    '{"title":"Order","type":"object","properties":{"id":{"type":"integer"},"lines":{"type":"array","items":'
    '{"$ref":"line.json"}}},"required":["id"]}',
    references=(("line.json", '{"type":"object","required":["sku"]}'),),
)


def avro(value: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(ORDER), value)
    return out.getvalue()


def framed(number: int, body: bytes) -> bytes:
    return b"\0" + number.to_bytes(4, "big") + body


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    how = decoding(tmp_path, {5: AVRO, 6: PROTO, 7: JSON_SCHEMA})
    return lambda data, part="value": open_part(record(data, data), part, how)


def order_message() -> Message:
    message = parsed(b"", descriptor(PROTO, "shop.Order"))
    message.id = "o-1"  # type: ignore[attr-defined]
    message.lines["a"].sku = "x"  # type: ignore[attr-defined]
    message.amounts.extend([1, -2])  # type: ignore[attr-defined]
    message.at.FromJsonString("2026-01-01T00:00:00Z")  # type: ignore[attr-defined]
    return message


PROTO_BYTES = framed(6, b"\x02\x02" + order_message().SerializeToString(deterministic=True))
"""Behind the indexes of the second message of its file."""

EXAMPLES = {
    "JSON": b'{ "price": 1.00,"n":1e3, "items": [ {"sku":"a"} ] }',
    "JSON with a schema": framed(7, b'{"id": 1.0, "lines": [{"sku": "x"}]}'),
    "CloudEvents": b'{"specversion":"1.0","id":"1","source":"/a","type":"t","data":{"x":1.50}}',
    "Avro": framed(5, avro(VALUE)),
    "Avro single object": b"\xc3\x01" + fingerprint_of(AVRO) + avro(VALUE),
    "Protobuf": PROTO_BYTES,
    "MessagePack": msgspec.msgpack.encode({"a": 1, "raw": b"\0", "at": datetime(2026, 1, 1, tzinfo=UTC)}),
    "CBOR": cbor2.dumps({"a": 1, 7: [b"\0", datetime(2026, 1, 1, tzinfo=UTC), Decimal("1.20")]}),
    "gzip": gzip.compress(b'{"a":1.0}'),
    "zstd": zstandard.ZstdCompressor().compress(b'{"a":1.0}'),
    "base64": b64encode(b'{"a":1.0,"text":"long enough"}'),
    "XML": b'<?xml version="1.0"?><a b="1"><c/></a>',
    "text": "grüße".encode(),
}


@pytest.mark.parametrize("data", EXAMPLES.values(), ids=EXAMPLES)
def test_what_was_opened_and_written_for_people_is_the_same_bytes_again(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "order.avsc").write_text(AVRO.text)
    how = decoding(tmp_path, {5: AVRO, 6: PROTO, 7: JSON_SCHEMA})
    how._folders.append(folder(tmp_path / "schemas"))
    for part in ("key", "value"):
        body = open_part(record(data, data), part, how)
        assert body.data_of(body.read(body.text)) == data
        assert body.faults(body.document) == []


def folder(path: Path) -> Any:
    from inspector.decode.folder import Folder

    return Folder(path)


def changed(body: Body, old: str, new: str) -> bytes:
    """The bytes after a person wrote something else into the text."""
    assert old in body.text
    return body.data_of(body.read(body.text.replace(old, new)))


def test_a_field_of_avro_keeps_the_id_of_its_schema_and_the_other_fields(opened: Any) -> None:
    body = opened(EXAMPLES["Avro"])
    assert changed(body, '"count": 2', '"count": 3') == framed(
        5, avro({**VALUE, "lines": [{"sku": "a-1", "count": 3}]})
    )
    assert changed(body, '"note": null', '"note": "x"') == framed(5, avro({**VALUE, "note": "x"}))
    assert changed(body, '{\n    "$decimal": "1.20"\n  }', '"2.5"') == framed(
        5, avro({**VALUE, "price": Decimal("2.5")})
    )
    later = {**VALUE, "at": datetime(2027, 1, 1, tzinfo=UTC)}
    assert changed(body, '"2026-01-02T03:04:05.678000+00:00"', '"2027-01-01T00:00:00Z"') == framed(
        5, avro(later)
    )
    assert body.note == ""


@pytest.mark.parametrize(
    ("old", "new", "place", "why"),
    [
        ('"count": 2', '"count": "2"', "lines[0].count", "it is a whole number, not '2'"),
        ('"count": 2', '"count": 3000000000', "lines[0].count", "does not fit into 32 bits"),
        ('"id": 7', '"id": true', "id", "it is a whole number, not true"),
        ('"NEW"', '"LOST"', "state", "it is one of NEW, PAID, not 'LOST'"),
        ('"note": null', '"note": 1', "note", "not 1"),
        ('"id": 7', '"ids": 7', "ids", "has no such field"),
        ('"id": 7,', "", "id", "it is missing"),
        ('"$bytes": "00ff"', '"$bytes": "0"', "raw", "cannot be read as bytes"),
    ],
)
def test_avro_says_where_a_document_does_not_fit(
    opened: Any, old: str, new: str, place: str, why: str
) -> None:
    with pytest.raises(Misfit) as caught:
        changed(opened(EXAMPLES["Avro"]), old, new)
    assert caught.value.place == place
    assert why in str(caught.value)


def test_a_field_of_protobuf_keeps_the_schema_the_message_and_what_the_schema_does_not_know(
    opened: Any,
) -> None:
    body = opened(PROTO_BYTES + b"\xf8\x07\x05")  # field 127, which no schema knows
    data = changed(body, '"sku": "x"', '"sku": "y"')
    wanted = order_message()
    wanted.lines["a"].sku = "y"  # type: ignore[attr-defined]
    assert data == framed(6, b"\x02\x02" + wanted.SerializeToString(deterministic=True) + b"\xf8\x07\x05")
    data = changed(body, '"amounts": [\n    1,\n    -2\n  ]', '"amounts": [3], "card": "c"')
    again = opened(data).document
    assert (again["amounts"], again["card"], again["id"]) == ([3], "c", "o-1")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"id": "o-1"', '"id": 5', "id"),
        ('"id": "o-1"', '"ids": "o-1"', "ids"),
        ('"price": 0.0', '"price": "cheap"', "lines.a.price"),
        ("-2", "2147483648", "amounts[1]"),
        ('"UNKNOWN"', '"LOST"', "state"),
        ('"2026-01-01T00:00:00Z"', '"yesterday"', "at"),
    ],
)
def test_protobuf_says_where_a_document_does_not_fit(opened: Any, old: str, new: str, place: str) -> None:
    with pytest.raises(Misfit) as caught:
        changed(opened(PROTO_BYTES), old, new)
    assert caught.value.place == place


def test_protobuf_in_another_order_says_that_it_is_put_in_order(opened: Any) -> None:
    swapped = framed(6, b"\x02\x02" + b"\x48\x01" + b"\x0a\x01x")  # field 9 before field 1
    body = opened(swapped)
    assert body.data_of(body.document) == swapped
    assert "usual order" in body.note


def test_faults_of_a_json_schema_have_their_place(opened: Any) -> None:
    body = opened(EXAMPLES["JSON with a schema"])
    faults = body.faults(body.read('{"id": 1.5, "lines": [{"sku": "x"}, {}]}'))
    assert [fault.place for fault in faults] == ["id", "lines[1]"]
    assert changed(body, '"x"', '"y"') == framed(7, b'{"id": 1.0, "lines": [{"sku": "y"}]}')


def test_a_cloud_event_needs_its_attributes(opened: Any) -> None:
    body = opened(EXAMPLES["CloudEvents"])
    assert [fault.place for fault in body.faults(body.read('{"specversion":"1.0","id":""}'))] == [
        "id",
        "source",
        "type",
    ]


def test_what_is_compressed_is_compressed_again(opened: Any) -> None:
    assert gzip.decompress(changed(opened(EXAMPLES["gzip"]), "1.0", "2")) == b'{"a":2}'
    assert zstandard.decompress(changed(opened(EXAMPLES["zstd"]), "1.0", "2")) == b'{"a":2}'
    assert opened(EXAMPLES["zstd"]).note


def test_names_of_cbor_that_are_numbers_stay_numbers(opened: Any) -> None:
    data = changed(opened(EXAMPLES["CBOR"]), '"1.20"', '"1.25"')
    assert cbor2.loads(data)[7][2] == Decimal("1.25")


def test_xml_that_is_not_well_formed_is_told(opened: Any) -> None:
    body = opened(EXAMPLES["XML"])
    assert "line 1" in str(body.faults(body.read("<a><b></a>"))[0])


@pytest.mark.parametrize("data", [None, b"", b"\x89PNG\r\n\x1a\n\0\0", b"\xac\xed\0\x05t\0\x01a"])
def test_what_has_no_parts_says_so(opened: Any, data: bytes | None) -> None:
    with pytest.raises(Sealed, match=r"\.$"):
        opened(data)


def test_a_schema_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Sealed) as caught:
        open_part(record(EXAMPLES["Avro"]), "value", decoding(tmp_path, {}))
    assert caught.value.missing == (5,)
