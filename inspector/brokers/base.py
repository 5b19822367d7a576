"""What every broker adapter can do; one contract suite runs over all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from graph.identity import ChannelId, ServerId
from inspector.observation import Observation
from inspector.record import Headers, Position, Record

EXPIRED = "they had expired before they were read"
OVER_BUDGET = "more came than the allowance of looking lets be read"
"""Why records are missed, on any broker."""


@dataclass(frozen=True)
class Budget:
    """How much an adapter may cost the brokers."""

    bytes_per_s: int = 2_000_000
    """Of records looked at; what exceeds it is skipped and counted. Offsets and groups are not in it."""
    capture_bytes_per_s: int = 400_000_000
    """Of channels for which a level was chosen: they are read whole, and what exceeds it is read later."""


@dataclass(frozen=True)
class Outgoing:
    """A record to be sent. None for key or value is a null, not an empty one."""

    channel: ChannelId
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None
    """None lets the broker's client choose by the key."""


class Adapter(Protocol):
    """One connection to one server. All methods raise `inspector.errors.InspectorError` alone."""

    @property
    def server(self) -> ServerId:
        """The server this adapter talks to."""

    async def open(self) -> None:
        """Connect once and check that a broker of the right kind answers.

        Raises `ConnectionFailed` or `AccessRefused`, within ten seconds.
        """

    def observe(self) -> AsyncIterator[Sequence[Observation]]:
        """Everything seen, in batches, for as long as the iterator is read.

        The first batches hold servers, channels and groups, so that a first graph can be drawn at once.
        Reading leaves no trace: no group is joined, no offset committed, no message taken. When the
        server goes away `Lost` is yielded, then the iterator keeps trying and yields `Back`.
        """

    async def fetch(self, channel: ChannelId, position: Position) -> Record | None:
        """One record from the broker; None where it lies there no more."""

    async def send(self, outgoing: Outgoing) -> Position:
        """Send one record and wait until the broker has it; the only method that changes anything."""

    async def close(self) -> None:
        """End every connection and task; safe to call twice."""
