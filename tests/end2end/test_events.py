"""`eventscope events` and `eventscope capture` as people start them."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.record import Position, Record
from inspector.store.block import FRAMES, KINDS
from inspector.store.writer import CaptureWriter
from inspector.traits import read

pytestmark = [pytest.mark.end2end, pytest.mark.timeout(120)]
START_NS = 1_790_000_000_000_000_000
ORDERS = ChannelId(ServerId("kafka", "127.0.0.1:9092"), ChannelKind.TOPIC, "orders")


def record(i: int) -> Record:
    headers = (("ce_id", b"e%d" % i), ("ce_source", b"/billing"), ("ce_type", b"Paid"))
    value = b'{"n":%d,"card":"4711"}' % i
    return Record(ORDERS, Position(0, i), START_NS + i, b"k%d" % i, value, headers)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.evs"
    writer = CaptureWriter.open(path)
    made = [record(i) for i in range(2_000)]
    writer.add(made, [read(each) for each in made])
    writer.close()
    return path


def test_a_query_a_mistake_and_masks(program: Any, shop: Path) -> None:
    (program.home / "p.toml").write_text('[[masks]]\npath = "$.card"\n')
    done = program.run(
        *("events", str(shop), "value.n>1990", "--format", "jsonl", "--limit", "3"), *("--project", "p.toml")
    )
    lines = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [line["decoded"]["n"] for line in lines] == [1997, 1998, 1999]
    assert "4711" not in done.stdout
    done = program.run("events", str(shop), "4711", "--project", "p.toml")
    assert (done.returncode, done.stdout) == (0, "")
    done = program.run("events", str(shop), "key:k1 and partition:x")
    assert done.returncode == 2
    assert done.stderr.splitlines()[2].rstrip() == " " * 23 + "^"
    done = program.run("events", str(shop), "--columns", "offset,header.ce_type,value.n", "--limit", "1")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["Offset", "Header.ce_type", "Value.n"],
        ["1999", "Paid", "1999"],
    ]


def test_damage_that_a_query_meets_is_told(program: Any, shop: Path) -> None:
    with closing(sqlite3.connect(shop)) as connection, connection:
        connection.execute("UPDATE part SET data = x'00' WHERE id % ? = ?", (KINDS, FRAMES + 1))
    done = program.run("events", str(shop), "value.n>1990", "--format", "jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("Rows 0 to 1,999 of this capture are damaged")


def test_a_closed_pipe_ends_it_quietly(program: Any, shop: Path) -> None:
    child = program.start("events", str(shop), "--format", "jsonl")
    with child:
        assert child.stdout.readline().startswith("{")
        child.stdout.close()
        assert child.wait(timeout=30) == 0
        assert child.stderr.read() == ""


def test_follow_shows_what_comes_until_ctrl_c(program: Any, shop: Path) -> None:
    child = program.start("events", str(shop), "key:new", "--follow", "--format", "jsonl")
    writer = CaptureWriter.open(shop)
    try:
        for number in range(10):
            writer.add([Record(ORDERS, Position(1, number), START_NS, b"new", None)], [read(record(1))])
            writer.flush()
            try:
                child.wait(timeout=0.25)
            except subprocess.TimeoutExpired:
                continue
            break
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    finally:
        writer.close()
    assert (child.returncode, err) == (0, "")
    offsets = [orjson.loads(line)["offset"] for line in out.splitlines()]
    assert len(offsets) > 3
    assert offsets == list(range(10))


def test_no_qt_is_imported(program: Any, shop: Path) -> None:
    code = (
        "import sys; from inspector.cli import app\n"
        f"app(['events', {str(shop)!r}, '--limit', '1'], standalone_mode=False)\n"
        "assert not [name for name in sys.modules if name.startswith('PySide6')]"
    )
    subprocess.run(
        [sys.executable, "-c", code], env=program.environment(), check=True, stdout=subprocess.DEVNULL
    )
