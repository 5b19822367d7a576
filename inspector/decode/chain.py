"""Asks the decoders in order; a content-type header puts the one that it names first."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from inspector.decode.base import Declined, Decoder, Reading
from inspector.decode.binary import Binary, MessagePack, SchemaRegistry
from inspector.decode.json import CloudEvents, Json
from inspector.decode.packed import Gzip, Zstd
from inspector.decode.text import Text, Xml
from inspector.record import Headers

DECODERS: tuple[Decoder, ...] = (
    Gzip(),
    Zstd(),
    SchemaRegistry(),
    CloudEvents(),
    Json(),
    Xml(),
    MessagePack(),
    Text(),
    Binary(),
)
"""From the one that is surest of its bytes to the one that takes any."""
WRAPPINGS = 3
"""Wrappings in each other that are taken off."""
CONTENT_TYPE = ("content-type", "contenttype", "ce_datacontenttype", "ce-datacontenttype")
MEDIA_TYPES = {
    "application/cloudevents+json": "CloudEvents",
    "application/json": "JSON",
    "text/json": "JSON",
    "application/xml": "XML",
    "text/xml": "XML",
    "application/msgpack": "MessagePack",
    "application/x-msgpack": "MessagePack",
    "application/vnd.msgpack": "MessagePack",
    "application/gzip": "gzip",
    "application/zstd": "zstd",
}
"""The decoder that a media type names; `+json`, `+xml` and `text/…` are by rule (RFC 6839)."""
SAYS_NOTHING = "application/octet-stream"
"""Frameworks put it on anything."""


class Attempt(Struct, frozen=True):
    """A decoder that was asked, and why it declined; an empty reason is the one that took the bytes."""

    decoder: str
    reason: str = ""


class Decoded(Struct, frozen=True):
    """What the bytes say, and how that was found out."""

    value: Any
    """None for null and for JSON `null`; text is str; what nothing could read is bytes."""
    encoding: str
    attempts: tuple[Attempt, ...] = ()
    problem: str = ""
    """A sentence where the bytes are not what they are said to be."""


def decode(data: bytes | None, headers: Headers = ()) -> Decoded:
    """Read a value with its record's headers, or a key without; never raises."""
    if data is None:
        return Decoded(None, "null", (Attempt("null"),))
    if not data:
        return Decoded("", "empty", (Attempt("null", "there is a value"), Attempt("empty")))
    media_type = _media_type(headers)
    named = _named_by(media_type)
    # Text comes late all the same: JSON is often sent as text/plain.
    order = sorted(DECODERS, key=lambda decoder: decoder.name != named or named == Text.name)
    attempts: list[Attempt] = []
    reading = _ask(data, headers, order, attempts, WRAPPINGS)
    problem = _contradiction(media_type, named, attempts) or reading.problem
    return Decoded(reading.value, reading.encoding, tuple(attempts), problem)


def _ask(
    data: bytes, headers: Headers, order: list[Decoder], attempts: list[Attempt], wrappings: int
) -> Reading:
    for decoder in order:
        try:
            found = decoder.decode(data, headers)
        except Declined as declined:
            attempts.append(Attempt(decoder.name, str(declined)))
            continue
        if isinstance(found, Reading):
            attempts.append(Attempt(decoder.name))
            return found
        if not wrappings:
            attempts.append(
                Attempt(decoder.name, f"it is the {WRAPPINGS + 1}th wrapping, and {WRAPPINGS} are opened")
            )
            continue
        attempts.append(Attempt(decoder.name))
        if not found.data:
            return Reading("", f"{found.wrapping}, then empty")
        inside = _ask(found.data, headers, order, attempts, wrappings - 1)
        return Reading(inside.value, f"{found.wrapping}, then {inside.encoding}", inside.problem)
    raise AssertionError("the last decoder takes any bytes")


def _media_type(headers: Headers) -> str:
    for name, value in headers:
        if value is not None and name.lower() in CONTENT_TYPE:
            # Some frameworks send the header's value as a JSON string, in quotes.
            media_type = value.decode("utf-8", "replace").strip('" ').partition(";")[0].strip().lower()
            return "" if media_type == SAYS_NOTHING else media_type
    return ""


def _named_by(media_type: str) -> str | None:
    if media_type in MEDIA_TYPES:
        return MEDIA_TYPES[media_type]
    if media_type.endswith("+json"):
        return "JSON"
    if media_type.endswith("+xml"):
        return "XML"
    return "text" if media_type.startswith("text/") else None


def _contradiction(media_type: str, named: str | None, attempts: list[Attempt]) -> str:
    """A sentence where the bytes are not what their content-type header says."""
    took = {attempt.decoder for attempt in attempts if not attempt.reason}
    if not media_type or named in took:
        return ""
    if named is None or named == Text.name:
        if Binary.name not in took:
            return ""
        return f"The content-type header says {media_type}, which these bytes cannot be read as here."
    # The last one is about the innermost bytes, where there was a wrapping.
    reason = [attempt.reason for attempt in attempts if attempt.decoder == named][-1]
    return f"The content-type header says {media_type}, and the value is not {named}: {reason}."
