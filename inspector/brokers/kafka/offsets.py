"""First and next offsets of partitions (ListOffsets), asked of their leaders in parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from inspector.brokers.kafka.cluster import Cluster, Partition

T = TypeVar("T")
EARLIEST, LATEST = -2, -1
CHUNK = 2_000
"""Partitions a request."""
TOPIC_REFUSED = 29


async def list_offsets(
    cluster: Cluster, partitions: Iterable[Partition], at: int | Mapping[Partition, int]
) -> tuple[dict[Partition, int], set[str]]:
    """Offsets at `EARLIEST`, `LATEST` or a time in ms, and the topics that the login may not describe.

    With a time for each partition: of the first record from then on, -1 where there is none.

    Partitions without a leader, or that moved meanwhile, are missing from the answer.
    """
    offsets: dict[Partition, int] = {}
    refused: set[str] = set()
    led = cluster.by_leader(partitions)

    async def ask(node: int) -> None:
        for part in chunks(led[node], CHUNK):
            topics = [
                {"Name": topic, "Partitions": [_asked(topic, one, at) for one in numbers]}
                for topic, numbers in by_topic(part).items()
            ]
            answer = await cluster.request(node, "ListOffsets", {"ReplicaId": -1, "Topics": topics})
            for topic in answer["Topics"]:
                for one in topic["Partitions"]:
                    if one["ErrorCode"] == 0:
                        offsets[topic["Name"], one["PartitionIndex"]] = one["Offset"]
                    elif one["ErrorCode"] == TOPIC_REFUSED:
                        refused.add(topic["Name"])

    await cluster.on_each(led, ask)
    return offsets, refused


def _asked(topic: str, number: int, at: int | Mapping[Partition, int]) -> dict[str, int]:
    return {"PartitionIndex": number, "Timestamp": at if isinstance(at, int) else at[topic, number]}


def by_topic(partitions: Iterable[Partition]) -> dict[str, list[int]]:
    """Partition numbers by topic."""
    topics: dict[str, list[int]] = {}
    for topic, number in partitions:
        topics.setdefault(topic, []).append(number)
    return topics


def fetched(wanted: Mapping[Partition, int], partition_bytes: int) -> list[dict[str, Any]]:
    """The topics of a Fetch request that reads some partitions from these offsets on."""
    return [
        {
            "Topic": topic,
            "Partitions": [
                {
                    "Partition": number,
                    "FetchOffset": wanted[topic, number],
                    "PartitionMaxBytes": partition_bytes,
                }
                for number in numbers
            ],
        }
        for topic, numbers in by_topic(wanted).items()
    ]


def chunks(items: Iterable[T], size: int) -> Iterable[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
