"""Schemas by which bytes can be read, as a value that decoders are given: they never wait for a network."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Language(StrEnum):
    """What a schema is written in; the value is a registry's name for it."""

    AVRO = "AVRO"
    PROTOBUF = "PROTOBUF"
    JSON = "JSON"


class Schema(Struct, frozen=True):
    """One schema with all that it refers to."""

    language: Language
    text: str
    """As it was written; of Protobuf maybe a `FileDescriptorSet` in base64."""
    name: str = ""
    """The file or subject it is known by; empty where it has only an id."""
    references: tuple[tuple[str, str], ...] = ()
    """Name and text of what it refers to, what is referred to first."""


class Schemas(Protocol):
    """Where decoders look for schemas; what is not there at once is not there."""

    def by_id(self, number: int) -> Schema:
        """The schema with a registry's id. Raises `Missing`."""

    def by_fingerprint(self, fingerprint: bytes) -> Schema:
        """The Avro schema with this CRC-64-AVRO fingerprint, little endian. Raises `Missing`."""

    def named(self, name: str, language: Language) -> Schema:
        """The schema of a file, subject or type of that name. Raises `Missing`."""


class Missing(LookupError):
    """A schema that is not at hand; the text is a clause that says why and what to do.

    Attributes:
        number: its id in a registry, which may be asked for it; None where asking helps nothing.
    """

    def __init__(self, reason: str, number: int | None = None) -> None:
        super().__init__(reason)
        self.number = number


class NoSchemas:
    """Nothing is known."""

    def by_id(self, number: int) -> Schema:
        """Raises `Missing`."""
        raise Missing(
            "no registry is known; write ?registry=http://host:8081 behind the address of the server,"
            " or name a folder of schemas in the project"
        )

    def by_fingerprint(self, fingerprint: bytes) -> Schema:
        """Raises `Missing`."""
        raise Missing(
            f"no schema with fingerprint {fingerprint.hex()} is known; put its .avsc file into a folder of"
            " schemas that the project names"
        )

    def named(self, name: str, language: Language) -> Schema:
        """Raises `Missing`."""
        raise Missing(
            f"no schema {name} is known; put its file into a folder of schemas that the project names"
        )


NO_SCHEMAS = NoSchemas()
