from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.delta import diff
from graph.identity import ServerId
from graph.model import DependencyGraph, Server
from inspector.errors import CaptureError
from inspector.record import Position, Record
from inspector.store.block import BLOCK_BYTES, BLOCK_RECORDS
from inspector.store.history import WHOLE_EVERY
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

Make = Callable[..., tuple[Record, Traits]]

ENDLESS_WRITER = """
import sys
from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.record import Position, Record
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits
channel = ChannelId(ServerId("kafka", "h:1"), ChannelKind.TOPIC, "orders")
writer = CaptureWriter.open(sys.argv[1])
i = writer.rows
while True:
    batch = [Record(channel, Position(0, n), n, b"%d" % n, b"x" * (n % 700)) for n in range(i, i + 150)]
    writer.add(batch, [Traits()] * len(batch))
    i += writer.flush()
    print(i, flush=True)
"""


def add(writer: CaptureWriter, *pairs: tuple[Record, Traits]) -> None:
    writer.add([record for record, _ in pairs], [traits for _, traits in pairs])


def blocks(path: Path) -> list[int]:
    connection = sqlite3.connect(path)
    try:
        return [count for (count,) in connection.execute("SELECT count FROM block ORDER BY first_row")]
    finally:
        connection.close()


def test_nothing_to_write_writes_nothing(path: Path) -> None:
    writer = CaptureWriter.open(path)
    assert writer.flush() == 0
    assert writer.rows == 0
    writer.close()


def test_a_flush_is_readable_at_once_and_in_the_order_of_time(path: Path, pair: Make) -> None:
    writer, pairs = CaptureWriter.open(path), [pair(i) for i in (3, 1, 2)]
    add(writer, *pairs)
    assert writer.flush() == 3
    reader = CaptureReader(path)
    assert [reader.record(row) for row in range(3)] == [pair(i)[0] for i in (1, 2, 3)]
    assert (writer.rows, writer.dropped) == (3, 0)
    assert writer.size_bytes > 0
    reader.close()
    writer.close()


def test_a_closed_capture_is_one_file_and_can_be_gone_on_with(path: Path, pair: Make) -> None:
    for start in (0, 10):
        writer = CaptureWriter.open(path)
        assert writer.rows == start
        add(writer, *(pair(i) for i in range(start, start + 10)))
        writer.close()
        assert os.listdir(path.parent) == [path.name]
    reader = CaptureReader(path)
    assert [reader.record(i) for i in range(20)] == [pair(i)[0] for i in range(20)]
    assert len(reader.channels()) == 3
    reader.close()


