"""One record as an application of the shop reads or writes it, whichever library it uses."""

from __future__ import annotations

from msgspec import Struct

Headers = list[tuple[str, bytes]]

EVENT = "ce_"
"""How the names of CloudEvents attributes begin in Kafka's binding, and so inside the shop."""


def renamed(headers: Headers, old: str, new: str) -> Headers:
    """The same with names that begin with `new` instead of `old`."""
    return [(new + n.removeprefix(old) if n.startswith(old) else n, value) for n, value in headers]


class Message(Struct, frozen=True):
    """A record read from a topic."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    def header(self, name: str) -> str:
        """A header as text; empty where it is missing."""
        return next((value.decode() for key, value in self.headers if key == name), "")


class Draft(Struct, frozen=True):
    """A record to be sent."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
