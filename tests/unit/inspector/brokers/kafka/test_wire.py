from __future__ import annotations

import asyncio

import pytest

from inspector.brokers.kafka import wire
from inspector.brokers.kafka.security import security_of
from inspector.brokers.kafka.wire import Wire
from inspector.connection import parse


async def test_a_connection_that_ends_itself_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[wire._Connection] = []

    class Kept(wire._Connection):
        async def connect(self) -> object:
            made.append(self)
            return await super().connect()

    async def no_kafka(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.close()

    monkeypatch.setattr(wire, "_Connection", Kept)
    server = await asyncio.start_server(no_kafka, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    security = security_of(parse(f"kafka://127.0.0.1:{port}"))
    # What refuses a login ends the connection by itself; the socket is closed some time later.
    monkeypatch.setattr(Kept, "_do_version_lookup", _refused)
    with pytest.raises(ConnectionError, match="refused"):
        await Wire.connect("127.0.0.1", port, security, 2.0)
    assert made[0]._closed_fut.done()
    server.close()
    await server.wait_closed()


async def _refused(_connection: object) -> None:
    raise ConnectionError("refused")
