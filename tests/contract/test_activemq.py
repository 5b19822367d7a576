"""What is peculiar to ActiveMQ Classic, on real brokers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import stomp
from aiohttp import web

from graph.identity import Action, ApplicationId, ChannelId, OperationId, RouteId, RouteKind
from inspector.brokers import open_adapter
from inspector.brokers.activemq.picture import queue, topic
from inspector.brokers.base import Budget, Outgoing
from inspector.connection import parse
from inspector.demo.servers.activemq import ActiveMQServer
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.observation import (
    ChannelSeen,
    GroupSeen,
    NotVisible,
    OffsetsCommitted,
    OffsetsSeen,
    RecordsMissed,
    RouteSeen,
    ServerSeen,
    UsesSeen,
)
from tests.contract.activemq_world import ActiveMQWorld
from tests.contract.told import graph_of, interface, uses_of

GUARDED = """
<destinationInterceptors><virtualDestinationInterceptor><virtualDestinations>
  <compositeQueue name="all"><forwardTo><queue physicalName="left"/><topic physicalName="right"/></forwardTo>
  </compositeQueue>
</virtualDestinations></virtualDestinationInterceptor></destinationInterceptors>
<plugins>
  <simpleAuthenticationPlugin><users>
    <authenticationUser username="admin" password="secret" groups="all"/>
    <authenticationUser username="viewer" password="secret" groups="some"/>
  </users></simpleAuthenticationPlugin>
  <authorizationPlugin><map><authorizationMap><authorizationEntries>
    <authorizationEntry queue=">" read="all" write="all" admin="all"/>
    <authorizationEntry queue="open.>" read="all,some" write="all,some" admin="all,some"/>
    <authorizationEntry topic=">" read="all" write="all" admin="all"/>
    <authorizationEntry topic="open.>" read="all,some" write="all" admin="all,some"/>
    <authorizationEntry topic="ActiveMQ.Advisory.>" read="all,some" write="all,some" admin="all,some"/>
  </authorizationEntries></authorizationMap></map></authorizationPlugin>
