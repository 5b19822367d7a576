"""A real RabbitMQ, and what other programs do with it: each channel is a stream, which keeps its messages."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiormq
from aiormq.abc import AbstractChannel, DeliveredMessage

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.rabbitmq.management import Management
from inspector.brokers.rabbitmq.messages import MARK, properties_of
from inspector.brokers.rabbitmq.session import Session
from inspector.connection import parse
from inspector.demo.servers.base import ask
from inspector.demo.servers.rabbitmq import RabbitServer
from inspector.record import Headers

T = TypeVar("T")
SETTINGS = """collect_statistics_interval = 300
management.rates_mode = detailed
management.sample_retention_policies.global.minute = 1
management.sample_retention_policies.basic.minute = 1
management.sample_retention_policies.detailed.minute = 1
"""
"""Statistics come every five seconds otherwise."""
PLUGINS = (
    "rabbitmq_shovel",
    "rabbitmq_shovel_management",
    "rabbitmq_federation",
    "rabbitmq_federation_management",
)


def rabbit(folder: Path) -> RabbitServer:
    """A server whose statistics are quick and say who publishes where, with all that forwards."""
    return RabbitServer(folder, SETTINGS, plugins=PLUGINS)


class RabbitWorld:
    first = 0
    partitions = False
    takes_runs = False
    keeps = True
    group = None
    missing = "There is no stream"

    def __init__(self, server: RabbitServer) -> None:
        self.server = server
        self.connection = parse(server.url)
        self.prefix = f"t{uuid.uuid4().hex[:6]}-"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rabbitmq-world")
        self._thread.start()
        self._clients: dict[str, tuple[aiormq.Connection, AbstractChannel]] = {}

    def run(self, work: Coroutine[Any, Any, T], limit_s: float = 20.0) -> T:
        """Run a coroutine on this world's own loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(limit_s)

    async def client(self, name: str = "somebody", vhost: str = "%2F") -> AbstractChannel:
        """A channel of another program, with a connection of its own."""
        key = f"{name}@{vhost}"
        if key not in self._clients or self._clients[key][1].is_closed:
            connection = aiormq.Connection(f"amqp://guest:guest@{self.server.address}/{vhost}?name={name}")
            await connection.connect()
            self._clients[key] = connection, await connection.channel()
        return self._clients[key][1]

    def kept(self, key: bytes | None, value: bytes | None, headers: Headers, channel: ChannelId) -> Any:
        """What is left of a record here: no key, no null, one header of each name, in their order."""
        return channel.name.encode(), value or b"", tuple(sorted(dict(headers).items()))

    def create(self, name: str, partitions: int = 1, kind: str = "stream", **arguments: Any) -> ChannelId:
        full = name if name.startswith(self.prefix) else self.prefix + name

        async def declare() -> None:
            given = {
                "x-queue-type": kind,
                **{name.replace("_", "-"): value for name, value in arguments.items()},
            }
            await (await self.client()).queue_declare(full, durable=True, arguments=given)

        self.run(declare())
        channel_kind = ChannelKind.STREAM if kind == "stream" else ChannelKind.QUEUE
        return ChannelId(self.connection.server, channel_kind, full)

    def exchange(self, name: str, kind: str, queues: dict[ChannelId, str], **more: Any) -> ChannelId:
        """An exchange with a binding to each queue, by its key."""
        full = name if name.startswith(("amq.", self.prefix)) else self.prefix + name

        async def declare() -> None:
            client = await self.client()
            if not name.startswith("amq."):
                await client.exchange_declare(full, exchange_type=kind, **more)
            for queue, key in queues.items():
                await client.queue_bind(queue.name, full, key)

        self.run(declare())
        return ChannelId(self.connection.server, ChannelKind.EXCHANGE, full)

    def publish(
        self,
        exchange: ChannelId | None,
        key: str,
        values: Sequence[bytes],
        client: str = "somebody",
        **said: Any,
    ) -> None:
        """Publish by a program of that name."""

        async def send() -> None:
            channel = await self.client(client)
            for value in values:
                properties = aiormq.spec.Basic.Properties(**said)
                name = "" if exchange is None else exchange.name
                await channel.basic_publish(value, exchange=name, routing_key=key, properties=properties)

        self.run(send())

    def consume(self, queue: ChannelId, client: str, *, reject: bool = False) -> list[DeliveredMessage]:
        """Let a program take what comes to a queue from now on; its messages, as they come."""
        taken: list[DeliveredMessage] = []

        async def take(message: DeliveredMessage) -> None:
            taken.append(message)
            if reject:
                await message.channel.basic_reject(message.delivery_tag or 0, requeue=False)
            else:
                await message.channel.basic_ack(message.delivery_tag or 0)

        async def begin() -> None:
            await (await self.client(client)).basic_consume(queue.name, take)

        self.run(begin())
        return taken

    def delete(self, channel: ChannelId) -> None:
        async def drop() -> None:
            await (await self.client()).queue_delete(channel.name)

        self.run(drop())

    def write(
        self,
        channel: ChannelId,
        records: Sequence[tuple[bytes | None, bytes | None, Headers]],
        partition: int = 0,
    ) -> None:
        async def publish() -> None:
            client = await self.client()
            confirmations = []
            for _, value, headers in records:
                # aiormq gives every message an id; such a one is not shown.
                properties = properties_of(headers, f"{MARK}{uuid.uuid4().hex}")
                confirmations.append(
                    client.basic_publish(value or b"", routing_key=channel.name, properties=properties)
                )
            await asyncio.gather(*confirmations)

        self.run(publish())

    def receive(self, group: str, client_id: str, channel: ChannelId) -> None:
        async def take() -> None:
            arrived = asyncio.Event()

            async def taken(message: DeliveredMessage) -> None:
                await message.channel.basic_ack(message.delivery_tag or 0)
                arrived.set()

            client = await self.client(client_id)
            await client.basic_qos(prefetch_count=1)
            await client.basic_consume(channel.name, taken, arguments={"x-stream-offset": "first"})
            await asyncio.wait_for(arrived.wait(), 10)
            await self.listed(client_id)

        self.run(take())

    async def listed(self, name: str, limit_s: float = 10.0) -> None:
        """Wait until the management interface knows a connection: it learns of new ones late."""
        async with asyncio.timeout(limit_s), Session(self.connection).management() as rest:
            management = Management(rest, None)
            while not await self._known(management, name):
                await asyncio.sleep(0.05)

    @staticmethod
    async def _known(management: Management, name: str) -> bool:
        mine = {each.name for each in await management.connections() if each.title == name}
        details = [each.channel_details for each in await management.consumers()]
        return any(each is not None and each.connection_name in mine for each in details)

    def groups(self) -> dict[str, Any]:
        """Queues with what lies in them, and was given out."""

        async def look() -> dict[str, Any]:
            session = Session(self.connection)
            async with session.management() as rest:
                found = await Management(rest, None).queues()
            return {each.name: each.messages for each in found if each.name.startswith(self.prefix)}

        return self.run(look())

    def stop(self) -> None:
        """At once, but for the names of what coordinates streams: they are written late, and without them
        no stream comes back (seen with 3.10.8)."""
        limit = time.monotonic() + 20
        while not any(
            b"rabbit_stream_coordinator" in names.read_bytes()
            for names in self.server.folder.glob("data/*/coordination/*/names.dets")
        ):
            assert time.monotonic() < limit, "the names were never written"
            time.sleep(0.1)
        self.server.kill()

    def start(self) -> None:
        """Again, with its streams: what is sent to them before they are up is confirmed and lost (seen with
        3.10.8)."""
        self.server.start()
        limit = time.monotonic() + 20
        while any(each.get("state") == "down" for each in self._queues()):
            assert time.monotonic() < limit, "the streams never came up"
            time.sleep(0.02)

    def _queues(self) -> list[dict[str, Any]]:
        login = b64encode(b"guest:guest").decode()
        return json.loads(ask(f"{self.server.management}/api/queues", {"Authorization": f"Basic {login}"}))  # type: ignore[no-any-return]

    def close(self) -> None:
        async def leave() -> None:
            for connection, _ in self._clients.values():
                await connection.close()

        self.run(leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
