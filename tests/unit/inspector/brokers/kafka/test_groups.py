from __future__ import annotations

from typing import Any

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka import groups
from inspector.brokers.kafka.codec import message
from inspector.observation import GroupSeen, Member, OffsetsCommitted

SERVER = ServerId("kafka", "x:9092")


def topic(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


class Cluster:
    """Answers requests from a table, and remembers them."""

    def __init__(self, answers: dict[str, Any], offset_fetch: int = 9) -> None:
        self.nodes = {1: ("x", 9092)}
        self.asked: list[tuple[str, Any]] = []
        self._answers = answers
        self._offset_fetch = offset_fetch

    async def request(self, node: int, api: str, body: dict[str, Any], line: str = "ask") -> Any:
        self.asked.append((api, body))
        return {"ErrorCode": 0} | self._answers[api]

    async def version_of(self, node: int, api: str) -> int:
        return self._offset_fetch

    async def on_each(self, nodes: Any, work: Any) -> None:
        for node in nodes:
            await work(node)


def subscription(*topics: str) -> bytes:
    return b"\0\1" + message("ConsumerProtocolSubscription", 1).encode({"Topics": list(topics)})


def assignment(*topics: str) -> bytes:
    assigned = [{"Topic": one, "Partitions": [0]} for one in topics]
    # From a version that is not known here: it only adds at the end.
    return (
        b"\0\x63" + message("ConsumerProtocolAssignment", 3).encode({"AssignedPartitions": assigned}) + b"new"
    )


def listed(group: str, protocol: str, kind: str) -> dict[str, str]:
    return {"GroupId": group, "ProtocolType": protocol, "GroupState": "Stable", "GroupType": kind}


def classic_member(client: str, metadata: bytes, assigned: bytes) -> dict[str, Any]:
    return {
        "MemberId": f"{client}-1", "ClientId": client, "ClientHost": "/10.0.0.7",
        "MemberMetadata": metadata, "MemberAssignment": assigned,
    }  # fmt: skip


async def look(answers: dict[str, Any], offset_fetch: int = 9) -> tuple[groups.Round, Cluster]:
    cluster = Cluster({"OffsetFetch": {"Groups": [], "ErrorCode": 0, "Topics": []}} | answers, offset_fetch)
    return await groups.look(cluster, SERVER), cluster  # type: ignore[arg-type]


async def test_a_classic_member_shows_what_it_subscribed_to_and_was_assigned() -> None:
    members = [
        classic_member("billing", subscription("orders"), assignment("orders", "refunds")),
        classic_member("eventscope", subscription("orders"), b""),
        classic_member("odd", b"\xff", b"\0\1\xff\xff\xff"),
    ]
    described = {"GroupId": "billing", "GroupState": "Stable", "ProtocolType": "consumer", "Members": members}
    found, _ = await look(
        {
            "ListGroups": {"ErrorCode": 0, "Groups": [listed("billing", "consumer", "classic")]},
            "DescribeGroups": {"Groups": [{"ErrorCode": 0} | described]},
        }
    )
    assert found.groups == [
        GroupSeen(
            SERVER, "billing", "classic", "Stable",
            (
                Member("billing-1", "billing", "10.0.0.7", (topic("orders"), topic("refunds"))),
                Member("odd-1", "odd", "10.0.0.7", ()),
            ),
        )
    ]  # fmt: skip


async def test_a_streams_member_reads_what_its_topology_reads_from_outside_and_from_itself() -> None:
    parts = [
        {"SourceTopics": ["orders"], "RepartitionSourceTopics": []},
        {"SourceTopics": ["refunds"], "RepartitionSourceTopics": [{"Name": "till-store-repartition"}]},
    ]
    member = {"MemberId": "till-1", "ClientId": "till", "ClientHost": "/10.0.0.7"}
    described = {
        "ErrorCode": 0, "GroupId": "till", "GroupState": "Stable", "Members": [member],
        "Topology": {"Subtopologies": parts},
    }  # fmt: skip
    begun = described | {"GroupId": "begun", "Topology": None}
    found, _ = await look(
        {
            "ListGroups": {"Groups": [listed("till", "streams", "streams"), listed("begun", "", "streams")]},
            "StreamsGroupDescribe": {"Groups": [described, begun]},
        }
    )
    assert {group.group: group.members[0].channels for group in found.groups} == {
        "till": (topic("orders"), topic("refunds"), topic("till-store-repartition")),
        "begun": (),
    }


async def test_each_type_is_described_by_its_own_request() -> None:
    empty: dict[str, list[Any]] = {"Groups": []}
    _, cluster = await look(
        {
            "ListGroups": {
                "Groups": [
                    listed("a", "consumer", "classic"), listed("b", "consumer", "consumer"),
                    listed("c", "share", "share"), listed("d", "streams", "streams"),
                    listed("e", "connect", "classic"), listed("f", "", "classic"),
                    listed("eventscope-x", "consumer", "classic"),
                ]
            },
            "DescribeGroups": empty, "ConsumerGroupDescribe": empty, "ShareGroupDescribe": empty,
            "StreamsGroupDescribe": empty, "DescribeShareGroupOffsets": empty,
        }
    )  # fmt: skip
    asked = [(api, body) for api, body in cluster.asked if api != "OffsetFetch"]
    assert sorted(asked, key=str) == [
        ("ConsumerGroupDescribe", {"GroupIds": ["b"]}),
        ("DescribeGroups", {"Groups": ["a"]}),
        ("DescribeGroups", {"Groups": ["e"]}),
        ("DescribeShareGroupOffsets", {"Groups": [{"GroupId": "c", "Topics": None}]}),
        ("ListGroups", {}),
        ("ShareGroupDescribe", {"GroupIds": ["c"]}),
        ("StreamsGroupDescribe", {"GroupIds": ["d"]}),
    ]
    fetched = [
        one["GroupId"] for api, body in cluster.asked if api == "OffsetFetch" for one in body["Groups"]
    ]
    assert sorted(fetched) == ["a", "b", "d", "e", "f"]


async def test_refused_groups_are_named_and_not_taken_for_empty() -> None:
    found, _ = await look(
        {
            "ListGroups": {"ErrorCode": 0, "Groups": [listed("billing", "consumer", "consumer")]},
            "ConsumerGroupDescribe": {"Groups": [{"ErrorCode": 30, "GroupId": "billing"}]},
        }
    )
    assert (found.groups, found.refused) == ([], {"billing"})


async def test_commits_are_read_one_group_at_a_time_from_old_brokers() -> None:
    part = {"PartitionIndex": 3, "CommittedOffset": 41, "ErrorCode": 0}
    none = {"PartitionIndex": 4, "CommittedOffset": -1, "ErrorCode": 0}
    answer = {"ErrorCode": 0, "Topics": [{"Name": "orders", "Partitions": [part, none]}]}
    found, cluster = await look(
        {
            "ListGroups": {
                "ErrorCode": 0,
                "Groups": [listed("a", "", "classic"), listed("b", "", "classic")],
            },
            "OffsetFetch": answer,
        },
        offset_fetch=5,
    )
    assert [group.kind for group in found.groups] == ["offsets", "offsets"]
    assert found.commits == [
        OffsetsCommitted(SERVER, name, ((topic("orders"), {3: 41}),)) for name in ("a", "b")
    ]
    assert ("OffsetFetch", {"GroupId": "a", "Topics": None}) in cluster.asked


async def test_a_broker_that_is_not_ready_is_told_from_one_without_groups() -> None:
    found, _ = await look({"ListGroups": {"ErrorCode": 14, "Groups": []}})
    assert found.loading == {1}


def assigned(*topics: str) -> dict[str, Any]:
    return {"TopicPartitions": [{"TopicName": one, "Partitions": [0]} for one in topics]}


async def test_a_pattern_shows_in_what_the_broker_hands_out() -> None:
    members = [
        {
            "MemberId": "u1", "ClientId": "ledger-1", "ClientHost": "/10.0.0.7",
            "SubscribedTopicNames": ["orders"], "SubscribedTopicRegex": "^pay.*",
            "Assignment": assigned("pay-a"), "TargetAssignment": assigned("pay-a", "pay-b"),
        },
        {
            "MemberId": "u2", "ClientId": "ledger-2", "ClientHost": "/10.0.0.8",
            "SubscribedTopicNames": ["orders"], "SubscribedTopicRegex": None,
            "Assignment": assigned(), "TargetAssignment": assigned(),
        },
    ]  # fmt: skip
    found, _ = await look(
        {
            "ListGroups": {"Groups": [listed("ledger", "consumer", "consumer")]},
            "ConsumerGroupDescribe": {
                "Groups": [{"ErrorCode": 0, "GroupId": "ledger", "GroupState": "Stable", "Members": members}]
            },
        }
    )
    every = tuple(topic(name) for name in ("orders", "pay-a", "pay-b"))
    assert found.groups[0].members == (
        Member("u1", "ledger-1", "10.0.0.7", every, "^pay.*", (topic("orders"),)),
        Member("u2", "ledger-2", "10.0.0.8", (topic("orders"),)),
    )


async def test_a_group_that_reads_hidden_topics_is_told_and_not_taken_for_empty() -> None:
    found, _ = await look(
        {
            "ListGroups": {"Groups": [listed("billing", "consumer", "consumer")]},
            "ConsumerGroupDescribe": {"Groups": [{"ErrorCode": 29, "GroupId": "billing"}]},
        }
    )
    assert (found.groups, found.hidden, found.refused) == ([], {"billing"}, set())


async def test_share_groups_tell_how_far_they_have_got() -> None:
    part = {"PartitionIndex": 1, "StartOffset": 7, "ErrorCode": 0}
    none = {"PartitionIndex": 2, "StartOffset": -1, "ErrorCode": 0}
    found, _ = await look(
        {
            "ListGroups": {"Groups": [listed("sharers", "share", "share")]},
            "ShareGroupDescribe": {"Groups": []},
            "DescribeShareGroupOffsets": {
                "Groups": [
                    {
                        "ErrorCode": 0,
                        "GroupId": "sharers",
                        "Topics": [{"TopicName": "orders", "Partitions": [part, none]}],
                    }
                ]
            },
        }
    )
    assert found.commits == [OffsetsCommitted(SERVER, "sharers", ((topic("orders"), {1: 7}),))]
