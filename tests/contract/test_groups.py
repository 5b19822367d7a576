"""Every kind of group on a real Kafka: patterns, share groups, groups without members, commits by hand."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from inspector.demo import jars
from inspector.observation import GroupSeen, OffsetsCommitted

pytestmark = pytest.mark.kafka


def consumer(world: Any, group: str, **config: Any) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": world.broker.bootstrap, "group.id": group, "client.id": f"{group}-1",
            "auto.offset.reset": "earliest", "enable.auto.commit": False, **config,
        }
    )  # fmt: skip


def newest(seen: Any, group: str) -> GroupSeen | None:
    return next((one for one in reversed(seen.of(GroupSeen)) if one.group == group), None)


async def test_a_pattern_resolves_to_the_topics_that_it_matches(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    named, first, second = (kafka_world.create(name) for name in ("orders", "pay-a", "pay-b"))
    kafka_world.create("refunds")
    group, pattern = f"{kafka_world.prefix}ledger", f"^{kafka_world.prefix}pay-.*"
    member = consumer(kafka_world, group, **{"group.protocol": "consumer"})
    member.subscribe([named.name, pattern])
    seen = await observe(await connect(kafka_world.connection))

    def channels() -> set[Any]:
        member.poll(0.01)
        found = newest(seen, group)
        return {channel for one in found.members for channel in one.channels} if found else set()

    try:
        await seen.until(lambda: channels() == {named, first, second}, 30)
        (one,) = newest(seen, group).members  # type: ignore[union-attr]
        assert pattern in one.pattern  # librdkafka joins its patterns in brackets
        assert one.named == (named,)
    finally:
        member.close()


async def test_who_assigns_partitions_by_hand_shows_in_its_commits(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    channel = kafka_world.create("orders")
    kafka_world.write(channel, [(None, b"x", ())] * 3)
    group = f"{kafka_world.prefix}batch"
    member = consumer(kafka_world, group)
    member.assign([TopicPartition(channel.name, 0, 0)])
    member.commit(offsets=[TopicPartition(channel.name, 0, 2)], asynchronous=False)
    member.close()
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(
        lambda: OffsetsCommitted(channel.server, group, ((channel, {0: 2}),)) in seen.observations
    )
    assert newest(seen, group) == GroupSeen(channel.server, group, "offsets", "Empty")


@contextmanager
def sharing(world: Any, topic: str, group: str) -> Iterator[None]:
    """Kafka's own share consumer on a topic: no Python client has one."""
    path = os.pathsep.join(map(str, jars.class_path(lambda _: None)))
    tool = [str(jars.java()), "-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp", path]
    tool += ["org.apache.kafka.tools.consumer.ConsoleShareConsumer"]
    tool += ["--bootstrap-server", world.broker.bootstrap, "--topic", topic, "--group", group]
    tool += ["--timeout-ms", "60000"]
    process = subprocess.Popen(tool, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def test_a_share_group_is_seen_with_its_members_and_after_them(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    channel = kafka_world.create("jobs")
    group = f"{kafka_world.prefix}workers"
    seen = await observe(await connect(kafka_world.connection))
    with sharing(kafka_world, channel.name, group):
        await seen.until(lambda: (found := newest(seen, group)) and found.members, 30)
        found = newest(seen, group)
        assert found is not None
        assert found.kind == "share"
        assert [one.channels for one in found.members] == [(channel,)]
        assert found.members[0].client_id == "console-share-consumer"
        producer = kafka_world.producer()

        def committed() -> bool:
            producer.produce(channel.name, b"x")  # those from before it was ready are not for it
            producer.poll(0)
            return any(
                one.group == group and one.offsets[0][0] == channel for one in seen.of(OffsetsCommitted)
            )

        await seen.until(committed, 30)
        assert producer.flush(20) == 0
    await seen.until(lambda: (found := newest(seen, group)) and found.state == "Empty", 20)
