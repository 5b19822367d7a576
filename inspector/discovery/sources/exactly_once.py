"""Exactly-once programs: the producer id that commits a group's offsets in a transaction is that group's."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from graph.identity import ServerId
from graph.model import Alias, ApplicationKind
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Report, Writer, evidence, own
from inspector.discovery.names import stem
from inspector.observation import (
    BatchSeen,
    ChannelSeen,
    GroupSeen,
    Observation,
    ProducerSeen,
    RecordsSeen,
    TransactionSeen,
)

OFFSETS_TOPIC = "__consumer_offsets"
SOURCE = "kafka.exactly-once"
READ_IN_COMMIT = 0.99
SAME_PARTITION = 0.6
"""Groups share partitions of the offsets topic, so that alone it proves little."""

_Span = tuple[int, int]


def java_hash(text: str) -> int:
    """`String.hashCode` of Java: a signed 32-bit sum over UTF-16 code units."""
    value = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (31 * value + (high << 8 | low)) & 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def offsets_partition(group: str, partitions: int) -> int:
    """Where a group's commits lie: `Utils.abs(hashCode) % partitions` (GroupCoordinator)."""
    return (java_hash(group) & 0x7FFFFFFF) % partitions


def committing_group(key: bytes) -> str | None:
    """The group in the key of an offset commit (`OffsetCommitKey.json`, versions 0 and 1); else None."""
    try:
        version, length = struct.unpack_from(">hh", key)
        if version in (0, 1) and 0 < length <= len(key) - 4:
            return key[4 : 4 + length].decode()
    except (struct.error, UnicodeDecodeError):
        pass
    return None


@dataclass
class ExactlyOnce:
    """`kafka.exactly-once`: what lies in the offsets topic, or only who writes to its partitions."""

    _partitions: dict[ServerId, int] = field(default_factory=dict)
    _groups: dict[ServerId, set[str]] = field(default_factory=dict)
    _committers: dict[tuple[Writer, int], _Span] = field(default_factory=dict)
    _read: dict[tuple[Writer, str], _Span] = field(default_factory=dict)
    _names: dict[Writer, Alias] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in who writes to the offsets topic, and which groups there are."""
        match observation:
            case GroupSeen(server=server, group=group) if not own(group):
                self._groups.setdefault(server, set()).add(group)
            case ChannelSeen(channel=channel) if channel.name == OFFSETS_TOPIC:
                self._partitions[channel.server] = observation.partitions
            case ProducerSeen(channel=channel) | BatchSeen(channel=channel) if (
                channel.name == OFFSETS_TOPIC and observation.producer_id >= 0
            ):
                key = (Writer(channel.server, observation.producer_id), observation.partition)
                self._committers[key] = (self._committers.get(key, (now_ns, 0))[0], now_ns)
            case RecordsSeen(channel=channel, records=records) if channel.name == OFFSETS_TOPIC:
                for record in records:
                    name = committing_group(record.key or b"")
                    if name is not None and record.producer_id >= 0 and not own(name):
                        read = (Writer(channel.server, record.producer_id), name)
                        self._read[read] = (self._read.get(read, (now_ns, 0))[0], now_ns)
            case TransactionSeen(server=server, producer_id=producer_id):
                self._names[Writer(server, producer_id)] = Alias(
                    "transactional-id", observation.transactional_id
                )

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Ordinary records say nothing about commits."""

    def report(self, report: Report, now_ns: int) -> None:
        """Bonds between producer ids and groups; both are one stream processor."""
        for (writer, name), (first, last) in self._read.items():
            group = Alias("group", name)
            detail = f"Producer id {writer.producer_id} commits the offsets of group {name}."
            piece = evidence(SOURCE, "exactly-once", READ_IN_COMMIT, first, last, detail)
            report.bonds.append(Bond(writer, group, piece))
            report.kinds[group] = ApplicationKind.STREAM_PROCESSOR
        homes = self._homes()
        for (writer, partition), (first, last) in self._committers.items():
            for name in homes.get((writer.server, partition), ()):
                if (writer, name) in self._read:
                    continue
                group = Alias("group", name)
                detail = (
                    f"Producer id {writer.producer_id} commits offsets in partition {partition} of "
                    f"{OFFSETS_TOPIC}, where those of group {name} lie."
                )
                piece = evidence(SOURCE, "exactly-once", SAME_PARTITION, first, last, detail)
                report.bonds.append(Bond(writer, group, piece))
                transaction = self._names.get(writer)
                if transaction is not None and stem(transaction) == stem(group):
                    report.kinds[group] = ApplicationKind.STREAM_PROCESSOR

    def _homes(self) -> dict[tuple[ServerId, int], list[str]]:
        """The groups whose commits lie in each partition of the offsets topic."""
        homes: dict[tuple[ServerId, int], list[str]] = {}
        for server, groups in self._groups.items() if self._committers else ():
            if partitions := self._partitions.get(server):
                for group in groups:
                    homes.setdefault((server, offsets_partition(group, partitions)), []).append(group)
        return homes
