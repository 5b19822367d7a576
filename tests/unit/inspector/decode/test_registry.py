"""Against a server that answers as Confluent's interface is documented."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from inspector.decode.registry import Registry
from inspector.decode.schemas import Language, Missing
from inspector.errors import InspectorError

LINE = json.dumps({"type": "record", "name": "Line", "fields": []})
ORDER = json.dumps({"type": "array", "items": "Line"})
ANSWERS = {
    "/schemas/ids/7": {"schema": '"string"'},
    "/schemas/ids/8": {
        "schema": ORDER,
        "schemaType": "AVRO",
        "references": [{"name": "Line", "subject": "line", "version": 2}],
    },
    "/schemas/ids/9": {"schema": "message A {}", "schemaType": "PROTOBUF"},
    "/schemas/ids/10": {"schema": "?", "schemaType": "THRIFT"},
    "/subjects/line/versions/2": {"schema": LINE, "subject": "line", "version": 2, "id": 3},
}


class Server:
    """Answers in a thread of its own, as decoding asks from one without a loop."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._ready.wait(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _start(self) -> None:
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path not in ANSWERS:
            return web.json_response({"error_code": 40403, "message": "Schema not found"}, status=404)
        return web.json_response(ANSWERS[request.path])

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def test_a_schema_is_fetched_once_and_kept_for_times_without_the_registry(
    server: Server, tmp_path: Path
) -> None:
    registry = Registry(server.url, tmp_path)
    with pytest.raises(Missing) as missing:
        registry.by_id(8)
    assert missing.value.number == 8
    assert server.asked == []
    registry.fetch([8, 9])
    schema = registry.by_id(8)
    assert (schema.language, schema.text, schema.references) == (Language.AVRO, ORDER, (("Line", LINE),))
    assert registry.by_id(9).language is Language.PROTOBUF
    count = len(server.asked)
    offline = Registry(server.url, tmp_path)
    assert offline.by_id(8) == schema
    assert len(server.asked) == count == 3


def test_what_cannot_be_fetched_is_told_and_not_asked_for_again_at_once(
    server: Server, tmp_path: Path
) -> None:
    registry = Registry(server.url, tmp_path)
    registry.fetch([12, 10])
    with pytest.raises(Missing, match="has no schema 12; it may be that of another registry") as missing:
        registry.by_id(12)
    assert missing.value.number is None
    with pytest.raises(Missing, match="something else than the schema registry"):
        registry.by_id(10)


def test_a_registry_that_is_away_is_told_with_what_to_do(server: Server, tmp_path: Path) -> None:
    server.close()
    registry = Registry(server.url, tmp_path)
    registry.fetch([7])
    with pytest.raises(Missing, match="does not answer; Check that it runs"):
        registry.by_id(7)


def test_without_a_folder_nothing_is_kept(server: Server) -> None:
    registry = Registry(server.url, None)
    registry.fetch([7])
    assert registry.by_id(7).text == '"string"'


def test_a_damaged_file_of_the_cache_is_fetched_again(server: Server, tmp_path: Path) -> None:
    Registry(server.url, tmp_path).fetch([7])
    (kept,) = tmp_path.rglob("7.json")
    kept.write_bytes(b"{")
    with pytest.raises(Missing):
        Registry(server.url, tmp_path).by_id(7)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(InspectorError):
        Registry("ftp://x", None)
