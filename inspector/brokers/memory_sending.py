"""Sends many records to the broker in memory, each once, as an idempotent producer does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graph.identity import ChannelId
from inspector.brokers.base import Answer, Outgoing, Packed, Parcel, Stamp, Taken
from inspector.brokers.memory_broker import MemoryBroker, MemoryProducer
from inspector.errors import ConnectionFailed, InspectorError

LOAD_RECORDS = 1_000


@dataclass
class MemoryParcel:
    """Records of one partition."""

    channel: ChannelId
    partition: int
    places: list[int] = field(default_factory=list)
    size: int = 0
    records: list[Outgoing] = field(default_factory=list)
    stamp: Stamp | None = None


class MemorySending:
    """`inspector.brokers.base.Sender` over a broker in memory."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        # Not among the broker's producers: what Eventscope sends is no sender of the system.
        self._producer = MemoryProducer(broker, next(broker.producer_ids), None)
        self._since: dict[tuple[ChannelId, int], int] = {}

    async def pack(self, records: Sequence[Outgoing]) -> Packed:
        """Records as batches of their partitions."""
        parcels: dict[tuple[ChannelId, int], MemoryParcel] = {}
        refused: dict[int, InspectorError] = {}
        for place, outgoing in enumerate(records[:LOAD_RECORDS]):
            held = self._broker.channels.get(outgoing.channel)
            if held is None:
                refused[place] = InspectorError(
                    f"There is no topic {outgoing.channel.name}.", "Create it first."
                )
                continue
            partition = outgoing.partition
            if partition is None:
                partition = sum(outgoing.key or b"") % len(held.logs)
            if not 0 <= partition < len(held.logs):
                refused[place] = InspectorError(f"{outgoing.channel.name} has no partition {partition}.")
                continue
            key = outgoing.channel, partition
            parcel = parcels.setdefault(key, MemoryParcel(*key))
            parcel.places.append(place)
            parcel.records.append(outgoing)
            parcel.size += len(outgoing.key or b"") + len(outgoing.value or b"")
        return Packed(min(len(records), LOAD_RECORDS), [*parcels.values()], refused)

    async def stamp(self, parcels: Sequence[Parcel]) -> list[Stamp]:
        """Number batches."""
        stamps: list[Stamp] = []
        for each in parcels:
            assert isinstance(each, MemoryParcel)
            place, own = (each.channel, each.partition), self._producer
            since = self._since.setdefault(
                place, self._broker.channels[each.channel].logs[each.partition].end
            )
            sequence = own.sequences.get(place, -1) + 1
            each.stamp = Stamp(*place, own.producer_id, 0, sequence, len(each.records), since)
            stamps.append(each.stamp)
        return stamps

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Answer]:
        """Append them, unless they are there."""
        answers: list[Answer] = []
        for each in parcels:
            assert isinstance(each, MemoryParcel)
            assert each.stamp is not None
            if not self._broker.running:
                error = ConnectionFailed(
                    f"{self._broker.server.address} does not answer.", "Try again later."
                )
                answers.append(Answer(Taken.UNSURE, error=error))
                continue
            at = self._held(each.stamp)
            if at is None:
                with self._broker.lock:
                    written = [
                        self._producer.write(
                            one.channel,
                            one.value,
                            key=one.key,
                            headers=one.headers,
                            partition=each.partition,
                            timestamp_ns=one.timestamp_ns,
                        )
                        for one in each.records
                    ]
                at = written[0].offset
            answers.append(Answer(Taken.SENT, at))
        return answers

    async def settle(self, stamp: Stamp) -> Answer:
        """Look for a batch by its number."""
        at = self._held(stamp)
        if at is not None:
            return Answer(Taken.SENT, at)
        if self._broker.channels[stamp.channel].logs[stamp.partition].beginning > stamp.since:
            return Answer(Taken.UNSURE, error=InspectorError("What was written there then has been deleted."))
        return Answer(Taken.MISSING)

    def _held(self, stamp: Stamp) -> int | None:
        """Where a batch begins; None where it does not lie."""
        with self._broker.lock:
            for record in self._broker.channels[stamp.channel].logs[stamp.partition].records:
                if (record.producer_id, record.sequence) == (stamp.producer_id, stamp.sequence):
                    return record.position.offset
        return None

    def go_on(self, stamps: Sequence[tuple[Stamp, bool]]) -> None:
        """Go on under the id of the newest of them."""
        if not stamps:
            return
        self._producer.producer_id = stamps[-1][0].producer_id
        for stamp, taken in stamps:
            if stamp.producer_id == self._producer.producer_id:
                after = stamp.sequence + (stamp.count if taken else 0)
                place = stamp.channel, stamp.partition
                self._producer.sequences[place], self._since[place] = after - 1, stamp.since
