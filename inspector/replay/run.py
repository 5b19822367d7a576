"""How a replay goes, and what became of each of its records."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from graph.identity import ChannelId
from inspector.record import Position
from inspector.replay.request import Request


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    """By a person or by itself; it can be resumed."""
    CUT_OFF = "cut off"
    """Nothing runs it any more, and it did not end; it can be resumed."""
    DONE = "done"
    """Every record is sent, refused or in doubt."""


class Step(StrEnum):
    """What a person can do with a run."""

    PAUSE = "pause"
    GO_ON = "go on"
    NEXT = "next"
    """Send one record, and wait."""
    STOP = "stop"


class Caused(Struct, frozen=True):
    """How many records a replay causes on a channel, or is expected to."""

    channel: ChannelId
    records: float
    measured: bool
    """Whether records tell it, or branching was measured on all of the way; else keys, flows or rates speak
    for it."""


class Run(Struct, frozen=True):
    """A run at one moment; the newest one counts."""

    id: str
    request: Request
    state: RunState
    begun_ns: int
    at_ns: int
    total: int
    """Records that were chosen."""
    sent: int = 0
    refused: int = 0
    doubtful: int = 0
    """May be there or not: nothing could tell. They are not sent again."""
    flying: int = 0
    """Handed over to the broker, which has not answered yet."""
    per_s: float | None = None
    """Records a second, lately."""
    message: str = ""
    """Why it stopped, or what it waits for: one sentence."""
    caused: tuple[Caused, ...] = ()
    """Records that were read and say that they come of it; what was not read is not among them."""

    @property
    def left(self) -> int:
        """Records of which nothing was sent yet."""
        return self.total - self.sent - self.refused - self.doubtful


class Fortune(StrEnum):
    """What became of a record."""

    SENT = "sent"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


class Fate(Struct, frozen=True):
    """What became of one record."""

    index: int
    """Among the chosen ones, from 0."""
    origin_channel: ChannelId
    origin: Position
    fortune: Fortune
    target: ChannelId
    position: Position | None = None
    """Where it lies now, for `SENT`."""
    why: str = ""
    """One sentence, for the others."""
