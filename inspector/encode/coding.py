"""How a document becomes bytes again, one way for each encoding that can be written."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec
from cbor2 import loads as cbor_loads

from inspector.decode import avro as avro_reading
from inspector.decode.base import Declined
from inspector.decode.binary import CBOR_MAGIC
from inspector.decode.schemas import Schema
from inspector.decode.xml import Xml
from inspector.encode import avro, json, validity
from inspector.encode.binary import CBOR, MESSAGE_PACK
from inspector.encode.misfit import Misfit
from inspector.encode.splice import Grammar, same, spliced
from inspector.encode.written import native, written


class Coding(Protocol):
    """One encoding of documents. Everything raises `Misfit` with the place where something does not fit."""

    @property
    def name(self) -> str:
        """Name for people."""

    def document(self, data: bytes) -> Any:
        """What the bytes say, in Python's types."""

    def encode(self, data: bytes, old: Any, new: Any) -> bytes:
        """The bytes of `new`, where `old` is what `data` says; never asked where both are the same."""

    def native(self, said: Any, old: Any) -> Any:
        """JSON that a person wrote, as a part of a document that was `old`."""

    def text(self, document: Any) -> str:
        """The document as people edit it."""

    def read(self, text: str, old: Any) -> Any:
        """The document that an edited text means."""

    def faults(self, document: Any) -> list[Misfit]:
        """What does not fit its schema or convention."""


class _Written:
    """Documents that are edited as JSON."""

    def native(self, said: Any, old: Any) -> Any:
        return native(said, old)

    def text(self, document: Any) -> str:
        return json.write(written(document), indent=2)

    def read(self, text: str, old: Any) -> Any:
        return self.native(json.parse(text), old)

    def faults(self, document: Any) -> list[Misfit]:
        return []


class JsonCoding(_Written):
    """JSON, with a schema or not."""

    def __init__(self, schema: Schema | None = None, *, cloud_events: bool = False) -> None:
        self._schema, self._cloud_events = schema, cloud_events
        self.name = "CloudEvents" if cloud_events else "JSON"

    def document(self, data: bytes) -> Any:
        """Numbers keep their form."""
        return json.parse(data)

    def encode(self, data: bytes, old: Any, new: Any) -> bytes:
        """In place."""
        return spliced(data, json.JSON, old, new)

    def native(self, said: Any, old: Any) -> Any:
        """As it is."""
        return said

    def text(self, document: Any) -> str:
        """Indented."""
        return json.write(document, indent=2)

    def faults(self, document: Any) -> list[Misfit]:
        """By its schema and by what CloudEvents ask for."""
        found = validity.as_cloud_event(document) if self._cloud_events else []
        return found if self._schema is None else found + validity.by_schema(document, self._schema)


class PackedCoding(_Written):
    """MessagePack or CBOR."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._grammar: Grammar = MESSAGE_PACK if name == "MessagePack" else CBOR

    def document(self, data: bytes) -> Any:
        """As its decoder reads it."""
        return (
            msgspec.msgpack.decode(data)
            if self._grammar is MESSAGE_PACK
            else cbor_loads(data.removeprefix(CBOR_MAGIC))
        )

    def encode(self, data: bytes, old: Any, new: Any) -> bytes:
        """In place."""
        try:
            return spliced(data, self._grammar, old, new)
        except (ValueError, IndexError) as error:
            if isinstance(error, Misfit):
                raise
            raise Misfit(f"{self.name} cannot hold it: {error}") from error


class AvroCoding(_Written):
    """Avro by its schema, behind the bytes that name it."""

    def __init__(self, schema: Schema) -> None:
        self.name = "Avro"
        self._schema = schema

    def document(self, data: bytes) -> Any:
        """By the schema."""
        return avro_reading.read(data, self._schema)[0]

    def encode(self, data: bytes, old: Any, new: Any) -> bytes:
        """Written anew: Avro has no names that could be found again."""
        return avro.encode(new, self._schema)

    def faults(self, document: Any) -> list[Misfit]:
        """The first one."""
        try:
            avro.fit(document, self._schema)
        except Misfit as misfit:
            return [misfit]
        return []


class ProtobufCoding(_Written):
    """A message by its descriptor."""

    def __init__(self, kind: Any) -> None:
        self.name = "Protobuf"
        self._kind = kind

    def document(self, data: bytes) -> Any:
        """Fields by their names."""
        from inspector.encode import protobuf  # its runtime takes a while to load

        return protobuf.decode(data, self._kind)

    def encode(self, data: bytes, old: Any, new: Any) -> bytes:
        """What the schema does not know stays."""
        from inspector.encode import protobuf

        return protobuf.encode(data, self._kind, new)

    def faults(self, document: Any) -> list[Misfit]:
        """The first one."""
        try:
            self.encode(b"", None, document)
        except Misfit as misfit:
            return [misfit]
        return []


class TextCoding:
    """Text without parts; XML is edited as the text that it is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def document(self, data: bytes) -> Any:
        """UTF-8."""
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise Misfit(f"it is not UTF-8 from byte {error.start} on") from error

    def encode(self, data: bytes, old: Any, new: Any) -> bytes:
        """UTF-8."""
        if not isinstance(new, str):
            raise Misfit("it is text without parts")
        return new.encode("utf-8", "surrogatepass")

    def native(self, said: Any, old: Any) -> Any:
        """Text, or JSON as text."""
        return said if isinstance(said, str) else json.write(said)

    def text(self, document: Any) -> str:
        """As it is."""
        return str(document)

    def read(self, text: str, old: Any) -> Any:
        """As it is."""
        return text

    def faults(self, document: Any) -> list[Misfit]:
        """Of XML, where it is not well-formed."""
        if self.name != Xml.name:
            return []
        from inspector.decode.base import About

        try:
            Xml().decode(str(document).encode(), About())
        except Declined as declined:
            return [Misfit(str(declined))]
        return []


def faithful(coding: Coding, data: bytes, document: Any) -> bool:
    """Whether writing a document anew gives the bytes that it had, so that only what changes changes."""
    if not isinstance(coding, (AvroCoding, ProtobufCoding)):
        return True
    return same(data, coding.encode(data, None, document))