def test_quiet_hours_do_not_leave_a_small_block_for_each_flush(path: Path, pair: Make) -> None:
    writer = CaptureWriter.open(path)
    reader = CaptureReader(path)
    for i in range(600):
        add(writer, pair(i))
        writer.flush()
        if i % 7 == 0:
            assert reader.refresh() == i + 1
            assert reader.record(i // 2) == pair(i // 2)[0]
    assert len(blocks(path)) <= 10
    add(writer, *(pair(i) for i in range(600, 600 + 2 * BLOCK_RECORDS)))
    writer.flush()
    assert max(blocks(path)) <= BLOCK_RECORDS
    # The reader's directory is of before: rows of blocks that were joined since are found all the same.
    assert [reader.record(i) for i in range(0, 590, 17)] == [pair(i)[0] for i in range(0, 590, 17)]
    assert [row.row for row in reader.rows(range(590))] == list(range(590))
    reader.close()
    writer.close()


def test_columns_of_several_blocks_that_were_joined_since_keep_their_rows(path: Path, pair: Make) -> None:
    writer = CaptureWriter.open(path)
    done, seen = 0, [CaptureReader(path)]
    for count in (8, 4, 2, 1):  # each too small to be joined to the one before
        add(writer, *(pair(i) for i in range(done, done + count)))
        writer.flush()
        done += count
        seen.append(CaptureReader(path))
    known = [(reader, reader.end_row) for reader in seen]
    for i in range(done, 600):
        add(writer, pair(i))
        writer.flush()
        if i % 97 == 0:
            seen.append(CaptureReader(path))
            known.append((seen[-1], seen[-1].end_row))
    for reader, end in known:
        # Each knows only the blocks of when it was opened.
        expected = [pair(i)[0].position.offset for i in range(end)]
        assert reader.view("offset", 0, end).tolist() == expected
        assert not reader.damaged
        reader.close()
    writer.close()


def test_a_block_that_is_joined_again_while_it_is_looked_for_is_found(
    path: Path, pair: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CaptureWriter.open(path)
    add(writer, pair(0))
    writer.flush()
    reader = CaptureReader(path)

    def join() -> None:
        add(writer, pair(writer.rows))
        writer.flush()
        assert len(blocks(path)) == 1

    join()
    index = reader._index
    refresh = index.refresh

    def refreshed() -> None:
        refresh()
        join()

    monkeypatch.setattr(index, "refresh", refreshed)
    assert reader.record(0).position.offset == 0
    reader.close()
    writer.close()


def test_a_block_of_large_records_is_cut_by_bytes(path: Path, pair: Make) -> None:
    writer = CaptureWriter.open(path)
    large = [pair(i, value=os.urandom(BLOCK_BYTES // 3)) for i in range(6)]
    huge = pair(6, value=os.urandom(10_000_000))
    add(writer, *large, huge)
    writer.flush()
    assert blocks(path) == [2, 2, 2, 1]
    writer.close()
    reader = CaptureReader(path)
    assert reader.record(6) == huge[0]
    reader.close()


def test_adding_while_another_thread_flushes_loses_nothing(path: Path, pair: Make) -> None:
    writer, done = CaptureWriter.open(path), threading.Event()

    def flush() -> None:
        while not done.is_set():
            writer.flush()

    thread = threading.Thread(target=flush)
    thread.start()
    for i in range(3000):
        add(writer, pair(i))
    done.set()
    thread.join()
    writer.close()
    reader = CaptureReader(path)
    assert sorted(reader.record(i).position.offset for i in range(3000)) == list(range(3000))
    assert reader.refresh() == 3000
    reader.close()


def limit(path: Path, pages: int) -> Callable[[CaptureWriter], None]:
    """Make the disk full at a number of pages, for SQLite itself (SQLITE_FULL)."""
    return lambda writer: writer._connection.execute(f"PRAGMA max_page_count = {pages}").close()


def test_a_full_disk_is_said_and_storing_goes_on_when_there_is_space(path: Path, pair: Make) -> None:
    writer = CaptureWriter.open(path)
    add(writer, pair(0))
    writer.flush()
    limit(path, 1)(writer)
    graph = DependencyGraph(servers={s.id: s for s in [Server(ServerId("kafka", "a:1"), "a")]}, to_ns=7)
    writer.keep_graph(diff(DependencyGraph(), graph))
    add(writer, *(pair(i, value=os.urandom(20_000)) for i in range(1, 50)))
    for _ in range(2):
        with pytest.raises(CaptureError, match=r"is full, so new records are not stored\. Free some space"):
            writer.flush()
    assert writer.rows == 1
    limit(path, 1 << 30)(writer)
    add(writer, pair(50))
    assert writer.flush() == 50
    writer.close()
    reader = CaptureReader(path)
    assert [reader.record(i).position.offset for i in range(51)] == list(range(51))
    assert {reader.rows([i])[0].event_id for i in range(51)} == {f"event-{i}" for i in range(51)}
    assert reader.graph() == graph
    reader.close()


def test_what_waits_for_the_disk_is_bounded_and_the_oldest_is_dropped(path: Path, pair: Make) -> None:
    writer = CaptureWriter.open(path, buffer_bytes=500_000)
    limit(path, 1)(writer)
    for i in range(100):
        add(writer, pair(i, value=os.urandom(20_000)))
        with pytest.raises(CaptureError):
            writer.flush()
    assert 70 < writer.dropped < 80
    limit(path, 1 << 30)(writer)
    assert writer.flush() == 100 - writer.dropped
    writer.close()
    reader = CaptureReader(path)
    assert [reader.record(i).position.offset for i in range(writer.rows)] == list(range(writer.dropped, 100))
    reader.close()


def test_a_long_failure_keeps_one_whole_graph_for_the_history(path: Path) -> None:
    writer, empty = CaptureWriter.open(path), DependencyGraph()
    limit(path, 1)(writer)
    servers = {
        s.id: s for s in [Server(ServerId("kafka", f"{n}:1"), os.urandom(800).hex()) for n in range(30)]
    }
    for step in range(1, 3 * WHOLE_EVERY):
        writer.keep_graph(diff(empty, DependencyGraph(servers=servers, to_ns=step)))
        with pytest.raises(CaptureError):
            writer.flush()
    limit(path, 1 << 30)(writer)
    writer.close()
    reader = CaptureReader(path)
    assert reader.graph() == DependencyGraph(servers=servers, to_ns=3 * WHOLE_EVERY - 1)
    reader.close()


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit of file sizes on this system")
def test_a_write_refused_by_the_system_ends_in_a_sentence(path: Path) -> None:
    """RLIMIT_FSIZE refuses the write itself (EFBIG), as a quota does."""
    script = f"""
import resource, signal, os
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
{ENDLESS_WRITER.split("while True")[0]}
from inspector.errors import CaptureError
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
for n in range(50):
    writer.add([Record(channel, Position(0, n), n, None, os.urandom(20_000))], [Traits()])
try:
    writer.flush()
except CaptureError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
print(writer.flush(), writer.dropped)
writer.close()
"""
    ran = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    said, counts = ran.stdout.splitlines()
    assert "shop.evs" in said
    assert said.endswith(".")
    assert counts == "50 0"


def test_the_oldest_blocks_are_deleted_to_stay_within_a_size(path: Path, pair: Make) -> None:
    writer = CaptureWriter.open(path, max_bytes=10_000_000)
    reader, empty = CaptureReader(path), DependencyGraph()
    for start in range(0, 600, 20):
        add(writer, *(pair(i, value=os.urandom(50_000)) for i in range(start, start + 20)))
        for i in range(start, start + 20):
            writer.keep_graph(diff(empty, DependencyGraph(to_ns=pair(i)[0].timestamp_ns)))
        writer.flush()
        reader.refresh()
    assert reader.end_row == 600
    assert reader.refresh() == writer.rows == 600 - reader.first_row
    assert 300 < reader.first_row < 500
    assert path.stat().st_size < 16_000_000
    oldest = reader.rows([reader.first_row])[0].timestamp_ns
    assert reader.graph(oldest).to_ns == oldest
    assert reader.graph(oldest - 10**9).to_ns == 0
    kept = reader.select(RowFilter()).tolist()
    assert kept == list(range(reader.first_row, 600))
    assert [reader.record(i).position for i in kept] == [Position(i % 4, i) for i in kept]
    with pytest.raises(CaptureError, match="Row 3 is not in"):
        reader.record(3)
    fresh = CaptureReader(path)
    assert (fresh.first_row, fresh.damaged) == (reader.first_row, ())
    fresh.close()
    reader.close()
    writer.close()


def test_a_second_writer_is_told_so(path: Path, pair: Make) -> None:
    first, second = CaptureWriter.open(path), CaptureWriter.open(path)
    add(first, pair(0))
    first.flush()
    add(second, pair(1))
    with pytest.raises(CaptureError, match="Another program writes"):
        second.flush()
    first.close()
    with pytest.raises(CaptureError):
        second.close()


def test_a_writer_that_is_killed_loses_at_most_what_was_not_flushed(path: Path) -> None:
    flushed = 0
    for run in range(10):
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS_WRITER, str(path)], stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert process.stdout is not None
        with process:
            flushed = int(process.stdout.readline())
            time.sleep(0.013 * run)
            process.kill()
            flushed = int(([str(flushed), *process.stdout.read().split("\n")[:-1]])[-1])
        reader = CaptureReader(path)
        found = reader.refresh()
        assert flushed <= found <= flushed + 150
        assert reader.damaged == ()
        assert [reader.record(row).position.offset for row in range(0, found, 13)] == list(
            range(0, found, 13)
        )
        reader.close()


def test_it_is_read_while_another_process_writes(path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS_WRITER, str(path)], stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    with process:
        try:
            process.stdout.readline()
            reader = CaptureReader(path)
            counts, until = [], time.monotonic() + 1.5
            while time.monotonic() < until:
                process.stdout.readline()
                counts.append(reader.refresh())
                newest = counts[-1] - 1
                assert reader.record(newest).position.offset == newest
                rows = reader.rows(range(max(newest - 100, 0), newest + 1))
                assert [row.key for row in rows] == [str(row.row) for row in rows]
        finally:
            process.kill()
            process.stdout.read()
    assert counts == sorted(counts)
    assert counts[-1] > counts[0] + 1000
    assert reader.damaged == ()
    reader.close()
