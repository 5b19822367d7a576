"""Producer ids: who wrote to a channel, by the broker's list and by the batches that were read."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action, ChannelId
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Claim, Report, Writer, evidence, records
from inspector.observation import BatchSeen, ChannelGone, Observation, ProducerSeen, ProducersGone

LISTED = 0.99
WROTE = 0.97
FAMILY = "producer-id"


@dataclass(slots=True)
class _Written:
    """What one producer wrote to one channel."""

    first_ns: int
    last_ns: int
    partitions: dict[int, int] = field(default_factory=dict)
    """The last sequence number of each, as far as the broker listed it."""
    records: int = 0
    """Counted in batch headers."""
    sampled: int = 0
    """Counted in records."""
    claims: list[Claim] = field(default_factory=list)
    """Made when asked for after something changed; empty until then."""
    listed: bool = False


@dataclass
class Producers:
    """`kafka.describe-producers` and `kafka.batch-header`: edges of producer ids, still without names."""

    _written: dict[tuple[Writer, ChannelId], _Written] = field(default_factory=dict)

    def _entry(self, channel: ChannelId, producer_id: int, wrote_ns: int, now_ns: int) -> _Written:
        # A record's time may be missing, or ahead by the sender's clock.
        wrote_ns = min(wrote_ns, now_ns) if wrote_ns > 0 else now_ns
        key = (Writer(channel.server, producer_id), channel)
        entry = self._written.get(key)
        if entry is None:
            entry = self._written[key] = _Written(wrote_ns, wrote_ns)
        entry.first_ns = min(entry.first_ns, wrote_ns)
        entry.last_ns = max(entry.last_ns, wrote_ns)
        entry.claims = []
        return entry

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in the broker's list of producers and headers of batches."""
        match observation:
            case ProducerSeen(channel=channel, partition=partition, producer_id=producer_id):
                entry = self._entry(channel, producer_id, observation.last_timestamp_ns, now_ns)
                entry.listed = True
                last = entry.partitions.get(partition, -1)
                if last >= 0 and observation.last_sequence != last:
                    entry.last_ns = now_ns  # it wrote between two looks, whatever its clock says
                entry.partitions[partition] = observation.last_sequence
            case BatchSeen(producer_id=producer_id) if producer_id >= 0 and not observation.control:
                entry = self._entry(observation.channel, producer_id, observation.max_timestamp_ns, now_ns)
                entry.partitions.setdefault(observation.partition, -1)
                entry.records += observation.count
            case ChannelGone(channel=channel):
                self._written = {key: entry for key, entry in self._written.items() if key[1] != channel}
            case ProducersGone(server=server, producer_ids=gone):
                self._written = {
                    key: entry
                    for key, entry in self._written.items()
                    if key[0].producer_id not in gone or key[0].server != server
                }

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records of a producer id show that it wrote, even where no batch header was given."""
        for row in digest.rows:
            if row.producer_id >= 0:
                entry = self._entry(digest.channel, row.producer_id, row.seen_ns, now_ns)
                entry.sampled += row.count

    def report(self, report: Report, now_ns: int) -> None:
        """One claim for each producer id and channel."""
        for (writer, channel), entry in self._written.items():
            if channel.name.startswith("__"):
                continue  # offset commits and transaction marks, not events
            entry.claims = entry.claims or _claims(writer, channel, entry)
            report.claims += entry.claims


def _claims(writer: Writer, channel: ChannelId, entry: _Written) -> list[Claim]:
    who, span = f"Producer id {writer.producer_id}", (entry.first_ns, entry.last_ns)
    system = channel.server.system
    claims = []
    if entry.listed:
        count = len(entry.partitions)
        where = "1 partition" if count == 1 else f"{count} partitions"
        detail = f"{who} has written to {where} of {channel.name}."
        piece = evidence(f"{system}.describe-producers", FAMILY, LISTED, *span, detail)
        claims.append(Claim(writer, Action.SEND, channel, piece))
    if entry.records or not entry.listed:
        count = entry.records or entry.sampled
        detail = f"{who} wrote {records(count)} of those read on {channel.name}."
        piece = evidence(f"{system}.batch-header", FAMILY, WROTE, *span, detail)
        claims.append(Claim(writer, Action.SEND, channel, piece))
    return claims
