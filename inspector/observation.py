"""What an adapter saw on a broker: plain facts, not yet conclusions.

Adapters yield these; `inspector.discovery` folds them into evidence and a graph. Nothing here is specific
to one broker unless its name says so, and every fact can be made by hand in a test.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from graph.identity import Action, ChannelId, RouteKind, ServerId
from graph.model import Unavailable
from inspector.declaration import ConfirmedEdge, Declaration
from inspector.record import Record, RecordBatch


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


class OffsetsSeen(Struct, frozen=True, gc=False):
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
    pattern: str = ""
    """The regular expression that it is subscribed by; what that brought it is among `channels`."""
    named: tuple[ChannelId, ...] = ()
    """Where there is a pattern: the channels that it is subscribed to by name besides."""


class MemberSeen(Struct, frozen=True):
    """A client was in a group at some time, as the broker's own log of groups tells."""

    server: ServerId
    group: str
    kind: str
    member: Member
    at_ns: int


class GroupSeen(Struct, frozen=True):
    """A group of receivers."""

    server: ServerId
    group: str
    kind: str
    """`classic`, `consumer` (KIP-848), `share`, `streams`, `connect`, or `offsets` (only commits)."""
    state: str
    members: tuple[Member, ...] = ()


class Use(Struct, frozen=True, order=True):
    """One client does something with one channel, as the broker itself tells."""

    client: str
    """The name that it gave itself."""
    action: Action
    channel: ChannelId
    detail: str
    """One sentence that says how it is known."""


class UsesSeen(Struct, frozen=True):
    """Everything that clients do now, as one interface of a broker tells; what it told before and not now
    has ended."""

    server: ServerId
    technique: str
    """Such as `nats.subscription`."""
    confidence: float
    uses: tuple[Use, ...]


class OffsetsCommitted(Struct, frozen=True):
    """How far a group has got: the next offset to read, by channel and partition."""

    server: ServerId
    group: str
    offsets: tuple[tuple[ChannelId, dict[int, int]], ...]


class CommitSeen(Struct, frozen=True):
    """A group committed offsets, as the broker's own log of commits tells."""

    server: ServerId
    group: str
    channel: ChannelId
    producer_id: int
    """Of the transaction that it was part of, whether or not that was committed; -1 outside of one."""
    at_ns: int
    offsets: tuple[tuple[int, int, int], ...] = ()
    """Of transactions, this one and those told with it: partition, next offset to read, and when."""


class ProducerSeen(Struct, frozen=True, gc=False):
    """An idempotent producer has written to a partition (Kafka DescribeProducers)."""

    channel: ChannelId
    partition: int
    producer_id: int
    epoch: int
    last_sequence: int
    last_timestamp_ns: int
    transaction_open: bool = False


class ProducersGone(Struct, frozen=True):
    """Idempotent producers that have not written for so long that nothing remembers them."""

    server: ServerId
    producer_ids: frozenset[int]


class TransactionSeen(Struct, frozen=True):
    """A transactional id and the producer id that it has (Kafka ListTransactions)."""

    server: ServerId
    transactional_id: str
    producer_id: int
    state: str
    writes: tuple[tuple[ChannelId, tuple[int, ...]], ...] = ()
    """Channels and partitions of its transaction, where they can be told: while it is open, or logged."""
    logged_ns: int | None = None
    """When it was logged; None where the broker told its present state."""


class BatchSeen(Struct, frozen=True, gc=False):
    """The header of a record batch: who wrote it, without its content (Kafka, 61 bytes).

    Of several that follow each other, written alike by one producer, it may be told as of one.
    """

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

    def continued_by(self, other: BatchSeen) -> bool:
        """Whether it can be told of both as of one: no transaction, and all else alike."""
        return (
            not self.transactional
            and not self.control
            and self.producer_id == other.producer_id
            and self.producer_epoch == other.producer_epoch
            and self.codec == other.codec
            and (self.base_sequence < 0) == (other.base_sequence < 0)
        )

    def with_next(self, other: BatchSeen) -> BatchSeen:
        """This batch and the one that continues it."""
        return replace(
            self,
            count=self.count + other.count,
            size=self.size + other.size,
            max_timestamp_ns=max(self.max_timestamp_ns, other.max_timestamp_ns),
        )


class BatchRead(Struct, frozen=True, gc=False):
    """Records of one partition in the order of their offsets, each once, to be stored and looked into."""

    batch: RecordBatch

    def evidence(self) -> RecordsSeen:
        """The same, record by record."""
        return RecordsSeen(self.batch.channel, tuple(self.batch.records()))


class RangeRead(Struct, frozen=True, gc=False):
    """All that lies between two offsets of a partition was read, be that as it may fewer records, or none."""

    channel: ChannelId
    partition: int
    first_offset: int
    end_offset: int
    """Not included."""
    headers_only: bool = False
    """Whether headers of batches were read and no record, as the channel is captured so."""


class ReadingBegun(Struct, frozen=True):
    """A channel for which a level was chosen is read whole from here on."""

    channel: ChannelId
    first: dict[int, int]
    """Where each partition is begun."""
    end: dict[int, int]
    """The offsets after the newest records when it was begun."""


class RecordsMissed(Struct, frozen=True, gc=False):
    """Records after the previous ones that were not read, and why, as half a sentence."""

    channel: ChannelId
    partition: int
    count: int
    reason: str


