from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.record import Position, Record
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.traits import read

START_NS = 1_790_000_000_000_000_000
SERVER = ServerId("kafka", "127.0.0.1:9092")
Captured = Callable[..., CaptureReader]


def topic(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def record(i: int, **changes: object) -> Record:
    """The i-th of a small shop: two topics, a tenth of a second between records."""
    fields: dict[str, object] = {
        "channel": topic(("orders", "payments")[i % 2]),
        "position": Position(i % 3, i),
        "timestamp_ns": START_NS + i * 100_000_000,
        "key": b"order-%d" % i,
        "value": b'{"total": %d, "card": "4711", "items": [{"sku": "X-%d"}]}' % (i, i),
        "headers": (("ce_id", b"e%d" % i), ("ce_source", b"/billing"), ("ce_type", b"Paid")),
    } | changes
    return Record(**fields)  # type: ignore[arg-type]


@pytest.fixture
def captured(tmp_path: Path) -> Iterator[Captured]:
    """Makes captures of records, open to be read."""
    with ExitStack() as stack:

        def make(records: Sequence[Record], name: str = "shop.evs") -> CaptureReader:
            writer = CaptureWriter.open(tmp_path / name)
            writer.add(records, [read(each) for each in records])
            writer.close()
            return stack.enter_context(closing(CaptureReader(tmp_path / name)))

        yield make
