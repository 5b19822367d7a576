from __future__ import annotations

import io
import json
from pathlib import Path

import fastavro

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.decode.base import About, Declined, Reading
from inspector.decode.decoding import Decoding, of_project
from inspector.decode.plugins import Plugins
from inspector.project.model import ChosenDecoder, KnownServer, Project, SchemaSources
from inspector.record import Headers, Position, Record

SERVER = ServerId("kafka", "localhost:9092")
SCHEMA = {"type": "record", "name": "Order", "namespace": "shop", "fields": [{"name": "id", "type": "long"}]}


def record(
    value: bytes | None, key: bytes | None = None, channel: str = "orders", headers: Headers = ()
) -> Record:
    return Record(ChannelId(SERVER, ChannelKind.TOPIC, channel), Position(0, 0), 0, key, value, headers)


def avro() -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, SCHEMA, {"id": 7})
    return out.getvalue()


def folder(path: Path) -> Path:
    (path / "order.avsc").write_text(json.dumps(SCHEMA))
    (path / "shop").mkdir()
    (path / "shop" / "money.proto").write_text(
        "syntax = 'proto3'; package shop; message Money { int64 units = 1; }"
    )
    (path / "paid.proto").write_text(
        "syntax = 'proto3'; import 'shop/money.proto'; message Paid { shop.Money total = 1; }"
    )
    return path


def test_a_decoder_that_is_chosen_reads_its_channels_alone(tmp_path: Path) -> None:
    chosen = (ChosenDecoder("orders*", value="avro:shop.Order", key="text:cp1252"),)
    decoding = Decoding(chosen, folders=[folder(tmp_path)])
    read = decoding.value(record(avro()))
    assert (read.encoding, read.value, read.problem) == ("Avro (shop.Order)", {"id": 7}, "")
    assert decoding.key(record(b"", "Grüße".encode("cp1252"))).value == "Grüße"
    assert decoding.value(record(avro(), channel="others")).encoding != "Avro (shop.Order)"


def test_the_error_of_a_chosen_decoder_is_hard(tmp_path: Path) -> None:
    decoding = Decoding((ChosenDecoder("*", value="JSON"),))
    read = decoding.value(record(b"words"))
    assert (read.value, read.encoding) == (b"words", "binary")
    assert read.problem.startswith("JSON is chosen for this channel, and cannot read this: ")
    unknown = Decoding((ChosenDecoder("*", value="yaml"),)).value(record(b"{}"))
    assert unknown.problem.startswith(
        "The decoder yaml is chosen for this channel, and there is none; there are "
    )
    assert decoding.value(record(None)).encoding == "null"


def test_protobuf_is_read_by_the_name_of_a_message_with_what_its_file_imports(tmp_path: Path) -> None:
    decoding = Decoding((ChosenDecoder("*", value="protobuf:Paid"),), folders=[folder(tmp_path)])
    assert decoding.value(record(b"\x0a\x02\x08\x07")).value == {"total": {"units": 7}}
    named = (("content-type", b"application/x-protobuf; messageType=shop.Money"),)
    plain = Decoding(folders=[tmp_path]).value(record(b"\x08\x07", headers=named))
    assert (plain.encoding, plain.value) == ("Protobuf (shop.Money)", {"units": 7})


def test_kafkas_own_logs_are_read_by_their_keys() -> None:
    key = b"\0\1" + b"\0\1g" + b"\0\6orders" + b"\0\0\0\2"
    value = b"\0\1" + (5).to_bytes(8, "big") + b"\0\0" + (9).to_bytes(8, "big") + (10).to_bytes(8, "big")
    one = record(value, key, "__consumer_offsets")
    decoding = Decoding()
    assert decoding.key(one).value == {"group": "g", "topic": "orders", "partition": 2}
    assert decoding.value(one).encoding == "a commit"
    assert decoding.value(one).value["offset"] == 5


class Roman:
    name = "Roman"

    def decode(self, data: bytes, about: About) -> Reading:
        if about.channel == "broken":
            raise KeyError("x")
        if data != b"XII":
            raise Declined("it is another number")
        return Reading(12, self.name)


def test_a_plug_in_is_asked_first_and_its_defect_hides_nothing() -> None:
    decoding = Decoding(plugins=Plugins((Roman(),), ("The decoder x is left out.",)))
    assert decoding.value(record(b"XII")).value == 12
    read = decoding.value(record(b"{}", channel="broken"))
    assert read.encoding == "JSON"
    assert read.attempts[0].reason == "it met a defect: KeyError('x')"
    assert decoding.faults == ["The decoder x is left out."]


def test_a_project_names_registries_and_folders(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    folder(tmp_path / "schemas")
    url = "kafka://localhost:9092?registry=http://127.0.0.1:1"
    project = Project(
        connections=(KnownServer(url),),
        schemas=SchemaSources(("nonsense",), ("schemas",)),
        decoders=(ChosenDecoder("orders", value="avro:order"),),
    )
    decoding = of_project(project, [], tmp_path, None)
    assert decoding.value(record(avro())).value == {"id": 7}
    assert len(decoding.faults) == 1
    framed = decoding.value(record(b"\0\0\0\0\x0c\x0e", channel="other"))
    assert framed.missing == (12,)
    decoding.fetch(SERVER, framed.missing)
    again = decoding.value(record(b"\0\0\0\0\x0c\x0e", channel="other"))
    assert again.missing == ()
    assert any("does not answer" in attempt.reason for attempt in again.attempts)
