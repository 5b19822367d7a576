from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import DependencyGraph
from inspector.errors import CaptureError
from inspector.record import Position, Record, RecordBatch
from inspector.search.query import RecordQuery
from inspector.store.block import FIELDS, GRAMS, KINDS
from inspector.store.indexing import LEAST, index_capture
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.store.writer import CaptureWriter
from inspector.trait_columns import read_columns
from inspector.traits import NOTHING

CHANNEL = ChannelId(ServerId("kafka", "a:9092"), ChannelKind.TOPIC, "orders")
COUNT = 9000


def records(start: int, stop: int) -> list[Record]:
    return [
        Record(
            CHANNEL,
            Position(0, n),
            n * 1_000_000,
            b"key-%d" % n,
            orjson.dumps({"n": n}),
            (("id", b"event-%d" % n),),
        )
        for n in range(start, stop)
    ]


def write(writer: CaptureWriter, start: int, stop: int) -> None:
    some = records(start, stop)
    writer.add(some, [NOTHING] * len(some))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made.evs"


def indexes(path: Path) -> int:
    """How many blocks have an index."""
    with sqlite3.connect(path) as connection:
        kinds = [number % KINDS for (number,) in connection.execute("SELECT id FROM part")]
    connection.close()
    assert kinds.count(GRAMS) == kinds.count(FIELDS)
    return kinds.count(GRAMS)


def test_a_capture_at_rest_gets_indexes_once(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, COUNT)
    writer.close()
    assert indexes(path) == 0
    done = index_capture(path)
    assert done >= 2
    assert indexes(path) == done
    assert index_capture(path) == 0
    reader = CaptureReader(path)
    for row in (0, 4321, COUNT - 1):
        assert reader.record(row) == records(row, row + 1)[0]
    held = reader.holdings(0, COUNT, b"key-4321")
    assert sum(not each.nowhere for each in held.values()) == 1
    assert len(held) == done
    reader.close()
    assert not Path(f"{path}-wal").exists()


def test_it_can_be_stopped_and_goes_on_later(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, COUNT)
    writer.close()
    stop = threading.Event()
    stop.set()
    assert index_capture(path, stop) == 0
    assert index_capture(path) >= 2


def test_beginnings_and_ends_are_told(path: Path) -> None:
    traces = [b"%032x" % (n * 7919**8 % 16**32) for n in range(LEAST)]
    batch = RecordBatch(
        CHANNEL,
        0,
        [*range(LEAST)],
        [*range(LEAST)],
        [b"key-%d" % n for n in range(LEAST)],
        [b"{}"] * LEAST,
        [(("traceparent", b"00-%s-0011223344556677-01" % trace),) for trace in traces],
    )
    writer = CaptureWriter.open(path)
    writer.add_batch(batch, read_columns(batch))
    writer.close()
    assert index_capture(path) == 1
    with closing(CaptureReader(path)) as reader:

        def may(wanted: bytes, area: str) -> bool:
            return not any(each.nowhere for each in reader.holdings(0, LEAST, wanted, area).values())

        assert may(b"\nkey-7", "keys")
        assert may(b"key-77\n", "keys")
        assert not may(b"\ney-7", "keys")
        assert not may(b"key-\n", "keys")
        assert all(may(b"\n" + trace[:9], "headers") for trace in traces)
        within = [trace for trace in traces if may(b"\n" + trace[9:18], "headers")]
        assert len(within) < LEAST // 4
        asked = RecordQuery(f"trace:{traces[77][:8].decode()}*", reader, graph=DependencyGraph(), now_ns=0)
        assert asked.select(RowFilter()).tolist() == [
            n for n, trace in enumerate(traces) if trace.startswith(traces[77][:8])
        ]


def test_small_blocks_have_none(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, LEAST - 1)
    writer.close()
    assert index_capture(path) == 0


def test_a_writer_indexes_when_it_is_told_to_and_a_reader_finds_that(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, COUNT)
    writer.flush()
    assert indexes(path) == 0, "records go first"
    reader = CaptureReader(path)
    before = reader.select(RowFilter(text="event-77"))
    done = 0
    while writer.index():
        done += 1
        write(writer, COUNT + done, COUNT + done + 1)
        writer.flush()
    assert indexes(path) == done >= 2
    reader.refresh()
    assert reader.holdings(0, COUNT, b"event-77")
    assert reader.select(RowFilter(text="event-77"), 0, COUNT).tolist() == before.tolist()
    assert len(before) == 1 + 10 + 100
    reader.close()
    writer.close()
    assert not Path(f"{path}-wal").exists()


def test_a_file_that_is_gone_on_with_gets_its_indexes_too(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, COUNT)
    writer.close()
    writer = CaptureWriter.open(path)
    while writer.index():
        pass
    writer.close()
    assert indexes(path) >= 1


def test_what_is_left_at_the_end_gets_its_indexes_in_the_time_given(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, COUNT)
    writer.flush()
    write(writer, COUNT, COUNT + LEAST)  # a block that might still have been joined to others
    writer.close(spare_s=30.0)
    assert indexes(path) >= 3
    assert index_capture(path) == 0
    assert not Path(f"{path}-wal").exists()


def test_a_writer_writes_while_another_thread_indexes(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, COUNT)
    writer.flush()
    over = threading.Event()

    def index() -> None:
        while not over.is_set():
            writer.index()

    thread = threading.Thread(target=index)
    thread.start()
    for n in range(1, 4):
        write(writer, n * COUNT, (n + 1) * COUNT)
        assert writer.flush() == COUNT
    over.set()
    thread.join()
    writer.close()
    index_capture(path)
    reader = CaptureReader(path)
    assert reader.end_row == 4 * COUNT
    assert not reader.damaged
    assert reader.select(RowFilter(text="event-35999")).tolist() == [35999]
    reader.close()


def test_it_is_told_how_far_it_is(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, COUNT)
    writer.close()
    heard: list[tuple[int, int]] = []
    done = index_capture(path, told=lambda *each: heard.append(each))
    assert heard == [(n, done - n) for n in range(1, done + 1)]


def test_indexes_go_with_their_blocks(path: Path) -> None:
    writer = CaptureWriter.open(path, max_bytes=1)
    write(writer, 0, COUNT)
    writer.flush()
    for n in range(3):
        writer.flush()
        write(writer, COUNT + n * COUNT, COUNT + (n + 1) * COUNT)
        writer.flush()
    writer.close()
    with sqlite3.connect(path) as connection:
        blocks = {number for (number,) in connection.execute("SELECT id FROM block")}
        of = {number // KINDS for (number,) in connection.execute("SELECT id FROM part")}
    connection.close()
    assert of == blocks


def test_damaged_blocks_are_passed_over(path: Path) -> None:
    writer = CaptureWriter.open(path)
    write(writer, 0, COUNT)
    writer.close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE part SET data = zeroblob(9) WHERE id % {KINDS} = 64 AND id < {2 * KINDS}")
    connection.close()
    done = index_capture(path)
    assert indexes(path) == done - 1


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    other = tmp_path / "other.evs"
    other.write_bytes(b"no capture at all, but long enough for a header")
    with pytest.raises(CaptureError):
        index_capture(other)
