"""Avro: by a schema, single objects with a fingerprint, and container files.

https://avro.apache.org/docs/1.12.0/specification/

fastavro is imported where it is needed, as it takes a while.
"""

from __future__ import annotations

import io
import json
from functools import lru_cache
from itertools import islice
from typing import Any

from inspector.decode.base import About, Declined, Inside, Reading, clause
from inspector.decode.schemas import Language, Missing, Schema

CONTAINER_MAGIC = b"Obj\x01"
SINGLE_MAGIC = b"\xc3\x01"
SINGLE_HEADER = len(SINGLE_MAGIC) + 8
"""The magic and the schema's CRC-64-AVRO fingerprint, little endian."""
MOST_OBJECTS = 10_000
"""Of a container file."""


class SingleObject:
    """One object behind the fingerprint of its schema (single-object encoding)."""

    name = "Avro single object"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """By the schema with that fingerprint."""
        if not data.startswith(SINGLE_MAGIC) or len(data) < SINGLE_HEADER:
            raise Declined("it does not begin with c3 01 and a fingerprint")
        try:
            schema = about.schemas.by_fingerprint(data[len(SINGLE_MAGIC) : SINGLE_HEADER])
        except Missing as missing:
            raise Declined(str(missing)) from missing
        value, name = read(data[SINGLE_HEADER:], schema)
        return Reading(value, f"{self.name} ({name})" if name else self.name)


class Container:
    """An object container file, which brings its schema along."""

    name = "Avro file"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """Its objects, up to `MOST_OBJECTS`."""
        if not data.startswith(CONTAINER_MAGIC):
            raise Declined("it does not begin with Obj and 01")
        from fastavro import reader

        try:
            file = reader(io.BytesIO(data))
            objects = list(islice(file, MOST_OBJECTS + 1))
            name = _name(file.writer_schema)
        except Exception as error:  # what fastavro raises of damaged bytes is of no one kind
            raise Declined(clause(error)) from error
        problem = f"Only the first {MOST_OBJECTS:,} objects are shown." if len(objects) > MOST_OBJECTS else ""
        return Reading(objects[:MOST_OBJECTS], f"{self.name} ({name})" if name else self.name, problem)


class Avro:
    """Bare Avro, by the schema that a person named, or else by that of the channel's subject."""

    name = "Avro"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """By that schema."""
        try:
            schema = about.schemas.named(about.argument or about.subject, Language.AVRO)
        except Missing as missing:
            raise Declined(str(missing)) from missing
        value, name = read(data, schema)
        return Reading(value, f"{self.name} ({name})" if name else self.name)


def read(data: bytes, schema: Schema) -> tuple[Any, str]:
    """The value that takes all bytes, and the name of its type. Raises `Declined`."""
    from fastavro import schemaless_reader

    whole, _ = parsed(schema)
    source = io.BytesIO(data)
    try:
        value = schemaless_reader(source, whole, None)
    except Exception as error:  # what fastavro raises of damaged bytes is of no one kind
        raise Declined(f"it does not fit the schema {_name(whole)}: {clause(error)}") from error
    if source.tell() != len(data):
        raise Declined(f"{len(data) - source.tell()} bytes follow what fits the schema {_name(whole)}")
    return value, _name(whole)


def fingerprint_of(schema: Schema) -> bytes:
    """Its CRC-64-AVRO as it stands before a single object. Raises `Declined`."""
    from fastavro.schema import fingerprint, to_parsing_canonical_form

    hexed: str = fingerprint(to_parsing_canonical_form(parsed(schema)[0]), "CRC-64-AVRO")
    return bytes.fromhex(hexed)


@lru_cache(maxsize=256)
def parsed(schema: Schema) -> tuple[Any, dict[str, Any]]:
    """The schema as fastavro takes it, and the types in it by their full names. Raises `Declined`."""
    from fastavro.schema import parse_schema

    try:
        known: dict[str, Any] = {}
        for _, text in schema.references:
            parse_schema(json.loads(text), named_schemas=known)
        return parse_schema(json.loads(schema.text), named_schemas=known), known
    except Exception as error:  # what fastavro raises of a damaged schema is of no one kind
        raise Declined(f"its schema is no Avro schema: {clause(error)}") from error


def _name(whole: Any) -> str:
    if isinstance(whole, dict):
        return str(whole.get("name", "") or whole.get("type", ""))
    return whole if isinstance(whole, str) else ""
