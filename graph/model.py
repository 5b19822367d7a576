"""What is known at one moment: servers, applications, channels, edges, loops, and what could not be seen.

Values hold ids, figures and tuples and never themselves, so that garbage collection need not look at them
(`gc=False`), of which there may be hundreds of thousands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

from graph.evidence import Evidence
from graph.identity import (
    ApplicationId,
    ChannelId,
    EdgeId,
    LoopId,
    NodeId,
    OperationId,
    RouteId,
    ServerId,
    Subject,
)


class ApplicationKind(StrEnum):
    """What sort of program it is, as far as its traces tell."""

    SERVICE = "service"
    STREAM_PROCESSOR = "stream processor"
    CONNECTOR = "connector"
    UNATTRIBUTED = "unattributed"


class LoopStatus(StrEnum):
    """How bad a loop is; the order of danger is that of `DANGER`."""

    POSSIBLE = "possible"
    ACTIVE = "active"
    RUNAWAY = "runaway"
    BOUNDED = "bounded"
    ACKNOWLEDGED = "acknowledged"


DANGER = (
    LoopStatus.RUNAWAY,
    LoopStatus.ACTIVE,
    LoopStatus.BOUNDED,
    LoopStatus.ACKNOWLEDGED,
    LoopStatus.POSSIBLE,
)


class LoopNature(StrEnum):
    """What kind of coming round it is, as far as records tell."""

    FEEDBACK = "feedback"
    RETRY = "retry"
    """Through a retry or dead-letter channel, the payload unchanged."""
    REDELIVERY = "redelivery"
    """The same event again, not one that it caused."""
    REQUEST_REPLY = "request-reply"
    SAGA = "bounded saga"
    """Steps of one business process that end by themselves at a fixed number of laps."""
    REPLAY = "replay"
    """Kept going by records that people sent again."""


class LinkGrade(StrEnum):
    """Why one record is believed to have caused another, the strongest first."""

    POINTER = "pointer"
    """It names the event that caused it."""
    POSITION = "position"
    """It names the position that it was copied from."""
    COUNTER = "counter"
    """A broker or framework counts the steps of its flow."""
    TRANSACTION = "transaction"
    """It was written in the transaction that committed the other as read."""
    FLOW = "flow"
    """Both share a trace, conversation or correlation: strong, and no proof."""


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Server(Struct, frozen=True, gc=False):
    """One broker cluster."""

    id: ServerId
    name: str
    """What people call it: the project's name for it, or its address."""
    version: str | None = None


PRODUCER_ID = "producer-id"
"""The kind of alias that is a number, which a broker gave out and which names nobody."""


