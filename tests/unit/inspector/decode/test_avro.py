"""Bytes written by fastavro."""

from __future__ import annotations

import io
import json
from typing import Any

import fastavro
import pytest

from inspector.decode import decode
from inspector.decode.avro import fingerprint_of, read
from inspector.decode.base import About, Declined
from inspector.decode.schemas import Language, Missing, Schema

LINE = {"type": "record", "name": "Line", "namespace": "shop", "fields": [{"name": "sku", "type": "string"}]}
ORDER = {
    "type": "record", "name": "Order", "namespace": "shop", "fields": [
        {"name": "id", "type": "long"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "lines", "type": {"type": "array", "items": "shop.Line"}},
    ],
}  # fmt: skip
VALUE = {"id": 7, "note": None, "lines": [{"sku": "a-1"}]}
SCHEMA = Schema(Language.AVRO, json.dumps(ORDER), "", (("shop.Line", json.dumps(LINE)),))


class One:
    """Knows one schema, whatever it is asked for."""

    def by_id(self, number: int) -> Schema:
        return SCHEMA

    def by_fingerprint(self, fingerprint: bytes) -> Schema:
        if fingerprint != fingerprint_of(SCHEMA):
            raise Missing("another one")
        return SCHEMA

    def named(self, name: str, language: Language) -> Schema:
        return SCHEMA


ABOUT = About(schemas=One())


def bare() -> bytes:
    out = io.BytesIO()
    known: dict[str, dict[Any, Any]] = {}
    fastavro.parse_schema(LINE, named_schemas=known)
    fastavro.schemaless_writer(out, fastavro.parse_schema(ORDER, named_schemas=known), VALUE)
    return out.getvalue()


def test_a_value_behind_a_registry_id_is_read_with_what_its_schema_refers_to() -> None:
    decoded = decode(b"\0\0\0\0\x0c" + bare(), about=ABOUT)
    assert (decoded.encoding, decoded.value) == ("Avro with schema 12 (shop.Order)", VALUE)


def test_a_value_that_does_not_fit_its_schema_is_declined() -> None:
    with pytest.raises(Declined, match="1 bytes follow what fits the schema shop"):
        read(bare() + b"x", SCHEMA)
    with pytest.raises(Declined, match="does not fit the schema shop"):
        read(bare()[:-1], SCHEMA)
    with pytest.raises(Declined, match="no Avro schema"):
        read(b"", Schema(Language.AVRO, '{"type": "strange"}'))


def test_a_single_object_is_found_by_its_fingerprint() -> None:
    decoded = decode(b"\xc3\x01" + fingerprint_of(SCHEMA) + bare(), about=ABOUT)
    assert (decoded.encoding, decoded.value) == ("Avro single object (shop.Order)", VALUE)


def test_the_fingerprint_is_that_of_the_specification() -> None:
    # The CRC-64-AVRO of "int" in Avro's own share/test/data/schema-tests.txt, little endian.
    assert fingerprint_of(Schema(Language.AVRO, '"int"')) == (8247732601305521295).to_bytes(8, "little")


def test_a_container_file_brings_its_schema() -> None:
    out = io.BytesIO()
    fastavro.writer(out, LINE, [{"sku": "a"}, {"sku": "b"}], codec="deflate")
    decoded = decode(out.getvalue())
    assert (decoded.encoding, decoded.value) == ("Avro file (shop.Line)", [{"sku": "a"}, {"sku": "b"}])
