"""Writers that leave no trace of their own: no producer id and no name in the headers."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action, ChannelId
from inspector.discovery.digest import COPY, Digest
from inspector.discovery.facts import Anonymous, Claim, Report, evidence, records
from inspector.discovery.names import stem
from inspector.discovery.sources.senders import MANY_SENDERS, MOST_REMEMBERED
from inspector.observation import BatchSeen, ChannelGone, Observation

WROTE = 0.99
NOTABLE = 0.02
"""Fewer records without a name than this share are slips of a sender that is known."""

NUMBERED = ("kafka", "memory")
"""Systems whose records carry the id of a producer."""


@dataclass(slots=True)
class _Unnamed:
    first_ns: int
    last_ns: int
    records: int = 0
    nameless: int = 0
    copies: int = 0
    senders: set[str] = field(default_factory=set)
    libraries: set[str] = field(default_factory=set)


def library(batch: BatchSeen) -> str:
    """What the first sequence number of a batch without a producer id gives away (measured on Kafka 4.1)."""
    return "librdkafka or Java" if batch.base_sequence < 0 else "aiokafka"


@dataclass
class Unnamed:
    """`kafka.no-producer-id`: records that only their being there proves to have a sender."""

    _channels: dict[ChannelId, _Unnamed] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in what batches without a producer id look like."""
        match observation:
            case BatchSeen(channel=channel, producer_id=-1, control=False):
                entry = self._channels.setdefault(channel, _Unnamed(now_ns, now_ns))
                entry.libraries.add(library(observation))
            case ChannelGone(channel=channel):
                self._channels.pop(channel, None)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Count records that have neither a producer id nor a name that tells anything."""
        for row in digest.rows:
            if row.producer_id >= 0:
                continue
            entry = self._channels.setdefault(digest.channel, _Unnamed(row.seen_ns, row.seen_ns))
            entry.records += row.count
            entry.last_ns = max(entry.last_ns, row.seen_ns)
            if row.sender is not None and stem(row.sender) is not None:
                if len(entry.senders) < MOST_REMEMBERED:
                    entry.senders.add(row.sender.value)
            elif not row.dead_letter or row.sender is None:
                entry.nameless += row.count
                entry.copies += row.count if row.convention == COPY else 0

        for (channel, producer_id, _), count in digest.withdrawn.items():
            copied = self._channels.get(channel)
            if producer_id < 0 and copied is not None:
                copied.nameless += count
                copied.copies += count

    def report(self, report: Report, now_ns: int) -> None:
        """One anonymous sender for each channel that has such records."""
        for channel, entry in self._channels.items():
            many = len(entry.senders) > MANY_SENDERS
            if not many and (not entry.nameless or entry.nameless < NOTABLE * entry.records):
                continue
            actor = Anonymous(channel)
            if many:
                lack = "headers name devices or resources"
            elif entry.copies == entry.nameless:
                lack = "copies events of another channel"
            else:
                lack = "no name"
            report.details[actor] = f"no producer id, {lack}" if channel.server.system in NUMBERED else lack
            count = entry.records if many else entry.nameless
            detail = f"{records(count).capitalize()} read on {channel.name} say nothing of who sent them."
            if entry.libraries:
                detail += f" The batches look like {' and '.join(sorted(entry.libraries))}."
            source = f"{channel.server.system}.no-producer-id"
            piece = evidence(source, "unnamed", WROTE, entry.first_ns, entry.last_ns, detail)
            report.claims.append(Claim(actor, Action.SEND, channel, piece))
