from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.record import Position, Record
from inspector.store import warming
from inspector.store.block import COLUMNS, GRAMS, KINDS
from inspector.store.blocks import Parts
from inspector.store.indexing import index_capture
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

CHANNEL = ChannelId(ServerId("kafka", "a:9092"), ChannelKind.TOPIC, "orders")
COUNT = 1_500


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[CaptureReader]:
    path = tmp_path / "made.evs"
    writer = CaptureWriter.open(path)
    some = [Record(CHANNEL, Position(0, n), n, b"key-%d" % n, b'{"n":1}') for n in range(COUNT)]
    writer.add(some, [Traits()] * COUNT)
    writer.close()
    assert index_capture(path) == 1
    found = CaptureReader(path)
    yield found
    found.close()


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The kinds of the parts that are read together."""
    kinds: list[int] = []
    blobs = Parts.blobs

    def noted(self: Parts, numbers: list[int]) -> Iterator[tuple[int, bytes]]:
        kinds.extend(number % KINDS for number in numbers)
        return blobs(self, numbers)

    monkeypatch.setattr(Parts, "blobs", noted)
    return kinds


def test_what_was_loaded_is_not_read_again(reader: CaptureReader, taken: list[int]) -> None:
    reader.warming.start()
    reader.warming.wait()
    assert set(taken) == {GRAMS} | {COLUMNS[name] for name in warming.FIRST_ASKED}
    taken.clear()
    assert reader.with_key(b"key-77").tolist() == [77]
    assert reader.select(RowFilter(channels=frozenset([CHANNEL]))).tolist() == [*range(COUNT)]
    assert reader.holdings(0, COUNT, b"key-77")
    assert not {GRAMS, COLUMNS["key"], COLUMNS["channel"]} & set(taken)


def test_a_large_capture_is_loaded_as_it_is_asked(
    reader: CaptureReader, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "MOST", COUNT - 1)
    reader.warming.start()
    reader.warming.wait()
    assert taken == []
    assert reader.with_key(b"key-77").tolist() == [77]


def test_closing_ends_it(reader: CaptureReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "AT_ONCE", 1)
    reader.warming.start()
    reader.close()
    assert "columns" not in [each.name for each in threading.enumerate()]
