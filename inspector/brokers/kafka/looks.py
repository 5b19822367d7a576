"""One look at each thing a cluster tells of itself, with what could not be seen of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.kafka import groups, producers
from inspector.brokers.kafka.cluster import Cluster, Partition, Topic
from inspector.brokers.kafka.offsets import EARLIEST, LATEST, list_offsets
from inspector.brokers.kafka.refusals import Refusals, Sight
from inspector.brokers.kafka.sending import Sending
from inspector.errors import Unsupported
from inspector.observation import Observation, OffsetsSeen

BEGINNINGS_EVERY = 10
"""Looks at next offsets for each look at first ones, which hardly move."""
LOADING_TRIES, LOADING_S = 8, 0.25
"""How often, and how many seconds apart, groups are asked for while a broker is not ready to tell them."""
_DESCRIBE = 1 << 8
"""The bit of Describe in authorized operations (KIP-430); all are set where there is no authorizer."""
_CREATED_BY_FRAMEWORKS = ("-changelog", "-repartition", "-configs", "-offsets", "-status")
_INTERNAL = ("__consumer_offsets", "__transaction_state", "__share_group_state", "_schemas")


def is_internal(topic: Topic) -> bool:
    """Whether the broker, Kafka Streams or Kafka Connect made the topic for itself."""
    if topic.internal or topic.name in _INTERNAL or topic.name.endswith(_CREATED_BY_FRAMEWORKS[:2]):
        return True
    return topic.name.startswith(("connect-", "_connect-")) and topic.name.endswith(
        _CREATED_BY_FRAMEWORKS[2:]
    )


class Looks:
    """Each method looks once and returns what is to be yielded; all raise what `Cluster.request` raises."""

    def __init__(self, cluster: Cluster, sending: Sending, refusals: Refusals) -> None:
        self._cluster = cluster
        self._server = cluster.connection.server
        self._sending = sending
        self._refusals = refusals
        self._beginnings: dict[Partition, int] = {}
        self._rounds = 0
        self._before: dict[str, frozenset[Observation]] = {}

    def _partitions(self) -> list[Partition]:
        return [(topic.name, number) for topic in self._cluster.topics.values() for number in topic.leaders]

    async def offsets(self) -> tuple[list[Observation], dict[Partition, int]]:
        """First and next offsets of every topic, and the next offsets once more by partition."""
        partitions = self._partitions()
        if self._rounds % BEGINNINGS_EVERY == 0:
            self._beginnings, _ = await list_offsets(self._cluster, partitions, EARLIEST)
        self._rounds += 1
        ends, refused = await list_offsets(self._cluster, partitions, LATEST)
        by_channel: dict[str, tuple[dict[int, int], dict[int, int]]] = {}
        for (topic, number), end in ends.items():
            first, following = by_channel.setdefault(topic, ({}, {}))
            first[number] = self._beginnings.get((topic, number), 0)
            following[number] = end
        seen: list[Observation] = [
            OffsetsSeen(ChannelId(self._server, ChannelKind.TOPIC, topic), first, following)
            for topic, (first, following) in by_channel.items()
        ]
        return seen + self._refusals.settle(Sight.OFFSETS, refused), ends

    async def groups(self) -> list[Observation]:
        """Every group with its members and commits."""
        found = await groups.look(self._cluster, self._server)
        for _ in range(LOADING_TRIES):
            if not found.loading:
                break
            await asyncio.sleep(LOADING_S)
            found = await groups.look(self._cluster, self._server)
        seen: list[Observation] = [*found.groups, *found.commits]
        if found.missing:
            seen += self._refusals.tell(
                Sight.GROUPS,
                f"This broker does not offer {', '.join(sorted(found.missing))}: some members are unknown.",
                "Their commits are shown where there are any.",
            )
        else:
            seen += self._refusals.settle(Sight.GROUPS, found.refused)
        if await self._may_describe_cluster():
            return seen + self._refusals.lifted(Sight.ALL_GROUPS)
        return seen + self._refusals.tell(
            Sight.ALL_GROUPS,
            "Kafka leaves out groups that this login may not describe, without a word.",
            self._refusals.command("Describe", "cluster"),
        )

    async def _may_describe_cluster(self) -> bool:
        node = next(iter(self._cluster.nodes))
        try:
            answer = await self._cluster.request(
                node, "DescribeCluster", {"IncludeClusterAuthorizedOperations": True}
            )
        except Unsupported:
            return True
        return bool(answer["ClusterAuthorizedOperations"] & _DESCRIBE)

    async def producers(self) -> list[Observation]:
        """Producers by partition that have written since the last look, but for Eventscope's own."""
        wanted = [
            (topic.name, number)
            for topic in self._cluster.topics.values()
            if not is_internal(topic)
            for number in topic.leaders
        ]
        found = await producers.look(
            self._cluster, self._server, wanted, frozenset(self._sending.producer_ids)
        )
        news = self._news("producers", found.seen)
        if found.crowded:
            return news + self._refusals.tell(
                Sight.SENDERS,
                f"{found.crowded[0]} has had more than {producers.PER_PARTITION} producer ids in a day.",
                "Only the newest are shown; senders that live longer keep one id.",
            )
        return news + self._refusals.settle(Sight.SENDERS, found.refused)

    async def transactions(self) -> list[Observation]:
        """Transactional ids with their producer ids, where that has changed since the last look."""
        seen = await producers.transactions(self._cluster, self._server)
        news = self._news("transactions", seen)
        if seen or await self._may_describe_cluster():
            return news + self._refusals.lifted(Sight.TRANSACTIONS)
        return self._refusals.tell(
            Sight.TRANSACTIONS,
            "Kafka leaves out transactional ids that this login may not describe, without a word.",
            self._refusals.command("Describe", "transactional-id"),
        )

    def _news(self, subject: str, seen: Sequence[Observation]) -> list[Observation]:
        before, self._before[subject] = self._before.get(subject, frozenset()), frozenset(seen)
        return [one for one in seen if one not in before]

    def unreachable(self) -> list[Observation]:
        """Brokers that do not answer while others do."""
        if not self._cluster.unreachable:
            return self._refusals.lifted(Sight.BROKERS)
        return self._refusals.tell(
            Sight.BROKERS,
            "; ".join(sorted(self._cluster.unreachable.values())) + ".",
            "Check that the addresses in advertised.listeners can be reached from here.",
        )
