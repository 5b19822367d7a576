"""The last record of each producer id that was not read otherwise: who wrote it stands in its headers.

A sender that writes once a night, or wrote just before the start, is named by this and by nothing else.
Kafka tells when a producer id last wrote to a partition (DescribeProducers), and ListOffsets by timestamp the
first record from that time on. It lies in the last batch of the producer or shortly before it; where the
last write was the end of a transaction, the records lie a little before that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka import batches
from inspector.brokers.kafka.cluster import Cluster, Partition
from inspector.brokers.kafka.offsets import fetched, list_offsets
from inspector.observation import Observation, ProducerSeen, RecordsSeen
from inspector.record import Record

MOST = 64
"""Producer ids looked up at a time."""
BATCH_BYTES = 16 << 10
"""Read of a partition; a larger batch comes whole."""
TOTAL_BYTES = 1 << 20
BACK = (0, 8, 64)
"""How many offsets before the one found a producer id is looked for, at each try: the time of its last write
is that of a transaction's end where there was one, and its records lie before that."""
WANTED = 5_000
REMEMBERED = 100_000
"""Producer ids that are known to need no more looking up."""
ENOUGH = 8
"""Records of one producer id that are kept."""
_NEVER = (1, 29)
"""Errors after which a partition is given up: the offset is out of its range, or reading is refused."""


class Signatures:
    """Looks every producer id up once, on the partition it wrote to last."""

    def __init__(self, cluster: Cluster, server: ServerId) -> None:
        self._cluster = cluster
        self._server = server
        self._wrote: dict[int, dict[Partition, int]] = {}
        """Where and when (ns) producer ids wrote that are still to be looked up."""
        self._tries: dict[int, int] = {}

    def drop(self, read: Iterable[int]) -> None:
        """Look these up no more: records of theirs have been read."""
        for producer_id in read:
            self._wrote.pop(producer_id, None)
            self._tries[producer_id] = len(BACK)
        while len(self._tries) > REMEMBERED:
            del self._tries[next(iter(self._tries))]

    def want(self, seen: Iterable[ProducerSeen]) -> None:
        """Take note of producers that Kafka tells of."""
        for one in seen:
            if self._tries.get(one.producer_id, 0) < len(BACK):
                partition = one.channel.name, one.partition
                self._wrote.setdefault(one.producer_id, {})[partition] = one.last_timestamp_ns
        while len(self._wrote) > WANTED:
            del self._wrote[next(iter(self._wrote))]

    async def look(self, spend: Callable[[int], object]) -> list[Observation]:
        """Records of some producer ids that are wanted; `spend` is told the bytes that were read for them."""
        chosen = self._choose()
        found: list[Observation] = []
        times = {partition: self._wrote[each][partition] // 1_000_000 for partition, each in chosen.items()}
        offsets, _ = await list_offsets(self._cluster, times, times)
        for partition, offset in list(offsets.items()):
            if offset < 0:
                self._give_up(partition, chosen[partition])
                del offsets[partition]
            else:
                offsets[partition] = max(0, offset - BACK[self._tries.get(chosen[partition], 0)])
        led = self._cluster.by_leader(offsets)

        async def ask(node: int) -> None:
            body = {
                "ReplicaId": -1,
                "MaxWaitMs": 0,
                "MinBytes": 0,
                "MaxBytes": TOTAL_BYTES,
                "Topics": fetched({one: offsets[one] for one in led[node]}, BATCH_BYTES),
            }
            answer = await self._cluster.request(node, "Fetch", body, line="signatures")
            for topic in answer["Responses"]:
                for part in topic["Partitions"]:
                    spend(len(part["Records"] or b""))
                    partition = topic["Topic"], part["PartitionIndex"]
                    records = self._take(partition, part, chosen[partition])
                    if records:
                        channel = ChannelId(self._server, ChannelKind.TOPIC, topic["Topic"])
                        found.append(RecordsSeen(channel, tuple(records), apart=True))

        await self._cluster.on_each(led, ask)
        return found

    def _take(self, partition: Partition, part: dict[str, Any], producer_id: int) -> list[Record]:
        """What a partition answered; an outage or another leader is no answer, and it is asked again."""
        if part["ErrorCode"] in _NEVER:
            self._give_up(partition, producer_id)
        if part["ErrorCode"]:
            return []
        records = self._read(partition, part["Records"] or memoryview(b""), producer_id)
        tries = self._tries.get(producer_id, 0) + 1
        if records or tries == len(BACK):
            self.drop([producer_id])
        else:
            self._tries[producer_id] = tries
        return records

    def _give_up(self, partition: Partition, producer_id: int) -> None:
        wrote = self._wrote.get(producer_id, {})
        wrote.pop(partition, None)
        if not wrote:
            self.drop([producer_id])

    def _choose(self) -> dict[Partition, int]:
        """A partition for each of the producer ids that wrote last, no partition twice."""
        chosen: dict[Partition, int] = {}
        for producer_id, wrote in sorted(self._wrote.items(), key=lambda one: -max(one[1].values())):
            free = [partition for partition in wrote if partition not in chosen]
            if free:
                chosen[max(free, key=lambda one: (wrote[one], one))] = producer_id
            if len(chosen) == MOST:
                break
        return chosen

    def _read(self, partition: Partition, data: memoryview, producer_id: int) -> list[Record]:
        channel = ChannelId(self._server, ChannelKind.TOPIC, partition[0])
        records: list[Record] = []
        # What cannot be read is told where everything is read.
        with suppress(batches.Unreadable):
            for batch in batches.walk(data):
                if batch.producer_id == producer_id:
                    records += batches.records(batch, channel, partition[1], batch.base_offset)
        return records[-ENOUGH:]
