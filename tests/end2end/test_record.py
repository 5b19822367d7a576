"""`eventscope record` as people start it: what it captures, how it ends, and what it says when it cannot."""

from __future__ import annotations

import json
import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from inspector.demo.broker import KafkaBroker
from inspector.store.block import GRAMS, KINDS
from inspector.store.indexing import index_capture
from inspector.store.reader import CaptureReader

pytestmark = [pytest.mark.end2end, pytest.mark.kafka, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def broker(
    tmp_path_factory: pytest.TempPathFactory, start_server: Callable[[KafkaBroker], KafkaBroker]
) -> Iterator[KafkaBroker]:
    """One that the last test kills."""
    broker = start_server(KafkaBroker(tmp_path_factory.mktemp("kafka")))
    yield broker
    broker.stop()


def write(broker: KafkaBroker, topic: str, count: int, size: int = 100) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 5})
    for number in range(count):
        kind = b"Paid" if number % 4 == 0 else b"Made"
        headers: list[Any] = [("ce_type", kind), ("ce_source", b"/a"), ("ce_id", b"%d" % number)]
        producer.produce(topic, b'{"card":"4711","n":%d}' % number + b" " * size, b"k", headers=headers)
        producer.poll(0)
    assert producer.flush(30) == 0


def captured(file: Path) -> list[Any]:
    with closing(CaptureReader(file)) as reader:
        return [reader.record(row) for row in range(reader.first_row, reader.end_row)]


def url(broker: KafkaBroker) -> str:
    return f"kafka://{broker.bootstrap}"


def test_all_that_lies_there_then_only_what_is_new(program: Any, broker: KafkaBroker) -> None:
    write(broker, "orders", 3_000)
    write(broker, "mail", 5)
    file = program.home / "a.evs"
    arguments = (
        "record",
        url(broker),
        "-o",
        str(file),
        "--channels",
        "ord*",
        "--from",
        "beginning",
        "--until-end",
    )
    done = program.run(*arguments)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Captured 3,000 records" in done.stderr
    assert indexed(file), "it was made quick to search at the end"
    assert index_capture(file) == 0
    assert {one.channel.name for one in captured(file)} == {"orders"}
    write(broker, "orders", 7)
    assert "Captured 7 records" in program.run(*arguments).stderr
    assert [one.position.offset for one in captured(file)] == list(range(3_007))


def test_a_look_at_a_server_writes_nothing_down(program: Any, broker: KafkaBroker) -> None:
    write(broker, "looked-at", 30)
    asked = ("events", url(broker), "type:Paid", "--channels", "looked*", "--format", "jsonl")
    done = program.run(*asked, "--from", "beginning", "--limit", "5")
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["offset"] for line in done.stdout.splitlines()] == [12, 16, 20, 24, 28]
    with program.start(*asked, "--follow", "--from", "beginning") as child:
        first = [json.loads(child.stdout.readline())["offset"] for _ in range(8)]
        write(broker, "looked-at", 1)
        assert sorted(first) == list(range(0, 30, 4))
        assert json.loads(child.stdout.readline())["offset"] == 30
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=30) == 0
    assert list(program.home.glob("*.evs")) == []


