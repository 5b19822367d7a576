"""One look at each thing a cluster tells of itself, with what could not be seen of it."""

from __future__ import annotations

import asyncio

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.kafka import groups, producers
from inspector.brokers.kafka.cluster import Cluster, Partition, Topic
from inspector.brokers.kafka.logs import OFFSETS, TRANSACTIONS
from inspector.brokers.kafka.mirrors import made_by_mirrors
from inspector.brokers.kafka.news import News
from inspector.brokers.kafka.offsets import EARLIEST, LATEST, list_offsets
from inspector.brokers.kafka.refusals import Refusals, Sight, listing
from inspector.brokers.kafka.rights import Rights
from inspector.observation import Observation, OffsetsSeen

BEGINNINGS_EVERY = 10
"""Looks at next offsets for each look at first ones, which hardly move."""
LOADING_TRIES, LOADING_S = 8, 0.25
"""How often, and how many seconds apart, groups are asked for while a broker is not ready to tell them."""
_CREATED_BY_FRAMEWORKS = ("-changelog", "-repartition", "-configs", "-offsets", "-status")
_INTERNAL = (OFFSETS, TRANSACTIONS, "__share_group_state", "_schemas")


def is_internal(topic: Topic) -> bool:
    """Whether the broker, Kafka Streams, Kafka Connect or MirrorMaker made the topic for itself."""
    if topic.internal or topic.name in _INTERNAL or topic.name.endswith(_CREATED_BY_FRAMEWORKS[:2]):
        return True
    if made_by_mirrors(topic.name):
        return True
    return topic.name.startswith(("connect-", "_connect-")) and topic.name.endswith(
        _CREATED_BY_FRAMEWORKS[2:]
    )


def _tells_who_writes(topic: Topic) -> bool:
    """Of what is internal, the commits and the topics of Kafka Streams give a producer id away."""
    streams = topic.name.endswith(_CREATED_BY_FRAMEWORKS[:2])
    return topic.name == OFFSETS or streams or not is_internal(topic)


class Looks:
    """Each method looks once and returns what is to be yielded; all raise what `Cluster.request` raises."""

    def __init__(self, cluster: Cluster, own: set[int], refusals: Refusals) -> None:
        self._cluster = cluster
        self._server = cluster.connection.server
        self._own = own
        self._refusals = refusals
        self._beginnings: dict[Partition, int] = {}
        self._rounds = 0
        self._rights = Rights(cluster, refusals)
        self._groups, self._transactions = News(), News()
        self._producers: frozenset[Observation] = frozenset()

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
        # Told though nothing moved: a rate is the difference of two looks.
        seen: list[Observation] = [
            OffsetsSeen(ChannelId(self._server, ChannelKind.TOPIC, topic), first, following)
            for topic, (first, following) in by_channel.items()
        ]
        return seen + self._refusals.settle(Sight.OFFSETS, refused), ends

    async def groups(self) -> list[Observation]:
        """Every group with its members, as far as that is news, and its commits."""
        found = await groups.look(self._cluster, self._server)
        for _ in range(LOADING_TRIES):
            if not found.loading:
                break
            await asyncio.sleep(LOADING_S)
            found = await groups.look(self._cluster, self._server)
        seen: list[Observation] = [
            *self._groups.of((one.group, one) for one in found.groups),
            *found.commits,
            *self._refusals.settle(Sight.GROUPS, found.refused),
        ]
        if found.missing:
            seen += self._refusals.tell(
                Sight.GROUP_KINDS,
                f"This broker does not offer {', '.join(sorted(found.missing))}: some members are unknown.",
                "Their commits are shown where there are any.",
            )
        else:
            seen += self._refusals.lifted(Sight.GROUP_KINDS)
        if found.hidden:
            return seen + self._refusals.tell(
                Sight.GROUP_TOPICS,
                f"Kafka does not describe {listing(found.hidden)}, which read topics that this login may "
                "not describe.",
                self._refusals.command("Describe", "topic"),
            )
        return seen + self._refusals.lifted(Sight.GROUP_TOPICS)

    async def producers(self) -> list[Observation]:
        """Producers by partition that have written since the last look, but for Eventscope's own."""
        wanted = [
            (topic.name, number)
            for topic in self._cluster.topics.values()
            if _tells_who_writes(topic)
            for number in topic.leaders
        ]
        found = await producers.look(self._cluster, self._server, wanted, frozenset(self._own))
        before, self._producers = self._producers, frozenset(found.seen)
        news: list[Observation] = [one for one in found.seen if one not in before]
        if found.crowded:
            news += self._refusals.tell(
                Sight.EARLIER_SENDERS,
                f"{found.crowded[0]} has had more than {producers.PER_PARTITION} producer ids in a day.",
                "Only the newest are shown; senders that live longer keep one id.",
            )
        else:
            news += self._refusals.lifted(Sight.EARLIER_SENDERS)
        return [
            *news,
            *self._refusals.settle(Sight.SENDERS, found.refused - {OFFSETS}),
            *self._refusals.settle(Sight.COMMITTERS, found.refused & {OFFSETS}),
        ]

    async def transactions(self) -> list[Observation]:
        """Transactional ids with their producer ids and what they write to, as far as that is news."""
        seen = await producers.transactions(self._cluster, self._server)
        news = self._transactions.of((one.transactional_id, one) for one in seen)
        return news + self._refusals.lifted(Sight.TRANSACTIONS)

    async def rights(self) -> list[Observation]:
        """Permissions, and what is left out because of those of this login."""
        return await self._rights.look()

    def unreachable(self) -> list[Observation]:
        """Brokers that do not answer while others do."""
        if not self._cluster.unreachable:
            return self._refusals.lifted(Sight.BROKERS)
        return self._refusals.tell(
            Sight.BROKERS,
            "; ".join(sorted(self._cluster.unreachable.values())) + ".",
            "Check that the addresses in advertised.listeners can be reached from here.",
        )
