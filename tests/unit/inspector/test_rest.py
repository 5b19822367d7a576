"""Asking over HTTP, against servers that answer in every way but the expected one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import keyring
import pytest

from inspector.errors import AccessRefused, ConnectionFailed, InspectorError, Unsupported
from inspector.rest import Rest

VARIABLE = "EVENTSCOPE_CONNECT_PASSWORD"


@asynccontextmanager
async def serving(answer: bytes | None, asked: list[bytes] | None = None) -> AsyncIterator[str]:
    """The address of a server that gives every request the same answer; None is none at all."""

    busy = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal busy
        busy += 1
        request = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(request)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
            await writer.drain()
        writer.close()
        await writer.wait_closed()
        busy -= 1

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    while busy:
        await asyncio.sleep(0.01)


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def ask(url: str, *path: str) -> object:
    async with Rest("Kafka Connect", url, VARIABLE) as rest:
        return await rest.get(*path)


async def test_json_is_read_and_paths_are_quoted() -> None:
    asked: list[bytes] = []
    async with serving(http("200 OK", b'{"a": [1]}'), asked) as address:
        assert await ask(f"http://{address}/base/", "a/b", "c d") == {"a": [1]}
    assert asked[0].startswith(b"GET /base/a%2Fb/c%20d HTTP/1.1\r\n")
    assert b"Authorization" not in asked[0]


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        (http("401 Unauthorized"), AccessRefused, "wants a login"),
        (http("403 Forbidden"), AccessRefused, "wants a login"),
        (http("409 Conflict"), ConnectionFailed, "cannot answer now (HTTP 409)"),
        (http("503 Service Unavailable"), ConnectionFailed, "cannot answer now (HTTP 503)"),
        (http("404 Not Found"), Unsupported, "is something else than Kafka Connect"),
        (http("302 Found", b"", "Location: http://127.0.0.1:1/"), Unsupported, "is something else than"),
        (http("200 OK", b"<html>"), Unsupported, "is something else than Kafka Connect"),
        (b"\x00\x00\x00\x23 not http at all \r\n\r\n", Unsupported, "is something else than"),
        (b"", ConnectionFailed, "does not answer"),
        (http("200 OK", b'{"a": 1}')[:-4], Unsupported, "is something else than"),
    ],
)
async def test_other_answers(answer: bytes, error: type[InspectorError], sentence: str) -> None:
    async with serving(answer) as address:
        with pytest.raises(error) as raised:
            await ask(f"http://{address}")
    assert sentence in raised.value.message
    assert raised.value.remedy


async def test_nobody_answers() -> None:
    async with serving(b"") as address:
        pass
    with pytest.raises(ConnectionFailed, match=rf"Kafka Connect at http://{address} does not answer"):
        await ask(f"http://{address}")


async def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.rest.LARGEST", 10)
    async with serving(http("200 OK", b"[" + b" " * 20 + b"]")) as address:
        with pytest.raises(Unsupported):
            await ask(f"http://{address}")


async def test_one_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.rest.TIMEOUT_S", 0.2)
    async with serving(None) as address:
        with pytest.raises(ConnectionFailed, match="does not answer"):
            await ask(f"http://{address}")


@pytest.mark.parametrize(
    "url", ["", "host:8083", "ftp://host", "file:///etc/passwd", "http://", "http://[::1", "http://h:99999"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Unsupported, match="not one of a web server"):
        Rest("Kafka Connect", url, VARIABLE)


class TestLogin:
    async def sent(self, login: str) -> bytes:
        asked: list[bytes] = []
        async with serving(http("200 OK", b"1"), asked) as address:
            assert await ask(f"http://{login}@{address}") == 1
        return asked[0]

    async def test_of_the_address_before_that_of_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(VARIABLE, "other")
        assert b"Authorization: Basic YW5uOnDDpHNz\r\n" in await self.sent("ann:p%C3%A4ss")

    async def test_of_the_environment_before_that_of_the_keyring(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keyring, "get_password", lambda service, account: "other")
        monkeypatch.setenv(VARIABLE, "päss")
        assert b"Authorization: Basic YW5uOnDDpHNz\r\n" in await self.sent("ann")

    async def test_of_the_keyring(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def kept(service: str, account: str) -> str | None:
            right = service == "eventscope" and account.startswith("ann@http://127.0.0.1:")
            return "päss" if right else None

        monkeypatch.delenv(VARIABLE, raising=False)
        monkeypatch.setattr(keyring, "get_password", kept)
        assert b"Authorization: Basic YW5uOnDDpHNz\r\n" in await self.sent("ann")

    async def test_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(VARIABLE, raising=False)
        monkeypatch.setattr(keyring, "get_password", lambda *about: None)
        with pytest.raises(AccessRefused, match="There is no password for ann at"):
            await ask("http://ann@127.0.0.1:1")

    async def test_a_keyring_that_fails_is_asked_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = 0

        def fail(*_about: str) -> str:
            nonlocal asked
            asked += 1
            raise RuntimeError("a kind of its own")

        monkeypatch.delenv(VARIABLE, raising=False)
        monkeypatch.setattr(keyring, "get_password", fail)
        rest = Rest("Kafka Connect", "http://ann@127.0.0.1:1", VARIABLE)
        for _ in range(2):
            with pytest.raises(AccessRefused, match="There is no password for ann at"):
                async with rest:
                    pass
        assert asked == 1

    async def test_it_is_never_shown(self) -> None:
        rest = Rest("Kafka Connect", "http://ann:secret@127.0.0.1:1/x", VARIABLE)
        assert rest.title == "Kafka Connect at http://127.0.0.1:1/x"
        assert "secret" not in f"{rest.url} {rest!r}"
        async with serving(http("401 Unauthorized")) as address:
            with pytest.raises(AccessRefused) as refused:
                await ask(f"http://ann:secret@{address}")
        assert "secret" not in str(refused.value)
        assert "refuses the login of ann" in refused.value.message
