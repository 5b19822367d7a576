"""What a replay would send, and where it would go on to: worked out before anything is sent."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from graph.identity import ApplicationId, ChannelId, LoopId
from graph.model import LoopStatus
from inspector.replay.marks import HOPS_HEADER, ORIGIN_HEADER, REPLAY_HEADER
from inspector.replay.request import Request
from inspector.replay.run import Caused

__all__ = ["HOPS_HEADER", "ORIGIN_HEADER", "REPLAY_HEADER", "Caused"]


class Step(Struct, frozen=True):
    """One application that a replayed record reaches, and what it is expected to send because of it."""

    application: ApplicationId
    received_from: ChannelId
    hops: int
    """Applications between the replay and this one."""
    confidence: float
    sends: tuple[tuple[ChannelId, float], ...]
    """Expected records per channel for the one that is replayed, by measured branching where it is known."""


class Reason(Struct, frozen=True):
    """Why a replay must not run as it is asked for."""

    kind: str
    """A word that stays, such as `locked`, `protected`, `self-copy`, `unbounded`, `returns`, `runaway`."""
    sentence: str
    remedy: str
    forceable: bool = False
    """Whether a reason of a person's own overrides it."""


class Way(Struct, frozen=True):
    """What goes from one channel to another."""

    origin: ChannelId
    target: ChannelId
    records: int
    bytes: int
    partitions: int
    """Of the target; 0 where it is made for this replay or not known."""
    ends: tuple[tuple[int, int], ...]
    """Partition and offset where the chosen records end: nothing after them is sent, whatever comes."""
    made: bool = False
    """Whether the target is made for this replay."""


class Known(StrEnum):
    """What is known of how an application takes a record that it had before."""

    IDEMPOTENT = "declared idempotent"
    REPEATS = "sends twice for duplicates"
    """It was seen to cause records again for an event that it had before."""
    HARMLESS = "ignores duplicates"
    """It was seen to receive an event again without causing anything."""
    UNKNOWN = "not known"


class Side(Struct, frozen=True):
    """What an application that receives the records may do that no replay can undo."""

    application: ApplicationId
    channel: ChannelId
    hops: int
    confidence: float
    records: float
    """How many it is expected to receive."""
    known: Known
    sentence: str
    """What that is taken from."""
    sink: bool = False
    """Whether it carries records out of the system, such as a sink connector."""


class Entered(Struct, frozen=True):
    """A loop that the records enter."""

    loop: LoopId
    status: LoopStatus
    gain: float | None
    sentence: str


class Doubles(Struct, frozen=True):
    """What lies on a target already, as far as it was captured."""

    channel: ChannelId
    by_id: int
    """Records with an event id that is to be sent."""
    by_content: int
    """Records with the same key and value."""


class Overtaken(Struct, frozen=True):
    """Keys whose newest record on a target is newer than what would be sent."""

    channel: ChannelId
    keys: int
    sample: tuple[bytes, ...] = ()
    sentence: str = ""


class Plan(Struct, frozen=True, kw_only=True):
    """Everything a person must know before sending."""

    request: Request
    run: str
    """The id that the run will have."""
    records: int
    bytes: int
    largest: int
    """Bytes of the largest record."""
    left_out: tuple[tuple[str, int], ...] = ()
    """Records that were chosen and cannot be sent, by reason."""
    ways: tuple[Way, ...] = ()
    steps: tuple[Step, ...] = ()
    caused: tuple[Caused, ...] = ()
    sides: tuple[Side, ...] = ()
    loops: tuple[Entered, ...] = ()
    leaves: tuple[ChannelId, ...] = ()
    """Channels on the way that nobody known receives."""
    doubles: tuple[Doubles, ...] = ()
    overtaken: tuple[Overtaken, ...] = ()
    duration_s: float | None = None
    """None for one by one."""
    reasons: tuple[Reason, ...] = ()
    """Why it must not run; those that a person's reason overrides are not among them once it is given."""
    overridden: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def why_not(self) -> str:
        """The first reason with its remedy, for window and command line alike; empty when it may run."""
        return f"{self.reasons[0].sentence} {self.reasons[0].remedy}".rstrip() if self.reasons else ""
