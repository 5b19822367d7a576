"""What is peculiar to RabbitMQ, on a real server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiormq.exceptions import DeliveryError

from graph.identity import Action, ChannelId, RouteKind
from inspector.brokers.rabbitmq.management import Management
from inspector.brokers.rabbitmq.session import Session
from inspector.connection import parse
from inspector.demo.servers.rabbitmq import RabbitServer
from inspector.errors import AccessRefused
from inspector.observation import BatchRead, ChannelSeen, NotVisible, RouteSeen, ServerSeen
from tests.contract.rabbitmq_world import RabbitWorld
from tests.contract.told import graph_of, interface, uses_of


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than a person needs."""
    for name, seconds in (("LAYOUT_S", 0.2), ("CLIENTS_S", 0.3), ("FORWARDERS_S", 0.5), ("IDLE", 1)):
        monkeypatch.setattr(f"inspector.brokers.rabbitmq.watch.{name}", seconds)


@pytest.fixture
def shop(rabbitmq_server: RabbitServer) -> Iterator[RabbitWorld]:
    world = RabbitWorld(rabbitmq_server)
    yield world
    world.close()


def routes(seen: Any) -> dict[tuple[ChannelId, ChannelId], RouteSeen]:
    return {(route.source, route.target): route for route in seen.of(RouteSeen)}


def hidden(seen: Any, what: str) -> NotVisible | None:
    return next((one for one in seen.of(NotVisible) if one.unavailable.what == what), None)


def own(management: Management) -> Any:
    """All queues, also those that looking makes."""
    return management.rest.get("api", "queues", query="?columns=name,exclusive,auto_delete,arguments")


async def test_bindings_are_routes_and_exchanges_are_heard_along(
    shop: RabbitWorld, connect: Any, observe: Any
) -> None:
    orders, audit = shop.create("orders", kind="classic"), shop.create("audit", kind="quorum")
    events = shop.exchange("events", "topic", {orders: "order.*.placed", audit: "order.#"})
    taken = shop.consume(orders, "billing")
    seen = await observe(await connect(shop.connection))
    await seen.until(lambda: {(events, orders), (events, audit)} <= routes(seen).keys())
    told = routes(seen)[events, orders]
    assert (told.kind, told.confidence) == (RouteKind.BINDING, 0.99)
    assert told.detail.endswith("what has the key order.*.placed.")

    async def sent() -> bool:
        await asyncio.to_thread(shop.publish, events, "order.eu.placed", [b"one"], "web")
        await asyncio.sleep(0.2)
        return bool(seen.records(events))

    while not await sent():
        assert len(taken) < 50
    record = seen.records(events)[0]
    assert (record.key, record.value) == (b"order.eu.placed", b"one")
    await seen.until(lambda: ("web", Action.SEND, events) in uses_of(seen, "rabbitmq.publisher"))
    await seen.until(lambda: ("billing", Action.RECEIVE, orders) in uses_of(seen, "rabbitmq.consumer"))
    await seen.until(
        lambda: any(
            each.detail.endswith("order.*.placed; seen so far: order.eu.placed.")
            for each in seen.of(RouteSeen)
        )
    )


async def test_dead_letters_and_alternates_lead_where_arguments_and_policies_say(
    shop: RabbitWorld, connect: Any, observe: Any
) -> None:
    dead, lost = shop.create("dead", kind="classic"), shop.create("lost", kind="classic")
    letters = shop.exchange("letters", "fanout", {dead: ""})
    unrouted = shop.exchange("unrouted", "fanout", {lost: ""})
    by_argument = shop.create("argued", kind="classic", x_dead_letter_exchange=letters.name)
    straight = shop.create(
        "straight", kind="classic", x_dead_letter_exchange="", x_dead_letter_routing_key=dead.name
    )
    by_policy = shop.create("ruled", kind="classic")
    main = shop.exchange("main", "direct", {}, arguments={"alternate-exchange": unrouted.name})
    async with Session(shop.connection).management() as rest:
        body = {
            "pattern": f"^{by_policy.name}$",
            "definition": {"dead-letter-exchange": letters.name},
            "apply-to": "queues",
        }
        await rest.put("api", "policies", "/", f"{shop.prefix}rule", body=body)
    seen = await observe(await connect(shop.connection))
    wanted = {(by_argument, letters), (straight, dead), (by_policy, letters), (main, unrouted)}
    await seen.until(lambda: wanted <= routes(seen).keys())
    told = routes(seen)
    assert told[by_argument, letters].kind is RouteKind.DEAD_LETTER
    assert told[straight, dead].kind is RouteKind.DEAD_LETTER
    assert told[by_policy, letters].detail.endswith("by a policy.")
    assert told[main, unrouted].technique == "rabbitmq.alternate-exchange"


