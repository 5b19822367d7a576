"""Bytes that are not text."""

from __future__ import annotations

import msgspec

from inspector.decode.base import Declined, Inside, Reading
from inspector.decode.json import parse
from inspector.record import Headers

REGISTRY_HEADER = 5
"""A zero byte and the schema id in four, big endian (Confluent wire format)."""


class SchemaRegistry:
    """A value behind the header that serialisers with a schema registry put before it."""

    name = "schema registry"

    def decode(self, data: bytes, headers: Headers) -> Reading | Inside:
        """A JSON value behind the header needs no schema; anything else is declined."""
        if data[0] != 0 or len(data) <= REGISTRY_HEADER:
            raise Declined("it does not begin with a zero byte and a schema id")
        schema = int.from_bytes(data[1:REGISTRY_HEADER], "big")
        try:
            value, problems = parse(data[REGISTRY_HEADER:])
        except Declined as declined:
            raise Declined(
                f"as a schema registry's it would have schema {schema}, and no registry is configured"
            ) from declined
        return Reading(value, f"JSON with schema {schema}", " ".join(problems))


class MessagePack:
    """A MessagePack map or array that takes all bytes; a lone number would fit almost anything."""

    name = "MessagePack"

    def decode(self, data: bytes, headers: Headers) -> Reading | Inside:
        """The value."""
        if not (0x80 <= data[0] <= 0x9F or 0xDC <= data[0] <= 0xDF):
            raise Declined("it does not begin with a map or an array")
        try:
            return Reading(msgspec.msgpack.decode(data), self.name)
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
            raise Declined(_clause(error)) from error


class Binary:
    """Any bytes, as they are."""

    name = "binary"

    def decode(self, data: bytes, headers: Headers) -> Reading | Inside:
        """The bytes."""
        return Reading(data, self.name)


def _clause(error: Exception) -> str:
    text = str(error)
    return text[:1].lower() + text[1:].rstrip(".")
