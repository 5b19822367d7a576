"""Exactly-once programs: the producer id that commits a group's offsets in a transaction is that group's."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import ServerId
from graph.model import Alias, ApplicationKind
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Report, Writer, evidence, own
from inspector.discovery.names import stem
from inspector.observation import (
    ChannelSeen,
    CommitSeen,
    GroupSeen,
    NotVisible,
    Observation,
    ProducerSeen,
    ProducersGone,
    TransactionSeen,
    VisibleAgain,
)

OFFSETS_TOPIC = "__consumer_offsets"
SOURCE = "kafka.exactly-once"
READ_IN_COMMIT = 0.99
ONLY_GROUP = 0.97
"""Of the one group whose commits lie in a partition to which a producer id goes on to commit."""
SAME_PARTITION = 0.6
"""Groups share partitions of the offsets topic, so that alone it proves little; several share this."""

_Span = tuple[int, int]


def java_hash(text: str) -> int:
    """`String.hashCode` of Java: a signed 32-bit sum over UTF-16 code units."""
    value = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (31 * value + (high << 8 | low)) & 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def offsets_partition(group: str, partitions: int) -> int:
    """Where the commits of a group lie: `Utils.abs(hashCode) % partitions` (GroupCoordinatorService).

    `Utils.abs` is the absolute value, and 0 of the one number that has none.
    """
    value = java_hash(group)
    return 0 if value == -(1 << 31) else abs(value) % partitions


@dataclass(slots=True)
class _Committer:
    """One producer id in one partition of the offsets topic."""

    first_ns: int
    last_ns: int
    wrote_ns: int = 0
    alive: bool = False
    """Whether it was seen to commit while groups were looked at: its group is then among them."""


@dataclass
class ExactlyOnce:
    """`kafka.exactly-once`: what lies in the offsets topic, or only who writes to its partitions."""

    _partitions: dict[ServerId, int] = field(default_factory=dict)
    _groups: dict[ServerId, set[str]] = field(default_factory=dict)
    _hidden: set[tuple[ServerId | None, str]] = field(default_factory=set)
    _committers: dict[tuple[Writer, int], _Committer] = field(default_factory=dict)
    _read: dict[tuple[Writer, str], _Span] = field(default_factory=dict)
    _names: dict[Writer, Alias] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in who writes to the offsets topic, and which groups there are."""
        match observation:
            case GroupSeen(server=server, group=group) if not own(group):
                self._groups.setdefault(server, set()).add(group)
            case ChannelSeen(channel=channel) if channel.name == OFFSETS_TOPIC:
                self._partitions[channel.server] = observation.partitions
            case ProducerSeen(channel=channel, last_timestamp_ns=wrote_ns) if channel.name == OFFSETS_TOPIC:
                writer = Writer(channel.server, observation.producer_id)
                self._commits(writer, observation.partition, wrote_ns, now_ns)
            case CommitSeen(server=server, group=name) if observation.producer_id >= 0 and not own(name):
                read, at = (Writer(server, observation.producer_id), name), observation.at_ns
                first, last = self._read.get(read, (at, at))
                self._read[read] = (min(first, at), max(last, at))
            case TransactionSeen(server=server, producer_id=producer_id) if producer_id >= 0:
                writer = Writer(server, producer_id)
                self._names[writer] = Alias("transactional-id", observation.transactional_id)
                for channel, numbers in observation.writes if observation.logged_ns is None else ():
                    for number in numbers if channel.name == OFFSETS_TOPIC else ():
                        self._commits(writer, number, now_ns, now_ns)
            case ProducersGone(server=server, producer_ids=producer_ids):
                gone = {Writer(server, producer_id) for producer_id in producer_ids}
                self._committers = {
                    key: value for key, value in self._committers.items() if key[0] not in gone
                }
                self._read = {key: span for key, span in self._read.items() if key[0] not in gone}
                for writer in gone:
                    self._names.pop(writer, None)
            case NotVisible(unavailable=unavailable, server=where, groups=True):
                self._hidden.add((where, unavailable.what))
            case VisibleAgain(what=what, server=where):
                self._hidden.discard((where, what))

    def _commits(self, writer: Writer, partition: int, wrote_ns: int, now_ns: int) -> None:
        known = self._committers.get((writer, partition))
        if known is None:
            self._committers[writer, partition] = _Committer(now_ns, now_ns, wrote_ns)
            return
        known.last_ns = now_ns
        known.alive = known.alive or wrote_ns > known.wrote_ns
        known.wrote_ns = max(known.wrote_ns, wrote_ns)

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
        homes, hiding = self._homes(), {where for where, _ in self._hidden}
        for (writer, partition), committer in self._committers.items():
            names = homes.get((writer.server, partition), ())
            certain = len(names) == 1 and committer.alive and hiding.isdisjoint((writer.server, None))
            confidence = ONLY_GROUP if certain else SAME_PARTITION / len(names) if names else 0.0
            for name in names:
                if (writer, name) not in self._read:
                    self._suppose(report, writer, partition, committer, name, confidence)

    def _suppose(
        self,
        report: Report,
        writer: Writer,
        partition: int,
        committer: _Committer,
        name: str,
        confidence: float,
    ) -> None:
        group, certain = Alias("group", name), confidence >= ONLY_GROUP
        where = "the only ones that lie there are" if certain else "there lie"
        detail = (
            f"Producer id {writer.producer_id} commits offsets in partition {partition} of "
            f"{OFFSETS_TOPIC}; {where} those of group {name}."
        )
        span = committer.first_ns, committer.last_ns
        piece = evidence(SOURCE, "exactly-once", confidence, *span, detail)
        report.bonds.append(Bond(writer, group, piece))
        transaction = self._names.get(writer)
        if certain or (transaction is not None and stem(transaction) == stem(group)):
            report.kinds[group] = ApplicationKind.STREAM_PROCESSOR

    def _homes(self) -> dict[tuple[ServerId, int], list[str]]:
        """The groups whose commits lie in each partition of the offsets topic."""
        homes: dict[tuple[ServerId, int], list[str]] = {}
        for server, groups in self._groups.items() if self._committers else ():
            if partitions := self._partitions.get(server):
                for group in groups:
                    homes.setdefault((server, offsets_partition(group, partitions)), []).append(group)
        return homes
