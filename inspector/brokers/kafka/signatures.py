"""The last record of each producer id that was not read otherwise: who wrote it stands in its headers.

A sender that writes once a night, or wrote just before the start, is named by this and by nothing else.
Kafka tells when a producer id last wrote to a partition (DescribeProducers); the first record from that time
on (ListOffsets by timestamp) lies in that batch or shortly before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka import batches
from inspector.brokers.kafka.cluster import Cluster, Partition
from inspector.brokers.kafka.offsets import by_topic, list_offsets
from inspector.observation import Observation, ProducerSeen, RecordsSeen
from inspector.record import Record

MOST = 64
"""Producer ids looked up at a time."""
BATCH_BYTES = 16 << 10
"""Read of a partition; a larger batch comes whole."""
TOTAL_BYTES = 1 << 20
TRIES = 3
"""On as many partitions a producer id is looked for: the record may have expired, or lie too far off."""
REMEMBERED = 100_000
"""Producer ids that are known to need no more looking up."""
ENOUGH = 8
"""Records of one producer id that are kept."""


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
            self._tries[producer_id] = TRIES
        while len(self._tries) > REMEMBERED:
            del self._tries[next(iter(self._tries))]

    def want(self, seen: Iterable[Observation]) -> None:
        """Take note of producers that Kafka tells of."""
        for one in seen:
            # What lies in the broker's own topics names nobody.
            if not isinstance(one, ProducerSeen) or one.channel.name.startswith("__"):
                continue
            if self._tries.get(one.producer_id, 0) < TRIES:
                partition = one.channel.name, one.partition
                self._wrote.setdefault(one.producer_id, {})[partition] = one.last_timestamp_ns

    async def look(self) -> tuple[list[Observation], int]:
        """Records of some producer ids that are wanted, and the bytes that were read for them."""
        chosen = self._choose()
        found: dict[int, RecordsSeen] = {}
        size = 0
        times = {partition: self._wrote[each][partition] // 1_000_000 for partition, each in chosen.items()}
        offsets, _ = await list_offsets(self._cluster, times, times)
        led = self._cluster.by_leader(one for one, offset in offsets.items() if offset >= 0)

        async def ask(node: int) -> None:
            nonlocal size
            body = _request({one: offsets[one] for one in led[node]})
            answer = await self._cluster.request(node, "Fetch", body, line="signatures")
            for topic in answer["Responses"]:
                for part in topic["Partitions"]:
                    data = part["Records"] or memoryview(b"")
                    size += len(data)
                    producer_id = chosen[topic["Topic"], part["PartitionIndex"]]
                    if records := self._read(topic["Topic"], part["PartitionIndex"], data, producer_id):
                        channel = ChannelId(self._server, ChannelKind.TOPIC, topic["Topic"])
                        found[producer_id] = RecordsSeen(channel, tuple(records), apart=True)

        await self._cluster.on_each(led, ask)
        for partition, producer_id in chosen.items():
            wrote = self._wrote.get(producer_id)
            if wrote is None:
                continue  # the tail has come upon it meanwhile
            del wrote[partition]
            if producer_id in found or not wrote or self._tries[producer_id] >= TRIES:
                del self._wrote[producer_id]
                self._tries[producer_id] = TRIES
        return list(found.values()), size

    def _choose(self) -> dict[Partition, int]:
        """A partition for each of the producer ids that wrote last, no partition twice."""
        chosen: dict[Partition, int] = {}
        for producer_id, wrote in sorted(self._wrote.items(), key=lambda one: -max(one[1].values())):
            free = [partition for partition in wrote if partition not in chosen]
            if free and len(chosen) < MOST:
                chosen[max(free, key=lambda one: (wrote[one], one))] = producer_id
                self._tries[producer_id] = self._tries.get(producer_id, 0) + 1
        return chosen

    def _read(self, topic: str, number: int, data: memoryview, producer_id: int) -> list[Record]:
        channel = ChannelId(self._server, ChannelKind.TOPIC, topic)
        records: list[Record] = []
        # What cannot be read is told where everything is read.
        with suppress(batches.Unreadable):
            for batch in batches.walk(data):
                if batch.producer_id == producer_id:
                    records += batches.records(batch, channel, number, batch.base_offset)
        return records[-ENOUGH:]


def _request(wanted: dict[Partition, int]) -> dict[str, object]:
    topics = [
        {
            "Topic": topic,
            "Partitions": [
                {
                    "Partition": number,
                    "FetchOffset": wanted[topic, number],
                    "PartitionMaxBytes": BATCH_BYTES,
                }
                for number in numbers
            ],
        }
        for topic, numbers in by_topic(wanted).items()
    ]
    return {"ReplicaId": -1, "MaxWaitMs": 0, "MinBytes": 0, "MaxBytes": TOTAL_BYTES, "Topics": topics}
