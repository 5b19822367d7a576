"""A real NATS, and what other programs do with it: each channel is a subject with a stream of its own."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import nats
from nats.aio.client import Client

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.nats.session import Several
from inspector.connection import parse
from inspector.demo.servers.nats import NatsServer
from inspector.record import Headers

T = TypeVar("T")


async def _unheard(_error: Exception) -> None:
    """Nobody needs to know that a connection ends with its server."""


class NatsWorld:
    first = 1
    partitions = False
    takes_runs = False
    keeps = True
    group = ("jetstream", "Active")
    missing = "There is no stream"

    def __init__(self, server: NatsServer) -> None:
        self.server = server
        self.connection = parse(f"nats://{server.address}")
        self.prefix = f"t{uuid.uuid4().hex[:6]}-"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="nats-world")
        self._thread.start()
        self._client: Client | None = None

    def run(self, work: Coroutine[Any, Any, T], limit_s: float = 20.0) -> T:
        """Run a coroutine on this world's own loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(limit_s)

    async def client(self) -> Client:
        """The connection of the other programs."""
        if self._client is None or not self._client.is_connected:
            if self._client is not None:
                await self._client.close()
            self._client = await nats.connect(
                f"nats://{self.server.address}", name="somebody", allow_reconnect=False, error_cb=_unheard
            )
        return self._client

    def kept(self, key: bytes | None, value: bytes | None, headers: Headers, channel: ChannelId) -> Any:
        """What is left of a record here: no key, no null."""
        return channel.name.encode(), value or b"", tuple((name, text or b"") for name, text in headers)

    def create(self, name: str, partitions: int = 1) -> ChannelId:
        full = name if name.startswith(self.prefix) else self.prefix + name

        async def add() -> None:
            await (await self.client()).jetstream().add_stream(name=f"S-{full}", subjects=[full])

        self.run(add())
        return ChannelId(self.connection.server, ChannelKind.SUBJECT, full)

    def delete(self, channel: ChannelId) -> None:
        async def drop() -> None:
            await (await self.client()).jetstream().delete_stream(f"S-{channel.name}")

        self.run(drop())

    def write(
        self,
        channel: ChannelId,
        records: Sequence[tuple[bytes | None, bytes | None, Headers]],
        partition: int = 0,
    ) -> None:
        async def publish() -> None:
            stream = (await self.client()).jetstream()
            for _, value, headers in records:
                pairs = [(name, (text or b"").decode()) for name, text in headers]
                await stream.publish(channel.name, value or b"", headers=Several(pairs) if pairs else None)

        self.run(publish())

    def receive(self, group: str, client_id: str, channel: ChannelId) -> None:
        async def take() -> None:
            stream = (await self.client()).jetstream()
            pull = await stream.pull_subscribe(channel.name, durable=group)
            for message in await pull.fetch(1, timeout=10):
                await message.ack_sync()

        self.run(take())

    def groups(self) -> dict[str, Any]:
        """Consumers of all streams, with how far they are; streams with what lies in them."""

        async def look() -> dict[str, Any]:
            manager = (await self.client()).jetstream()
            found: dict[str, Any] = {}
            for info in await manager.streams_info():
                name = info.config.name or ""
                found[name] = (info.state.messages, info.state.consumer_count)
                for each in await manager.consumers_info(name):
                    found[f"{name}/{each.name}"] = (each.num_pending, each.num_ack_pending)
            return found

        return self.run(look())

    def stop(self) -> None:
        self.server.kill()

    def start(self) -> None:
        self.server.start()

    def close(self) -> None:
        async def leave() -> None:
            if self._client is not None:
                await self._client.close()

        self.run(leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
