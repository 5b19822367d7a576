"""What Kafka says beforehand of sending to topics: operations that a login is authorized to, and sizes.

Metadata tell the authorized operations of a topic as bits by the codes of `AclOperation` (KIP-430); a topic
that would be made is put to the controller with `validateOnly`, which makes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from graph.identity import ChannelId
from inspector.brokers.base import Admission
from inspector.brokers.kafka.cluster import BOOTSTRAP, Cluster
from inspector.brokers.kafka.refusals import acl_command
from inspector.brokers.kafka.wire import NodeDown
from inspector.errors import ConnectionFailed, Unsupported

_WRITE, _NOT_TOLD = 1 << 4, -(1 << 31)
_TOPIC, _BROKER = 2, 4
_UNKNOWN_TOPIC, _REFUSED, _NOT_CONTROLLER, _NO_AUTHORIZER = 3, (29, 31), 41, 54
_OLDEST = 8
"""Versions of Metadata before this one do not tell operations."""


async def admissions(cluster: Cluster, channels: Sequence[ChannelId]) -> list[Admission]:
    """What is known of each topic, in their order. Raises `ConnectionFailed`."""
    names = [each.name for each in channels]
    try:
        operations = await _operations(cluster, names)
        missing = [name for name in names if name in operations and operations[name] is None]
        limits = await _limits(cluster, [name for name in names if name not in missing], missing)
        found = [
            _of_missing(cluster, each, *await _may_make(cluster, each.name))
            if each.name in missing
            else _of_topic(cluster, each, operations.get(each.name, _NOT_TOLD))
            for each in channels
        ]
    except NodeDown as error:
        raise ConnectionFailed(f"{error}.", "Try again when it is back.") from error
    return [replace(each, **limits.get(each.channel.name, {})) for each in found]


async def _operations(cluster: Cluster, names: list[str]) -> dict[str, int | None]:
    """Bits of each topic, 0 where it may not even be described; None where there is no such topic."""
    if (await cluster.version_of(BOOTSTRAP, "Metadata") or 0) < _OLDEST:
        return {}
    body = {
        "Topics": [{"Name": name} for name in names],
        "AllowAutoTopicCreation": False,
        "IncludeTopicAuthorizedOperations": True,
    }
    answer = await cluster.request(BOOTSTRAP, "Metadata", body)
    return {
        one["Name"]: None
        if one["ErrorCode"] == _UNKNOWN_TOPIC
        else 0
        if one["ErrorCode"] in _REFUSED
        else one["TopicAuthorizedOperations"]
        for one in answer["Topics"]
    }


def _of_topic(cluster: Cluster, channel: ChannelId, bits: int | None) -> Admission:
    if bits is None or bits == _NOT_TOLD:
        unknown = f"This Kafka does not tell beforehand whether this login may send to {channel.name}."
        return Admission(channel, unknown=unknown)
    if bits & _WRITE:
        return Admission(channel, True)
    return Admission(channel, False, acl_command(cluster.connection, "Write", "topic", [channel.name]))


async def _may_make(cluster: Cluster, name: str) -> tuple[int, bool]:
    """The error of making a topic, and whether anybody is asked who may do what."""
    topic = {"Name": name, "NumPartitions": 1, "ReplicationFactor": -1, "Assignments": [], "Configs": []}
    code = 0
    for node in cluster.nodes:
        answer = await cluster.request(node, "CreateTopics", {"Topics": [topic], "validateOnly": True})
        code = answer["Topics"][0]["ErrorCode"]
        if code != _NOT_CONTROLLER:
            break
    wanted = {
        "ResourceTypeFilter": _TOPIC,
        "PatternTypeFilter": 3,
        "ResourceNameFilter": name,
        "PrincipalFilter": None,
        "HostFilter": None,
        "Operation": 1,
        "PermissionType": 1,
    }
    try:
        rules = await cluster.request(BOOTSTRAP, "DescribeAcls", wanted)
    except Unsupported:
        return code, True
    return code, rules["ErrorCode"] != _NO_AUTHORIZER


def _of_missing(cluster: Cluster, channel: ChannelId, code: int, authorized: bool) -> Admission:
    name = channel.name
    if code in _REFUSED:
        return Admission(channel, False, acl_command(cluster.connection, "Create", "topic", [name]))
    if code:
        return Admission(channel, False, f"Kafka would not make it (error {code}): make it yourself.")
    if authorized:
        return Admission(channel, unknown=f"Whether this login may send to {name} is known once it is made.")
    return Admission(channel, True)


async def _limits(cluster: Cluster, there: list[str], missing: list[str]) -> dict[str, dict[str, Any]]:
    """`largest` and `setting` by topic, as far as configurations may be seen."""
    setting = {_TOPIC: "max.message.bytes", _BROKER: "message.max.bytes"}
    node = min(cluster.nodes, default=BOOTSTRAP)
    wanted = [(_TOPIC, name) for name in there] + [(_BROKER, str(node))] * bool(missing)
    body = {
        "Resources": [
            {"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": [setting[kind]]}
            for kind, name in wanted
        ]
    }
    try:
        answer = await cluster.request(node, "DescribeConfigs", body)
    except Unsupported:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for one in answer["Results"]:
        kind = one["ResourceType"]
        concerned = missing if kind == _BROKER else [one["ResourceName"]]
        if one["ErrorCode"] in _REFUSED:
            resource = "cluster" if kind == _BROKER else "topic"
            command = acl_command(cluster.connection, "DescribeConfigs", resource, concerned)
            found |= {name: {"setting": command} for name in concerned}
        for config in one["Configs"]:
            if config["Name"] == setting[kind] and config["Value"]:
                told = {"largest": int(config["Value"]), "setting": config["Name"]}
                found |= dict.fromkeys(concerned, told)
    return found
