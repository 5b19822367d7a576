"""Typed ids: a topic and an application that are both called `orders` are two things.

Every id has one text form, `str(id)`, which is what `scan` prints and the capture file keeps.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ChannelKind(StrEnum):
    """What the broker calls the place that records lie in."""

    TOPIC = "topic"
    QUEUE = "queue"
    EXCHANGE = "exchange"
    SUBJECT = "subject"
    STREAM = "stream"


class Action(StrEnum):
    """The direction of an operation, seen from the application (AsyncAPI 3)."""

    SEND = "send"
    RECEIVE = "receive"


class RouteKind(StrEnum):
    """Why the broker itself, or a program that only forwards, moves records between channels."""

    BINDING = "binding"
    DEAD_LETTER = "dead-letter"
    MIRROR = "mirror"
    BRIDGE = "bridge"
    REPLICATION = "replication"


class ServerId(Struct, frozen=True, order=True, cache_hash=True, tag="server", gc=False):
    """One broker cluster, by the address a person connects to."""

    system: str
    """`kafka`, `rabbitmq`, `activemq`, `pulsar` or `nats` (OpenTelemetry `messaging.system`)."""
    address: str
    """`host:port`, or several joined by commas; never with a login."""

    def __str__(self) -> str:
        return f"{self.system}://{self.address}"


class ChannelId(Struct, frozen=True, order=True, cache_hash=True, tag="channel", gc=False):
    """One topic, queue, exchange, subject or stream on one server."""

    server: ServerId
    kind: ChannelKind
    name: str

    def __str__(self) -> str:
        return f"{self.server}/{self.kind}/{self.name}"


class ApplicationId(Struct, frozen=True, order=True, cache_hash=True, tag="application", gc=False):
    """One program that sends or receives, whichever server it does it on."""

    key: str
    """The plain name; for an unattributed producer `?` and the channel and producer id it is known by."""

    def __str__(self) -> str:
        return f"application/{self.key}"


NodeId = ChannelId | ApplicationId


class OperationId(Struct, frozen=True, order=True, cache_hash=True, tag="operation", gc=False):
    """One edge between an application and a channel."""

    application: ApplicationId
    action: Action
    channel: ChannelId

    @property
    def source(self) -> NodeId:
        """The node that records leave along this edge."""
        return self.application if self.action is Action.SEND else self.channel

    @property
    def target(self) -> NodeId:
        """The node that records reach along this edge."""
        return self.channel if self.action is Action.SEND else self.application

    def __str__(self) -> str:
        return f"{self.application} {self.action} {self.channel}"


class RouteId(Struct, frozen=True, order=True, cache_hash=True, tag="route", gc=False):
    """One edge between two channels that no application of the system makes."""

    source: ChannelId
    target: ChannelId
    kind: RouteKind

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.target}"


EdgeId = OperationId | RouteId


class LoopId(Struct, frozen=True, order=True, cache_hash=True, tag="loop", gc=False):
    """One closed path; the same path found again has the same id."""

    digest: str

    def __str__(self) -> str:
        return f"loop/{self.digest}"


class GroupId(Struct, frozen=True, order=True, cache_hash=True, tag="group", gc=False):
    """Applications and channels that are drawn as one."""

    by: str
    """What they have in common: `server`, `namespace`, `team` or `prefix`."""
    name: str

    def __str__(self) -> str:
        return f"group/{self.by}/{self.name}"


Place = NodeId | GroupId
"""What has a place in the picture."""


class BundleId(Struct, frozen=True, order=True, cache_hash=True, tag="bundle", gc=False):
    """All edges from one place to another, drawn as one because a group is among the two."""

    source: Place
    target: Place

    def __str__(self) -> str:
        return f"{self.source} to {self.target}"


Line = EdgeId | BundleId
"""What joins two places in the picture."""

Subject = ServerId | ChannelId | ApplicationId | OperationId | RouteId | LoopId | GroupId | BundleId
"""Anything a person can select, and a finding can be about."""
