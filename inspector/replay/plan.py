"""What a replay would send, and where it would go on to: worked out before anything is sent."""

from __future__ import annotations

from msgspec import Struct

from graph.identity import ApplicationId, ChannelId, LoopId, ServerId
from inspector.record import Headers, Position

REPLAY_HEADER = "eventscope-replay-id"
"""Every record that is sent carries this header with the id of its replay."""
ORIGIN_HEADER = "eventscope-replay-origin"
"""Server, channel, partition and offset of the original: `kafka://host:9092/topic/orders/0/17`."""
HOPS_HEADER = "eventscope-replay-hops"
"""How many hops the replay may still be carried on."""


class ReplayRequest(Struct, frozen=True):
    """One record to be sent again, edited or not."""

    origin_channel: ChannelId
    origin: Position
    target: ChannelId
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    execute: bool = False
    """False is a dry run: everything is checked and nothing is sent."""
    force_reason: str = ""
    """Why it is sent although the plan says it must not be."""


class Step(Struct, frozen=True):
    """One application that a replayed record reaches, and what it is expected to send because of it."""

    application: ApplicationId
    received_from: ChannelId
    hops: int
    """Applications between the replay and this one."""
    confidence: float
    sends: tuple[tuple[ChannelId, float], ...]
    """Expected records per channel for the one that is replayed, by measured branching where it is known."""


class ReplayPlan(Struct, frozen=True):
    """Everything a person must know before sending."""

    request: ReplayRequest
    server: ServerId
    outgoing_headers: Headers
    """The headers as they would be sent, marks included."""
    steps: tuple[Step, ...]
    loops: tuple[LoopId, ...]
    """Loops that the record would enter."""
    leaves: tuple[ChannelId, ...]
    """Channels on the way that nobody known receives."""
    already_there: int
    """Records with the same event id on the target channel, among those captured."""
    why_not: str = ""
    """The reason it must not run as it is; empty when it may."""
    warnings: tuple[str, ...] = ()