class Alias(Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """One name under which an application was seen."""

    kind: str
    """`group`, `client-id`, `source`, `transactional-id`, `producer-id`, `principal`, `connector` or, where
    only a person gave it, `declared`."""
    value: str


class Application(Struct, frozen=True, gc=False):
    """A program that sends or receives."""

    id: ApplicationId
    name: str | None
    """None for a producer that nothing names."""
    kind: ApplicationKind
    aliases: tuple[Alias, ...] = ()
    confidence: float = 1.0
    """How sure it is that all aliases are one program."""
    evidence: tuple[Evidence, ...] = ()
    """Why the aliases are believed to be one program."""
    instances: int | None = None
    """Members alive now; None where that cannot be seen."""
    lag: int | None = None
    """Records waiting for it over all its channels; None where that cannot be seen."""
    detail: str = ""
    """What is known of it in a few words, such as `producer id 4021`."""
    owner: str | None = None
    description: str | None = None


class MessageType(Struct, frozen=True, order=True, gc=False):
    """A kind of event seen on a channel."""

    name: str
    rate_per_s: float = 0.0
    fields: tuple[str, ...] = ()
    """Top-level fields of the newest sample, sorted."""
    versions: int = 1
    """How many different sets of fields were seen: more than one means the schema changed on the way."""


class Channel(Struct, frozen=True, gc=False):
    """A topic, queue, exchange, subject or stream."""

    id: ChannelId
    rate_per_s: float | None = None
    last_record_ns: int | None = None
    partitions: int = 1
    records: int | None = None
    """Records that lie there now; None where that cannot be seen."""
    internal: bool = False
    """Made by the broker or a framework for itself."""
    types: tuple[MessageType, ...] = ()
    receivers_visible: bool = True
    """False when the login may not see who receives, so that no receiver must not be read as none."""


PERMISSION = "permission"
"""The family of evidence that tells what somebody may do."""
DECLARED = "declared"
"""The family of evidence that people wrote down, and the kind of alias that a declared name is."""
CONFIRMED = "declared.confirmed"
"""The source of evidence for an edge that a person confirmed: it counts like what was seen."""


class EdgeState(StrEnum):
    """How fresh the evidence of an edge is."""

    OBSERVED = "observed"
    STALE = "stale"
    """Not seen for some time; whoever it was may be gone."""
    HISTORIC = "historic"
    """Not seen for so long that it tells of the past."""


class Operation(Struct, frozen=True, gc=False):
    """An application sends to, or receives from, a channel."""

    id: OperationId
    confidence: float
    evidence: tuple[Evidence, ...]
    rate_per_s: float | None = None
    hop_latency_ms: float | None = None
    """Median time from a record's arrival to this step: for a receiver its waiting time until the
    application's next record, for a sender the time since the record that caused it."""
    lag: int | None = None
    state: EdgeState = EdgeState.OBSERVED
    at_most_once: bool = False
    """Whether the broker told that records may get lost here: nothing confirms that they arrived, and nobody
    sends them again. False also where it cannot be told."""

    @property
    def only_permitted(self) -> bool:
        """Whether nothing but permissions speaks for it: who may do something need not do it."""
        return bool(self.evidence) and all(piece.family == PERMISSION for piece in self.evidence)


class Route(Struct, frozen=True, gc=False):
    """Records move between two channels without an application of the system."""

    id: RouteId
    confidence: float
    evidence: tuple[Evidence, ...]
    rate_per_s: float | None = None


class Cut(Struct, frozen=True, gc=False):
    """One edge whose removal opens a loop, and what that would cost."""

    edge: EdgeId
    opens: int
    """How many of the known loops it opens, this one included."""
    starves: tuple[NodeId, ...] = ()
    """Who would get nothing of this loop's records any more, the loop's own nodes left out."""
    rate_per_s: float | None = None
    """Records a second that it carries; None where that is not known."""
    more: int = 0
    """How many others would starve that are not named."""


class TrailStep(Struct, frozen=True, gc=False):
    """One record of a trail, by its position; its body is read from the capture or the broker."""

    channel: ChannelId
    partition: int
    offset: int
    time_ns: int
    sender: ApplicationId | None = None
    grade: LinkGrade | None = None
    """Why it is believed to come from the step before; None for the first."""


class Acknowledgement(Struct, frozen=True, gc=False):
    """What a person wrote down about a loop that is meant to be."""

    reason: str
    gain_below: float | None = None
    """It holds only while the gain is below this; None for whatever the gain."""


class FeedbackLoop(Struct, frozen=True, gc=False):
    """A closed path of operations and routes, with what records prove about it."""

    id: LoopId
    hops: tuple[NodeId, ...]
    """Nodes in order, starting at a channel; the last one leads back to the first."""
    edges: tuple[EdgeId, ...]
    """`edges[i]` leads from `hops[i]` to the next hop."""
    status: LoopStatus
    confidence: float
    """That of the weakest edge."""
    weakest: EdgeId | None = None
    gain: float | None = None
    """Records on the entry channel caused, once round, by each record on it."""
    gain_low: float | None = None
    gain_high: float | None = None
    chains: int = 0
    laps_median: int | None = None
    laps_max: int | None = None
    period_ms: float | None = None
    hop_latencies_ms: tuple[float | None, ...] = ()
    """Median latency of each edge, parallel to `edges`."""
    doubling_time_s: float | None = None
    rate_per_s: float | None = None
    """Records a second on the entry channel that came round at least once."""
    began_ns: int | None = None
    """When the first record was seen to come round."""
    lap_counts: tuple[int, ...] = ()
    """Records per lap of the longest chain: a sample of how it grows or dies."""
    nature: LoopNature = LoopNature.FEEDBACK
    grade: LinkGrade | None = None
    """The weakest link in the best proven way round; None where no record came round."""
    hop_gains: tuple[float | None, ...] = ()
    """Records that each record causes over each hop, on the edge that ends the hop, parallel to `edges`."""
    trail: tuple[TrailStep, ...] = ()
    """A recent record that came round, step by step from its entry to where it came back."""
    cuts: tuple[Cut, ...] = ()
    """Where it could be opened, the cheapest first."""
    proven: LoopStatus | None = None
    """What records prove about a loop whose `status` is acknowledged."""
    acknowledged: Acknowledgement | None = None
    """What was written down about it, whether or not that still holds."""
    broken_limit: str = ""
    """Why an acknowledgement does not hold any more, in one sentence; empty where it does."""

    @property
    def paused(self) -> bool:
        """Whether it was told to run away, and nothing comes round at the moment."""
        return LoopStatus.RUNAWAY in (self.status, self.proven) and self.rate_per_s == 0.0


class CausalPath(Struct, frozen=True, gc=False):
    """A way that records were seen to take from application to application, none of it guessed."""

    hops: tuple[NodeId, ...]
    """Channels and applications in turn, from the first channel to the last; a loop on it counts once."""
    latencies_ms: tuple[float | None, ...]
    """Median time of each step from channel to channel, in their order."""
    latency_ms: float
    """Median time from the first record to the last."""
    between_share: float | None
    """Part of it that records waited between applications, 0 to 1; None where that cannot be told."""
    records: int
    """Chains of records that went all the way."""


class Finding(Struct, frozen=True, gc=False):
    """Something a person should know about the observed system."""

    rule: str
    severity: Severity
    subject: Subject
    message: str


class Suggestion(Struct, frozen=True, order=True, gc=False):
    """Two names that may be one application, which evidence alone does not settle: a person decides."""

    a: Alias
    b: Alias
    confidence: float
    why: str
    """One sentence a person can check."""


class Unavailable(Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """Something that could not be seen: never the same as nothing being there."""

    what: str
    why: str
    remedy: str


@dataclass(frozen=True)
class DependencyGraph:
    """All that is known at one moment, by id. Never changed in place: `graph.delta.apply` makes the next."""

    servers: dict[ServerId, Server] = field(default_factory=dict)
    applications: dict[ApplicationId, Application] = field(default_factory=dict)
    channels: dict[ChannelId, Channel] = field(default_factory=dict)
    operations: dict[OperationId, Operation] = field(default_factory=dict)
    routes: dict[RouteId, Route] = field(default_factory=dict)
    loops: dict[LoopId, FeedbackLoop] = field(default_factory=dict)
    feedback: frozenset[EdgeId] = frozenset()
    """The edges that close loops: reversed in the layout and marked in the picture, the same set for both."""
    findings: tuple[Finding, ...] = ()
    unavailable: tuple[Unavailable, ...] = ()
    from_ns: int = 0
    to_ns: int = 0
    suggestions: tuple[Suggestion, ...] = ()
    chains: tuple[CausalPath, ...] = ()
    """The longest ways that records were seen to take, the slowest first."""

    def edges(self) -> Iterator[EdgeId]:
        """All operations, then all routes."""
        yield from self.operations
        yield from self.routes

    def edge(self, key: EdgeId) -> Operation | Route:
        """What is known of an edge; raises KeyError where there is none."""
        return self.operations[key] if isinstance(key, OperationId) else self.routes[key]

    def operations_of(self, node: NodeId) -> Iterator[Operation]:
        """The operations that begin or end at a node."""
        for operation in self.operations.values():
            if node in (operation.id.application, operation.id.channel):
                yield operation

    def loops_through(self, item: NodeId | EdgeId) -> Iterator[FeedbackLoop]:
        """The loops that pass a node or an edge."""
        for loop in self.loops.values():
            if item in loop.hops or item in loop.edges:
                yield loop
