"""Asks the decoders in order; what a person chose or a content-type header names comes first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from inspector.decode.avro import Avro, Container, SingleObject
from inspector.decode.base import About, Declined, Decoder, Inside, Reading
from inspector.decode.binary import Binary, Cbor, MessagePack
from inspector.decode.bson import Bson
from inspector.decode.envelopes import Envelope, envelope_of
from inspector.decode.foreign import Image, JavaSerialization
from inspector.decode.framed import AS_REGISTRY, SchemaRegistry
from inspector.decode.json import CloudEvents, Json
from inspector.decode.kafka_logs import KafkaLog
from inspector.decode.packed import Base64, Gzip, Zstd
from inspector.decode.proto_wire import WireGuess
from inspector.decode.protobuf import Protobuf
from inspector.decode.schemas import Missing
from inspector.decode.smile import Smile
from inspector.decode.text import Text
from inspector.decode.xml import Xml
from inspector.record import Headers

DECODERS: tuple[Decoder, ...] = (
    KafkaLog(),
    Gzip(),
    Zstd(),
    JavaSerialization(),
    Image(),
    Container(),
    SingleObject(),
    SchemaRegistry(),
    Smile(),
    Protobuf(),
    CloudEvents(),
    Json(),
    Xml(),
    Bson(),
    MessagePack(),
    Cbor(),
    Base64(),
    Text(),
    WireGuess(),
    Binary(),
)
"""From the one that is surest of its bytes to the one that takes any."""
BY_CHOICE: tuple[Decoder, ...] = (Avro(),)
"""Almost any bytes would be something to these: they are asked where a person chose them."""
WRAPPINGS = 3
"""Wrappings in each other that are taken off."""
CONTENT_TYPE = ("content-type", "contenttype", "ce_datacontenttype", "ce-datacontenttype")
MEDIA_TYPES = {
    "application/cloudevents+json": "CloudEvents",
    "application/cloudevents-batch+json": "CloudEvents",
    "application/json": "JSON",
    "text/json": "JSON",
    "application/xml": "XML",
    "text/xml": "XML",
    "application/msgpack": "MessagePack",
    "application/x-msgpack": "MessagePack",
    "application/vnd.msgpack": "MessagePack",
    "application/cbor": "CBOR",
    "application/bson": "BSON",
    "application/x-jackson-smile": "Smile",
    "application/x-java-serialized-object": "Java serialization",
    "application/gzip": "gzip",
    "application/zstd": "zstd",
}
"""The decoder that a media type names; `+json`, `+xml`, `text/…` and such are by rule (RFC 6839)."""
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
    envelope: Envelope | None = None
    """The convention that the value or the headers follow; None where it is none that is known."""
    missing: tuple[int, ...] = ()
    """Ids of schemas that a registry may have and that are not at hand."""

    @property
    def hint(self) -> str:
        """A sentence on what would let more be read, where a schema was missing; empty otherwise."""
        if not self.attempts or self.attempts[-1].decoder not in (Binary.name, WireGuess.name):
            return ""
        told = (each.reason for each in self.attempts if each.reason.startswith(AS_REGISTRY))
        return "".join(f"{reason[0].upper()}{reason[1:]}." for reason in told)


def decode(data: bytes | None, headers: Headers = (), about: About | None = None) -> Decoded:
    """Read a value with its record's headers, or a key without; never raises.

    `about` says all that is known, instead of the headers alone.
    """
    return run(data, about or About(headers), DECODERS)


def run(
    data: bytes | None, about: About, decoders: Sequence[Decoder], chosen: Decoder | None = None
) -> Decoded:
    """What `decode` does, with these decoders. One that is chosen is the only one, and its error is hard."""
    if data is None:
        return Decoded(None, "null", (Attempt("null"),))
    if not data:
        return Decoded("", "empty", (Attempt("null", "there is a value"), Attempt("empty")))
    chain = _Chain(about)
    if chosen is not None:
        reading = chain.only(data, chosen)
        problem = reading.problem
    else:
        media_type = _media_type(about.headers)
        named = _named_by(media_type)
        # Text comes late all the same: JSON is often sent as text/plain.
        order = sorted(decoders, key=lambda decoder: decoder.name != named or named == Text.name)
        reading = chain.ask(data, order, WRAPPINGS)
        problem = _contradiction(media_type, named, chain.attempts) or reading.problem
    envelope = envelope_of(reading.value, about.headers)
    missing = tuple(chain.missing)
    return Decoded(reading.value, reading.encoding, tuple(chain.attempts), problem, envelope, missing)


class _Chain:
    """One run over decoders, with what each of them said."""

    def __init__(self, about: About) -> None:
        self._about = about
        self.attempts: list[Attempt] = []
        self.missing: list[int] = []

    def ask(self, data: bytes, order: Sequence[Decoder], wrappings: int) -> Reading:
        """What the first decoder reads that does not decline, and what is inside of wrappings."""
        for decoder in order:
            found = self._one(data, decoder)
            if isinstance(found, Reading):
                self.attempts.append(Attempt(decoder.name))
                return found
            if isinstance(found, str):
                self.attempts.append(Attempt(decoder.name, found))
                continue
            if not wrappings:
                reason = f"it is the {WRAPPINGS + 1}th wrapping, and {WRAPPINGS} are opened"
                self.attempts.append(Attempt(decoder.name, reason))
                continue
            self.attempts.append(Attempt(decoder.name))
            if not found.data:
                return Reading("", f"{found.wrapping}, then empty")
            inside = self.ask(found.data, order, wrappings - 1)
            return Reading(inside.value, f"{found.wrapping}, then {inside.encoding}", inside.problem)
        raise AssertionError("the last decoder takes any bytes")

    def only(self, data: bytes, chosen: Decoder) -> Reading:
        """What the decoder reads that a person chose, or the bytes with what is wrong with them."""
        found = self._one(data, chosen)
        self.attempts.append(Attempt(chosen.name, found if isinstance(found, str) else ""))
        if isinstance(found, Reading):
            return found
        if isinstance(found, Inside):
            self._about = replace(self._about, argument="")
            inside = self.ask(found.data, DECODERS, WRAPPINGS - 1) if found.data else Reading("", "empty")
            return Reading(inside.value, f"{found.wrapping}, then {inside.encoding}", inside.problem)
        said = f"{chosen.name} is chosen for this channel, and cannot read this: {found}."
        return Reading(data, "binary", said)

    def _one(self, data: bytes, decoder: Decoder) -> Reading | Inside | str:
        try:
            found = decoder.decode(data, self._about)
        except Declined as declined:
            cause = declined.__cause__
            if isinstance(cause, Missing) and cause.number is not None:
                self.missing.append(cause.number)
            return str(declined)
        except Exception as defect:  # noqa: BLE001 - a plug-in's mistake must not hide what others can read
            return f"it met a defect: {defect!r}"
        if isinstance(found, Reading) and found.missing is not None:
            self.missing.append(found.missing)
        return found


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
    for ending, name in (("+json", "JSON"), ("+xml", "XML"), ("+cbor", "CBOR")):
        if media_type.endswith(ending):
            return name
    if media_type.startswith("image/"):
        return Image.name
    return Text.name if media_type.startswith("text/") else None


def _contradiction(media_type: str, named: str | None, attempts: list[Attempt]) -> str:
    """A sentence where the bytes are not what their content-type header says."""
    took = {attempt.decoder for attempt in attempts if not attempt.reason}
    if not media_type or named in took:
        return ""
    if named is None or named == Text.name:
        if not took & {Binary.name, WireGuess.name}:
            return ""
        return f"The content-type header says {media_type}, which these bytes cannot be read as here."
    # The last one is about the innermost bytes, where there was a wrapping.
    reason = [attempt.reason for attempt in attempts if attempt.decoder == named][-1]
    return f"The content-type header says {media_type}, and the value is not {named}: {reason}."
