"""What people ask for when they replay: which records, changed how, where to, and how fast."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from graph.identity import ChannelId, ServerId
from inspector.replay.choice import Choice
from inspector.replay.edit import NO_EDITS, Edits

SHADOW = ".shadow"
"""What the names of shadow channels end with, unless people choose another ending."""


class Pace(Struct, frozen=True):
    """How fast records are sent; without any of it as fast as they are taken."""

    per_s: float | None = None
    """Records a second."""
    times: float | None = None
    """How many times as fast as they were written; 1 keeps the times between them."""
    stepwise: bool = False
    """Whether each record waits for a person."""


class Order(StrEnum):
    """What comes before what. Records of one partition always keep their order."""

    TIME = "time"
    """By the time at which they were written, over all channels."""
    CHANNEL = "channel"
    """One channel after the other."""


class Target(Struct, frozen=True):
    """Where records are sent to."""

    server: ServerId
    channel: ChannelId | None = None
    """All go to this channel; None sends each to the channel of its own name."""
    ending: str = ""
    """Added to the name of every channel: the shadow channels, made where they are missing."""
    keep_partition: bool = False
    """Whether the number of the partition is kept; else the key decides."""
    keep_timestamp: bool = False
    """Whether records keep the time of their originals; else it is that of sending."""
    create: bool = False
    """Whether channels that are missing are made, as shadow channels always are."""
    returning: bool = False
    """Whether records count as those of the channel that their headers say they were on before."""

    def of(self, origin: ChannelId) -> ChannelId:
        """Where a record of a channel goes."""
        if self.channel is not None:
            return self.channel
        return ChannelId(self.server, origin.kind, origin.name + self.ending)


class Request(Struct, frozen=True):
    """One replay as it is asked for."""

    choice: Choice
    target: Target
    pace: Pace = Pace()
    order: Order = Order.TIME
    edits: Edits = NO_EDITS
    force_reason: str = ""
    """Why it is sent although the plan says it should not be."""
    hops_allowed: int = 3
    """How often a record that carries the mark may come round to a channel before the run stops itself."""
