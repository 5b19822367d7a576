"""What lies in other forms than JSON is masked as well, and read by the decoders that people chose."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import cbor2
import fastavro
import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.capture.masks import MASK, Mask
from inspector.decode.decoding import Decoding
from inspector.decode.sight import AS_IT_IS, Sight
from inspector.project.model import ChosenDecoder
from inspector.record import Position, Record

CARD = {"id": 7, "card": {"number": "4711-0815"}, "note": "call 4711-0815"}
INNER = {"type": "record", "name": "Card", "fields": [{"name": "number", "type": "string"}]}
FIELDS = [("id", "long"), ("card", INNER), ("note", "string")]
SCHEMA = {"type": "record", "name": "Paid", "fields": [{"name": name, "type": kind} for name, kind in FIELDS]}
BY_PATH, BY_PATTERN = Mask(path="$.card.number"), Mask(pattern=r"\d{4}-\d{4}")


def record(value: bytes | None, name: str = "cards") -> Record:
    channel = ChannelId(ServerId("kafka", "here:9092"), ChannelKind.TOPIC, name)
    return Record(channel, Position(0, 0), 0, None, value, (("content-type", b"application/cbor"),))


def avro() -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, SCHEMA, CARD)
    return out.getvalue()


@pytest.fixture
def decoding(tmp_path: Path) -> Decoding:
    (tmp_path / "paid.avsc").write_text(json.dumps(SCHEMA))
    return Decoding((ChosenDecoder("avro*", value="avro:Paid"),), folders=[tmp_path])


VALUES = {
    "gzip": gzip.compress(json.dumps(CARD).encode(), mtime=0),
    "cbor": cbor2.dumps(CARD),
    "avro": avro(),
}


@pytest.mark.parametrize("form", VALUES)
@pytest.mark.parametrize(("mask", "note"), [(BY_PATH, "call 4711-0815"), (BY_PATTERN, "call ***")])
def test_a_field_is_masked_wherever_it_lies(decoding: Decoding, form: str, mask: Mask, note: str) -> None:
    sight = Sight((mask,), decoding)
    before = record(VALUES[form], form)
    seen = sight.record(before)
    assert sight.value(before).value == CARD
    assert sight.value(seen).value == CARD | {"card": {"number": "***"}, "note": note}
    assert sight.fetching().record(before) == seen


@pytest.mark.parametrize("form", VALUES)
def test_what_has_nothing_that_is_masked_stays_as_it_is(decoding: Decoding, form: str) -> None:
    sight = Sight((Mask(path="$.other"), Mask(pattern="9999")), decoding)
    before = record(VALUES[form], form)
    assert sight.record(before) is before


@pytest.mark.parametrize(
    "value", [b"\x08\x96\x01\x12\x074711-0815", b"\xff\xfe\x00\x01", b"<paid card='4711-0815'/>"]
)
def test_where_no_decoder_gives_names_masks_by_path_hide_all(value: bytes) -> None:
    assert Sight((BY_PATH,)).record(record(value)).value == MASK


def test_text_inside_of_a_wrapping_is_masked_by_patterns() -> None:
    sight = Sight((BY_PATTERN,))
    seen = sight.record(record(gzip.compress(b"card 4711-0815, please", mtime=0)))
    assert seen.value == b"card ***, please"
    assert sight.record(record(b"card 4711-0815, please")).value == b"card ***, please"
    wire = gzip.compress(b"\x08\x96\x01\x12\x094711-0815", mtime=0)
    assert b"4711" not in gzip.compress(sight.record(record(wire)).value or b"")
    assert "4711" not in str(sight.value(sight.record(record(wire))).value)
    assert sight.record(record(None)).value is None


def test_without_masks_a_record_is_the_very_same() -> None:
    before = record(b"***")
    assert AS_IT_IS.record(before) is before
    assert not AS_IT_IS.any