async def test_looking_changes_nothing(shop: RabbitWorld, connect: Any, observe: Any) -> None:
    orders, stream = shop.create("orders", kind="classic"), shop.create("kept")
    events = shop.exchange("events", "topic", {orders: "order.#"})
    shop.publish(None, orders.name, [b"lying"] * 5)
    shop.write(stream, [(None, b"%d" % number, ()) for number in range(5)])
    seen = await observe(await connect(shop.connection))
    await seen.until(lambda: (events, orders) in routes(seen) and len(seen.records(stream)) == 5)
    await asyncio.sleep(0.5)
    shop.publish(events, "order.1", [b"heard"] * 3)
    await seen.until(lambda: len(seen.records(events)) == 3)
    # What no binding takes is given back to who sent it, as it was before somebody looked.
    with pytest.raises(DeliveryError):
        await asyncio.to_thread(shop.run, _mandatory(shop, events))
    async with Session(shop.connection).management() as rest:
        for each in await own(Management(rest, None)):
            if each["name"].startswith("eventscope-"):
                assert each["exclusive"]
                assert each["auto_delete"]
                assert each["arguments"]["x-max-length"] == 10_000
    # Eight lie there, none of them given to anybody before.
    taken = shop.consume(orders, "billing")
    await seen.until(lambda: len(taken) == 8)
    assert not any(message.redelivered for message in taken)
    assert [message.body for message in taken] == [b"lying"] * 5 + [b"heard"] * 3
    assert not any("x-death" in (message.header.properties.headers or {}) for message in taken)
    await seen.until(lambda: shop.groups()[stream.name] == 5)


async def _mandatory(shop: RabbitWorld, exchange: ChannelId) -> None:
    channel = await shop.client("careful")
    await channel.basic_publish(b"x", exchange=exchange.name, routing_key="nobody", mandatory=True)


async def test_a_message_that_died_says_where_it_was(shop: RabbitWorld, connect: Any, observe: Any) -> None:
    dead = shop.create("dead", kind="classic")
    letters = shop.exchange("letters", "fanout", {dead: ""})
    work = shop.create("work", kind="classic", x_dead_letter_exchange=letters.name)
    shop.consume(work, "worker", reject=True)
    seen = await observe(await connect(shop.connection))
    await seen.until(lambda: (work, letters) in routes(seen))
    while not seen.records(letters):
        await asyncio.to_thread(shop.publish, None, work.name, [b"bad"], "web")
        await asyncio.sleep(0.3)
    record = seen.records(letters)[0]
    assert work.name in (record.header("x-death") or "")
    assert "rejected" in (record.header("x-death") or "")


async def test_the_firehose_is_on_for_the_time_that_was_asked_for(
    shop: RabbitWorld, connect: Any, observe: Any
) -> None:
    orders = shop.create("orders", kind="classic")
    shop.publish(None, orders.name, [b"before"])
    async with Session(shop.connection).management() as rest:
        management = Management(rest, None)
        quiet = await observe(await connect(shop.connection))
        await quiet.until(lambda: any(one.channel == orders for one in quiet.of(ChannelSeen)))
        assert not (await management.vhosts())["/"]
        asked = parse(f"{shop.server.url}&firehose=2")
        seen = await observe(await connect(asked))
        for _ in range(100):
            if (await management.vhosts())["/"]:
                break
            await asyncio.sleep(0.05)

        async def known() -> bool:
            await asyncio.to_thread(shop.publish, None, orders.name, [b"straight"], "web")
            await asyncio.sleep(0.05)
            return ("web", Action.SEND, orders) in uses_of(seen, "rabbitmq.firehose")

        while not await known():
            assert (await management.vhosts())["/"], "it was not shown in time"
        await seen.until(lambda: ("web", Action.SEND, orders) in uses_of(seen, "rabbitmq.firehose"))
        assert seen.records(orders)[0].value == b"straight"
        for _ in range(100):
            if not (await management.vhosts())["/"]:
                break
            await asyncio.sleep(0.05)
        assert not (await management.vhosts())["/"]


