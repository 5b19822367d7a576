"""The least rights: the documented ones show everything, and every refusal names the one that lifts it."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)
from msgspec.structs import replace as replace_struct

from graph.identity import Action, ApplicationId, ChannelId
from graph.model import Unavailable
from inspector.brokers.base import Outgoing
from inspector.brokers.kafka.logs import OFFSETS
from inspector.connection import Connection, parse
from inspector.demo import jars
from inspector.discovery import Discovery
from inspector.discovery.sources.exactly_once import offsets_partition
from inspector.errors import AccessRefused
from inspector.observation import (
    ChannelSeen,
    CommitSeen,
    GroupSeen,
    MemberSeen,
    NotVisible,
    OffsetsCommitted,
    OffsetsSeen,
    PermissionsSeen,
    ProducerSeen,
    TransactionSeen,
    VisibleAgain,
)
from inspector.record import Position

pytestmark = pytest.mark.kafka

DOCUMENTED = Path(__file__).parents[2] / "docs" / "permissions.md"
DESCRIBING = {
    "topics that are not listed", "receivers in groups that are not listed",
    "transactional ids that are not listed", "permissions",
}  # fmt: skip
READING = {
    "records", "senders by producer id", "senders that commit offsets",
    "the logs of commits and transactions",
}  # fmt: skip


@pytest.fixture(autouse=True)
def quick_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.watch.RIGHTS_S", 1.0)


ALL = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, "User:reader", None,
    AclOperation.ANY, AclPermissionType.ANY,
)  # fmt: skip


@pytest.fixture
def reader(kafka_world: Any) -> Iterator[Connection]:
    """A login without any rights, that asks to see everything; those it is given end with the test."""
    address = kafka_world.broker.address_of("SASL_PLAINTEXT")
    yield replace(parse(f"kafka://reader@{address}?deep=yes"), password="right")
    for future in kafka_world.admin.delete_acls([ALL]).values():
        future.result(20)


def rights(world: Any) -> set[tuple[str, str, str]]:
    """Those of the reader: operation, kind of resource, name."""
    return {
        (one.operation.name, one.restype.name, one.name) for one in world.admin.describe_acls(ALL).result(20)
    }


async def run(world: Any, command: str) -> None:
    """Run a kafka-acls command as an administrator does, who logs in elsewhere than the reader."""
    words = shlex.split(command.removeprefix("Allow it: "))
    assert words[:2] == ["kafka-acls", "--bootstrap-server"]
    jvm = [str(jars.java()), "-XX:TieredStopAtLevel=1", "-Xmx64m"]
    path = os.pathsep.join(map(str, jars.class_path(lambda _: None)))
    tool = ["org.apache.kafka.tools.AclCommand", "--bootstrap-server", world.broker.bootstrap, *words[3:]]
    process = await asyncio.create_subprocess_exec(
        *jvm, "-cp", path, *tool, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, output.decode()


@dataclass
class Shop:
    """An exactly-once program in the middle of a transaction: it receives `orders` and sends `invoices`."""

    group: str
    orders: ChannelId
    invoices: ChannelId


@pytest.fixture
def shop(kafka_world: Any) -> Iterator[Shop]:
    orders, invoices = kafka_world.create("orders"), kafka_world.create("invoices")
    group = f"{kafka_world.prefix}books"
    kafka_world.write(orders, [(None, b"x", ())] * 3)
    consumer = Consumer(
        {
            "bootstrap.servers": kafka_world.broker.bootstrap, "group.id": group, "client.id": f"{group}-1",
            "auto.offset.reset": "earliest", "enable.auto.commit": False,
        }
    )  # fmt: skip
    consumer.subscribe([orders.name])
    end = time.monotonic() + 20
    while (message := consumer.poll(0.5)) is None or message.error():
        assert time.monotonic() < end, "nothing received"
    producer = kafka_world.producer(**{"transactional.id": f"{group}-tx-0"})
    producer.init_transactions(20)
    for last in (False, True):
        producer.begin_transaction()
        producer.produce(invoices.name, b"y")
        producer.flush(20)
        offset = TopicPartition(orders.name, 0, 2 if last else 1)
        producer.send_offsets_to_transaction([offset], consumer.consumer_group_metadata(), 20)
        if not last:
            producer.commit_transaction(20)
    yield Shop(group, orders, invoices)
    producer.abort_transaction(20)
    consumer.close()


def hidden(seen: Any) -> dict[str, Unavailable]:
    """What cannot be seen now."""
    now: dict[str, Unavailable] = {}
    for one in seen.observations:
        if isinstance(one, NotVisible):
            now[one.unavailable.what] = one.unavailable
        elif isinstance(one, VisibleAgain):
            now.pop(one.what, None)
    return now


async def everything(seen: Any, shop: Shop) -> None:
    """Wait until all is seen that a cluster can tell."""
    server = seen.adapter.server
    orders, invoices = (replace_struct(one, server=server) for one in (shop.orders, shop.invoices))
    offsets = replace_struct(orders, name=OFFSETS)
    tx = f"{shop.group}-tx-0"

    def met(what: type[Any], **wanted: Any) -> bool:
        return any(all(getattr(one, name) == each for name, each in wanted.items()) for one in seen.of(what))

    await seen.until(lambda: seen.records(orders) and seen.records(invoices), 20)
    await seen.until(lambda: met(GroupSeen, group=shop.group, state="Stable"), 20)
    await seen.until(lambda: met(OffsetsCommitted, group=shop.group, offsets=((orders, {0: 1}),)), 20)
    await seen.until(lambda: met(ProducerSeen, channel=invoices) and met(ProducerSeen, channel=offsets), 20)
    partitions = next(one.partitions for one in seen.of(ChannelSeen) if one.channel == offsets)
    writes = ((offsets, (offsets_partition(shop.group, partitions),)), (invoices, (0,)))
    await seen.until(lambda: met(TransactionSeen, transactional_id=tx, writes=writes, logged_ns=None), 20)
    await seen.until(lambda: met(CommitSeen, group=shop.group, channel=orders), 20)
    await seen.until(lambda: met(MemberSeen, group=shop.group, kind="classic"), 20)
    await seen.until(
        lambda: any(
            one.transactional_id == tx and one.logged_ns and (invoices, (0,)) in one.writes
            for one in seen.of(TransactionSeen)
        ),
        20,
    )
    await seen.until(lambda: seen.of(PermissionsSeen), 20)


async def test_the_documented_rights_show_everything(
    kafka_world: Any, reader: Connection, shop: Shop, connect: Any, observe: Any
) -> None:
    commands = re.findall(
        r"^kafka-acls .*$", DOCUMENTED.read_text("utf-8").partition("## For replays")[0], re.MULTILINE
    )
    assert len(commands) == 2
    await asyncio.gather(
        *(run(kafka_world, one.replace("User:eventscope", "User:reader")) for one in commands)
    )
    seen = await observe(await connect(reader))
    await everything(seen, shop)
    rounds = len(seen.of(OffsetsSeen))
    await seen.until(lambda: len(seen.of(OffsetsSeen)) > rounds)
    assert hidden(seen) == {}

    discovery = Discovery()
    discovery.fold(seen.observations, time.time_ns())
    graph = discovery.graph(time.time_ns())
    names = {
        key: {alias.value for alias in application.aliases} for key, application in graph.applications.items()
    }
    books = next(key for key, aliases in names.items() if shop.group in aliases)
    assert f"{shop.group}-tx-0" in names[books]
    assert {
        (key.action, key.channel.name) for key in graph.operations if key.application == books
    } == {(Action.RECEIVE, shop.orders.name), (Action.SEND, shop.invoices.name)}  # fmt: skip
    assert ApplicationId("reader") not in graph.applications


async def test_every_refusal_names_the_command_that_lifts_it(
    kafka_world: Any, reader: Connection, shop: Shop, connect: Any, observe: Any
) -> None:
    adapter = await connect(reader)
    seen = await observe(adapter)
    orders = replace_struct(shop.orders, server=adapter.server)

    # Without any right there is nothing but what cannot be seen.
    await seen.until(lambda: hidden(seen).keys() >= DESCRIBING, 20)
    assert hidden(seen).keys() == DESCRIBING
    await _allow_all(kafka_world, seen)

    # With rights to describe, receivers and transactional names are seen, and no records or senders.
    await seen.until(lambda: hidden(seen).keys() == READING, 20)
    await seen.until(lambda: any(one.group == shop.group for one in seen.of(OffsetsCommitted)), 20)
    await seen.until(lambda: any(one.writes for one in seen.of(TransactionSeen)), 20)
    await seen.until(lambda: any(one.channel == orders for one in seen.of(OffsetsSeen)), 20)
    assert seen.records(orders) == []
    discovery = Discovery()
    discovery.fold(seen.observations, time.time_ns())
    graph = discovery.graph(time.time_ns())
    assert {("receive", shop.orders.name), ("send", shop.invoices.name)} <= {
        (str(key.action), key.channel.name) for key in graph.operations
    }
    # Groups of connectors that other tests left on this broker may be noticed.
    assert {one.what for one in graph.unavailable} - {"connectors"} == READING
    with pytest.raises(AccessRefused, match="refuses this login to read"):
        await adapter.fetch(orders, Position(0, 0))
    with pytest.raises(AccessRefused, match="IdempotentWrite"):
        await adapter.send(Outgoing(orders, None, b"x"))

    await _allow_all(kafka_world, seen)
    await seen.until(lambda: hidden(seen) == {}, 20)
    await everything(seen, shop)
    assert {(operation, kind) for operation, kind, _ in rights(kafka_world)} == {
        ("DESCRIBE", "TOPIC"), ("DESCRIBE", "GROUP"), ("DESCRIBE", "TRANSACTIONAL_ID"),
        ("DESCRIBE", "BROKER"), ("READ", "TOPIC"),
    }  # fmt: skip


async def _allow_all(world: Any, seen: Any) -> None:
    """Run the commands of all that is hidden now; those of one operation in one go, which is quicker."""
    together: dict[str, set[str]] = {}
    for one in hidden(seen).values():
        begin, operation, rest = re.split(r"(?<=--operation) (\w+) ", one.remedy)
        assert "--add --allow-principal User:reader" in begin
        together.setdefault(f"{begin} {operation}", set()).add(rest)
    await asyncio.gather(*(run(world, " ".join([begin, *rest])) for begin, rest in together.items()))
