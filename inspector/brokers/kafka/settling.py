"""Looks in the log whether a batch is there, known by its sender's number."""

from __future__ import annotations

from typing import Any

from inspector.brokers.base import Answer, Stamp, Taken
from inspector.brokers.kafka import batches
from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.offsets import EARLIEST, LATEST, TOPIC_REFUSED, fetched, list_offsets
from inspector.brokers.kafka.wire import NodeDown
from inspector.errors import ConnectionFailed, InspectorError

PIECE_BYTES = 4 << 20


async def settled(cluster: Cluster, stamp: Stamp) -> Answer:
    """Where a batch lies, that it is nowhere, or that it may have been deleted since.

    Batches are read from where it could begin until the end that the partition has now. Raises
    `InspectorError` where that cannot be read.
    """
    place = stamp.channel.name, stamp.partition
    try:
        await cluster.refresh()
        first, refused = await list_offsets(cluster, [place], EARLIEST)
        end, _ = await list_offsets(cluster, [place], LATEST)
        if place not in first or place not in end:
            why = "this login may not read it" if refused else "it has no leader now"
            raise InspectorError(
                f"What {stamp.channel.name} holds cannot be told, as {why}.", "Try again later."
            )
        at = max(stamp.since, first[place])
        while at < end[place]:
            reached, found = await _looked(cluster, stamp, at)
            if found is not None:
                return Answer(Taken.SENT, found)
            if reached is None:
                return _unreadable(stamp)
            at = reached
    except NodeDown as error:
        raise ConnectionFailed(
            f"{error}, so nobody can tell what it took.", "Try again when it is back."
        ) from error
    if first[place] > stamp.since:
        return Answer(
            Taken.UNSURE, error=InspectorError("What was written there then has been deleted since.")
        )
    return Answer(Taken.MISSING)


def _unreadable(stamp: Stamp) -> Answer:
    barred = InspectorError(f"This login may not read {stamp.channel.name}, so nobody can tell.")
    return Answer(Taken.UNSURE, error=barred)


async def _looked(cluster: Cluster, stamp: Stamp, at: int) -> tuple[int | None, int | None]:
    """How far was looked, None where that is not allowed; and where the batch lies."""
    place = stamp.channel.name, stamp.partition
    node = cluster.leader(place)
    if node is None:
        raise NodeDown(f"{place[0]} {place[1]} has no leader now")
    body = {
        "ReplicaId": -1,
        "MaxWaitMs": 0,
        "MinBytes": 0,
        "MaxBytes": PIECE_BYTES,
        "Topics": fetched({place: at}, PIECE_BYTES),
    }
    answer = await cluster.request(node, "Fetch", body, line="peek")
    one: dict[str, Any] = answer["Responses"][0]["Partitions"][0]
    if one["ErrorCode"] == TOPIC_REFUSED:
        return None, None
    if one["ErrorCode"]:
        raise InspectorError(
            f"{stamp.channel.name} cannot be read (error {one['ErrorCode']}).", "Try again later."
        )
    reached = at
    for batch in batches.walk(one["Records"] or memoryview(b"")):
        reached = batch.next_offset
        number = batch.producer_id, batch.producer_epoch, batch.base_sequence
        if number == (stamp.producer_id, stamp.producer_epoch, stamp.sequence):
            return reached, batch.base_offset
    if reached == at:
        raise InspectorError(f"{stamp.channel.name} cannot be read at {at}.", "Try again later.")
    return reached, None
