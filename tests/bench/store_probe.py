"""Writes a capture, or asks one, for `tests.bench.store`."""

from __future__ import annotations

import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import DependencyGraph
from inspector.record import RecordBatch
from inspector.search.query import RecordQuery
from inspector.store.indexing import index_capture
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.store.writer import CaptureWriter
from inspector.trait_columns import read_columns

BATCH, FLUSH = 250, 20_000
START_NS = 1_790_000_000_000_000_000
STEP_NS = 200_000
SERVER = ServerId("kafka", "127.0.0.1:9092")
NAMES = ["orders", "payments", "shipping", "audit", "invoices", "stock"]
CHANNELS = [ChannelId(SERVER, ChannelKind.TOPIC, name) for name in NAMES]
PEOPLE = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov"]
PAGE = 50
TIMES = 5

ASKED = (
    ("absent, three letters", "qzx"),
    ("absent, twelve of an id", "3fa9b2c1d4e5"),
    ("absent, eight of an id", "3fa9b2c1"),
    ("rare, six of an id", "3fa9b2"),
    ("rare, five of an id", "3fa9b"),
    ("rare, a whole number", "order-0471123"),
    ("some, a number in texts", "48213"),
    ("frequent, a word", "lovelace"),
    ("frequent, a sentence", '"door of number 399"'),
    ("path, few", "value.total>199.99"),
    ("path, half", "value.total>100"),
    ("path, a text", "value.orderId:order-0471123"),
    ("path, in a list", "value.items.sku:SKU-04711"),
    ("path, all", "value.status:created"),
    ("header, a sixth", "header.ce_source:/audit-service"),
    ("header, rare", "header.ce_id:3fa9b2*"),
    ("trace, by its start", "trace:3fa9b2*"),
    ("key", "key:order-0471123"),
    ("key, by its start", "key:order-04711*"),
    ("type", "type:audit*"),
    ("position", "partition:3 and offset:1000..1010"),
    ("time", "since:2026-09-21T14:20"),
)

COLD = ("key:order-0471123", "type:audit*", "partition:3 and offset:1000..1010", "since:2026-09-21T14:20")
"""Asked before their columns are loaded."""


