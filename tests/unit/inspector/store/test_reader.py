from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.identity import ChannelId
from graph.model import Alias
from inspector.errors import CaptureError
from inspector.record import Position, Record
from inspector.store.block import COLUMNS, FRAMES, HEADERS, KEYS, KINDS
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

Make = Callable[..., tuple[Record, Traits]]
Channel = Callable[[str], ChannelId]
COUNT = 900


@pytest.fixture
def capture(path: Path, pair: Make) -> Path:
    """Three blocks of 300 records that are not joined, the last two records odd."""
    for start in range(0, COUNT, 300):
        writer = CaptureWriter.open(path)
        pairs = [pair(i) for i in range(start, min(start + 300, COUNT - 2))]
        if start == 600:
            odd = {"key": None, "value": None, "headers": (("Naïve", None),)}
            pairs += [pair(COUNT - 2, **odd), pair(COUNT - 1, value="Grüße aus KÖLN".encode())]
        writer.add([record for record, _ in pairs], [traits for _, traits in pairs])
        writer.close()
    return path


@pytest.fixture
def reader(capture: Path) -> Iterator[CaptureReader]:
    reader = CaptureReader(capture)
    yield reader
    reader.close()


def numbers(found: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[int]:
    assert found.dtype == np.int64
    return [int(row) for row in found]


def test_what_there_is(reader: CaptureReader, channel: Channel) -> None:
    assert reader.refresh() == COUNT
    assert set(reader.channels()) == {channel("orders"), channel("payments"), channel("audit")}
    assert set(reader.senders()) == {Alias("source", "/billing"), Alias("source", "/shipping")}
    assert set(reader.types()) == {f"order.{i}" for i in range(5)}
    assert reader.damaged == ()
    span = reader.span_ns()
    assert span is not None
    assert span[1] - span[0] == (COUNT - 1) * 1_000_000


FILTERS = st.builds(
    RowFilter,
    channels=st.none() | st.frozensets(st.sampled_from(["orders", "payments", "unknown"])),
    senders=st.none()
    | st.frozensets(st.sampled_from([Alias("source", "/billing"), Alias("source", "nobody")])),
    type=st.none() | st.sampled_from(["order.3", "nothing"]),
    since_ns=st.none() | st.integers(-10, COUNT + 10),
    until_ns=st.none() | st.integers(-10, COUNT + 10),
    text=st.sampled_from(
        ["", "ORDER-0001", '"total": 7', "event-89", "/billing", "köln", "ï", "naïve", "zz", "null"]
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(FILTERS, st.integers(-5, COUNT + 5), st.none() | st.integers(-5, COUNT + 5))
def test_select_agrees_with_looking_at_every_record(
    reader: CaptureReader, channel: Channel, raw: RowFilter, from_row: int, until_row: int | None
) -> None:
    start_ns = reader.record(0).timestamp_ns

    def at(number: int | None) -> int | None:
        return None if number is None else start_ns + number * 1_000_000

    chosen = None if raw.channels is None else frozenset(channel(str(name)) for name in raw.channels)
    row_filter = RowFilter(chosen, raw.senders, raw.type, at(raw.since_ns), at(raw.until_ns), raw.text)

    def fits(row: int) -> bool:
        record, traits = reader.record(row), reader.traits(row)
        texts = [text.decode() for text in (record.key, record.value) if text is not None]
        for name, value in record.headers:
            texts += [name, (value or b"").decode()]
        return (
            (chosen is None or record.channel in chosen)
            and (raw.senders is None or traits.sender in raw.senders)
            and (raw.type is None or traits.type == raw.type)
            and (row_filter.since_ns is None or record.timestamp_ns >= row_filter.since_ns)
            and (row_filter.until_ns is None or record.timestamp_ns < row_filter.until_ns)
            and any(raw.text.casefold() in text.casefold() for text in texts)
        )

    stop = COUNT if until_row is None else min(until_row, COUNT)
    expected = [row for row in range(max(from_row, 0), stop) if fits(row)]
    assert numbers(reader.select(row_filter, from_row, until_row)) == expected


def test_rows_show_what_the_records_are(reader: CaptureReader, pair: Make) -> None:
    first, tombstone, german = reader.rows(np.array([0, COUNT - 2, COUNT - 1]))
    record, traits = pair(0)
    assert (first.row, first.timestamp_ns, first.channel, first.position, first.size) == (
        0,
        record.timestamp_ns,
        record.channel,
        record.position,
        record.size,
    )
    assert (first.type, first.sender, first.event_id) == (traits.type, traits.sender, traits.event_id)
    assert (first.key, first.preview) == ("order-000000", '{"total": 0, "note": "Left at the door"}')
    assert not first.is_null_key
    assert not first.is_null_value
    assert (tombstone.key, tombstone.preview) == ("null", "null")
    assert tombstone.is_null_key
    assert tombstone.is_null_value
    assert german.preview == "Grüße aus KÖLN"
    assert reader.traits(0) == traits


def test_find_and_same_event(reader: CaptureReader, pair: Make, channel: Channel) -> None:
    record, traits = pair(437)
    assert reader.find(record.channel, record.position) == 437
    assert reader.find(channel("unknown"), record.position) is None
    assert reader.find(record.channel, Position(0, 10**12)) is None
    assert traits.event_id
    assert reader.same_event(traits.event_id, record.channel) == 1
    assert reader.same_event(traits.event_id, channel("unknown")) == 0
    assert reader.same_event("plumless", record.channel) == reader.same_event("buckeroo", record.channel) == 0


def test_ids_of_the_same_mark_are_told_apart(path: Path, pair: Make) -> None:
    """These differ in their letters' size alone, so they have the same mark."""
    writer = CaptureWriter.open(path)
    for i, event_id in enumerate(["Plumless", "plumlesS", "Plumless"]):
        writer.add([pair(3 * i)[0]], [Traits(event_id=event_id)])
    writer.close()
    reader = CaptureReader(path)
    assert reader.same_event("Plumless", reader.record(0).channel) == 2
    assert reader.same_event("plumlesS", reader.record(0).channel) == 1
    reader.close()


def test_histogram_counts_every_row_once(reader: CaptureReader, channel: Channel) -> None:
    span = reader.span_ns()
    assert span is not None
    counts = reader.histogram(span[0], span[1] + 1, 7)
    assert counts.sum() == COUNT
    assert len(counts) == 7
    assert counts.max() - counts.min() <= 2
    orders = RowFilter(channels=frozenset({channel("orders")}))
    assert reader.histogram(span[0], span[1] + 1, 3, orders).sum() == COUNT // 3
    assert reader.histogram(span[0], span[0] + 1_000_000, 2).tolist() == [1, 0]
    assert reader.histogram(span[1] + 1, span[1] + 9, 4).tolist() == [0, 0, 0, 0]
    assert reader.histogram(5, 5, 4).tolist() == [0, 0, 0, 0]


def test_a_live_table_looks_at_new_rows_alone(capture: Path, pair: Make) -> None:
    reader, writer = CaptureReader(capture), CaptureWriter.open(capture)
    before = reader.end_row
    writer.add([pair(2000)[0]], [pair(2000)[1]])
    writer.flush()
    assert numbers(reader.select(RowFilter(), before)) == []
    assert reader.refresh() == COUNT + 1
    assert numbers(reader.select(RowFilter(text="event-2000"), before)) == [COUNT]
    reader.close()
    writer.close()


def spoil(path: Path, kind: int, first_row: int) -> None:
    """Change one byte in the middle of a part."""
    connection = sqlite3.connect(path)
    (block,) = connection.execute("SELECT id FROM block WHERE first_row = ?", (first_row,)).fetchone()
    number = block * KINDS + kind
    (blob,) = connection.execute("SELECT data FROM part WHERE id = ?", (number,)).fetchone()
    changed = bytearray(blob)
    changed[len(changed) // 2] ^= 1
    connection.execute("UPDATE part SET data = ? WHERE id = ?", (bytes(changed), number))
    connection.commit()
    connection.close()


def test_a_block_with_a_damaged_column_is_named_and_passed_over(capture: Path, channel: Channel) -> None:
    spoil(capture, COLUMNS["channel"], 300)
    reader = CaptureReader(capture)
    everything = RowFilter(channels=frozenset(map(channel, ("orders", "payments", "audit"))))
    assert numbers(reader.select(everything)) == [*range(300), *range(600, COUNT)]
    assert [damage.sentence for damage in reader.damaged] == [
        "Rows 300 to 599 of this capture are damaged (its checksum does not fit)."
    ]
    assert numbers(reader.select(RowFilter())) == [*range(300), *range(600, COUNT)]
    assert numbers(reader.select(RowFilter(text="order-000"))) == [
        *range(300),
        *range(600, COUNT - 2),
        COUNT - 1,
    ]
    shown = reader.rows([299, 300, 600])
    assert [bool(row.damage) for row in shown] == [False, True, False]
    with pytest.raises(CaptureError, match="Rows 300 to 599 of this capture are damaged"):
        reader.record(450)
    reader.close()


@pytest.mark.parametrize(
    ("kind", "row", "table", "record"),
    [
        (FRAMES, 310, False, False),
        (KEYS, 450, False, False),
        (HEADERS, 450, False, False),
        (COLUMNS["producer_id"], 450, True, False),
    ],
)
def test_a_damaged_part_spoils_what_needs_it_alone(
    capture: Path, kind: int, row: int, table: bool, record: bool
) -> None:
    spoil(capture, kind, 300)
    reader = CaptureReader(capture)
    assert numbers(reader.select(RowFilter())) == list(range(COUNT))
    assert bool(reader.rows([row])[0].damage) != table
    with pytest.raises(CaptureError, match="damaged"):
        reader.record(row)
    assert reader.record(10).position.offset == 10
    assert reader.damaged[0].first_row == 300
    reader.close()


def test_a_missing_block_is_named(capture: Path) -> None:
    connection = sqlite3.connect(capture)
    connection.execute("DELETE FROM block WHERE first_row = 300")
    connection.commit()
    connection.close()
    reader = CaptureReader(capture)
    assert "Rows 300 to 599" in reader.damaged[0].sentence
    assert reader.record(600).position.offset == 600
    with pytest.raises(CaptureError, match="damaged"):
        reader.record(300)
    rows = reader.select(RowFilter())
    assert len(rows) == 600
    assert reader.by_block(rows) == [slice(0, 300), slice(300, 600)]
    assert numbers(reader.kept(np.arange(250, 700))) == [*range(250, 300), *range(600, 700)]
    few = np.array([10, 350, 899])  # as they may have been selected before
    assert [few[one].tolist() for one in reader.by_block(few)] == [[10], [350], [899]]
    assert reader.columns(few, "offset")["offset"].tolist() == [10, 0, 899]
    reader.close()


def test_any_spoilt_page_leaves_the_rest_readable(path: Path, pair: Make) -> None:
    for start in range(0, 1200, 60):
        writer = CaptureWriter.open(path)
        pairs = [pair(i, value=bytes((i * j) % 251 for j in range(1500))) for i in range(start, start + 60)]
        writer.add([record for record, _ in pairs], [traits for _, traits in pairs])
        writer.close()
    content = path.read_bytes()
    opened = 0
    for page in range(1, len(content) // 16384):
        spoilt = bytearray(content)
        spoilt[page * 16384 : page * 16384 + 64] = b"\xa5" * 64
        path.write_bytes(spoilt)
        try:
            reader = CaptureReader(path)
        except CaptureError:
            continue
        opened += 1
        readable = 0
        for row in range(0, reader.end_row, 30):
            with contextlib.suppress(CaptureError):
                assert reader.record(row).position.offset == row
                readable += 1
        assert readable or reader.damaged
        reader.close()
    assert opened > len(content) // 16384 // 2


def test_a_row_that_is_not_there(reader: CaptureReader) -> None:
    for row in (-1, COUNT):
        with pytest.raises(CaptureError, match="is not in"):
            reader.record(row)
    assert reader.rows([COUNT])[0].damage


def test_one_reader_serves_several_threads_while_the_file_grows(path: Path, pair: Make) -> None:
    writer = CaptureWriter.open(path, max_bytes=8_000_000)
    reader = CaptureReader(path)
    failures: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.is_set():
                found = reader.select(RowFilter(text="billing"))
                assert (np.diff(found) > 0).all()
                reader.rows(found[-50:])
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for start in range(0, 6000, 60):
        pairs = [pair(i, value=os.urandom(3000)) for i in range(start, start + 60)]
        writer.add([record for record, _ in pairs], [traits for _, traits in pairs])
        writer.flush()
        assert reader.refresh() == writer.rows
        assert reader.record(reader.end_row - 1) == pairs[-1][0]
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert reader.damaged == ()
    assert reader.first_row > 0
    reader.close()
    writer.close()
