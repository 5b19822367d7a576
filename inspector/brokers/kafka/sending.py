"""Sending single records: idempotent, acknowledged by all replicas, null and empty kept apart.

An own producer of one-record batches: the bytes of key, value and headers go out as they are, no topic is
created by asking for it, and no background task outlives the call.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from time import monotonic, time_ns
from typing import Any, NoReturn

from aiokafka.partitioner import murmur2
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from graph.identity import ChannelId
from inspector.brokers.base import Outgoing
from inspector.brokers.kafka.cluster import Cluster, Partition
from inspector.brokers.kafka.refusals import acl_command
from inspector.brokers.kafka.wire import NodeDown
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError, Unsupported
from inspector.record import Position

PATIENCE_S = 20.0
"""How long a record is tried again while its leader is away."""
MAX_BYTES = 90 << 20
"""Kafka closes the connection on a request of more than `socket.request.max.bytes`, 100 MiB by default."""
_MOVED = {3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 56}
"""Errors that pass: no leader or coordinator, another one, loading, timed out, too few replicas, storage."""
_DUPLICATE, _TOPIC_REFUSED, _CLUSTER_REFUSED, _INVALID = 46, 29, 31, 87
_TOO_LARGE = {10, 18}
"""MESSAGE_TOO_LARGE; RECORD_LIST_TOO_LARGE, for a batch that is larger than a segment."""
_FORGOTTEN = {45, 47, 59}
"""OUT_OF_ORDER_SEQUENCE, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID."""


class Sending:
    """Sends records under one producer id, which it asks for with the first."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._identity: tuple[int, int] | None = None
        self._sequences: dict[Partition, int] = {}
        self._locks: dict[Partition, asyncio.Lock] = {}
        self._beginning = asyncio.Lock()
        self.producer_ids: set[int] = set()
        """The ids this program has sent under."""

    async def send(self, outgoing: Outgoing) -> Position:
        """Send one record; raises `InspectorError` with the reason when the broker does not have it."""
        partition = await self._partition(outgoing)
        async with self._locks.setdefault(partition, asyncio.Lock()):
            identity = await self._begin()
            sequence = self._sequences.get(partition, 0)
            batch = _batch(outgoing, identity, sequence)
            if len(batch) > MAX_BYTES:
                raise Unsupported(f"The record has {len(batch):,} bytes.", "Kafka takes less than 100 MiB.")
            offset = await self._produce(partition, batch, outgoing.channel)
            self._sequences[partition] = sequence + 1 & 0x7FFFFFFF
            return Position(partition[1], offset)

    async def _partition(self, outgoing: Outgoing) -> Partition:
        name = outgoing.channel.name
        if name not in self._cluster.topics:
            await self._attempt(self._cluster.refresh, "the topics")
        topic = self._cluster.topics.get(name)
        if topic is None:
            raise InspectorError(f"There is no topic {name}.", "Create it first, or check the name.")
        count = len(topic.leaders)
        if outgoing.partition is not None:
            if outgoing.partition not in topic.leaders:
                raise InspectorError(f"{name} has no partition {outgoing.partition}.", f"It has {count}.")
            return name, outgoing.partition
        if outgoing.key is None:
            return name, random.randrange(count)
        # The Java client's choice, so that a key stays on its partition.
        return name, (murmur2(outgoing.key) & 0x7FFFFFFF) % count

    async def _begin(self) -> tuple[int, int]:
        """The producer id to send under; the first one is asked for until its coordinator is ready."""
        async with self._beginning:
            until = monotonic() + PATIENCE_S
            while self._identity is None:
                answer = await self._attempt(self._ask_for_identity, "a producer id")
                code = answer["ErrorCode"]
                if code == 0:
                    self._identity = answer["ProducerId"], answer["ProducerEpoch"]
                    self.producer_ids.add(answer["ProducerId"])
                elif code == _CLUSTER_REFUSED:
                    raise AccessRefused(
                        "Kafka refuses this login to send.",
                        acl_command(self._cluster.connection, "IdempotentWrite", "cluster"),
                    )
                elif code not in _MOVED or monotonic() > until:
                    raise InspectorError(f"Kafka gives no producer id (error {code}).", "Try again later.")
                else:
                    await asyncio.sleep(0.2)
            return self._identity

    async def _ask_for_identity(self) -> dict[str, Any]:
        node = next(iter(self._cluster.nodes))
        body = {"TransactionalId": None, "TransactionTimeoutMs": 60_000}
        return await self._cluster.request(node, "InitProducerId", body, line="send")

    async def _produce(self, partition: Partition, batch: bytes, channel: ChannelId) -> int:
        """Write a batch, again while its leader is away: the sequence keeps it from being there twice."""
        until = monotonic() + PATIENCE_S
        while True:
            code = -1
            node = self._cluster.leader(partition)
            if node is not None:
                try:
                    code, offset, message = await self._ask(node, partition, batch)
                except NodeDown:
                    message = ""
                if code in (0, _DUPLICATE):
                    return offset
                if code not in _MOVED and code != -1:
                    self._refuse(code, message, channel)
            if monotonic() > until:
                raise ConnectionFailed(
                    f"No leader of {partition[0]} {partition[1]} took the record in {PATIENCE_S:.0f} s.",
                    "It may or may not be there: look before sending it again.",
                )
            await asyncio.sleep(0.2)
            try:
                await self._cluster.refresh()
            except NodeDown:
                continue

    async def _ask(self, node: int, partition: Partition, batch: bytes) -> tuple[int, int, str]:
        parts = [{"Index": partition[1], "Records": batch}]
        body = {
            "Acks": -1,
            "TimeoutMs": 10_000,
            "TopicData": [{"Name": partition[0], "PartitionData": parts}],
        }
        answer = await self._cluster.request(node, "Produce", body, line="send")
        one = answer["Responses"][0]["PartitionResponses"][0]
        reasons = [error["BatchIndexErrorMessage"] for error in one.get("RecordErrors", ())]
        message = one.get("ErrorMessage") or ""
        return one["ErrorCode"], one["BaseOffset"], " ".join([message, *filter(None, reasons)]).strip()

    def _refuse(self, code: int, message: str, channel: ChannelId) -> NoReturn:
        name = channel.name
        if code in _TOO_LARGE:
            raise InspectorError(
                f"{name} takes no record of this size.",
                "Raise its max.message.bytes (and segment.bytes), or send less.",
            )
        if code == _TOPIC_REFUSED:
            raise AccessRefused(
                f"Kafka refuses this login to send to {name}.",
                acl_command(self._cluster.connection, "Write", "topic", [name]),
            )
        if code in _FORGOTTEN:
            self._identity = None
            self._sequences.clear()
            raise InspectorError(f"Kafka has forgotten this sender, and {name} is unchanged.", "Send again.")
        if code == _INVALID:
            raise InspectorError(
                f"{name} refuses the record{f' ({message})' if message else ''}.",
                "A compacted topic takes no record without a key.",
            )
        raise InspectorError(f"{name} refuses the record (error {code} {message}).".replace(" )", ")"), "")

    async def _attempt(self, ask: Callable[[], Any], what: str) -> Any:
        try:
            return await ask()
        except NodeDown as error:
            raise ConnectionFailed(
                f"{error}, so {what} cannot be had.", "Try again when it is back."
            ) from error


def _batch(outgoing: Outgoing, identity: tuple[int, int], sequence: int) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=identity[0],
        producer_epoch=identity[1],
        base_sequence=sequence,
        batch_size=0,
    )
    now_ms = time_ns() // 1_000_000
    builder.append(0, now_ms, outgoing.key, outgoing.value, list(outgoing.headers))
    return bytes(builder.build())