def test_matching_and_masked(program: Any, broker: KafkaBroker) -> None:
    write(broker, "payments", 40)
    (program.home / "p.toml").write_text('[[masks]]\npath = "$.card"\n')
    file = program.home / "b.evs"
    done = program.run(
        *(
            "record",
            url(broker),
            "type:Paid",
            "-o",
            str(file),
            "--channels",
            "payments",
            "--from",
            "beginning",
        ),
        *("--until-end", "--project", "p.toml", "--mask-stored"),
    )
    assert done.returncode == 0, done.stderr
    assert [one.position.offset for one in captured(file)] == list(range(0, 40, 4))
    assert all(b"4711" not in one.value and b'"***"' in one.value for one in captured(file))
    assert b"4711" not in file.read_bytes()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_what_comes_until_it_is_ended(
    program: Any, broker: KafkaBroker, eventually: Any, ending: signal.Signals
) -> None:
    topic = f"live-{ending.name}"
    write(broker, topic, 10)
    file = program.home / "c.evs"
    child = program.start("record", url(broker), "-o", str(file), "--channels", topic)
    eventually(lambda: file.exists(), 30)
    end = time.monotonic() + 40
    while time.monotonic() < end and not (file.exists() and _rows(file)):
        write(broker, topic, 1)
        time.sleep(0.3)
    child.send_signal(ending)
    _, said = child.communicate(timeout=30)
    assert child.returncode == 0, said
    assert "Captured" in said
    assert "Traceback" not in said
    assert [*program.home.glob("c.evs*")] == [file], "it is one file again"
    assert all(one.position.offset >= 10 for one in captured(file))


def indexed(file: Path) -> int:
    """How many blocks have an index."""
    with closing(sqlite3.connect(file)) as connection:
        found: int = connection.execute(
            "SELECT count(*) FROM part WHERE id % ? = ?", (KINDS, GRAMS)
        ).fetchone()[0]
    return found


def _rows(file: Path) -> int:
    try:
        with closing(CaptureReader(file)) as reader:
            return reader.end_row - reader.first_row
    except Exception:  # noqa: BLE001  it is being made
        return 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("kafka://127.0.0.1:1", "-o", "x.evs"), "Nothing listens at 127.0.0.1:1."),
        (("{URL}", "-o", "x.evs", "--channels", "nothing-like-it"), "No channel there has a name that fits."),
        (("{URL}", "-o", "p.txt"), "p.txt"),
        (("{URL}",), "There is no file to write to."),
        (("127.0.0.1", "-o", "x.evs"), "There is no address before “127.0.0.1”."),
        (("{URL}", "-o", "x.evs", "--from", "yesterday"), "yesterday is no time."),
        (("{URL}", "-o", "x.evs", "type:"), "The query is wrong"),
        (("{URL}", "-o", "x.evs", "--mask-stored"), "There are no masks to apply."),
        (("{URL}", "-o", "x.evs", "--level", "matching"), "Nothing says which records match."),
        (("{URL}", "-o", "x.evs", "--max-bytes", "much"), "much is no size."),
    ],
)
def test_what_cannot_be_is_one_sentence(
    program: Any, broker: KafkaBroker, arguments: tuple[str, ...], said: str
) -> None:
    (program.home / "p.txt").write_text("no capture")
    done = program.run("record", *(each.replace("{URL}", url(broker)) for each in arguments))
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_full_disk_ends_it_with_a_sentence(program: Any, broker: KafkaBroker) -> None:
    write(broker, "large", 4_000, 3_000)
    file = program.home / "d.evs"

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    child = program.start(
        *(
            "record",
            url(broker),
            "-o",
            str(file),
            "--channels",
            "large",
            "--from",
            "beginning",
            "--until-end",
        ),
        preexec_fn=little_room,
    )
    _, said = child.communicate(timeout=60)
    assert child.returncode == 2, said
    assert "Traceback" not in said
    assert str(file.name) in said.strip().splitlines()[-1]


def test_a_broker_that_dies_ends_a_bounded_recording_with_a_sentence(
    program: Any, broker: KafkaBroker, eventually: Any
) -> None:
    file = program.home / "e.evs"
    child = program.start(
        *(
            "record",
            url(broker),
            "-o",
            str(file),
            "--channels",
            "orders",
            "--from",
            "beginning",
            "--seconds",
            "90",
        )
    )
    eventually(lambda: _rows(file) > 0, 40)
    broker.kill()
    _, said = child.communicate(timeout=60)
    assert child.returncode == 2, said
    assert "does not answer" in said.strip().splitlines()[-1]
    assert "Captured" in said
    assert len(captured(file)) == 3_007
