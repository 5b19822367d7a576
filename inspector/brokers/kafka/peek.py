"""One record by its position."""

from __future__ import annotations

from typing import Any

from graph.identity import ChannelId
from inspector.brokers.kafka import batches
from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.offsets import TOPIC_REFUSED, fetched
from inspector.brokers.kafka.refusals import acl_command
from inspector.brokers.kafka.wire import NodeDown
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.record import Position, Record

_MOVED = (3, 5, 6, 9)
ATTEMPTS = 3


async def peek(cluster: Cluster, channel: ChannelId, position: Position) -> Record | None:
    """The record at a position; None where it was deleted, compacted away, or never was.

    Raises `ConnectionFailed` when its broker does not answer, `AccessRefused` when the login may not read.
    """
    partition = channel.name, position.partition
    for _ in range(ATTEMPTS):
        try:
            node = cluster.leader(partition)
            if node is None:
                await cluster.refresh()
                if channel.name not in cluster.topics:
                    return None
                continue
            answer = await cluster.request(node, "Fetch", _request(channel.name, position), line="peek")
            one = answer["Responses"][0]["Partitions"][0]
        except NodeDown as error:
            raise ConnectionFailed(
                f"{error}, so the record cannot be read.", "Try again when it is back."
            ) from error
        if one["ErrorCode"] == TOPIC_REFUSED:
            raise AccessRefused(
                f"Kafka refuses this login to read {channel.name}.",
                acl_command(cluster.connection, "Read", "topic", [channel.name]),
            )
        if one["ErrorCode"] in _MOVED:
            await _again(cluster)
            continue
        return _pick(one["Records"] or memoryview(b""), channel, position)
    return None


async def _again(cluster: Cluster) -> None:
    try:
        await cluster.refresh()
    except NodeDown as error:
        raise ConnectionFailed(
            f"{error}, so the record cannot be read.", "Try again when it is back."
        ) from error


def _request(topic: str, position: Position) -> dict[str, Any]:
    return {
        "ReplicaId": -1,
        "MaxWaitMs": 0,
        "MinBytes": 0,
        "MaxBytes": 1,
        "Topics": fetched({(topic, position.partition): position.offset}, 1),
    }


def _pick(data: memoryview, channel: ChannelId, position: Position) -> Record | None:
    try:
        for batch in batches.walk(data):
            for record in batches.records(batch, channel, position.partition, position.offset):
                if record.position == position:
                    return record
    except batches.Unreadable as error:
        raise InspectorError(
            f"The record at {position} of {channel.name} cannot be read ({error}).", ""
        ) from error
    return None
