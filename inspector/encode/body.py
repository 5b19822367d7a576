"""A key or a value opened for changing: a document on one side, its bytes on the other."""

from __future__ import annotations

import gzip
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, Literal

import zstandard

from inspector.decode.avro import SINGLE_HEADER, SINGLE_MAGIC, Avro, SingleObject
from inspector.decode.base import About, Declined, Decoder, Inside, clause
from inspector.decode.binary import Cbor, MessagePack
from inspector.decode.chain import Decoded
from inspector.decode.decoding import Decoding
from inspector.decode.framed import HEADER, SchemaRegistry
from inspector.decode.json import CloudEvents, Json
from inspector.decode.packed import Base64, Gzip, Zstd
from inspector.decode.protobuf import Protobuf, message_name
from inspector.decode.schemas import Language, Missing
from inspector.decode.text import Text
from inspector.decode.xml import Xml
from inspector.encode.coding import (
    AvroCoding,
    Coding,
    JsonCoding,
    PackedCoding,
    ProtobufCoding,
    TextCoding,
    faithful,
)
from inspector.encode.misfit import Misfit
from inspector.encode.splice import same
from inspector.record import Record

Part = Literal["key", "value"]


class Sealed(ValueError):
    """Bytes that can only be changed as bytes; the text is a sentence that says why.

    Attributes:
        missing: ids of schemas that a registry may have, and with which it could be changed.
    """

    def __init__(self, why: str, missing: Sequence[int] = ()) -> None:
        super().__init__(why)
        self.missing = tuple(missing)


class Body:
    """What the bytes say, and the bytes for something else. Raises `Misfit` with the place throughout.

    Attributes:
        encoding: name for people, such as `gzip, then JSON`.
        document: what the bytes say, in Python's types.
        prefix: what stands before the document, such as the id of a schema, and stays.
    """

    def __init__(self, data: bytes, decoded: Decoded, about: About) -> None:
        """Raises `Sealed` for an encoding that is not written here, `Declined` or `Misfit` for others."""
        self.encoding = decoded.encoding
        self._data = data
        self._wrap: list[Callable[[bytes], bytes]] = []
        taken = [attempt.decoder for attempt in decoded.attempts if not attempt.reason]
        for name in taken[:-1]:
            data = self._unwrapped(name, data, about)
        self._coding, length = _coding(taken[-1] if taken else "", data, about, decoded)
        self.prefix, self._inner = data[:length], data[length:]
        self.document = self._coding.document(self._inner)

    @property
    def coding(self) -> Coding:
        """How documents of it are read and written."""
        return self._coding

    @property
    def text(self) -> str:
        """The document as people edit it."""
        return self._coding.text(self.document)

    def read(self, text: str) -> Any:
        """The document that an edited text means."""
        return self._coding.read(text, self.document)

    def data_of(self, document: Any) -> bytes:
        """The bytes of another document; the very same bytes where nothing differs."""
        if same(self.document, document):
            return self._data
        data = self.prefix + self._coding.encode(self._inner, self.document, document)
        for wrap in reversed(self._wrap):
            data = wrap(data)
        return data

    def faults(self, document: Any) -> list[Misfit]:
        """What of a document does not fit its schema or convention, the first that can be told."""
        return self._coding.faults(document)

    @property
    def note(self) -> str:
        """What else changes in the bytes when anything does: a sentence; empty where nothing does."""
        if self._wrap:
            return "It is compressed or packed again, so that its bytes differ beside what is changed."
        if not faithful(self._coding, self._inner, self.document):
            return "It is written in the usual order of its format, which was another one, and says the same."
        return ""

    def _unwrapped(self, name: str, data: bytes, about: About) -> bytes:
        unwrap, wrap = _WRAPPINGS[name]
        if name == Base64.name:
            wrap = _base64_like(data)
        inside = unwrap.decode(data, about)
        self._wrap.append(wrap)
        return inside.data if isinstance(inside, Inside) else data


def open_part(record: Record, part: Part, decoding: Decoding) -> Body:
    """The key or value of a record. Raises `Sealed` for one that only can be changed as bytes."""
    data = record.key if part == "key" else record.value
    if not data:
        raise Sealed(f"The {part} is {'null' if data is None else 'empty'} and has no parts.")
    decoded = decoding.key(record) if part == "key" else decoding.value(record)
    try:
        return Body(data, decoded, decoding.about(record, part))
    except (Declined, Misfit) as refusal:
        raise Sealed(
            f"The {part} cannot be changed in parts: {clause(refusal)}.", decoded.missing
        ) from refusal


def _coding(taken: str, data: bytes, about: About, decoded: Decoded) -> tuple[Coding, int]:
    """How what a decoder took is written, and how many bytes stand before it."""
    match taken:
        case Json.name | CloudEvents.name:
            return JsonCoding(cloud_events=taken == CloudEvents.name), 0
        case MessagePack.name | Cbor.name:
            return PackedCoding(taken), 0
        case SchemaRegistry.name:
            return _registered(data, about)
        case Avro.name:
            return AvroCoding(about.schemas.named(about.argument or about.subject, Language.AVRO)), 0
        case SingleObject.name:
            fingerprint = data[len(SINGLE_MAGIC) : SINGLE_HEADER]
            return AvroCoding(about.schemas.by_fingerprint(fingerprint)), SINGLE_HEADER
        case Protobuf.name:
            from inspector.decode.proto_messages import descriptor  # its runtime takes a while to load

            name = message_name(about)
            return ProtobufCoding(descriptor(about.schemas.named(name, Language.PROTOBUF), name)), 0
        case Text.name | Xml.name:
            return TextCoding(taken), 0
    said = decoded.hint or decoded.problem or f"It is read as {decoded.encoding}, which is not written here."
    raise Sealed(f"{said} Change its bytes instead.", decoded.missing)


def _registered(data: bytes, about: About) -> tuple[Coding, int]:
    try:
        schema = about.schemas.by_id(int.from_bytes(data[1:HEADER], "big"))
    except Missing:
        return JsonCoding(), HEADER  # only JSON is read without its schema
    if schema.language is Language.JSON:
        return JsonCoding(schema), HEADER
    if schema.language is Language.AVRO:
        return AvroCoding(schema), HEADER
    from inspector.decode.proto_messages import framed

    kind, at = framed(data[HEADER:], schema)
    return ProtobufCoding(kind), HEADER + at


def _base64_like(data: bytes) -> Callable[[bytes], bytes]:
    """Packs in the alphabet of these, and without padding where they have none."""
    encode = urlsafe_b64encode if set(b"-_") & set(data) else b64encode
    padded = len(b"".join(data.split())) % 4 == 0
    return lambda inner: encode(inner) if padded else encode(inner).rstrip(b"=")


_WRAPPINGS: dict[str, tuple[Decoder, Callable[[bytes], bytes]]] = {
    Gzip.name: (Gzip(), lambda inner: gzip.compress(inner, mtime=0)),
    Zstd.name: (Zstd(), zstandard.ZstdCompressor().compress),
    Base64.name: (Base64(), b64encode),
}