class TransactionAborted(Struct, frozen=True, gc=False):
    """What a producer wrote to a partition in a transaction between these offsets was taken back."""

    channel: ChannelId
    partition: int
    producer_id: int
    first_offset: int
    end_offset: int
    """Not included: that of the mark which the broker wrote."""


class RecordsSeen(Struct, frozen=True, gc=False):
    """Records of one channel that are evidence, in the order of their positions."""

    channel: ChannelId
    records: tuple[Record, ...]
    skipped: int = 0
    """Records between the previous ones and these that were not read, to stay within the budget."""
    apart: bool = False
    """Looked up out of their order to learn who wrote them: they are not counted."""


class RouteSeen(Struct, frozen=True):
    """The broker, or a program that only forwards, moves records from one channel to another."""

    source: ChannelId
    target: ChannelId
    kind: RouteKind
    technique: str
    confidence: float
    detail: str


class Forward(Struct, frozen=True, order=True):
    """A broker hands on what comes to one of its channels to the channel of that name on another broker."""

    source: ChannelId
    remote: str
    """The other broker's name, as `ServerSeen` tells it there."""
    detail: str


class ForwardsSeen(Struct, frozen=True):
    """All that one broker forwards to others now, as it tells."""

    server: ServerId
    forwards: tuple[Forward, ...]


MOST_PERMITTED = 20
"""A permission that covers more channels than this says nothing about any of them."""


class Permission(Struct, frozen=True, order=True):
    """A rule of the broker about who may send to or receive from channels."""

    principal: str
    """As the broker writes it, such as `User:billing`; `User:*` is everybody."""
    action: Action
    name: str
    """Of a channel; `*` is all of them."""
    prefix: bool
    """Whether it covers all channels whose names begin so."""
    allowed: bool = True

    def covers(self, name: str) -> bool:
        """Whether it holds for the channel of this name."""
        if self.prefix:
            return name.startswith(self.name)
        return self.name in ("*", name)


class PermissionsSeen(Struct, frozen=True):
    """All permissions on channels that a server has now, but for those of Eventscope's own login."""

    server: ServerId
    permissions: tuple[Permission, ...]


class Connector(Struct, frozen=True):
    """A connector of Kafka Connect, as its worker tells."""

    name: str
    action: Action
    """`SEND` for a source, `RECEIVE` for a sink."""
    channels: tuple[ChannelId, ...] | None
    """Those that it has used since it was made or reset (KIP-558); None where that is not recorded."""
    configured: tuple[ChannelId, ...] = ()
    """Those that its configuration names."""
    pattern: str = ""
    """A regular expression over whole names, for a sink that takes its channels by one."""
    renames: bool = False
    """Whether a transform may change the channels that a source is configured to send to."""
    dead_letters: ChannelId | None = None
    description: str = ""
    """What is at its other end, in a few words."""
    running: int = 0
    """Tasks that run."""
    trouble: str = ""
    """One sentence where it or a task of it has failed."""
    logical_name: str = ""
    """What Debezium calls it in the headers of its records."""
    mirror: tuple[str, str] | None = None
    """Source and target alias of a connector of MirrorMaker."""


class ConnectorsSeen(Struct, frozen=True):
    """All connectors that one Kafka Connect has now; those seen there before and not listed are gone."""

    server: ServerId
    url: str
    connectors: tuple[Connector, ...]


class Heartbeat(Struct, frozen=True, order=True):
    """MirrorMaker's newest sign of life from one flow of copies."""

    source: str
    """Alias of the server that copies come from."""
    target: str
    """Alias of the server that they arrive at."""
    at_ns: int


class MirrorsSeen(Struct, frozen=True):
    """What MirrorMaker 2 tells on one server in channels of its own."""

    server: ServerId
    flows: tuple[Heartbeat, ...]
    """Flows whose target is this server."""
    mirrored: tuple[tuple[str, str], ...]
    """Channels of this server that are copied, each as the alias of the target and the name."""


class MessageSchema(Struct, frozen=True):
    """The newest version of a subject in a schema registry."""

    subject: str
    name: str
    """Of the record, with its namespace; empty where the schema gives none."""
    versions: int
    fields: tuple[str, ...] = ()
    """Of the record, sorted."""


class SchemasSeen(Struct, frozen=True):
    """All subjects that a schema registry has now."""

    server: ServerId
    url: str
    schemas: tuple[MessageSchema, ...]


class PeopleSaid(Struct, frozen=True):
    """Everything that people wrote down about their applications; it replaces what they said before."""

    declarations: tuple[Declaration, ...] = ()
    confirmed: tuple[ConfirmedEdge, ...] = ()


class NotVisible(Struct, frozen=True):
    """Something could not be read, and why."""

    unavailable: Unavailable
    server: ServerId | None = None
    """Where it could not; refusals of the same name on two servers are two."""
    groups: bool = False
    """Whether groups of receivers may be hidden by it: that none is seen then tells nothing."""


class VisibleAgain(Struct, frozen=True):
    """What was not visible is now."""

    what: str
    server: ServerId | None = None


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
    | MemberSeen
    | UsesSeen
    | OffsetsCommitted
    | CommitSeen
    | ProducerSeen
    | ProducersGone
    | TransactionSeen
    | BatchSeen
    | BatchRead
    | RangeRead
    | ReadingBegun
    | RecordsMissed
    | TransactionAborted
    | RecordsSeen
    | RouteSeen
    | ForwardsSeen
    | ConnectorsSeen
    | MirrorsSeen
    | SchemasSeen
    | PermissionsSeen
    | PeopleSaid
    | NotVisible
    | VisibleAgain
    | Lost
    | Back
)
