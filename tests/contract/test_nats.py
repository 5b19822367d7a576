"""What is peculiar to NATS, on a real server."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from nats import errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, RetentionPolicy, StreamConfig, StreamSource

from graph.delivery import at_most_once
from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, RouteId, RouteKind
from inspector.brokers.base import Outgoing
from inspector.brokers.nats.session import Several
from inspector.connection import parse
from inspector.demo.servers.nats import NatsServer
from inspector.discovery.discovery import Discovery
from inspector.errors import AccessRefused, InspectorError
from inspector.observation import (
    ChannelGone,
    ChannelSeen,
    GroupSeen,
    NotVisible,
    OffsetsCommitted,
    OffsetsSeen,
    RouteSeen,
    Use,
    UsesSeen,
)
from inspector.record import Position


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than a person needs."""
    for name in ("CLIENTS_S", "SUBJECTS_S"):
        monkeypatch.setattr(f"inspector.brokers.nats.watch.{name}", 0.3)


@pytest.fixture
def prefix() -> str:
    """Begins all names of a test."""
    return f"t{uuid.uuid4().hex[:6]}"


@pytest.fixture
async def shop(nats_server: NatsServer) -> AsyncIterator[Client]:
    """The connection of another program."""
    client = await nats.connect(f"nats://{nats_server.address}", name="shop")
    yield client
    await client.close()


def at(server: NatsServer, kind: ChannelKind, name: str) -> ChannelId:
    return ChannelId(parse(f"nats://{server.address}").server, kind, name)


def uses_of(seen: Any, client: str) -> set[ChannelId]:
    newest = [each for each in seen.of(UsesSeen) if each.technique == "nats.subscription"][-1:]
    return {use.channel for each in newest for use in each.uses if use.client == client}


async def test_core_subjects_are_heard_along_and_kept_by_nobody(
    nats_server: NatsServer, shop: Client, prefix: str, connect: Any, observe: Any
) -> None:
    received: list[Msg] = []

    async def take(message: Msg) -> None:
        received.append(message)

    await shop.subscribe(f"{prefix}.>", cb=take)
    await shop.flush()
    adapter = await connect(parse(f"nats://{nats_server.address}"))
    seen = await observe(adapter)
    gold = at(nats_server, ChannelKind.SUBJECT, f"{prefix}.gold")
    every = at(nats_server, ChannelKind.SUBJECT, f"{prefix}.>")
    await seen.until(lambda: every in uses_of(seen, "shop"))
    for number in range(20):
        headers = Several([("a", "1"), ("a", "2"), ("number", str(number))])
        await shop.publish(gold.name, b"%d" % number, headers=headers)
    await seen.until(lambda: len(seen.records(gold)) == 20)
    records = seen.records(gold)
    assert [record.value for record in records] == [b"%d" % number for number in range(20)]
    assert records[3].headers == (("a", b"1"), ("a", b"2"), ("number", b"3"))
    assert len({record.position for record in records}) == 20
    assert await adapter.fetch(gold, records[0].position) is None
    assert len(received) == 20
    await seen.until(lambda: gold in uses_of(seen, "shop"))
    await seen.until(lambda: ChannelGone(every) in seen.observations)
    discovery = Discovery()
    discovery.fold(seen.observations, records[-1].timestamp_ns)
    graph = discovery.graph(records[-1].timestamp_ns + 1)
    receives = OperationId(ApplicationId("shop"), Action.RECEIVE, gold)
    assert receives in graph.operations
    assert receives in at_most_once(graph)


async def test_who_asks_still_learns_at_once_that_nobody_answers(
    nats_server: NatsServer, shop: Client, prefix: str, connect: Any, observe: Any
) -> None:
    listening = await shop.subscribe(f"{prefix}.prices.*")
    await shop.flush()
    seen = await observe(await connect(parse(f"nats://{nats_server.address}")))
    await seen.until(lambda: uses_of(seen, "shop"))
    with pytest.raises(errors.NoRespondersError):
        await shop.request(f"{prefix}.stock", b"?", timeout=2)
    await listening.unsubscribe()
    await seen.until(lambda: not uses_of(seen, "shop"))
    await asyncio.sleep(0.2)
    with pytest.raises(errors.NoRespondersError):
        await shop.request(f"{prefix}.prices.gold", b"?", timeout=2)


async def test_a_queue_group_gets_each_message_once_while_it_is_heard_along(
    nats_server: NatsServer, shop: Client, prefix: str, connect: Any, observe: Any
) -> None:
    received: list[bytes] = []

    async def take(message: Msg) -> None:
        received.append(message.data)

    for _ in range(2):
        await shop.subscribe(f"{prefix}.work", queue="workers", cb=take)
    await shop.flush()
    seen = await observe(await connect(parse(f"nats://{nats_server.address}")))
    work = at(nats_server, ChannelKind.SUBJECT, f"{prefix}.work")
    await seen.until(lambda: work in uses_of(seen, "shop"))
    await asyncio.sleep(0.2)
    for number in range(50):
        await shop.publish(work.name, b"%d" % number)
    await seen.until(lambda: len(seen.records(work)) == 50)
    assert sorted(received, key=int) == [b"%d" % number for number in range(50)]


