"""Against a server that answers as Confluent's registry is documented."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from graph.identity import ChannelId, ChannelKind
from inspector.decode.decoding import Decoding
from inspector.record import RecordBatch
from inspector.replay.admission import Told
from inspector.replay.choice import Choice
from inspector.replay.fitting import fitting
from inspector.replay.frozen import Frozen
from inspector.replay.gathering import frozen
from inspector.replay.outgoing import making
from inspector.replay.request import Order, Request, Target
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits
from tests import replays

ORDERS, SHADOW = (ChannelId(replays.SOURCE, ChannelKind.TOPIC, name) for name in ("orders", "shadow"))


def avro(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"schema": json.dumps({"type": "record", "name": "Order", "fields": fields})}


N = {"name": "n", "type": "int"}
WITH_DEFAULT = {"name": "more", "type": "string", "default": ""}
ANSWERS: dict[str, Any] = {"/schemas/ids/7": avro(N)}
NEWEST = "/subjects/shadow-value/versions/latest"


@pytest.fixture
def registry() -> Iterator[tuple[str, dict[str, Any]]]:
    answers = dict(ANSWERS)

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = answers.get(self.path)
            self.send_response(404 if told is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(told or {"error_code": 40401}).encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", answers
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    path = tmp_path_factory.mktemp("fitting") / "c.evs"
    return holding(path, [b"\0\0\0\0\x07" + bytes([2 * number]) for number in range(20)])


def holding(path: Path, values: list[bytes]) -> Frozen:
    places = [*range(len(values))]
    with closing(CaptureWriter.open(path)) as writer:
        batch = RecordBatch(ORDERS, 0, places, places, [b"k"] * len(values), values, [()] * len(values))
        writer.add_batch(batch, [Traits()] * len(values))
        writer.flush()
    return frozen(Choice(source=str(path)), Order.TIME, path.with_name("x.evs"))


def told(records: Frozen, url: str) -> Told:
    decoding = Decoding(registries={replays.SOURCE: [url]})
    request = Request(Choice(source="c.evs"), Target(replays.SOURCE, SHADOW))
    return fitting(records, making(request, "r-1", decoding), replays.SOURCE, decoding)


@pytest.mark.parametrize(
    ("newest", "said"),
    [
        (None, ""),
        ({"id": 7, **avro(N)}, ""),
        ({"id": 8, **avro(N, WITH_DEFAULT)}, ""),
        ({"id": 8, **avro(N, {"name": "must", "type": "string"})}, "must"),
        ({"id": 8, **avro({"name": "n", "type": "string"})}, "do not fit the newest schema of shadow-value"),
        ({"id": 8, "schemaType": "JSON", "schema": "{}"}, "they are Avro, and it is JSON"),
    ],
)
def test_the_newest_schema_reads_what_is_sent_or_it_is_a_reason(
    records: Frozen, registry: tuple[str, dict[str, Any]], newest: Any, said: str
) -> None:
    url, answers = registry
    if newest is not None:
        answers[NEWEST] = {"subject": "shadow-value", "version": 2, **newest}
    found = told(records, url)
    assert found.warnings == ()
    assert len(found.reasons) == bool(said)
    if said:
        (reason,) = found.reasons
        assert (reason.kind, reason.forceable) == ("schema", True)
        assert reason.sentence.startswith("20 of 20 values looked at")
        assert said in reason.sentence


PROTO = """syntax = "proto2"; package shop;
message Order { optional int32 n = 1; optional Item item = 2; } message Item { optional string sku = 1; }"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", ""),
        ("optional Item item = 2;", "", ""),
        ("= 1; o", "= 1; optional string more = 3; o", ""),
        ("optional int32 n", "optional string n", "shop.Order.n has another type there"),
        ("optional string sku", "optional int32 sku", "shop.Item.sku has another type there"),
        ("} message", "required int32 must = 3; } message", "shop.Order.must is required there, and missing"),
        ("message Order", "message Other {} message Order", "and in its place is shop.Other"),
    ],
)
def test_the_newest_protobuf_schema(
    tmp_path: Path, registry: tuple[str, dict[str, Any]], old: str, new: str, said: str
) -> None:
    url, answers = registry
    answers["/schemas/ids/7"] = {"schemaType": "PROTOBUF", "schema": PROTO}
    changed = {"id": 8, "schemaType": "PROTOBUF", "schema": PROTO.replace(old, new) if old else PROTO + "\n"}
    answers[NEWEST] = {"subject": "shadow-value", "version": 2, **changed}
    # Message index 0; n = 5; item = {sku = "x"}.
    found = told(holding(tmp_path / "c.evs", [b"\0\0\0\0\x07\0\x08\x05\x12\x03\x0a\x01x"]), url)
    assert found.warnings == ()
    assert [said in each.sentence for each in found.reasons] == [True] * bool(said)


def test_a_schema_that_is_not_there_and_a_registry_that_is_away(
    records: Frozen, registry: tuple[str, dict[str, Any]]
) -> None:
    url, answers = registry
    del answers["/schemas/ids/7"]
    assert "has no schema 7" in told(records, url).reasons[0].sentence
    away = told(records, "http://127.0.0.1:9")
    assert "Schemas were not compared" in away.warnings[0]
    assert told(records, "nonsense") == Told()
