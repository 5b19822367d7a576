"""What a decoder is, and what it is told beside the bytes."""

from __future__ import annotations

from typing import Any, Literal, Protocol

from msgspec import Struct

from inspector.decode.schemas import NO_SCHEMAS, Schemas
from inspector.record import Headers


class Declined(ValueError):
    """Why a decoder does not take the bytes: a clause without a full stop."""


class Reading(Struct, frozen=True):
    """What a decoder made of the bytes."""

    value: Any
    encoding: str
    """Name for people, such as `JSON` or `gzip, then JSON`."""
    problem: str = ""
    """A sentence where it was read, but not all is as it should be."""
    missing: int | None = None
    """Id of a schema that a registry may have, and that would tell more."""


class Inside(Struct, frozen=True):
    """The bytes hold other bytes, which the chain is to be asked about."""

    data: bytes
    wrapping: str
    """Name for people of what was taken off."""


class About(Struct, frozen=True):
    """What is known of the bytes beside themselves."""

    headers: Headers = ()
    channel: str = ""
    """Its name; empty where it is not known."""
    part: Literal["key", "value"] = "value"
    key: bytes | None = None
    """The key of the record, which says in some logs what its value is."""
    schemas: Schemas = NO_SCHEMAS
    argument: str = ""
    """What a person wrote behind the decoder's name, such as the name of a schema or a character set."""

    @property
    def subject(self) -> str:
        """What a schema registry calls the schemas of this channel's keys or values (TopicNameStrategy)."""
        return f"{self.channel}-{self.part}"


class Decoder(Protocol):
    """One way to read bytes that are neither null nor empty."""

    @property
    def name(self) -> str:
        """Name for people."""
        ...

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """Read the bytes, or raise Declined."""
        ...


def clause(error: BaseException) -> str:
    """What an exception says, fit for `Declined`: one line, without a full stop."""
    text = " ".join(str(error).split()) or type(error).__name__
    head = text[:1].lower() if text[1:2].islower() else text[:1]
    return (head + text[1:]).rstrip(".")[:300]
