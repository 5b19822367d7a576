"""What an adapter saw on a broker: plain facts, not yet conclusions.

Adapters yield these; `inspector.discovery` folds them into evidence and a graph. Nothing here is specific
to one broker unless its name says so, and every fact can be made by hand in a test.
"""

from __future__ import annotations

from msgspec import Struct

from graph.identity import ChannelId, RouteKind, ServerId
from graph.model import Unavailable
from inspector.record import Record


class ServerSeen(Struct, frozen=True):
    """A cluster answered."""

    server: ServerId
    name: str
    version: str | None = None
    brokers: int = 1


class ChannelSeen(Struct, frozen=True):
    """A channel exists."""

    channel: ChannelId
    partitions: int
    internal: bool = False


class ChannelGone(Struct, frozen=True):
    """A channel that was seen before exists no more."""

    channel: ChannelId


class OffsetsSeen(Struct, frozen=True):
    """First and next offsets of a channel's partitions: rates come from two of these."""

    channel: ChannelId
    beginning: dict[int, int]
    end: dict[int, int]


class Member(Struct, frozen=True):
    """One client in a group, as the broker describes it."""

    member_id: str
    client_id: str
    host: str
    channels: tuple[ChannelId, ...]
    """Subscribed to or assigned."""


class GroupSeen(Struct, frozen=True):
    """A group of receivers."""

    server: ServerId
    group: str
    kind: str
    """`classic`, `consumer` (KIP-848), `share`, `streams`, `connect`, or `offsets` (only commits)."""
    state: str
    members: tuple[Member, ...] = ()


class OffsetsCommitted(Struct, frozen=True):
    """How far a group has got: the next offset to read, by channel and partition."""

    server: ServerId
    group: str
    offsets: tuple[tuple[ChannelId, dict[int, int]], ...]


class ProducerSeen(Struct, frozen=True):
    """An idempotent producer has written to a partition (Kafka DescribeProducers)."""

    channel: ChannelId
    partition: int
    producer_id: int
    epoch: int
    last_sequence: int
    last_timestamp_ns: int
    transaction_open: bool = False


class TransactionSeen(Struct, frozen=True):
    """A transactional id and the producer id that it has (Kafka ListTransactions)."""

    server: ServerId
    transactional_id: str
    producer_id: int
    state: str


class BatchSeen(Struct, frozen=True):
    """The header of a record batch: who wrote it, without its content (Kafka, 61 bytes)."""

    channel: ChannelId
    partition: int
    base_offset: int
    count: int
    size: int
    """Bytes on the wire."""
    max_timestamp_ns: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    transactional: bool
    control: bool
    codec: str


class RecordsSeen(Struct, frozen=True):
    """Records of one channel, in the order of their positions, to be stored and read for evidence."""

    channel: ChannelId
    records: tuple[Record, ...]
    skipped: int = 0
    """Records between the previous ones and these that were not read, to stay within the budget."""


class RouteSeen(Struct, frozen=True):
    """The broker, or a program that only forwards, moves records from one channel to another."""

    source: ChannelId
    target: ChannelId
    kind: RouteKind
    technique: str
    confidence: float
    detail: str


class NotVisible(Struct, frozen=True):
    """Something could not be read, and why."""

    unavailable: Unavailable


class VisibleAgain(Struct, frozen=True):
    """What was not visible is now."""

    what: str


class Lost(Struct, frozen=True):
    """The server stopped answering; the adapter keeps trying."""

    server: ServerId
    message: str


class Back(Struct, frozen=True):
    """The server answers again."""

    server: ServerId


Observation = (
    ServerSeen
    | ChannelSeen
    | ChannelGone
    | OffsetsSeen
    | GroupSeen
    | OffsetsCommitted
    | ProducerSeen
    | TransactionSeen
    | BatchSeen
    | RecordsSeen
    | RouteSeen
    | NotVisible
    | VisibleAgain
    | Lost
    | Back
)
