"""How many records flow: rates of channels from their offsets, of senders from what was read or counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from graph.identity import ChannelId
from graph.model import DECLARED, Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Actor, Anonymous, Writer
from inspector.discovery.window import STALE_NS, Counter, Tally, steady
from inspector.observation import BatchSeen, ChannelGone, Observation, OffsetsSeen, ProducerSeen

SEQUENCES = 1 << 31
"""Sequence numbers of a producer and partition start again from 0 here."""

MOST_PACES = 1_000
"""Producers of one channel whose pace is followed, the newest."""

READ = 0.75
"""Where less than this share of what is written is read, sequence numbers say better who wrote it."""


Senders = Sequence[Collection[Actor]]
"""Those of one channel, each given by all the actors that it is."""


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
    read: Counter = field(default_factory=Counter)
    """Records in batches that were read, and the marks of transactions among them."""
    taken: int = 0
    paces: dict[Writer, Pace] = field(default_factory=dict)
    paced_ns: tuple[int, int] = (0, 0)
    """When the broker told sequence numbers that had moved: the last time but one, and the last."""
    answer: tuple[Senders, list[float | None], int] | None = None
    """The rates of senders as they were told last and stay until a time, while nothing more is seen."""

    @property
    def lying(self) -> int | None:
        """Records that lie there now."""
        return None if self.end is None else max(self.end - self.beginning, 0)

    def rate(self, now_ns: int) -> float | None:
        """Records a second, as shown; None where it is not known or not known any more."""
        return None if self.ends.rate(now_ns) is None else self.shown_rate

    def skipped(self, now_ns: int) -> bool:
        """Whether a good part of what is written goes unread."""
        written, read = self.ends.rate(now_ns), self.read.rate(now_ns)
        return written is not None and (read or 0.0) < READ * written

    def pace(self, actor: Actor, now_ns: int) -> float | None:
        """Records a second of a sender by its sequence numbers; None where it has none.

        One whose numbers did not move at the last look, when those of others did, is idle.
        """
        pace = self.paces.get(actor) if isinstance(actor, Writer) else None
        rate = None if pace is None else pace.counter.rate(now_ns)
        if pace is None or rate is None:
            return None
        return rate if pace.counter.points[-1][0] >= self.paced_ns[1] else 0.0

    def known_until_ns(self, now_ns: int) -> int:
        """Until when all rates stay as they are now, if nothing more is seen."""
        counters = (self.ends, self.read, *(pace.counter for pace in self.paces.values()))
        ends = (counter.known_until_ns() for counter in counters)
        return min((end_ns for end_ns in ends if end_ns >= now_ns), default=now_ns + STALE_NS)

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

    def _changed(self, channel: ChannelId) -> Flow:
        flow = self.flow(channel)
        flow.answer = None
        return flow

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in offsets, batches and sequence numbers."""
        match observation:
            case OffsetsSeen(channel=channel, beginning=beginning, end=end):
                flow = self._changed(channel)
                flow.beginning, flow.end = sum(beginning.values()), sum(end.values())
                flow.ends.see(now_ns, flow.end)
                flow.shown_rate = steady(flow.shown_rate, flow.ends.rate(now_ns))
                flow.shown_last_ns = flow.last_record_ns
            case BatchSeen(channel=channel, producer_id=producer_id):
                flow = self._changed(channel)
                flow.taken += observation.count
                flow.read.see(now_ns, flow.taken)
                if observation.control:
                    return
                writer = Writer(channel.server, producer_id) if producer_id >= 0 else None
                flow.batches.add(now_ns, {writer: observation.count})
                self._wrote(flow, observation.max_timestamp_ns, now_ns)
            case ProducerSeen(channel=channel):
                flow = self._changed(channel)
                self._sequence(flow, observation, now_ns)
                self._wrote(flow, observation.last_timestamp_ns, now_ns)
            case ChannelGone(channel=channel):
                self.flows.pop(channel, None)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Take in how many records of which sender were read."""
        flow = self._changed(digest.channel)
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
        if now_ns > flow.paced_ns[1]:
            flow.paced_ns = flow.paced_ns[1], now_ns
        if pace.counter.points and pace.counter.points[-1][0] < flow.paced_ns[0]:
            pace.counter.see(flow.paced_ns[0], pace.written)  # it had not moved then, while others had
        last = pace.last.get(seen.partition, seen.last_sequence)
        # A new epoch starts again from 0, which looks like nearly all sequence numbers having passed.
        step = (seen.last_sequence - last) % SEQUENCES
        pace.written += seen.last_sequence + 1 if step > SEQUENCES // 2 else step
        pace.last[seen.partition] = seen.last_sequence
        pace.counter.see(now_ns, pace.written)

    def send_rates(self, channel: ChannelId, senders: Senders, now_ns: int) -> list[float | None]:
        """Records a second of each sender.

        One sender alone has the channel's rate. Several share it as records and batch headers tell; where
        much is skipped, those with sequence numbers have the rate that these tell, and the others share the
        rest. None where nothing tells, and for who is only permitted or declared to send.
        """
        flow = self.flows.get(channel)
        if flow is None:
            return [None] * len(senders)
        if flow.answer is not None and now_ns <= flow.answer[2] and flow.answer[0] == senders:
            return flow.answer[1]
        permitted = [all(map(_permitted, sender)) for sender in senders]
        sending = [sender for sender, only in zip(senders, permitted, strict=True) if not only]
        told = iter(self._rates(flow, sending, now_ns))
        rates = [None if only else next(told) for only in permitted]
        flow.answer = senders, rates, flow.known_until_ns(now_ns)
        return rates

    @staticmethod
    def _rates(flow: Flow, senders: Senders, now_ns: int) -> list[float | None]:
        rate = flow.rate(now_ns)
        if rate is not None and len(senders) == 1:
            return [rate]
        shares = flow.shares()
        if rate is None or not shares:
            return [_sum(flow.pace(actor, now_ns) for actor in sender) for sender in senders]
        paces: dict[Actor, float] = {
            actor: pace for actor in flow.paces if (pace := flow.pace(actor, now_ns)) is not None
        }
        counted = sum(paces.values())
        if not counted or not flow.skipped(now_ns):
            return [rate * sum(shares.get(actor, 0.0) for actor in sender) for sender in senders]
        others = sum(share for actor, share in shares.items() if actor not in paces)
        # Both are measured, and a little apart: together the senders have no more than the channel.
        scale = rate / counted if counted > rate or not others else 1.0
        each = max(rate - scale * counted, 0.0) / others if others else 0.0
        return [
            sum(scale * paces[one] if one in paces else each * shares.get(one, 0.0) for one in sender)
            for sender in senders
        ]


def _permitted(actor: Actor) -> bool:
    """Whether only permissions or declarations name it."""
    return isinstance(actor, Alias) and actor.kind in ("principal", DECLARED)


def _sum(rates: Iterable[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known else None
