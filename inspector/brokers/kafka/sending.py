"""Sending: idempotent, acknowledged by all replicas, null and empty kept apart.

An own producer: the bytes of key, value and headers go out as they are, no topic is created by asking for
it, no background task outlives the call, and every batch has its number (producer id, epoch, sequence)
before it leaves, by which the broker takes it once (KIP-98) and anybody can find it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from inspector.brokers.base import Answer, Outgoing, Packed, Parcel, Stamp, Taken
from inspector.brokers.kafka.cluster import Cluster, Partition
from inspector.brokers.kafka.offsets import LATEST, list_offsets
from inspector.brokers.kafka.parcels import KafkaParcel, packed
from inspector.brokers.kafka.refusals import acl_command
from inspector.brokers.kafka.settling import settled
from inspector.brokers.kafka.wire import NodeDown
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.record import Position

PATIENCE_S = 20.0
"""How long a batch is tried again while its leader is away."""
_MOVED = {-1, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 56}
"""Errors that pass or say nothing: unknown, no leader or coordinator, another one, loading, timed out, too
few replicas, storage."""
_DUPLICATE, _TOPIC_REFUSED, _CLUSTER_REFUSED, _INVALID = 46, 29, 31, 87
_TOO_LARGE = {10, 18}
"""MESSAGE_TOO_LARGE; RECORD_LIST_TOO_LARGE, for a batch that is larger than a segment."""
_BAD_TIME = 32
_FORGOTTEN = {45, 47, 59}
"""OUT_OF_ORDER_SEQUENCE, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID."""


class Sending:
    """`inspector.brokers.base.Sender` under one producer id, which it asks for with the first record.

    `producer_ids` takes in the ids that are sent under.
    """

    def __init__(self, cluster: Cluster, producer_ids: set[int]) -> None:
        self._cluster = cluster
        self._identity: tuple[int, int] | None = None
        self._next: dict[Partition, tuple[int, int]] = {}
        """Sequence of the next record, and the offset that it cannot lie before."""
        self._turn = asyncio.Lock()
        self._producer_ids = producer_ids

    async def send(self, outgoing: Outgoing) -> Position:
        """Send one record; raises `InspectorError` with the reason when the broker does not have it."""
        packed = await self.pack([outgoing])
        if packed.refused:
            raise packed.refused[0]
        async with self._turn:
            await self.stamp(packed.parcels)
            (answer,) = await self.deliver(packed.parcels)
        if answer.error is not None:
            raise answer.error
        return Position(packed.parcels[0].partition, answer.offset)

    async def pack(self, records: Sequence[Outgoing]) -> Packed:
        """Records as batches of their partitions."""
        if {each.channel.name for each in records} - self._cluster.topics.keys():
            await self._attempt(self._cluster.refresh, "the topics")
        return packed(records, self._cluster.topics)

    async def stamp(self, parcels: Sequence[Parcel]) -> list[Stamp]:
        """Number batches, each from where the one before it on its partition ends."""
        producer_id, epoch = await self._begin()
        await self._look_for_ends({_place(each) for each in parcels} - self._next.keys())
        stamps: list[Stamp] = []
        for parcel in parcels:
            assert isinstance(parcel, KafkaParcel)
            sequence, since = self._next[_place(parcel)]
            stamp = Stamp(
                parcel.channel, parcel.partition, producer_id, epoch, sequence, len(parcel.places), since
            )
            parcel.numbered(stamp)
            stamps.append(stamp)
        return stamps

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Answer]:
        """Write batches, again while their leaders are away: the number keeps them from being there twice."""
        waiting = {_place(each): each for each in parcels if isinstance(each, KafkaParcel)}
        answers: dict[Partition, Answer] = {}
        until = monotonic() + PATIENCE_S
        while True:
            led = self._cluster.by_leader(waiting.keys() - answers.keys())
            found = await asyncio.gather(
                *(
                    self._ask(node, {place: waiting[place] for place in places})
                    for node, places in led.items()
                )
            )
            for each in found:
                answers.update(each)
            if len(answers) == len(waiting):
                break
            if monotonic() > until:
                answers |= {place: _unsure(place) for place in waiting.keys() - answers.keys()}
                break
            await asyncio.sleep(0.2)
            with suppress(NodeDown):
                await self._cluster.refresh()
        for place, answer in answers.items():
            self._note(place, len(waiting[place].places), answer)
        return [answers[_place(each)] for each in parcels]

    async def settle(self, stamp: Stamp) -> Answer:
        """Look for a batch by its number in the log."""
        return await settled(self._cluster, stamp)

    def go_on(self, stamps: Sequence[tuple[Stamp, bool]]) -> None:
        """Go on under the id of the newest of them."""
        if not stamps:
            return
        newest = stamps[-1][0]
        self._identity = newest.producer_id, newest.producer_epoch
        self._producer_ids.add(newest.producer_id)
        for stamp, taken in stamps:
            if (stamp.producer_id, stamp.producer_epoch) == self._identity:
                after = stamp.sequence + (stamp.count if taken else 0) & 0x7FFFFFFF
                self._next[_place(stamp)] = after, stamp.since

    async def _begin(self) -> tuple[int, int]:
        """The producer id to send under; the first one is asked for until its coordinator is ready."""
        until = monotonic() + PATIENCE_S
        while self._identity is None:
            answer = await self._attempt(self._ask_for_identity, "a producer id")
            code = answer["ErrorCode"]
            if code == 0:
                self._identity = answer["ProducerId"], answer["ProducerEpoch"]
                self._producer_ids.add(answer["ProducerId"])
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

    async def _look_for_ends(self, partitions: set[Partition]) -> None:
        """Where partitions end that nothing was sent to yet; 0 where nobody tells."""
        ends: dict[Partition, int] = {}
        with suppress(NodeDown):
            ends, _ = await list_offsets(self._cluster, partitions, LATEST)
        self._next |= {place: (0, ends.get(place, 0)) for place in partitions}

    async def _ask(self, node: int, parcels: dict[Partition, KafkaParcel]) -> dict[Partition, Answer]:
        """The answers of a leader; where it is worth asking again there is none."""
        topics: dict[str, list[dict[str, Any]]] = {}
        for (topic, partition), parcel in parcels.items():
            topics.setdefault(topic, []).append({"Index": partition, "Records": parcel.data})
        data = [{"Name": name, "PartitionData": parts} for name, parts in topics.items()]
        body = {"Acks": -1, "TimeoutMs": 10_000, "TopicData": data}
        try:
            answer = await self._cluster.request(node, "Produce", body, line="send")
        except NodeDown:
            return {}
        return {
            (topic["Name"], one["Index"]): self._answer(one, topic["Name"])
            for topic in answer["Responses"]
            for one in topic["PartitionResponses"]
            if one["ErrorCode"] not in _MOVED
        }

    def _answer(self, one: dict[str, Any], name: str) -> Answer:
        code = one["ErrorCode"]
        if code in (0, _DUPLICATE):
            return Answer(Taken.SENT, one["BaseOffset"])
        if code in _FORGOTTEN:
            unchanged = f"Kafka has forgotten this sender, and {name} is unchanged."
            return Answer(Taken.FORGOTTEN, error=InspectorError(unchanged, "Send again."))
        if code == _TOPIC_REFUSED:
            command = acl_command(self._cluster.connection, "Write", "topic", [name])
            refused = AccessRefused(f"Kafka refuses this login to send to {name}.", command)
            return Answer(Taken.BARRED, error=refused)
        if code in _TOO_LARGE:
            remedy = "Raise its max.message.bytes (and segment.bytes), or send less."
            too_large = InspectorError(f"{name} takes no record of this size.", remedy)
            return Answer(Taken.REFUSED, error=too_large)
        reasons = [error["BatchIndexErrorMessage"] for error in one.get("RecordErrors", ())]
        message = " ".join(filter(None, [one.get("ErrorMessage"), *reasons]))
        if code in (_INVALID, _BAD_TIME):
            why = f" ({message})" if message else ""
            remedy = "A compacted topic takes no record without a key." if code == _INVALID else ""
            return Answer(Taken.REFUSED, error=InspectorError(f"{name} refuses the record{why}.", remedy))
        why = f"error {code} {message}".rstrip()
        return Answer(Taken.BARRED, error=InspectorError(f"{name} refuses the record ({why})."))

    def _note(self, place: Partition, count: int, answer: Answer) -> None:
        """Go on behind what was taken."""
        if answer.taken is Taken.SENT:
            sequence, since = self._next[place]
            self._next[place] = sequence + count & 0x7FFFFFFF, max(since, answer.offset + count)
        elif answer.taken is Taken.FORGOTTEN:
            self._identity = None
            self._next = {at: (0, since) for at, (_, since) in self._next.items()}

    async def _attempt(self, ask: Callable[[], Any], what: str) -> Any:
        try:
            return await ask()
        except NodeDown as error:
            raise ConnectionFailed(
                f"{error}, so {what} cannot be had.", "Try again when it is back."
            ) from error


def _place(of: Parcel | Stamp) -> Partition:
    return of.channel.name, of.partition


def _unsure(place: Partition) -> Answer:
    return Answer(
        Taken.UNSURE,
        error=ConnectionFailed(
            f"No leader of {place[0]} {place[1]} took the record in {PATIENCE_S:.0f} s.",
            "It may or may not be there: look before sending it again.",
        ),
    )
