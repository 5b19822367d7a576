"""The tail of topics: what is written is read in order, once, within the allowance, and without a trace.

Positions live here and nowhere else, so a broker that goes and comes back is read on from where it stood.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.allowance import Allowance
from inspector.brokers.base import EXPIRED, OVER_BUDGET, Budget
from inspector.brokers.kafka import batches
from inspector.brokers.kafka.cluster import Cluster, Partition
from inspector.brokers.kafka.offsets import EARLIEST, LATEST, TOPIC_REFUSED, list_offsets
from inspector.brokers.kafka.refusals import Refusals, Sight
from inspector.brokers.kafka.session import FetchSession
from inspector.capture.plan import Plan
from inspector.observation import (
    BatchRead,
    BatchSeen,
    Observation,
    RangeRead,
    RecordsMissed,
    TransactionAborted,
)
from inspector.record import RecordBatch

log = logging.getLogger("eventscope.kafka")

BACKFILL_RECORDS = 200
"""Records of each partition read from before the start, so that there is something to see at once."""
_PACE_S = 0.05
"""Between two fetches that bring little: a busy topic would answer each at once."""
_KEEP_UP_S = 1.0
_OUT_OF_RANGE = 1
JOINED = 4_096
"""Records up to which batches of one sender that follow each other are handed on as one."""
UNREADABLE = "their batch could not be read"


class Tail:
    """Reads all topics it is told to follow, one fetch at a time on each broker.

    `stale` is set when partitions have moved and the metadata should be read anew.
    """

    sight = Sight.RECORDS
    """What is hidden where the login may not read."""
    line = "tail"
    """What it asks on: two tails on one line would wait for one another."""
    record_bytes = 500
    """What a record is taken for before one was read."""
    whole = False
    """Whether what cannot be read now is read later, and never skipped."""
    lanes = 1
    fetch_bytes, partition_bytes = 1 << 20, 256 << 10
    """Asked for at a time."""

    def __init__(
        self,
        cluster: Cluster,
        server: ServerId,
        budget: Budget,
        refusals: Refusals,
        emit: Callable[[list[Observation]], Awaitable[None]],
        stale: asyncio.Event | None = None,
        plan: Plan | None = None,
    ) -> None:
        self._cluster = cluster
        self._server = server
        self._refusals = refusals
        self._emit = emit
        self._allowance = Allowance(budget.bytes_per_s, monotonic)
        self._positions: dict[Partition, int] = {}
        self._ends: dict[Partition, int] = {}
        self._sizes: dict[Partition, float] = {}
        self._paused: set[Partition] = set()
        self._changes = 0
        self._strayed: set[Partition] = set()
        self._beyond: set[Partition] = set()
        self._refused: set[str] = set()
        self._unreadable: set[str] = set()
        self.stale = stale or asyncio.Event()
        self._writers: set[int] = set()
        self._plan = plan or Plan()
        self._open: dict[tuple[Partition, int], int] = {}
        """First offset of the transaction that a producer has open on a partition, as far as it was read."""

    def taken_writers(self) -> set[int]:
        """Producer ids of which something was read since this was last asked."""
        taken, self._writers = self._writers, set()
        return taken

    @property
    def in_debt(self) -> bool:
        """Whether more was read than the allowance has paid for yet."""
        return self._allowance.wait_s() > 0

    def spend(self, size: int) -> None:
        """Take note of bytes that were read beside the tail, on the same allowance."""
        self._allowance.spend(size)

    def follow(self, starts: dict[Partition, int], ends: dict[Partition, int]) -> None:
        """Read these partitions from these offsets on."""
        self._positions.update(starts)
        self._changes += 1
        self.moved(ends)

    def backfill(self, first: dict[Partition, int], ends: dict[Partition, int]) -> dict[Partition, int]:
        """Where to start so that the newest records of each partition are read, within the allowance."""
        filled = [one for one, end in ends.items() if end > first.get(one, 0)]
        share = self._allowance.left // self.record_bytes // max(1, len(filled))
        each = min(BACKFILL_RECORDS, max(2, share))
        return {one: max(first.get(one, 0), end - each) for one, end in ends.items()}

    def moved(self, ends: dict[Partition, int]) -> None:
        """Take note of the next offsets of partitions."""
        for partition in self._positions.keys() & ends.keys():
            self._ends[partition] = max(ends[partition], self._positions[partition])

    def forget(self, topics: Iterable[str]) -> None:
        """Read these topics no more."""
        gone = set(topics)
        self._changes += 1
        for partition in [one for one in self._positions if one[0] in gone]:
            del self._positions[partition]
            self._ends.pop(partition, None)
            self._sizes.pop(partition, None)
            self._beyond.discard(partition)
        self._refused -= gone
        self._unreadable -= gone

    def release(self, topics: Iterable[str]) -> dict[Partition, int]:
        """Read these topics no more; how far they were read."""
        given = set(topics)
        positions = {one: at for one, at in self._positions.items() if one[0] in given}
        if positions:
            self.forget(given)
        return positions

    def resume(self) -> None:
        """Try again what was put aside: the metadata are fresh."""
        self._paused.clear()
        self._changes += 1

    def follows(self, partition: Partition) -> bool:
        """Whether a partition is read."""
        return partition in self._positions

    async def run(self, node: int, lane: int = 0) -> None:
        """Read what a broker leads while it is part of the cluster; raises what `Cluster.request` raises.

        Partitions are shared out between lanes, each with a connection of its own: the broker answers one
        while the answer to another is read.
        """
        line = f"{self.line}-{lane}" if lane else self.line
        session = FetchSession()
        checked = monotonic()
        led: list[Partition] = []
        layout = (-1, -1)
        wanted: dict[Partition, int] = {}
        touched: list[Partition] | None = None
        while node in self._cluster.nodes:
            began = monotonic()
            if layout != (self._cluster.generation, self._changes):
                layout = (self._cluster.generation, self._changes)
                led = [
                    one
                    for one in self._positions.keys() - self._paused
                    if self._cluster.leader(one) == node and one[1] % self.lanes == lane
                ]
                wanted, touched = {one: self._positions[one] for one in led}, None
            wait = self._allowance.wait_s()
            if wait or began - checked > _KEEP_UP_S:
                await asyncio.sleep(wait)
                if not self.whole:
                    await self._keep_up(led)
                checked = monotonic()
                continue
            if not wanted:
                await asyncio.sleep(_PACE_S)
                continue
            room = min(self.fetch_bytes, max(1, self._allowance.left))
            body = session.request(wanted, room, self.partition_bytes, touched)
            answer = await self._cluster.request(node, "Fetch", body, line=line)
            if not session.accept(answer):
                continue
            left = self._allowance.left
            read = self._take(answer, wanted)
            touched = [
                one
                for topic in answer["Responses"]
                for part in topic["Partitions"]
                if (one := (topic["Topic"], part["PartitionIndex"])) in wanted and one in self._positions
            ]
            wanted.update((one, self._positions[one]) for one in touched)
            if read:
                await self._emit(read)
            if self._strayed:
                await self._put_right()
            if left - self._allowance.left < self.fetch_bytes // 2:
                await asyncio.sleep(max(0.0, began + _PACE_S - monotonic()))

    def _take(self, answer: dict[str, Any], wanted: dict[Partition, int]) -> list[Observation]:
        read: list[Observation] = []
        for topic in answer["Responses"]:
            channel = ChannelId(self._server, ChannelKind.TOPIC, topic["Topic"])
            for part in sorted(topic["Partitions"], key=lambda one: one["PartitionIndex"]):
                partition = topic["Topic"], part["PartitionIndex"]
                if self._positions.get(partition) != wanted.get(partition, -1):
                    continue
                if part["ErrorCode"]:
                    read += self._set_aside(partition, part["ErrorCode"])
                    continue
                self._ends[partition] = part["HighWatermark"]
                if partition[0] in self._refused:
                    self._refused.discard(partition[0])
                    read += self._refusals.settle(self.sight, self._refused)
                if part["Records"]:
                    self._read(partition, part["Records"], channel, read)
        return read

    def _read(
        self, partition: Partition, data: memoryview, channel: ChannelId, read: list[Observation]
    ) -> None:
        """Read what was fetched of a partition."""
        self._allowance.spend(len(data))
        number, first = partition[1], self._positions[partition]
        position, lost = first, 0
        headers_only = self._plan.headers_only(partition[0])
        heads: list[BatchSeen] = []
        run: list[batches.Batch] = []
        bodies: list[RecordBatch] = []

        def end_run() -> None:
            nonlocal lost
            found, unread = self._columns(run, channel, number, first, read)
            bodies.extend(found)
            lost += unread
            run.clear()

        try:
            for batch in batches.walk(data):
                if batch.next_offset <= position:
                    continue
                if heads and batch.plain and heads[-1].continued_by(head := batch.seen(channel, number)):
                    heads[-1] = heads[-1].with_next(head)
                else:
                    heads.append(batch.seen(channel, number))
                if not batch.plain:
                    read += self._transaction(batch, partition, channel, position)
                if not headers_only:
                    if run and (
                        sum(each.records for each in run) >= JOINED or not run[-1].continued_by(batch)
                    ):
                        end_run()
                    run.append(batch)
                    if batch.producer_id >= 0 and not batch.control:
                        self._writers.add(batch.producer_id)
                position = batch.next_offset
                if batch.records:
                    self._sizes[partition] = len(batch.data) / batch.records
        except batches.Unreadable as error:
            read += self._cannot_read(partition[0], str(error))
            lost += max(0, self._ends[partition] - position)
            position = max(position, self._ends[partition])
        end_run()
        self._positions[partition] = position
        read += heads
        read += map(BatchRead, bodies)
        if position > first:
            read.append(RangeRead(channel, number, first, position, headers_only))
        if lost:
            read.append(RecordsMissed(channel, number, lost, UNREADABLE))

    def _columns(
        self, run: list[batches.Batch], channel: ChannelId, number: int, first: int, read: list[Observation]
    ) -> tuple[list[RecordBatch], int]:
        """The records of batches that continue each other, and how many of them cannot be read."""
        try:
            found = batches.columns(run, channel, number, first)
            return ([] if found is None else [found]), 0
        except batches.Unreadable as error:
            if len(run) > 1:
                halves = [
                    self._columns(half, channel, number, first, read)
                    for half in (run[: len(run) // 2], run[len(run) // 2 :])
                ]
                return [*halves[0][0], *halves[1][0]], halves[0][1] + halves[1][1]
            read += self._cannot_read(channel.name, str(error))
            return [], run[0].records

    def _transaction(
        self, batch: batches.Batch, partition: Partition, channel: ChannelId, position: int
    ) -> list[Observation]:
        """Take note of transactions; what one that ends by an abort took back."""
        lane = partition, batch.producer_id
        if not batch.control:
            self._open.setdefault(lane, batch.base_offset)
            return []
        first = self._open.pop(lane, None)
        if first is None or not batches.aborts(batch):
            return []
        return [TransactionAborted(channel, partition[1], batch.producer_id, first, batch.base_offset)]

    def _cannot_read(self, topic: str, why: str) -> list[Observation]:
        self._unreadable.add(topic)
        log.debug("batch on %s: %s", topic, why)
        return self._refusals.tell(
            Sight.BATCHES,
            f"Batches on {', '.join(sorted(self._unreadable)[:3])} cannot be read ({why}).",
            "Look at how their sender compresses or signs them.",
        )

    def _set_aside(self, partition: Partition, code: int) -> list[Observation]:
        if code == _OUT_OF_RANGE:
            self._strayed.add(partition)
            return []
        if code == TOPIC_REFUSED:
            self._paused.add(partition)
            self._changes += 1
            self._refused.add(partition[0])
            return self._refusals.settle(self.sight, self._refused)
        self._pause(partition)
        return []

    async def _put_right(self) -> None:
        """Put right positions that do not exist: records expired, or the log is another or a shorter one."""
        strayed, self._strayed = self._strayed, set()
        first, _ = await list_offsets(self._cluster, strayed, EARLIEST)
        ends, _ = await list_offsets(self._cluster, strayed, LATEST)
        read: list[Observation] = []
        for partition in strayed & first.keys() & ends.keys() & self._positions.keys():
            position = self._positions[partition]
            if position < first[partition]:
                self._positions[partition] = first[partition]
                read.append(self._missed(partition, first[partition] - position, EXPIRED))
            elif position > ends[partition] and partition in self._beyond:
                # The metadata know it as the same topic: a new leader had less than the one before.
                self._positions[partition] = ends[partition]
                self._beyond.discard(partition)
            elif position > ends[partition]:
                self._beyond.add(partition)
                self._pause(partition)
        self._changes += 1
        if read:
            await self._emit(read)

    def _pause(self, partition: Partition) -> None:
        """Put a partition aside until the metadata are fresh."""
        self._paused.add(partition)
        self._changes += 1
        self.stale.set()

    async def _keep_up(self, wanted: Iterable[Partition]) -> None:
        """Skip to the end where more lies unread than the allowance can pay soon.

        All partitions of a broker skip together: chains of cause and effect are then whole in what is read.
        """
        behind = {
            one: lag
            for one in wanted
            if one in self._positions and (lag := self._ends.get(one, 0) - self._positions[one]) > 0
        }
        unread = sum(lag * self._sizes.get(one, self.record_bytes) for one, lag in behind.items())
        if unread <= self._allowance.backlog:
            return
        read: list[Observation] = []
        self._changes += 1
        for partition, lag in behind.items():
            self._positions[partition] = self._ends[partition]
            read.append(self._missed(partition, lag, OVER_BUDGET))
        await self._emit(read)

    def _missed(self, partition: Partition, count: int, reason: str) -> RecordsMissed:
        channel = ChannelId(self._server, ChannelKind.TOPIC, partition[0])
        return RecordsMissed(channel, partition[1], count, reason)


class WholeTail(Tail):
    """Reads topics for which a level was chosen: all of each, however long that takes."""

    line = "capture"
    whole = True
    lanes = 2
    fetch_bytes, partition_bytes = 2 << 20, 1 << 20
