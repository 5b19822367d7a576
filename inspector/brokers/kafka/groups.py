"""Groups of receivers: listed by type, described by the request of their type, and their commits.

ListGroups v5 gives each group's type; asking for a group by another type's request answers "dead" as if
there were none (KIP-848, KIP-932, KIP-1071). A broker lists the groups that it coordinates, so it is also
the one to ask about them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka import codec
from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.offsets import TOPIC_REFUSED, chunks
from inspector.brokers.kafka.wire import CLIENT_ID
from inspector.errors import Unsupported
from inspector.observation import GroupSeen, Member, OffsetsCommitted

CHUNK = 100
"""Groups a request."""
GROUP_REFUSED = 30
_NOT_READY = (14, 15)
"""COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE."""
_DESCRIBE = {
    "classic": ("DescribeGroups", "Groups"),
    "connect": ("DescribeGroups", "Groups"),
    "consumer": ("ConsumerGroupDescribe", "GroupIds"),
    "share": ("ShareGroupDescribe", "GroupIds"),
    "streams": ("StreamsGroupDescribe", "GroupIds"),
}


class Listed(NamedTuple):
    """A group as its coordinator lists it."""

    node: int
    group: str
    kind: str
    state: str


class Round(NamedTuple):
    """What one look at all groups gave."""

    groups: list[GroupSeen]
    commits: list[OffsetsCommitted]
    refused: set[str]
    hidden: set[str]
    """Groups that are not described because they read topics that the login may not describe."""
    loading: set[int]
    """Brokers that are not ready to tell their groups, moments after a start or a move."""
    missing: set[str]
    """APIs that the broker does not offer though a group needs them."""


async def look(cluster: Cluster, server: ServerId) -> Round:
    """Look at every group but Eventscope's own."""
    found = Round([], [], set(), set(), set(), set())

    async def ask(node: int) -> None:
        listed = await _list(cluster, node, found)
        for kind in sorted({one.kind for one in listed}):
            for part in chunks((one for one in listed if one.kind == kind), CHUNK):
                await _describe(cluster, server, kind, part, found)
                commits = _share_commits if kind == "share" else _commits
                await commits(cluster, server, part, found)

    await cluster.on_each(cluster.nodes, ask)
    return found


async def _list(cluster: Cluster, node: int, found: Round) -> list[Listed]:
    answer = await cluster.request(node, "ListGroups", {})
    if answer["ErrorCode"] in _NOT_READY:
        found.loading.add(node)
    return [
        Listed(node, one["GroupId"], _kind(one), one.get("GroupState", ""))
        for one in answer["Groups"]
        if not one["GroupId"].startswith(f"{CLIENT_ID}-")
    ]


def _kind(listed: dict[str, Any]) -> str:
    protocol = listed["ProtocolType"]
    kind: str = listed.get("GroupType", "classic").lower()
    if kind in ("consumer", "share", "streams"):
        return kind
    if protocol == "":
        return "offsets"
    return "connect" if protocol == "connect" else "classic"


async def _describe(
    cluster: Cluster, server: ServerId, kind: str, listed: list[Listed], found: Round
) -> None:
    if kind == "offsets":
        found.groups.extend(GroupSeen(server, one.group, kind, one.state) for one in listed)
        return
    api, field = _DESCRIBE[kind]
    try:
        answer = await cluster.request(listed[0].node, api, {field: [one.group for one in listed]})
    except Unsupported:
        found.missing.add(api)
        found.groups.extend(GroupSeen(server, one.group, kind, one.state) for one in listed)
        return
    for one in answer["Groups"]:
        if one["ErrorCode"] == GROUP_REFUSED:
            found.refused.add(one["GroupId"])
        elif one["ErrorCode"] == TOPIC_REFUSED:
            found.hidden.add(one["GroupId"])
        elif one["ErrorCode"] == 0 and one["GroupState"] != "Dead":
            found.groups.append(
                GroupSeen(
                    server,
                    one["GroupId"],
                    kind,
                    one["GroupState"],
                    tuple(
                        _member(server, one, member, kind)
                        for member in one["Members"]
                        if foreign(member["ClientId"])
                    ),
                )
            )


def foreign(client_id: str) -> bool:
    """Whether a client is not Eventscope itself."""
    return client_id != CLIENT_ID and not client_id.startswith(f"{CLIENT_ID}-")


def _member(server: ServerId, group: dict[str, Any], member: dict[str, Any], kind: str) -> Member:
    topics = _TOPICS[kind](group, member)
    pattern = member.get("SubscribedTopicRegex") or ""
    return Member(
        member["MemberId"],
        member["ClientId"],
        member["ClientHost"].removeprefix("/"),
        _channels(server, topics),
        pattern,
        _channels(server, member["SubscribedTopicNames"]) if pattern else (),
    )


