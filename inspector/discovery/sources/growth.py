"""Channels that grow although nothing shows who writes: a sender that cannot be seen is still a sender."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action, ChannelId
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Anonymous, Claim, Report, evidence
from inspector.discovery.window import SECOND_NS
from inspector.observation import (
    BatchSeen,
    ChannelGone,
    ChannelSeen,
    Observation,
    OffsetsSeen,
    ProducerSeen,
    RouteSeen,
    TransactionSeen,
)

GREW = 0.9
EXPLAINED = 0.5
"""Where transactions are known that write there: all that comes may be theirs."""
PATIENCE_NS = 15 * SECOND_NS
"""How long the other sources have to say who it was."""


@dataclass
class Growth:
    """`<system>.offsets`: end offsets that move, where no record or producer id can be read."""

    _ends: dict[ChannelId, int] = field(default_factory=dict)
    _grew: dict[ChannelId, tuple[int, int]] = field(default_factory=dict)
    _read: set[ChannelId] = field(default_factory=set)
    _explained: set[ChannelId] = field(default_factory=set)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in ends, and who else can tell about a channel."""
        match observation:
            case ChannelSeen(channel=channel, internal=True):
                # The broker and the frameworks write there for themselves.
                self._read.add(channel)
            case OffsetsSeen(channel=channel, end=end):
                total = sum(end.values())
                if total > self._ends.get(channel, total):
                    self._grew[channel] = (self._grew.get(channel, (now_ns, 0))[0], now_ns)
                self._ends[channel] = total
            case ProducerSeen(channel=channel) | BatchSeen(channel=channel):
                self._read.add(channel)
            case RouteSeen(target=target):
                # What comes to it was sent to the channel that the route begins at.
                self._read.add(target)
            case TransactionSeen(writes=writes):
                self._explained.update(channel for channel, _ in writes)
            case ChannelGone(channel=channel):
                self._ends.pop(channel, None)
                self._grew.pop(channel, None)
                self._read.discard(channel)
                self._explained.discard(channel)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Where records can be read, other sources tell more."""
        self._read.add(digest.channel)

    def report(self, report: Report, now_ns: int) -> None:
        """An anonymous sender for each such channel."""
        for channel, (first, last) in self._grew.items():
            if channel in self._read or now_ns - first < PATIENCE_NS:
                continue
            actor = Anonymous(channel)
            report.details[actor] = "cannot be seen"
            detail = f"The end of {channel.name} moves on, and neither records nor producer ids can be read."
            confidence = EXPLAINED if channel in self._explained else GREW
            piece = evidence(f"{channel.server.system}.offsets", "offsets", confidence, first, last, detail)
            report.claims.append(Claim(actor, Action.SEND, channel, piece))
