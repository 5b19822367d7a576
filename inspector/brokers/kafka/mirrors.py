"""What MirrorMaker 2 tells in channels of its own (KIP-382): which servers it joins, and what it copies.

On the target of a flow lies a channel of heartbeats, whose keys hold the aliases of source and target; on
the source one of offset syncs for each target, whose keys name the channels that are copied. Both keys are
strings with two bytes of length in front (`Heartbeat` and `OffsetSync` of `connect-mirror`).
"""

from __future__ import annotations

import re
import struct
from contextlib import suppress

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.kafka import batches
from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.offsets import EARLIEST, LATEST, TOPIC_REFUSED, list_offsets
from inspector.brokers.kafka.refusals import acl_command
from inspector.errors import AccessRefused
from inspector.observation import Heartbeat, MirrorsSeen

HEARTBEATS = "heartbeats"
_SYNCS = re.compile(r"mm2-offset-syncs\.(?P<target>.+)\.internal")
_MADE = re.compile(r"mm2-(?:offset-syncs|configs|offsets|status)\..+\.internal|.+\.checkpoints\.internal")
NEWEST = 200
"""Heartbeats read at first: one comes each second and flow, and old ones tell of flows that ended."""
CHUNK = 256 * 1024
MOST_CHUNKS = 8
"""For each channel and look; offset syncs are compacted, and read on at the next look."""


def made_by_mirrors(name: str) -> bool:
    """Whether MirrorMaker keeps its own state in the topic of this name."""
    return _MADE.fullmatch(name) is not None


def strings(key: bytes, count: int) -> tuple[str, ...] | None:
    """The first strings of a key of MirrorMaker; None where it is no such key."""
    found, at = [], 0
    try:
        for _ in range(count):
            (length,) = struct.unpack_from(">h", key, at)
            text = key[at + 2 : at + 2 + length]
            if length <= 0 or len(text) < length:
                return None
            found.append(text.decode())
            at += 2 + length
    except (struct.error, UnicodeDecodeError):
        return None
    return tuple(found)


class Mirrors:
    """What MirrorMaker tells on one cluster; reads on from where the last look ended."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._server = cluster.connection.server
        self._next: dict[str, int] = {}
        self._beats: dict[tuple[str, str], int] = {}
        """Time of the newest heartbeat of each flow, in ns."""
        self._mirrored: set[tuple[str, str]] = set()

    @property
    def title(self) -> str:
        """What is not seen where it is refused."""
        return "mirrors between servers"

    async def look(self) -> MirrorsSeen:
        """Flows and what they copy; raises `AccessRefused`, `NodeDown` or `CodecError`."""
        topics = [name for name in self._cluster.topics if made_by_mirrors(name)]
        if topics:
            if HEARTBEATS in self._cluster.topics:
                for key, at_ns in await self._read(HEARTBEATS, NEWEST):
                    if (flow := strings(key, 2)) is not None:
                        self._beats[flow[0], flow[1]] = at_ns
            for name in topics:
                if syncs := _SYNCS.fullmatch(name):
                    for key, _ in await self._read(name):
                        if (copied := strings(key, 1)) is not None:
                            self._mirrored.add((syncs["target"], copied[0]))
        flows = sorted(Heartbeat(*flow, at_ns) for flow, at_ns in self._beats.items())
        return MirrorsSeen(self._server, tuple(flows), tuple(sorted(self._mirrored)))

    async def _read(self, topic: str, newest: int | None = None) -> list[tuple[bytes, int]]:
        """Keys and timestamps in the first partition, which is all that such a channel has."""
        partition = topic, 0
        if topic not in self._next:
            first, _ = await list_offsets(self._cluster, [partition], EARLIEST)
            ends, _ = await list_offsets(self._cluster, [partition], LATEST)
            begin, end = first.get(partition, 0), ends.get(partition, 0)
            self._next[topic] = begin if newest is None else max(begin, end - newest)
        channel = ChannelId(self._server, ChannelKind.TOPIC, topic)
        found: list[tuple[bytes, int]] = []
        for _ in range(MOST_CHUNKS):
            node = self._cluster.leader(partition)
            if node is None:
                break
            answer = await self._cluster.request(
                node, "Fetch", _request(topic, self._next[topic]), line="peek"
            )
            told = answer["Responses"][0]["Partitions"][0]
            if told["ErrorCode"] == TOPIC_REFUSED:
                raise AccessRefused(
                    f"Kafka refuses this login Read on topic {topic}.",
                    acl_command(self._cluster.connection, "Read", "topic", [topic]),
                )
            if told["ErrorCode"]:
                del self._next[topic]
                break
            before = self._next[topic]
            with suppress(batches.Unreadable):
                for batch in batches.walk(told["Records"] or memoryview(b"")):
                    self._next[topic] = batch.next_offset
                    found += (
                        (record.key or b"", record.timestamp_ns)
                        for record in batches.records(batch, channel, 0, before)
                    )
            if self._next[topic] == before:
                break
        return found


def _request(topic: str, offset: int) -> dict[str, object]:
    part = {"Partition": 0, "FetchOffset": offset, "PartitionMaxBytes": CHUNK}
    return {
        "ReplicaId": -1,
        "MaxWaitMs": 0,
        "MinBytes": 0,
        "MaxBytes": CHUNK,
        "Topics": [{"Topic": topic, "Partitions": [part]}],
    }
