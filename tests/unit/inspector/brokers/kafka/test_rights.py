from __future__ import annotations

from typing import Any

import pytest

from graph.identity import Action
from inspector.brokers.kafka.cluster import Topic
from inspector.brokers.kafka.refusals import Refusals
from inspector.brokers.kafka.rights import Rights
from inspector.connection import parse
from inspector.errors import Unsupported
from inspector.observation import (
    MOST_PERMITTED,
    NotVisible,
    Observation,
    Permission,
    PermissionsSeen,
    VisibleAgain,
)

CONNECTION = parse("kafka://reader@x:9092")
OPEN: dict[str, Any] = {
    "Metadata": {"Topics": [{"ErrorCode": 3}]},
    "DescribeGroups": {"Groups": [{"ErrorCode": 0}]},
    "DescribeTransactions": {"TransactionStates": [{"ErrorCode": 105}]},
}
"""What a broker that leaves nothing out says about names that nobody has."""


class Cluster:
    """Answers requests from a table; what is not in it is not offered."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.connection = CONNECTION
        self.topics = {f"t{number}": Topic(f"t{number}", b"", False, {}) for number in range(50)}
        self.answers = answers
        self.asked: dict[str, Any] = {}
        self.metadata = 12

    async def version_of(self, node: int, api: str) -> int | None:
        return self.metadata

    async def request(self, node: int, api: str, body: dict[str, Any]) -> Any:
        self.asked[api] = body
        if api not in self.answers:
            raise Unsupported(f"The broker at x does not offer {api}.")
        return self.answers[api]


def resource(name: str, pattern: int, *acls: tuple[str, str, int, int]) -> dict[str, Any]:
    keys = ("Principal", "Host", "Operation", "PermissionType")
    rules = [dict(zip(keys, acl, strict=True)) for acl in acls]
    return {"ResourceType": 2, "ResourceName": name, "PatternType": pattern, "Acls": rules}


def answer(*resources: dict[str, Any], code: int = 0) -> dict[str, Any]:
    return {"DescribeAcls": {"ErrorCode": code, "Resources": list(resources)}}


async def look(answers: dict[str, Any]) -> list[Observation]:
    return await Rights(Cluster(OPEN | answers), Refusals(CONNECTION)).look()  # type: ignore[arg-type]


async def test_reads_and_writes_on_topics_are_permissions() -> None:
    (seen,) = await look(
        answer(
            resource("orders", 3, ("User:shop", "*", 4, 3), ("User:all", "*", 2, 3), ("User:ops", "*", 8, 3)),
            resource("pay-", 4, ("User:shop", "10.0.0.1", 3, 3), ("User:bad", "*", 3, 2)),
            # A refusal for one host says nothing of the others; the login is Eventscope's own.
            resource("refunds", 3, ("User:shop", "10.0.0.1", 4, 2), ("User:reader", "*", 3, 3)),
        )
    )
    assert seen == PermissionsSeen(
        CONNECTION.server,
        (
            Permission("User:all", Action.RECEIVE, "orders", prefix=False),
            Permission("User:all", Action.SEND, "orders", prefix=False),
            Permission("User:bad", Action.RECEIVE, "pay-", prefix=True, allowed=False),
            Permission("User:shop", Action.RECEIVE, "pay-", prefix=True),
            Permission("User:shop", Action.SEND, "orders", prefix=False),
        ),
    )


async def test_null_is_asked_for_and_not_empty_names() -> None:
    cluster = Cluster(OPEN | answer())
    await Rights(cluster, Refusals(CONNECTION)).look()  # type: ignore[arg-type]
    asked = cluster.asked["DescribeAcls"]
    assert [asked[name] for name in ("ResourceNameFilter", "PrincipalFilter", "HostFilter")] == [None] * 3
    assert cluster.asked["Metadata"]["AllowAutoTopicCreation"] is False


async def test_what_covers_many_topics_is_told_to_be_left_out() -> None:
    rule = ("User:team", "*", 4, 3)
    seen = await look(answer(resource("t", 4, rule), resource("*", 3, rule), resource("t1", 3, rule)))
    (told,) = [one.unavailable for one in seen if isinstance(one, NotVisible)]
    assert told.what == "permissions on many topics"
    assert "User:team on *, User:team on t*." in told.why
    assert MOST_PERMITTED < 50
    few = await look(answer(resource("t1", 4, rule)))  # t1 and t10 to t19
    assert not [one for one in few if isinstance(one, NotVisible)]


async def test_a_refusal_names_the_right_and_is_taken_back() -> None:
    cluster = Cluster(OPEN | answer(code=31))
    rights = Rights(cluster, Refusals(CONNECTION))  # type: ignore[arg-type]
    (told,) = await rights.look()
    assert isinstance(told, NotVisible)
    assert told.unavailable.remedy.endswith("--operation Describe --cluster")
    assert await rights.look() == []
    cluster.answers |= answer(code=54)  # there is no authorizer
    assert await rights.look() == [VisibleAgain("permissions", CONNECTION.server)]


async def test_what_is_left_out_shows_in_how_unknown_names_are_answered() -> None:
    seen = await look(
        answer(code=31)
        | {
            "Metadata": {"Topics": [{"ErrorCode": 29}]},
            "DescribeGroups": {"Groups": [{"ErrorCode": 30}]},
            "DescribeTransactions": {"TransactionStates": [{"ErrorCode": 53}]},
        }
    )
    remedies = {one.unavailable.what: one.unavailable.remedy for one in seen if isinstance(one, NotVisible)}
    assert {what: remedy.partition("--operation ")[2] for what, remedy in remedies.items()} == {
        "permissions": "Describe --cluster",
        "topics that are not listed": "Describe --topic '*'",
        "receivers in groups that are not listed": "Describe --group '*'",
        "transactional ids that are not listed": "Describe --transactional-id '*'",
    }


async def test_a_broker_that_offers_none_of_it_says_so_once() -> None:
    cluster = Cluster({name: OPEN[name] for name in ("Metadata", "DescribeGroups")})
    rights = Rights(cluster, Refusals(CONNECTION))  # type: ignore[arg-type]
    (told,) = await rights.look()
    assert isinstance(told, NotVisible)
    assert "does not offer DescribeAcls" in told.unavailable.why
    assert await rights.look() == []


async def test_who_may_describe_the_cluster_has_all_groups_listed() -> None:
    seen = await look(answer() | {"DescribeGroups": {"Groups": [{"ErrorCode": 30}]}})
    assert not [one for one in seen if isinstance(one, NotVisible)]


@pytest.mark.parametrize("version", [3, 4])
async def test_no_name_is_asked_for_where_that_would_make_a_topic(version: int) -> None:
    cluster = Cluster(OPEN)
    cluster.metadata = version
    await Rights(cluster, Refusals(CONNECTION)).look()  # type: ignore[arg-type]
    assert ("Metadata" in cluster.asked) == (version >= 4)