</plugins>
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than a person needs."""
    monkeypatch.setattr("inspector.brokers.activemq.watch.CLIENTS_S", 0.3)


@pytest.fixture
def shop(activemq_server: ActiveMQServer) -> Iterator[ActiveMQWorld]:
    """Other programs on the broker of the session."""
    world = ActiveMQWorld(activemq_server)
    yield world
    world.close()


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, start_server: Callable[[ActiveMQServer], ActiveMQServer]
) -> Iterator[ActiveMQServer]:
    """A broker with logins, rights and a composite queue."""
    server = start_server(ActiveMQServer(tmp_path_factory.mktemp("guarded"), plugins=GUARDED))
    yield server
    server.stop()


def sends(name: str, channel: ChannelId) -> OperationId:
    return OperationId(ApplicationId(name), Action.SEND, channel)


def receives(name: str, channel: ChannelId) -> OperationId:
    return OperationId(ApplicationId(name), Action.RECEIVE, channel)


async def test_who_sends_and_receives_is_told_by_the_broker(
    shop: ActiveMQWorld, connect: Any, observe: Any
) -> None:
    orders = shop.create("orders")
    news = topic(orders.server, f"{shop.prefix}news")
    billing, _ = shop.client("billing")
    billing.subscribe(f"/queue/{orders.name}", id="1", ack="auto", headers={"selector": "big = '1'"})
    billing.subscribe(f"/topic/{news.name}", id="2")
    seen = await observe(await connect(shop.connection))
    await seen.until(lambda: ("billing", Action.RECEIVE, news) in uses_of(seen, "activemq.consumer"))
    shop.write(orders, [(None, b"x", ())], client="checkout")
    shop.write(news, [(None, b"y", (("a", b"1"),))], client="press")
    await seen.until(lambda: seen.records(news) and seen.records(orders))
    await seen.until(lambda: ("press", Action.SEND, news) in uses_of(seen, "activemq.message-id"))
    await seen.until(lambda: ("checkout", Action.SEND, orders) in uses_of(seen, "activemq.message-id"))
    graph = graph_of(seen)
    for edge in (sends("checkout", orders), sends("press", news), receives("billing", news)):
        assert edge in graph.operations
    assert "selector big = '1'" in next(
        use.detail
        for one in seen.of(UsesSeen)
        for use in one.uses
        if use.channel == orders and "selector" in use.detail
    )
    assert not any(each.key.startswith("eventscope") for each in graph.applications)
    assert seen.records(news)[0].value == b"y"


async def test_a_virtual_topic_leads_to_the_queues_of_its_receivers(
    shop: ActiveMQWorld, connect: Any, observe: Any
) -> None:
    paid = topic(shop.connection.server, f"VirtualTopic.{shop.prefix}paid")
    own = queue(paid.server, f"Consumer.billing.{paid.name}")
    billing, _ = shop.client("billing")
    billing.subscribe(f"/queue/{own.name}", id="1", ack="client", headers={"activemq.prefetchSize": "1"})
    adapter = await connect(shop.connection)
    seen = await observe(adapter)
    await seen.until(lambda: seen.of(UsesSeen))
    shop.write(paid, [(None, b"1", ())], client="cashier")
    await seen.until(lambda: seen.records(paid) and seen.records(own))
    await seen.until(lambda: ("cashier", Action.SEND, paid) in uses_of(seen, "activemq.message-id"))
    await seen.until(lambda: any(one.source == paid and one.target == own for one in seen.of(RouteSeen)))
    graph = graph_of(seen)
    assert RouteId(paid, own, RouteKind.BINDING) in graph.routes
    assert sends("cashier", paid) in graph.operations
    assert sends("cashier", own) not in graph.operations
    assert await adapter.fetch(paid, seen.records(paid)[0].position) is None


async def test_dead_letters_lead_back_to_their_queue(shop: ActiveMQWorld, connect: Any, observe: Any) -> None:
    orders = shop.create("fragile")
    letters = queue(orders.server, "ActiveMQ.DLQ")
    seen = await observe(await connect(shop.connection))
    shop.write(orders, [(None, b"bad", (("n", b"1"),))], client="checkout")
    billing, heard = shop.client("billing")
    billing.subscribe(f"/queue/{orders.name}", id="1", ack="client-individual")
    assert heard.news.wait(10)
    billing.nack(heard.frames[-1].headers["ack"])
    await seen.until(lambda: any(one.value == b"bad" for one in seen.records(letters)))
    await seen.until(lambda: any(one.source == orders for one in seen.of(RouteSeen)))
    await seen.until(lambda: ("checkout", Action.SEND, orders) in uses_of(seen, "activemq.message-id"))
    graph = graph_of(seen)
    assert RouteId(orders, letters, RouteKind.DEAD_LETTER) in graph.routes
    assert sends("checkout", letters) not in graph.operations
    letter = next(one for one in seen.records(letters) if one.value == b"bad")
    assert letter.header("jms.original_destination") == f"/queue/{orders.name}"


async def test_a_durable_subscription_is_a_group_that_stays(
    shop: ActiveMQWorld, connect: Any, observe: Any
) -> None:
    news = topic(shop.connection.server, f"{shop.prefix}daily")
    name = f"{shop.prefix}archive"
    archive, _ = shop.client(name)
    archive.subscribe(f"/topic/{news.name}", id="1", ack="auto", headers={"activemq.subscriptionName": "all"})
    seen = await observe(await connect(shop.connection))

    def newest() -> Any:
        return next((one for one in reversed(seen.of(GroupSeen)) if one.group == f"{name}:all"), None)

    await seen.until(lambda: newest() and newest().members)
    assert [member.channels for member in newest().members] == [(news,)]
    archive.disconnect()
    await seen.until(lambda: newest().state == "Offline")
    shop.write(news, [(None, b"%d" % number, ()) for number in range(3)])
    expected = OffsetsCommitted(news.server, f"{name}:all", ((news, {0: 0}),))
    await seen.until(lambda: seen.records(news)[2:])
    await seen.until(lambda: seen.of(OffsetsCommitted)[-1] == expected)
    await seen.until(lambda: OffsetsSeen(news, {0: 3}, {0: 3}) in seen.observations)


async def test_what_receivers_took_before_it_was_looked_at_is_counted(
    shop: ActiveMQWorld, connect: Any, observe: Any
) -> None:
    orders = shop.create("busy")
    billing, _ = shop.client("billing")
    seen = await observe(await connect(shop.connection))
    shop.write(orders, [(None, b"first", ())])
    await seen.until(lambda: seen.records(orders))
    billing.subscribe(f"/queue/{orders.name}", id="1", ack="auto")
    shop.write(orders, [(None, b"%d" % number, ()) for number in range(500)])
    await seen.until(lambda: len(seen.records(orders)) + seen.skipped(orders) == 501)
    reasons = {one.reason for one in seen.of(RecordsMissed) if one.channel == orders}
    assert reasons == {"receivers took them before they were looked at"}
    offsets = [one.position.offset for one in seen.records(orders)]
    assert offsets == sorted(set(offsets))
    assert offsets[0] == 0


async def test_looking_changes_nothing(shop: ActiveMQWorld, connect: Any, observe: Any) -> None:
    orders = shop.create("calm")
    news = topic(orders.server, f"{shop.prefix}still")
    shop.write(orders, [(None, b"%d" % number, ()) for number in range(30)])
    shop.receive("billing", "billing-1", orders)
    before, queues = shop.groups()[orders.name], sorted(shop.groups())
    adapter = await connect(shop.connection)
    seen = await observe(adapter)
    await seen.until(lambda: len(seen.records(orders)) == 30)
    for record in seen.records(orders)[:5]:
        assert await adapter.fetch(orders, record.position) == record
    assert await adapter.fetch(queue(orders.server, "nowhere"), seen.records(orders)[0].position) is None
    await asyncio.sleep(1.0)
    assert (shop.groups()[orders.name], sorted(shop.groups())) == (before, queues)
    # Nothing is handed to the receiver again, and what it holds is still its own.
    connection, held = shop.client("billing-1")
    assert len(held.frames) == 1
    assert "redelivered" not in held.frames[0].headers
    connection.ack(held.frames[0].headers["ack"])
    await seen.until(lambda: OffsetsSeen(orders, {0: 1}, {0: 30}) in seen.observations)
    assert news not in {one.channel for one in seen.of(ChannelSeen)}


async def test_brokers_that_forward_are_joined_and_what_is_looked_at_draws_nothing(
    tmp_path: Any, start_server: Callable[[ActiveMQServer], ActiveMQServer], connect: Any, observe: Any
) -> None:
    with ExitStack() as ends:
        edge = start_server(ActiveMQServer(tmp_path, name="edge"))
        ends.callback(edge.stop)
        hub = start_server(ActiveMQServer(tmp_path, name="hub", networks=[edge.openwire]))
        ends.callback(hub.stop)
        here, there = ActiveMQWorld(hub), ActiveMQWorld(edge)
        ends.callback(there.close)
        ends.callback(here.close)
        await _forwarded(here, there, connect, observe)


async def _forwarded(here: ActiveMQWorld, there: ActiveMQWorld, connect: Any, observe: Any) -> None:
    news = [topic(world.connection.server, "news") for world in (here, there)]
    quiet = [topic(world.connection.server, "quiet") for world in (here, there)]
    orders = [queue(world.connection.server, "orders") for world in (here, there)]
    at_hub = await observe(await connect(here.connection))
    at_edge = await observe(await connect(there.connection))
    billing, _ = there.client("billing")
    billing.subscribe("/queue/orders", id="1", ack="client", headers={"activemq.prefetchSize": "1"})
    billing.subscribe("/topic/news", id="2", ack="auto")
    await at_edge.until(lambda: ("billing", Action.RECEIVE, news[1]) in uses_of(at_edge, "activemq.consumer"))

    def bridges() -> set[RouteId]:
        return {route for route in graph_of(at_hub, at_edge).routes if route.kind is RouteKind.BRIDGE}

    wanted = {RouteId(hub, edge, RouteKind.BRIDGE) for hub, edge in (news, orders)}
    await at_hub.until(lambda: bridges() == wanted)
    here.write(orders[0], [(None, b"1", ())], client="shop")
    for number in range(3):
        here.write(news[0], [(None, b"%d" % number, ())], client="press")
        await asyncio.sleep(0.2)
    here.write(quiet[0], [(None, b"nobody", ())], client="press")
    await at_edge.until(lambda: len(at_edge.records(news[1])) == 3 and at_edge.records(orders[1]))
    await at_hub.until(lambda: len(at_hub.records(news[0])) == 3)
    await at_hub.until(lambda: ("press", Action.SEND, news[0]) in uses_of(at_hub, "activemq.message-id"))
    # A message keeps its id from broker to broker; the time between is that of the way.
    ids = [
        [one.header("jms.message_id") for one in seen.records(at)]
        for seen, at in ((at_hub, news[0]), (at_edge, news[1]))
    ]
    assert ids[0] == ids[1]
    for one, other in zip(at_hub.records(news[0]), at_edge.records(news[1]), strict=True):
        assert one.log_append_time
        assert 0 < abs(other.timestamp_ns - one.timestamp_ns) < 1e9
    assert not at_edge.records(quiet[1])
    graph = graph_of(at_hub, at_edge)
    assert sends("press", news[0]) in graph.operations
    assert sends("press", news[1]) not in graph.operations
    assert receives("billing", news[1]) in graph.operations
    assert {each.key for each in graph.applications} >= {"shop", "press", "billing"}
    assert not any("hub" in each.key or "edge" in each.key for each in graph.applications)


async def test_a_composite_queue_leads_to_what_it_consists_of(
    guarded: ActiveMQServer, connect: Any, observe: Any
) -> None:
    address = f"{guarded.url.replace('://', '://admin:secret@')}"
    adapter = await connect(parse(address))
    seen = await observe(adapter)
    server = adapter.server
    await seen.until(lambda: seen.of(UsesSeen))
    client = stomp.Connection12([("127.0.0.1", guarded.port)], auto_content_length=False)
    client.connect("admin", "secret", wait=True, headers={"client-id": "shop"})
    try:
        client.send("/queue/all", "x")
        left, right = queue(server, "left"), topic(server, "right")
        await seen.until(lambda: seen.records(left))
        await seen.until(lambda: len({one.target for one in seen.of(RouteSeen)}) == 2)
        assert {(one.source, one.target) for one in seen.of(RouteSeen)} == {
            (queue(server, "all"), left),
            (queue(server, "all"), right),
        }
    finally:
        client.disconnect()


async def test_a_login_that_may_read_some_sees_some_and_is_told_the_rest(
    guarded: ActiveMQServer, connect: Any, observe: Any
) -> None:
    with pytest.raises(AccessRefused, match="refused the login of viewer"):
        await open_adapter(parse(guarded.url.replace("://", "://viewer:wrong@")), Budget()).open()
    with pytest.raises(AccessRefused, match="a connection without a login"):
        await open_adapter(parse(guarded.url), Budget()).open()
    admin = await connect(parse(guarded.url.replace("://", "://admin:secret@")))
    world = ActiveMQWorld(guarded)
    for name in ("open.a", "closed"):
        world.manage("addQueue", name)
        await admin.send(Outgoing(queue(admin.server, name), None, b"x"))
    world.manage("addTopic", "open.t")
    viewer = await connect(parse(guarded.url.replace("://", "://viewer:secret@")))
    seen = await observe(viewer)
    await seen.until(lambda: seen.records(queue(viewer.server, "open.a")))
    await seen.until(lambda: len({one.unavailable.what for one in seen.of(NotVisible)}) >= 2)
    hidden = {one.unavailable.what: one.unavailable.remedy for one in seen.of(NotVisible)}
    assert hidden["records of closed"] == "Allow it to read closed."
    assert hidden["records of all topics"] == "Allow it to read all topics."
    with pytest.raises(InspectorError, match="does not let this login write to closed"):
        await viewer.send(Outgoing(queue(viewer.server, "closed"), None, b"x"))
    await admin.send(Outgoing(topic(admin.server, "open.t"), None, b"heard"))
    await seen.until(lambda: seen.records(topic(admin.server, "open.t")))


ODD: list[tuple[int, str, str]] = [
    (200, "<html>", "is something else than"),
    (200, "[]", "is something else than"),
    (
        200,
        '{"status": 200, "value": {"x": {"BrokerName": "b", "UptimeMillis": "soon"}}}',
        "is something else than",
    ),
    (200, '{"status": 500, "error": "out of memory"}', "cannot answer now"),
    (404, "", "is something else than"),
    (401, "", "wants a login"),
    (503, "", "cannot answer now"),
]


@pytest.mark.parametrize(("status", "text", "said"), ODD)
async def test_an_odd_management_interface_is_told_and_harms_nothing(
    shop: ActiveMQWorld, connect: Any, observe: Any, status: int, text: str, said: str
) -> None:
    odd = True

    async def answer(request: web.Request) -> web.Response:
        if odd:
            return web.Response(status=status, text=text)
        raise web.HTTPServiceUnavailable

    async with interface(answer) as url:
        seen = await observe(
            await connect(parse(f"activemq://{shop.server.address}?jolokia={url}/api/jolokia"))
        )
        await seen.until(lambda: seen.of(NotVisible))
        told = seen.of(NotVisible)[0]
        assert told.groups
        assert told.unavailable.what == "queues and topics"
        assert said in told.unavailable.why
        assert told.unavailable.remedy
        assert isinstance(seen.observations[0], ServerSeen)


async def test_without_its_management_interface_a_broker_is_told_to_be_hidden(
    shop: ActiveMQWorld, connect: Any, observe: Any
) -> None:
    seen = await observe(
        await connect(parse(f"activemq://{shop.server.address}?jolokia=http://127.0.0.1:1/x"))
    )
    await seen.until(lambda: seen.of(NotVisible))
    assert "does not answer" in seen.of(NotVisible)[0].unavailable.why


async def test_what_is_no_classic_is_refused_with_a_sentence() -> None:
    async def serve(answer: bytes) -> asyncio.Server:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            await reader.read(1_000)
            writer.close()

        return await asyncio.start_server(talk, "127.0.0.1", 0)

    for answer, said in (
        (
            b"CONNECTED\nversion:1.2\nserver:ActiveMQ-Artemis/2.40.0 ActiveMQ Artemis Messaging Engine\n\n\0",
            "Artemis",
        ),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak STOMP"),
        (b"\0\0\1\x74\1ActiveMQ\0\0\0\x0c", "does not speak STOMP"),
    ):
        server = await serve(answer)
        async with server:
            port = server.sockets[0].getsockname()[1]
            adapter = open_adapter(parse(f"activemq://127.0.0.1:{port}"), Budget())
            with pytest.raises(ConnectionFailed, match=said):
                await adapter.open()
            await adapter.close()
