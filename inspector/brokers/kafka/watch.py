"""When what is looked at: all of it at once, then each thing at its own pace, and again after an outage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, suppress
from itertools import product
from time import monotonic
from typing import Any

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.base import Budget
from inspector.brokers.handover import Handover
from inspector.brokers.kafka.cluster import Cluster, Partition, Topic
from inspector.brokers.kafka.codec import CodecError
from inspector.brokers.kafka.companions import Companions
from inspector.brokers.kafka.logs import LOGS, LogTail
from inspector.brokers.kafka.looks import Looks, is_internal
from inspector.brokers.kafka.offsets import EARLIEST, LATEST, list_offsets
from inspector.brokers.kafka.refusals import Refusals, Sight
from inspector.brokers.kafka.signatures import Signatures
from inspector.brokers.kafka.tail import Tail, WholeTail
from inspector.brokers.kafka.wire import LoginRefused, NodeDown
from inspector.capture.plan import Plan
from inspector.errors import AccessRefused, Unsupported
from inspector.observation import (
    Back,
    ChannelGone,
    ChannelSeen,
    Lost,
    Observation,
    ProducerSeen,
    ReadingBegun,
    ServerSeen,
)
from inspector.tasks import TaskGroup

OFFSETS_S, TOPICS_S, GROUPS_S, PRODUCERS_S, TRANSACTIONS_S = 2.0, 5.0, 5.0, 10.0, 10.0
RIGHTS_S, SIGNATURES_S, PLAN_S = 30.0, 1.0, 0.2
LOGS_SHARE = 4
"""One part in so many of the budget is for Kafka's own logs, where a person asks to have them read."""
MANY_PARTITIONS = 2_000
"""From here on everything is looked at half as often."""
BACKOFF_S = (0.2, 2.0)
LEADERLESS_S, SETTLE_S = 1.0, 0.3
PATIENCE_S = 1.0
"""How long everything else waits for the first groups."""


Look = Callable[[], Coroutine[Any, Any, None]]