async def test_two_programs_without_a_name_are_two(shop: RabbitWorld, connect: Any, observe: Any) -> None:
    orders = shop.create("orders", kind="classic")
    for name in ("", " "):
        shop.consume(orders, name)
    seen = await observe(await connect(shop.connection))

    def unnamed() -> set[str]:
        told = uses_of(seen, "rabbitmq.consumer")
        return {client for client, _, channel in told if channel == orders}

    await seen.until(lambda: len(unnamed()) == 2)
    graph = graph_of(seen)
    assert len([key for key in graph.operations if key.channel == orders]) == 2


async def test_a_shovel_moves_from_queue_to_queue(shop: RabbitWorld, connect: Any, observe: Any) -> None:
    source, target = shop.create("here", kind="classic"), shop.create("there", kind="classic")
    async with Session(shop.connection).management() as rest:
        value = {
            "src-uri": "amqp://",
            "src-queue": source.name,
            "dest-uri": "amqp://",
            "dest-queue": target.name,
        }
        await rest.put("api", "parameters", "shovel", "/", f"{shop.prefix}move", body={"value": value})
    seen = await observe(await connect(shop.connection))
    await seen.until(lambda: (source, target) in routes(seen))
    assert routes(seen)[source, target].kind is RouteKind.BRIDGE


async def test_what_a_login_may_not_do_is_told_with_the_command_that_allows_it(
    shop: RabbitWorld, connect: Any, observe: Any
) -> None:
    stream = shop.create("kept")
    shop.write(stream, [(None, b"1", ())])
    async with Session(shop.connection).management() as rest:
        await rest.put("api", "users", "ann", body={"password": "secret", "tags": ""})
        nothing = {"configure": "^$", "write": "^$", "read": "^$"}
        await rest.put("api", "permissions", "/", "ann", body=nothing)
    address = f"{shop.server.address}?management={shop.server.management}"
    ann = replace(parse(f"rabbitmq://ann@{address}"), password="secret")
    seen = await observe(await connect(ann))
    await seen.until(lambda: hidden(seen, "exchanges and queues"))
    told = hidden(seen, "exchanges and queues")
    assert told is not None
    assert told.groups
    assert told.unavailable.remedy
    with pytest.raises(AccessRefused):
        await connect(replace(ann, password="wrong"))

    # With the tag, and without rights to queues: records are hidden, each with its command.
    async with Session(shop.connection).management() as rest:
        await rest.put("api", "users", "ann", body={"password": "secret", "tags": "monitoring"})
    seen = await observe(await connect(ann))
    await seen.until(lambda: hidden(seen, f"records of stream {stream.name}"))
    refused = hidden(seen, f"records of stream {stream.name}")
    assert refused is not None
    assert refused.unavailable.remedy.startswith("Allow it with rabbitmqctl set_permissions")


async def test_without_detailed_rates_the_setting_is_named(
    tmp_path: Path, connect: Any, observe: Any
) -> None:
    with RabbitServer(tmp_path) as basic:
        seen = await observe(await connect(parse(basic.url)))
        await seen.until(lambda: hidden(seen, "who publishes where"))
        told = hidden(seen, "who publishes where")
        assert told is not None
        assert "rates_mode=basic" in told.unavailable.why
        assert told.unavailable.remedy == "Set management.rates_mode = detailed in rabbitmq.conf."


@pytest.mark.parametrize(
    ("status", "text"),
    [(200, "<html>proxy</html>"), (200, '{"nodes": 7}'), (500, "{"), (200, '[{"name": 5}]')],
)
async def test_an_odd_management_interface_is_told_and_harms_nothing(
    shop: RabbitWorld, connect: Any, observe: Any, status: int, text: str
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, content_type="application/json")

    async with interface(answer) as url:
        odd = re.sub(r"management=.*", f"management={url}", shop.server.url)
        seen = await observe(await connect(parse(odd)))
        await seen.until(lambda: seen.of(NotVisible))
        told = seen.of(NotVisible)[0]
        assert told.unavailable.remedy
        assert seen.of(ServerSeen)
        assert not seen.of(BatchRead)
