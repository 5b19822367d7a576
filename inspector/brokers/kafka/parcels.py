"""Records as batches of their partitions, byte for byte, ready to be numbered and sent."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from time import time_ns

from aiokafka.partitioner import murmur2
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from graph.identity import ChannelId
from inspector.brokers.base import Outgoing, Packed, Stamp
from inspector.brokers.kafka.cluster import Topic
from inspector.errors import InspectorError, Unsupported

BATCH_BYTES = 900_000
"""Topics take batches of 1,048,588 bytes by default (`max.message.bytes`)."""
LOAD_BYTES = 1_000_000
"""What is sent at once, and is in doubt where the answer is lost."""
MAX_BYTES = 90 << 20
"""Kafka closes the connection on a request of more than `socket.request.max.bytes`, 100 MiB by default."""


class KafkaParcel:
    """One batch: filled, then stamped, then bytes."""

    def __init__(self, channel: ChannelId, partition: int) -> None:
        self.channel, self.partition = channel, partition
        self.places: list[int] = []
        self.stamp: Stamp | None = None
        self.data = b""
        self._builder = DefaultRecordBatchBuilder(
            magic=2,
            compression_type=0,
            is_transactional=0,
            producer_id=-1,
            producer_epoch=-1,
            base_sequence=-1,
            batch_size=BATCH_BYTES,
        )

    @property
    def size(self) -> int:
        """Bytes of the batch until now."""
        return int(self._builder.size())

    def add(self, place: int, timestamp_ms: int, outgoing: Outgoing) -> bool:
        """Add a record; False where there is no room for it. The first one always fits."""
        at = len(self.places)
        headers = list(outgoing.headers)
        if self._builder.append(at, timestamp_ms, outgoing.key, outgoing.value, headers) is None:
            return False
        self.places.append(place)
        return True

    def numbered(self, stamp: Stamp) -> None:
        """Give it the sender's number; another one replaces it."""
        self.stamp = stamp
        self._builder.set_producer_state(stamp.producer_id, stamp.producer_epoch, stamp.sequence)
        self.data = bytes(self._builder.build())


def packed(records: Sequence[Outgoing], topics: Mapping[str, Topic]) -> Packed:
    """The first records that fit into one batch for each partition, and `LOAD_BYTES` together.

    Records without a key share a partition, as the Java client has it; it is another one each time.
    """
    parcels: dict[tuple[str, int], KafkaParcel] = {}
    refused: dict[int, InspectorError] = {}
    now_ms = time_ns() // 1_000_000
    chance = random.randrange(1 << 30)
    left = LOAD_BYTES
    for place, outgoing in enumerate(records):
        if left <= 0:
            return Packed(place, [*parcels.values()], refused)
        topic = topics.get(outgoing.channel.name)
        try:
            partition = _partition(outgoing, topic, chance)
        except InspectorError as reason:
            refused[place] = reason
            continue
        at_ms = now_ms if outgoing.timestamp_ns is None else outgoing.timestamp_ns // 1_000_000
        key = outgoing.channel.name, partition
        parcel = parcels.get(key)
        if parcel is None:
            parcel = KafkaParcel(outgoing.channel, partition)
        before = parcel.size
        if not parcel.add(place, at_ms, outgoing):
            return Packed(place, [*parcels.values()], refused)
        if parcel.size > MAX_BYTES:
            refused[place] = Unsupported(
                f"The record has {parcel.size:,} bytes.", "Kafka takes less than 100 MiB."
            )
            continue
        parcels[key] = parcel
        left -= parcel.size - before
    return Packed(len(records), [*parcels.values()], refused)


def _partition(outgoing: Outgoing, topic: Topic | None, chance: int) -> int:
    if topic is None:
        raise InspectorError(
            f"There is no topic {outgoing.channel.name}.", "Create it first, or check the name."
        )
    count = len(topic.leaders)
    if outgoing.partition is not None:
        if outgoing.partition not in topic.leaders:
            raise InspectorError(f"{topic.name} has no partition {outgoing.partition}.", f"It has {count}.")
        return outgoing.partition
    # The Java client's choice, so that a key stays on its partition.
    return (chance if outgoing.key is None else _hashed(outgoing.key)) % count


@lru_cache(maxsize=16_384)
def _hashed(key: bytes) -> int:
    """The Java client's hash of a key; keys come again and again, and Python takes long for it."""
    return int(murmur2(key)) & 0x7FFFFFFF
