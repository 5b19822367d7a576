"""What a decoder is."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct

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


class Inside(Struct, frozen=True):
    """The bytes hold other bytes, which the chain is to be asked about."""

    data: bytes
    wrapping: str
    """Name for people of what was taken off."""


class Decoder(Protocol):
    """One way to read bytes that are neither null nor empty."""

    @property
    def name(self) -> str:
        """Name for people."""
        ...

    def decode(self, data: bytes, headers: Headers) -> Reading | Inside:
        """Read the bytes, or raise Declined."""
        ...
