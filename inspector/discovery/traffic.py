"""How many records flow: rates of channels from their offsets, shares of senders from what was read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from graph.identity import ChannelId
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Actor, Anonymous, Writer
from inspector.discovery.window import Counter, Tally, steady
from inspector.observation import BatchSeen, ChannelGone, Observation, OffsetsSeen, ProducerSeen

SEQUENCES = 1 << 31
"""Sequence numbers of a producer and partition start again from 0 here."""

MOST_PACES = 1_000
"""Producers of one channel whose pace is followed, the newest."""


@dataclass(slots=True)
class Pace:
    """How fast one producer writes to one channel, as its sequence numbers tell."""

    last: dict[int, int] = field(default_factory=dict)
    """The last sequence number of each partition."""
    written: int = 0
    """Records since it was first seen."""
    counter: Counter = field(default_factory=Counter)


@dataclass(slots=True)
class Flow:
    """What is known of the traffic on one channel."""

    ends: Counter = field(default_factory=Counter)
    beginning: int = 0
    end: int | None = None
    """Offset after the newest record, summed over partitions; None before offsets were seen."""
    last_record_ns: int | None = None
    shown_last_ns: int | None = None
    """`last_record_ns` as of the last look at the offsets, so that it does not change with every record."""
    shown_rate: float | None = None
    batches: Tally[Writer | None] = field(default_factory=Tally)
    """Records by writer, from batch headers; None for those without a producer id."""
    records: Tally[Actor] = field(default_factory=Tally)
    paces: dict[Writer, Pace] = field(default_factory=dict)

    @property
    def lying(self) -> int | None:
        """Records that lie there now."""
        return None if self.end is None else max(self.end - self.beginning, 0)

    def rate(self, now_ns: int) -> float | None:
        """Records a second, as shown; None where it is not known or not known any more."""
        return None if self.ends.rate(now_ns) is None else self.shown_rate

    def shares(self) -> dict[Actor, float]:
        """The share of each sender in what is written, as far as records or batch headers tell."""
        by_record = self.records.shares()
        by_batch = self.batches.shares()
        if not by_batch:
            return by_record
        shares: dict[Actor, float] = {writer: part for writer, part in by_batch.items() if writer is not None}
        rest = by_batch.get(None, 0.0)
        others = {actor: part for actor, part in by_record.items() if not isinstance(actor, Writer)}
        total = sum(others.values())
        for actor, part in others.items():
            shares[actor] = rest * part / total
        return shares


@dataclass
class Traffic:
    """Flows of all channels."""

    flows: dict[ChannelId, Flow] = field(default_factory=dict)

    def flow(self, channel: ChannelId) -> Flow:
        """The flow of a channel, empty at first."""
        flow = self.flows.get(channel)
        if flow is None:
            flow = self.flows[channel] = Flow()
        return flow

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in offsets, batches and sequence numbers."""
        match observation:
            case OffsetsSeen(channel=channel, beginning=beginning, end=end):
                flow = self.flow(channel)
                flow.beginning, flow.end = sum(beginning.values()), sum(end.values())
                flow.ends.see(now_ns, flow.end)
                flow.shown_rate = steady(flow.shown_rate, flow.ends.rate(now_ns))
                flow.shown_last_ns = flow.last_record_ns
            case BatchSeen(channel=channel, control=False, producer_id=producer_id):
                flow = self.flow(channel)
                writer = Writer(channel.server, producer_id) if producer_id >= 0 else None
                flow.batches.add(now_ns, {writer: observation.count})
                self._wrote(flow, observation.max_timestamp_ns, now_ns)
            case ProducerSeen(channel=channel):
                flow = self.flow(channel)
                self._sequence(flow, observation, now_ns)
                self._wrote(flow, observation.last_timestamp_ns, now_ns)
            case ChannelGone(channel=channel):
                self.flows.pop(channel, None)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Take in how many records of which sender were read."""
        flow = self.flow(digest.channel)
        counts: dict[Actor, int] = {}
        for row in digest.rows:
            actor: Actor
            if row.producer_id >= 0:
                actor = Writer(digest.channel.server, row.producer_id)
            else:
                actor = row.sender or Anonymous(digest.channel)
            counts[actor] = counts.get(actor, 0) + row.count
            self._wrote(flow, row.last_ns, now_ns)
        flow.records.add(now_ns, counts)

    @staticmethod
    def _wrote(flow: Flow, timestamp_ns: int, now_ns: int) -> None:
        """The clock of a sender may be ahead; a record is never newer than now."""
        at = min(timestamp_ns, now_ns)
        if at > (flow.last_record_ns or 0):
            flow.last_record_ns = at
            if flow.shown_last_ns is None:
                flow.shown_last_ns = at

    @staticmethod
    def _sequence(flow: Flow, seen: ProducerSeen, now_ns: int) -> None:
        if seen.last_sequence < 0:
            return
        writer = Writer(seen.channel.server, seen.producer_id)
        pace = flow.paces.get(writer)
        if pace is None:
            if len(flow.paces) >= MOST_PACES:
                del flow.paces[next(iter(flow.paces))]
            pace = flow.paces[writer] = Pace()
        last = pace.last.get(seen.partition, seen.last_sequence)
        # A new epoch starts again from 0, which looks like nearly all sequence numbers having passed.
        step = (seen.last_sequence - last) % SEQUENCES
        pace.written += seen.last_sequence + 1 if step > SEQUENCES // 2 else step
        pace.last[seen.partition] = seen.last_sequence
        pace.counter.see(now_ns, pace.written)

    def send_rates(
        self, channel: ChannelId, senders: Sequence[Collection[Actor]], now_ns: int
    ) -> list[float | None]:
        """Records a second of each sender, given by all the actors that it is.

        One sender alone has the channel's rate. Several share it as records, batch headers or, where
        nothing was read, sequence numbers tell. None where nothing tells.
        """
        flow = self.flows.get(channel)
        if flow is None:
            return [None] * len(senders)
        rate = flow.rate(now_ns)
        if rate is not None and len(senders) == 1:
            return [rate]
        shares = flow.shares()
        if rate is not None and shares:
            return [rate * sum(shares.get(actor, 0.0) for actor in sender) for sender in senders]
        return [self._paced(flow, sender, now_ns) for sender in senders]

    @staticmethod
    def _paced(flow: Flow, sender: Collection[Actor], now_ns: int) -> float | None:
        rates = [
            rate
            for actor in sender
            if isinstance(actor, Writer) and actor in flow.paces
            if (rate := flow.paces[actor].counter.rate(now_ns)) is not None
        ]
        return sum(rates) if rates else None
