"""The logs in which Kafka keeps commits, groups and transactions, read where a person asks for it.

Their records follow Kafka's own descriptions, as its messages do: the first two bytes of a key say of which
kind it is, and those of a value in which version. A null value only ends what was said before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka import codec
from inspector.brokers.kafka.cluster import Partition
from inspector.brokers.kafka.groups import foreign, subscribed
from inspector.brokers.kafka.refusals import Sight
from inspector.brokers.kafka.tail import Tail
from inspector.brokers.kafka.wire import CLIENT_ID
from inspector.observation import (
    BatchRead,
    CommitSeen,
    Member,
    MemberSeen,
    NotVisible,
    Observation,
    TransactionSeen,
    VisibleAgain,
)
from inspector.record import Record

OFFSETS, TRANSACTIONS = LOGS = "__consumer_offsets", "__transaction_state"
_STATES = (
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead",
    "PrepareEpochFence",
)  # fmt: skip
"""By `TransactionStatus` (TransactionState of Apache Kafka)."""

_Fields = dict[str, Any]


class LogTail(Tail):
    """Reads these logs as others read events, and tells what they say instead of showing their records."""

    sight = Sight.LOGS
    line = "logs"
    record_bytes = 150

    def _take(self, answer: _Fields, wanted: dict[Partition, int]) -> list[Observation]:
        seen = super()._take(answer, wanted)
        self.taken_writers()  # nobody looks these up
        read = (one.batch for one in seen if isinstance(one, BatchRead))
        records = [batch.record(index) for batch in read for index in range(len(batch))]
        said, unknown = told(records)
        if unknown:
            said += self._refusals.tell(
                Sight.LOG_RECORDS,
                "Some records of commits and transactions are of a version that is not known here.",
                "A newer Eventscope may know it.",
            )
        return [one for one in seen if isinstance(one, NotVisible | VisibleAgain)] + said


def told(records: Iterable[Record]) -> tuple[list[Observation], int]:
    """What records of these logs say, and how many are of a version that is not known here.

    Of commits, the newest of each group, channel and producer id: they are too many to tell each. Those of
    transactions carry the offsets of all.
    """
    seen: list[Observation] = []
    commits: dict[object, CommitSeen] = {}
    unknown = 0
    for record in records:
        kind = _KINDS.get((record.channel.name, int.from_bytes((record.key or b"")[:2], "big")))
        if kind is None or not record.key or not record.value:
            continue
        name, read = kind
        try:
            key = codec.message(f"{name}Key", 0).decode(record.key[2:])
            value = _versioned(f"{name}Value", record.value)
        except codec.CodecError:
            unknown += 1
            continue
        for one in read(record, key, value):
            if isinstance(one, CommitSeen):
                which = one.group, one.channel, one.producer_id
                before = commits.get(which)
                commits[which] = one if before is None else replace(one, offsets=before.offsets + one.offsets)
            else:
                seen.append(one)
    return [*seen, *commits.values()], unknown


def _versioned(name: str, data: bytes) -> _Fields:
    version = int.from_bytes(data[:2], "big")
    if version > codec.versions(name)[1]:
        raise codec.CodecError(f"{name} v{version} is not known here.")
    return codec.message(name, version).decode(data[2:])


def _topic(server: ServerId, name: str) -> ChannelId:
    return ChannelId(server, ChannelKind.TOPIC, name)


def _own(name: str) -> bool:
    return name.startswith(f"{CLIENT_ID}-")


def _commit(record: Record, key: _Fields, value: _Fields) -> Iterator[Observation]:
    server = record.channel.server
    if not _own(key["group"]):
        at_ns = value["commitTimestamp"] * 1_000_000
        offsets = ((key["partition"], value["offset"], at_ns),) if record.producer_id >= 0 else ()
        topic = _topic(server, key["topic"])
        yield CommitSeen(server, key["group"], topic, record.producer_id, at_ns, offsets)


def _classic(record: Record, key: _Fields, value: _Fields) -> Iterator[Observation]:
    """All members of a classic group, as of its last rebalance."""
    if value["protocolType"] != "consumer":
        return
    for member in value["members"]:
        topics = subscribed(member["subscription"])
        yield from _member(
            record,
            key["group"],
            "classic",
            member["memberId"],
            member["clientId"],
            member["clientHost"],
            topics,
        )


def _consumer(record: Record, key: _Fields, value: _Fields) -> Iterator[Observation]:
    """One member of a KIP-848 group. What its pattern matches is not in the log."""
    yield from _member(
        record, key["GroupId"], "consumer", key["MemberId"], value["ClientId"], value["ClientHost"],
        value["SubscribedTopicNames"],
    )  # fmt: skip


def _member(
    record: Record, group: str, kind: str, member_id: str, client: str, host: str, topics: Iterable[str]
) -> Iterator[Observation]:
    if foreign(client) and not _own(group):
        server = record.channel.server
        channels = tuple(_topic(server, topic) for topic in sorted(topics))
        member = Member(member_id, client, host.removeprefix("/"), channels)
        yield MemberSeen(server, group, kind, member, record.timestamp_ns)


def _transaction(record: Record, key: _Fields, value: _Fields) -> Iterator[Observation]:
    server, status = record.channel.server, value["TransactionStatus"]
    yield TransactionSeen(
        server,
        key["TransactionalId"],
        value["ProducerId"],
        _STATES[status] if 0 <= status < len(_STATES) else str(status),
        tuple(
            (_topic(server, one["Topic"]), tuple(sorted(one["PartitionIds"])))
            for one in value["TransactionPartitions"] or ()
        ),
        value["TransactionLastUpdateTimestampMs"] * 1_000_000,
    )


_KINDS: dict[tuple[str, int], tuple[str, Callable[[Record, _Fields, _Fields], Iterator[Observation]]]] = {
    (OFFSETS, 0): ("OffsetCommit", _commit),
    (OFFSETS, 1): ("OffsetCommit", _commit),
    (OFFSETS, 2): ("GroupMetadata", _classic),
    (OFFSETS, 5): ("ConsumerGroupMemberMetadata", _consumer),
    (TRANSACTIONS, 0): ("TransactionLog", _transaction),
}