@pytest.mark.parametrize("retention", [RetentionPolicy.WORK_QUEUE, RetentionPolicy.INTEREST])
async def test_a_stream_that_drops_what_was_taken_drops_nothing_for_being_looked_at(
    nats_server: NatsServer, shop: Client, prefix: str, connect: Any, observe: Any, retention: RetentionPolicy
) -> None:
    stream = shop.jetstream()
    subject = f"{prefix}.jobs"
    await stream.add_stream(StreamConfig(name=f"{prefix}-J", subjects=[subject], retention=retention))
    await stream.add_consumer(f"{prefix}-J", ConsumerConfig(durable_name="worker", ack_policy="explicit"))  # type: ignore[arg-type]
    for number in range(30):
        await stream.publish(subject, b"%d" % number)
    adapter = await connect(parse(f"nats://{nats_server.address}"))
    seen = await observe(adapter)
    jobs = at(nats_server, ChannelKind.SUBJECT, subject)
    await seen.until(lambda: len(seen.records(jobs)) == 30)
    assert (await adapter.fetch(jobs, Position(0, 7))).value == b"6"
    info = await stream.stream_info(f"{prefix}-J")
    worker = await stream.consumer_info(f"{prefix}-J", "worker")
    assert (info.state.messages, info.state.consumer_count) == (30, 1)
    assert (worker.num_pending, worker.num_ack_pending, worker.num_redelivered) == (30, 0, 0)
    await stream.delete_stream(f"{prefix}-J")


async def test_many_subjects_of_one_stream_and_who_receives_which(
    nats_server: NatsServer, shop: Client, prefix: str, connect: Any, observe: Any
) -> None:
    stream = shop.jetstream()
    name = f"{prefix}-O"
    config = StreamConfig(name=name, subjects=[f"{prefix}.*"], allow_direct=True)
    await stream.add_stream(config)
    for number in range(20):
        headers = Several([("a", "1"), ("a", "2")])
        await stream.publish(f"{prefix}.{'new' if number % 4 else 'paid'}", b"%d" % number, headers=headers)
    pull = await stream.pull_subscribe(f"{prefix}.paid", durable=f"{prefix}-bill", stream=name)
    for message in await pull.fetch(2):
        await message.ack_sync()
    seen = await observe(await connect(parse(f"nats://{nats_server.address}")))
    new, paid = (at(nats_server, ChannelKind.SUBJECT, f"{prefix}.{each}") for each in ("new", "paid"))
    keeps = at(nats_server, ChannelKind.STREAM, name)
    await seen.until(lambda: len(seen.records(new)) == 15 and len(seen.records(paid)) == 5)
    assert [record.position.offset for record in seen.records(paid)] == [1, 5, 9, 13, 17]
    assert {record.headers for record in seen.records(new)} == {(("a", b"1"), ("a", b"2"))}
    assert {ChannelSeen(new, 1), ChannelSeen(paid, 1), ChannelSeen(keeps, 1)} <= set(seen.of(ChannelSeen))
    bound = {(route.source, route.target) for route in seen.of(RouteSeen) if route.kind is RouteKind.BINDING}
    assert {(new, keeps), (paid, keeps)} <= bound
    await seen.until(
        lambda: any(each.group == f"{prefix}-bill" and each.members for each in seen.of(GroupSeen))
    )
    group = next(each for each in seen.of(GroupSeen) if each.group == f"{prefix}-bill" and each.members)
    assert [member.channels for member in group.members] == [(paid,)]
    committed = [each for each in seen.of(OffsetsCommitted) if each.group == f"{prefix}-bill"][-1]
    ends = [each for each in seen.of(OffsetsSeen) if each.channel == paid][-1]
    assert ends.end[0] - committed.offsets[0][1][0] == 3
    assert ends.end[0] - ends.beginning[0] == 5
    await stream.delete_stream(name)


async def test_a_consumer_that_nobody_uses_is_shown_as_what_it_is_made_for(
    nats_server: NatsServer, shop: Client, prefix: str, connect: Any, observe: Any
) -> None:
    stream = shop.jetstream()
    await stream.add_stream(name=f"{prefix}-U", subjects=[f"{prefix}.u"])
    await stream.add_consumer(f"{prefix}-U", ConsumerConfig(durable_name=f"{prefix}-idle"))
    seen = await observe(await connect(parse(f"nats://{nats_server.address}")))
    subject = at(nats_server, ChannelKind.SUBJECT, f"{prefix}.u")
    made = Use(
        f"{prefix}-idle",
        Action.RECEIVE,
        subject,
        f"Consumer {prefix}-idle of stream {prefix}-U is made to receive {subject.name}.",
    )
    await seen.until(lambda: any(made in each.uses for each in seen.of(UsesSeen)))
    await stream.delete_stream(f"{prefix}-U")


