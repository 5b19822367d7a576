"""Who writes: idempotent producers by partition, transactional ids by producer and by channel (KIP-664)."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka.cluster import Cluster, Partition
from inspector.brokers.kafka.offsets import TOPIC_REFUSED, by_topic, chunks
from inspector.errors import Unsupported
from inspector.observation import ProducerSeen, TransactionSeen

CHUNK = 500
"""Partitions a request: about 0.1 s of a broker's work at 20 producers each."""
_OPEN = ("Ongoing", "PrepareCommit", "PrepareAbort")
"""States in which a transaction has partitions that it has not ended."""
PER_PARTITION = 1_000
"""Producers kept of one partition, the newest: short-lived jobs leave one each for a day."""


Writes = tuple[tuple[ChannelId, tuple[int, ...]], ...]
"""Channels and partitions."""


class Producers(NamedTuple):
    """What one look at all partitions gave."""

    seen: list[ProducerSeen]
    refused: set[str]
    crowded: list[str]
    """Topics with more producers on a partition than are kept."""


async def look(
    cluster: Cluster, server: ServerId, partitions: Iterable[Partition], own: frozenset[int]
) -> Producers:
    """Producers of the last day by partition, without those whose id is in `own`. Needs Read on the topic."""
    found = Producers([], set(), [])
    led = cluster.by_leader(partitions)

    async def ask(node: int) -> None:
        for part in chunks(led[node], CHUNK):
            topics = [
                {"Name": topic, "PartitionIndexes": numbers} for topic, numbers in by_topic(part).items()
            ]
            answer = await cluster.request(node, "DescribeProducers", {"Topics": topics})
            for topic in answer["Topics"]:
                for one in topic["Partitions"]:
                    if one["ErrorCode"] == TOPIC_REFUSED:
                        found.refused.add(topic["Name"])
                    _take(ChannelId(server, ChannelKind.TOPIC, topic["Name"]), one, own, found)

    await cluster.on_each(led, ask)
    return found


def _take(channel: ChannelId, partition: dict[str, Any], own: frozenset[int], found: Producers) -> None:
    active = sorted(partition["ActiveProducers"], key=lambda state: -state["LastTimestamp"])
    if len(active) > PER_PARTITION:
        found.crowded.append(channel.name)
    found.seen.extend(
        ProducerSeen(
            channel,
            partition["PartitionIndex"],
            state["ProducerId"],
            state["ProducerEpoch"],
            state["LastSequence"],
            state["LastTimestamp"] * 1_000_000,
            state["CurrentTxnStartOffset"] >= 0,
        )
        for state in active[:PER_PARTITION]
        if state["ProducerId"] not in own
    )


async def transactions(cluster: Cluster, server: ServerId) -> list[TransactionSeen]:
    """Every transactional id with the producer id it has, and what open transactions write to.

    Asked of every broker, as each coordinates its own. Ids that the login may not describe are left out by
    Kafka without a word, and so are channels.
    """
    seen: list[TransactionSeen] = []

    async def ask(node: int) -> None:
        answer = await cluster.request(node, "ListTransactions", {})
        listed = answer["TransactionStates"]
        running = [one["TransactionalId"] for one in listed if one["TransactionState"] in _OPEN]
        writes: dict[str, Writes] = {}
        for part in chunks(running, CHUNK):
            writes |= await _writes(cluster, server, node, part)
        seen.extend(
            TransactionSeen(server, name, one["ProducerId"], one["TransactionState"], writes.get(name, ()))
            for one in listed
            if (name := one["TransactionalId"])
        )

    await cluster.on_each(cluster.nodes, ask)
    return seen


async def _writes(cluster: Cluster, server: ServerId, node: int, names: list[str]) -> dict[str, Writes]:
    try:
        answer = await cluster.request(node, "DescribeTransactions", {"TransactionalIds": names})
    except Unsupported:
        return {}
    return {
        one["TransactionalId"]: tuple(
            (ChannelId(server, ChannelKind.TOPIC, topic["Topic"]), tuple(sorted(topic["Partitions"])))
            for topic in sorted(one["Topics"], key=itemgetter("Topic"))
        )
        for one in answer["TransactionStates"]
        if one["ErrorCode"] == 0
    }
