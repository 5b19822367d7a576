from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka.codec import message
from inspector.brokers.kafka.logs import LOGS, OFFSETS, TRANSACTIONS, told
from inspector.observation import CommitSeen, Member, MemberSeen, Observation, TransactionSeen
from inspector.record import Position, Record

SERVER = ServerId("kafka", "x:9092")
SECOND = 1_000_000_000
MS = 1_000_000


def topic(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def record(log: str, key: bytes | None, value: bytes | None, producer_id: int = -1) -> Record:
    return Record(topic(log), Position(0, 0), 9 * SECOND, key, value, producer_id=producer_id)


def entry(
    log: str, kind: int, name: str, version: int, key: Any, value: Any, producer_id: int = -1
) -> Record:
    """A record as Kafka writes it; a value of None is a tombstone."""
    written = message(f"{name}Key", 0).encode(key)
    body = None if value is None else message(f"{name}Value", version).encode(value)
    return record(
        log,
        kind.to_bytes(2, "big") + written,
        None if body is None else version.to_bytes(2, "big") + body,
        producer_id,
    )


def commit(group: str, name: str, at_ms: int, producer_id: int = -1, version: int = 3) -> Record:
    key = {"group": group, "topic": name, "partition": 2}
    value = {"offset": 7, "metadata": "", "commitTimestamp": at_ms}
    return entry(OFFSETS, 1, "OffsetCommit", version, key, value, producer_id)


def said(*records: Record) -> list[Observation]:
    seen, unknown = told(records)
    assert unknown == 0
    return seen


@pytest.mark.parametrize("version", [0, 1, 3, 4])
def test_a_commit_says_who_read_what_and_when(version: int) -> None:
    assert said(commit("billing", "orders", 5_000, 77, version)) == [
        CommitSeen(SERVER, "billing", topic("orders"), 77, 5 * SECOND, ((2, 7, 5 * SECOND),))
    ]


def test_of_many_commits_the_newest_of_each_writer_is_told() -> None:
    seen = said(
        commit("billing", "orders", 1), commit("billing", "orders", 3), commit("billing", "refunds", 2),
        commit("billing", "orders", 4, 77), commit("billing", "orders", 6, 77),
        commit("eventscope-1", "orders", 5),
    )  # fmt: skip
    assert seen == [
        CommitSeen(SERVER, "billing", topic("orders"), -1, 3 * MS),
        CommitSeen(SERVER, "billing", topic("refunds"), -1, 2 * MS),
        CommitSeen(SERVER, "billing", topic("orders"), 77, 6 * MS, ((2, 7, 4 * MS), (2, 7, 6 * MS))),
    ]


def test_members_of_a_classic_group() -> None:
    subscription = b"\0\1" + message("ConsumerProtocolSubscription", 1).encode({"Topics": ["b", "a"]})
    members = [
        {
            "memberId": f"{client}-1", "clientId": client, "clientHost": "/10.0.0.7", "sessionTimeout": 1,
            "subscription": subscription, "assignment": b"",
        }
        for client in ("billing", "eventscope-ann")
    ]  # fmt: skip
    value = {"protocolType": "consumer", "generation": 1, "protocol": "r", "leader": "l", "members": members}
    key = {"group": "billing"}
    member = Member("billing-1", "billing", "10.0.0.7", (topic("a"), topic("b")))
    assert said(entry(OFFSETS, 2, "GroupMetadata", 3, key, value)) == [
        MemberSeen(SERVER, "billing", "classic", member, 9 * SECOND)
    ]
    assert said(entry(OFFSETS, 2, "GroupMetadata", 3, key, value | {"protocolType": "connect"})) == []


def test_a_member_of_a_new_group() -> None:
    value = {
        "InstanceId": None, "RackId": None, "ClientId": "billing", "ClientHost": "/10.0.0.7",
        "SubscribedTopicNames": ["orders"], "SubscribedTopicRegex": "^pay.*", "ServerAssignor": None,
    }  # fmt: skip
    key = {"GroupId": "billing", "MemberId": "u1"}
    member = Member("u1", "billing", "10.0.0.7", (topic("orders"),))
    assert said(entry(OFFSETS, 5, "ConsumerGroupMemberMetadata", 0, key, value)) == [
        MemberSeen(SERVER, "billing", "consumer", member, 9 * SECOND)
    ]


@pytest.mark.parametrize("version", [0, 1])
def test_a_transaction_says_what_it_wrote_to(version: int) -> None:
    value = {
        "ProducerId": 5, "ProducerEpoch": 0, "TransactionTimeoutMs": 1, "TransactionStatus": 2,
        "TransactionPartitions": [{"Topic": "orders", "PartitionIds": [1, 0]}],
        "TransactionLastUpdateTimestampMs": 4_000, "TransactionStartTimestampMs": 3_000,
    }  # fmt: skip
    key = {"TransactionalId": "shop-tx"}
    assert said(entry(TRANSACTIONS, 0, "TransactionLog", version, key, value)) == [
        TransactionSeen(SERVER, "shop-tx", 5, "PrepareCommit", ((topic("orders"), (0, 1)),), 4 * SECOND)
    ]
    value |= {"TransactionPartitions": None, "TransactionStatus": 99}
    assert said(entry(TRANSACTIONS, 0, "TransactionLog", version, key, value)) == [
        TransactionSeen(SERVER, "shop-tx", 5, "99", (), 4 * SECOND)
    ]


def test_what_is_not_known_here_is_counted_and_what_only_ends_is_not() -> None:
    whole = commit("billing", "orders", 1)
    assert whole.key is not None
    assert whole.value is not None
    newer = record(OFFSETS, whole.key, b"\0\x63" + whole.value[2:])
    cut = record(OFFSETS, whole.key, whole.value[:-1])
    other = record(OFFSETS, b"\0\x0c" + whole.key[2:], whole.value)  # a share group's, not read here
    ends = record(OFFSETS, whole.key, None)
    assert told([newer, cut, other, ends, record(OFFSETS, None, b"x")]) == ([], 2)


@given(
    log=st.sampled_from(LOGS),
    kind=st.integers(0, 6),
    key=st.binary(max_size=30),
    version=st.integers(0, 5),
    value=st.binary(max_size=60),
)
def test_any_bytes_are_read_or_counted(log: str, kind: int, key: bytes, version: int, value: bytes) -> None:
    odd = record(log, kind.to_bytes(2, "big") + key, version.to_bytes(2, "big") + value)
    seen, unknown = told([odd])
    assert unknown <= 1
    assert not (seen and unknown)
