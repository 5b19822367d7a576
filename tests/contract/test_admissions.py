"""What a server says beforehand of sending, and that asking makes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from graph.identity import ChannelId
from inspector.connection import parse
from inspector.errors import Unsupported

LITERAL, ANY = ResourcePatternType.LITERAL, AclOperation.ANY
ALLOW = AclPermissionType.ALLOW


async def test_what_may_be_sent_where_is_told(world: Any, connect: Any) -> None:
    channel = world.create("told", 2)
    adapter = await connect(world.connection)
    if not world.takes_runs:
        with pytest.raises(Unsupported, match="no replays from here yet"):
            await adapter.admissions([channel])
        return
    (told,) = await adapter.admissions([channel])
    assert (told.channel, told.allowed, told.unknown) == (channel, True, "")
    assert told.largest > 1_000_000


@pytest.mark.kafka
async def test_sizes_are_those_of_the_topic(kafka_world: Any, connect: Any) -> None:
    channel = kafka_world.create("small", 1)
    entry = ConfigEntry("max.message.bytes", "5000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, channel.name, incremental_configs=[entry])
    for future in kafka_world.admin.incremental_alter_configs([resource]).values():
        future.result(20)
    (told,) = await (await connect(kafka_world.connection)).admissions([channel])
    assert (told.largest, told.setting) == (5000, "max.message.bytes")


@pytest.mark.kafka
async def test_a_login_without_rights_is_told_what_to_allow(kafka_world: Any, connect: Any) -> None:
    there = kafka_world.create("there", 1)
    missing = ChannelId(there.server, there.kind, f"{there.name}.shadow")
    address = kafka_world.broker.address_of("SASL_PLAINTEXT")
    adapter = await connect(replace(parse(f"kafka://reader@{address}"), password="right"))
    try:
        (refused,) = await adapter.admissions([there])
        assert refused.allowed is False
        assert "--operation Write" in refused.remedy
        for name, operation in ((there.name, "WRITE"), (missing.name, "CREATE"), (missing.name, "DESCRIBE")):
            rule = AclBinding(
                ResourceType.TOPIC, name, LITERAL, "User:reader", "*", AclOperation[operation], ALLOW
            )
            for future in kafka_world.admin.create_acls([rule]).values():
                future.result(20)
        told = {each.channel: each for each in await adapter.admissions([there, missing])}
        assert told[there].allowed is True
        assert (told[there].largest, told[missing].largest) == (None, None)
        assert f"--operation DescribeConfigs --topic {there.name}" in told[there].setting
        assert "--operation DescribeConfigs --cluster" in told[missing].setting
        assert told[missing].allowed is None
        assert "once it is made" in told[missing].unknown
        assert missing.name not in kafka_world.admin.list_topics(timeout=20).topics
    finally:
        mine = AclBindingFilter(
            ResourceType.ANY, None, ResourcePatternType.ANY, "User:reader", None, ANY, AclPermissionType.ANY
        )
        for future in kafka_world.admin.delete_acls([mine]).values():
            future.result(20)
