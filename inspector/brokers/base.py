"""What every broker adapter can do; one contract suite runs over all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from msgspec import Struct

from graph.identity import ChannelId, ServerId
from inspector.errors import InspectorError
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


class Outgoing(Struct, frozen=True):
    """A record to be sent. None for key or value is a null, not an empty one."""

    channel: ChannelId
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None
    """None lets the broker's client choose by the key."""
    timestamp_ns: int | None = None
    """None for the time of sending."""


class Stamp(Struct, frozen=True):
    """How a broker knows a batch again, so that it takes it once however often it is sent."""

    channel: ChannelId
    partition: int
    producer_id: int
    producer_epoch: int
    sequence: int
    """Of its first record."""
    count: int
    since: int
    """It lies at this offset or after it, if it was taken."""


class Parcel(Protocol):
    """Records of one partition, made ready to be sent as one batch."""

    @property
    def channel(self) -> ChannelId:
        """Where it goes."""

    @property
    def partition(self) -> int:
        """Of the channel."""

    @property
    def places(self) -> list[int]:
        """Which of the records that were handed over, ascending."""

    @property
    def size(self) -> int:
        """About its bytes."""


class Taken(StrEnum):
    """What a broker made of a batch."""

    SENT = "sent"
    REFUSED = "refused"
    """Because of its records; in smaller batches some may be taken."""
    BARRED = "barred"
    """As things are, nothing at all is taken there."""
    FORGOTTEN = "forgotten"
    """The broker does not know the sender any more, and took nothing: it is to be stamped anew."""
    MISSING = "missing"
    """It was looked for, and is not there."""
    UNSURE = "unsure"
    """It may be there or not."""


class Answer(NamedTuple):
    """The end of a batch."""

    taken: Taken
    offset: int = -1
    """Of the first record, for `SENT`."""
    error: InspectorError | None = None


class Packed(NamedTuple):
    """The first of some records as batches, one for a partition at most."""

    upto: int
    """How many of the records these are, counted from the first."""
    parcels: Sequence[Parcel]
    refused: dict[int, InspectorError]
    """Which of them cannot be sent, and why."""


class Sender(Protocol):
    """Sends very many records in order, so that it can be told later of each whether it was taken.

    `pack`, `stamp`, write the stamps down, `deliver`: a process that is killed anywhere on that way can ask
    with `settle` what became of what it had stamped, and go on.
    """

    async def pack(self, records: Sequence[Outgoing]) -> Packed:
        """As many of the records as are sent at once; those of one partition keep their order.

        Raises what bars sending at all.
        """

    async def stamp(self, parcels: Sequence[Parcel]) -> list[Stamp]:
        """Number batches. What was stamped before must have been delivered."""

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Answer]:
        """Send what was stamped and wait for the answers, trying again while brokers are away."""

    async def settle(self, stamp: Stamp) -> Answer:
        """Look what became of a batch that another sender stamped, without sending anything.

        Raises `InspectorError` where nothing can be read.
        """

    def go_on(self, stamps: Sequence[tuple[Stamp, bool]]) -> None:
        """Go on as the sender of these batches, the oldest first; each with whether it was taken."""


class Admission(Struct, frozen=True):
    """What a server says beforehand of sending to one channel; nothing is changed by asking."""

    channel: ChannelId
    allowed: bool | None = None
    """Whether this login may send there, and make it where it is missing; None where nobody can tell."""
    remedy: str = ""
    """How to allow it, for False."""
    unknown: str = ""
    """Why it is not known, for None: one sentence."""
    largest: int | None = None
    """Bytes of the largest batch that is taken there; None where the server does not say."""
    setting: str = ""
    """What has to be raised to send more, as people name it; where the size is not told, how to see it."""


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

    async def create(self, channel: ChannelId, partitions: int) -> None:
        """Make a channel, unless it is there; for shadow channels of replays alone.

        Raises `InspectorError` with what to do where that cannot be.
        """

    async def admissions(self, channels: Sequence[ChannelId]) -> Sequence[Admission]:
        """What is known beforehand of sending to each of them, in their order; missing ones would be made.

        Raises `Unsupported` where no runs can be sent at all, `ConnectionFailed` where nobody answers.
        """

    def sender(self) -> Sender:
        """A new sender of many records. One thing is sent at a time by each."""

    async def close(self) -> None:
        """End every connection and task; safe to call twice."""