class Watch:
    """Everything one `observe` yields. Ends when it is closed."""

    def __init__(self, cluster: Cluster, budget: Budget, own: set[int], plan: Plan) -> None:
        self._cluster = cluster
        self._plan = plan
        self._server = cluster.connection.server
        self._refusals = Refusals(cluster.connection)
        self._looks = Looks(cluster, own, self._refusals)
        self._signatures = Signatures(cluster, self._server)
        self._tasks = TaskGroup()
        self._handover = Handover(self._tasks)
        self._emit = self._handover.put
        self._up = asyncio.Event()
        self._up.set()
        self._mending = False
        self._started = False
        self._topics: dict[str, Topic] = {}
        deep = cluster.connection.option("deep") == "yes"
        share = Budget(budget.bytes_per_s // LOGS_SHARE) if deep else Budget(0)
        events = Budget(budget.bytes_per_s - share.bytes_per_s)
        self._tail = Tail(cluster, self._server, events, self._refusals, self._emit, plan=plan)
        stale = self._tail.stale
        capture = Budget(budget.capture_bytes_per_s)
        self._whole = WholeTail(cluster, self._server, capture, self._refusals, self._emit, stale, plan)
        self._tails: list[tuple[Tail, Callable[[Topic], bool]]] = [
            (self._tail, lambda topic: not is_internal(topic) and plan.chosen(topic.name) is None),
            (self._whole, self._is_chosen),
        ]
        if deep:
            logs = LogTail(cluster, self._server, share, self._refusals, self._emit, stale)
            self._tails.append((logs, lambda topic: topic.name in LOGS))
        self._tailing: dict[tuple[int, Tail, int], asyncio.Task[None]] = {}

    async def batches(self) -> AsyncGenerator[Sequence[Observation], None]:
        """What is seen, until `close`; raises `AccessRefused` when the login is taken no more."""
        self._tasks.spawn(self._begin(), "kafka first look")
        async with aclosing(self._handover.batches()) as batches:
            async for batch in batches:
                yield batch

    async def close(self) -> None:
        """End the iterator and all tasks."""
        await self._handover.close()

    async def _begin(self) -> None:
        await self._emit([ServerSeen(self._server, self._server.address, None, len(self._cluster.nodes))])
        await self._tell_topics()
        # Who receives what is the first picture. A broker that is slow to tell it holds up nothing else.
        groups = self._tasks.spawn(self._steadily(self._look_at_groups, Sight.GROUPS), "kafka first groups")
        await asyncio.wait([groups], timeout=PATIENCE_S)
        await self._steadily(self._follow_topics, Sight.OFFSETS)
        await self._steadily(self._look_at_offsets, Sight.OFFSETS)
        schedule: tuple[tuple[Look, Sight, float, bool], ...] = (
            (self._look_at_producers, Sight.SENDERS, PRODUCERS_S, False),
            (self._look_at_transactions, Sight.TRANSACTIONS, TRANSACTIONS_S, False),
            (self._look_at_rights, Sight.PERMISSIONS, RIGHTS_S, False),
            (self._look_at_signatures, Sight.RECORDS, SIGNATURES_S, True),
            (self._look_at_offsets, Sight.OFFSETS, OFFSETS_S, True),
            (self._look_at_groups, Sight.GROUPS, GROUPS_S, True),
        )
        for look, sight, period, later in schedule:
            self._tasks.spawn(self._every(look, sight, period, later), f"kafka{look.__name__}")
        self._tasks.spawn(self._keep_topics(), "kafka_topics")
        self._tasks.spawn(self._keep_to_plan(), "kafka_plan")
        self._tasks.spawn(Companions(self._cluster, self._emit).run(), "kafka companions")

    async def _steadily(self, look: Look, sight: Sight) -> None:
        """Look once; an outage in between is waited for, and what the broker cannot answer is told."""
        while True:
            await self._up.wait()
            try:
                await look()
            except NodeDown:
                await self._trouble()
            except (CodecError, Unsupported) as error:
                await self._emit(self._refusals.tell(sight, error.message, "The rest is shown without it."))
                return
            else:
                return

    async def _every(self, look: Look, sight: Sight, period: float, later: bool) -> None:
        if later:
            await asyncio.sleep(period)
        while True:
            began = monotonic()
            await self._steadily(look, sight)
            await self._emit(self._looks.unreachable())
            pace = period * (2 if len(self._partitions()) > MANY_PARTITIONS else 1)
            # A look that takes long is not allowed to fill all the time there is.
            took = monotonic() - began
            await asyncio.sleep(max(pace - took, took))

    async def _keep_topics(self) -> None:
        """Read the metadata at their pace, and soon when partitions have moved or have no leader."""
        settle = SETTLE_S
        while True:
            led = all(self._cluster.leader(one) is not None for one in self._partitions())
            with suppress(TimeoutError):
                async with asyncio.timeout(TOPICS_S if led else LEADERLESS_S):
                    await self._tail.stale.wait()
            await asyncio.sleep(settle)
            # What fresh metadata do not put right is not put right by reading them again at once.
            settle = min(TOPICS_S, 2 * settle) if self._tail.stale.is_set() else SETTLE_S
            self._tail.stale.clear()
            await self._steadily(self._refresh, Sight.OFFSETS)

    async def _keep_to_plan(self) -> None:
        """Read topics by the other tail as soon as that is chosen."""
        changes = self._plan.changes
        while True:
            await asyncio.sleep(PLAN_S)
            if self._plan.changes != changes:
                changes = self._plan.changes
                await self._steadily(self._follow_topics, Sight.OFFSETS)

    async def _refresh(self) -> None:
        await self._cluster.refresh()
        await self._tell_topics()
        await self._follow_topics()

    async def _trouble(self) -> None:
        """A broker does not answer: if no other does either, tell it and wait until one does."""
        if not self._mending:
            self._mending = True
            try:
                await self._mend()
            finally:
                self._mending = False
                self._up.set()
        await asyncio.sleep(SETTLE_S)

    async def _mend(self) -> None:
        if self._cluster.refused is not None:
            await self._end(self._cluster.refused)
        wait, longest = BACKOFF_S
        try:
            await self._cluster.refresh()
        except LoginRefused as error:
            await self._end(error.refusal)
        except NodeDown as error:
            self._up.clear()
            await self._emit([Lost(self._server, f"{error}. Trying again until it does.")])
        while not self._up.is_set():
            await asyncio.sleep(wait)
            wait = min(longest, wait * 2)
            try:
                await self._cluster.refresh()
            except LoginRefused as error:
                await self._end(error.refusal)
            except NodeDown:
                continue
            await self._emit([Back(self._server)])
            self._tail.stale.set()
            return

    async def _end(self, refusal: AccessRefused) -> None:
        self._up.clear()
        await self._handover.refuse(refusal)

    def _partitions(self) -> list[Partition]:
        return [(topic.name, number) for topic in self._topics.values() for number in topic.leaders]

    def _channel(self, name: str) -> ChannelId:
        return ChannelId(self._server, ChannelKind.TOPIC, name)

    async def _tell_topics(self) -> None:
        before, now = self._topics, self._cluster.topics
        gone = [name for name, topic in before.items() if name not in now or now[name].id != topic.id]
        self._topics = dict(now)
        seen: list[Observation] = [ChannelGone(self._channel(name)) for name in gone]
        for name, topic in now.items():
            if name in gone or name not in before or len(before[name].leaders) != len(topic.leaders):
                seen.append(ChannelSeen(self._channel(name), len(topic.leaders), is_internal(topic)))
        for tail, _ in self._tails:
            tail.forget(gone)
        await self._emit(seen)

    def _is_chosen(self, topic: Topic) -> bool:
        """Whether a level was chosen for a topic; for one that is internal by its very name."""
        rule = self._plan.chosen(topic.name)
        return rule is not None and (rule.channels == topic.name or not is_internal(topic))

    async def _follow_topics(self) -> None:
        positions: dict[Partition, int] = {}
        for tail, takes in self._tails:
            positions |= tail.release(name for name, topic in self._topics.items() if not takes(topic))
        for tail, takes in self._tails:
            await self._follow(tail, takes, positions)
            tail.resume()
            for node, lane in product(self._cluster.nodes, range(tail.lanes)):
                task = self._tailing.get((node, tail, lane))
                if task is None or task.done():
                    self._tailing[node, tail, lane] = self._tasks.spawn(
                        self._read(node, tail, lane), f"kafka_{tail.line}_{node}_{lane}"
                    )
        self._started = True

    async def _look_at_offsets(self) -> None:
        seen, ends = await self._looks.offsets()
        for tail, _ in self._tails:
            tail.moved(ends)
        await self._emit(seen)

    async def _look_at_groups(self) -> None:
        await self._emit(await self._looks.groups())

    async def _look_at_producers(self) -> None:
        seen = await self._looks.producers()
        await self._emit(seen)
        self._signatures.want(
            one
            for one in seen
            if isinstance(one, ProducerSeen)
            and any(tail.follows((one.channel.name, one.partition)) for tail in (self._tail, self._whole))
        )

    async def _look_at_signatures(self) -> None:
        self._signatures.drop(self._tail.taken_writers() | self._whole.taken_writers())
        if not self._tail.in_debt:
            await self._emit(await self._signatures.look(self._tail.spend))

    async def _look_at_transactions(self) -> None:
        await self._emit(await self._looks.transactions())

    async def _look_at_rights(self) -> None:
        await self._emit(await self._looks.rights())

    async def _follow(
        self, tail: Tail, takes: Callable[[Topic], bool], positions: Mapping[Partition, int]
    ) -> None:
        """Tail what is new: at first its newest records, later all of it, or from where another tail was."""
        new = [one for one in self._partitions() if not tail.follows(one) and takes(self._topics[one[0]])]
        if not new:
            return
        first, _ = await list_offsets(self._cluster, new, EARLIEST)
        ends, _ = await list_offsets(self._cluster, new, LATEST)
        if self._started:
            starts = first
        elif tail.whole and self._plan.since_ns is not None:
            starts = await self._since(self._plan.since_ns, first, ends)
        else:
            starts = tail.backfill(first, ends)
        if tail.whole:
            resumed = {one: self._plan.resumed.get((self._channel(one[0]), one[1]), 0) for one in starts}
            starts = {one: max(start, resumed[one]) for one, start in starts.items()}
        starts = starts | {one: positions[one] for one in starts.keys() & positions.keys()}
        tail.follow(starts, ends)
        if tail.whole:
            await self._emit(_begun(self._channel, starts, ends))

    async def _since(
        self, since_ns: int, first: dict[Partition, int], ends: dict[Partition, int]
    ) -> dict[Partition, int]:
        """The first offsets that are not from before a time."""
        if since_ns == 0:
            return first
        found, _ = await list_offsets(self._cluster, first, since_ns // 1_000_000)
        return {one: at if at >= 0 else ends.get(one, first[one]) for one, at in found.items()}

    async def _read(self, node: int, tail: Tail, lane: int) -> None:
        wait = SETTLE_S
        while node in self._cluster.nodes:
            await self._up.wait()
            began = monotonic()
            try:
                await tail.run(node, lane)
            except NodeDown:
                await self._trouble()
                # A broker that others know of and that cannot be reached from here often stays so.
                wait = min(TOPICS_S, 2 * wait) if monotonic() - began < TOPICS_S else SETTLE_S
                await asyncio.sleep(wait - SETTLE_S)
            except (CodecError, Unsupported) as error:
                await self._emit(
                    self._refusals.tell(tail.sight, error.message, "The rest is shown without it.")
                )
                await asyncio.sleep(TOPICS_S)


def _begun(
    channel: Callable[[str], ChannelId], starts: Mapping[Partition, int], ends: Mapping[Partition, int]
) -> list[Observation]:
    topics: dict[str, ReadingBegun] = {}
    for (name, number), start in starts.items():
        begun = topics.setdefault(name, ReadingBegun(channel(name), {}, {}))
        begun.first[number], begun.end[number] = start, ends.get((name, number), start)
    return list(topics.values())
