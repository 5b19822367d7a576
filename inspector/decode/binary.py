"""Bytes that are not text, in formats that describe themselves."""

from __future__ import annotations

from io import BytesIO

import cbor2
import msgspec

from inspector.decode.base import About, Declined, Inside, Reading, clause

CBOR_MAGIC = b"\xd9\xd9\xf7"
"""Tag 55799, which says that CBOR follows (RFC 8949 §3.4.6)."""


class MessagePack:
    """A MessagePack map or array that takes all bytes; a lone number would fit almost anything."""

    name = "MessagePack"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """The value."""
        if not (0x80 <= data[0] <= 0x9F or 0xDC <= data[0] <= 0xDF):
            raise Declined("it does not begin with a map or an array")
        try:
            return Reading(msgspec.msgpack.decode(data), self.name)
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
            raise Declined(clause(error)) from error


class Cbor:
    """A CBOR map or array that takes all bytes (RFC 8949), or anything behind the tag that says CBOR."""

    name = "CBOR"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """The value; tags that are not known stay with what they mark."""
        if not (0x80 <= data[0] <= 0xBF or data.startswith(CBOR_MAGIC)):
            raise Declined("it does not begin with a map, an array or the tag of CBOR")
        source = BytesIO(data.removeprefix(CBOR_MAGIC))  # inside a tag maps would be of another kind
        try:
            value = cbor2.load(source)
        except (cbor2.CBORDecodeError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Declined(clause(error)) from error
        if left := source.read():
            raise Declined(f"{len(left)} bytes follow it")
        return Reading(value, self.name)


class Binary:
    """Any bytes, as they are."""

    name = "binary"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """The bytes."""
        return Reading(data, self.name)
