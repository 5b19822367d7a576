"""Files as other tools write them, made after their sources; see `inspector.exchange.foreign`."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import InspectorError
from inspector.exchange.forms import Form, save
from inspector.exchange.importing import (
    CAPTURE,
    ELSEWHERE,
    OURS,
    Recognised,
    Source,
    into,
    recognised,
    records,
)
from inspector.exchange.selection import Selection, Stopped
from inspector.record import Position, Record
from inspector.store.reader import CaptureReader
from tests.unit.inspector.exchange.conftest import START_NS, Captured, record

KCAT = (
    b'{"topic":"orders","partition":0,"offset":5,"tstype":"create","ts":1790000000123,"broker":1,'
    b'"headers":["a","1","a",null,"b","2"],"key":"k","payload":"{\\"n\\":1}"}\n'
    b'{"topic":"orders","partition":1,"offset":6,"tstype":"logappend","ts":1790000000124,"broker":1,'
    b'"key":null,"payload":"raw \xff\xfe"}\n'
    b'{"topic":"orders","partition":1,"offset":7,"tstype":"unknown","ts":0,"broker":1,'
    b'"headers":{"a":["1",null]},"key":"","payload":{"n":2},"value_schema_id":3}\n'
)
KAFBAT: list[dict[str, Any]] = [
    {
        "Value": '{"n":1}',
        "Offset": 5,
        "Key": "k",
        "Partition": 0,
        "Headers": {"a": "1"},
        "Timestamp": "2026-09-21T14:13:20.123Z",
    },
    {"Value": None, "Offset": 6, "Partition": 1, "Headers": {}, "Timestamp": "2026-09-21T14:13:20Z"},
]
AKHQ: list[dict[str, Any]] = [
    {
        "key": "k",
        "value": '{"n":1}',
        "headers": [{"key": "a", "value": "1"}, {"key": "a", "value": None}],
        "partition": 0,
        "offset": 5,
        "timestamp": 1790000000.123,
    },
    {
        "topic": {"name": "orders"},
        "key": None,
        "value": None,
        "headers": {"a": "1"},
        "partition": 1,
        "offset": 6,
        "timestamp": "2026-09-21T16:13:20+02:00",
    },
]
CONSOLE: list[dict[str, Any]] = [
    {
        "partitionID": 0,
        "offset": 5,
        "timestamp": 1790000000123,
        "compression": "lz4",
        "isTransactional": True,
        "headers": [{"key": "a", "value": {"payload": "1", "encoding": "text", "isPayloadNull": False}}],
        "key": {"payload": "k", "encoding": "text", "isPayloadNull": False, "schemaId": 0, "size": 1},
        "value": {
            "payload": {"n": 1},
            "rawPayload": "eyAibiI6IDEgfQ==",
            "encoding": "json",
            "isPayloadNull": False,
        },
    },
    {
        "partitionID": 1,
        "offset": 6,
        "timestamp": 1790000000000,
        "compression": "uncompressed",
        "headers": [],
        "key": {"isPayloadNull": True, "encoding": "null"},
        "value": {"payload": {"n": 1}, "encoding": "json", "isPayloadNull": False},
    },
]


def found(tmp_path: Path, data: bytes | Any, channel: str | None = "orders") -> list[Record]:
    path = tmp_path / "saved"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data, indent="\t").encode())
    return list(records(path, ELSEWHERE, channel))


def test_kcat(tmp_path: Path) -> None:
    first, second, third = found(tmp_path, KCAT, None)
    assert (first.channel.name, first.position, first.timestamp_ns) == (
        "orders",
        Position(0, 5),
        START_NS + 123_000_000,
    )
    assert (first.key, first.value) == (b"k", b'{"n":1}')
    assert first.headers == (("a", b"1"), ("a", None), ("b", b"2"))
    assert (second.key, second.value, second.log_append_time) == (None, b"raw \xff\xfe", True)
    assert (third.key, third.value, third.headers) == (b"", b'{"n":2}', (("a", b"1"), ("a", None)))


def test_kafbat(tmp_path: Path) -> None:
    first, second = found(tmp_path, KAFBAT)
    assert (first.key, first.value, first.headers) == (b"k", b'{"n":1}', (("a", b"1"),))
    assert (first.position, first.timestamp_ns) == (Position(0, 5), START_NS + 123_000_000)
    assert (second.key, second.value) == (None, None)


def test_akhq(tmp_path: Path) -> None:
    first, second = found(tmp_path, AKHQ)
    assert (first.key, first.value, first.headers) == (b"k", b'{"n":1}', (("a", b"1"), ("a", None)))
    assert (first.timestamp_ns, second.timestamp_ns) == (START_NS + 123_000_000, START_NS)
    assert (second.key, second.headers) == (None, (("a", b"1"),))


def test_redpanda_console(tmp_path: Path) -> None:
    first, second = found(tmp_path, CONSOLE)
    assert (first.key, first.value, first.headers) == (b"k", b'{ "n": 1 }', (("a", b"1"),))
    assert (first.codec, first.transactional, first.timestamp_ns) == ("lz4", True, START_NS + 123_000_000)
    assert (second.key, second.value, second.codec) == (None, b'{"n":1}', "none")


@pytest.mark.parametrize("saved", [KAFBAT, AKHQ[:1], CONSOLE])
def test_a_topic_that_is_not_said_is_asked_for(tmp_path: Path, saved: Any) -> None:
    with pytest.raises(InspectorError, match="--channel"):
        found(tmp_path, saved, None)


@pytest.mark.parametrize(
    ("saved", "where"),
    [
        (b"Value,Offset,Key\n1,2,3\n", "Line 1 of"),
        (KCAT + b'{"a":1}\n', "Line 4 of"),
        (KCAT + b"\n" + KCAT[:50], "Line 5 of"),
        ([*KAFBAT, {"a": 1}], "Record 3 of"),
        ([*KAFBAT, 7], "Record 3 of"),
        (b"[1, 2", "saved cannot be read"),
        ([{**CONSOLE[0], "value": {"rawPayload": "%%"}}], "Record 1 of"),
        ([{**KAFBAT[0], "Timestamp": "yesterday"}], "Record 1 of"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, saved: Any, where: str) -> None:
    with pytest.raises(InspectorError, match=where):
        found(tmp_path, saved)


def test_exported_and_imported_again(captured: Captured, tmp_path: Path) -> None:
    made = [
        record(i, value=(b"\xff%d" % i, None, b"", b"{}")[i % 4], body_stored=i % 5 > 0 or i % 4 != 1)
        for i in range(50)
    ]
    reader = captured(made)
    save(Form.JSONL, Selection(reader, range(50)), tmp_path / "a.jsonl", decoded=True)
    assert into(tmp_path / "b.evs", [tmp_path / "a.jsonl"]).records == 50
    with closing(CaptureReader(tmp_path / "b.evs")) as again:
        assert [again.record(row) for row in range(50)] == [reader.record(row) for row in range(50)]
        assert {each.name for each in again.graph().channels} == {"orders", "payments"}


def test_a_failed_import_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\n")
    with pytest.raises(InspectorError, match=r"no record in it.*no JSON \(first: line 1\)"):
        into(tmp_path / "b.evs", [tmp_path / "a"])
    (tmp_path / "a").write_bytes(KCAT)
    with pytest.raises(Stopped):
        into(tmp_path / "b.evs", [tmp_path / "a"], stop=lambda: True)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        (KCAT, Recognised("kcat", channel=True)),
        (KAFBAT, Recognised("Kafbat UI", channel=False)),
        (AKHQ, Recognised("AKHQ", channel=False)),
        (AKHQ[1:], Recognised("AKHQ", channel=True)),
        (CONSOLE, Recognised("Redpanda Console", channel=False)),
    ],
)
def test_a_file_is_recognised_by_its_first_record(tmp_path: Path, saved: Any, told: Recognised) -> None:
    path = tmp_path / "saved"
    path.write_bytes(saved if isinstance(saved, bytes) else json.dumps(saved).encode())
    assert recognised(path) == told


@pytest.mark.parametrize("saved", [b"", b"Value,Offset,Key\n", b"[", b"[]", b'{"a":1}', b"\x00\x01"])
def test_what_nothing_wrote_is_not_recognised(tmp_path: Path, saved: bytes) -> None:
    (tmp_path / "saved").write_bytes(saved)
    with pytest.raises(InspectorError, match=r"cannot be read|There is no file"):
        recognised(tmp_path / "saved")


def test_what_is_no_record_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "saved"
    path.write_bytes(KCAT + b'x\n{"a":1}\nxx\n' + KCAT[:50])
    done = into(tmp_path / "made.evs", [path])
    assert (done.records, done.sources[0].tools) == (3, ("kcat",))
    assert done.sources[0].left_out == (
        ("it is no JSON (first: line 4)", 3),
        ("no tool that is known writes such names (first: line 5)", 1),
    )


def test_a_list_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "saved"
    whole = json.dumps(KAFBAT).encode()
    for end in range(len(whole) - 1, len(whole) - 60, -1):
        path.write_bytes(whole[:end])
        done = into(tmp_path / f"{end}.evs", [path], channel="orders")
        assert done.records == 2 if end == len(whole) - 1 else 1
        assert sum(count for _, count in done.sources[0].left_out) == 1


def test_captures_and_text_become_one_capture(captured: Captured, tmp_path: Path) -> None:
    shop = captured([record(i) for i in range(20)])
    save(Form.JSONL, Selection(shop, range(10, 20)), tmp_path / "a.jsonl")
    (tmp_path / "k").write_bytes(KCAT)
    done = into(tmp_path / "made.evs", [tmp_path / "a.jsonl", shop.path, tmp_path / "k"])
    assert (done.records, done.twice) == (23, 10)
    assert {each.path.name: each.tools for each in done.sources} == {
        "a.jsonl": (OURS,), "shop.evs": (CAPTURE,), "k": ("kcat",),
    }  # fmt: skip
    with closing(CaptureReader(tmp_path / "made.evs")) as made:
        assert {each.name for each in made.channels()} == {"orders", "payments"}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.jsonl", "k", "made.evs", "shop.evs"]


def test_a_file_of_which_nothing_was_taken_is_not_said_to_be_of_anything() -> None:
    source = Source(Path("a.txt"), (), 0, (("it is no JSON (first: line 1)", 1),))
    assert source.sentences == ["a.txt: 0 records.", "1 left out, it is no JSON (first: line 1)."]