async def test_streams_that_copy_others_are_routes(
    nats_server: NatsServer, shop: Client, prefix: str, connect: Any, observe: Any
) -> None:
    stream = shop.jetstream()
    names = one, mirror, sourced = f"{prefix}-A", f"{prefix}-M", f"{prefix}-S"
    await stream.add_stream(name=one, subjects=[f"{prefix}.a"])
    await stream.add_stream(StreamConfig(name=mirror, mirror=StreamSource(name=one)))
    await stream.add_stream(StreamConfig(name=sourced, sources=[StreamSource(name=one)]))
    await stream.publish(f"{prefix}.a", b"x")
    seen = await observe(await connect(parse(f"nats://{nats_server.address}")))
    a, m, s = (at(nats_server, ChannelKind.STREAM, name) for name in names)
    await seen.until(lambda: seen.records(m) and seen.records(s))
    routes = {RouteId(each.source, each.target, each.kind) for each in seen.of(RouteSeen)}
    assert RouteId(a, m, RouteKind.MIRROR) in routes
    assert RouteId(a, s, RouteKind.REPLICATION) in routes
    assert dict(seen.records(s)[0].headers)["Nats-Stream-Source"] is not None
    for name in reversed(names):
        await stream.delete_stream(name)


async def test_what_nobody_would_get_is_not_sent(
    nats_server: NatsServer, shop: Client, prefix: str, connect: Any
) -> None:
    adapter = await connect(parse(f"nats://{nats_server.address}"))
    subject = at(nats_server, ChannelKind.SUBJECT, f"{prefix}.gold")
    with pytest.raises(InspectorError, match="nobody listens"):
        await adapter.send(Outgoing(subject, None, b"x"))
    heard = await shop.subscribe(subject.name)
    await shop.flush()
    await adapter.send(Outgoing(subject, None, b"x", (("a", b"1"), ("a", b"2"))))
    message = await heard.next_msg(2)
    assert message.data == b"x"
    pattern = at(nats_server, ChannelKind.SUBJECT, f"{prefix}.*")
    await adapter.send(Outgoing(pattern, subject.name.encode(), b"y"))
    assert (await heard.next_msg(2)).data == b"y"
    with pytest.raises(InspectorError, match="Nothing can be sent"):
        await adapter.send(Outgoing(pattern, None, b"y"))


GUARDED = """
authorization {
  users = [
    { user: "all", password: "right" }
    { user: "reader", password: "right", permissions: {
        publish: { deny: ["$SYS.>", "$JS.API.STREAM.LIST"] } } }
  ]
}
"""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[NatsServer]:
    """A server that asks who comes."""
    server = NatsServer(tmp_path, GUARDED).start()
    yield server
    server.stop()


@pytest.mark.parametrize("login", ["", "all:wrong@", "nobody:right@"])
async def test_a_login_that_is_refused_is_said(guarded: NatsServer, connect: Any, login: str) -> None:
    with pytest.raises(AccessRefused, match="refused"):
        await connect(parse(f"nats://{login}{guarded.address}"))


async def test_what_the_login_may_not_see_is_said_with_what_would_allow_it(
    guarded: NatsServer, connect: Any, observe: Any
) -> None:
    seen = await observe(await connect(parse(f"nats://reader:right@{guarded.address}")))
    await seen.until(lambda: len(seen.of(NotVisible)) >= 2)
    hidden = {each.unavailable.what: each.unavailable.remedy for each in seen.of(NotVisible)}
    assert hidden["streams"] == "Allow it to publish to $JS.API.STREAM.LIST."
    assert hidden["receivers"] == "Allow it to publish to $SYS.REQ.SERVER.PING.CONNZ."


async def test_a_token_is_a_login_too(tmp_path: Path, connect: Any) -> None:
    server = NatsServer(tmp_path, 'authorization { token: "s3cret" }').start()
    try:
        adapter = await connect(parse(f"nats://{server.address}?token=s3cret"))
        assert "s3cret" not in f"{adapter.server} {parse(f'nats://{server.address}?token=s3cret')}"
        await adapter.close()
        with pytest.raises(AccessRefused):
            await connect(parse(f"nats://{server.address}?token=wrong"))
    finally:
        server.stop()


async def test_what_listens_and_is_no_nats_is_said(connect: Any) -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(InspectorError, match="is no NATS server"):
        await connect(parse(f"nats://127.0.0.1:{port}"))
    server.close()
    await server.wait_closed()


async def test_a_server_without_jetstream_has_core_subjects(
    tmp_path: Path, connect: Any, observe: Any, prefix: str
) -> None:
    server = NatsServer(tmp_path, jetstream=False).start()
    try:
        client = await nats.connect(f"nats://{server.address}", name="shop")
        await client.subscribe(f"{prefix}.a")
        await client.flush()
        seen = await observe(await connect(parse(f"nats://{server.address}")))
        subject = at(server, ChannelKind.SUBJECT, f"{prefix}.a")
        await seen.until(lambda: subject in uses_of(seen, "shop"))
        await asyncio.sleep(0.2)
        await client.publish(subject.name, b"x")
        await seen.until(lambda: seen.records(subject))
        hidden = {each.unavailable.what: each.unavailable for each in seen.of(NotVisible)}
        assert "not enabled" in hidden["streams"].why
        assert hidden["streams"].remedy
        await client.close()
    finally:
        server.stop()
