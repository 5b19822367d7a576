"""The chain of causes and effects of one record, as a value."""

from __future__ import annotations

from msgspec import Struct

from graph.identity import ApplicationId, ChannelId, EdgeId, ServerId
from graph.model import Alias
from inspector.record import Position
from inspector.trails.ground import Ground


class Missing(Struct, frozen=True):
    """A cause that a record names and that is not in the capture."""

    name: str
    """The id of an event, or `channel/partition/offset`."""
    why: str
    """One or two sentences."""


class Step(Struct, frozen=True):
    """One record of a trail, and how it came to be."""

    row: int
    channel: ChannelId
    position: Position
    time_ns: int
    size: int
    type: str | None
    event_id: str | None
    sender: Alias | None
    application: ApplicationId | None
    """Who sent it; None where that is not known, or where a route made it."""
    possible: tuple[ApplicationId, ...] = ()
    """Who may have sent it, where that is not known."""
    parent: int | None = None
    """The row of its cause."""
    ground: Ground | None = None
    """Why it is believed to come from there."""
    why: str = ""
    """What a person can check: one sentence about the link."""
    edges: tuple[EdgeId, ...] = ()
    """What of the graph it went along from its cause's channel, or from its sender."""
    routed: bool = False
    """Whether the broker, or a program that only forwards, made it of its cause."""
    latency_ns: int | None = None
    """Time since its cause; negative where the clocks of two hosts disagree."""
    wait_ns: int | None = None
    """About so much of it passed before its sender took the cause in hand; None where that cannot be told."""
    depth: int = 0
    """Causes before it."""
    lap: int = 1
    """How many records of its channel the chain has by now: from 2 on it came back."""
    loose: bool = False
    """Of the same flow as the others, and nothing tells its cause."""
    replayed: bool = False
    """Whether a replay sent it."""
    missing: Missing | None = None
    receivers: tuple[ApplicationId, ...] = ()
    """Who is known to receive from its channel, where it has no effect in the trail."""


class Trail(Struct, frozen=True):
    """Records in the order of time, every cause before its effects."""

    start: int
    """The row that was asked about."""
    steps: tuple[Step, ...]
    more: int = 0
    """Linked records that are left out, beyond the asked number."""
    more_unknown: bool = False
    """Whether there may be still more, which were not looked for."""

    @property
    def servers(self) -> tuple[ServerId, ...]:
        """All that it passes."""
        return tuple(dict.fromkeys(step.channel.server for step in self.steps))

    @property
    def began_ns(self) -> int:
        """Time of its earliest record."""
        return min((step.time_ns for step in self.steps), default=0)

    @property
    def took_ns(self) -> int:
        """From its earliest record to its latest."""
        return max((step.time_ns for step in self.steps), default=0) - self.began_ns

    def step(self, row: int) -> Step | None:
        """The step of a row."""
        return next((step for step in self.steps if step.row == row), None)
