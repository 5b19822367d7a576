"""Topics that are made for replays: shadow channels, and nothing else."""

from __future__ import annotations

import asyncio
from time import monotonic

from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.refusals import acl_command
from inspector.brokers.kafka.wire import NodeDown
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError

PATIENCE_S = 15.0
_EXISTS, _REFUSED, _NOT_CONTROLLER = 36, (29, 31), 41


async def create(cluster: Cluster, name: str, partitions: int) -> None:
    """Make a topic and wait until its partitions have leaders; one that is there stays as it is.

    Raises `AccessRefused`, `ConnectionFailed` or `InspectorError` with the broker's reason.
    """
    topic = {
        "Name": name,
        "NumPartitions": partitions,
        "ReplicationFactor": -1,
        "Assignments": [],
        "Configs": [],
    }
    until = monotonic() + PATIENCE_S
    try:
        for node in [*cluster.nodes]:
            answer = await cluster.request(node, "CreateTopics", {"Topics": [topic]}, line="send")
            one = answer["Topics"][0]
            if one["ErrorCode"] != _NOT_CONTROLLER:
                break
        code = one["ErrorCode"]
        if code in _REFUSED:
            raise AccessRefused(
                f"Kafka refuses this login to make {name}.",
                acl_command(cluster.connection, "Create", "topic", [name]),
            )
        if code not in (0, _EXISTS):
            raise InspectorError(
                f"{name} cannot be made ({one['ErrorMessage'] or f'error {code}'}).", "Make it yourself."
            )
        while name not in cluster.topics or -1 in cluster.topics[name].leaders.values():
            if monotonic() > until:
                raise InspectorError(f"{name} was made and has no leaders yet.", "Try again later.")
            await asyncio.sleep(0.1)
            await cluster.refresh()
    except NodeDown as error:
        raise ConnectionFailed(f"{error}, so {name} cannot be made.", "Try again when it is back.") from error
