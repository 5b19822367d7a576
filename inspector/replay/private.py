"""The private embedded Kafka: a broker of this computer for replays, that nobody else receives from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from inspector.connection import parse
from inspector.demo.broker import KafkaBroker
from inspector.errors import DemoError
from inspector.link import Connect, PrivateMoved, Report


class PrivateKafka:
    """Started when it is wanted first, gone with its data when the engine ends or dies."""

    def __init__(
        self, report: Callable[[Report], None], connect: Callable[[Connect], Awaitable[None]]
    ) -> None:
        self._report, self._connect = report, connect
        self._broker: KafkaBroker | None = None
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Start it unless it runs, connect to it, and tell where it is or why it cannot be had."""
        loop = asyncio.get_running_loop()

        def say(message: str) -> None:
            loop.call_soon_threadsafe(self._report, PrivateMoved(None, f"{message}."))

        async with self._starting:
            if self._broker is None or not self._broker.running:
                self.close()
                broker = self._broker = KafkaBroker(progress=say)
                try:
                    await asyncio.to_thread(broker.start)
                except DemoError as failure:
                    self._report(PrivateMoved(None, str(failure), failed=True))
                    return
            address = f"kafka://{self._broker.bootstrap}"
            await self._connect(Connect(address))
            self._report(PrivateMoved(parse(address).server))

    def close(self) -> None:
        """End it, also while it starts."""
        if self._broker is not None:
            self._broker.stop()
            self._broker = None