def batches(count: int, typical: bool) -> Iterator[RecordBatch]:
    """Records of about 540 bytes in the order of time, with random or, where typical, counted ids."""
    made = random.Random(1)
    bits, pick, offsets = made.getrandbits, made.random, [0] * 24
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        number, partition = start // BATCH % len(CHANNELS), start // BATCH % 4
        place = number * 4 + partition
        kind = f"{NAMES[number]}.created"
        keys: list[bytes | None] = []
        values: list[bytes | None] = []
        headers: list[Any] = []
        for i in range(start, start + size):
            if typical:
                event, trace, span = f"{kind}-{i:09d}", f"{i // 3:032x}", f"{i:016x}"
            else:
                event, trace, span = f"{bits(128):032x}", f"{bits(128):032x}", f"{bits(64):016x}"
                event = f"{event[:8]}-{event[8:12]}-{event[12:16]}-{event[16:20]}-{event[20:]}"
            order = int(pick() * 1e7)
            keys.append(b"order-%07d" % order)
            values.append(
                b'{"orderId":"order-%07d","customer":{"id":"c-%05d","name":"%s","tier":"gold"},"total":%.2f,'
                b'"currency":"EUR","items":[{"sku":"SKU-%05d","quantity":%d,"price":%.2f},{"sku":"SKU-%05d",'
                b'"quantity":%d,"price":%.2f}],"status":"created","createdAt":"2026-11-23T10:%02d:%02d.%03dZ",'
                b'"note":"Left at the door of number %d"}'
                % (
                    order, int(pick() * 1e5), PEOPLE[i % 5].encode(), pick() * 200, int(pick() * 1e5),
                    i % 5 + 1, pick() * 90, int(pick() * 1e5), i % 3 + 1, pick() * 90, i // 300_000 % 60,
                    i // 5000 % 60, i // 5 % 1000, int(pick() * 400),
                )
            )  # fmt: skip
            headers.append(
                (
                    ("ce_id", event.encode()),
                    ("ce_source", f"/{NAMES[number]}-service".encode()),
                    ("ce_type", kind.encode()),
                    ("traceparent", f"00-{trace}-{span}-01".encode()),
                )
            )
        times = [START_NS + i * STEP_NS // 1_000_000 * 1_000_000 for i in range(start, start + size)]
        first = offsets[place]
        offsets[place] += size
        yield RecordBatch(
            CHANNELS[number], partition, [*range(first, first + size)], times, keys, values, headers,
            producer_id=1000 + number, producer_epoch=0, base_offset=first, base_sequence=first,
        )  # fmt: skip


def write(path: Path, count: int, typical: bool) -> Iterator[str]:
    """Write a capture and index it."""
    writer = CaptureWriter.open(path)
    spent, raw = 0.0, 0
    for number, batch in enumerate(batches(count, typical), 1):
        raw += sum(record.size for record in batch.records())
        said = read_columns(batch)
        began = time.process_time()
        writer.add_batch(batch, said)
        if number % (FLUSH // BATCH) == 0:
            writer.flush()
        spent += time.process_time() - began
    began = time.process_time()
    writer.close()
    spent += time.process_time() - began
    plain = path.stat().st_size
    began = time.process_time()
    index_capture(path)
    indexing = time.process_time() - began
    sort = "counted" if typical else "random"
    yield (
        f"{count:,} records of {raw / count:.0f} B, {sort} ids: {plain / raw:.2f} x raw bytes, with its index"
        f" {path.stat().st_size / raw:.2f} x; {1e6 * spent / count:.1f} CPU s/M written,"
        f" {1e6 * indexing / count:.1f} CPU s/M indexed"
    )


def ask(path: Path) -> Iterator[str]:
    """Ask a capture; of each the first time, and the least and median of some more with the processor's."""
    before = _memory()
    openings = _timed(lambda: CaptureReader(path).close())
    for text in COLD:
        reader = CaptureReader(path)
        yield _line(
            f"cold: {text}", _timed(partial(_page, reader, text, []), 1), "the first query of a reader"
        )
        reader.close()
    reader = CaptureReader(path)
    began, cpu = time.perf_counter(), time.process_time()
    reader.warming.start()
    reader.warming.wait()
    taken = [(time.perf_counter() - began, time.process_time() - cpu)]
    yield _line("columns and indexes, in the background", taken, "from now on all are loaded")
    yield f"{reader.end_row:,} events in {path.stat().st_size / 1e6:,.0f} MB"
    yield _line("open", openings, "")
    places = random.Random(2)

    def scroll() -> object:
        row = places.randrange(reader.end_row - PAGE)
        return reader.rows(range(row, row + PAGE))

    yield _line("scroll anywhere", _timed(scroll, 30), f"{PAGE} rows")
    yield _line("one record", _timed(lambda: reader.record(places.randrange(reader.end_row)), 30), "")
    span = reader.span_ns()
    assert span is not None
    minutes = -(-(span[1] + 1 - span[0]) // 60_000_000_000)
    yield _line(
        "histogram by the minute",
        _timed(lambda: reader.histogram(span[0], span[0] + minutes * 60_000_000_000, minutes)),
        f"{minutes} bars",
    )
    found: list[int] = []
    for name, text in ASKED:
        times = _timed(partial(_page, reader, text, found))
        yield _line(f"{name}: {text}", times, f"first page of {found[-1]:,}")
        if not name.startswith(("absent", "rare", "some", "frequent")):
            times = _timed(partial(_count, reader, text, found), 3)
            yield _line(f"{name}: {text}", times, f"all {found[-1]:,}")
    yield f"memory of the reader: {_memory() - before} MB"
    reader.close()


def _query(reader: CaptureReader, text: str) -> RecordQuery:
    return RecordQuery(text, reader, graph=DependencyGraph(), now_ns=START_NS)


def _count(reader: CaptureReader, text: str, found: list[int]) -> None:
    found.append(len(_query(reader, text).select(RowFilter())))


def _page(reader: CaptureReader, text: str, found: list[int]) -> None:
    rows = [np.empty(0, np.int64)]
    for piece in _query(reader, text).backwards(RowFilter()):
        rows.append(piece)
        if sum(map(len, rows)) >= PAGE:
            break
    shown = np.concatenate(rows)[-PAGE:]
    found.append(len(reader.rows(shown.tolist())))


def _timed(run: Callable[[], object], times: int = TIMES) -> list[tuple[float, float]]:
    """Seconds, and those of the processor, of each time."""
    taken = []
    for _ in range(times):
        began, cpu = time.perf_counter(), time.process_time()
        run()
        taken.append((time.perf_counter() - began, time.process_time() - cpu))
    return taken


def _line(name: str, times: list[tuple[float, float]], what: str) -> str:
    walls, cpus = zip(*times, strict=True)
    return (
        f"{name:48} {1e3 * walls[0]:7.1f} first {1e3 * min(walls):7.1f} min"
        f" {1e3 * statistics.median(walls):7.1f} median ms, {1e3 * min(cpus):7.1f} CPU  {what}"
    )


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main() -> None:
    """`write PATH COUNT random|typical`, or `ask PATH`."""
    path = Path(sys.argv[2])
    lines = write(path, int(sys.argv[3]), sys.argv[4] == "typical") if sys.argv[1] == "write" else ask(path)
    for line in lines:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