def _channels(server: ServerId, topics: Iterable[str]) -> tuple[ChannelId, ...]:
    return tuple(ChannelId(server, ChannelKind.TOPIC, topic) for topic in sorted(topics))


def _classic(group: dict[str, Any], member: dict[str, Any]) -> set[str]:
    """Topics subscribed to and assigned; other protocols than `consumer` keep their own bytes there."""
    if group["ProtocolType"] != "consumer":
        return set()
    assigned = embedded("ConsumerProtocolAssignment", member["MemberAssignment"], "AssignedPartitions")
    return subscribed(member["MemberMetadata"]) | {one["Topic"] for one in assigned}


def subscribed(metadata: bytes) -> set[str]:
    """Topics in what a member of a classic group tells the others."""
    return set(embedded("ConsumerProtocolSubscription", metadata, "Topics"))


def embedded(name: str, data: bytes, field: str) -> Iterable[Any]:
    """A field of a message inside bytes, with its version in front; newer versions only add at the end."""
    if len(data) < 2:
        return ()
    version = min(int.from_bytes(data[:2], "big"), codec.versions(name)[1])
    try:
        values: list[Any] = codec.message(name, version).decode(data[2:], exact=False)[field]
    except codec.CodecError:
        return ()
    return values


def _described(group: dict[str, Any], member: dict[str, Any]) -> set[str]:
    """Topics of a KIP-848 or share group member.

    What a regular expression matches is worked out by the broker, and shows in what it hands out: every
    partition of every such topic goes to some member.
    """
    handed = [member["Assignment"], member.get("TargetAssignment") or {"TopicPartitions": ()}]
    assigned = {one["TopicName"] for each in handed for one in each["TopicPartitions"]}
    return assigned | set(member["SubscribedTopicNames"])


def _streams(group: dict[str, Any], member: dict[str, Any]) -> set[str]:
    """Topics that a Streams application reads: from outside, and those that it keeps for itself."""
    found: set[str] = set()
    for one in (group["Topology"] or {}).get("Subtopologies") or ():
        found.update(one["SourceTopics"], (topic["Name"] for topic in one["RepartitionSourceTopics"]))
    return found


_TOPICS: dict[str, Callable[[dict[str, Any], dict[str, Any]], set[str]]] = {
    "classic": _classic,
    "connect": _classic,
    "consumer": _described,
    "share": _described,
    "streams": _streams,
}


async def _commits(cluster: Cluster, server: ServerId, listed: list[Listed], found: Round) -> None:
    """Commits of groups; several at once from OffsetFetch v8 on, one by one before."""
    node = listed[0].node
    if (await cluster.version_of(node, "OffsetFetch") or 0) >= 8:
        asked = [{"GroupId": one.group, "Topics": None} for one in listed]
        answer = await cluster.request(node, "OffsetFetch", {"Groups": asked})
        answers = answer["Groups"]
    else:
        answers = [
            {"GroupId": one.group}
            | await cluster.request(node, "OffsetFetch", {"GroupId": one.group, "Topics": None})
            for one in listed
        ]
    for one in answers:
        if one["ErrorCode"] == GROUP_REFUSED:
            found.refused.add(one["GroupId"])
        elif one["ErrorCode"] == 0:
            _commit(server, one, "Name", "CommittedOffset", found)


async def _share_commits(cluster: Cluster, server: ServerId, listed: list[Listed], found: Round) -> None:
    """How far share groups have got (KIP-932): from where on records are still to be handed out."""
    asked = [{"GroupId": one.group, "Topics": None} for one in listed]
    try:
        answer = await cluster.request(listed[0].node, "DescribeShareGroupOffsets", {"Groups": asked})
    except Unsupported:
        return
    for one in answer["Groups"]:
        if one["ErrorCode"] == 0:
            _commit(server, one, "TopicName", "StartOffset", found)


def _commit(server: ServerId, group: dict[str, Any], name: str, offset: str, found: Round) -> None:
    offsets = tuple(
        (ChannelId(server, ChannelKind.TOPIC, topic[name]), numbers)
        for topic in group["Topics"]
        if (
            numbers := {
                one["PartitionIndex"]: one[offset]
                for one in topic["Partitions"]
                if one["ErrorCode"] == 0 and one[offset] >= 0
            }
        )
    )
    if offsets:
        found.commits.append(OffsetsCommitted(server, group["GroupId"], offsets))
