"""The webhook: what it posts, and that a receiver that fails costs a sentence and no alert."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from inspector.errors import AddressError
from inspector.webhook import Webhook


class Receiver:
    """A web server that answers with these codes in turn, the last one for ever, and keeps what it took."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.taken: list[tuple[int, object]] = []
        self.logins: list[str | None] = []

    async def handle(self, request: web.Request) -> web.Response:
        code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
        self.taken.append((code, await request.json()))
        self.logins.append(request.headers.get("Authorization"))
        return web.Response(status=code)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(receiver: Receiver, port: int = 0) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/secret", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield f"http://ann:hunter2@127.0.0.1:{runner.addresses[0][1]}/secret"
    finally:
        await runner.cleanup()


async def test_all_is_posted_in_order() -> None:
    receiver, said = Receiver(200), list[str]()
    async with listening(receiver) as url, Webhook(url, said.append) as webhook:
        for number in range(5):
            webhook.put({"number": number})
        await receiver.until(lambda: len(receiver.taken) == 5)
    assert [body for _, body in receiver.taken] == [{"number": number} for number in range(5)]
    assert receiver.logins[0] == "Basic YW5uOmh1bnRlcjI="
    assert said == []


async def test_what_was_just_put_is_posted_before_the_end() -> None:
    receiver = Receiver(204)
    async with listening(receiver) as url, Webhook(url, print) as webhook:
        webhook.put({"last": True})
    assert [body for _, body in receiver.taken] == [{"last": True}]


async def test_what_is_on_its_way_at_the_end_is_not_posted_twice() -> None:
    receiver = Receiver(200)
    arrived = asyncio.Event()
    answer = receiver.handle

    async def slowly(request: web.Request) -> web.Response:
        arrived.set()
        await asyncio.sleep(0.2)
        return await answer(request)

    receiver.handle = slowly  # type: ignore[method-assign]
    async with listening(receiver) as url, Webhook(url, print) as webhook:
        webhook.put({"once": True})
        await arrived.wait()
    assert [body for _, body in receiver.taken] == [{"once": True}]


async def test_a_receiver_that_is_busy_is_asked_again_and_told_about_once() -> None:
    receiver, said = Receiver(503, 503, 200), list[str]()
    async with listening(receiver) as url, Webhook(url, said.append, retry_s=0.01) as webhook:
        webhook.put({"a": 1})
        webhook.put({"b": 2})
        await receiver.until(lambda: len(receiver.taken) == 4)
    assert [body for code, body in receiver.taken if code == 200] == [{"a": 1}, {"b": 2}]
    (sentence,) = said
    assert "HTTP 503" in sentence
    assert "hunter2" not in sentence
    assert "secret" not in sentence


async def test_a_refusal_is_told_and_the_next_one_is_tried() -> None:
    receiver, said = Receiver(404, 200), list[str]()
    async with listening(receiver) as url, Webhook(url, said.append) as webhook:
        webhook.put({"a": 1})
        webhook.put({"b": 2})
        await receiver.until(lambda: len(receiver.taken) == 2)
    assert receiver.taken[1] == (200, {"b": 2})
    assert len(said) == 1
    assert said[0].endswith("answers with HTTP 404. Check its address.")


async def test_nobody_listens_until_later() -> None:
    receiver, said = Receiver(200), list[str]()
    async with listening(receiver) as url:
        port = int(url.rpartition(":")[2].partition("/")[0])
    async with Webhook(url, said.append, retry_s=0.02) as webhook:
        webhook.put({"a": 1})
        await receiver.until(lambda: bool(said))
        async with listening(receiver, port):
            await receiver.until(lambda: bool(receiver.taken))
    assert said == [f"The webhook at http://127.0.0.1:{port} does not answer. It is tried again."]


async def test_no_secure_connection_is_not_called_silence() -> None:
    receiver, said = Receiver(200), list[str]()
    async with (
        listening(receiver) as url,
        Webhook(url.replace("http:", "https:"), said.append) as webhook,
    ):
        webhook.put({"a": 1})
        await receiver.until(lambda: bool(said))
    (sentence,) = said
    assert sentence.startswith("No secure connection to the webhook at https://127.0.0.1:")
    assert "hunter2" not in sentence
    assert receiver.taken == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://h/x",
        "http://",
        "http://h:0/",
        "http://h:99999/secret",
        "https:///x",
        "https://hooks..example.com/secret",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(AddressError) as raised:
        Webhook(url, print)
    assert "secret" not in str(raised.value)
